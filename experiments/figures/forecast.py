"""The figure of `guiyan forecast`: fans of the series, and what came true."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.figures.style import BLUE, DARK, ORANGE, annotate, legend, new_figure, styled, thousands
from experiments.figures.words import word

FANS = (("q025", "q975", 0.15), ("q10", "q90", 0.25), ("q25", "q75", 0.4))
MOST, COLUMNS = 12, 2


def draw(
    table: pd.DataFrame, truth: Sequence[tuple[str, str, float]], names: Mapping[str, str], source: str, language: str
) -> Figure:
    """A panel a series, the first MOST of them; `table` as the table `forecast`, `truth` series, month, value."""
    shown = list(dict.fromkeys(table["indicator"]))[:MOST]
    columns = min(COLUMNS, len(shown))
    lines = -(-len(shown) // columns)
    with styled():
        figure = new_figure(4.4 * columns + 0.2, 1.3 + 2.0 * lines)
        panels = np.ravel(figure.subplots(lines, columns, sharex=True, squeeze=False))
        for axes, name in zip(panels, shown, strict=False):
            _panel(axes, table[table["indicator"] == name], [one for one in truth if one[0] == name])
            unit = table.loc[table["indicator"] == name, "unit"].iloc[0]
            axes.set_title(f"{names[name]} ({word(f'unit {unit}', language)})", loc="left", fontsize=9)
        for axes in panels[len(shown) :]:
            axes.set_axis_off()
        legend(figure, _handles(bool(truth), language))
        annotate(figure, word("forecast_question", language), source, word("forecast_note", language))
    return figure


def _handles(has_truth: bool, language: str) -> list[Patch | Line2D]:
    handles: list[Patch | Line2D] = [Line2D([], [], color=BLUE, label=word("forecast_median", language))]
    shades = zip(("95", "80", "50"), FANS, strict=True)
    reached = 0.0
    for level, (_, _, alpha) in shades:
        reached = reached + alpha * (1 - reached)  # the fans lie upon one another
        handles.append(Patch(color=BLUE, alpha=reached, linewidth=0, label=f"{level} %"))
    handles.append(Line2D([], [], color=DARK, linestyle="--", label=word("forecast_start", language)))
    if has_truth:
        style = {"marker": "o", "linestyle": "none", "color": ORANGE, "markeredgecolor": DARK}
        handles.append(Line2D([], [], label=word("forecast_truth", language), **style))
    return handles


def _panel(axes: Axes, rows: pd.DataFrame, truth: Sequence[tuple[str, str, float]]) -> None:
    dates = _years(rows["month"])
    for low, high, alpha in FANS:
        axes.fill_between(dates, rows[low], rows[high], color=BLUE, alpha=alpha, linewidth=0)
    axes.plot(dates, rows["median"], color=BLUE, linewidth=1.2)
    begins = rows["part"].to_numpy() == "forecast"
    axes.axvline(dates[begins][0] - 1 / 24, color=DARK, linestyle="--", linewidth=0.9)
    if truth:
        when = _years(pd.Series([one[1] for one in truth]))
        axes.plot(when, [one[2] for one in truth], "o", color=ORANGE, markeredgecolor=DARK, markersize=4.5)
    if abs(rows["median"]).max() >= 1000:
        thousands(axes.yaxis)
    axes.xaxis.get_major_locator().set_params(integer=True)


def _years(months: pd.Series) -> np.ndarray:
    """`YYYY-MM` as years, the middle of the month."""
    parts = months.str.split("-", expand=True).astype(int)
    return np.asarray(parts[0] + (parts[1] - 0.5) / 12)
