"""Predictive intervals of monthly series from an ensemble, and how often they hold what came true.

A forecast value is one future: a draw of the parameters, a seed with its own population and luck, and, where a target
tells the model's own discrepancy in a series, a normal error of that relative size.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.calibration.ensemble import Ensemble
from experiments.calibration.figures_of_runs import with_constants
from experiments.calibration.uncertainty import decompose, predictive
from experiments.errors import InputError
from experiments.laboratory.worlds import Replicate
from experiments.observing import EXTRA, SERIES, SeriesMeasure
from experiments.records import DONE, Records
from experiments.runner import ShowProgress, Task, digest, execute
from scenarios.errors import Position, Problems, shown, suggestion
from scenarios.months import month_number, month_text
from scenarios.reading import display, from_plain
from scenarios.resolve import Resolution, resolve
from scenarios.spot import Spot
from scenarios.tables import read_table
from sim.outcomes import COUNTY_SERIES, INDICATORS, RATES

if TYPE_CHECKING:
    from sim.scenario import Scenario

COVERAGES = (0.5, 0.8, 0.95)
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
NAMES = ("q025", "q10", "q25", "median", "q75", "q90", "q975")
BOUNDS = {0.5: ("q25", "q75"), 0.8: ("q10", "q90"), 0.95: ("q025", "q975")}
USUAL = ("out_province", "transfer_employment", "at_home", "returnee_entrepreneurs", "owners", "returns")
UNITS = {
    **{one.name: one.unit for one in INDICATORS},
    **{name: unit for name, unit, *_ in (*COUNTY_SERIES, *RATES)},
    **dict.fromkeys(EXTRA, "persons"),
    **{"returnee_owners_age": "years", "owners_age": "years", "owners_male": "share", "firms_under_5": "share"},
    **{"owners_skill_gap": "skill", "firm_exits": "enterprises", "firm_exits_under_5": "enterprises"},
}


class Span(NamedTuple):
    """What is forecast: months counted from January 2000, the last one left out."""

    first: int
    end: int


class Truth(NamedTuple):
    """What came true of a series in a month."""

    series: str
    month: str
    value: float


def span_of(first: str, months: int, place: str, overrides: Mapping[str, Any]) -> tuple[Span, Resolution]:
    """The months to forecast, and the place run long enough for them; InputError for a start before the place's."""
    start = month_number(resolve(place, [], overrides).data["start"])
    begin = month_number(first)
    if begin < start:
        raise InputError(f"--from {first}: before the run begins; expected {month_text(start)} or later")
    return Span(begin, begin + months), resolve(place, [], {**overrides, "months": begin + months - start})


def require_series(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once; InputError for one that is no series."""
    for name in names:
        if name not in SERIES:
            raise InputError(f'--indicators: unknown series "{name}"{suggestion(name, SERIES)}')
    return tuple(dict.fromkeys(names))


def read_truth(path: Path, span: Span) -> tuple[Truth, ...]:
    """A CSV file with the columns indicator, month (YYYY-MM, among those forecast) and value."""
    problems, found = Problems(), []
    named = Spot(from_plain({}, Position(display(path))), problems)
    months = {month_text(month) for month in range(*span)}
    for line, row in read_table(path, ("indicator", "month", "value"), named):
        where = Position(display(path), line)
        if row["indicator"] not in SERIES:
            problems.add(
                where, "indicator", f'unknown series "{row["indicator"]}"{suggestion(row["indicator"], SERIES)}'
            )
        if row["month"] not in months:
            expected = f"{month_text(span.first)} to {month_text(span.end - 1)}"
            problems.add(where, "month", f"expected a month of the forecast, {expected} (got {shown(row['month'])})")
        try:
            found.append(Truth(row["indicator"], row["month"], float(row["value"])))
        except ValueError:
            problems.add(where, "value", f"expected a number (got {shown(row['value'])})")
    problems.raise_any()
    if not found:
        raise InputError(f"{display(path)}: no rows; expected indicator, month, value")
    return tuple(found)


def simulate(
    base: Resolution,
    ensemble: Ensemble,
    seeds: Sequence[int],
    names: Sequence[str],
    records: Records,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: ShowProgress | None = None,
) -> np.ndarray:
    """Monthly series of every draw and seed, float64[D, S, months, names]; InputError where a run failed."""
    first = base.data["population"]["seed"]
    replicates = [Replicate(first + k, seed) for k, seed in enumerate(seeds)]
    measure = SeriesMeasure(int(base.data["months"]), tuple(names))
    tasks = [
        Task(with_constants(base, ensemble.changes(draw), one.population), one.seed, measure)
        for draw in range(len(ensemble.weight))
        for one in replicates
    ]
    execute(tasks, records, workers=workers, scheduler=scheduler, progress=progress)
    keys = [digest(task) for task in tasks]
    found = {one.digest: one for one in records.get_many(keys)}
    for key in keys:
        if found[key].status != DONE:
            last = found[key].traceback.strip().rpartition("\n")[2]
            raise InputError(f"a run of the forecast failed: {last}")
    values = np.array([found[key].payload["series"] for key in keys])
    return values.reshape(len(ensemble.weight), len(seeds), *values.shape[1:])


def table(values: np.ndarray, names: Sequence[str], ensemble: Ensemble, start: int, span: Span) -> pd.DataFrame:
    """Quantiles and sources of uncertainty by series and month; `part` is `fitted` before the forecast begins.

    Columns: indicator, unit, month, part, mean, q025 ... q975, sd_parameters, sd_seeds, sd_structure (missing: the
    model's own error in this series is not known, and not in the quantiles).
    """
    rows = []
    for n, name in enumerate(names):
        relative = ensemble.discrepancy.get(name, np.nan)
        for month in range(values.shape[2]):
            each = values[:, :, month, n]
            structure = relative * abs(float(np.average(each.mean(axis=1), weights=ensemble.weight)))
            parts = decompose(each, ensemble.weight, structure)
            levels = predictive(each, ensemble.weight, LEVELS, structure)
            part = "forecast" if start + month >= span.first else "fitted"
            key = (name, UNITS[name], month_text(start + month), part, parts.mean)
            rows.append((*key, *levels, *parts[1:]))
    columns = ["indicator", "unit", "month", "part", "mean", *NAMES, "sd_parameters", "sd_seeds", "sd_structure"]
    return pd.DataFrame(rows, columns=columns)


def coverage(forecast: pd.DataFrame, truth: Sequence[Truth]) -> pd.DataFrame:
    """How often each interval holds what came true, by series and over all, with Wilson's interval of the share.

    Months of one series are not independent, so that interval is too narrow for a single series.
    """
    from experiments.laboratory.prior import wilson

    known = forecast.set_index(["indicator", "month"])
    held = pd.DataFrame(
        [
            (
                one.series,
                level,
                known.at[(one.series, one.month), low] <= one.value <= known.at[(one.series, one.month), high],
            )
            for one in truth
            for level, (low, high) in BOUNDS.items()
        ],
        columns=["indicator", "level", "held"],
    )
    rows = []
    for name in [*dict.fromkeys(held["indicator"]), "all"]:
        for level in COVERAGES:
            chosen = held[(held["level"] == level) & ((held["indicator"] == name) | (name == "all"))]["held"]
            low, high = wilson(int(chosen.sum()), len(chosen))
            rows.append((name, level, int(chosen.sum()), len(chosen), float(chosen.mean()), low, high))
    return pd.DataFrame(rows, columns=["indicator", "level", "held", "of", "share", "low", "high"])


def names_of(names: Sequence[str], language: str) -> dict[str, str]:
    """Series by their names in a language; those that are seen apart from the table by their keys."""
    chinese = {one.name: one.name_zh for one in INDICATORS} | {name: zh for name, _, zh, _ in (*COUNTY_SERIES, *RATES)}
    if language == "zh":
        return {name: chinese.get(name, name) for name in names}
    return {name: name.replace("_", " ") for name in names}


def scenario_of(base: Resolution) -> "Scenario":
    """The place as it stands, for titles and the manifest."""
    return with_constants(base, {})
