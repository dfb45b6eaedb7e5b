"""The figure of `guiyan run`: where the workers are, and when they return."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import (
    BLUE,
    DARK,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    annotate,
    new_figure,
    styled,
    thousands,
)
from experiments.figures.words import word

STATUSES = {
    "out_province": BLUE,
    "in_province": SKY,
    "farm": YELLOW,
    "searching": GREY,
    "wage_basic": GREEN,
    "wage_skilled": PURPLE,
    "owners": VERMILION,
    "posts": ORANGE,
}
SHADE = {"color": DARK, "alpha": 0.13, "linewidth": 0}
RETURNS = {"returns_passive": GREY, "returns_active": BLUE}


def draw(
    outcomes: pd.DataFrame,
    start: int,
    festivals: Collection[int],
    source: str,
    observed: pd.DataFrame | None = None,
    policy_start: int | None = None,
    language: str = "en",
) -> Figure:
    """Shares of the workers by status over time, and returns by month.

    `outcomes` is tidy (means are taken over its seeds); `start` counts months from January 2000 to month 0;
    `festivals` are months of the run to shade; `observed` has columns year, boundary (`out_province` or
    `in_province`: the upper edge of that area) and share (0..1); `policy_start` marks a month, None none.
    """
    monthly = _monthly(outcomes)
    years = 2000 + (start + monthly.index.to_numpy() + 0.5) / 12
    with styled():
        figure = new_figure(7.6, 5.4)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        _areas(upper, years, monthly, language)
        if observed is not None and len(observed):
            _points(upper, observed, language)
        _returns(lower, years, monthly, language)
        for month in festivals:
            lower.axvspan(2000 + (start + month) / 12, 2000 + (start + month + 1) / 12, **SHADE)
        for axes in (upper, lower):
            if policy_start is not None:
                label = word("policy_start", language)
                axes.axvline(2000 + (start + policy_start) / 12, color=DARK, linestyle="--", label=label)
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), reverse=True, fontsize=8)
        _label_time(lower, start, len(years))
        annotate(figure, word("series_question", language), source, word("series_note", language))
    return figure


def _monthly(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Means over the seeds of the whole place: months by indicator."""
    wanted = ["workers", *STATUSES, *RETURNS]
    rows = outcomes[(outcomes["dimension"] == "all") & outcomes["indicator"].isin(wanted)]
    plain = rows.astype({"indicator": str})
    return plain.pivot_table(index="month", columns="indicator", values="value", aggfunc="mean")


def _areas(axes: Axes, years: np.ndarray, monthly: pd.DataFrame, language: str) -> None:
    shares = [100 * (monthly[name] / monthly["workers"]).to_numpy() for name in STATUSES]
    labels = [word(name, language) for name in STATUSES]
    axes.stackplot(years, shares, colors=list(STATUSES.values()), labels=labels, linewidth=0)
    axes.set_ylim(0, 100)
    axes.set_ylabel(word("share", language))


def _points(axes: Axes, observed: pd.DataFrame, language: str) -> None:
    for boundary, rows in observed.groupby("boundary"):
        label = word(f"observed_{boundary}", language)
        style: dict[str, Any] = {"markerfacecolor": STATUSES[str(boundary)], "markeredgecolor": DARK}
        axes.plot(rows["year"] + 0.5, 100 * rows["share"], "o", markersize=6, label=label, **style)


def _returns(axes: Axes, years: np.ndarray, monthly: pd.DataFrame, language: str) -> None:
    below = np.zeros(len(years))
    for name, colour in RETURNS.items():
        values = monthly[name].to_numpy()
        axes.bar(years, values, bottom=below, width=0.8 / 12, color=colour, label=word(name, language))
        below = below + values
    axes.set_ylabel(word("returns", language))
    thousands(axes.yaxis)


def _label_time(axes: Axes, start: int, months: int) -> None:
    """Years on the axis; quarters where the run is shorter than two years."""
    every = 12 if months >= 24 else 3
    ticks = [month for month in range(start, start + months + 1) if month % every == 0]
    labels = [f"{2000 + tick // 12}" + ("" if every == 12 else f"-{tick % 12 + 1:02d}") for tick in ticks]
    axes.set_xticks([2000 + tick / 12 for tick in ticks], labels)
    axes.set_xlim(2000 + start / 12, 2000 + (start + months) / 12)
