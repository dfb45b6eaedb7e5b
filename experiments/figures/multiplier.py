"""The multiplier by outcome and horizon, its controls beside it, and the excess in the outcome's own unit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.laboratory_words import OUTCOMES, QUANTITIES, term
from experiments.figures.notes import reason
from experiments.figures.reading import amount, finite, largest, unit_of
from experiments.figures.style import BLUE, DARK, GREEN, ORANGE, annotate, legend, new_figure, reach, styled
from experiments.figures.words import word, wrapped

RATIOS: dict[str, tuple[str, str]] = {  # quantity -> colour and marker, from top to bottom of a row
    "multiplier": (DARK, "o"),
    "scale_control": (BLUE, "s"),
    "null_multiplier": (ORANGE, "^"),
    "sham": (GREEN, "D"),
}
FARTHEST = (-1.0, 5.0)  # the axis never shows more; arrows mark what lies beyond
GAP = 0.2  # between the quantities of a row


def draw(estimands: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en") -> Figure:
    """The whole package's ratios, a panel for each outcome, a row for each horizon; 1 is where effects add up."""
    rows = estimands[estimands["package"] == largest(estimands["package"])]
    outcomes = list(dict.fromkeys(rows["outcome"]))
    heights = [rows.loc[rows["outcome"] == outcome, "horizon"].nunique() + 0.4 for outcome in outcomes]
    with styled():
        figure = new_figure(9.0, 2.3 + 0.4 * sum(heights) + 0.25 * len(outcomes))
        panels = figure.subplots(
            len(outcomes), 2, sharex="col", squeeze=False, height_ratios=heights, width_ratios=(1, 1)
        )
        for (ratios, excesses), outcome in zip(panels, outcomes, strict=True):
            found = rows[rows["outcome"] == outcome]
            _ratios(ratios, found, language)
            _excesses(excesses, found, ratios.get_ylim(), names, language)
        _limits(panels[0][0], rows)
        for axes in panels[:, 0]:
            _arrows(axes)
        panels[-1][0].set_xlabel(word("ratio_axis", language))
        panels[0][1].set_title(word("excess_column", language), loc="left", fontsize=9)
        legend(figure, _handles(rows, language))
        annotate(figure, word("multiplier_question", language), source, _note(rows, language))
    return figure


def _note(rows: pd.DataFrame, language: str) -> str:
    """What the quantities drawn are; those that were not asked for are not explained."""
    there = [name for name in RATIOS if name in set(rows["quantity"])]
    notes = [word(f"{name}_note", language) for name in there]
    return (" " if language == "en" else "").join([*notes, word("ratios_note", language)])


def _ratios(axes: Axes, rows: pd.DataFrame, language: str) -> None:
    """Dots with intervals: quantities of a horizon one below the other."""
    horizons = sorted(rows["horizon"].unique())
    there = [name for name in RATIOS if name in set(rows["quantity"])]
    for place, horizon in enumerate(horizons):
        at = rows[rows["horizon"] == horizon].set_index("quantity")
        for number, name in enumerate(there):
            if name not in at.index or not np.isfinite(at.loc[name, "value"]):
                continue
            value, low, high = (float(at.loc[name, column]) for column in ("value", "low", "high"))
            colour, marker = RATIOS[name]
            height = place + GAP * (number - (len(there) - 1) / 2)
            style: dict[str, Any] = {"markersize": 4, "elinewidth": 1.1, "gid": name}
            axes.errorbar(value, height, xerr=reach(value, low, high), fmt=marker, color=colour, **style)
    axes.axvline(1, color=DARK, linewidth=0.8)
    axes.set_yticks(range(len(horizons)), [word("months_short", language, months=horizon) for horizon in horizons])
    axes.set_ylim(len(horizons) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.set_title(term(OUTCOMES, rows["outcome"].iloc[0], language), loc="left", fontsize=9)


def _excesses(
    axes: Axes, rows: pd.DataFrame, span: tuple[float, float], names: Mapping[str, str], language: str
) -> None:
    """The excess of each horizon in words, and why there is no multiplier where there is none."""
    axes.set_axis_off()
    axes.set_ylim(span)
    axes.set_xlim(0, 1)
    for place, horizon in enumerate(sorted(rows["horizon"].unique())):
        at = rows[rows["horizon"] == horizon].set_index("quantity")
        lines = [_excess(at.loc[["excess"]], language)] if "excess" in at.index else []
        if "multiplier" in at.index and not np.isfinite(at.loc["multiplier", "value"]):
            why = reason(at.loc["multiplier", "note"], names, language)
            lines.append(wrapped(word("not_applicable", language, reason=why), 62))
        axes.text(0, place, "\n".join(lines), va="center", fontsize=7.5)


def _excess(rows: pd.DataFrame, language: str) -> str:
    row, unit = rows.iloc[0], unit_of(rows, language)
    value = amount(row["value"], signed=True)
    if not np.isfinite(row["low"]):
        return word("excess_alone", language, value=value, unit=unit)
    return word("excess_of", language, value=value, low=amount(row["low"]), high=amount(row["high"]), unit=unit)


def _limits(axes: Axes, rows: pd.DataFrame) -> None:
    """Room for every interval, within FARTHEST."""
    ratios = rows[rows["quantity"].isin(RATIOS)]
    values = [*finite(ratios["value"]), *finite(ratios["low"]), *finite(ratios["high"]), 0.5, 1.5]
    axes.set_xlim(max(min(values) - 0.1, FARTHEST[0]), min(max(values) + 0.1, FARTHEST[1]))


def _arrows(axes: Axes) -> None:
    """An arrow at the edge for each interval that goes on beyond it."""
    left, right = axes.get_xlim()
    for container in axes.containers:
        for bars in container[2]:
            for (low, height), (high, _) in bars.get_segments():
                for edge, beyond, marker in ((left, low < left, 4), (right, high > right, 5)):
                    if beyond:
                        axes.plot(edge, height, marker=marker, color=bars.get_color()[0], markersize=6, clip_on=False)


def _handles(rows: pd.DataFrame, language: str) -> list[Line2D]:
    there = set(rows["quantity"])
    return [
        Line2D([], [], color=colour, marker=marker, markersize=4, label=term(QUANTITIES, name, language))
        for name, (colour, marker) in RATIOS.items()
        if name in there
    ]
