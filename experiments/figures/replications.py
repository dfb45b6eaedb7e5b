"""How many seeds an estimate needs: half width of its interval and spread over seeds, as seeds are added."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.answers import answer, shown
from experiments.figures.reading import amount, headline, title_of
from experiments.figures.style import BLUE, DARK, GREEN, annotate, legend, new_figure, styled
from experiments.figures.words import word, wrapped


def draw(replications: pd.DataFrame, seeds_needed: pd.DataFrame, source: str, language: str = "en") -> Figure:
    """A column for each answer: the half width above, the coefficient of variation below."""
    rows, needs = headline(replications), headline(seeds_needed)
    names = shown(rows, "half_width") or list(dict.fromkeys(rows["quantity"]))[:1]
    with styled():
        figure = new_figure(4.3 * max(len(names), 1) + 0.8, 6.4)
        axes = figure.subplots(2, len(names), sharex=True, squeeze=False)
        for column, name in enumerate(names):
            some = rows[rows["quantity"] == name]
            _band(axes[0, column], some, "half_width", "half", BLUE)
            _band(axes[1, column], some, "variation", "variation", GREEN)
            _asked(axes[0, column], needs[needs["quantity"] == name], language)
            axes[0, column].set_title(answer(name, rows, language), loc="left", fontsize=9)
            axes[1, column].set_xlabel(word("seeds_axis", language))
        axes[0, 0].set_ylabel(wrapped(word("half_width_axis", language), 24))
        axes[1, 0].set_ylabel(wrapped(word("variation_axis", language), 26))
        legend(figure, [], title_of(rows, language))
        note = word("replications_note", language, seeds=int(rows["seeds"].max()))
        annotate(figure, word("replications_question", language), source, note)
    return figure


def _band(axes: Axes, rows: pd.DataFrame, middle: str, edges: str, colour: str) -> None:
    axes.fill_between(rows["seeds"], rows[f"{edges}_low"], rows[f"{edges}_high"], color=colour, alpha=0.2, linewidth=0)
    axes.plot(rows["seeds"], rows[middle], color=colour, marker="o", markersize=3)
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="x", integer=True)


def _asked(axes: Axes, needs: pd.DataFrame, language: str) -> None:
    """The width that was asked for, with the number of seeds it takes."""
    row = needs.iloc[0]
    if row["asked"] != row["asked"]:
        return
    count = "-" if row["seeds_needed"] != row["seeds_needed"] else amount(row["seeds_needed"])
    axes.axhline(row["asked"], color=DARK, linewidth=1, linestyle="--")
    text = word("asked_width", language, value=amount(row["asked"]), count=count)
    axes.text(0.98, 0.94, text, transform=axes.transAxes, ha="right", va="top", fontsize=8)
