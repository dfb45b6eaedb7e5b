"""The tables of a report: rows as readers see them, rounded, with units and intervals."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from experiments.figures.equal_budget import alternative
from experiments.figures.laboratory_words import CLASSES, NEEDS, OUTCOMES, PARAMETERS, QUANTITIES, UNITS, term
from experiments.figures.notes import in_words
from experiments.figures.prior import parameter
from experiments.figures.reading import RATIO, headline, largest, last, members, money, named, panels
from experiments.figures.words import word
from experiments.reporting.formats import amount, doses, percent, ratio, with_interval
from experiments.reporting.words import MECHANISM_GROUPS, say

Tables = Mapping[str, pd.DataFrame]
Line = list[str]
LONG = 30  # rows beyond which a table is folded away
MAIN = (
    "effect",
    "sum_of_singles",
    "excess",
    "multiplier",
    "scale_control",
    "null_multiplier",
    "mechanism_excess",
    "sham",
)
COMPARED = {"effect": "package_effect", "sum_of_singles": "sum", "excess": "excess", "multiplier": "multiplier"}


class Shown(NamedTuple):
    """A table as it is shown; columns before `numbers_from` hold words."""

    caption: str
    headings: Line
    rows: list[Line]
    numbers_from: int
    note: str = ""

    @property
    def is_long(self) -> bool:
        return len(self.rows) > LONG


class Reader(NamedTuple):
    """Who reads: the language, and the names of packages and counties in it."""

    language: str
    names: Mapping[str, str]

    def say(self, key: str, **values: Any) -> str:
        return say(key, self.language, **values)

    def heads(self, keys: str) -> Line:
        return [self.say(key) for key in keys.split()]

    def term(self, words: dict[str, tuple[str, str]], key: str) -> str:
        return term(words, key, self.language)

    def cell(self, cell: str) -> str:
        return named(members(cell), self.names, self.language)

    def spread(self, row: pd.Series, value: str, low: str, high: str, write: Callable[[float], str] = amount) -> str:
        return with_interval(row[value], row[low], row[high], self.language, write)


def main_table(tables: Tables, reader: Reader) -> Shown:
    """Outcomes and horizons by quantity, of the whole package."""
    rows = tables["estimands"]
    rows = rows[rows["package"] == largest(rows["package"])]
    there = [name for name in MAIN if name in set(rows["quantity"])]
    lines = []
    for (outcome, horizon), found in rows.groupby(["outcome", "horizon"], sort=False):
        by = found.set_index("quantity")
        values = [_quantity(by.loc[name], reader) if name in by.index else "-" for name in there]
        unit = reader.term(UNITS, found.loc[found["unit"] != RATIO, "unit"].iloc[0])
        lines.append([reader.term(OUTCOMES, outcome), str(horizon), unit, *values])
    headings = [*reader.heads("outcome months unit"), *reader.heads(" ".join(there))]
    return Shown(reader.say("main_table"), headings, lines, 3)


def _quantity(row: pd.Series, reader: Reader) -> str:
    write = ratio if row["unit"] == RATIO else amount
    return with_interval(row["value"], row["low"], row["high"], reader.language, write, "spread_below")


def all_estimands(tables: Tables, reader: Reader) -> Shown:
    """Every package, outcome, horizon and quantity with its note."""
    lines = []
    for _, row in tables["estimands"].iterrows():
        write = ratio if row["unit"] == RATIO else amount
        first = [reader.cell(row["package"]), reader.term(OUTCOMES, row["outcome"])]
        first += [reader.term(QUANTITIES, row["quantity"]), in_words(row["note"], reader.names, reader.language)]
        unit = "" if row["unit"] == RATIO else reader.term(UNITS, row["unit"])
        lines.append([*first, unit, str(row["horizon"]), *(write(row[name]) for name in ("value", "low", "high"))])
    headings = reader.heads("package outcome quantity note unit months value from to")
    return Shown(reader.say("all_estimands"), headings, lines, 5)


def cells_table(tables: Tables, reader: Reader) -> Shown:
    """Mean and effect of every combination."""
    lines = [
        [
            reader.cell(row["cell"]),
            reader.term(OUTCOMES, row["outcome"]),
            reader.term(UNITS, row["unit"]),
            str(row["horizon"]),
            reader.spread(row, "mean", "low", "high"),
            reader.spread(row, "effect", "effect_low", "effect_high"),
        ]
        for _, row in tables["cells"].iterrows()
    ]
    return Shown(reader.say("cells_table"), reader.heads("combination outcome unit months mean effect"), lines, 3)


def interactions_table(tables: Tables, reader: Reader) -> Shown:
    """Dividends and contrasts of the main outcomes at the longest horizon."""
    rows = last(tables["interactions"])
    rows = rows[rows["outcome"].isin(panels(rows)) & (rows["order"] > 0)]
    lines = [
        [
            reader.term(OUTCOMES, row["outcome"]),
            reader.say(row["kind"]),
            named(members(row["cell"]), reader.names, reader.language, " × "),
            reader.spread(row, "value", "low", "high"),
        ]
        for _, row in rows.iterrows()
    ]
    return Shown(reader.say("interactions_table"), reader.heads("outcome kind combination value"), lines, 3)


def shapley_table(tables: Tables, reader: Reader) -> Shown:
    """Values and shares at the longest horizon."""
    lines = [
        [
            reader.term(OUTCOMES, row["outcome"]),
            reader.names.get(row["instrument"], row["instrument"]),
            reader.spread(row, "value", "low", "high"),
            percent(row["share"]),
        ]
        for _, row in last(tables["shapley"]).iterrows()
    ]
    return Shown(reader.say("shapley_table"), reader.heads("outcome instrument value share"), lines, 2)


def classes_table(tables: Tables, reader: Reader) -> Shown:
    """People by class, with the two counts that tell how far luck goes."""
    lines = [
        [
            reader.term(CLASSES, row["class"]),
            with_interval(row["persons"], row["low"], row["high"], reader.language, _whole),
            percent(row["share"]),
            _whole(row["placebo"]),
            _whole(row["independent_luck"]),
        ]
        for _, row in tables["classes"].iterrows()
    ]
    headings = reader.heads("class persons share placebo independent_luck")
    return Shown(reader.say("classes_table"), headings, lines, 1, reader.say("classes_note"))


def missing_table(tables: Tables, reader: Reader) -> Shown | None:
    """What those whom only the package brings home lack in each world."""
    rows = tables["missing"]
    rows = rows[(rows["class"] == "only_by_package") & rows["share"].notna()]
    if rows.empty:
        return None
    needs = list(dict.fromkeys(rows["need"]))
    lines = [
        [reader.cell(cell), *(percent(share) for share in found.set_index("need").loc[needs, "share"])]
        for cell, found in rows.groupby("cell", sort=False)
    ]
    headings = [reader.say("combination"), *(reader.term(NEEDS, need) for need in needs)]
    return Shown(reader.say("missing_table"), headings, lines, 1)


def spillovers_table(tables: Tables, reader: Reader) -> Shown:
    """Direct effects and spillovers of the longest horizon."""

    def points(share: float) -> str:
        return ratio(100 * share)

    lines = [
        [
            reader.term(OUTCOMES, row["outcome"]),
            percent(row["saturation"]),
            reader.say(row["treated"]),
            reader.spread(row, "effect", "low", "high", points),
        ]
        for _, row in last(tables["spillovers"]).iterrows()
    ]
    return Shown(reader.say("spillovers_table"), reader.heads("outcome covered_share covered effect"), lines, 3)


def budget_table(tables: Tables, reader: Reader) -> Shown:
    """Alternatives of the headline outcome at the longest horizon."""
    lines = [
        [
            alternative(row["alternative"], reader.names, reader.language),
            doses(row["doses"], reader.names, reader.language),
            in_words(row["note"], reader.names, reader.language),
            money(row["spend"], reader.language),
            reader.spread(row, "effect", "low", "high"),
            reader.spread(row, "ratio", "ratio_low", "ratio_high", ratio),
            ratio(row["cost_factor_flip"]),
        ]
        for _, row in headline(tables["budget"]).iterrows()
    ]
    headings = reader.heads("alternative doses note spend effect ratio flip")
    return Shown(reader.say("budget_table"), headings, lines, 3, reader.say("budget_note"))


def doses_table(tables: Tables, reader: Reader) -> Shown:
    """Elasticity and half-marginal dose of the headline outcome at the longest horizon."""
    contexts = {"alone": "alone_context", "package": "package_context"}
    lines = [
        [
            reader.names.get(row["instrument"], row["instrument"]),
            word(contexts[row["context"]], reader.language),
            in_words(row["note"], reader.names, reader.language),
            reader.spread(row, "elasticity", "elasticity_low", "elasticity_high", ratio),
            reader.spread(row, "half_marginal_dose", "half_low", "half_high", ratio),
        ]
        for _, row in headline(tables["doses"]).iterrows()
    ]
    return Shown(reader.say("doses_table"), reader.heads("instrument context note elasticity half_marginal"), lines, 3)


def prior_table(tables: Tables, reader: Reader) -> Shown:
    """Median, interval and probability of every outcome and horizon."""
    rows = tables["prior_summary"]
    lines = []
    for _, row in rows[rows["quantity"].isin(["multiplier", "excess"])].iterrows():
        write = ratio if row["quantity"] == "multiplier" else amount
        first = [reader.term(OUTCOMES, row["outcome"]), reader.term(QUANTITIES, row["quantity"]), str(row["horizon"])]
        numbers = [reader.spread(row, "median", "low", "high", write), ratio(row["probability_above_one"])]
        lines.append([*first, *numbers, amount(row["draws"])])
    headings = reader.heads("outcome quantity months median probability_above draws")
    return Shown(reader.say("prior_table"), headings, lines, 2)


def drivers_table(tables: Tables, reader: Reader) -> Shown:
    """Rank correlations of the headline outcome at the longest horizon."""
    lines = [
        [parameter(row["parameter"], reader.language), reader.spread(row, "rank_correlation", "low", "high", ratio)]
        for _, row in headline(tables["prior_drivers"]).iterrows()
    ]
    return Shown(reader.say("drivers_table"), reader.heads("parameter correlation"), lines, 1)


def pairing_table(tables: Tables, reader: Reader) -> Shown:
    """What pairing saved on the effects of the headline outcome at the longest horizon."""
    lines = [
        [reader.cell(row["cell"]), amount(row["replicates"]), ratio(row["replications_saved_ratio"])]
        for _, row in headline(tables["pairing"]).iterrows()
    ]
    headings = reader.heads("combination replicates saved")
    return Shown(reader.say("pairing_table"), headings, lines, 1, reader.say("pairing_note"))


def null_table(tables: Tables, reader: Reader) -> Shown:
    """What was tuned so that the world without mechanisms has the same level and single effects."""

    def tuned(what: str) -> str:
        if what in reader.names:
            return word("dose_of", reader.language, name=reader.names[what])
        short = what.removeprefix("parameters.")
        return reader.term(PARAMETERS, short) if short in PARAMETERS else what

    lines = [
        [reader.term(OUTCOMES, row["outcome"]), tuned(row["what"]), str(row["horizon"]), f"{row['value']:.3f}"]
        for _, row in tables["null"].iterrows()
    ]
    return Shown(reader.say("null_table"), reader.heads("outcome tuned months value"), lines, 2)


def mechanisms_table(tables: Tables, reader: Reader) -> Shown:
    """The Shapley shares of groups of mechanisms in the mechanism excess."""
    lines = [
        [
            reader.term(OUTCOMES, row["outcome"]),
            reader.term(MECHANISM_GROUPS, row["group"]),
            in_words(row["note"], reader.names, reader.language),
            reader.spread(row, "value", "low", "high", ratio),
            percent(row["share"]),
        ]
        for _, row in tables["mechanisms"].iterrows()
    ]
    return Shown(reader.say("mechanisms_table"), reader.heads("outcome mechanism_group note value share"), lines, 3)


def effects_table(tables: Tables, reader: Reader) -> Shown:
    """Every arm of a comparison."""
    lines = [
        [
            reader.cell(row["arm"]),
            reader.term(OUTCOMES, row["outcome"]),
            reader.term(UNITS, row["unit"]),
            str(row["horizon"]),
            amount(round(row["baseline"])),
            reader.spread(row, "effect", "low", "high"),
        ]
        for _, row in tables["effects"].iterrows()
    ]
    return Shown(reader.say("effects_table"), reader.heads("package outcome unit months baseline effect"), lines, 3)


def failures_table(tables: Tables, reader: Reader) -> Shown:
    """The last line of what each failed run said."""
    lines = [
        [row["arm"], str(row["seed"]), (row["traceback"].strip().splitlines() or [""])[-1]]
        for _, row in tables["failures"].iterrows()
    ]
    return Shown(reader.say("failures_table"), reader.heads("arm seed error"), lines, 3)


def as_estimands(multiplier: pd.DataFrame) -> pd.DataFrame:
    """The table `multiplier` of a comparison in the form of the laboratory's `estimands`."""
    rows = []
    for _, row in multiplier.iterrows():
        for quantity, column in COMPARED.items():
            stem = column.removesuffix("_effect")
            unit, note = (RATIO, row["note"]) if quantity == "multiplier" else (row["unit"], "")
            numbers = {"value": row[column], "low": row[f"{stem}_low"], "high": row[f"{stem}_high"]}
            key = {name: row[name] for name in ("package", "outcome", "horizon")}
            rows.append({**key, "unit": unit, "quantity": quantity, **numbers, "note": note})
    return pd.DataFrame(rows)


def _whole(value: float) -> str:
    """A number of persons, without fractions."""
    return amount(float(round(value))) if value == value else amount(value)
