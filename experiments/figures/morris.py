"""Which parameters matter at all: Morris' mu* with its interval, and sigma."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.figures.answers import panels
from experiments.figures.reading import headline
from experiments.figures.style import BLUE, DARK, ORANGE, POINT, reach
from experiments.figures.words import word


def draw(morris: pd.DataFrame, source: str, language: str = "en") -> Figure:
    """Bars of mu* for the level and the multiplier, or what stands in for it."""

    def panel(axes: Axes, rows: pd.DataFrame, order: Sequence[str]) -> None:
        rows = rows.set_index("parameter").loc[list(order)]
        places = range(len(rows))
        axes.barh(places, rows["mu_star"], height=0.5, color=BLUE)
        error = reach(rows["mu_star"], rows["low"], rows["high"])
        axes.errorbar(rows["mu_star"], places, xerr=error, fmt="none", ecolor=DARK, elinewidth=1.1, capsize=2.5)
        axes.plot(rows["sigma"], places, "D", color=ORANGE, markeredgecolor=DARK, markersize=POINT["markersize"] + 1)
        axes.set_xlabel(word("mu_star_axis", language))

    def handles() -> list[object]:
        diamond = Line2D([], [], marker="D", linestyle="none", color=ORANGE, markeredgecolor=DARK)
        diamond.set_label(word("sigma_effects", language))
        return [Patch(color=BLUE, label=word("mu_star", language)), diamond]

    count = int(headline(morris)["trajectories"].max())
    note = word("morris_note", language, trajectories=count)
    return panels(morris, "mu_star", word("morris_question", language), note, source, language, panel, handles)
