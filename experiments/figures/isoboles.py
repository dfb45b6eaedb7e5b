"""Which mixes of two instruments achieve the same: lines of equal effect over their doses."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.figures.reading import headline, title_of, unit_of
from experiments.figures.style import DARK, annotate, legend, new_figure, styled, thousands
from experiments.figures.words import word, wrapped

MOST = 6  # pairs
COLUMNS = 3
LEVELS = 9
COLOURS = "cividis"


def draw(isoboles: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en") -> Figure:
    """A panel for each pair, all with the same levels; headline outcome at the longest horizon."""
    rows = headline(isoboles)
    every = list(rows.groupby(["first", "second"], sort=False))
    pairs = every[:MOST]
    columns = min(COLUMNS, len(pairs))
    height = -(-len(pairs) // columns)
    levels = MaxNLocator(LEVELS).tick_values(rows["effect"].min(), rows["effect"].max())
    with styled():
        figure = new_figure(max(7.0, 1.2 + 2.7 * columns), 1.9 + 2.6 * height)
        axes = list(figure.subplots(height, columns, squeeze=False).flat)
        for place, ((first, second), found) in zip(axes, pairs, strict=False):
            _contours(place, found, levels)
            place.set_xlabel(wrapped(word("dose_of", language, name=names.get(first, first)), 32))
            place.set_ylabel(wrapped(word("dose_of", language, name=names.get(second, second)), 32))
        for place in axes[len(pairs) :]:
            place.set_axis_off()
        scale = ScalarMappable(Normalize(levels[0], levels[-1]), COLOURS)
        bar = figure.colorbar(scale, ax=axes, ticks=levels, pad=0.02)
        bar.set_label(word("more_than_none", language, unit=unit_of(rows, language)))
        thousands(bar.ax.yaxis)
        legend(figure, [], title_of(rows, language))
        note = word("isoboles_note", language, shown=len(pairs), all=len(every))
        annotate(figure, word("isoboles_question", language), source, note)
    return figure


def _contours(axes: Axes, rows: pd.DataFrame, levels: np.ndarray) -> None:
    """Bands between lines of equal effect, and the mixes that were tried as dots."""
    table = rows.pivot_table(index="second_factor", columns="first_factor", values="effect")
    if min(table.shape) > 1 and len(levels) > 1:
        grid = (table.columns.to_numpy(), table.index.to_numpy(), table.to_numpy())
        axes.contourf(*grid, levels=levels, cmap=COLOURS, vmin=levels[0], vmax=levels[-1])
        axes.contour(*grid, levels=levels, colors="white", linewidths=0.9)
    axes.plot(rows["first_factor"], rows["second_factor"], ".", color=DARK, markersize=4, clip_on=False, zorder=3)
    axes.grid(visible=False)
    axes.locator_params(nbins=5)
