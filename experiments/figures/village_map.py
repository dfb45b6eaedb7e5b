"""The village graph as a map: villages by size and value, their ties as thin lines."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from experiments.figures.style import DARK, GREY, annotate, new_figure, styled
from experiments.figures.words import word

LARGEST_CIRCLE = 60.0  # points squared
COLOURS = "cividis"
MOST_NAMES = 15  # counties whose names fit


def draw(
    villages: pd.DataFrame, ties: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en"
) -> Figure:
    """Villages at x, y; colour is `value`; `ties` may be empty. `names` gives counties theirs."""
    with styled():
        figure = new_figure(7.6, 6.6)
        axes = figure.subplots()
        _ties(axes, villages, ties)
        _villages(axes, villages, language)
        _counties(axes, villages, names)
        axes.set_aspect("equal")
        axes.set_axis_off()
        annotate(figure, word("map_question", language), source, word("map_note", language))
    return figure


def _ties(axes: Axes, villages: pd.DataFrame, ties: pd.DataFrame) -> None:
    """Lines between villages that both have a position, as one picture: there may be tens of thousands."""
    if ties.empty:
        return
    where = villages.set_index("village")[["x", "y"]]
    known = ties[ties["source"].isin(where.index) & ties["target"].isin(where.index)]
    ends = np.stack([where.loc[known[side]].to_numpy() for side in ("source", "target")], axis=1)
    width = 0.5 if len(known) < 3000 else 0.2
    axes.add_collection(LineCollection(list(ends), colors=GREY, linewidths=width, alpha=0.5, rasterized=True))


def _villages(axes: Axes, villages: pd.DataFrame, language: str) -> None:
    """Circles, the largest villages first, so that small ones lie on top."""
    rows = villages.sort_values("size", ascending=False)
    area = LARGEST_CIRCLE * rows["size"] / (rows["size"].max() or 1.0) * min(1.0, 400 / len(rows))
    values = 100 * rows["value"]
    scale = Normalize(0, np.nanmax([*values, 0]) or 1)
    style = {"linewidths": 0.3, "edgecolors": DARK, "rasterized": len(rows) > 1000, "zorder": 2}
    axes.scatter(rows["x"], rows["y"], s=area.clip(lower=2), c=values, cmap=COLOURS, norm=scale, **style)
    axes.figure.colorbar(
        ScalarMappable(scale, COLOURS), ax=axes, label=word("map_value", language), shrink=0.6, pad=0.01
    )


def _counties(axes: Axes, villages: pd.DataFrame, names: Mapping[str, str]) -> None:
    """The counties' names in their middle."""
    middles = villages.groupby("county")[["x", "y"]].median()
    if len(middles) > MOST_NAMES:
        return
    for county, (x, y) in middles.iterrows():
        box = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1}
        axes.text(x, y, names.get(str(county), str(county)), ha="center", va="center", fontsize=8, bbox=box, zorder=3)
