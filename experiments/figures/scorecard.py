"""The figure of `guiyan score`: every judged figure and pattern by where the model lies in what is expected."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.style import BLUE, DARK, GREY, POINT, VERMILION, annotate, legend, new_figure, styled
from experiments.figures.words import word, wrapped

EDGE = 3.0  # units beyond which a position is shown at the edge
MARKS = {"pass": (BLUE, "o"), "miss": (VERMILION, "X")}


def draw(table: pd.DataFrame, source: str, language: str = "en") -> Figure:
    """Positions with intervals over seeds; columns as the table `scorecard`.

    What is expected spans -1 to 1. Where only one bound is stated, the distance from it is in units of the bound or,
    at a bound of 0, of the larger end of the model's interval.
    """
    rows = table[table["verdict"] != ""]
    with styled():
        figure = new_figure(8.6, 1.9 + 0.25 * len(rows))
        axes = figure.subplots()
        axes.axvspan(-1, 1, color=GREY, alpha=0.25, linewidth=0)
        for place, (_, row) in enumerate(rows.iterrows()):
            _one(axes, place, row)
        axes.set_yticks(range(len(rows)), [_label(row, language) for _, row in rows.iterrows()], fontsize=7.5)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(-EDGE - 0.15, EDGE + 0.15)
        axes.set_xticks([-1, 1], [word("expected_low", language), word("expected_high", language)])
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        handles = [
            Line2D([], [], color=colour, marker=mark, linestyle="none", label=word(f"score_{name}", language))
            for name, (colour, mark) in MARKS.items()
        ]
        hollow = {"marker": "o", "markerfacecolor": "white", "linestyle": "none", "color": DARK}
        handles.append(Line2D([], [], label=word("score_unsure", language), **hollow))
        legend(figure, handles)
        annotate(figure, word("score_question", language), source, word("score_note", language))
    return figure


def _label(row: pd.Series, language: str) -> str:
    name = row["pattern_zh"] if language == "zh" else row["pattern"]
    return wrapped(f"{row['id']} {name} {_period(row['period'], language)}".strip(), 62)


def _period(text: str, language: str) -> str:
    """`end 2025` in the language; years as they are."""
    return f"{text.removeprefix('end ')}年末" if language == "zh" and text.startswith("end ") else text


def _one(axes: Axes, place: int, row: pd.Series) -> None:
    middle, low, high = (float(np.clip(_position(row[name], row), -EDGE, EDGE)) for name in ("model", "low", "high"))
    colour, mark = MARKS[row["verdict"]]
    if math.isfinite(low) and math.isfinite(high):
        axes.errorbar([middle], [place], xerr=[[middle - low], [high - middle]], color=colour, marker=mark,
                      markerfacecolor=colour if row["sure"] else "white", **POINT)  # fmt: skip
    else:
        axes.plot(middle, place, mark, color=colour, markerfacecolor="white", markersize=4)


def _position(value: float, row: pd.Series) -> float:
    """Where a value lies if what is expected spans -1 to 1."""
    low, high = row["expected_low"], row["expected_high"]
    if math.isinf(low) or math.isinf(high):
        bound, place = (low, -1.0) if math.isinf(high) else (high, 1.0)
        ends = [abs(row[name] - bound) for name in ("low", "high") if row[name] == row[name]]
        unit = abs(bound) or max([*ends, abs(row["model"] - bound)]) or 1.0
        return float(place + (value - bound) / unit)
    return float((value - (low + high) / 2) / ((high - low) / 2))
