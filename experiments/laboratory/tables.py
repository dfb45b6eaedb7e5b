"""The tables of an experiment: their columns, and rows as frames. One place says what every file holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    Tables = dict[str, pd.DataFrame]

CLASSES = ("classes", "patterns", "profiles", "missing", "spillovers", "villages", "ties")
COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "cells": "cell size outcome horizon unit replicates cohort mean low high effect effect_low effect_high",
        "estimands": "package outcome horizon unit quantity value low high note",
        "interactions": "outcome horizon kind cell order value low high",
        "shapley": "outcome horizon instrument value low high share design_error note",
        "pairing": ("cell outcome horizon replicates variance_paired variance_independent replications_saved_ratio"),
        "dose_response": "instrument context factor outcome horizon effect low high spend",
        "doses": (
            "instrument context outcome horizon elasticity elasticity_low elasticity_high "
            "half_marginal_dose half_low half_high note"
        ),
        "isoboles": "first second first_factor second_factor outcome horizon effect",
        "null": "outcome horizon what value note",
        "mechanisms": "outcome horizon group value low high share note",
        "budget": (
            "alternative budget spend doses outcome horizon effect low high ratio ratio_low ratio_high note "
            "cost_factor_flip"
        ),
        "frontier": "doses spend outcome horizon effect low high kind is_efficient",
        "prior_summary": "outcome horizon quantity median low high probability_above_one draws",
        "prior_drivers": "outcome horizon parameter rank_correlation low high quantity",
        "prior_sources": "outcome horizon quantity draws mean sd_parameters sd_seeds sd_structure",
        "runs": "digest arm population seed status",
        "failures": "digest arm seed traceback",
    }.items()
}


def frame(name: str, rows: Iterable[Mapping[str, Any] | Sequence[Any]]) -> "pd.DataFrame":
    """Rows as the table of a name; mappings may leave columns out, sequences give every column in order."""
    import pandas as pd

    columns = COLUMNS[name]
    complete = []
    for row in rows:
        given = row if isinstance(row, Mapping) else dict(zip(columns, row, strict=True))
        unknown = set(given) - set(columns)
        if unknown:
            raise KeyError(f"{name} has no column {', '.join(sorted(unknown))}")
        complete.append([given.get(column) for column in columns])
    return pd.DataFrame(complete, columns=list(columns))


def doses_text(doses: Mapping[str, float]) -> str:
    """Dose factors as tables show them, every package in its order: `training=1.5;credit=0.0`."""
    return ";".join(f"{name}={float(factor)!r}" for name, factor in doses.items())
