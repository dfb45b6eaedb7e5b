"""In which worlds a criterion holds: the boxes that PRIM tried, and the chosen one among the worlds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from experiments.figures.answers import criterion, is_logarithmic
from experiments.figures.prior import parameter
from experiments.figures.reading import amount, headline, title_of
from experiments.figures.style import BLUE, DARK, ORANGE, VERMILION, annotate, legend, new_figure, styled
from experiments.figures.words import word, wrapped

SIDES = ((True, BLUE, "o", "criterion_holds"), (False, ORANGE, "x", "criterion_fails"))


def draw(boxes: pd.DataFrame, box: pd.DataFrame, worlds: pd.DataFrame, source: str, language: str = "en") -> Figure:
    """Coverage against density on the left; on the right the worlds along the two parameters that matter most."""
    tried, bounds, points = headline(boxes), headline(box), headline(worlds)
    restricted = bounds[bounds["is_restricted"]]
    strongest = bounds.sort_values(["is_restricted", "p_value"], ascending=[False, True], kind="stable")
    with styled():
        figure = new_figure(9.0, 4.6)
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
        _boxes(figure, left, tried, language)
        _worlds(right, points, strongest.head(2), language)
        figure.get_layout_engine().set(w_pad=0.12)  # type: ignore[union-attr]  # the colour bar's label needs room
        handles = [
            Line2D([], [], color=colour, marker=mark, linestyle="none", label=word(label, language))
            for _, colour, mark, label in SIDES
        ]
        legend(figure, handles, title_of(tried, language))
        parts = [_part(row, language) for _, row in restricted.iterrows()]
        text = word("semicolon", language).join(parts) or word("no_box", language)
        note = word("prim_note", language, criterion=criterion(tried["criterion"].iloc[0], language), box=text)
        annotate(figure, word("prim_question", language), source, note)
    return figure


def _part(row: pd.Series, language: str) -> str:
    name = parameter(row["parameter"], language)
    return word("box_part", language, parameter=name, low=amount(row["low"]), high=amount(row["high"]))


def _boxes(figure: Figure, axes: Axes, tried: pd.DataFrame, language: str) -> None:
    """Every box, by how many parameters it restricts."""
    marks = axes.scatter(tried["coverage"], tried["density"], c=tried["restricted"], cmap="viridis", s=18, zorder=3)
    axes.plot(tried["coverage"], tried["density"], color="#bbbbbb", linewidth=0.8)
    chosen = tried[tried["is_chosen"]].iloc[0]
    axes.plot(chosen["coverage"], chosen["density"], "o", markersize=11, fillstyle="none", color=VERMILION, zorder=4)
    bar = figure.colorbar(marks, ax=axes, shrink=0.8, label=word("restricted_number", language))
    bar.ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(-0.02, 1.04)
    axes.set_ylim(min(0.0, tried["density"].min()) - 0.02, 1.04)
    axes.set_xlabel(word("coverage_axis", language))
    axes.set_ylabel(word("density_axis", language))
    values = {"coverage": f"{chosen['coverage']:.2f}", "density": f"{chosen['density']:.2f}"}
    axes.set_title(word("chosen_box", language, **values), loc="left", fontsize=9)


def _worlds(axes: Axes, points: pd.DataFrame, bounds: pd.DataFrame, language: str) -> None:
    """The worlds, and the box's edges; with one parameter only, along it alone."""
    keys: Sequence[str] = list(bounds["parameter"])
    heights = points[keys[1]] if len(keys) > 1 else pd.Series(np.linspace(0, 1, len(points)), points.index)
    for side, colour, mark, _ in SIDES:
        some = points["is_behavioural"] == side
        axes.scatter(points.loc[some, keys[0]], heights[some], color=colour, marker=mark, s=14, linewidths=0.9)
    edges = [(row["low"], row["high"]) for _, row in bounds.iterrows()] + [(0.0, 1.0)]
    (left, right), (low, high) = edges[:2]
    axes.add_patch(
        Rectangle((left, low), right - left, high - low, fill=False, edgecolor=VERMILION, linewidth=1.8, zorder=4)
    )
    for axis, set_scale, key in zip((axes.xaxis, axes.yaxis), (axes.set_xscale, axes.set_yscale), keys, strict=False):
        if is_logarithmic(points[key]):
            set_scale("log")
        axis.set_label_text(wrapped(parameter(key, language), 40))
    if len(keys) < 2:
        axes.set_yticks([])
    axes.tick_params(colors=DARK)
