"""The figure of `guiyan places`: one package's effects in several places, beside what each place has."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, DARK, GREY, POINT, annotate, new_figure, reach, styled
from experiments.figures.words import word

PANELS = ("return", "enterprise", "jobs")
HAVE = ("seekers_per_vacancy", "away_share", "services", "remoteness_hours", "land_mu", "owners_per_10000")
FORMATS = {
    "owners_per_10000": "{:,.0f}",
    "land_mu": "{:.1f}",
    "remoteness_hours": "{:.1f}",
    "seekers_per_vacancy": "{:.1f}",
}


def draw(
    effects: pd.DataFrame, endowments: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en"
) -> Figure:
    """Places as rows, sorted by their effect on returns: effects with intervals, then endowments as numbers.

    `effects` and `endowments` are the tables of `experiments.places`; names: place -> name in the language.
    """
    first = effects[effects["outcome"] == PANELS[0]].sort_values("effect", ascending=False)
    order = first["place"].to_list()
    with styled():
        figure = new_figure(9.6, 1.9 + 0.34 * len(order))
        axes = figure.subplots(1, len(PANELS) + 1, sharey=True, width_ratios=[*[1] * len(PANELS), 1.9])
        for panel, outcome in zip(axes, PANELS, strict=False):
            _effects(panel, effects[effects["outcome"] == outcome].set_index("place").loc[order], outcome, language)
        _numbers(axes[-1], endowments.set_index("place").loc[order], language)
        axes[0].set_yticks(range(len(order)), [names[place] for place in order])
        axes[0].set_ylim(len(order) - 0.5, -0.5)
        horizon = int(effects["horizon"].max())
        axes[1].set_xlabel(word("per_ten_thousand", language, months=horizon))
        annotate(figure, word("places_question", language), source, word("places_note", language))
    return figure


def _effects(axes: Axes, rows: pd.DataFrame, outcome: str, language: str) -> None:
    """One outcome: a point and an interval for each place."""
    distances = reach(rows["effect"], rows["low"], rows["high"])
    axes.errorbar(rows["effect"], np.arange(len(rows)), xerr=distances, fmt="o", color=BLUE, **POINT)
    axes.axvline(0, color=DARK, linewidth=0.8)
    axes.set_title(word("places_jobs" if outcome == "jobs" else outcome, language), loc="left", fontsize=8.5)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=5)


def _numbers(axes: Axes, rows: pd.DataFrame, language: str) -> None:
    """What each place has, written out; darker where it is more."""
    axes.set_xlim(-0.5, len(HAVE) - 0.5)
    axes.set_xticks(range(len(HAVE)), [word(f"has_{name}", language) for name in HAVE], fontsize=7)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for column, name in enumerate(HAVE):
        values = rows[name].to_numpy(float)
        ranks = rows[name].rank().fillna(1.0).to_numpy(float)
        for row, value in enumerate(values):
            shade = 0.05 + 0.5 * (ranks[row] - 1) / max(len(ranks) - 1, 1)
            span = (column / len(HAVE), (column + 1) / len(HAVE))
            axes.axhspan(row - 0.5, row + 0.5, *span, color=GREY, alpha=shade, linewidth=0)
            text = "–" if np.isnan(value) else FORMATS.get(name, "{:.2f}").format(value)
            axes.text(column, row, text, ha="center", va="center", fontsize=8, color=DARK)
