"""Monthly series from their declarations, and the months of the Spring Festival."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from scenarios.months import EPOCH, month_number, month_text

METONIC = 19  # years after which the moon's phases fall on the same dates, within a day


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
