"""What the sensitivity figures share: which answers they show, a panel for each, parameters by name."""

import re
from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.laboratory_words import term
from experiments.figures.prior import parameter
from experiments.figures.reading import headline, title_of, unit_of
from experiments.figures.sensitivity_words import ANSWERS
from experiments.figures.style import annotate, legend, new_figure, styled, thousands
from experiments.figures.words import word, wrapped

RATIO = "multiplier"
CRITERION = re.compile(r"([a-z_]+)(>=|<=|>|<)(.+)")
SIGNS = {">=": "≥", "<=": "≤"}
LOPSIDED = 0.35
LABEL = 24  # letters of a line of a parameter's name


def shown(rows: pd.DataFrame, column: str) -> list[str]:
    """Two answers at most: the level, and the multiplier or, where it has no number, the excess or the effect."""
    there = [
        name for name in dict.fromkeys(rows["quantity"]) if rows.loc[rows["quantity"] == name, column].notna().any()
    ]
    second = next((name for name in (RATIO, "excess", "effect") if name in there), None)
    return [name for name in ("value", second) if name in there]


def answer(quantity: str, rows: pd.DataFrame, language: str) -> str:
    """An answer by name, with its unit."""
    name = term(ANSWERS, quantity, language)
    return name if quantity == RATIO else word("answer_unit", language, answer=name, unit=unit_of(rows, language))


def criterion(text: str, language: str) -> str:
    """A criterion such as `excess>0` with its quantity by name."""
    found = CRITERION.fullmatch(text)
    if found is None:
        return text
    return f"{term(ANSWERS, found[1], language)} {SIGNS.get(found[2], found[2])} {found[3]}"


def is_logarithmic(values: pd.Series) -> bool:
    """Whether worlds were drawn evenly in a parameter's logarithm: then their median is far below the middle."""
    low, high = values.min(), values.max()
    return bool(low > 0 and high >= 10 * low and values.median() < LOPSIDED * (low + high))


def panels(
    table: pd.DataFrame,
    column: str,
    question: str,
    note: str,
    source: str,
    language: str,
    draw: Callable[[Axes, pd.DataFrame, Sequence[str]], None],
    handles: Callable[[], Sequence[object]] = lambda: (),
) -> Figure:
    """A panel for each answer of the headline outcome, parameters in one order, the strongest by `column` on top."""
    rows = headline(table)
    names = shown(rows, column)
    order = _order(rows[rows["quantity"].isin(names)], column)
    with styled():
        figure = new_figure(8.6, 2.3 + 0.42 * len(order))
        axes = figure.subplots(1, max(len(names), 1), sharey=True, squeeze=False)[0]
        for place, name in zip(axes, names, strict=False):
            draw(place, rows[rows["quantity"] == name], order)
            place.set_title(answer(name, rows, language), loc="left", fontsize=9)
            place.axvline(0, color="#222222", linewidth=0.8)
            place.grid(axis="x")
            place.grid(visible=False, axis="y")
            place.locator_params(axis="x", nbins=5)
            if rows.loc[rows["quantity"] == name, column].abs().max() >= 1000:
                thousands(place.xaxis)
        axes[0].set_yticks(range(len(order)), [wrapped(parameter(key, language), LABEL) for key in order], fontsize=8)
        axes[0].set_ylim(len(order) - 0.4, -0.6)
        if not names:
            axes[0].set_axis_off()
        legend(figure, list(handles()), title_of(rows, language))  # type: ignore[arg-type]
        annotate(figure, question, source, note)
    return figure


def _order(rows: pd.DataFrame, column: str) -> list[str]:
    """The parameters by their largest share of the strongest one's, over the answers."""
    sizes = rows.assign(size=rows[column].abs()).groupby(["quantity", "parameter"], sort=False)["size"].max()
    shares = sizes / sizes.groupby("quantity").transform("max")
    strongest = shares.groupby("parameter", sort=False).max().fillna(0.0)
    return [str(name) for name in strongest.sort_values(ascending=False, kind="stable").index]
