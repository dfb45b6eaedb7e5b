"""The Mesa model: the simulated run itself, seen through Mesa's own eyes."""

import copy
import gc
import inspect
import re
import subprocess
import sys
import weakref
from pathlib import Path
from random import Random
from typing import Any

import mesa
import numpy as np
import pytest

import scenarios
from sim.model import TRAITS, ReturnMigration, Village, Worker, Workers
from sim.outcomes import COUNTY_SERIES, INDICATORS, RATES
from sim.scenario import Scenario
from sim.state import COLUMNS, FLAGS, Status

try:
    from mesa.agentset import AgentSet
except ModuleNotFoundError:
    from mesa.agent import AgentSet

SMALL = {
    "scale": 60,
    "months": 4,
    "spin_up": 3,
    "policy_start": 1,
    "population.workers_per_village": 60,
    "parameters.household.leave_base": 0.02,  # so that some leave within a few months
}
ROOT = Path(__file__).parents[2]


class Steps(Worker):
    """A worker who leaves a note of every month."""

    def step(self) -> None:
        super().step()
        self.model.notes.append((self.model.month, self.unique_id))


class Noted(ReturnMigration):
    worker_type = Steps

    def __init__(self, *args: Any, **options: Any) -> None:
        self.notes: list[tuple[int, int]] = []
        super().__init__(*args, **options)


@pytest.fixture(scope="module")
def scenario(worlds: Any) -> Scenario:
    return worlds.scenario(worlds.packages, SMALL)


@pytest.fixture(scope="module")
def finished(scenario: Scenario) -> ReturnMigration:
    """A finished model; look, do not step."""
    model = ReturnMigration(scenario, seed=3)
    model.run_model()
    return model


def test_the_kernel_gives_the_simulated_run(worlds: Any, finished: ReturnMigration) -> None:
    run = worlds.run(worlds.packages, SMALL, seed=3)
    assert worlds.differences(finished.run, run) == []
    assert finished.outcomes.equals(run.outcomes)
    assert (finished.month, finished.steps, finished.running) == (4, 4, False)
    with pytest.raises(RuntimeError, match="ends after 4 months"):
        finished.step()


def test_workers_who_step_give_the_same_run(worlds: Any, scenario: Scenario) -> None:
    model = Noted(scenario, rng=3, engine="agents")
    for month in range(4):
        assert (model.month, model.running) == (month, True)
        model.step()
        noted = [person for when, person in model.notes if when == month]
        assert noted == model.agents.get("unique_id")  # everybody once, in order
    assert not model.running
    assert worlds.differences(model.run, worlds.run(worlds.packages, SMALL, seed=3)) == []


def test_nobody_steps_out_of_turn(finished: ReturnMigration, scenario: Scenario) -> None:
    with pytest.raises(RuntimeError, match=r"call model\.step\(\)"):
        finished.agents[0].step()

    class Impatient(Worker):
        def step(self) -> None:
            super().step()
            super().step()

    class Hasty(ReturnMigration):
        worker_type = Impatient

    model = Hasty(scenario, seed=1, engine="agents")
    with pytest.raises(RuntimeError, match="once a month"):
        model.step()


def test_workers_have_what_the_run_tells_of_them(finished: ReturnMigration) -> None:
    table, workers = finished.run.workers(), finished.agents.sort("unique_id", ascending=True)
    assert len(workers) == len(table) == len(finished.agents)
    same = {name: name for name in table.columns if name in TRAITS and name != "status"}
    same |= {"human_capital": "skill", "social_capital": "home_ties", "financial_capital": "savings"}
    same["village_id"] = "village"
    assert same.keys() >= {column.name for column in COLUMNS} - {"status", "flags", "qualification"} | set(FLAGS)
    for trait, column in same.items():
        assert workers.get(trait) == table[column].tolist(), trait
    for worker in workers:
        view = worker.view
        assert worker.status == Status(view.status).name.lower()
        seen = (worker.is_away, worker.is_home, worker.is_returnee, worker.years, worker.certificate, worker.credits)
        assert seen == (view.is_away, view.is_home, view.is_returnee, view.years, view.grade, view.credits)
    assert len(set(workers.get("unique_id"))) == len(workers)


def test_every_trait_is_the_same_one_by_one(finished: ReturnMigration) -> None:
    some = finished.agents.select(at_most=40)
    for name in [*TRAITS, "village", "pos", "is_present"]:
        assert some.get(name) == [getattr(worker, name) for worker in some], name
    statuses = {"out_province", "in_province", "farm", "searching", "wage_basic", "wage_skilled", "owner", "post"}
    assert set(finished.agents.get("status")) <= statuses
    with pytest.raises(AttributeError, match="did you mean 'skill'"):
        _ = some[0].skil
    with pytest.raises(AttributeError, match="skil"):
        some.get("skil")
    assert some.get("skil", handle_missing="default", default_value=7) == [7] * 40
    with pytest.raises(ValueError, match="handle_missing"):
        some.get("skill", handle_missing="maybe")


def is_far(worker: Worker) -> bool:
    return worker.status == "out_province"


# What one may do with an agent set; the answer must be Mesa's own for the same agents.
USES = {
    "length": lambda a: len(a),
    "order": lambda a: list(a),
    "everybody": lambda a: list(a.select()),
    "filter": lambda a: list(a.select(is_far)),
    "first of filter": lambda a: list(a.select(is_far, at_most=7)),
    "share": lambda a: list(a.select(at_most=0.25)),
    "share of filter": lambda a: list(a.select(is_far, at_most=0.01)),
    "one": lambda a: list(a.select(at_most=1)),
    "whole share": lambda a: list(a.select(at_most=1.0)),
    "type": lambda a: list(a.select(agent_type=Worker, at_most=3)),
    "other type": lambda a: list(a.select(agent_type=Village)),
    "nobody": lambda a: list(a.select(lambda w: False)),
    "aggregate": lambda a: a.agg("savings", sum),
    "aggregates": lambda a: a.select(is_far).agg("skill", [min, max, np.mean]),
    "lists": lambda a: a.get(["age", "status", "village"])[:5],
    "no names": lambda a: a.get([])[:2],
    "groups": lambda a: list(a.groupby("status").count().items()),
    "groups by function": lambda a: list(a.groupby(lambda w: (w.county, w.male)).count().items()),
    "aggregates of groups": lambda a: a.groupby("county").agg("skill", max),
    "methods of groups": lambda a: {k: list(v)[:2] for k, v in a.groupby("sector").map("select", at_most=2).items()},
    "lists of groups": lambda a: {k: v[:3] for k, v in a.groupby("county", result_type="list")},
    "number of groups": lambda a: len(a.groupby("village")),
    "largest": lambda a: list(a.sort("savings"))[:9],
    "smallest": lambda a: list(a.sort(lambda w: (w.debt, w.age), ascending=True))[:9],
    "shuffled": lambda a: list(a.shuffle())[:9],
    "map": lambda a: a.map(lambda w, n: w.age + n, 3)[:4],
    "map method": lambda a: a.select(at_most=4).map("__hash__"),
    "item": lambda a: (a[5], a[-1], a[2:5]),
    "contains": lambda a: (a[3] in a.select(at_most=4), a[4] in a.select(at_most=4), 3 in a),
    "intersection": lambda a: list(a.select(is_far) & a.select(at_most=90)),
    "union": lambda a: sorted((a.select(at_most=2) | a.select(at_most=3)).get("unique_id")),
    "difference": lambda a: list(a.select(at_most=5) - a.select(at_most=3)),
    "index": lambda a: a.index(a[6]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("use", USES)
def test_sets_of_workers_answer_as_mesas(finished: ReturnMigration, use: str) -> None:
    ours, objects = finished.agents, list(finished.agents)  # Mesa's set holds only those that somebody else holds
    theirs = AgentSet(objects, random=Random(5))
    ours.random = Random(5)
    assert USES[use](ours) == USES[use](theirs)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_sets_of_workers_change_as_mesas(finished: ReturnMigration) -> None:
    objects = list(finished.agents)
    sets = [finished.agents, AgentSet(objects, random=Random(5))]
    after: list[list[Any]] = []
    for some in sets:
        some.random = Random(5)
        kept = [some.select(is_far, inplace=True) is some, list(some)]
        some.sort("skill", inplace=True)
        kept += [list(copy.copy(some))]
        some.shuffle(inplace=True)
        some.discard(objects[0])
        some.discard(some[2])
        some.remove(some[2])
        kept += [list(some)]
        gone = next(worker for worker in objects if not is_far(worker))
        some.add(gone)
        some.add(gone)
        kept += [list(some), some.do(lambda w: None) is some]
        some.remove(gone)
        with pytest.raises(KeyError):
            some.remove(gone)
        seen: list[Worker] = []
        some.shuffle_do(seen.append)
        after.append([*kept, seen])
    assert after[0] == after[1]
    assert len(finished.agents) == len(objects)  # a set of one's own changes nobody else's


def test_workers_cannot_be_set_or_removed(finished: ReturnMigration) -> None:
    worker = finished.agents[0]
    before = worker.savings
    for attempt in (lambda: setattr(worker, "savings", 1), lambda: finished.agents.set("savings", 1)):
        with pytest.raises(AttributeError, match="cannot be set"):
            attempt()
    with pytest.raises(RuntimeError, match="demography"):
        worker.remove()
    assert worker.savings == before


def test_those_who_leave_drop_out_of_sets(scenario: Scenario) -> None:
    model = ReturnMigration(scenario, seed=3)
    held, people = model.agents.select(), list(model.agents)
    ids = held.get("unique_id")
    model.run_model()
    present = set(model.agents.get("unique_id"))
    stayed = [one for one in ids if one in present]
    assert 0 < len(stayed) < len(ids)
    assert held.get("unique_id") == stayed
    assert [worker.unique_id for worker in people] == ids  # a person's number is for life
    gone = [worker for worker in people if not worker.is_present]
    assert len(gone) == len(ids) - len(stayed)
    assert all(worker not in model.agents and worker not in held for worker in gone)
    with pytest.raises(AttributeError, match="left the workforce"):
        _ = gone[0].skill
    for other in (gone[0], ReturnMigration(scenario, seed=3).agents[0]):
        with pytest.raises(ValueError, match="of its own model, still in the workforce"):
            held.add(other)


def test_villages(finished: ReturnMigration) -> None:
    villages, graph = finished.villages, finished.graph
    assert sorted(villages.get("id")) == sorted(graph.nodes)
    found = [person for village in villages for person in village.workers.get("unique_id")]
    assert found == finished.agents.get("unique_id")
    assert set(villages.get("county")) == {"upper", "lower"}
    for village in villages:
        assert set(village.neighbours.get("id")) == set(graph[village.id])
        assert village.size == graph.nodes[village.id]["workers"]
        assert village.remoteness == graph.nodes[village.id]["remoteness"]
        assert all(worker.village is village for worker in village.workers.select(at_most=2))
        counted = {key: len(group) / len(village.workers) for key, group in village.workers.groupby("status")}
        assert {key: share for key, share in village.shares.items() if share} == counted
        assert village.owner_share == pytest.approx(village.shares["owner"], abs=1e-6)
        assert set(village.awareness) == {one.id for one in finished.scenario.instruments}
    first = finished.agents_by_type
    assert list(first) == finished.agent_types == [Worker, Village]
    assert (len(first[Worker]), len(first[Village])) == (len(finished.agents), len(graph))


def test_indicators_are_attributes(worlds: Any, scenario: Scenario) -> None:
    names = [one.name for one in INDICATORS] + [name for name, *_ in (*COUNTY_SERIES, *RATES)]
    model = ReturnMigration(scenario, seed=3, model_reporters={name: name for name in names})
    assert np.isnan(model.owners)
    model.run_model()
    table = model.outcomes
    wanted = table[(table.dimension == "all")].pivot(index="month", columns="indicator", values="value")
    collected = model.datacollector.get_model_vars_dataframe()
    assert set(wanted.columns) == set(collected.columns)
    for name in names:
        assert np.array_equal(collected[name].to_numpy(), wanted[name].to_numpy(), equal_nan=True), name
    with pytest.raises(AttributeError, match="did you mean 'owners'"):
        _ = model.ownrs


def test_data_collector(scenario: Scenario) -> None:
    class Own(ReturnMigration):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.datacollector = mesa.DataCollector(
                model_reporters={"month": "month", "workers": lambda m: len(m.agents)},
                agent_reporters={"skill": "skill", "old": lambda w: w.years > 60, "village": "village"},
                agenttype_reporters={Village: {"size": "size"}, Worker: {"county": "county"}},
            )
            self.sizes: list[int] = []

        def step(self) -> None:
            super().step()
            self.sizes.append(len(self.agents))
            self.datacollector.collect(self)

    model = Own(scenario=scenario, seed=3)
    model.run_model()
    months = model.datacollector.get_model_vars_dataframe()
    assert months.month.tolist() == [1, 2, 3, 4]  # once a month, as the step of the model says
    assert months.workers.tolist() == model.sizes
    people = model.datacollector.get_agent_vars_dataframe()
    assert len(people) == sum(model.sizes)
    last = people.loc[4]
    assert (last.skill.tolist(), last.index.tolist()) == (model.agents.get("skill"), model.agents.get("unique_id"))
    assert [village.id for village in last.village] == model.agents.get("village_id")
    assert all(village.model is model for village in last.village)  # the world is not copied with them
    assert last.old.tolist() == [years > 60 for years in model.agents.get("years")]
    assert len(model.datacollector.get_agenttype_vars_dataframe(Village)) == 4 * len(model.villages)
    assert len(model.datacollector.get_agenttype_vars_dataframe(Worker)) == len(people)


def batch(scenario: Scenario, **options: Any) -> list[dict[str, Any]]:
    parameters = {"scenario": scenario, "model_reporters": [{"owners": "owners", "month": "month", "run_seed": "seed"}]}
    parameters |= options.pop("parameters", {})
    return mesa.batch_run(ReturnMigration, parameters, display_progress=False, **options)


def test_batch_run_takes_seeds(worlds: Any, scenario: Scenario) -> None:
    wanted = {seed: worlds.series(worlds.run(worlds.packages, SMALL, seed=seed), "owners")[-1] for seed in (3, 4)}
    rows = batch(scenario, parameters={"seed": [3, 4], "threads": [1, 2]})
    assert sorted((row["seed"], row["threads"]) for row in rows) == [(3, 1), (3, 2), (4, 1), (4, 2)]
    assert all(row["owners"] == wanted[row["seed"]] and row["month"] == 4 for row in rows)
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        rows = batch(scenario, rng=[3, 4])
        assert {row["rng"]: row["owners"] for row in rows} == wanted
        rows = batch(scenario, rng=[None, None])
    else:
        rows = batch(scenario, iterations=2)
    assert len({row["run_seed"] for row in rows}) == 2  # no seed: another one each time, and told


def test_batch_run_pairs_workers_with_their_month(scenario: Scenario) -> None:
    asked = {"seed": 3, "agent_reporters": [{"when": lambda worker: worker.model.month}]}
    rows = batch(scenario, parameters=asked, data_collection_period=1)
    assert {row["month"] for row in rows} == {1, 2, 3, 4}
    assert all(row["month"] == row["when"] for row in rows)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scenario": "zhaotong"}, TypeError, r"expected what scenarios\.load gives \(got 'zhaotong'\)"),
        ({"scenario": None}, TypeError, "got None"),
        ({"engine": "kernl"}, ValueError, r"engine: expected one of kernel, agents \(got 'kernl'\)"),
        ({"seed": 1, "rng": 1}, ValueError, "give one of them"),
        ({"seed": 1.5}, ValueError, "seed: expected a whole number"),
        ({"seed": -1}, ValueError, "seed: expected"),
        ({"rng": 2**63}, ValueError, "rng: expected"),
        ({"rng": True}, ValueError, "rng: expected"),
        ({"threads": 0}, ValueError, "threads: expected"),
        ({"sede": 1}, TypeError, "no argument 'sede'"),
    ],
)
def test_bad_arguments_are_named(
    scenario: Scenario, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ReturnMigration(**{"scenario": scenario, **options})


def test_a_large_world_makes_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    made, plain = [], Worker.__init__
    monkeypatch.setattr(Worker, "__init__", lambda self, *args: (made.append(args), plain(self, *args))[1])
    place = scenarios.load("zhaotong", overrides={"scale": 50, "spin_up": 1, "months": 2, "policy_start": 1})
    model = ReturnMigration(place, seed=1)
    model.run_model()
    agents = model.agents
    assert len(agents) > 50_000
    assert sum(agents.groupby("status").count().values()) == len(agents)
    skill = agents.agg("skill", [min, np.mean, max])
    assert 0 <= skill[0] < skill[1] < skill[2] <= 1
    richest = agents.sort("savings").select(at_most=3)
    assert len(agents.where(agents.column("is_away") & (agents.column("years") < 30)).shuffle()) > 1000
    assert made == []
    assert richest[0].savings == agents.agg("savings", max)
    assert len(made) == 1


class Official(mesa.Agent):
    """An agent of somebody's own."""


def test_own_agents_register_and_dropped_models_go(scenario: Scenario) -> None:
    model = ReturnMigration(scenario, seed=3)
    model.run_model()
    officials = [Official(model) for _ in range(3)]
    assert [one.unique_id for one in officials] == [1, 2, 3]
    assert list(model.agents_by_type[Official]) == officials
    assert Official not in {type(one) for one in model.agents.select(at_most=5)}
    kept = (model.agents, model.villages, model.graph, model.agents[0], next(iter(model.villages)).workers)
    gone = weakref.ref(model)
    del model, officials, kept
    gc.collect()
    assert gone() is None


def test_importing_the_model_leaves_processes_alone() -> None:
    code = "import sim.model, multiprocessing as m; print(m.get_start_method(allow_none=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"


def test_the_how_to_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "mesa.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == text.count("```") // 2 > 4
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert isinstance(names["model"], ReturnMigration) and isinstance(names["young"], Workers)
    assert "->" in capsys.readouterr().out
