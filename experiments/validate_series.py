"""The model against observed administrative series: the table of misfit.

The figures are measured as `experiments.measurement` has it. What is left between model and data is the discrepancy.
A figure that set the initial stocks is no target.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import scenarios
from experiments.errors import InputError
from experiments.measurement import MEASURES, Calendar, Period, share_of_welfare_posts
from sim.scenario import Scenario

EVIDENCE = Path(scenarios.__file__).parent / "evidence" / "targets.csv"
SAME = 0.002  # relative difference up to which an initial stock and a figure count as the same number
INPUTS = ("Z7", "Z9", "Z10")  # the programmes' training volume, and two parameters


def read_targets(scenario: Scenario) -> pd.DataFrame:
    """The observed figures of the scenario's place; InputError where it has none."""
    targets = pd.read_csv(EVIDENCE, dtype=str, keep_default_na=False)
    names = {scenario.resolved["id"], scenario.resolved["name"]["en"].lower()}
    own = targets[targets["place"].str.lower().isin(names)]
    if own.empty:
        places = sorted(set(targets["place"].str.lower()) - {"china", "three provinces"})
        raise InputError(
            f"--fit: no observed series of {scenario.resolved['id']}; there are some of {', '.join(places)}"
        )
    return own


def fit_table(outcomes: pd.DataFrame, scenario: Scenario, targets: pd.DataFrame) -> pd.DataFrame:
    """Model against data for every figure that the run covers.

    Columns: id, figure, unit, period, data, low, high, model (mean over seeds), discrepancy (model - data),
    tolerance, within (data's range or tolerance; missing where neither is stated), use (`target`; `initial
    condition`: it set the first month's stocks; `input`: it set a parameter or a programme), note.
    """
    calendar = Calendar.of(outcomes, scenario.start)
    rows = []
    for _, target in targets.iterrows():
        measure = MEASURES.get(target["id"])
        if measure is None:
            continue
        for period, data in _figures(target):
            model = measure(calendar, period, scenario)
            if not np.isnan(model):
                rows.append(_row(target, period, data, model, scenario))
    columns = "id figure unit period data low high model discrepancy tolerance within use note"
    return pd.DataFrame(rows, columns=columns.split())


def observed_shares(scenario: Scenario, targets: pd.DataFrame) -> pd.DataFrame:
    """Observed shares of the rural workers away, for figures: columns year, boundary, share (0..1).

    Boundary `out_province` is the share beyond the province, `in_province` the share away in all.
    """
    figures = {
        target["id"]: {period.first: value for period, value in _figures(target)}
        for _, target in targets.iterrows()
        if target["id"] in ("Z1", "Z2", "Z3")
    }
    workers = sum(county.workers for county in scenario.counties)
    rows = []
    for year, employment in figures["Z3"].items():
        share = employment / workers
        rows.append((year, "out_province", share * figures["Z1"][year] / 100))
        rows.append((year, "in_province", share * (1 - figures["Z2"][year] / 100)))
    return pd.DataFrame(rows, columns=["year", "boundary", "share"])


def _figures(target: pd.Series) -> Iterator[tuple[Period, float]]:
    """The figures of a row of targets.csv with their periods: `2020;2021`, `2021-2025` or `end 2020`."""
    values, periods = target["value"].split(";"), target["period"].split(";")
    if not target["value"]:  # stated as a range only
        values = [str((float(target["low"]) + float(target["high"])) / 2)]
    for value, text in zip(values, periods, strict=True):
        yield Period.read(text), float(value)


def _row(target: pd.Series, period: Period, data: float, model: float, scenario: Scenario) -> tuple[object, ...]:
    """One line of the table of misfit."""
    low, high, tolerance = (float(target[name] or "nan") for name in ("low", "high", "tolerance"))
    within = is_within(model, data, low, high, tolerance)
    use = _use(target["id"], period, data, scenario)
    figure = (target["id"], target["target"], target["unit"], str(period), data, low, high)
    return (*figure, model, model - data, tolerance, within, use, target["note"])


def is_within(model: float, data: float, low: float, high: float, tolerance: float) -> bool | None:
    """Whether a value lies in the stated range, or within the tolerance; None where neither is stated."""
    if not np.isnan(low):
        return bool(low <= model <= high)
    return None if np.isnan(tolerance) else bool(abs(model - data) <= tolerance)


def judged(fit: pd.DataFrame) -> pd.DataFrame:
    """The table of misfit with `within` said anew of other values of the model."""
    columns = ("model", "data", "low", "high", "tolerance")
    return fit.assign(within=[is_within(*(row[name] for name in columns)) for _, row in fit.iterrows()])


def _use(name: str, period: Period, data: float, scenario: Scenario) -> str:
    """Whether a figure is a target, or has been used already."""
    if name in INPUTS:
        return "input"
    initial = scenario.initial
    employment = initial.out_province + initial.in_province + initial.in_county
    posts = initial.posts * share_of_welfare_posts(scenario, 0)
    known = {
        "Z1": 100 * initial.out_province / employment,
        "Z2": 100 * initial.in_county / employment,
        "Z3": employment,
        "Z12": 100 * posts / initial.in_county,
    }
    at_start = period.last == 2000 + scenario.start // 12
    if name == "Z6" and at_start:  # the initial stock is this figure less a year's growth
        return "initial condition"
    same = name in known and abs(known[name] / data - 1) <= SAME
    return "initial condition" if at_start and same else "target"
