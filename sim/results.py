"""From a month's integers to the tidy table: weights, margins, indicators."""

import itertools
from typing import Any

import numpy as np

from sim.kernels import margins
from sim.outcomes import CELL_SHAPE, COUNTY_SERIES, INDICATORS, MARGINS, RATES, Flow, Indicator, Ledger, Stock, gini
from sim.phases import MonthResult
from sim.population import World
from sim.state import COLUMNS, CREDIT_SHIFT, FLAGS, GRADE_MASK, State, Status, flag

OF_INSTRUMENTS = (("cost", "yuan"), ("uses", "persons"), ("aware", "persons"), ("dose", "multiple of the channels"))
COLUMN_NAMES = ("scenario", "seed", "month", "place", "dimension", "group", "indicator", "value", "unit")


class Areas:
    """Counties and kinds of counties that outcomes are recorded by, after the whole place.

    Each kind, where counties are of kinds; each county, where they are not or the scenario asks for both.
    """

    def __init__(self, world: World) -> None:
        counties = world.scenario.counties
        names = [one.kind or one.id for one in counties]  # those of a kind follow one another
        self._first = np.flatnonzero([at == 0 or name != names[at - 1] for at, name in enumerate(names)])
        kinds = [names[at] for at in self._first] if any(one.kind for one in counties) else []
        self._kinds, self._singly = len(kinds), not kinds or world.scenario.by_county
        self.groups = [("kind", name) for name in kinds]
        self.groups += [("county", one.id) for one in counties] if self._singly else []

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Values of counties [C, ...] summed over each area."""
        of_kinds = np.add.reduceat(values, self._first) if self._kinds else values[:0]
        return np.concatenate([of_kinds, values]) if self._singly else of_kinds

    def means(self, values: np.ndarray, workers: np.ndarray) -> np.ndarray:
        """Rates of counties float64[C] as means over each area's workers."""
        of_kinds = self.sums(values * workers)[: self._kinds] / self.sums(workers)[: self._kinds]
        return np.concatenate([of_kinds, values]) if self._singly else of_kinds

    def ginis(self, histogram: np.ndarray, persons: np.ndarray) -> np.ndarray:
        """Gini coefficients of the incomes in each area, from simulated and real persons by county and bin."""
        of_kinds = gini(self.sums(persons)[: self._kinds])
        return np.concatenate([of_kinds, gini(histogram)]) if self._singly else of_kinds


class Recorder:
    """Keeps every month as margins, weighted to real persons; `table()` makes the tidy table."""

    def __init__(self, world: World, seed: int, by_village: bool) -> None:
        self.world = world
        self.seed = seed
        self.by_village = by_village
        self.areas = Areas(world)
        groups = [("all", "all"), *self.areas.groups]
        for name, (_, members) in MARGINS.items():
            groups += [(name, member) for member in members]
        self.groups = groups
        self.months: list[int] = []
        self.stocks: list[np.ndarray] = []  # float64[groups, Stock]
        self.flows: list[np.ndarray] = []  # float64[groups, Flow]
        self.ledger: list[np.ndarray] = []  # float64[1 + areas, Ledger]
        self.county: list[np.ndarray] = []  # float64[1 + areas, COUNTY_SERIES and RATES], NaN where undefined
        self.instruments: list[np.ndarray] = []  # float64[I, OF_INSTRUMENTS]; of every month, recorded or not
        self.sectors: list[np.ndarray] = []  # float64[S, 2]: development, jobs
        self.villages: list[np.ndarray] = []  # int32[V, Status], only by_village

    def add(self, month: int, result: MonthResult, state: State, full: bool) -> None:
        """Record month `month` of the run; if not `full`, only what the instruments cost."""
        weight = self.world.weight
        self.instruments.append(self._instruments(result))
        if not full:
            return
        self.months.append(month)
        self.stocks.append(self._margins(result.tallies.stocks))
        self.flows.append(self._margins(result.tallies.flows))
        by_county = result.tallies.ledger * weight[:, None]
        self.ledger.append(np.vstack([by_county.sum(axis=0), self.areas.sums(by_county)]))
        self.county.append(self._county_series(result, state))
        self.sectors.append(self._sectors(result, state))
        if self.by_village:
            self.villages.append(self._village_counts(state))

    def _margins(self, tally: np.ndarray) -> np.ndarray:
        """Tallies int64[C, CELLS, K] -> weighted sums float64[groups, K]."""
        counties, number, kinds = tally.shape
        by_county, cells = np.empty((counties, kinds)), np.zeros((number, kinds))
        margins.fill_margins(tally, self.world.weight, np.empty(kinds, np.int64), by_county, cells)
        cells = cells.reshape(*CELL_SHAPE, kinds)
        rows = [by_county.sum(axis=0, keepdims=True), self.areas.sums(by_county)]
        for axis, _ in MARGINS.values():
            rows.append(cells.sum(axis=tuple(a for a in range(len(CELL_SHAPE)) if a != axis)))
        return np.vstack(rows)

    def _county_series(self, result: MonthResult, state: State) -> np.ndarray:
        """COUNTY_SERIES and RATES for the place and each of its areas."""
        weight, county, areas = self.world.weight, result.county, self.areas
        workers = np.array([one.workers for one in self.world.scenario.counties], np.float64)
        columns = []
        for name, *_ in COUNTY_SERIES:
            values = county[name] * weight
            columns.append(np.append(values.sum(), areas.sums(values)))
        finding = state.counties.finding[:, 0, 0].astype(np.float64)
        for values in (county["wage_factor"], finding, county["development"]):
            columns.append(np.append((values * workers).sum() / workers.sum(), areas.means(values, workers)))
        persons = result.histogram * weight[:, None]
        columns.append(np.concatenate([gini(persons.sum(axis=0)[None]), areas.ginis(result.histogram, persons)]))
        return np.stack(columns, axis=1)

    def _instruments(self, result: MonthResult) -> np.ndarray:
        """Cost in yuan, uses, aware persons and dose in force of each instrument, float64[I, 4]."""
        instruments, weight = self.world.scenario.instruments, self.world.weight
        rows = np.zeros((len(instruments), 4))
        for k, instrument in enumerate(instruments):
            uses = float((result.uses[k] * weight).sum())
            size = 1.0 if instrument.dose_scales_capacity else result.dose[k]  # of one use
            cost = uses * instrument.unit_cost * size + instrument.fixed_cost * result.strength[k]
            rows[k] = cost, uses, float((result.aware[k] * weight).sum()), result.strength[k]
        return rows

    def _sectors(self, result: MonthResult, state: State) -> np.ndarray:
        """Mean development and jobs of each sector, float64[S, 2]."""
        workers = np.array([one.workers for one in self.world.scenario.counties], np.float64)
        development = (state.counties.development * workers[:, None]).sum(axis=0) / workers.sum()
        return np.stack([development, (result.sector_jobs * self.world.weight[:, None]).sum(axis=0)], axis=1)

    def _village_counts(self, state: State) -> np.ndarray:
        """Workers by status in each village, int32[V, Status]."""
        start = self.world.geography.start
        return np.array(
            [np.bincount(state.people.status[a:b], minlength=9)[:8] for a, b in itertools.pairwise(start)], np.int32
        )

    def table(self) -> Any:
        """The tidy table as a pandas DataFrame; rows whose value is undefined are left out."""
        import pandas

        blocks = list(self._blocks()) if self.months else []
        months = np.array(self.months, np.int64)
        parts: dict[str, list[Any]] = {
            name: [] for name in ("month", "dimension", "group", "indicator", "value", "unit")
        }
        for dimension, group, indicator, unit, values in blocks:
            defined = np.isfinite(values)
            count = int(defined.sum())
            parts["month"].append(months[defined])
            parts["value"].append(values[defined])
            for name, text in (("dimension", dimension), ("group", group), ("indicator", indicator), ("unit", unit)):
                parts[name].append((text, count))
        size = sum(len(one) for one in parts["value"])
        columns: dict[str, Any] = {
            "scenario": pandas.Categorical.from_codes(np.zeros(size, np.int8), [self.world.scenario.name]),
            "seed": np.full(size, self.seed, np.int64),
            "month": np.concatenate(parts["month"]) if size else months,
            "place": pandas.Categorical.from_codes(np.zeros(size, np.int8), [self.world.scenario.name.split("+")[0]]),
        }
        for name in ("dimension", "group", "indicator", "unit"):
            columns[name] = _categorical(parts[name])
        columns["value"] = np.concatenate(parts["value"]) if size else np.zeros(0)
        return pandas.DataFrame({name: columns[name] for name in COLUMN_NAMES})

    def _blocks(self) -> Any:
        """Yield (dimension, group, indicator, unit, float64[months])."""
        stocks, flows, ledger = np.stack(self.stocks), np.stack(self.flows), np.stack(self.ledger)
        with np.errstate(invalid="ignore", divide="ignore"):
            for indicator in INDICATORS:
                table = ledger if isinstance(indicator.parts[0], Ledger) else None
                groups = self.groups if table is None else self.groups[: ledger.shape[1]]
                top = _sum(indicator.parts, stocks, flows, ledger)
                values = top * indicator.factor
                if indicator.over:
                    values = values / _sum(indicator.over, stocks, flows, ledger)
                for at, (dimension, group) in enumerate(groups):
                    yield dimension, group, indicator.name, indicator.unit, values[:, at]
        county = np.stack(self.county)
        for k, (name, unit, *_) in enumerate((*COUNTY_SERIES, *RATES)):
            for at, (dimension, group) in enumerate(self.groups[: county.shape[1]]):
                yield dimension, group, name, unit, county[:, at, k]
        instruments = np.stack(self.instruments)[self.months]
        for at, instrument in enumerate(self.world.scenario.instruments):
            for k, (name, unit) in enumerate(OF_INSTRUMENTS):
                yield "instrument", instrument.id, name, unit, instruments[:, at, k]
        sectors = np.stack(self.sectors)
        for at, sector in enumerate(self.world.scenario.sectors):
            for k, (name, unit) in enumerate((("development", "index"), ("jobs", "jobs"))):
                yield "sector", sector.id, name, unit, sectors[:, at, k]
        if self.by_village:
            yield from self._village_blocks()

    def _village_blocks(self) -> Any:
        """Statuses of each village, real persons."""
        counts = np.stack(self.villages).astype(np.float64)
        weight = self.world.weight[self.world.geography.county]
        names = [
            one.name
            for one in INDICATORS
            if len(one.parts) == 1 and isinstance(one.parts[0], Stock) and one.parts[0] < 8
        ]
        for v, village in enumerate(self.world.villages.id):
            for s, name in enumerate(names):
                yield "village", village, name, "persons", counts[:, v, s] * weight[v]


def _sum(parts: Any, stocks: np.ndarray, flows: np.ndarray, ledger: np.ndarray) -> np.ndarray:
    """Sum some tallies: float64[months, groups]."""
    total = np.zeros(())
    for part in parts:
        table = stocks if isinstance(part, Stock) else flows if isinstance(part, Flow) else ledger
        total = total + table[:, :, int(part)]
    return total


def _categorical(runs: list[tuple[str, int]]) -> Any:
    """A pandas Categorical from (text, repetitions)."""
    import pandas

    names = sorted({text for text, _ in runs})
    code = {name: k for k, name in enumerate(names)}
    codes = np.repeat(np.array([code[text] for text, _ in runs], np.int32), [count for _, count in runs])
    return pandas.Categorical.from_codes(codes, names)


def workers_table(world: World, state: State) -> Any:
    """One row a worker, sorted by worker key (village key, place, generation), without vacant places."""
    import pandas

    g, people = world.geography, state.people
    who = np.flatnonzero(people.status != Status.VACANT)
    village = np.searchsorted(g.start, who, "right") - 1
    columns: dict[str, Any] = {
        "village": np.array(world.villages.id, object)[village],
        "county": np.array([county.id for county in world.scenario.counties], object)[g.county[village]],
        "village_key": g.key[village],
        "place": who - g.start[village],
        "weight": world.weight[g.county[village]],
    }
    for column in COLUMNS:
        if column.name not in ("flags", "qualification"):
            columns[column.name] = getattr(people, column.name)[who]
    for name in FLAGS:
        columns[name] = flag(people.flags[who], name)
    columns["certificate"] = people.qualification[who] & GRADE_MASK
    columns["credits"] = people.qualification[who] >> CREDIT_SHIFT
    table = pandas.DataFrame(columns)
    return table.sort_values(["village_key", "place", "generation"], ignore_index=True)


def indicator_of(name: str) -> Indicator:
    """The declared indicator of a name; KeyError if there is none."""
    return {one.name: one for one in INDICATORS}[name]
