"""How much of the package's effect is each instrument's: Shapley values with intervals and shares."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.laboratory_words import OUTCOMES, term
from experiments.figures.reading import amount, last, panels, unit_of
from experiments.figures.style import BLUE, DARK, POINT, annotate, legend, new_figure, reach, styled, thousands
from experiments.figures.words import word, wrapped


def draw(shapley: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en") -> Figure:
    """A panel for each of the main outcomes at the longest horizon, instruments in the same order."""
    rows = last(shapley)
    order = list(dict.fromkeys(rows["instrument"]))
    outcomes = panels(rows)
    with styled():
        figure = new_figure(8.4, 2.1 + 0.5 * len(order))
        axes = figure.subplots(1, len(outcomes), sharey=True, squeeze=False)[0]
        for place, outcome in zip(axes, outcomes, strict=True):
            _bars(place, rows[rows["outcome"] == outcome].set_index("instrument").loc[order], language)
        labels = [wrapped(names.get(name, name), 22) for name in order]
        axes[0].set_yticks(range(len(order)), labels)
        axes[0].set_ylim(len(order) - 0.4, -0.6)
        months = word("months_after", language, months=int(rows["horizon"].iloc[0]))
        legend(figure, [], months)
        annotate(figure, word("shapley_question", language), source, word("shapley_note", language))
    return figure


def _bars(axes: Axes, rows: pd.DataFrame, language: str) -> None:
    axes.barh(range(len(rows)), rows["value"], height=0.5, color=BLUE)
    axes.errorbar(
        rows["value"],
        range(len(rows)),
        xerr=reach(rows["value"], rows["low"], rows["high"]),
        fmt="o",
        color=DARK,
        **POINT,
    )
    for place, (_, row) in enumerate(rows.iterrows()):
        share = "" if np.isnan(row["share"]) else f" ({amount(round(100 * row['share']))} %)"
        text = amount(row["value"], signed=True) + share
        at = (max(0.0, row["value"]), place)
        axes.annotate(text, at, (0, 11), textcoords="offset points", va="center", ha="left", fontsize=7.5)
    axes.axvline(0, color=DARK, linewidth=0.8)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.08)
    axes.locator_params(axis="x", nbins=4)
    thousands(axes.xaxis)
    axes.set_title(term(OUTCOMES, rows["outcome"].iloc[0], language), loc="left", fontsize=9)
    axes.set_xlabel(unit_of(rows, language))
