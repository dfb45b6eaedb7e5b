"""Whose uncertainty the answer's comes from: first-order and total Sobol indices with intervals."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.figures.answers import panels
from experiments.figures.reading import headline
from experiments.figures.style import BLUE, DARK, ORANGE, reach
from experiments.figures.words import word

ORDERS = (("first", BLUE, -0.18, "first_order"), ("total", ORANGE, 0.18, "total_order"))


def draw(sobol: pd.DataFrame, source: str, language: str = "en") -> Figure:
    """Two bars for each parameter, for the level and the multiplier, or what stands in for it."""

    def panel(axes: Axes, rows: pd.DataFrame, order: Sequence[str]) -> None:
        for name, colour, shift, _ in ORDERS:
            some = rows[rows["order"] == name].set_index("parameter").loc[list(order)]
            places = [place + shift for place in range(len(some))]
            axes.barh(places, some["index"], height=0.34, color=colour)
            error = reach(some["index"], some["low"], some["high"])
            axes.errorbar(some["index"], places, xerr=error, fmt="none", ecolor=DARK, elinewidth=1.0, capsize=2)
        axes.set_xlabel(word("variance_axis", language))

    def handles() -> list[object]:
        return [Patch(color=colour, label=word(label, language)) for _, colour, _, label in ORDERS]

    note = word("sobol_note", language, samples=int(headline(sobol)["samples"].max()))
    return panels(sobol, "index", word("sobol_question", language), note, source, language, panel, handles)
