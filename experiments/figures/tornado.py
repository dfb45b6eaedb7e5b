"""What each parameter does alone, from one end of its range to the other."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.figures.answers import panels
from experiments.figures.reading import amount
from experiments.figures.style import BLUE, DARK, ORANGE, reach
from experiments.figures.words import word

ENDS = (("low", BLUE, -0.16, "low_end"), ("high", ORANGE, 0.16, "high_end"))


def draw(tornado: pd.DataFrame, source: str, language: str = "en") -> Figure:
    """Bars from the place as it is to the answer at each end."""

    def panel(axes: Axes, rows: pd.DataFrame, order: Sequence[str]) -> None:
        for end, colour, shift, _ in ENDS:
            some = rows[rows["end"] == end].set_index("parameter").loc[list(order)]
            places = [place + shift for place in range(len(some))]
            axes.barh(places, some["difference"], height=0.3, color=colour)
            error = reach(some["difference"], some["low"], some["high"])
            axes.errorbar(some["difference"], places, xerr=error, fmt="none", ecolor=DARK, elinewidth=0.9, capsize=2)
            for place, (_, row) in zip(places, some.iterrows(), strict=True):
                _setting(axes, place, row)
        base = rows["base"].dropna()
        axes.set_xlabel(word("difference_axis", language, base=amount(base.iloc[0]) if len(base) else "-"))
        axes.margins(x=0.22)

    def handles() -> list[object]:
        return [Patch(color=colour, label=word(label, language)) for _, colour, _, label in ENDS]

    note, question = word("tornado_note", language), word("tornado_question", language)
    return panels(tornado, "difference", question, note, source, language, panel, handles)


def _setting(axes: Axes, place: float, row: pd.Series) -> None:
    """The end's value beside its bar, beyond the interval."""
    if row["difference"] != row["difference"]:
        return
    is_right = row["difference"] >= 0
    beyond = [row["difference"], row["high"] if is_right else row["low"]]
    at = max(one for one in beyond if one == one) if is_right else min(one for one in beyond if one == one)
    axes.annotate(
        f"{row['setting']:g}",
        (at, place),
        (4 if is_right else -4, 0),
        textcoords="offset points",
        va="center",
        ha="left" if is_right else "right",
        fontsize=7,
    )
