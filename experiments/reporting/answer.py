"""The answer in two sentences: what the package does beyond its parts, and what the controls leave of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.figures.laboratory_words import QUANTITIES, term
from experiments.figures.notes import reason
from experiments.figures.reading import amount, headline, largest, listed, members, title_of, unit_of
from experiments.reporting.formats import interval, ratio
from experiments.reporting.words import SECTIONS_OF_TABLES, say

SIGMA = "parameters.enterprise.sigma"
CONTROLS = {  # quantity -> words, in the order in which they are told
    "mechanism_excess": "left_mechanism",
    "scale_control": "left_scale",
    "sham": "left_sham",
    "equal_budget_best_single": "left_single",
    "equal_budget_best_mix": "left_mix",
}
NEUTRAL = {"mechanism_excess": 0}  # what a control says where it finds nothing; the others: 1
FEWEST = 0.5  # of the draws need a multiplier for its median to be the headline


class Found(NamedTuple):
    """A number with its interval and why it is missing."""

    value: float
    low: float
    high: float
    note: str = ""

    @property
    def is_there(self) -> bool:
        return bool(np.isfinite(self.value))

    def side(self, neutral: float) -> str:
        """`more` or `less` where the interval excludes the neutral value, else `unclear`."""
        return "more" if self.low > neutral else "less" if self.high < neutral else "unclear"


def first_sentence(
    tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], names: Mapping[str, str], language: str
) -> str:
    """Whether the package does more than its parts: over the prior where it was run, else at the parameters set."""
    if "estimands" not in tables:
        lead = say("at_hand_set", language)
        return _capital(lead + say("not_answered", language, why=say("no_package", language)))
    rows = _of_headline(tables["estimands"])
    package = listed(members(largest(tables["estimands"]["package"])), names, language)
    common = {"package": package, "what": _inside(title_of(rows, language), language), "unit": unit_of(rows, language)}
    summary = _summary(tables.get("prior_summary"), rows)
    if summary is not None:
        return _capital(_over_draws(summary, tables, manifest, common, language))
    by = _by_quantity(rows)
    lead = say("at_hand_set", language)
    if by["multiplier"].is_there:
        return _capital(lead + _sentence(by["multiplier"], "single_multiplier", common, language))
    why = reason(by["multiplier"].note, names, language)
    return _capital(lead + _excess_sentence(by["excess"], "single_excess", why, common, language))


def second_sentence(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], language: str) -> str:
    """What every control leaves of it, and which were not run."""
    by = _by_quantity(_of_headline(tables["estimands"])) if "estimands" in tables else {}
    parts = [_left(key, by[key], names, language) for key in CONTROLS if key in by]
    if not parts:
        return say("controls_none", language)
    separator, comma = ("; ", ", ") if language == "en" else ("；", "、")
    key = "controls_leave_as_set" if "prior_summary" in tables else "controls_leave"
    text = say(key, language, parts=separator.join(parts))
    lacking = [key for key in CONTROLS if key not in by]
    if "equal_budget_best_single" in lacking:
        lacking = [key for key in lacking if not key.startswith("equal_budget")] + ["budget"]
    if lacking:
        listing = comma.join(term(SECTIONS_OF_TABLES, key, language) for key in lacking)
        text += say("controls_missing", language, names=listing)
    return text


def _left(key: str, found: Found, names: Mapping[str, str], language: str) -> str:
    if not found.is_there:
        why = reason(found.note, names, language)
        return say("undefined_part", language, name=term(QUANTITIES, key, language), reason=why)
    spread = _spread(found, NEUTRAL.get(key, 1), language, ratio)
    value = say("spread_of", language, value=ratio(found.value), spread=spread)
    return say(CONTROLS[key], language, value=value)


def _over_draws(
    summary: dict[str, pd.Series],
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    common: dict[str, str],
    language: str,
) -> str:
    """The headline over draws of the parameters: the multiplier's, or the excess's where few have a multiplier."""
    ratios, excess = summary["multiplier"], summary["excess"]
    all_draws = max(int(row["draws"]) for row in summary.values())
    has_ratio = ratios["draws"] >= FEWEST * all_draws and np.isfinite(ratios["median"])
    row, neutral = (ratios, 1) if has_ratio else (excess, 0)
    found = Found(row["median"], row["low"], row["high"])
    if not found.is_there:
        return say("at_hand_set", language) + say("not_answered", language, why=say("no_draw", language))
    lead = say(_lead(tables, manifest), language, draws=all_draws)
    if has_ratio:
        text = _sentence(found, "median_multiplier", common, language)
    else:
        text = _excess_sentence(found, "median_excess", say("few_ratios", language), common, language)
    share = f"{row['probability_above_one']:.2f}"
    return lead + text + say("probability", language, share=share, number=neutral, draws=int(row["draws"]))


def _lead(tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> str:
    """Which draws these are; sigma is at its prior wherever no posterior is."""
    experiment = manifest.get("experiment") or {}
    if experiment.get("posterior"):
        return "over_posterior"
    varied = set((experiment.get("prior") or {}).get("parameters") or tables.get("prior", pd.DataFrame()).columns)
    return "over_prior" if SIGMA in varied or not varied else "over_draws_alone"


def _sentence(found: Found, name: str, common: dict[str, str], language: str) -> str:
    spread = _spread(found, 1, language, ratio)
    words = {"multiplier": say(name, language), "value": ratio(found.value), "spread": spread}
    return say(found.side(1), language, **common, **words)


def _excess_sentence(found: Found, name: str, why: str, common: dict[str, str], language: str) -> str:
    spread = _spread(found, 0, language, amount)
    words = {"excess": say(name, language), "value": amount(found.value, signed=True), "spread": spread, "reason": why}
    return say(f"excess_{found.side(0)}", language, **common, **words)


def _spread(found: Found, neutral: float, language: str, write: Any) -> str:
    """The interval, and whether it holds the neutral value."""
    if not (np.isfinite(found.low) and np.isfinite(found.high)):
        return say("no_interval", language)
    text = interval(found.low, found.high, language, write)
    return say(
        "includes" if found.low <= neutral <= found.high else "excludes", language, interval=text, number=neutral
    )


def _of_headline(estimands: pd.DataFrame) -> pd.DataFrame:
    """The rows of the whole package for the headline outcome at the longest horizon."""
    rows = headline(estimands)
    return rows[rows["package"] == largest(estimands["package"])]


def _by_quantity(rows: pd.DataFrame) -> dict[str, Found]:
    return {row["quantity"]: Found(row["value"], row["low"], row["high"], row["note"]) for _, row in rows.iterrows()}


def _summary(table: pd.DataFrame | None, rows: pd.DataFrame) -> dict[str, pd.Series] | None:
    """The rows of the summary over draws, by quantity, for the outcome and horizon of the headline."""
    if table is None:
        return None
    first = rows.iloc[0]
    same = table[(table["outcome"] == first["outcome"]) & (table["horizon"] == first["horizon"])]
    found = {str(row["quantity"]): row for _, row in same.iterrows()}
    return found if {"multiplier", "excess"} <= set(found) else None


def _inside(text: str, language: str) -> str:
    """A title within a sentence."""
    return text[0].lower() + text[1:] if language == "en" else text


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
