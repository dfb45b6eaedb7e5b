"""What is compared between worlds: outcomes of the cohort, horizons, and their names on the console."""

from typing import NamedTuple

HORIZONS = (12, 36, 60)  # months after the packages start


class Outcome(NamedTuple):
    """An outcome of the cohort, and how it accumulates, which decides its scale control."""

    id: str
    indicator: str  # of `sim.outcomes`
    unit: str
    is_cumulative: bool  # ever by t (complementary log-log); else a stock at t (log odds)
    is_share: bool  # counts members of the cohort, so that a share of it is a probability


OUTCOMES = (
    Outcome("return", "cohort_returned", "persons", is_cumulative=True, is_share=True),
    Outcome("enterprise", "cohort_founded", "persons", is_cumulative=True, is_share=True),
    Outcome("quality_return", "cohort_good_returnees", "persons", is_cumulative=False, is_share=True),
    Outcome("at_home", "cohort_at_home", "persons", is_cumulative=False, is_share=True),
    Outcome("enterprise_alive", "cohort_owners", "persons", is_cumulative=False, is_share=True),
    Outcome("jobs", "cohort_jobs", "jobs", is_cumulative=False, is_share=False),
    Outcome("income", "mean_income", "yuan a month", is_cumulative=False, is_share=False),
)
NAMES = {
    "return": "returned home",
    "enterprise": "founded an enterprise",
    "quality_return": "returned with good quality",
    "at_home": "at home",
    "enterprise_alive": "enterprise alive",
    "jobs": "jobs in enterprises",
    "income": "mean net income",
}


def horizons_within(after: int) -> list[int]:
    """The horizons that a run of `after` months after the start reaches; its own end where all lie beyond it."""
    return [horizon for horizon in HORIZONS if horizon <= after] or [after]
