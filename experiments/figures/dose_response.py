"""What a larger dose of each instrument does, alone and within the package."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.reading import amount, headline, title_of, unit_of
from experiments.figures.style import BLUE, DARK, GREY, VERMILION, annotate, legend, new_figure, styled, thousands
from experiments.figures.words import word, wrapped

CONTEXTS = {"alone": (BLUE, "o", "alone_context"), "package": (VERMILION, "s", "package_context")}
COLUMNS = 4


def draw(
    dose_response: pd.DataFrame, doses: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en"
) -> Figure:
    """A panel for each instrument, headline outcome at the longest horizon; `doses` may be empty."""
    rows = headline(dose_response)
    if not doses.empty:
        doses = doses[(doses["outcome"] == rows["outcome"].iloc[0]) & (doses["horizon"] == rows["horizon"].iloc[0])]
    shown = list(dict.fromkeys(rows["instrument"]))
    columns = min(COLUMNS, len(shown))
    height = -(-len(shown) // columns)
    with styled():
        figure = new_figure(max(7.6, 1.0 + 2.7 * columns), 2.0 + 2.7 * height)
        axes = list(figure.subplots(height, columns, sharey=True, squeeze=False).flat)
        for place, instrument in zip(axes, shown, strict=False):
            found = doses[doses["instrument"] == instrument] if not doses.empty else doses
            _curves(place, rows[rows["instrument"] == instrument])
            _halved(place, found)
            heading = [wrapped(names.get(instrument, instrument), 32), *_elasticities(found, language)]
            place.set_title("\n".join(heading), loc="left", fontsize=8)
            place.set_xlabel(word("dose_axis", language), fontsize=8)
        for place in axes[len(shown) :]:
            place.set_axis_off()
        figure.supylabel(word("adds", language, unit=unit_of(rows, language)), fontsize=9)
        title = title_of(rows, language)
        legend(figure, _handles(language), title)
        missing = word("not_reached", language) if not doses.empty and doses["half_marginal_dose"].isna().any() else ""
        annotate(figure, word("doses_question", language), source, word("doses_note", language, missing=missing))
    return figure


def _curves(axes: Axes, rows: pd.DataFrame) -> None:
    """The effect over the dose factor in both contexts, with a band."""
    for context, (colour, marker, _) in CONTEXTS.items():
        curve = rows[rows["context"] == context].sort_values("factor")
        axes.plot(curve["factor"], curve["effect"], color=colour, marker=marker, markersize=3.5)
        axes.fill_between(curve["factor"], curve["low"], curve["high"], color=colour, alpha=0.18, linewidth=0)
    axes.axvline(1, color=GREY, linewidth=0.7)
    axes.axhline(0, color=DARK, linewidth=0.6)
    axes.locator_params(axis="y", nbins=6)
    thousands(axes.yaxis)


def _halved(axes: Axes, doses: pd.DataFrame) -> None:
    """The dose at which the marginal effect has halved, where one was found."""
    for _, row in doses.iterrows():
        if np.isfinite(row["half_marginal_dose"]):
            axes.axvline(row["half_marginal_dose"], color=CONTEXTS[row["context"]][0], linestyle=":", linewidth=1.4)


def _elasticities(doses: pd.DataFrame, language: str) -> list[str]:
    """A line of a title for each context."""
    lines = []
    for _, row in doses.iterrows():
        value = amount(row["elasticity"])
        if np.isfinite(row["elasticity_low"]):
            value += f" ({amount(row['elasticity_low'])}–{amount(row['elasticity_high'])})"
        context = word(CONTEXTS[row["context"]][2], language)
        lines.append(word("elasticity_line", language, context=context, value=value))
    return lines


def _handles(language: str) -> list[Line2D]:
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=3.5, label=word(key, language))
        for colour, marker, key in CONTEXTS.values()
    ]
    return [*handles, Line2D([], [], color=DARK, linestyle=":", label=word("half_marginal", language))]
