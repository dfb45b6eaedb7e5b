"""From a month's integers to the tidy table: weights, margins, indicators."""

import itertools
from typing import Any

import numpy as np

from sim.kernels import margins
from sim.outcomes import (
    CELL_SHAPE,
    CELLS,
    COUNTY_SERIES,
    INDICATORS,
    MARGINS,
    RATES,
    Flow,
    Indicator,
    Ledger,
    Stock,
    gini,
)
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

    def means(self, rates: np.ndarray, workers: np.ndarray) -> np.ndarray:
        """Rates of counties float64[C, K] as means over each area's workers float64[C, 1]."""
        of_kinds = self.sums(rates * workers)[: self._kinds] / self.sums(workers)[: self._kinds]
        return np.concatenate([of_kinds, rates]) if self._singly else of_kinds

    def incomes(self, histogram: np.ndarray, persons: np.ndarray) -> np.ndarray:
        """Histograms of incomes in each area, from those of counties in simulated and in real persons."""
        of_kinds = self.sums(persons)[: self._kinds]
        return np.concatenate([of_kinds, histogram]) if self._singly else of_kinds


class Recorder:
    """Keeps every month as margins, weighted to real persons; `table()` makes the tidy table."""

    def __init__(self, world: World, seed: int, by_village: bool) -> None:
        self.world = world
        self.seed = seed
        self.by_village = by_village
        self.areas = Areas(world)
        by_trait = [(name, member) for name, (_, members) in MARGINS.items() for member in members]
        self.groups = [("all", "all"), *self.areas.groups, *by_trait]
        traits = np.unravel_index(np.arange(CELLS), CELL_SHAPE)
        self._margins_of = np.stack(  # int64[CELLS, MARGINS], of `by_trait`
            [traits[axis] + by_trait.index((name, members[0])) for name, (axis, members) in MARGINS.items()], axis=1
        )
        self._persons = world.persons[:, None]
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
        self.instruments.append(self._instruments(result))
        if not full:
            return
        self.months.append(month)
        self.stocks.append(self._margins(result.tallies.stocks))
        self.flows.append(self._margins(result.tallies.flows))
        by_county = result.tallies.ledger * self.world.weight[:, None]
        self.ledger.append(np.vstack([by_county.sum(axis=0), self.areas.sums(by_county)]))
        self.county.append(self._county_series(result, state))
        self.sectors.append(self._sectors(result, state))
        if self.by_village:
            self.villages.append(self._village_counts(state))

    def _margins(self, tally: np.ndarray) -> np.ndarray:
        """Tallies int64[C, CELLS, K] -> weighted sums float64[groups, K]."""
        counties, number, kinds = tally.shape
        by_county, by_cell = np.empty((counties, kinds)), np.zeros((number, kinds))
        by_trait = np.zeros((len(self.groups) - 1 - len(self.areas.groups), kinds))
        whole = np.empty(kinds, np.int64)
        margins.fill_margins(tally, self.world.weight, self._margins_of, whole, by_cell, by_county, by_trait)
        return np.vstack([by_county.sum(axis=0), self.areas.sums(by_county), by_trait])

    def _county_series(self, result: MonthResult, state: State) -> np.ndarray:
        """COUNTY_SERIES and RATES for the place and each of its areas."""
        weight, county, areas, workers = self.world.weight, result.county, self.areas, self._persons
        stocks = np.stack([county[name] * weight for name, *_ in COUNTY_SERIES], axis=1)
        rates = np.stack([county["wage_factor"], state.counties.finding[:, 0, 0], county["development"]], axis=1)
        persons = result.histogram * weight[:, None]
        incomes = np.vstack([persons.sum(axis=0), areas.incomes(result.histogram, persons)])
        means = (rates * workers).sum(axis=0) / workers.sum()
        return np.hstack(
            [
                np.vstack([stocks.sum(axis=0), areas.sums(stocks)]),
                np.vstack([means, areas.means(rates, workers)]),
                gini(incomes)[:, None],
            ]
        )

    def _instruments(self, result: MonthResult) -> np.ndarray:
        """Cost in yuan, uses, aware persons and dose in force of each instrument, float64[I, 4]."""
        instruments, weight = self.world.scenario.instruments, self.world.weight
        rows = np.zeros((len(instruments), len(OF_INSTRUMENTS)))
        for k, instrument in enumerate(instruments):
            size = 1.0 if instrument.dose_scales_capacity else result.dose[k]  # of one use
            rows[k, 0], rows[k, 1] = instrument.unit_cost * size, instrument.fixed_cost
        number = len(instruments)
        uses = (result.uses[:number] * weight).sum(axis=1)
        rows[:, 0] = uses * rows[:, 0] + rows[:, 1] * result.strength
        aware = np.ascontiguousarray(result.aware[:number]) * weight  # or sums would be in an order of the engine's
        rows[:, 1], rows[:, 2], rows[:, 3] = uses, aware.sum(axis=1), result.strength
        return rows

    def _sectors(self, result: MonthResult, state: State) -> np.ndarray:
        """Mean development and jobs of each sector, float64[S, 2]."""
        persons = self._persons
        development = (state.counties.development * persons).sum(axis=0) / persons.sum()
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
