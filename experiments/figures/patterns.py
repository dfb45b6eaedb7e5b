"""Which policies bring whom home: people who respond alike, by the smallest sets that suffice (after UpSet plots)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.figures.laboratory_words import CLASSES, term
from experiments.figures.reading import amount, by_mask, largest, members, named
from experiments.figures.style import (
    BLUE,
    DARK,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILION,
    YELLOW,
    annotate,
    legend,
    new_figure,
    styled,
    thousands,
)
from experiments.figures.words import word, wrapped

MOST_PATTERNS, MOST_CELLS = 16, 16
COLOURS = {
    "moved_by_one": BLUE,
    "only_by_pair": ORANGE,
    "only_by_several": YELLOW,
    "only_by_package": VERMILION,
    "kept_away": PURPLE,
    "crowded_out": GREEN,
    "mixed": GREY,
}
UNMOVED = ("always", "never")
OTHER = "other"  # the row of a class that sums up its rare patterns
PALE = "#bbbbbb"


def draw(
    patterns: pd.DataFrame, cells: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en"
) -> Figure:
    """Bars of the largest patterns over a matrix of cells; `cells` gives the cells in the order of the bits."""
    persons = patterns.groupby("class")["persons"].sum()
    moved = patterns[~patterns["class"].isin(UNMOVED) & (patterns["pattern"] != OTHER)].sort_values(
        "persons", ascending=False, kind="stable"
    )
    shown = moved[:MOST_PATTERNS]
    packages = members(largest(cells["cell"]))
    lines = _lines(shown, by_mask(packages))
    with styled():
        figure = new_figure(max(7.6, 3.2 + 0.36 * len(shown)), 3.9 + 0.24 * len(lines))
        bars, matrix = figure.subplots(2, 1, sharex=True, height_ratios=(2.1, 0.24 * len(lines) + 0.1))
        _bars(bars, shown, language)
        _matrix(matrix, shown, lines, packages, names, language)
        legend(figure, _handles(shown, language))
        always, never = (amount(round(float(persons.get(name, 0.0)))) for name in UNMOVED)
        note = word("patterns_note", language, shown=len(shown), all=len(moved), always=always, never=never)
        annotate(figure, word("patterns_question", language), source, note)
    return figure


def _lines(shown: pd.DataFrame, sets: list[frozenset[str]]) -> list[int]:
    """The masks of the matrix's lines: all, or the smallest sets of the patterns where all would be too many."""
    wanted = {one for text in shown["minimal_sets"] for one in _sets(text)} if len(sets) > MOST_CELLS else set(sets)
    return sorted((mask for mask, one in enumerate(sets) if one in wanted), key=lambda mask: len(sets[mask]))


def _sets(minimal_sets: object) -> list[frozenset[str]]:
    text = minimal_sets if isinstance(minimal_sets, str) else ""
    return [frozenset(members(cell)) for cell in text.split(";") if cell]


def _bars(axes: Axes, shown: pd.DataFrame, language: str) -> None:
    places = np.arange(len(shown))
    axes.bar(places, shown["persons"], color=[COLOURS[name] for name in shown["class"]], width=0.7)
    for place, persons in zip(places, shown["persons"], strict=True):
        at = {"xytext": (0, 3), "textcoords": "offset points", "ha": "center", "fontsize": 7, "rotation": 90}
        axes.annotate(amount(round(persons)), (place, persons), **at)
    axes.margins(y=0.28)
    axes.set_ylabel(word("persons_axis", language))
    axes.tick_params(axis="x", length=0)
    thousands(axes.yaxis)


def _matrix(
    axes: Axes, shown: pd.DataFrame, lines: list[int], packages: Sequence[str], names: Mapping[str, str], language: str
) -> None:
    """For each pattern and cell: whether they return there, and whether it is a smallest set that suffices."""
    sets = by_mask(packages)
    for place, (_, row) in enumerate(shown.iterrows()):
        smallest = _sets(row["minimal_sets"])
        for height, mask in enumerate(lines):
            returns = str(row["pattern"])[mask] == "1"
            face = "white" if not returns else DARK if sets[mask] in smallest else PALE
            axes.plot(place, height, "o", markersize=6.5, color=face, markeredgecolor=face if returns else PALE)
    labels = [wrapped(named(sorted(sets[mask], key=packages.index), names, language), 46) for mask in lines]
    axes.set_yticks(range(len(lines)), labels, fontsize=7.5)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _handles(shown: pd.DataFrame, language: str) -> list[Patch]:
    there = set(shown["class"])
    return [
        Patch(color=colour, label=term(CLASSES, name, language)) for name, colour in COLOURS.items() if name in there
    ]
