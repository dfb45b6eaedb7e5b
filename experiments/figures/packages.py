"""The figure of `guiyan compare`: single effects stacked to their sum beside the package's effect."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.figures.style import BLUE, DARK, GREY, PALETTE, annotate, new_figure, styled, thousands
from experiments.figures.words import word

PANELS = ("return", "enterprise", "quality_return")
PREFIX = "effect_of_"
POINT: dict[str, Any] = {"fmt": "o", "color": DARK, "markersize": 3.5, "elinewidth": 1.1, "capsize": 3}
STEP = 2.6  # from one package's pair of bars to the next, in bars


def draw(
    effects: pd.DataFrame, multipliers: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en"
) -> Figure:
    """Return, enterprise and quality return at the last horizon, in persons.

    `effects` and `multipliers` are the tables of `experiments.compare`; `names` gives single arms their
    name in the language. Where no package was run with all its parts, every arm stands by itself.
    """
    effects = effects[effects["horizon"] == effects["horizon"].max()]
    with styled():
        if len(multipliers):
            last = multipliers[multipliers["horizon"] == effects["horizon"].iloc[0]]
            figure = _packages(effects, last, names, language)
            annotate(figure, word("together_question", language), source, word("packages_note", language))
        else:
            figure = _arms(effects, names, language)
            annotate(figure, word("alone_question", language), source, word("arms_note", language))
    return figure


def _packages(effects: pd.DataFrame, multipliers: pd.DataFrame, names: Mapping[str, str], language: str) -> Figure:
    """A panel for each outcome, and the legend of the single arms below."""
    count = multipliers["package"].nunique()
    figure = new_figure(max(7.6, 1.2 + 3.3 * count), 4.6)
    panels = figure.subplot_mosaic([list(PANELS), ["legend"] * len(PANELS)], height_ratios=[14, 1])
    for outcome in PANELS:
        axes = panels[outcome]
        rows = multipliers[multipliers["outcome"] == outcome]
        for place, (_, row) in enumerate(rows.iterrows()):
            _pair(axes, STEP * place, row, language)
        _label_pairs(axes, rows["package"].to_list(), names, language)
        _title(axes, effects[effects["outcome"] == outcome].iloc[0], language)
        axes.axhline(0, color=DARK, linewidth=0.8)
        axes.margins(y=0.16)
        thousands(axes.yaxis)
    panels[PANELS[0]].set_ylabel(word("additional", language))
    _legend(panels["legend"], _singles(multipliers), names, language)
    return figure


def _arms(effects: pd.DataFrame, names: Mapping[str, str], language: str) -> Figure:
    """A panel for each outcome with a lying bar for every arm."""
    arms = effects["arm"].drop_duplicates().to_list()
    figure = new_figure(7.6, 1.8 + 0.45 * len(arms))
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, outcome in zip(panels, PANELS, strict=True):
        rows = effects[effects["outcome"] == outcome]
        axes.barh(range(len(rows)), rows["effect"], color=BLUE, height=0.6)
        for place, (_, row) in enumerate(rows.iterrows()):
            reach = _reach(row["effect"], row["low"], row["high"])
            axes.errorbar(row["effect"], place, xerr=reach, **POINT)
        _title(axes, rows.iloc[0], language)
        axes.axvline(0, color=DARK, linewidth=0.8)
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.locator_params(axis="x", nbins=4)
        thousands(axes.xaxis)
    panels[0].set_yticks(range(len(arms)), [_joined(arm, names) for arm in arms])
    panels[0].invert_yaxis()
    panels[1].set_xlabel(word("additional", language))
    return figure


def _pair(axes: Axes, apart: float, row: pd.Series, language: str) -> None:
    """A package's two bars: the stack of its single effects, and what it does, with their ratio."""
    singles = _singles(row.to_frame().T)
    together = apart + 1
    spans = _stacked([row[PREFIX + single] for single in singles])
    for place, (low, high) in enumerate(spans):
        axes.bar(apart, high - low, bottom=low, color=PALETTE[place % len(PALETTE)])
    axes.bar(together, row["package_effect"], color=GREY)
    axes.errorbar(apart, row["sum"], yerr=_reach(row["sum"], row["sum_low"], row["sum_high"]), **POINT)
    reach = _reach(row["package_effect"], row["package_low"], row["package_high"])
    axes.errorbar(together, row["package_effect"], yerr=reach, **POINT)
    height = np.nanmax([row["package_effect"], row["package_high"], row["sum"], row["sum_high"], 0.0])
    offset: dict[str, Any] = {"xytext": (0, 4), "textcoords": "offset points", "ha": "center", "fontsize": 8}
    axes.annotate(_ratio(row, language), (apart + 0.5, height), **offset)


def _label_pairs(axes: Axes, packages: list[str], names: Mapping[str, str], language: str) -> None:
    """Name the two bars of a single package, or each of several packages."""
    if len(packages) == 1:
        axes.set_xticks([0, 1], [word("apart", language), word("together", language)])
        return
    places = [STEP * place + 0.5 for place in range(len(packages))]
    axes.set_xticks(places, [_joined(package, names) for package in packages], fontsize=7)


def _title(axes: Axes, row: pd.Series, language: str) -> None:
    """The panel's outcome, horizon and baseline."""
    after = word("months_after", language, months=row["horizon"])
    baseline = word("baseline", language, persons=row["baseline"])
    axes.set_title(f"{word(row['outcome'], language)}\n{after}\n{baseline}", loc="left", fontsize=8.5)


def _legend(axes: Axes, singles: list[str], names: Mapping[str, str], language: str) -> None:
    handles: list[Patch | Line2D] = [
        Patch(color=PALETTE[place % len(PALETTE)], label=names.get(single, single))
        for place, single in enumerate(singles)
    ]
    handles.append(Patch(color=GREY, label=word("together", language)))
    handles.append(Line2D([], [], color=DARK, marker="o", markersize=3.5, label=word("interval", language)))
    axes.set_axis_off()
    axes.legend(handles=handles, loc="center", ncols=min(len(handles), 5), fontsize=8)


def _ratio(row: pd.Series, language: str) -> str:
    """The multiplier with its interval, as the package's bar shows it."""
    if np.isnan(row["multiplier"]):
        return word("no_multiplier", language)
    if np.isnan(row["multiplier_low"]):
        return f"× {row['multiplier']:.2f}"
    return f"× {row['multiplier']:.2f}\n{row['multiplier_low']:.2f}–{row['multiplier_high']:.2f}"


def _reach(mean: float, low: float, high: float) -> list[list[float]] | None:
    """How far an interval reaches below and above; None for one seed."""
    return None if np.isnan(low) else [[mean - low], [high - mean]]


def _stacked(parts: list[float]) -> list[tuple[float, float]]:
    """From and to of each part: upwards from 0 what is positive, downwards what is negative."""
    plain = np.nan_to_num(np.array(parts, dtype=float))
    up = pairwise(np.concatenate([[0.0], np.cumsum(np.maximum(plain, 0))]))
    down = pairwise(np.concatenate([[0.0], np.cumsum(np.minimum(plain, 0))]))
    return [above if part > 0 else below for part, above, below in zip(plain, up, down, strict=True)]


def _singles(multipliers: pd.DataFrame) -> list[str]:
    return [name.removeprefix(PREFIX) for name in multipliers if name.startswith(PREFIX)]


def _joined(arm: str, names: Mapping[str, str]) -> str:
    return "\n+ ".join(names.get(part, part) for part in arm.split("+"))
