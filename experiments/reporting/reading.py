"""A result folder as a report needs it: manifest and tables, checked, with one clear message for what is wrong."""

import csv
import io
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from experiments.errors import InputError
from experiments.store import MANIFEST, TABLES, read_manifest

KINDS = {"multiplier": "estimands", "compare": "effects"}  # kind of result -> the table that it never lacks
INTERVAL = "value low high"
# Columns that a report reads: text, then numbers. Further columns and tables do not matter.
COLUMNS: dict[str, tuple[str, str]] = {
    "cells": ("cell outcome unit", "horizon mean low high effect effect_low effect_high"),
    "estimands": ("package outcome unit quantity note", f"horizon {INTERVAL}"),
    "interactions": ("outcome kind cell", f"horizon order {INTERVAL}"),
    "shapley": ("outcome instrument", f"horizon {INTERVAL} share"),
    "pairing": ("cell outcome", "horizon replicates variance_paired variance_independent replications_saved_ratio"),
    "null": ("outcome what note", "horizon value"),
    "mechanisms": ("outcome group note", f"horizon {INTERVAL} share"),
    "dose_response": ("instrument context outcome", "factor horizon effect low high spend"),
    "doses": (
        "instrument context outcome note",
        "horizon elasticity elasticity_low elasticity_high half_marginal_dose half_low half_high",
    ),
    "isoboles": ("first second outcome", "first_factor second_factor horizon effect"),
    "budget": (
        "alternative doses outcome note",
        "budget spend horizon effect low high ratio ratio_low ratio_high cost_factor_flip",
    ),
    "frontier": ("doses outcome kind is_efficient", "spend horizon effect low high"),
    "prior": ("outcome note", "draw horizon multiplier excess"),
    "prior_summary": ("outcome quantity", "horizon median low high probability_above_one draws"),
    "prior_drivers": ("outcome parameter", "horizon rank_correlation low high"),
    "classes": ("class", "persons low high share placebo independent_luck"),
    "patterns": ("pattern class minimal_sets", "persons"),
    "profiles": ("class trait group", "persons share cohort_share"),
    "missing": ("class cell need", "share"),
    "spillovers": ("treated outcome", "saturation horizon effect low high"),
    "villages": ("village county", "x y size remoteness value"),
    "ties": ("source target kind", ""),
    "failures": ("digest arm traceback", "seed"),
    "effects": ("arm outcome unit", "horizon seeds baseline value effect low high"),
    "multiplier": (
        "package outcome unit note",
        "horizon seeds sum sum_low sum_high package_effect package_low package_high excess excess_low excess_high "
        "multiplier multiplier_low multiplier_high",
    ),
}
WHOLE = ("horizon", "order", "draw", "draws", "replicates", "seed", "seeds")  # columns of whole numbers


class Result(NamedTuple):
    """A result: its kind, its manifest and the tables that are there and hold something."""

    kind: str
    manifest: dict[str, Any]
    tables: dict[str, pd.DataFrame]


def read_result(folder: Path) -> Result:
    """A result of `guiyan multiplier` or `guiyan compare`. Raises InputError with the file and what is wrong."""
    manifest = read_manifest(folder)
    kind = manifest.get("kind")
    if kind not in KINDS:
        raise InputError(f"{folder / MANIFEST}: kind {kind!r}; a report is made of {' or '.join(KINDS)}")
    _require(folder / MANIFEST, manifest, {"command": str, "scenarios": dict, "seeds": list, "versions": dict})
    if not manifest["scenarios"]:
        raise InputError(f"{folder / MANIFEST} is damaged: it names no scenario")
    for arm, scenario in manifest["scenarios"].items():
        _require(folder / MANIFEST, scenario, {"hash": str, "resolved": dict}, f"scenarios.{arm}.")
        scale = {"name": dict, "scale": int}
        _require(folder / MANIFEST, scenario["resolved"], scale, f"scenarios.{arm}.resolved.")
    tables = {}
    for name in COLUMNS:
        path = folder / TABLES / f"{name}.csv"
        if path.is_file() and not (table := _table(path, name)).empty:
            tables[name] = table
    if KINDS[kind] not in tables:
        raise InputError(f"{folder} lacks {TABLES}/{KINDS[kind]}.csv: the result is not complete")
    return Result(kind, manifest, tables)


def _require(path: Path, found: Any, wanted: dict[str, type], where: str = "") -> None:
    """Raise InputError unless a mapping has these keys with values of these types."""
    for key, kind in wanted.items():
        if not isinstance(found, dict) or not isinstance(found.get(key), kind):
            raise InputError(f"{path} is damaged: expected {where}{key}, a {kind.__name__}")


def _table(path: Path, name: str) -> pd.DataFrame:
    """One table, whole and of the right types."""
    text, numbers = (columns.split() for columns in COLUMNS[name])
    rows = _rows(path)
    heading, body = rows[0], rows[1:]
    if heading in ([], [""]) and not body:  # a table without columns, for there was nothing to put in one
        return pd.DataFrame()
    for column in (*text, *numbers):
        if column not in heading:
            raise InputError(f"{path} lacks the column {column!r}; it has {', '.join(heading)}")
    table = pd.DataFrame(body, columns=heading)
    if name == "prior":
        numbers += [column for column in heading if column.startswith("parameters.")]
    for column in numbers:
        table[column] = _numbers(path, table[column])
        if column in WHOLE and table[column].notna().all():
            table[column] = table[column].astype(int)
    if "is_efficient" in table:
        table["is_efficient"] = table["is_efficient"] == "True"
    return table


def _rows(path: Path) -> list[list[str]]:
    """The lines of a CSV file as fields. Raises InputError where it breaks off or is not one."""
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is damaged: it is not UTF-8 text") from error
    if not content.endswith("\n"):
        raise InputError(f"{path} is damaged: it breaks off in its last line")
    try:
        reader = csv.reader(io.StringIO(content, newline=""), strict=True)
        rows = []
        for row in reader:
            rows.append(row)
            if len(row) != len(rows[0]):
                line = reader.line_num
                raise InputError(f"{path}:{line} is damaged: {len(row)} fields, expected {len(rows[0])}")
    except csv.Error as error:
        raise InputError(f"{path} is damaged: {error}") from error
    return rows


def _numbers(path: Path, column: pd.Series) -> pd.Series:
    """A column of text as float64; empty fields are missing numbers."""
    missing = column.isin(["", "nan"])
    values = pd.to_numeric(column.mask(missing, "nan"), errors="coerce")
    wrong = values.isna() & ~missing
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            f"{path} is damaged: column {column.name!r}, row {row + 1}: {column.iloc[row]!r} is not a number"
        )
    return values.astype(float)
