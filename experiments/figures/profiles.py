"""Whom only the whole package brings home: groups by trait, beside the cohort."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.laboratory_words import CLASSES, GROUPS, TRAITS, term
from experiments.figures.reading import amount
from experiments.figures.style import BLUE, GREY, VERMILION, annotate, legend, new_figure, styled
from experiments.figures.words import word

SHOWN = {"only_by_package": (VERMILION, "o"), "moved_by_one": (BLUE, "s")}
COLUMNS = 3


def draw(
    profiles: pd.DataFrame, classes: pd.DataFrame, names: Mapping[str, str], source: str, language: str = "en"
) -> Figure:
    """A panel for each trait: shares of the classes in SHOWN, and of the cohort."""
    traits = list(dict.fromkeys(profiles["trait"]))
    columns = min(COLUMNS, len(traits))
    grid = [traits[start : start + columns] for start in range(0, len(traits), columns)]
    groups = {trait: list(dict.fromkeys(profiles.loc[profiles["trait"] == trait, "group"])) for trait in traits}
    heights = [max(len(groups[trait]) for trait in line) + 0.8 for line in grid]
    with styled():
        figure = new_figure(9.2, 1.9 + 0.36 * sum(heights))
        panels = figure.subplots(len(grid), columns, squeeze=False, height_ratios=heights)
        for line, traits_of_line in zip(panels, grid, strict=True):
            for axes, trait in zip(line, traits_of_line, strict=False):
                _dots(axes, profiles[profiles["trait"] == trait], groups[trait], language)
            for axes in line[len(traits_of_line) :]:
                axes.set_axis_off()
        handles = [_handle(GREY, "|", word("whole_cohort", language))]
        handles += [_handle(*SHOWN[name], term(CLASSES, name, language)) for name in _there(profiles)]
        legend(figure, handles)
        note = word("profiles_note", language, counts=_counts(profiles, classes, language))
        annotate(figure, word("profiles_question", language), source, note)
    return figure


def _dots(axes: Axes, rows: pd.DataFrame, groups: list[str], language: str) -> None:
    """For each group the cohort's share and those of the classes, joined by a line."""
    for place, group in enumerate(groups):
        found = rows[rows["group"] == group].set_index("class")
        shares = [100 * float(found.loc[name, "share"]) for name in _there(found.reset_index())]
        cohort = 100 * float(found["cohort_share"].iloc[0])
        axes.plot([cohort, *shares[:1]], [place] * (1 + len(shares[:1])), color="#cccccc", linewidth=2, zorder=1)
        axes.plot(cohort, place, marker="|", color=GREY, markersize=11, markeredgewidth=2.4)
        for name, share in zip(_there(found.reset_index()), shares, strict=True):
            colour, marker = SHOWN[name]
            axes.plot(share, place, marker=marker, color=colour, markersize=5)
    axes.set_yticks(range(len(groups)), [term(GROUPS, str(group), language) for group in groups], fontsize=8)
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.set_xlim(0, 1.06 * axes.dataLim.x1 or 1.0)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=5)
    axes.set_title(term(TRAITS, str(rows["trait"].iloc[0]), language), loc="left", fontsize=9)
    axes.set_xlabel(word("share_axis", language), fontsize=8)


def _there(profiles: pd.DataFrame) -> list[str]:
    return [name for name in SHOWN if profiles.loc[profiles["class"] == name, "persons"].sum() > 0]


def _counts(profiles: pd.DataFrame, classes: pd.DataFrame, language: str) -> str:
    """How many persons are in each class that is shown, and how many a placebo puts there."""
    placebo = {} if classes.empty else classes.set_index("class")["placebo"].dropna().to_dict()
    texts = []
    for name in (name for name in SHOWN if name in set(profiles["class"])):
        rows = profiles[profiles["class"] == name]
        persons = rows.loc[rows["trait"] == rows["trait"].iloc[0], "persons"].sum()
        said = {"name": term(CLASSES, name, language), "persons": amount(round(persons))}
        if name in placebo:
            texts.append(word("class_placebo", language, **said, placebo=amount(round(placebo[name]))))
        else:
            texts.append(word("class_count", language, **said))
    return word("class_counts", language, counts=word("semicolon", language).join(texts))


def _handle(colour: str, marker: str, label: str) -> Line2D:
    return Line2D([], [], color=colour, marker=marker, linestyle="none", markersize=6, label=label)
