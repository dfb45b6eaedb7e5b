"""The model against observed administrative series: measurement equations, and the table of misfit.

Administrative series are not statuses. Each equation maps monthly statuses to what was counted:

- A figure of a year is the mean of its twelve months (assumption: the counts are yearly averages, for their
  reference date is not stated); a figure of a year's end is the stock at the end of December.
- Transfer employment = away + wage jobs, owners and posts in the county.
- Out of province and in county are shares of it; what remains is in the province outside the county.
- Public-welfare posts are the part of the model's posts that the programmes' posts have in their posts and
  workshop jobs together, for the model does not tell the two apart.
- Returnee entrepreneurs are foundings by those who have been away, summed over the year; their jobs are
  those offered at founding.

What is left between model and data is the discrepancy. A figure that set the initial stocks is no target.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import scenarios
from experiments.errors import InputError
from sim.scenario import Scenario

EVIDENCE = Path(scenarios.__file__).parent / "evidence" / "targets.csv"
SAME = 0.002  # relative difference up to which an initial stock and a figure count as the same number
INPUTS = ("Z7", "Z9", "Z10")  # the programmes' training volume, and two parameters


class Period(NamedTuple):
    """What a figure covers: a year, its end, or a span of years."""

    first: int
    last: int
    at_end: bool

    def __str__(self) -> str:
        if self.at_end:
            return f"end {self.last}"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


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
    calendar = Calendar(outcomes, scenario.start)
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


class Calendar:
    """Monthly indicators of the whole place by calendar year, means over the seeds."""

    def __init__(self, outcomes: pd.DataFrame, start: int) -> None:
        rows = outcomes[outcomes["dimension"] == "all"].astype({"indicator": str})
        self._monthly = rows.pivot_table(index="month", columns="indicator", values="value", aggfunc="mean")
        dates = start + self._monthly.index.to_numpy()
        self._year, self._month = 2000 + dates // 12, dates % 12

    def months(self, indicator: str, period: Period) -> np.ndarray:
        """Values of all months of the period, or of its last December; empty where the run lacks any."""
        inside = (self._year >= period.first) & (self._year <= period.last)
        if period.at_end:
            inside &= self._month == 11
        expected = 1 if period.at_end else 12 * (period.last - period.first + 1)
        return self._monthly[indicator].to_numpy()[inside] if inside.sum() == expected else np.empty(0)

    def mean(self, indicator: str, period: Period) -> float:
        """Mean over the period; NaN where the run does not cover it."""
        values = self.months(indicator, period)
        return float(values.mean()) if len(values) else np.nan

    def a_year(self, indicator: str, period: Period) -> float:
        """Sum over a year, mean over the years of the period."""
        return 12 * self.mean(indicator, period)


Measure = Callable[[Calendar, Period, Scenario], float]


def _percent(part: str, whole: str) -> Measure:
    return lambda calendar, period, _: 100 * calendar.mean(part, period) / calendar.mean(whole, period)


def _welfare_posts(calendar: Calendar, period: Period, scenario: Scenario) -> float:
    """Public-welfare posts, percent of employment in the county."""
    middle = 12 * (period.first - 2000) + 6 - scenario.start
    return _share_of_welfare_posts(scenario, middle) * _percent("posts", "in_county_employment")(
        calendar, period, scenario
    )


def _share_of_welfare_posts(scenario: Scenario, month: int) -> float:
    """What part of the model's posts are public-welfare posts, not workshop jobs, 0..1."""
    posts, workshops = (_places(scenario, channel, month) for channel in ("posts", "workshops"))
    return posts / (posts + workshops) if posts + workshops else 1.0


def _places(scenario: Scenario, channel: str, month: int) -> float:
    """Places that programmes offer through a channel in a month of the run."""
    return sum(
        one.dose * one.channels.get(channel, 0.0)
        for one in scenario.instruments
        if one.is_programme and one.start <= month and (one.end is None or month < one.end)
    )


MEASURES: dict[str, Measure] = {
    "Z1": _percent("out_province", "transfer_employment"),
    "Z2": _percent("in_county_employment", "transfer_employment"),
    "Z3": lambda calendar, period, _: calendar.mean("transfer_employment", period),
    "Z4": lambda calendar, period, _: calendar.a_year("returnee_entrepreneurs", period),
    "Z5": lambda calendar, period, _: (
        calendar.mean("returnee_jobs", period) / calendar.mean("returnee_entrepreneurs", period)
    ),
    "Z6": lambda calendar, period, _: calendar.mean("skilled_workers", period),
    "Z7": lambda calendar, period, _: calendar.a_year("courses", period) * (period.last - period.first + 1),
    "Z8": _percent("high_skilled_workers", "skilled_workers"),
    "Z9": lambda _, __, scenario: 100 * float(scenario.parameters.human_capital.unwilling_share),
    "Z10": lambda _, __, scenario: 100 * float(scenario.parameters.human_capital.misfit_share),
    "Z12": _welfare_posts,
}


def _figures(target: pd.Series) -> Iterator[tuple[Period, float]]:
    """The figures of a row of targets.csv with their periods: `2020;2021`, `2021-2025` or `end 2020`."""
    values, periods = target["value"].split(";"), target["period"].split(";")
    if not target["value"]:  # stated as a range only
        values = [str((float(target["low"]) + float(target["high"])) / 2)]
    for value, text in zip(values, periods, strict=True):
        first, _, last = text.removeprefix("end ").partition("-")
        yield Period(int(first), int(last or first), text.startswith("end ")), float(value)


def _row(target: pd.Series, period: Period, data: float, model: float, scenario: Scenario) -> tuple[object, ...]:
    """One line of the table of misfit."""
    low, high, tolerance = (float(target[name] or "nan") for name in ("low", "high", "tolerance"))
    within: bool | None = None
    if not np.isnan(low):
        within = bool(low <= model <= high)
    elif not np.isnan(tolerance):
        within = bool(abs(model - data) <= tolerance)
    use = _use(target["id"], period, data, scenario)
    figure = (target["id"], target["target"], target["unit"], str(period), data, low, high)
    return (*figure, model, model - data, tolerance, within, use, target["note"])


def _use(name: str, period: Period, data: float, scenario: Scenario) -> str:
    """Whether a figure is a target, or has been used already."""
    if name in INPUTS:
        return "input"
    initial = scenario.initial
    employment = initial.out_province + initial.in_province + initial.in_county
    posts = initial.posts * _share_of_welfare_posts(scenario, 0)
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
