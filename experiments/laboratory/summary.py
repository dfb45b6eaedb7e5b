"""The result of an experiment as plain data for programs, and in sentences for people. Tables in, nothing simulated."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.outcomes import NAMES

if TYPE_CHECKING:
    import pandas as pd

    Tables = Mapping[str, pd.DataFrame]

KEYS = (
    "multiplier",
    "excess",
    "scale_control",
    "bliss",
    "mechanism_excess",
    "null",
    "sham",
    "equal_budget",
    "interactions",
    "shapley",
    "dose_response",
    "intervals",
)
QUANTITIES = {  # key of the summary -> quantity of the table
    "multiplier": "multiplier",
    "excess": "excess",
    "scale_control": "scale_control",
    "mechanism_excess": "mechanism_excess",
    "null": "null_multiplier",
    "sham": "sham",
}
PARTS = {  # keys that hold several quantities
    "bliss": {"predicted": "bliss_predicted", "excess": "bliss_excess"},
    "equal_budget": {"best_single": "equal_budget_best_single", "best_mix": "equal_budget_best_mix"},
}
OUTCOME, HORIZON, PACKAGE = "outcome", "horizon", "package"


def whole_of(tables: "Tables") -> str:
    """The name of the whole package."""
    cells = tables["cells"]
    return str(cells.loc[cells["size"].idxmax(), "cell"])


def as_plain(tables: "Tables") -> dict[str, dict[str, dict[str, Any]]]:
    """Outcome -> horizon -> KEYS and `effect`, `sum_of_singles`, `notes`, `prior`; what was not asked for is None."""
    estimands = tables["estimands"]
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for (outcome, horizon), rows in estimands.groupby([OUTCOME, HORIZON], sort=False):
        found.setdefault(str(outcome), {})[str(horizon)] = _of(tables, rows, outcome, horizon)
    return found


def _of(tables: "Tables", rows: "pd.DataFrame", outcome: str, horizon: int) -> dict[str, Any]:
    """Everything about the whole package for one outcome at one horizon, and the multipliers of its parts."""
    whole = whole_of(tables)
    of_whole = rows[rows[PACKAGE] == whole].set_index("quantity")
    numbers = {name: of_whole["value"].get(name) for name in of_whole.index}
    plain: dict[str, Any] = {key: numbers.get(quantity) for key, quantity in QUANTITIES.items()}
    for key, parts in PARTS.items():
        held = {name: numbers.get(quantity) for name, quantity in parts.items()}
        plain[key] = held if any(quantity in numbers for quantity in parts.values()) else None
    plain |= {"effect": numbers["effect"], "sum_of_singles": numbers["sum_of_singles"]}
    plain["interactions"] = _interactions(_same(tables, "interactions", outcome, horizon))
    plain["shapley"] = _by(_same(tables, "shapley", outcome, horizon), "instrument")
    plain["dose_response"] = _doses(_same(tables, "doses", outcome, horizon))
    plain["prior"] = _prior(_same(tables, "prior_summary", outcome, horizon))
    plain["intervals"] = {name: [row["low"], row["high"]] for name, row in of_whole.iterrows()}
    plain["notes"] = {name: row["note"] for name, row in of_whole.iterrows() if row["note"]}
    parts = rows[(rows[PACKAGE] != whole) & (rows["quantity"] == "multiplier")]
    plain["multiplier_of_parts"] = dict(zip(parts[PACKAGE], parts["value"], strict=True))
    return {key: plain[key] for key in (*KEYS, *(key for key in plain if key not in KEYS))}


def _same(tables: "Tables", name: str, outcome: str, horizon: int) -> "pd.DataFrame | None":
    """The rows of a table for an outcome and horizon; None where there are none."""
    table = tables.get(name)
    if table is None or table.empty:
        return None
    rows = table[(table[OUTCOME] == outcome) & (table[HORIZON] == horizon)]
    return None if rows.empty else rows


def _by(rows: "pd.DataFrame | None", key: str) -> dict[str, float] | None:
    return None if rows is None else dict(zip(rows[key], rows["value"], strict=True))


def _interactions(rows: "pd.DataFrame | None") -> dict[str, Any] | None:
    """Dividends and contrasts by cell, each kind with its intervals."""
    if rows is None:
        return None
    return {
        str(kind): {row["cell"]: [row["value"], row["low"], row["high"]] for _, row in of_kind.iterrows()}
        for kind, of_kind in rows.groupby("kind", sort=False)
    }


def _doses(rows: "pd.DataFrame | None") -> dict[str, Any] | None:
    """Elasticity and half-marginal dose by instrument and context."""
    if rows is None:
        return None
    found: dict[str, Any] = {}
    for _, row in rows.iterrows():
        found.setdefault(row["instrument"], {})[row["context"]] = {
            "elasticity": row["elasticity"],
            "half_marginal_dose": row["half_marginal_dose"],
        }
    return found


def _prior(rows: "pd.DataFrame | None") -> dict[str, Any] | None:
    """Median, interval and probability over the prior."""
    if rows is None:
        return None
    columns = ["median", "low", "high", "probability_above_one", "draws"]
    return {row["quantity"]: {name: row[name] for name in columns} for _, row in rows.iterrows()}


def answer(tables: "Tables", outcome: str, horizon: int) -> list[str]:
    """The answer in sentences: over the prior where it was run, then at the chosen parameters, then the controls."""
    rows = tables["estimands"]
    of_whole = rows[(rows[PACKAGE] == whole_of(tables)) & (rows[OUTCOME] == outcome) & (rows[HORIZON] == horizon)]
    by = {str(row["quantity"]): row for _, row in of_whole.iterrows()}
    what = f"{NAMES.get(outcome, outcome)}, {horizon} months after the start"
    lines = []
    prior = _prior(_same(tables, "prior_summary", outcome, horizon))
    if prior is not None:
        lines.append(_prior_sentence(prior, what))
    unit = str(by["effect"]["unit"])
    together, added = (_amount(by[name]) for name in ("effect", "sum_of_singles"))
    at = "At the parameters as they stand" if prior is not None else "At hand-set parameters"
    lines.append(f"{at} ({what}): together {together} {unit}, the sum of the single effects {added}.")
    lines.append(_multiplier_sentence(by["multiplier"], by["excess"], unit))
    lines += _control_sentences(by)
    if prior is None:
        lines.append("No data identify sigma and the strengths of peers and agglomeration: see --controls prior.")
    return lines


def _prior_sentence(prior: Mapping[str, Any], what: str) -> str:
    one, error = prior["multiplier"], prior["probability"]
    if not one["draws"]:
        return f"Over the prior ({what}) no draw has a multiplier: a single effect is not above 0 in any."
    return (
        f"Over the prior of the parameters that no data identify ({what}) the multiplier has median "
        f"{one['median']:.2f} (95 % {one['low']:.2f} to {one['high']:.2f}); it is above 1 in a share "
        f"{one['probability_above_one']:.2f} ({error['low']:.2f} to {error['high']:.2f}) of {one['draws']} draws."
    )


def _multiplier_sentence(ratio: "pd.Series", excess: "pd.Series", unit: str) -> str:
    beyond = f"excess {_amount(excess)} {unit}"
    if np.isnan(ratio["value"]):
        return f"No multiplier: {ratio['note']}; {beyond}."
    return f"Multiplier {number(ratio)}; {beyond}."


def _control_sentences(by: "Mapping[str, pd.Series]") -> list[str]:
    """A sentence for each control that was run."""
    templates = {
        "scale_control": "On the scale without the curve of a probability: {}.",
        "null_multiplier": "Without the coded mechanisms the same single effects give {}.",
        "mechanism_excess": "Mechanism excess: {}.",
        "sham": "As much more of the single instruments gives {}.",
        "equal_budget_best_single": "Over the best single instrument on the same budget: {}.",
        "equal_budget_best_mix": "Over the best mix on the same budget: {}.",
    }
    found = []
    for quantity, template in templates.items():
        if quantity in by:
            row = by[quantity]
            text = f"n/a ({row['note']})" if np.isnan(row["value"]) else number(row)
            found.append(template.format(text))
    return found


def number(row: "pd.Series") -> str:
    """A ratio with its interval."""
    if np.isnan(row["value"]):
        return "n/a"
    if np.isnan(row["low"]):
        return f"{row['value']:.2f} (not bounded)"
    return f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


def _amount(row: "pd.Series") -> str:
    """An amount with its sign and interval."""
    if np.isnan(row["low"]):
        return f"{row['value']:+,.0f}"
    return f"{row['value']:+,.0f} ({row['low']:,.0f} to {row['high']:,.0f})"
