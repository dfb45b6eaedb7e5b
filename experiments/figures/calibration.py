"""The figures of `guiyan calibrate`: what the data say of each parameter, and the fit."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.figures.prior import parameter
from experiments.figures.style import BLUE, DARK, GREY, ORANGE, VERMILION, annotate, legend, new_figure, styled
from experiments.figures.words import source_line, word, wrapped

COLOURS = {"identified": BLUE, "weakly": ORANGE, "silent": GREY}
LONGEST = 58  # letters of a figure's name on a line
MARKERS = {"identified": "o", "weakly": "s", "silent": "D"}


def source_of(place: str, scale: int, seeds: int, language: str) -> str:
    """What the numbers come from."""
    return source_line(place, seeds, scale, language)


def draw_parameters(parameters: pd.DataFrame, source: str, language: str = "en") -> Figure:
    """Posterior intervals within the prior, the best known at the top; columns as the table `parameters`."""
    rows = parameters.iloc[np.argsort(-parameters["contraction"].to_numpy(), kind="stable")]
    with styled():
        figure = new_figure(8.2, 1.9 + 0.27 * len(rows))
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
        for place, (_, row) in enumerate(rows.iterrows()):
            colour = COLOURS[row["says"]]
            left.plot([0, 1], [place, place], color="#dddddd", linewidth=5, solid_capstyle="butt", zorder=1)
            left.plot([row["low_share"], row["high_share"]], [place, place], color=colour, linewidth=5, alpha=0.75,
                      solid_capstyle="butt", zorder=2)  # fmt: skip
            left.plot(row["median_share"], place, MARKERS[row["says"]], color=DARK, markersize=4, zorder=3)
            right.barh(place, max(row["contraction"], 0.0), color=colour, height=0.6)
        left.set_yticks(range(len(rows)), [parameter(key, language) for key in rows["parameter"]], fontsize=8)
        left.set_ylim(len(rows) - 0.4, -0.6)
        left.set_xlim(0, 1)
        left.set_xlabel(word("prior_share_axis", language))
        right.set_xlim(0, 1)
        right.set_xlabel(word("contraction_axis", language))
        for axes in (left, right):
            axes.grid(axis="x")
            axes.grid(visible=False, axis="y")
        legend(figure, _handles(language))
        annotate(figure, word("identifiability_question", language), source, word("identifiability_note", language))
    return figure


def _handles(language: str) -> list[Patch]:
    return [Patch(color=colour, label=word(f"says_{name}", language)) for name, colour in COLOURS.items()]


def draw_fit(fit: pd.DataFrame, source: str, language: str = "en") -> Figure:
    """Every figure's distance from the data in its own standard deviations: prior, posterior; as the table `fit`."""
    with styled():
        figure = new_figure(8.2, 1.9 + 0.24 * len(fit))
        axes = figure.subplots()
        axes.axvspan(-1, 1, color=GREY, alpha=0.25, linewidth=0)
        for place, (_, row) in enumerate(fit.iterrows()):
            _one(axes, place, row)
        names = fit["figure_zh"] if language == "zh" else fit["figure"]
        axes.set_yticks(
            range(len(fit)),
            [wrapped(f"{name}, {years}", LONGEST) for name, years in zip(names, fit["years"], strict=True)],
            fontsize=8,
        )
        axes.set_ylim(len(fit) - 0.4, -0.6)
        axes.axvline(0, color=DARK, linewidth=0.8)
        axes.set_xlim(-6, 6)
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(word("fit_axis", language))
        handles = [
            Line2D([], [], color=GREY, linewidth=2, label=word("fit_prior", language)),
            Line2D([], [], color=BLUE, linewidth=4, marker="o", markersize=4, label=word("fit_posterior", language)),
            Line2D([], [], color=VERMILION, linewidth=4, marker="X", markersize=6, label=word("fit_missed", language)),
        ]
        legend(figure, handles)
        annotate(figure, word("fit_question", language), source, word("fit_note", language))
    return figure


def _one(axes: Axes, place: int, row: pd.Series) -> None:
    """A figure's line: prior thin, posterior thick, its mean as a mark; a miss in another colour and mark."""
    spread = float(np.hypot(row["error"], row["discrepancy"]))

    def distance(name: str) -> float:
        return float(np.clip((row[name] - row["data"]) / spread, -6, 6))

    is_missed = row["within"] is False or row["within"] == False  # noqa: E712  (numpy's, and missing is neither)
    colour, mark = (VERMILION, "X") if is_missed else (BLUE, "o")
    axes.plot([distance("prior_low"), distance("prior_high")], [place, place], color=GREY, linewidth=1.2)
    axes.plot([distance("model_low"), distance("model_high")], [place, place], color=colour, linewidth=4, alpha=0.7)
    axes.plot(distance("model"), place, mark, color=colour, markersize=5)
