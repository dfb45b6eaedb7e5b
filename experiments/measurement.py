"""Measurement equations: from a run's monthly series to the figures that administrations and surveys counted.

Administrative series are not statuses. Each equation maps monthly statuses to what was counted:

- A figure of a year is the mean of its twelve months (assumption: the counts are yearly averages, for their
  reference date is not stated); a figure of a year's end is the stock at the end of December.
- Transfer employment = away + wage jobs, owners and posts in the county.
- Out of province and in county are shares of it; what remains is in the province outside the county.
- Public-welfare posts are the part of the model's posts that the programmes' posts have in their posts and
  workshop jobs together, for the model does not tell the two apart.
- National figures (N) are compared with those of the place in the same sense; what they count that a tidy table
  does not hold is seen month by month (`experiments.observing`).
- Returnee entrepreneurs are foundings by those who have been away, summed over the year; their jobs are
  those offered at founding.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.policy import instruments_at
from sim.scenario import Scenario


class Period(NamedTuple):
    """What a figure covers: a year, its end, or a span of years."""

    first: int
    last: int
    at_end: bool

    @classmethod
    def read(cls, text: str) -> "Period":
        """The period of `2021`, `2021-2025` or `end 2025`; ValueError for anything else."""
        first, _, last = text.removeprefix("end ").partition("-")
        return cls(int(first), int(last or first), text.startswith("end "))

    def __str__(self) -> str:
        if self.at_end:
            return f"end {self.last}"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Calendar:
    """Monthly series of the whole place by calendar year.

    `monthly` has a row a month, indexed by its number from 0, and a column an indicator or a series of
    `experiments.observing`; `start` as in a scenario.
    """

    def __init__(self, monthly: pd.DataFrame, start: int) -> None:
        self._monthly = monthly
        dates = start + self._monthly.index.to_numpy()
        self._year, self._month = 2000 + dates // 12, dates % 12

    @classmethod
    def of(cls, outcomes: pd.DataFrame, start: int) -> "Calendar":
        """The calendar of tidy outcomes, means over the seeds."""
        rows = outcomes[outcomes["dimension"] == "all"].astype({"indicator": str})
        return cls(rows.pivot_table(index="month", columns="indicator", values="value", aggfunc="mean"), start)

    def months(self, indicator: str, period: Period) -> np.ndarray:
        """Values of all months of the period, or of its last December; empty where the run lacks any."""
        if indicator not in self._monthly:  # tidy outcomes hold less than a run shows
            return np.empty(0)
        inside = (self._year >= period.first) & (self._year <= period.last)
        if period.at_end:
            inside &= self._month == 11
        expected = 1 if period.at_end else 12 * (period.last - period.first + 1)
        return self._monthly[indicator].to_numpy()[inside] if inside.sum() == expected else np.empty(0)

    def mean(self, indicator: str, period: Period) -> float:
        """Mean over the period; NaN where the run does not cover it."""
        values = self.months(indicator, period)
        return float(values.mean()) if len(values) else np.nan

    def in_months(self, indicator: str, period: Period, months: Sequence[int]) -> float:
        """Sum over some months of the year, January as 0, in all years of the period; NaN where not covered."""
        inside = (self._year >= period.first) & (self._year <= period.last) & np.isin(self._month, months)
        covered = len(self.months(indicator, period))
        return float(self._monthly[indicator].to_numpy()[inside].sum()) if covered else np.nan

    def a_year(self, indicator: str, period: Period) -> float:
        """Sum over a year, mean over the years of the period."""
        return 12 * self.mean(indicator, period)


Measure = Callable[[Calendar, Period, Scenario], float]


def _percent(part: str, whole: str) -> Measure:
    return lambda calendar, period, _: 100 * calendar.mean(part, period) / calendar.mean(whole, period)


def _ratio(part: str, whole: str) -> Measure:
    return lambda calendar, period, _: calendar.mean(part, period) / calendar.mean(whole, period)


def _mean(series: str) -> Measure:
    return lambda calendar, period, _: calendar.mean(series, period)


def _home_of_ever_away(calendar: Calendar, period: Period, _: Scenario) -> float:
    """Returnees at home, percent of those who are away or have been."""
    home, away = calendar.mean("returnees", period), calendar.mean("away", period)
    return 100 * home / (home + away)


def _returns_in(months: Sequence[int]) -> Measure:
    """Returns in some months of the year, percent of the years' returns."""
    return lambda calendar, period, _: (
        100 * calendar.in_months("returns", period, months) / calendar.in_months("returns", period, range(12))
    )


def _wage_ratio(calendar: Calendar, period: Period, scenario: Scenario) -> float:
    """Local wage against that beyond the province."""
    first = 12 * (period.first - 2000) - scenario.start
    months = slice(scenario.spin_up + first, scenario.spin_up + first + 12 * (period.last - period.first + 1))
    wages = scenario.series["wage_local"][months].mean() / scenario.series["wage_out"][months].mean()
    return calendar.mean("wage_factor", period) * float(wages)


def _welfare_posts(calendar: Calendar, period: Period, scenario: Scenario) -> float:
    """Public-welfare posts, percent of employment in the county."""
    middle = 12 * (period.first - 2000) + 6 - scenario.start
    return share_of_welfare_posts(scenario, middle) * _percent("posts", "in_county_employment")(
        calendar, period, scenario
    )


def share_of_welfare_posts(scenario: Scenario, month: int) -> float:
    """What part of the model's posts are public-welfare posts, not workshop jobs, 0..1."""
    posts, workshops = (_places(scenario, channel, month) for channel in ("posts", "workshops"))
    return posts / (posts + workshops) if posts + workshops else 1.0


def _places(scenario: Scenario, channel: str, month: int) -> float:
    """Places that programmes offer through a channel in a month of the run."""
    return sum(
        one.dose * one.channels.get(channel, 0.0)
        for one in instruments_at(scenario, month)
        if one.is_programme and one.start <= month and (one.end is None or month < one.end)
    )


MEASURES: dict[str, Measure] = {
    "Z1": _percent("out_province", "transfer_employment"),
    "Z2": _percent("in_county_employment", "transfer_employment"),
    "Z3": _mean("transfer_employment"),
    "Z4": lambda calendar, period, _: calendar.a_year("returnee_entrepreneurs", period),
    "Z5": _ratio("returnee_jobs", "returnee_entrepreneurs"),
    "Z6": _mean("skilled_workers"),
    "Z7": lambda calendar, period, _: calendar.a_year("courses", period) * (period.last - period.first + 1),
    "Z8": _percent("high_skilled_workers", "skilled_workers"),
    "Z9": lambda _, __, scenario: 100 * float(scenario.parameters.human_capital.unwilling_share),
    "Z10": lambda _, __, scenario: 100 * float(scenario.parameters.human_capital.misfit_share),
    "Z12": _welfare_posts,
    "N1": _wage_ratio,
    "N2_away": _mean("mean_age_away"),
    "N2_local": _mean("mean_age_home"),
    "N3": _percent("employed_over_50", "transfer_employment"),
    "N4": _home_of_ever_away,
    "N5": _ratio("returns_active", "returns_passive"),
    "N6": _returns_in((9, 10, 11, 0, 1)),
    "N8": _percent("returnee_owners_aware", "returnee_owners"),
    "N9": _ratio("enterprise_jobs", "owners"),
    "N10_male": _percent("returnee_owners_male", "returnee_owners"),
    "N10_age": _mean("returnee_owners_age"),
    "N12": _percent("firm_exits_under_5", "firm_exits"),
}
