"""What the runs of a sweep came to, in the sweep's order: tidy rows, their summary over seeds, failures.

Everything is read a page at a time, so memory does not grow with the number of runs, and while the sweep goes on.
"""

import heapq
import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import numpy as np

from experiments.calibration.posterior import quantiles
from experiments.calibration.uncertainty import EXPECTED, decompose
from experiments.errors import InputError
from experiments.estimands import ratios
from experiments.measure import INDICATORS
from experiments.outcomes import OUTCOMES
from experiments.records import DONE, FAILED, Record, Records
from experiments.sweeps.making import SWEEP, every_file
from experiments.sweeps.plan import PAGE, Plan, Planned
from experiments.sweeps.sweep import Cell
from scenarios.errors import suggestion
from sim.outcomes import COUNTY_SERIES, RATES
from sim.outcomes import INDICATORS as DECLARED

if TYPE_CHECKING:
    import pandas as pd

COST = "cost"  # of the packages' instruments, discounted, up to the horizon
UNITS = {
    **{one.name: one.unit for one in DECLARED},
    **{name: unit for name, unit, *_ in (*COUNTY_SERIES, *RATES)},
    **{one.id: one.unit for one in OUTCOMES},
    COST: "yuan",
}
INDICATOR_OF = {**{name: name for name in INDICATORS}, **{one.id: one.indicator for one in OUTCOMES}}
USUAL = (*(one.id for one in OUTCOMES), COST)
ALL = "all"
One = TypeVar("One")
MEASURED = ("seed", "horizon", "month", "outcome", "value", "unit")
SOURCES = ("sd_parameters", "sd_seeds", "sd_structure")
NUMBERS = ("value", "weight", "mean", "low", "high", *SOURCES)
WHOLE = ("point", "draw", "draws", "seed", "horizon", "month", "seeds", "failed")


class Run(NamedTuple):
    """A run of the sweep with its record; None while it was not made."""

    planned: Planned
    record: Record | None


class SweepRuns:
    """The runs of a sweep's folder; use as a context manager. InputError where the folder is of no sweep."""

    def __init__(self, folder: Path) -> None:
        path = folder / SWEEP
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; expected one that guiyan sweep has left")
        if not path.is_file():
            raise InputError(f"{folder} holds no {SWEEP}: it is not the folder of a sweep")
        try:
            self.note: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(f"{path} is damaged: {error}") from error
        self.folder = folder
        self.factors: list[str] = self.note["factors"]
        self._weights = np.array(self.note.get("weights", [1.0]))

    def __enter__(self) -> Self:
        self._open = ExitStack()
        files = every_file(self.folder)
        plans = [self._open.enter_context(Plan(one.plan)) for one in files]
        self._plans = [plan for plan in plans if plan.identity == self.note["identity"]]
        self._stores = [self._open.enter_context(Records(one.records)) for one in files]
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def is_drawn(self) -> bool:
        """Whether every point was run with the draws of an ensemble."""
        return "weights" in self.note

    @property
    def heads(self) -> list[str]:
        """Columns that say which world a row is of."""
        return ["place", "point", *(["draw"] if self.is_drawn else []), "packages", *self.factors]

    @property
    def columns(self) -> list[str]:
        """Columns of the tidy table."""
        return [*self.heads, *MEASURED]

    def planned(self) -> Iterator[Planned]:
        """Every run that is known to be asked for, once, in order."""
        each = [itertools.chain.from_iterable(plan.pages()) for plan in self._plans]
        last = None
        for run in heapq.merge(*each, key=lambda one: one[:4]):
            if run[:4] != last:
                yield run
            last = run[:4]

    def statuses(self) -> Iterator[tuple[Planned, str]]:
        """Every run with DONE, FAILED, or an empty text where it was not made."""
        for page in _pages(self.planned()):
            found: dict[str, str] = {}
            for store in self._stores:
                for key, status in store.statuses(_digests(page)).items():
                    found[key] = DONE if DONE in (status, found.get(key)) else status
            yield from ((run, found.get(run.digest, "")) for run in page)

    def runs(self) -> Iterator[Run]:
        """Every run with its record."""
        for page in _pages(self.planned()):
            found: dict[str, Record] = {}
            for store in self._stores:
                for record in store.get_many(_digests(page)):
                    if record.status == DONE or record.digest not in found:
                        found[record.digest] = record
            yield from (Run(run, found.get(run.digest)) for run in page)

    def described(self, cell: Cell) -> list[Any]:
        """Place, point, draw of an ensemble, packages and the factors' values of a cell."""
        note, (point, draw) = self.note, divmod(cell.world, len(self._weights))
        own = note["own"][cell.place]
        if self.is_drawn:
            own = [mine if drawn is None else drawn for drawn, mine in zip(note["drawn"][draw], own, strict=True)]
        levels = [mine if value is None else value for value, mine in zip(note["values"][point], own, strict=True)]
        drawn = [draw] if self.is_drawn else []
        return [note["place"][cell.place], point, *drawn, note["packages"][cell.arm], *levels]

    def values(self, run: Run, outcomes: Sequence[str]) -> np.ndarray:
        """float64[horizons, outcomes] of a finished run."""
        assert run.record is not None
        payload, programmes = run.record.payload, self.note["programmes"][run.planned.place]
        cost = payload["spend"][:, programmes:].sum(axis=1)
        return np.stack(
            [
                cost if name == COST else payload["indicators"][:, INDICATORS.index(INDICATOR_OF[name])]
                for name in outcomes
            ],
            axis=1,
        )

    def tidy(self, outcomes: Sequence[str] = USUAL) -> "Iterator[pd.DataFrame]":
        """The tidy table, some runs at a time: one row for each horizon and outcome of a finished run."""
        for page in _pages(self.runs()):
            done = [run for run in page if run.record is not None and run.record.status == DONE]
            rows = [row for run in done for row in self._rows(run, outcomes)]
            yield self._typed(rows, self.columns)

    def empty(self) -> "pd.DataFrame":
        """The tidy table without rows, its columns typed."""
        return self._typed([], self.columns)

    def _rows(self, run: Run, outcomes: Sequence[str]) -> Iterator[list[Any]]:
        head = [*self.described(run.planned.cell), run.planned.seed]
        for horizon, row in zip(run.planned.horizons, self.values(run, outcomes).tolist(), strict=True):
            for name, value in zip(outcomes, row, strict=True):
                yield [*head, horizon, run.planned.start + horizon - 1, name, value, UNITS[name]]

    def summary(self, outcomes: Sequence[str] = USUAL) -> "pd.DataFrame":
        """Means over the seeds of every cell, with intervals; `failed` counts its seeds that are left out.

        Over an ensemble, means over its draws too: see `_over_draws`.
        """
        if self.is_drawn:
            return self._over_draws(outcomes)
        rows = []
        for cell, runs in itertools.groupby(self.runs(), key=lambda run: run.planned.cell):
            made = [run for run in runs if run.record is not None]
            done = [run for run in made if run.record is not None and run.record.status == DONE]
            if not done:
                continue
            values = np.stack([self.values(run, outcomes) for run in done])
            head = [*self.described(cell), len(done), len(made) - len(done)]
            for h, horizon in enumerate(done[0].planned.horizons):
                for o, name in enumerate(outcomes):
                    rows.append([*head, horizon, name, UNITS[name], *ratios.mean(values[:, h, o])])
        names = [*self.heads, "seeds", "failed", "horizon", "outcome", "unit"]
        return self._typed(rows, [*names, "mean", "low", "high"])

    def _over_draws(self, outcomes: Sequence[str]) -> "pd.DataFrame":
        """Weighted means over the draws of every point and arm, with the deviations that each source brings.

        low and high hold 95 % of the draws' expected values. A draw with a run that failed or is missing is left out;
        `draws` counts the others, `failed` the runs that failed.
        """
        rows, seeds, drawn = [], int(self.note["seeds"]["count"]), len(self._weights)
        points = itertools.groupby(self.runs(), key=lambda run: (run.planned.place, run.planned.world // drawn))
        for _, of_point in points:
            by_arm: dict[Cell, dict[int, list[Run]]] = {}
            for run in of_point:
                draw = run.planned.world % drawn
                cell = Cell(run.planned.place, run.planned.world - draw, run.planned.arm)
                by_arm.setdefault(cell, {}).setdefault(draw, []).append(run)
            for cell, by_draw in by_arm.items():
                rows += self._rows_over_draws(cell, by_draw, seeds, outcomes)
        names = ["place", "point", "packages", *self.factors, "draws", "seeds", "failed", "horizon", "outcome", "unit"]
        return self._typed(rows, [*names, "mean", "low", "high", *SOURCES])

    def _rows_over_draws(
        self, cell: Cell, by_draw: dict[int, list[Run]], seeds: int, outcomes: Sequence[str]
    ) -> Iterator[list[Any]]:
        """A row for each horizon and outcome; none where no draw is whole."""
        done = {
            draw: [run for run in runs if run.record is not None and run.record.status == DONE]
            for draw, runs in by_draw.items()
        }
        made = sum(run.record is not None for runs in by_draw.values() for run in runs)
        failed = made - sum(map(len, done.values()))
        whole = sorted(draw for draw, runs in done.items() if len(runs) == seeds)
        if not whole:
            return
        values = np.stack([[self.values(run, outcomes) for run in done[draw]] for draw in whole])  # [D, S, H, O]
        weight = self._weights[whole] / self._weights[whole].sum()
        place, point, _, packages, *levels = self.described(cell)
        given = zip(self.note["values"][point], self.note["drawn"][0], levels, strict=True)
        levels = [np.nan if value is None and drawn is not None else level for value, drawn, level in given]
        head = [place, point, packages, *levels, len(whole), seeds, failed]
        for h, horizon in enumerate(done[whole[0]][0].planned.horizons):
            for o, name in enumerate(outcomes):
                each = values[:, :, h, o]
                means = each.mean(axis=1)
                relative = self.note["discrepancy"].get(INDICATOR_OF.get(name, ""), np.nan)
                parts = decompose(each, weight, relative * abs(float(np.average(means, weights=weight))))
                low, high = quantiles(means, EXPECTED, weight)
                yield [*head, horizon, name, UNITS[name], parts.mean, low, high, *parts[1:]]

    def run_table(self) -> "pd.DataFrame":
        """Every run with its digest and status."""
        rows = [[*self.described(run.cell), run.seed, status or "left", run.digest] for run, status in self.statuses()]
        return self._typed(rows, [*self.heads, "seed", "status", "digest"])

    def failures(self) -> "pd.DataFrame":
        """Every failed run with its traceback."""
        rows = [
            [*self.described(run.planned.cell), run.planned.seed, run.record.digest, run.record.traceback]
            for run in self.runs()
            if run.record is not None and run.record.status == FAILED
        ]
        return self._typed(rows, [*self.heads, "seed", "digest", "traceback"])

    def _typed(self, rows: list[list[Any]], columns: Sequence[str]) -> "pd.DataFrame":
        """Rows as a frame; a factor has one type over the whole sweep: numbers, or words."""
        import pandas as pd

        table = pd.DataFrame(rows, columns=list(columns))
        for name in table:
            if name in WHOLE:
                table[name] = table[name].astype("int64")
            elif name in self.factors:
                numeric = self._is_numeric(self.factors.index(name))
                table[name] = table[name].astype("float64") if numeric else table[name].astype(str)
            elif name in NUMBERS:
                table[name] = table[name].astype("float64")
            else:
                table[name] = table[name].astype(str)
        return table

    def _is_numeric(self, factor: int) -> bool:
        used = [row[factor] for row in (*self.note["values"], *self.note["own"])]
        return all(isinstance(one, int | float) and not isinstance(one, bool) for one in used if one is not None)


def chosen_outcomes(names: Sequence[str]) -> tuple[str, ...]:
    """Outcomes and indicators by name; all of them for `all`, the usual ones for none. InputError for others."""
    if not names:
        return USUAL
    if list(names) == [ALL]:
        return (*USUAL, *INDICATORS)
    for name in names:
        if name not in UNITS:
            raise InputError(f'--outcome: unknown outcome "{name}"{suggestion(name, UNITS) or _usual()}')
    return tuple(dict.fromkeys(names))


def _usual() -> str:
    return f"; expected {', '.join(USUAL)}, an indicator of docs/results.md, or all"


def _pages(items: Iterator[One]) -> Iterator[list[One]]:
    while page := list(itertools.islice(items, PAGE)):
        yield page


def _digests(page: Sequence[Planned]) -> list[str]:
    return list(dict.fromkeys(run.digest for run in page))
