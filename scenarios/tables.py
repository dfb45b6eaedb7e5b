"""Reads tables: monthly series, festival dates, and the nodes and edges of a village graph."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from scenarios.errors import Position, fail, shown, suggestion
from scenarios.monthly import METONIC
from scenarios.months import month_number, month_text
from scenarios.reading import display, read_text
from scenarios.spot import Spot


def read_monthly_csv(path: Path, named: Spot) -> dict[str, float]:
    """Month -> value of a file with the columns month and value, without a gap; `named` names the file."""
    months: dict[str, float] = {}
    for line, row in read_table(path, ("month", "value"), named):
        where = Position(display(path), line)
        month, value = _month(row["month"], where), _number(row["value"], where)
        if months and month_number(month) != month_number(list(months)[-1]) + 1:
            following = month_text(month_number(list(months)[-1]) + 1)
            raise fail(where, "month", f"expected {following}, the next month (got {month})")
        months[month] = value
    if not months:
        raise named.error(f"{display(path)} has no rows; expected months and values")
    return months


def read_table(
    path: Path, columns: Sequence[str], named: Spot, encoding: str = "utf-8-sig"
) -> list[tuple[int, dict[str, str]]]:
    """Rows of a CSV file with their line numbers; the columns named must be there."""
    text = read_text(path, named.position, named.key, encoding)
    name = display(path)
    reader = csv.DictReader(io.StringIO(text))
    header = list(reader.fieldnames or [])
    for column in columns:
        if column not in header:
            hint = suggestion(column, header) if header else "; the file is empty"
            raise fail(Position(name, 1), column, f"column missing; expected {', '.join(columns)}{hint}")
    rows = []
    try:
        for row in reader:
            if None in row or None in row.values():
                got = "more" if None in row else "fewer"
                message = f"expected {len(header)} values in the row (got {got})"
                raise fail(Position(name, reader.line_num), "", message)
            rows.append((reader.line_num, {column: value.strip() for column, value in row.items()}))
    except csv.Error as error:
        raise fail(Position(name, reader.line_num), "", f"not a readable table: {error}") from None
    return rows


def _month(text: str, where: Position) -> str:
    parts = text.split("-")
    if len(text) == 7 and len(parts) == 2 and all(p.isdecimal() for p in parts) and 1 <= int(parts[1]) <= 12:
        return text
    raise fail(where, "month", f"expected a month such as 2020-01 (got {shown(text)})")


def _number(text: str, where: Position) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number - number != 0.0:  # not a number, or infinite
        raise fail(where, "value", f"expected a number (got {shown(text)})")
    return number


def read_festivals(path: Path, years: Sequence[int], named: Spot) -> dict[int, date]:
    """Year -> date of a place's own festival, for each of `years`; columns year and date."""
    dates: dict[int, date] = {}
    for where, written, day in _days(path, named):
        if str(day.year) != written:
            raise fail(where, "date", f"expected a day of {written} (got {day})")
        dates[day.year] = day
    for year in years:
        if year not in dates:
            raise named.error(f"expected every year from {years[0]} to {years[-1]}; {year} is missing")
    return dates


def _days(path: Path, named: Spot) -> Iterator[tuple[Position, str, date]]:
    """Place, year as written and date of each row."""
    for line, row in read_table(path, ("year", "date"), named):
        where = Position(display(path), line)
        try:
            yield where, row["year"], date.fromisoformat(row["date"])
        except ValueError:
            message = f"expected a date such as 2020-01-25 (got {shown(row['date'])})"
            raise fail(where, "date", message) from None


def read_spring_festivals(path: Path, named: Spot) -> dict[int, date]:
    """Year -> date of the Spring Festival, from a file with the columns year and date."""
    dates: dict[int, date] = {}
    for where, written, day in _days(path, named):
        if str(day.year) != written or not date(day.year, 1, 20) <= day <= date(day.year, 2, 22):
            span = f"a day from 20 January to 22 February of {written}"
            raise fail(where, "date", f"expected {span} (got {day})")
        dates[day.year] = day
    first = min(dates, default=0)
    for year in range(first, first + METONIC):
        if year not in dates:
            missing = year or "every year"
            raise named.error(f"expected at least {METONIC} years in a row; {missing} is missing")
    return dates
