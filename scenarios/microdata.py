"""Reads people that a place brings along, from CSV, Parquet or Stata; every wrong cell is named by its row."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from scenarios.errors import Position, Problems, between, fail, shown, suggestion
from scenarios.reading import display
from scenarios.schema import Microdata
from scenarios.spot import Spot
from scenarios.stata import read_stata
from scenarios.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario import Records

HOUSEHOLDS = ("ordinary", "poverty_lifted", "relocated")
STATUSES = ("out_province", "in_province", "farm", "searching", "wage_basic", "wage_skilled", "owner", "post")
MOST_SHOWN = 10  # wrong cells named in one message; the rest is counted
AWAY = 2  # status codes below this are away


class Column(NamedTuple):
    """A column of microdata: numbers in a range, or words; `scale` turns it into the model's unit."""

    meaning: str
    unit: str
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    words: tuple[str, ...] = ()
    scale: float = 1.0


COLUMNS = {
    "county": Column("county of registration; without it, persons stand for every county", "id"),
    "weight": Column("persons that the row stands for; without it, 1", "persons", 0, 1e12),
    "age": Column("age; whole years, the month of birth is drawn", "years", 16, 69, whole=True, scale=12),
    "sex": Column("sex", "word", words=("female", "male")),
    "household": Column("kind of household", "word", words=HOUSEHOLDS),
    "schooling": Column("years at school", "years", 0, 22, whole=True),
    "grade": Column("grade of certificate, 0: none", "grade", 0, 5, whole=True),
    "status": Column("where the person is and what he or she does", "word", words=STATUSES),
    "sector": Column("sector of the job at home or the enterprise", "id"),
    "skill": Column("human capital", "0..1", 0, 1),
    "savings": Column("savings", "yuan", 0, 2e9),
    "debt": Column("debt", "yuan", 0, 2e9),
    "home_ties": Column("social capital at home", "0..1", 0, 1),
    "destination_ties": Column("social capital at the destination", "0..1", 0, 1),
    "child_age": Column("age of the youngest child, -1: none", "years", -1, 15, scale=12),
    "elder": Column("whether a parent needs care", "0 or 1", 0, 1, whole=True),
    "health": Column("health", "0..1", 0, 1, scale=15),
    "migrations": Column("departures so far", "count", 0, 255, whole=True),
    "months_since_return": Column("since the last return, at home only", "months", 0, 254, whole=True),
}
NAMES = {"sex": "male"}  # columns that the model calls otherwise
NO_CHILD = 255.0


def read_people(declared: Microdata, counties: Sequence[str], sectors: Sequence[str], named: Spot) -> "Records":
    """The records of a file; ScenarioError naming each wrong cell, or what the file lacks."""
    path = named.folder / declared.file
    _require_encoding(declared.encoding, named.at("encoding"))
    table = _with_our_names(_read(path, declared, named.at("file")), declared, path, named)
    problems = Problems()
    found = {name: _column(table, name, declared, path, (counties, sectors), problems) for name in table.columns[1:]}
    _check_rows(found, table, path, problems)
    _raise(problems)
    return _records(found, len(table))


def _require_encoding(name: str | None, named: Spot) -> None:
    """ScenarioError for an encoding that Python does not know."""
    import codecs

    try:
        codecs.lookup(name or "utf-8")
    except LookupError:
        raise named.error(f"unknown encoding {shown(name)}; expected one such as utf-8, gbk or gb18030") from None


def _read(path: Path, declared: Microdata, named: Spot) -> "pd.DataFrame":
    """A file as text and numbers, with the line or row of each in the first column."""
    import pandas as pd

    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet", ".dta"):
        raise named.error(f"expected a file ending in .csv, .parquet or .dta (got {shown(path.name)})")
    if suffix == ".csv":
        rows = read_table(path, (), named, declared.encoding or "utf-8-sig")
        table = pd.DataFrame([row for _, row in rows])
        table.insert(0, "", [f":{line}" for line, _ in rows])
        return table
    if not path.is_file():
        raise named.error(f"file not found: {display(path)}")
    try:
        table = pd.read_parquet(path) if suffix == ".parquet" else read_stata(path, declared.encoding)
    except UnicodeDecodeError as error:
        raise named.error(f"{display(path)}: text is not {error.encoding}; expected another encoding") from None
    except Exception as error:  # pandas and its readers raise whatever they meet
        raise named.error(f"{display(path)}: not readable as {suffix[1:]}: {error}") from None
    table.insert(0, "", [f": row {number}" for number in range(1, len(table) + 1)])
    return table


def _with_our_names(table: "pd.DataFrame", declared: Microdata, path: Path, named: Spot) -> "pd.DataFrame":
    """Only the columns declared, under our names; without a declaration all of them, each of them known."""
    header = [str(name) for name in table.columns[1:]]
    table.columns = ["", *header]
    for ours in [*declared.columns, *declared.codes]:
        if ours not in COLUMNS:
            key = "columns" if ours in declared.columns else "codes"
            raise named.at(key, ours).error(f'unknown column "{ours}"{suggestion(ours, COLUMNS)}')
    for ours, theirs in declared.columns.items():
        if theirs not in header:
            hint = suggestion(theirs, header)
            raise named.at("columns", ours).error(f'{display(path)} has no column "{theirs}"{hint}')
    if declared.columns:
        table = table[["", *declared.columns.values()]]
        table.columns = ["", *declared.columns]
    for name in table.columns[1:]:
        if name not in COLUMNS:
            hint = f"{suggestion(name, COLUMNS)}; population.microdata.columns says which column is which"
            raise fail(Position(display(path), 1), name, f"unknown column{hint}")
    if len(table) == 0:
        raise named.error(f"{display(path)} has no rows; expected one a person")
    return table


def _column(
    table: "pd.DataFrame",
    name: str,
    declared: Microdata,
    path: Path,
    ids: tuple[Sequence[str], Sequence[str]],
    problems: Problems,
) -> Any:
    """One column as float64, NaN where it states nothing; wrong cells are noted."""
    import numpy as np
    import pandas as pd

    column, raw = COLUMNS[name], table[name]
    text = raw.map(_plain_text)
    codes = declared.codes.get(name, {})
    text = text.map(lambda word: codes.get(word, word))
    empty = (text == "").to_numpy()
    words = {"county": ids[0], "sector": ids[1]}.get(name, column.words)
    if words:
        code = {word: float(number) for number, word in enumerate(words)}
        values = text.map(code).to_numpy(np.float64)
        wrong = np.isnan(values) & ~empty
        expected = f"expected one of {', '.join(words[:8])}{', ...' if len(words) > 8 else ''}"
    else:
        values = pd.to_numeric(text.where(~empty), errors="coerce").to_numpy(np.float64)
        outside = ~((values >= column.low) & (values <= column.high))
        wrong = (outside | (column.whole & (values != np.floor(values)))) & ~empty
        noun = "a whole number" if column.whole else "a number"
        expected = f"expected {noun}{between(column.low, column.high)} ({column.unit})"
    for at in np.flatnonzero(wrong).tolist():
        hint = suggestion(text.iloc[at], words) if words else ""
        hint = hint if "did you mean" in hint else ""
        _note(problems, path, table, at, name, f"{expected} (got {shown(text.iloc[at])}){hint}")
    return values


def _plain_text(value: Any) -> str:
    """A cell as text: no number with a needless ".0", nothing for what is missing."""
    import pandas as pd

    if pd.isna(value):
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _check_rows(found: Mapping[str, Any], table: "pd.DataFrame", path: Path, problems: Problems) -> None:
    """What must hold between the columns of a row."""
    import numpy as np

    if "status" in found and "months_since_return" in found:
        for at in np.flatnonzero((found["status"] < AWAY) & ~np.isnan(found["months_since_return"])).tolist():
            _note(problems, path, table, at, "months_since_return", "expected nothing for somebody away")
    for name in ("weight", "county"):
        if name in found:
            for at in np.flatnonzero(np.isnan(found[name]) & ~_noted(problems, table)).tolist():
                _note(problems, path, table, at, name, "missing; expected a value in every row")
    if "weight" in found and len(problems) == 0 and not found["weight"].sum() > 0:
        problems.add(Position(display(path)), "weight", "no weight is above zero; expected some that are")


def _noted(problems: Problems, table: "pd.DataFrame") -> Any:
    """Nothing is reported as missing while other cells are wrong: a wrong cell has no value either."""
    import numpy as np

    return np.full(len(table), len(problems) > 0)


def _note(problems: Problems, path: Path, table: "pd.DataFrame", at: int, column: str, message: str) -> None:
    where = table[""].iloc[at]
    line = int(where[1:]) if where[1:].isdecimal() else None
    key = column if line is not None else f"{where[2:]}: {column}"
    problems.add(Position(display(path), line), key, message)


def _raise(problems: Problems) -> None:
    """One error for all wrong cells, the first of them in words."""
    from scenarios.errors import ScenarioError

    try:
        problems.raise_any()
    except ScenarioError as error:
        lines = str(error).splitlines()
        more = [f"... and {len(lines) - MOST_SHOWN} more cells"] if len(lines) > MOST_SHOWN else []
        raise ScenarioError("\n".join(lines[:MOST_SHOWN] + more)) from None


def _records(found: Mapping[str, Any], rows: int) -> "Records":
    """The columns as the world takes them."""
    import numpy as np

    from sim.scenario import Records

    given = {}
    for name, values in found.items():
        if name not in ("county", "weight"):
            given[NAMES.get(name, name)] = values * COLUMNS[name].scale
    if "age" in given:
        given["age_span"] = np.full(rows, 12.0)
    if "child_age" in given:
        child = np.floor(given["child_age"])
        given["child_age"] = np.where(child < 0, NO_CHILD, child)
    if "health" in given:
        given["health"] = np.rint(given["health"])
    if "months_since_return" in given:
        given["migrations"] = given.get("migrations", np.full(rows, np.nan))
    county = found.get("county", np.full(rows, -1.0))
    weight = found.get("weight", np.ones(rows))
    return Records(county.astype(np.int32), weight, given)


def digest(records: "Records") -> dict[str, Any]:
    """Size and hash of records, for the scenario's own hash."""
    import numpy as np

    sha = hashlib.sha256()
    for name, values in sorted({"county": records.county, "weight": records.weight, **records.given}.items()):
        sha.update(f"{name}:".encode() + np.ascontiguousarray(values, np.float64).tobytes())
    for labels in records.groups:
        sha.update(b"group:" + np.ascontiguousarray(labels, np.int64).tobytes())
    return {"rows": len(records.weight), "columns": sorted(records.given), "sha256": sha.hexdigest()}
