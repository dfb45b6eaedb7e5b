"""The most that each budget can achieve: effect against spend, and the efficient frontier."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from experiments.figures.reading import MONEY, headline, title_of, unit_of
from experiments.figures.style import (
    BLUE,
    DARK,
    GREY,
    ORANGE,
    VERMILION,
    annotate,
    legend,
    new_figure,
    reach,
    styled,
    thousands,
)
from experiments.figures.words import word

KINDS = {"mix": (ORANGE, "o"), "alone": (BLUE, "s"), "package": (VERMILION, "D")}


def draw(frontier: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en") -> Figure:
    """Mixes of doses by what they cost and do, headline outcome at the longest horizon."""
    rows = headline(frontier)
    rows = rows.assign(money=rows["spend"] / MONEY[language], efficient=rows["is_efficient"].astype(bool))
    with styled():
        figure = new_figure(7.6, 5.0)
        axes = figure.subplots()
        best = rows[rows["efficient"]].sort_values("money")
        axes.plot(
            best["money"],
            best["effect"],
            color=GREY,
            drawstyle="steps-post",
            label=word("efficient", language),
            zorder=1,
        )
        for kind, (colour, marker) in KINDS.items():
            found = rows[rows["kind"] == kind]
            if found.empty:
                continue
            spread = reach(found["effect"], found["low"], found["high"])
            axes.errorbar(found["money"], found["effect"], spread, fmt="none", ecolor=colour, elinewidth=0.7, zorder=2)
            filled = [colour if efficient else "white" for efficient in found["efficient"]]
            style = {"color": filled, "edgecolor": colour, "marker": marker, "s": 26, "zorder": 3}
            axes.scatter(found["money"], found["effect"], **style)
            axes.scatter([], [], color=colour, marker=marker, s=26, label=word(f"kind_{kind}", language))
        axes.axhline(0, color=DARK, linewidth=0.6)
        axes.set_xlabel(word("spend_axis", language))
        axes.set_ylabel(word("more_than_none", language, unit=unit_of(rows, language)))
        thousands(axes.yaxis)
        legend(figure, axes.get_legend_handles_labels()[0], title_of(rows, language))
        annotate(figure, word("frontier_question", language), source, word("frontier_note", language))
    return figure
