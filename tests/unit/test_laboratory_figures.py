"""The laboratory's figures say what its tables say, in both languages, and nothing in them covers anything else."""

import itertools
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text

from experiments.figures import laboratory, laboratory_words, notes, reading, style, words
from experiments.figures.interactions import MOST as MOST_PAIRS
from tests.unit import laboratory_tables as made
from tests.unit.test_figures import shown

SOURCE = {
    language: words.source_line(place, 32, 100, language) for language, place in (("en", "Here"), ("zh", "昭通市"))
}
MORE = ("training", "credit", "industry", "services", "community")
FIVE = {"en": {"community": "Community"}, "zh": {"community": "社区融入"}}
COUNTIES = {
    "en": {"zhaoyang": "Zhaoyang", "ludian": "Ludian", "qiaojia": "Qiaojia"},
    "zh": {"zhaoyang": "昭阳区", "ludian": "鲁甸县", "qiaojia": "巧家县"},
}
WHERE = laboratory.Source.of("Zhaotong", 50, 64, {"training_seeds": 4, "populations": 2, "prior": {"seeds": 3}})
TABLES = {2: made.tables(MORE[:2]), 3: made.tables(), 5: made.tables(MORE)}
UNITS = {"en": r"persons|ratio|%|probability|multiple", "zh": r"人|比值|%|抽样|倍数"}


def names(language: str) -> dict[str, str]:
    """Packages and counties by id."""
    return made.NAMES[language] | FIVE[language] | COUNTIES[language]


def draw(name: str, tables: dict[str, pd.DataFrame], language: str = "en") -> Figure:
    """One figure from tables."""
    entry = laboratory.FIGURES[name]
    given = [tables.get(table, pd.DataFrame()) for table in (*entry.needs, *entry.uses)]
    return entry.draw(*given, names(language), SOURCE[language], language)


def texts(figure: Figure) -> str:
    """All texts, without breaks and blanks."""
    return "\n".join(text.get_text() for text in figure.findobj(Text)).replace("\n", "").replace(" ", "")


def ends(figure: Figure) -> set[tuple[float, float]]:
    """Both ends of every interval that is drawn, along its own axis."""
    found = set()
    for container in (one for axes in figure.axes for one in axes.containers if isinstance(one, ErrorbarContainer)):
        for lines in container[2]:
            for start, end in lines.get_segments():
                axis = 0 if start[1] == end[1] and start[0] != end[0] else 1
                found.add((round(float(start[axis]), 6), round(float(end[axis]), 6)))
    return found


@pytest.mark.parametrize(("count", "language"), [(3, "en"), (3, "zh"), (5, "en"), (2, "zh")])
@pytest.mark.parametrize("name", laboratory.FIGURES)
def test_texts_cover_nothing_and_stay_inside(name: str, count: int, language: str) -> None:
    with warnings.catch_warnings(), style.styled():
        warnings.simplefilter("error")  # a glyph that no font has is a warning
        figure = draw(name, TABLES[count], language)
        figure.canvas.draw()
    boxes = {}
    for text in shown(figure):
        box = text.get_window_extent()
        assert figure.bbox.x0 - 1 <= box.x0 and box.x1 <= figure.bbox.x1 + 1, f"{text.get_text()!r} is cut off"
        assert figure.bbox.y0 - 1 <= box.y0 and box.y1 <= figure.bbox.y1 + 1, f"{text.get_text()!r} is cut off"
        boxes[text] = box
    for one, other in itertools.combinations(boxes, 2):
        a, b = boxes[one], boxes[other]
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1 or high <= 1, f"{one.get_text()!r} covers {other.get_text()!r}"
    for legend in figure.legends:
        for axes in figure.axes:
            assert not legend.get_window_extent().overlaps(axes.get_window_extent()), "the legend covers the data"


@pytest.mark.parametrize("language", style.LANGUAGES)
@pytest.mark.parametrize("name", laboratory.FIGURES)
def test_readable_without_the_text(name: str, language: str) -> None:
    figure = draw(name, TABLES[3], language)
    found = texts(figure)
    assert figure.get_suptitle().endswith("?" if language == "en" else "？")
    assert SOURCE[language].replace(" ", "") in found
    assert re.search(UNITS[language], found)
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert bool(chinese.search(found)) == (language == "zh")


def test_words_exist_in_both_languages() -> None:
    tables = [value for name, value in vars(laboratory_words).items() if name.isupper()]
    assert len(tables) >= 10
    for key, (english, chinese) in (item for table in tables for item in table.items()):
        assert english.isascii() or "×" in english, key
        assert re.search(r"[\u3000-\uffef]", chinese) or not re.search("[a-z]", re.sub(r"{\w+}", "", chinese)), key
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese)), key


def test_waterfall_steps_lead_to_the_effect() -> None:
    axes = draw("waterfall", TABLES[3]).axes[0]
    *steps, total = axes.patches
    rows = TABLES[3]["interactions"].query("kind == 'dividend' and outcome == 'return' and horizon == 60 and order > 0")
    assert sorted(bar.get_width() for bar in steps) == pytest.approx(sorted(rows["value"]))
    edges = [bar.get_x() + bar.get_width() for bar in steps]
    assert [bar.get_x() for bar in steps[1:]] == pytest.approx(edges[:-1])  # each begins where the last ended
    effect = made.effect(made.PACKAGES, made.PACKAGES)
    assert edges[-1] == pytest.approx(effect) and total.get_x() == 0 and total.get_width() == pytest.approx(effect)
    many = draw("waterfall", TABLES[5])
    assert many.axes[0].patches[-1].get_width() == pytest.approx(made.effect(MORE, MORE))
    assert "all10combinationsof2" in texts(many)


def test_interaction_lines_are_cells_and_the_dashed_one_their_sum() -> None:
    axes = draw("interactions", TABLES[3]).axes[1]  # training by credit
    dashed = next(line for line in axes.lines if line.get_linestyle() == "--")
    first, second = (made.effect((name,), made.PACKAGES) for name in ("training", "credit"))
    assert list(dashed.get_ydata()) == pytest.approx([first, first + second])
    absent, present = (list(container[0].get_ydata()) for container in axes.containers)
    assert absent == pytest.approx([0, second])
    assert present == pytest.approx([first, made.effect(("training", "credit"), made.PACKAGES)])
    figure = draw("interactions", TABLES[5])
    assert len([axes for axes in figure.axes if axes.axison]) == 1 + MOST_PAIRS
    assert "7of10pairs" in texts(figure)


def test_multiplier_is_shown_with_its_controls_or_why_there_is_none() -> None:
    figure = draw("multiplier", TABLES[3])
    rows = TABLES[3]["estimands"].query("quantity in ['multiplier', 'scale_control', 'null_multiplier', 'sham']")
    wanted = {(round(row.low, 6), round(row.high, 6)) for row in rows.dropna().itertuples()}
    assert ends(figure) == wanted
    outcomes = list(made.UNITS)
    ratios = figure.axes[2 * outcomes.index("quality_return")]
    drawn = {container[0].get_marker() for container in ratios.containers}
    assert drawn == {"s", "D"}  # neither the multiplier nor the null's
    said = [text.get_text() for text in figure.axes[2 * outcomes.index("quality_return") + 1].texts]
    assert all("n/a: effect of Credit alone not above 0" in text for text in said) and len(said) == 3
    excess = TABLES[3]["estimands"].query("quantity == 'excess' and outcome == 'quality_return' and horizon == 60")
    assert f"+{excess['value'].iloc[0]:,.0f} " in said[-1] and "persons" in said[-1]
    assert texts(figure).count("n/a:e") == 3  # and nowhere else


def test_intervals_beyond_the_axis_end_in_an_arrow() -> None:
    table = TABLES[3]["estimands"].query("outcome == 'return'").copy()
    wide = (table["quantity"] == "sham") & (table["horizon"] == 60)
    table.loc[wide, ["low", "high"]] = -40.0, 40.0
    axes = draw("multiplier", {"estimands": table}).axes[0]
    assert [line.get_marker() for line in axes.lines if line.get_marker() in (4, 5)] == [4, 5]
    assert axes.get_xlim() == (-1.0, 5.0)


def test_doses_mark_what_was_found_and_say_what_was_not() -> None:
    figure = draw("dose_response", TABLES[3])
    dotted = [[line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"] for axes in figure.axes]
    doses = TABLES[3]["doses"].dropna()
    assert [len(one) for one in dotted] == [2, 1, 2]
    assert sorted(itertools.chain(*dotted)) == pytest.approx(sorted(doses["half_marginal_dose"]))
    assert "Wherenodottedlinestands" in texts(figure)
    assert "0.55(0.43" in texts(figure)
    plain = draw("dose_response", {"dose_response": TABLES[3]["dose_response"]})
    assert "elasticityalone" not in texts(plain)


def test_budget_bars_hatch_what_cannot_absorb_the_budget() -> None:
    axes = draw("equal_budget", TABLES[3]).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()][:2] == ["best mix of doses", "the package"]
    hatched = [place for place, bar in enumerate(axes.patches) if bar.get_hatch()]
    assert [axes.get_yticklabels()[place].get_text() for place in hatched] == ["Credit alone"]
    rows = reading.headline(TABLES[3]["budget"])
    assert sorted(bar.get_width() for bar in axes.patches) == pytest.approx(sorted(rows["effect"]))
    assert "2,400 million yuan" in reading.money(2.4e9, "en") and reading.money(2.4e9, "zh") == "24亿元"


def test_frontier_joins_the_efficient_points() -> None:
    axes = draw("frontier", TABLES[3]).axes[0]
    best = TABLES[3]["frontier"].query("is_efficient")
    line = axes.lines[0]
    assert list(line.get_xdata()) == pytest.approx(list(best["spend"] / 1e6))
    assert list(line.get_ydata()) == pytest.approx(list(best["effect"]))


def test_profiles_are_shares_in_per_cent() -> None:
    axes = draw("profiles", TABLES[3]).axes[4]  # sex
    rows = TABLES[3]["profiles"].query("trait == 'sex'").set_index(["class", "group"])
    single = [line for line in axes.lines if len(line.get_xdata()) == 1]
    points = {(line.get_marker(), *line.get_ydata()): line.get_xdata()[0] for line in single}
    assert points["|", 0] == pytest.approx(100 * rows.loc[("never", "female"), "cohort_share"])
    assert points["o", 1] == pytest.approx(100 * rows.loc[("only_by_package", "male"), "share"])


def test_patterns_mark_smallest_sets() -> None:
    rows = [
        ("00000001", "only_by_package", "training+credit+industry", 12.0),
        ("01010111", "moved_by_one", "training;credit+industry", 9.0),
        ("other", "mixed", "", 4.0),
        ("11111111", "always", "none", 70.0),
    ]
    patterns = pd.DataFrame(rows, columns=["pattern", "class", "minimal_sets", "persons"])
    figure = draw("patterns", {"patterns": patterns, "cells": TABLES[3]["cells"]})
    bars, matrix = figure.axes
    assert [bar.get_height() for bar in bars.patches] == [12.0, 9.0]
    labels = [label.get_text() for label in matrix.get_yticklabels()]
    dots = {(int(line.get_xdata()[0]), labels[int(line.get_ydata()[0])]): line.get_color() for line in matrix.lines}
    dark = {place for place, colour in dots.items() if colour == style.DARK}
    assert dark == {(0, "Training + Credit + Industry"), (1, "Training"), (1, "Credit + Industry")}
    assert dots[1, "Training + Credit"] != "white" and dots[1, "Credit"] == "white"
    assert "70personsineveryworld,0innoworld" in texts(figure)


def test_prior_shows_the_excess_where_few_draws_have_a_multiplier() -> None:
    draws = TABLES[3]["prior"].copy()
    assert "8of64drawshavenomultiplier" in texts(draw("prior", TABLES[3]))
    draws.loc[draws["draw"] > 9, "multiplier"] = np.nan
    figure = draw("prior", {**TABLES[3], "prior": draws})
    assert figure.axes[0].get_xlabel() == "excess (persons)"
    assert sum(bar.get_height() for bar in figure.axes[0].patches if bar.get_zorder() > 0) == len(draws) / 6
    assert not figure.axes[1].containers  # the drivers given are the multiplier's


def test_map_shows_every_village_and_known_ties() -> None:
    lost = pd.DataFrame([("village 0", "elsewhere", "kin")], columns=["source", "target", "kind"])
    figure = draw("village_map", {"villages": TABLES[3]["villages"], "ties": pd.concat([TABLES[3]["ties"], lost])})
    lines, circles = figure.axes[0].collections
    assert len(lines.get_segments()) == len(TABLES[3]["ties"]) and len(circles.get_offsets()) == 300
    assert max(circles.get_array()) == pytest.approx(100 * TABLES[3]["villages"]["value"].max())


def test_figures_are_those_whose_tables_are_there() -> None:
    some = {name: TABLES[2][name] for name in ("cells", "shapley")} | {"budget": TABLES[2]["budget"][:0]}
    files = laboratory.figures_of(some, names("en"), WHERE)
    assert set(files) == {"interactions", "shapley"}
    assert set(files["shapley"]) == {"png", "svg", "pdf"} and files["shapley"]["png"].startswith(b"\x89PNG")
    again = laboratory.figures_of({"shapley": TABLES[2]["shapley"]}, names("en"), WHERE)
    assert again["shapley"] == files["shapley"]


@pytest.mark.parametrize(
    ("note", "english", "chinese"),
    [
        ("effect of training, credit alone not above 0", "effect of Training and Credit alone not above 0",
         "仅技能培训、金融信贷的效果不显著大于0"),
        ("training alone; cannot absorb the budget", "Training alone; cannot absorb the budget",
         "仅技能培训；无法用完该预算"),
        ("chosen for return after 60 months", "chosen for Returned home after 60 months", "按60个月后的“返乡”选定"),
        ("training 0.940; credit 1.020", "Training 0.940; Credit 1.020", "技能培训0.940；金融信贷1.020"),
        ("something new", "something new", "something new"),
        ("", "not defined here", "此处无定义"),
        (np.nan, "not defined here", "此处无定义"),
    ],
)  # fmt: skip
def test_notes_in_both_languages(note: object, english: str, chinese: str) -> None:
    assert notes.reason(note, names("en"), "en") == english
    assert notes.reason(note, names("zh"), "zh") == chinese


@pytest.mark.parametrize(
    ("value", "written"),
    [(1234.5, "1,234"), (-1234.5, "\u22121,234"), (12.34, "12.3"), (5.0, "5"), (1e-12, "0"), (np.nan, "-")],
)
def test_amounts(value: float, written: str) -> None:
    assert reading.amount(value) == written


def test_a_figure_says_its_own_number_of_seeds() -> None:
    seeds = {"shapley": 64, "equal_budget": 64, "frontier": 8, "prior": 6}
    for figure, count in seeds.items():
        assert f"mean over {count} seeds" in WHERE.line(figure, "en")
    assert "mean over 64 seeds" in laboratory.Source.of("Zhaotong", 50, 64, {}).line("frontier", "en")


def test_the_placebo_stands_beside_the_class() -> None:
    classes = TABLES[3]["classes"].copy()
    classes.loc[classes["class"] == "only_by_package", "placebo"] = 1234.0
    figure = draw("profiles", {"profiles": TABLES[3]["profiles"], "classes": classes})
    assert "(placebo1,234)" in texts(figure)


def test_a_class_without_anybody_is_said_and_not_drawn() -> None:
    table = TABLES[3]["profiles"].copy()
    empty = table["class"] == "only_by_package"
    table.loc[empty, "persons"], table.loc[empty, "share"] = 0.0, np.nan
    figure = draw("profiles", {"profiles": table})
    assert "ittakesthewholepackage0;" in texts(figure)
    assert "o" not in {line.get_marker() for axes in figure.axes for line in axes.lines}


def test_nothing_happening_is_drawn_too() -> None:
    """A tiny world: no effect, no interval, nobody moved, no multiplier, one village."""
    tables = {}
    for name, table in made.tables().items():
        numbers = table.select_dtypes("float").columns.difference(
            ["horizon", "factor", "first_factor", "second_factor"]
        )
        tables[name] = table.assign(**dict.fromkeys(numbers, 0.0))
    for name in ("estimands", "cells", "shapley"):
        bounds = [column for column in tables[name] if column.endswith(("low", "high"))]
        tables[name][bounds] = np.nan
    tables["patterns"] = tables["patterns"][:2]
    tables["villages"] = tables["villages"][:1]
    tables["prior"]["multiplier"] = np.nan
    with warnings.catch_warnings(), style.styled():
        warnings.simplefilter("error")
        for name, figure in laboratory.drawn(tables, names("zh"), WHERE, "zh"):
            figure.canvas.draw()
            assert figure.get_suptitle(), name
