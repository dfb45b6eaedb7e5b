"""The multiplier over the prior of the parameters that no data fix, and what drives it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.laboratory_words import PARAMETERS, QUANTITIES, term
from experiments.figures.reading import amount, headline, title_of, unit_of
from experiments.figures.style import BLUE, DARK, GREY, ORANGE, POINT, annotate, legend, new_figure, reach, styled
from experiments.figures.words import word, wrapped

FEWEST = 0.5  # of the draws need a multiplier; else the excess is shown, which every draw has
BINS = 24


def parameter(key: str, language: str) -> str:
    """A parameter's name, or its key where it has none here."""
    short = key.removeprefix("parameters.")
    return term(PARAMETERS, short, language) if short in PARAMETERS else short


def draw(
    prior: pd.DataFrame,
    summary: pd.DataFrame,
    drivers: pd.DataFrame,
    names: Mapping[str, str],
    source: str,
    language: str = "en",
) -> Figure:
    """The distribution over the draws beside the drivers; headline outcome at the longest horizon."""
    rows = headline(prior)
    first = rows.iloc[0]
    quantity = "multiplier" if rows["multiplier"].notna().mean() >= FEWEST else "excess"
    summary, drivers = (_same(table, first) for table in (summary, drivers))
    with styled():
        figure = new_figure(9.0, 4.4)
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        _distribution(left, rows[quantity].dropna().to_numpy(), quantity, rows, language)
        _heading(left, summary, quantity, language)
        _drivers(right, drivers, quantity, language)
        legend(figure, [], title_of(rows, language))
        count, there = len(rows), int(rows["multiplier"].isna().sum())
        missing = word("prior_missing", language, count=there, all=count) if there else ""
        note = word("prior_note", language, quantity=term(QUANTITIES, quantity, language), missing=missing)
        annotate(figure, word("prior_question", language), source, note)
    return figure


def _same(table: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """The rows of the same outcome and horizon."""
    if table.empty:
        return table
    return table[(table["outcome"] == row["outcome"]) & (table["horizon"] == row["horizon"])]


def _distribution(axes: Axes, values: np.ndarray, quantity: str, rows: pd.DataFrame, language: str) -> None:
    """A histogram with the median, the middle 95 % and the line at 1, or 0 for the excess."""
    low, middle, high = np.quantile(values, [0.025, 0.5, 0.975])
    axes.hist(values, bins=min(BINS, max(5, len(values) // 3)), color=BLUE, edgecolor="white", linewidth=0.5)
    axes.axvspan(low, high, color=GREY, alpha=0.25, linewidth=0, zorder=0)
    axes.axvline(middle, color=ORANGE, linewidth=2)
    neutral = 1.0 if quantity == "multiplier" else 0.0
    axes.axvline(neutral, color=DARK, linewidth=1, linestyle="--")
    label = term(QUANTITIES, quantity, language)
    unit = "" if quantity == "multiplier" else f" ({unit_of(rows, language)})"
    axes.set_xlabel(label + unit)
    axes.set_ylabel(word("draws_axis", language))
    axes.locator_params(axis="y", integer=True)


def _heading(axes: Axes, summary: pd.DataFrame, quantity: str, language: str) -> None:
    """Median, interval and probability from the summary, above the histogram."""
    if summary.empty or quantity not in set(summary["quantity"]):
        return
    row = summary[summary["quantity"] == quantity].iloc[0]
    lines = [word("median", language, value=amount(row["median"]), low=amount(row["low"]), high=amount(row["high"]))]
    if np.isfinite(row["probability_above_one"]):
        key = "above_one" if quantity == "multiplier" else "above_zero"
        lines.append(word(key, language, value=f"{row['probability_above_one']:.2f}"))
    axes.set_title("\n".join(lines), loc="left", fontsize=9)


def _drivers(axes: Axes, drivers: pd.DataFrame, quantity: str, language: str) -> None:
    """Rank correlations with intervals, the strongest at the top."""
    rows = drivers[drivers["quantity"] == quantity] if "quantity" in drivers else drivers
    if rows.empty:
        axes.set_axis_off()
        return
    rows = rows.iloc[np.argsort(-rows["rank_correlation"].abs().to_numpy(), kind="stable")]
    values = rows["rank_correlation"]
    axes.errorbar(values, range(len(rows)), xerr=reach(values, rows["low"], rows["high"]), fmt="o", color=BLUE, **POINT)
    axes.set_yticks(range(len(rows)), [wrapped(parameter(key, language), 22) for key in rows["parameter"]], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-1.05, 1.05)
    axes.axvline(0, color=DARK, linewidth=0.8)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(word("rank_axis", language, quantity=term(QUANTITIES, quantity, language)))
