"""Does one instrument do more where another is present? Effects by number, and an interaction plot for each pair."""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.reading import amount, headline, largest, members, title_of, unit_of
from experiments.figures.style import (
    BLUE,
    DARK,
    GREY,
    POINT,
    VERMILION,
    annotate,
    legend,
    new_figure,
    reach,
    styled,
    thousands,
)
from experiments.figures.words import word, wrapped

MOST = 7  # panels of pairs; where there are more pairs, those that interact most
COLUMNS = 4
NAME_WIDTH = 13  # letters in a line under an axis


class Cell(NamedTuple):
    """The effect of a set of instruments."""

    effect: float
    low: float
    high: float


def draw(cells: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en") -> Figure:
    """Effects of the headline outcome at the longest horizon; `cells` is the table of that name."""
    rows = headline(cells)
    effects = {frozenset(members(row["cell"])): _cell(row) for _, row in rows.iterrows()}
    pairs = list(combinations(members(largest(rows["cell"])), 2))
    shown = sorted(sorted(pairs, key=lambda pair: -abs(_bend(effects, *pair)))[:MOST], key=pairs.index)
    columns = min(COLUMNS, 1 + len(shown))
    height = -(-(1 + len(shown)) // columns)
    with styled():
        figure = new_figure(1.2 + 2.4 * columns, 2.0 + 2.5 * height)
        axes = list(figure.subplots(height, columns, sharey=True, squeeze=False).flat)
        _by_number(axes[0], effects, language)
        for place, pair in zip(axes[1:], shown, strict=False):
            _pair(place, effects, pair, names, language)
        for place in axes[1 + len(shown) :]:
            place.set_axis_off()
        unit = unit_of(rows, language)
        figure.supylabel(word("more_than_none", language, unit=unit), fontsize=9)
        handles = axes[1].get_legend_handles_labels()[0] if shown else []
        legend(figure, handles, title_of(rows, language))
        baseline = amount(float(rows.loc[rows["cell"] == "none", "mean"].sum()))
        note = word("interactions_note", language, shown=len(shown), all=len(pairs), baseline=baseline, unit=unit)
        annotate(figure, word("interactions_question", language), source, note)
    return figure


def _cell(row: pd.Series) -> Cell:
    return Cell(*(float(row[name]) for name in ("effect", "effect_low", "effect_high")))


def _bend(effects: Mapping[frozenset[str], Cell], one: str, other: str) -> float:
    """How far the pair's effect lies from the sum of its single effects."""
    pair, first, second = (effects.get(frozenset(cell)) for cell in ((one, other), (one,), (other,)))
    return 0.0 if pair is None or first is None or second is None else pair.effect - first.effect - second.effect


def _by_number(axes: Axes, effects: Mapping[frozenset[str], Cell], language: str) -> None:
    """Every cell above the number of its instruments, and the means."""
    by_size: dict[int, list[Cell]] = {}
    for cell, effect in effects.items():
        by_size.setdefault(len(cell), []).append(effect)
    sizes = sorted(by_size)
    for size in sizes:
        found = sorted(by_size[size])
        places = size + (np.arange(len(found)) - (len(found) - 1) / 2) * min(0.16, 0.7 / len(found))
        values, low, high = np.array(found).T
        spread = None if size == 0 else reach(values, low, high)
        axes.errorbar(places, values, yerr=spread, fmt="o", color=BLUE, **POINT)
    axes.plot(sizes, [np.mean([cell.effect for cell in by_size[size]]) for size in sizes], color=GREY, zorder=0)
    axes.set_xticks(sizes)
    axes.set_xlabel(word("instruments_number", language), fontsize=8)
    axes.set_title(word("by_number", language), loc="left", fontsize=8.5)
    thousands(axes.yaxis)


def _pair(
    axes: Axes, effects: Mapping[frozenset[str], Cell], pair: tuple[str, str], names: Mapping[str, str], language: str
) -> None:
    """The effects without and with the second instrument: a line without the first and one with it."""
    one, other = pair
    sets = ((), (other,)), ((one,), (one, other))
    absent, present = ([effects.get(frozenset(cell), Cell(*[np.nan] * 3)) for cell in line] for line in sets)
    added = [present[0].effect, present[0].effect + absent[1].effect]
    axes.plot([0, 1], added, "--", color=DARK, linewidth=1, label=word("if_added", language))
    lines = ((absent, BLUE, "o", -0.02, "first_absent"), (present, VERMILION, "s", 0.02, "first_present"))
    for line, colour, marker, aside, key in lines:
        values, low, high = np.array(line).T
        style = {**POINT, "linestyle": "-"}
        places = np.array([0.0, 1.0]) + aside
        axes.errorbar(
            places, values, reach(values, low, high), marker=marker, color=colour, label=word(key, language), **style
        )
    second = names.get(other, other)
    labels = [word(key, language, name=wrapped(second, NAME_WIDTH)) for key in ("without", "with")]
    axes.set_xticks([0, 1], labels, fontsize=8)
    axes.set_xlim(-0.35, 1.35)
    axes.axhline(0, color=DARK, linewidth=0.6)
    axes.set_title(wrapped(f"{names.get(one, one)} × {second}", 30), loc="left", fontsize=8.5)
    thousands(axes.yaxis)
