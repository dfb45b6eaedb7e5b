"""From single effects through the dividends of pairs and more to the effect of the package."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.figures.reading import amount, headline, largest, members, named, title_of, unit_of
from experiments.figures.style import (
    BLUE,
    DARK,
    GREY,
    ORANGE,
    POINT,
    PURPLE,
    annotate,
    legend,
    new_figure,
    reach,
    styled,
    thousands,
)
from experiments.figures.words import word, wrapped

MOST = 16  # steps that are drawn one by one; with more, each order from the second on is one step
COLOURS = {1: BLUE, 2: ORANGE}
HIGHER = PURPLE


class Step(NamedTuple):
    """A bar: what it is, of how many instruments, and its length with an interval."""

    label: str
    order: int
    value: float
    low: float = np.nan
    high: float = np.nan


def draw(
    interactions: pd.DataFrame, cells: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en"
) -> Figure:
    """Dividends of the headline outcome at the longest horizon, and the package's effect from `cells`."""
    rows = headline(interactions[(interactions["kind"] == "dividend") & (interactions["order"] > 0)])
    steps = _steps(rows, names, language)
    total = _total(rows, cells, language)
    with styled():
        figure = new_figure(7.6, 2.0 + 0.34 * (len(steps) + 1))
        axes = figure.subplots()
        _bars(axes, [*steps, total])
        axes.set_xlabel(word("more_than_none", language, unit=unit_of(rows, language)))
        axes.set_title(title_of(rows, language), loc="left", fontsize=9)
        _legend(figure, steps, language)
        annotate(figure, word("waterfall_question", language), source, word("waterfall_note", language))
    return figure


def _steps(rows: pd.DataFrame, names: Mapping[str, str], language: str) -> list[Step]:
    """One step a dividend, or from the second order on one an order where they are many."""
    rows = rows.sort_values("order", kind="stable")
    steps = []
    for order, found in rows.groupby("order"):
        if len(found) > 1 and order > 1 and len(rows) > MOST:
            label = word("order_sum", language, count=len(found), order=order)
            steps.append(Step(label, int(order), float(found["value"].sum())))
            continue
        for _, row in found.iterrows():
            label = named(members(row["cell"]), names, language, " × ")
            steps.append(Step(label, int(order), row["value"], row["low"], row["high"]))
    return steps


def _total(rows: pd.DataFrame, cells: pd.DataFrame, language: str) -> Step:
    """The package's effect: the sum of all steps, with the interval that the cells give."""
    first, package = rows.iloc[0], set(members(largest(rows["cell"])))
    value, low, high = float(rows["value"].sum()), np.nan, np.nan
    if not cells.empty:
        same = cells[(cells["outcome"] == first["outcome"]) & (cells["horizon"] == first["horizon"])]
        for _, row in same.iterrows():
            if set(members(row["cell"])) == package:
                low, high = row["effect_low"], row["effect_high"]
    return Step(word("whole_effect", language), 0, value, low, high)


def _bars(axes: Axes, steps: list[Step]) -> None:
    """Steps downwards, each from where the last ended; the total from 0."""
    start, edges = 0.0, []
    for place, step in enumerate(steps):
        begin = start if step.order else 0.0
        axes.barh(place, step.value, left=begin, height=0.62, color=_colour(step.order))
        if np.isfinite(step.low):
            axes.errorbar(begin + step.value, place, xerr=reach(step.value, step.low, step.high), color=DARK, **POINT)
        if step.order:
            axes.plot([begin + step.value] * 2, [place, place + 1], color=GREY, linewidth=0.7, zorder=0)
        start = begin + step.value
        edges.append(max(begin, start, begin + np.nan_to_num(step.high, nan=step.value)))
    for place, (step, edge) in enumerate(zip(steps, edges, strict=True)):
        text = amount(step.value, signed=True)
        axes.annotate(text, (edge, place), (5, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(steps)), [wrapped(step.label, 44) for step in steps], fontsize=8)
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.axvline(0, color=DARK, linewidth=0.8)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.14)
    axes.locator_params(axis="x", nbins=6)
    thousands(axes.xaxis)


def _legend(figure: Figure, steps: list[Step], language: str) -> None:
    orders = {1: "single_effects", 2: "pair_dividends", 3: "higher_dividends", 0: "whole_effect"}
    there = {min(step.order, 3) for step in steps} | {0}
    legend(
        figure, [Patch(color=_colour(order), label=word(orders[order], language)) for order in orders if order in there]
    )


def _colour(order: int) -> str:
    return GREY if order == 0 else COLOURS.get(order, HIGHER)
