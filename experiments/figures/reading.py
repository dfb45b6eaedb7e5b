"""What the laboratory's figures read from its tables: rows, names and numbers as they are written out."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.figures.laboratory_words import OUTCOMES, UNITS, term
from experiments.figures.words import word

HEADLINE = "return"
PANELS = ("return", "enterprise", "quality_return")
NO_INSTRUMENT = "none"
RATIO = "ratio"  # unit of quotients
NOISE = 1e-6  # what is smaller comes from adding floats
MONEY = {"en": 1e6, "zh": 1e8}  # yuan in the unit of `spend_axis`


def last(table: pd.DataFrame) -> pd.DataFrame:
    """The rows at the longest horizon."""
    return table[table["horizon"] == table["horizon"].max()]


def headline(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the headline outcome, or of the table's first, at the longest horizon."""
    outcomes = list(table["outcome"])
    return last(table[table["outcome"] == (HEADLINE if HEADLINE in outcomes else outcomes[0])])


def panels(table: pd.DataFrame) -> list[str]:
    """The outcomes that a figure of few panels shows: return, entry, quality, as far as the table has them."""
    there = list(dict.fromkeys(table["outcome"]))
    return [outcome for outcome in PANELS if outcome in there] or there[:1]


def members(cell: str) -> tuple[str, ...]:
    """The instruments of a cell."""
    return () if cell == NO_INSTRUMENT else tuple(cell.split("+"))


def largest(cells: Iterable[str]) -> str:
    """The cell of most instruments: the whole package, which names them in their order."""
    return max(cells, key=lambda cell: len(members(cell)))


def by_mask(packages: Sequence[str]) -> list[frozenset[str]]:
    """Every subset in the order of bit masks: bit b stands for instrument b."""
    return [frozenset(name for b, name in enumerate(packages) if mask >> b & 1) for mask in range(2 ** len(packages))]


def named(instruments: Iterable[str], names: Mapping[str, str], language: str, joint: str = " + ") -> str:
    """A set of instruments by their names."""
    parts = [names.get(name, name) for name in instruments]
    return joint.join(parts) if parts else word("no_instrument", language)


def listed(ids: Iterable[str], names: Mapping[str, str], language: str) -> str:
    """Instruments by name, as a sentence lists them: `a, b and c`."""
    parts = [names.get(name, name) for name in ids]
    if language == "zh" or len(parts) < 2:
        return "、".join(parts)
    return f"{', '.join(parts[:-1])}{word('and', language)}{parts[-1]}"


def amount(value: float, signed: bool = False) -> str:
    """A number with separators and as many digits as its size asks for; `-` where there is none."""
    if not np.isfinite(value):
        return "-"
    if abs(value) < NOISE:
        return "0"
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    return text.replace("-", "\u2212") if float(text.replace(",", "")) else text.lstrip("-+")


def money(yuan: float, language: str) -> str:
    """A sum of money in millions of yuan, or in Chinese in hundreds of millions."""
    return word("money", language, amount=amount(yuan / MONEY[language]))


def unit_of(rows: pd.DataFrame, language: str) -> str:
    """The unit of an outcome's rows: as the table gives it, else by the outcome."""
    by_outcome = {"jobs": "jobs", "income": "yuan a month"}
    own = rows.loc[rows["unit"] != RATIO, "unit"] if "unit" in rows else rows.iloc[:0]["outcome"]
    unit = own.iloc[0] if len(own) else by_outcome.get(rows["outcome"].iloc[0], "persons")
    return term(UNITS, str(unit), language)


def title_of(rows: pd.DataFrame, language: str) -> str:
    """Outcome and horizon of rows that share both."""
    first = rows.iloc[0]
    return word(
        "at_horizon", language, outcome=term(OUTCOMES, first["outcome"], language), months=int(first["horizon"])
    )


def finite(values: Iterable[float]) -> list[float]:
    """The numbers among values."""
    return [float(value) for value in values if np.isfinite(value)]


def absent(tables: Mapping[str, pd.DataFrame], needed: Collection[str]) -> list[str]:
    """The tables among `needed` that are missing or empty."""
    return [name for name in needed if name not in tables or tables[name].empty]
