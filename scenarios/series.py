"""Monthly series from their declarations, and the months of the Spring Festival."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from scenarios.files import HERE
from scenarios.months import EPOCH, month_number, month_text
from scenarios.schema import Series
from scenarios.spot import Spot
from scenarios.tables import METONIC, read_monthly_csv
from scenarios.validation import between

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


class Gap(ValueError):
    """A series does not reach a month it is needed for."""


def values(series: Mapping[str, Any], first: int, count: int) -> list[float]:
    """A declared series over `count` months from month `first`.

    series  a `Series` as a dict, with the content of a file under `csv`. `years` are annual means:
            they stand at mid-year, linear between and grown at yearly rates outside. `months` holds
            the months that differ from `otherwise`. `csv` holds months without a gap, grown outside.

    Raises Gap where the declaration ends and gives no growth. Only sums, products and quotients are
    used, so the values are the same on every machine.
    """
    if series["years"] is not None:
        return _from_years(series, first, count)
    if series["csv"] is not None:
        return _from_months(series, first, count)
    differing = {month_number(month): value for month, value in (series["months"] or {}).items()}
    return [float(differing.get(first + i, series["otherwise"])) for i in range(count)]


def _growth(series: Mapping[str, Any], side: str, end: int) -> float:
    rate = series[f"growth_{side}"]
    if rate is None:
        verb = "starts" if side == "before" else "ends"
        raise Gap(f"{verb} in {month_text(end)}; expected more data, or growth_{side}")
    return float(rate)


def _from_years(series: Mapping[str, Any], first: int, count: int) -> list[float]:
    knots = {(int(year) - EPOCH) * 12 + 6: float(value) for year, value in sorted(series["years"].items())}
    start, end = min(knots), max(knots)
    while start > first:
        knots[start - 12] = knots[start] / (1.0 + _growth(series, "before", start))
        start -= 12
    while end < first + count:
        knots[end + 12] = knots[end] * (1.0 + _growth(series, "after", end))
        end += 12
    places = sorted(knots)
    result, at = [], 0
    for month in range(first, first + count):
        middle = month + 0.5
        while places[at + 1] < middle:
            at += 1
        left, right = places[at], places[at + 1]
        weight = (middle - left) / (right - left)
        result.append(knots[left] * (1.0 - weight) + knots[right] * weight)
    return result


def _from_months(series: Mapping[str, Any], first: int, count: int) -> list[float]:
    known = {month_number(month): float(value) for month, value in series["csv"].items()}
    start, end = min(known), max(known)
    return [_outside(series, known, start, end, month) for month in range(first, first + count)]


def _outside(series: Mapping[str, Any], known: dict[int, float], start: int, end: int, month: int) -> float:
    """The value of a month in the data, or grown from its nearest end."""
    if start <= month <= end:
        return known[month]
    side, edge = ("before", start) if month < start else ("after", end)
    years, months = divmod(abs(month - edge), 12)
    factor = 1.0
    growth = _growth(series, side, edge)
    for _ in range(years):
        factor *= 1.0 + growth
    factor *= 1.0 + growth * months / 12.0
    return known[edge] / factor if side == "before" else known[edge] * factor


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


FESTIVALS = HERE / "spring_festival.csv"


def _day_in(year: int, dates: Mapping[int, date]) -> date | None:
    """The date of a year, or of its like; None beyond the dates of a festival that is given for some years only."""
    if year in dates:
        return dates[year]
    if len(dates) < METONIC:
        return None
    like = year
    while like not in dates:
        like += METONIC if year < min(dates) else -METONIC
    return dates[like]


def festival_months(dates: Mapping[int, date], first: int, count: int) -> list[int]:
    """1 for the two months around each Spring Festival, or a place's own festival; 0 for the others.

    They are the month of the day, and the one before if the day falls before the 16th, else the one
    after. Years beyond the data take the date of the year a whole number of 19-year cycles away.
    """
    flags = [0] * count
    for year in range(EPOCH + first // 12 - 1, EPOCH + (first + count) // 12 + 1):  # December reaches into January
        day = _day_in(year, dates)
        if day is None:
            continue
        month = (year - EPOCH) * 12 + day.month - 1
        for flagged in (month, month - 1 if day.day < 16 else month + 1):
            if 0 <= flagged - first < count:
                flags[flagged - first] = 1
    return flags
