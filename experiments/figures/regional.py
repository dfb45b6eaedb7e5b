"""How the worlds in which a criterion holds differ from the others: cumulative shares along each parameter."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.answers import criterion, is_logarithmic
from experiments.figures.prior import parameter
from experiments.figures.reading import headline, title_of
from experiments.figures.style import BLUE, ORANGE, annotate, legend, new_figure, styled
from experiments.figures.words import word, wrapped

MOST, ACROSS = 8, 4  # panels
SIDES = ((True, BLUE, "-", "criterion_holds"), (False, ORANGE, "--", "criterion_fails"))


def draw(regional: pd.DataFrame, worlds: pd.DataFrame, source: str, language: str = "en") -> Figure:
    """A panel for each parameter, the largest distance first."""
    rows, points = headline(regional), headline(worlds)
    rows = rows.sort_values("distance", ascending=False, kind="stable").head(MOST)
    across = min(ACROSS, len(rows))
    down = -(-len(rows) // across)
    with styled():
        figure = new_figure(8.8, 1.5 + 2.3 * down)
        axes = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
        for place, (_, row) in zip(axes, rows.iterrows(), strict=False):
            _shares(place, points, row, language)
        for place in axes[len(rows) :]:
            place.set_axis_off()
        figure.supylabel(word("cumulative_axis", language), fontsize=9)
        handles = [
            Line2D([], [], color=colour, linestyle=line, label=word(label, language))
            for _, colour, line, label in SIDES
        ]
        legend(figure, handles, title_of(rows, language))
        first = rows.iloc[0]
        kept, count = int(first["behavioural"]), int(first["behavioural"] + first["others"])
        note = word("regional_note", language, criterion=criterion(first["criterion"], language), kept=kept, all=count)
        annotate(figure, word("regional_question", language), source, note)
    return figure


def _shares(axes: Axes, points: pd.DataFrame, row: pd.Series, language: str) -> None:
    key = row["parameter"]
    for side, colour, line, _ in SIDES:
        values = np.sort(points.loc[points["is_behavioural"] == side, key].to_numpy())
        if len(values):
            axes.step(values, np.arange(1, len(values) + 1) / len(values), where="post", color=colour, linestyle=line)
    if is_logarithmic(points[key]):
        axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(wrapped(parameter(key, language), 24), fontsize=8)
    if row["distance"] == row["distance"]:
        chance = "< 0.001" if row["p_value"] < 0.001 else f"= {row['p_value']:.3f}"
        text = word("distance", language, distance=f"{row['distance']:.2f}", p_value=chance)
        axes.set_title(text, loc="left", fontsize=8)
