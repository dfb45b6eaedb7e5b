"""Mesa's view of the simulated world: ReturnMigration, its Workers and its Villages.

The world stays in arrays. A `Worker` is a view on one place of them, made when somebody looks and forgotten
afterwards; a set of workers (`Workers`) is an array of places. So a world of millions costs no object a
worker, and `get`, `agg`, `sort` and `groupby` by a trait's name run over whole columns.
"""

import copy
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from sim.agents import ReadableEngine
from sim.draws import stream_seed
from sim.month import run_month
from sim.outcomes import COUNTY_SERIES, INDICATORS, RATES, Flow, Ledger
from sim.phases import Book
from sim.results import indicator_of
from sim.scenario import Scenario
from sim.simulation import ENGINES, Run, start_world
from sim.state import CREDIT_SHIFT, FLAGS, GRADE_MASK, NEVER, Status, flag
from sim.worker import TWELFTH, Context, WorkerView, listed_columns

_START_METHOD = multiprocessing.get_start_method(allow_none=True)
try:
    from mesa import Agent, DataCollector, Model
    from mesa.agentset import AgentSet, GroupBy
except ModuleNotFoundError:  # before Mesa 3.5 they stood elsewhere
    from mesa.agent import AgentSet, GroupBy
# Importing Mesa 3.3 decides for the whole program how processes start; that is not ours to decide.
multiprocessing.set_start_method(_START_METHOD, force=True)

HEADLINES = (
    "at_home", "away", "in_county_employment", "returnees", "good_quality_returnees", "owners", "mean_income",
)  # fmt: skip
SERIES = {name: at for at, (name, *_) in enumerate((*COUNTY_SERIES, *RATES))}
STATUS_NAMES = np.array([status.name.lower() for status in Status], object)
GENERATION_BITS, PLACE_BITS = 8, 23  # with the village's key of 32 bits an id fills an int64

Rows = np.ndarray  # int64[n], places of the population


def _village_of(run: Run, rows: Rows) -> np.ndarray:
    """Village index of some places, int64[n]."""
    return np.searchsorted(run.world.geography.start, rows, "right") - 1


def _unique_id(run: Run, rows: Rows, generation: np.ndarray | int) -> np.ndarray:
    """int64[n]: village key, place in the village and generation, the person's number for life."""
    village, g = _village_of(run, rows), run.world.geography
    key, place = g.key[village].astype(np.int64), rows - g.start[village]
    return ((key << PLACE_BITS | place) << GENERATION_BITS) | generation


def _county(run: Run, rows: Rows) -> np.ndarray:
    """County id, object[n]."""
    ids = np.array([county.id for county in run.scenario.counties], object)
    return ids[run.world.geography.county[_village_of(run, rows)]]


def _weight(run: Run, rows: Rows) -> np.ndarray:
    """Real persons per simulated worker, float64[n]."""
    return run.world.weight[run.world.geography.county[_village_of(run, rows)]]


def _is_home(run: Run, rows: Rows) -> np.ndarray:
    status = run.state.people.status[rows]
    return (status > Status.IN_PROVINCE) & (status != Status.VACANT)


def _is_returnee(run: Run, rows: Rows) -> np.ndarray:
    return _is_home(run, rows) & (run.state.people.months_since_return[rows] != NEVER)


def _column(name: str) -> Callable[[Run, Rows], np.ndarray]:
    """How to read a column of the population or one of its narrow traits."""
    if name in FLAGS:
        return lambda run, rows: flag(run.state.people.flags[rows], name)
    return lambda run, rows: getattr(run.state.people, name)[rows]


# What a worker has, as an array for any places: every column and narrow trait, and what follows from them.
TRAITS: dict[str, Callable[[Run, Rows], np.ndarray]] = {
    **{name: _column(name) for name in listed_columns()},
    "unique_id": lambda run, rows: _unique_id(run, rows, run.state.people.generation[rows]),
    "human_capital": _column("skill"),
    "social_capital": _column("home_ties"),
    "financial_capital": _column("savings"),
    "status": lambda run, rows: STATUS_NAMES[run.state.people.status[rows]],
    "years": lambda run, rows: run.state.people.age[rows].astype(np.float32) * TWELFTH,
    "certificate": lambda run, rows: run.state.people.qualification[rows] & GRADE_MASK,
    "credits": lambda run, rows: run.state.people.qualification[rows] >> CREDIT_SHIFT,
    "is_away": lambda run, rows: run.state.people.status[rows] <= Status.IN_PROVINCE,
    "is_home": _is_home,
    "is_returnee": _is_returnee,
    "village_id": lambda run, rows: np.array(run.world.villages.id, object)[_village_of(run, rows)],
    "county": _county,
    "weight": _weight,
}


def _unknown(what: str, name: str, known: Iterable[str]) -> AttributeError:
    close = get_close_matches(name, list(known), n=1)
    return AttributeError(f"{what} has no {name!r}" + (f"; did you mean {close[0]!r}?" if close else ""))


class _View(Agent):
    """An agent that only looks at the world."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "_View":
        """Another view on the same world: Mesa 3.5 copies whatever it collects, and a world is large."""
        return copy.copy(self)

    def remove(self) -> None:
        """Refused with a RuntimeError."""
        raise RuntimeError("workers and villages cannot be removed: people come and go by the rules of demography")


class Worker(_View):
    """A worker: a view on one place of the population, for as long as the same person holds it.

    Attributes are those of TRAITS: human_capital (skill, 0..1), social_capital (home_ties, 0..1),
    financial_capital (savings, yuan), status (a name such as "farm"), county (id), is_away, is_home,
    is_returnee, years and all columns of `sim.state.COLUMNS`, as plain Python values; and `village`, a
    Village. They cannot be set: the rules change workers, and policies act through their instruments. Two
    views on one person are equal.
    """

    def __init__(self, model: "ReturnMigration", row: int) -> None:
        generation = int(model.run.state.people.generation[row])
        self.__dict__.update(model=model, row=row, generation=generation)

    def __getattr__(self, name: str) -> Any:
        if name not in TRAITS:
            raise _unknown("a worker", name, TRAITS)
        here = np.array([self.row])
        if name == "unique_id":
            return _unique_id(self.model.run, here, self.generation).tolist()[0]
        if not self.is_present:
            raise AttributeError(f"{name}: the worker has left the workforce")
        return TRAITS[name](self.model.run, here).tolist()[0]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name}: a worker cannot be set from outside; policies act through instruments")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Worker) and self._person == other._person and self.model is other.model

    def __hash__(self) -> int:
        return hash(self._person)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *TRAITS]

    @property
    def _person(self) -> tuple[int, int]:
        return self.row, self.generation

    @property
    def is_present(self) -> bool:
        """Whether the worker is still in the workforce."""
        return bool(self.model.run.state.people.generation[self.row] == self.generation)

    @property
    def village(self) -> "Village":
        """The village of registration."""
        at = int(_village_of(self.model.run, np.array([self.row]))[0])
        return self.model.village_list[at]

    @property
    def pos(self) -> tuple[float, float]:
        """The village's position, km."""
        return self.village.pos

    @property
    def view(self) -> WorkerView:
        """The worker as the rules of `sim.worker` take one."""
        return WorkerView(self.model.run.world, self.model.run.state, self.row, self.village.index)

    def step(self) -> None:
        """Live this month: work, learn, earn, spend, hear of policies, perhaps move, run an enterprise, apply.

        With engine "agents", `ReturnMigration.step()` calls it for every worker in order: after the life
        events and entries of the worker's village, and before the markets, which admit whom they have room
        for. It runs the readable engine's own rules (`ReadableEngine.month_of`). A subclass, made the
        model's `worker_type`, may watch what changes around its `super().step()`; without that call the
        worker sits out the month.

        Raises RuntimeError at any other time: nobody can live a month before the others do.
        """
        if self.model.turns is None:
            raise RuntimeError("a worker steps within the model's month: call model.step() of engine 'agents'")
        self.model.turns.take(self.row)


class Workers(AgentSet):
    """Workers in order, as an array of places: an AgentSet that makes a Worker only for who asks for one.

    `model.agents` holds everybody at any time. A set made from it (`select`, `shuffle`, ...) holds the
    persons chosen; those who leave the workforce drop out of it. Given a trait's name, `get`, `agg`, `sort`
    and `groupby` make no Worker; nor do `column` and `where`, which other AgentSets do not have.
    """

    def __init__(self, model: "ReturnMigration", rows: Rows | None = None) -> None:
        self.model, self.random = model, model.random
        self._keep(rows)

    def _keep(self, rows: Rows | None) -> "Workers":
        """Hold these places from now on; None: everybody."""
        self._rows = rows
        self._generation = None if rows is None else self.model.run.state.people.generation[rows]
        return self

    def _row_of(self, worker: Worker) -> int:
        if worker.model is not self.model or not worker.is_present:
            raise ValueError("a set of workers can only take those of its own model, still in the workforce")
        return worker.row

    def _of(self, workers: Iterable[Worker], inplace: bool = False) -> "Workers":
        rows = np.fromiter(dict.fromkeys(map(self._row_of, workers)), np.int64)
        return self._keep(rows) if inplace else Workers(self.model, rows)

    _from_iterable = _of  # what &, | and - of sets call

    @property
    def rows(self) -> Rows:
        """Places in the population's columns, int64[n]."""
        people = self.model.run.state.people
        if self._rows is None:
            return np.flatnonzero(people.status != Status.VACANT)
        return self._rows[people.generation[self._rows] == self._generation]

    def column(self, name: str) -> np.ndarray:
        """A trait of all as an array, in order; AttributeError for a name that TRAITS does not have."""
        if name not in TRAITS:
            raise _unknown("a worker", name, TRAITS)
        return TRAITS[name](self.model.run, self.rows)

    def where(self, mask: np.ndarray) -> "Workers":
        """Those for whom mask, bool[len(self)], is true."""
        return Workers(self.model, self.rows[mask])

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Worker]:
        return (self.model.worker_type(self.model, row) for row in self.rows.tolist())

    def __contains__(self, worker: object) -> bool:
        if not isinstance(worker, Worker) or worker.model is not self.model or not worker.is_present:
            return False
        return self._rows is None or worker.row in self.rows

    def __getitem__(self, item: int | slice) -> Worker | list[Worker]:
        if isinstance(item, slice):
            return list(Workers(self.model, self.rows[item]))
        return self.model.worker_type(self.model, int(self.rows[item]))

    def __copy__(self) -> "Workers":
        return Workers(self.model, self.rows)

    def to_list(self) -> list[Worker]:
        """The workers as objects."""
        return list(self)

    def _update(self, agents: Iterable[Worker]) -> "Workers":
        return self._of(agents, inplace=True)

    def add(self, agent: Worker) -> None:
        """Add a worker at the end."""
        if agent not in self:
            self._keep(np.append(self.rows, self._row_of(agent)))

    def discard(self, agent: Worker) -> None:
        """Drop a worker from the set, if there."""
        if agent in self:
            rows = self.rows
            self._keep(rows[rows != agent.row])

    def remove(self, agent: Worker) -> None:
        """Drop a worker from the set; KeyError if not there."""
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def _columnwise(self, name: str) -> bool:
        """Whether a name is a trait that the class of the workers does not define otherwise."""
        return name in TRAITS and not hasattr(self.model.worker_type, name)

    def _values(self, name: str, *default: Any) -> list[Any]:
        if self._columnwise(name):
            return self.column(name).tolist()
        if name == "village":
            return [self.model.village_list[at] for at in _village_of(self.model.run, self.rows).tolist()]
        return [getattr(worker, name, *default) for worker in self]

    def get(self, attr_names: str | list[str], handle_missing: str = "error", default_value: Any = None) -> list[Any]:
        """An attribute of everybody, or a list of attributes for each, as plain Python values."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing: expected 'error' or 'default' (got {handle_missing!r})")
        default = (default_value,) if handle_missing == "default" else ()
        if isinstance(attr_names, str):
            return self._values(attr_names, *default)
        columns = [self._values(name, *default) for name in attr_names]
        return [list(values) for values in zip(*columns, strict=True)] if columns else [[] for _ in self.rows]

    def select(
        self,
        filter_func: Callable[[Worker], bool] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type[Agent] | None = None,
    ) -> "Workers":
        """Those who pass, at most so many (a whole number, or a share as a float up to 1.0), in order."""
        rows = self.rows
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(rows) * at_most)
        if agent_type is not None and not issubclass(self.model.worker_type, agent_type):
            rows = rows[:0]
        if filter_func is not None:
            passed = (worker.row for worker in Workers(self.model, rows) if filter_func(worker))
            rows = np.fromiter(islice(passed, int(min(at_most, len(rows)))), np.int64)
        rows = rows[: int(min(at_most, len(rows)))]
        return self._keep(rows) if inplace else Workers(self.model, rows)

    def _ordered(self, order: list[int], inplace: bool) -> "Workers":
        rows = self.rows[np.array(order, np.int64)]
        return self._keep(rows) if inplace else Workers(self.model, rows)

    def shuffle(self, inplace: bool = False) -> "Workers":
        """The same in random order, by `model.random`: Mesa's own stream, which the simulation never uses."""
        order = list(range(len(self)))
        self.random.shuffle(order)
        return self._ordered(order, inplace)

    def sort(self, key: Callable[[Worker], Any] | str, ascending: bool = False, inplace: bool = False) -> "Workers":
        """The same by an attribute or a function, largest first unless `ascending`."""
        values = self.get(key) if isinstance(key, str) else [key(worker) for worker in self]
        order = sorted(range(len(values)), key=values.__getitem__, reverse=not ascending)
        return self._ordered(order, inplace)

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """What a method or function gives for each."""
        if isinstance(method, str):
            return [getattr(worker, method)(*args, **kwargs) for worker in self]
        return [method(worker, *args, **kwargs) for worker in self]

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> "Workers":
        """Call a method or function for each."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> "Workers":
        """Call a method or function for each, in random order."""
        self.shuffle().map(method, *args, **kwargs)
        return self

    def groupby(self, by: Callable[[Worker], Any] | str, result_type: str = "agentset") -> GroupBy:
        """Mesa's GroupBy: groups in the order in which they first appear, each a Workers or a list."""
        values = self.get(by) if isinstance(by, str) else [by(worker) for worker in self]
        members: dict[Any, list[int]] = {}
        for at, value in enumerate(values):
            members.setdefault(value, []).append(at)
        rows = self.rows
        groups = {value: Workers(self.model, rows[at]) for value, at in members.items()}
        if result_type == "agentset":
            return GroupBy(groups)
        return GroupBy({value: group.to_list() for value, group in groups.items()})

    def __getstate__(self) -> dict[str, Any]:
        return dict(vars(self))

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class Village(_View):
    """A village: id, county (id), size (workers registered at the start), remoteness (hours to the seat),
    land (mu per worker), pos (km), unique_id (its stable key). Its number among the villages is `index`."""

    def __init__(self, model: "ReturnMigration", index: int) -> None:
        villages = model.run.world.villages
        self.model, self.index, self.id = model, index, villages.id[index]
        self.unique_id = int(villages.key[index])
        self.county = villages.county_id[villages.county[index]]
        self.size = int(villages.size[index])
        self.remoteness, self.land = float(villages.remoteness[index]), float(villages.land[index])
        self.pos = (float(villages.x[index]), float(villages.y[index]))

    @property
    def workers(self) -> Workers:
        """The workers registered here."""
        start, status = self.model.run.world.geography.start, self.model.run.state.people.status
        first, last = start[self.index], start[self.index + 1]
        return Workers(self.model, first + np.flatnonzero(status[first:last] != Status.VACANT))

    @property
    def neighbours(self) -> AgentSet:
        """The villages tied to this one by road or kin."""
        villages, listed = self.model.run.world.villages, self.model.village_list
        first, last = villages.neighbour_start[self.index : self.index + 2]
        return AgentSet([listed[at] for at in villages.neighbour[first:last]], random=self.model.random)

    @property
    def shares(self) -> dict[str, float]:
        """Share of the workers in each status, by name."""
        status = self.workers.column("status").tolist()
        names = STATUS_NAMES[: Status.VACANT].tolist()
        return {name: status.count(name) / max(len(status), 1) for name in names}

    @property
    def awareness(self) -> dict[str, float]:
        """Share of the workers who knew each instrument at the end of the month, by instrument."""
        known = self.model.run.state.villages.aware_share[self.index].tolist()
        return {one.id: known[k] for k, one in enumerate(self.model.scenario.instruments)}

    @property
    def returned_share(self) -> float:
        """Share who returned in the last 24 months and are at home."""
        return float(self.model.run.state.villages.returned_share[self.index])

    @property
    def owner_share(self) -> float:
        """Share who own an enterprise."""
        return float(self.model.run.state.villages.owner_share[self.index])


class _Turns(ReadableEngine):
    """The readable engine, in which every worker lives the month by calling `Worker.step`."""

    def __init__(self, model: "ReturnMigration") -> None:
        super().__init__(model.run.world)
        self.model = model
        self.turn: tuple[WorkerView, Context, bool, int | None, Book] | None = None
        self.closed = 0

    def month_of(self, w: WorkerView, c: Context, family_event: bool, firm: int | None, book: Book) -> int:
        """Offer the month to the worker; returns 1 if an enterprise closed."""
        if not w.is_present:
            return super().month_of(w, c, family_event, firm, book)
        self.turn, self.closed = (w, c, family_event, firm, book), 0
        self.model.worker_type(self.model, w.row).step()
        self.turn = None
        return self.closed

    def take(self, row: int) -> None:
        """Run the month of the worker whose turn it is."""
        if self.turn is None or self.turn[0].row != row:
            raise RuntimeError("a worker steps once a month, when it is his or her turn")
        turn, self.turn = self.turn, None
        self.closed = super().month_of(*turn)


class _Collector(DataCollector):
    """Mesa 3.3's `batch_run` looks for a row's model values and workers under two different months."""

    def collect(self, model: "ReturnMigration") -> None:
        super().collect(model)
        if not hasattr(self, "_collection_steps") and model.steps in self._agent_records:
            self._agent_records[model.steps - 1] = self._agent_records.pop(model.steps)


def _whole_seed(seed: Any, rng: Any) -> int | None:
    """The one seed given, checked."""
    if seed is not None and rng is not None:
        raise ValueError("seed and rng are two names of one thing: give one of them")
    name, value = ("seed", seed) if rng is None else ("rng", rng)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < 2**63:
        raise ValueError(f"{name}: expected a whole number from 0 to {2**63 - 1} (got {value!r})")
    return int(value)


class ReturnMigration(Model):
    """The simulated world as a Mesa model; `step()` is a month, `running` until the scenario ends.

    scenario: what `scenarios.load` gives. rng, or seed, its other name: a whole number; None: any, which
    `seed` then tells. engine: "kernel", or "agents", in which every worker lives the month by `Worker.step`;
    equal bit for bit, and to `sim.simulate` of the same seed. threads: of the kernel; None: every processor.
    by_village: outcomes by village too. model_reporters, agent_reporters: what `datacollector` collects after
    every month, as Mesa takes them; None: HEADLINES, and nothing of single workers.

    Every indicator of `sim.outcomes` is an attribute: its value for the whole place in the last month, NaN
    before the first and where undefined. Mesa's random streams (`random`, `rng`) never touch the simulation.
    Raises TypeError for what is no scenario, ValueError for an unknown engine, an impossible seed or threads.
    """

    random: Any
    worker_type: type[Worker] = Worker

    # No parameter is called `seed`: to such a one Mesa 3.5's batch_run gives its own None, whatever was asked for.
    def __init__(
        self,
        scenario: Scenario | None = None,
        rng: int | None = None,
        engine: str = "kernel",
        threads: int | None = 1,
        by_village: bool = False,
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        **alias: int | None,
    ) -> None:
        if not isinstance(scenario, Scenario):
            raise TypeError(f"scenario: expected what scenarios.load gives (got {scenario!r:.60})")
        if unknown := set(alias) - {"seed"}:
            raise TypeError(f"ReturnMigration has no argument {sorted(unknown)[0]!r}")
        if engine not in ENGINES:
            raise ValueError(f"engine: expected one of {', '.join(ENGINES)} (got {engine!r})")
        if threads is not None and (not isinstance(threads, int) or threads < 1):
            raise ValueError(f"threads: expected a whole number from 1, or None (got {threads!r})")
        chosen = _whole_seed(alias.get("seed"), rng)
        super().__init__(rng=chosen)
        self.seed: int = self.random.getrandbits(31) if chosen is None else chosen
        self.engine, self.threads = engine, threads
        self.turns: _Turns | None = None  # the month under way, engine "agents"
        self.registered = 0
        self.run = Run(*start_world(scenario, engine, threads), self.seed, engine, by_village)
        self.running = self.month < scenario.months
        reporters = {name: name for name in HEADLINES} if model_reporters is None else model_reporters
        self.own_collector = self.datacollector = _Collector(reporters, agent_reporters)

    def step(self) -> None:
        """Advance by one month. RuntimeError after the scenario's last."""
        if self.month >= self.scenario.months:
            raise RuntimeError(f"the scenario ends after {self.scenario.months} months")
        if self.engine == "agents":
            self._step_by_agents()
        else:
            self.run.advance(self.month + 1, self.threads)
        self.running = self.month < self.scenario.months
        if self.datacollector is self.own_collector:  # whoever puts another one there calls it, as in Mesa
            self.datacollector.collect(self)

    def _step_by_agents(self) -> None:
        self.turns = _Turns(self)
        population = stream_seed(self.scenario.population_seed, "population")
        try:
            result = run_month(self.run.world, self.run.state, self.turns, stream_seed(self.seed, "luck"), population)
        finally:
            self.turns = None
        self.run.record(result)

    @property
    def scenario(self) -> Scenario:
        """The scenario that is run."""
        return self.run.scenario

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """Mesa 3.5 puts an empty scenario of its own kind here, which nobody needs."""

    @property
    def month(self) -> int:
        """Months done."""
        return self.run.month

    @property
    def outcomes(self) -> Any:
        """The tidy table of `sim.simulate(...).outcomes`."""
        return self.run.outcomes

    @property
    def agents(self) -> Workers:
        """All workers."""
        return Workers(self)

    @cached_property
    def village_list(self) -> list[Village]:
        """All villages in order, made when first asked for."""
        return [Village(self, index) for index in range(len(self.run.world.villages.id))]

    @property
    def villages(self) -> AgentSet:
        """All villages."""
        return AgentSet(self.village_list, random=self.random)

    @property
    def agents_by_type(self) -> dict[type[Agent], AgentSet]:
        """Workers, villages, and agents of your own that register with the model."""
        return {self.worker_type: self.agents, Village: self.villages, **super().agents_by_type}

    @property
    def agent_types(self) -> list[type[Agent]]:
        """The types of agents."""
        return list(self.agents_by_type)

    @cached_property
    def graph(self) -> Any:
        """The villages as a networkx graph, made when first asked for."""
        return self.run.world.villages.graph()

    def register_agent(self, agent: Agent) -> None:
        """Take in an agent of your own kind; workers and villages need none of this."""
        # Mesa 3.3 numbers agents by a table of all models ever made, which would keep them alive.
        if hasattr(Agent, "_ids"):
            Agent._ids.pop(self, None)
            self.registered += 1
            agent.unique_id = self.registered
        super().register_agent(agent)

    def __getattr__(self, name: str) -> float:
        known = [one.name for one in INDICATORS] + list(SERIES)
        if name not in known:
            raise _unknown("the model", name, known)
        recorder = self.run.recorder
        if not recorder.months:
            return float("nan")
        if name in SERIES:
            return float(recorder.county[-1][0, SERIES[name]])
        one = indicator_of(name)
        value = self._tally(one.parts) * one.factor
        if not one.over:
            return value
        over = self._tally(one.over)
        return value / over if over else float("nan")

    def _tally(self, parts: tuple[Any, ...]) -> float:
        """Sum of some of last month's tallies for the whole place, real persons or yuan."""
        recorder, total = self.run.recorder, 0.0
        for part in parts:
            tables = {Flow: recorder.flows, Ledger: recorder.ledger}
            total += float(tables.get(type(part), recorder.stocks)[-1][0, part])
        return total
