"""Declarations of monthly series: their forms, limits and files."""

from collections.abc import Mapping
from typing import Any

from scenarios.errors import between
from scenarios.files import HERE
from scenarios.monthly import Gap, values
from scenarios.months import month_text
from scenarios.schema import Series
from scenarios.spot import Spot
from scenarios.tables import read_monthly_csv

FESTIVALS = HERE / "spring_festival.csv"
FORMS = ("years", "otherwise", "csv")
LIMITS = {  # lowest and highest plausible value
    "wage_out": (1.0, 1e6),
    "wage_in": (1.0, 1e6),
    "wage_local": (1.0, 1e6),
    "living_out": (0.0, 1e6),
    "living_in": (0.0, 1e6),
    "unemployment_out": (0.0, 1.0),
    "unemployment_in": (0.0, 1.0),
    "layoff_out": (0.0, 1.0),
    "layoff_in": (0.0, 1.0),
    "closure": (0.0, 1.0),
    "farm_index": (0.01, 1000.0),
    "local_demand": (0.01, 1000.0),
    "entrants": (0.0, 1.0),
}
UNSTATED = {"local_demand": Series(otherwise=1.0)}  # what a place need not state


def check_form(series: Series, spot: Spot) -> None:
    """Note a series that is not in exactly one of its forms."""
    given = [form for form in FORMS if getattr(series, form) is not None]
    if len(given) != 1:
        spot.wrong(f"expected exactly one of {', '.join(FORMS)} (got {' and '.join(given) or 'none'})")
    elif given == ["years"] and not series.years:
        spot.wrong("expected at least one year", "years")
    elif series.months is not None and given != ["otherwise"]:
        spot.wrong(f"expected only together with otherwise (got {given[0]})", "months")
    elif given == ["otherwise"] and (series.growth_before, series.growth_after) != (None, None):
        spot.wrong("growth is for years and csv; with otherwise nothing grows")


def declaration(series: Series, spot: Spot) -> dict[str, Any]:
    """A series as plain data, the content of its file included; ScenarioError if that is bad."""
    plain = series.model_dump()
    if series.csv is not None:
        file = spot.at("csv")
        plain["csv"] = read_monthly_csv(file.folder / series.csv, file)
    return plain


def check_values(name: str, declared: Mapping[str, Any], first: int, count: int, spot: Spot) -> None:
    """Note a series that does not cover the months, or leaves its plausible range in one of them."""
    low, high = LIMITS[name]
    try:
        monthly = values(declared, first, count)
    except Gap as gap:
        spot.wrong(str(gap))
        return
    for month, value in enumerate(monthly, start=first):
        if not low <= value <= high:
            got = f"got {value:.6g} in {month_text(month)}"
            spot.wrong(f"expected a number{between(low, high)} in every month ({got})")
            return
