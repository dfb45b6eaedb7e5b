"""The package against its rivals on the same budget: the best single instrument, the best mix, each alone."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.laboratory_words import ALTERNATIVES, term
from experiments.figures.reading import amount, headline, money, title_of, unit_of
from experiments.figures.style import BLUE, DARK, GREY, ORANGE, POINT, annotate, new_figure, reach, styled, thousands
from experiments.figures.words import word, wrapped

SHORT = 0.98  # of the budget: what spends less cannot absorb it
COLOURS = {"package": GREY, "best_mix": ORANGE}


def alternative(name: str, names: Mapping[str, str], language: str) -> str:
    """An alternative by its name: `training alone` by that of the instrument."""
    single = name.removesuffix(" alone")
    if single == name:
        return term(ALTERNATIVES, name, language)
    return term(ALTERNATIVES, "alone", language).format(name=names.get(single, single))


def draw(budget: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en") -> Figure:
    """Effects on the headline outcome at the longest horizon, the best at the top."""
    rows = headline(budget).sort_values("effect", ascending=False, kind="stable")
    with styled():
        figure = new_figure(7.6, 1.9 + 0.5 * len(rows))
        axes = figure.subplots()
        _bars(axes, rows)
        labels = [wrapped(alternative(name, names, language), 28) for name in rows["alternative"]]
        axes.set_yticks(range(len(rows)), labels)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_title(title_of(rows, language), loc="left", fontsize=9)
        axes.set_xlabel(word("more_than_none", language, unit=unit_of(rows, language)))
        note = word("budget_note", language, budget=money(rows["budget"].max(), language))
        annotate(figure, word("budget_question", language), source, note)
    return figure


def _bars(axes: Axes, rows: pd.DataFrame) -> None:
    short = rows["spend"].to_numpy() < SHORT * rows["budget"].to_numpy()
    for place, ((_, row), is_short) in enumerate(zip(rows.iterrows(), short, strict=True)):
        colour = COLOURS.get(row["alternative"], BLUE)
        axes.barh(place, row["effect"], 0.55, color=colour, hatch="///" if is_short else None, edgecolor="white")
        axes.errorbar(row["effect"], place, xerr=reach(row["effect"], row["low"], row["high"]), color=DARK, **POINT)
        end = np.nanmax([0.0, row["effect"], row["high"]])
        axes.annotate(_text(row), (end, place), (6, 0), textcoords="offset points", va="center", fontsize=8)
    axes.axvline(0, color=DARK, linewidth=0.8)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.set_xlim(right=np.nanmax([*rows["effect"], *rows["high"], 0.0]) * 1.35 or 1.0)
    thousands(axes.xaxis)


def _text(row: pd.Series) -> str:
    """The effect, and how many times it the package's is."""
    effect = amount(row["effect"], signed=True)
    if row["alternative"] == "package" or not np.isfinite(row["ratio"]):
        return effect
    spread = f" ({row['ratio_low']:.2f}–{row['ratio_high']:.2f})" if np.isfinite(row["ratio_low"]) else ""
    return f"{effect}   × {row['ratio']:.2f}{spread}"
