"""Figures say what the tables say, in both languages, and nothing in them covers anything else."""

import itertools
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from experiments.compare import effects, multipliers
from experiments.figures import packages, places, series, style, words

NAMES = {
    "en": {"training": "Skills training", "credit": "Start-up credit", "industry": "Industry support"},
    "zh": {"training": "技能培训", "credit": "金融信贷", "industry": "产业配套"},
}
PLACES = {"en": "Zhaotong", "zh": "昭通市"}
SINGLES = ["training", "credit", "industry"]
WHOLE = "training+credit+industry"
PAIRS = ["training+credit", "training+industry", "credit+industry"]
SIZES = {
    "baseline": 0, "training": 9000, "credit": -2500, "industry": 14000, WHOLE: 41000,
    "training+credit": 8000, "training+industry": 21000, "credit+industry": 12500,
}  # fmt: skip


def compared(arms: list[str], seeds: int = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Effects and multipliers of arms with the effects of SIZES, a little noise over the seeds."""
    generator = np.random.default_rng(5)
    indicators = ["cohort_returned", "cohort_founded", "cohort_good_returnees"]
    indicators += ["cohort_at_home", "cohort_owners", "cohort_jobs", "cohort"]
    rows = [
        (arm, seed, 71, "all", indicator, 300_000 + SIZES[arm] + generator.normal(0, 700))
        for arm in ["baseline", *arms]
        for seed in range(seeds)
        for indicator in indicators
    ]
    table = pd.DataFrame(rows, columns=["scenario", "seed", "month", "dimension", "indicator", "value"])
    found = (table.assign(month=month) for month in (23, 47, 71))
    outcomes = pd.concat(found)
    return effects(outcomes, 12, 72), multipliers(outcomes, 12, 72)


def package_figure(arms: list[str], language: str, seeds: int = 4) -> Figure:
    """The figure of a comparison."""
    source = words.source_line(PLACES[language], seeds, 50, language)
    return packages.draw(*compared(arms, seeds), NAMES[language], source, language)


def course(months: int) -> pd.DataFrame:
    """Outcomes of a run: shares of ten thousand workers, returns with a festival."""
    shares = dict(zip(series.STATUSES, (0.37, 0.14, 0.15, 0.02, 0.2, 0.07, 0.03, 0.02), strict=True))
    values = {"workers": 1.0, **shares, "returns_active": 0.01, "returns_passive": 0.03}
    rows = [
        (seed, month, "all", name, 10_000 * value * (1 + 0.5 * (name.startswith("returns") and month % 12 == 0)))
        for seed in (1, 2)
        for month in range(months)
        for name, value in values.items()
    ]
    return pd.DataFrame(rows, columns=["seed", "month", "dimension", "indicator", "value"])


def series_figure(months: int, language: str, observed: bool = True) -> Figure:
    """The figure of a run."""
    points = [(2020, "out_province", 0.37), (2020, "in_province", 0.5)]
    table = pd.DataFrame(points, columns=["year", "boundary", "share"]) if observed else None
    source = words.source_line(PLACES[language], 2, 3000, language)
    return series.draw(course(months), 240, [0, 12], source, table, 12 if months > 12 else None, language)


FIGURES = {
    "one package": lambda language: package_figure([*SINGLES, WHOLE], language),
    "four packages": lambda language: package_figure([*SINGLES, WHOLE, *PAIRS], language),
    "one seed": lambda language: package_figure([*SINGLES, WHOLE], language, seeds=1),
    "arms alone": lambda language: package_figure([*SINGLES, "training+credit+industry"][:3], language),
    "package without its parts": lambda language: package_figure([WHOLE, "training+credit"], language),
    "six years": lambda language: series_figure(72, language),
    "six months": lambda language: series_figure(6, language, observed=False),
}


def shown(figure: Figure) -> list[Text]:
    """Every text that is drawn."""
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    hidden = []
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            outside = not low <= tick.get_loc() <= high or not axis.axes.axison
            hidden += [tick.label1, tick.label2] if outside else [tick.label2]
    return [text for text in texts if text not in hidden]


@pytest.mark.parametrize("language", style.LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_texts_cover_nothing_and_stay_inside(name: str, language: str) -> None:
    with warnings.catch_warnings(), style.styled():
        warnings.simplefilter("error")  # a glyph that no font has is a warning
        figure = FIGURES[name](language)
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
    for axes in figure.axes:
        legend = axes.get_legend()
        if legend is not None and axes.patches and axes.axison:
            assert not legend.get_window_extent().overlaps(axes.get_window_extent()), "the legend covers the data"


@pytest.mark.parametrize("language", style.LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_readable_without_the_text(name: str, language: str) -> None:
    figure = FIGURES[name](language)
    text = "\n".join(text.get_text() for text in figure.findobj(Text)).replace("\n", "").replace(" ", "")
    units = {"en": ("persons", "?", "Simulated:"), "zh": ("人", "？", "模拟")}[language]
    for word in (*units, PLACES[language], "seed" if language == "en" else "随机种子"):
        assert word.replace(" ", "") in text
    assert re.search("standsfor(50|3,000)persons|代表(50|3,000)人", text)


def test_words_exist_in_both_languages() -> None:
    for key, (english, chinese) in words.WORDS.items():
        assert english.isascii() or "×" in english, key
        assert any(ord(character) > 0x3000 for character in chinese), key


def test_bars_are_the_tables() -> None:
    table, ratios = compared([*SINGLES, WHOLE])
    figure = packages.draw(table, ratios, NAMES["en"], "", "en")
    for axes, outcome in zip(figure.axes, packages.PANELS, strict=False):
        row = ratios[(ratios["outcome"] == outcome) & (ratios["horizon"] == 60)].iloc[0]
        *parts, package = axes.patches
        heights = dict(zip(SINGLES, parts, strict=True))
        for single, bar in heights.items():
            assert abs(bar.get_height()) == pytest.approx(abs(row[f"effect_of_{single}"]))
        assert heights["credit"].get_y() == 0 > heights["credit"].get_height()  # hangs below 0
        assert heights["industry"].get_y() == pytest.approx(row["effect_of_training"])  # stands on training
        assert package.get_height() == pytest.approx(row["package_effect"])
        assert f"{table[table['outcome'] == outcome]['baseline'].iloc[-1]:,.0f}" in axes.get_title(loc="left")


def test_multiplier_is_written_only_where_it_is_a_number() -> None:
    def ratios(figure: Figure) -> list[str]:
        return [text.get_text() for axes in figure.axes for text in axes.texts if text.get_text().startswith("×")]

    assert ratios(package_figure([*SINGLES, WHOLE], "en")) == ["× n/a"] * 3  # credit alone does harm
    table, numbers = compared(["training", "industry", "training+industry"])
    written = ratios(packages.draw(table, numbers, NAMES["en"], "", "en"))
    found = numbers[(numbers["outcome"] == "return") & (numbers["horizon"] == 60)].iloc[0]
    low, high = found["multiplier_low"], found["multiplier_high"]
    assert written[0] == f"× {found['multiplier']:.2f}\n{low:.2f}–{high:.2f}"


def test_areas_fill_the_whole_and_points_lie_where_observed() -> None:
    figure = series_figure(72, "en")
    upper = figure.axes[0]
    tops = [collection.get_paths()[0].vertices[:, 1].max() for collection in upper.collections]
    assert tops[0] == pytest.approx(37) and tops[1] == pytest.approx(51) and tops[-1] == pytest.approx(100)
    points = {(line.get_xdata()[0], line.get_ydata()[0]) for line in upper.lines if line.get_marker() == "o"}
    assert points == {(2020.5, 37.0), (2020.5, 50.0)}


def test_files_are_real_and_the_same_each_time() -> None:
    first, second = (style.render(series_figure(30, "zh")) for _ in range(2))
    assert first == second
    assert first["png"].startswith(b"\x89PNG") and first["pdf"].startswith(b"%PDF") and b"<svg" in first["svg"][:2000]


def test_chinese_lines_do_not_begin_with_a_stop() -> None:
    lines = words.wrapped(words.word("packages_note", "zh") * 3, 40).split("\n")
    assert len(lines) > 5 and not any(line[0] in words.NOT_FIRST for line in lines)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_places_are_points_of_the_table_in_order_of_their_effect(language: str) -> None:
    rows = [
        (place, outcome, 60, effect, effect - 5.0, effect + 5.0)
        for outcome in places.PANELS
        for place, effect in (("low", -3.0), ("high", 40.0))
    ]
    effects = pd.DataFrame(rows, columns=["place", "outcome", "horizon", "effect", "low", "high"])
    has = pd.DataFrame([{"place": "low", **dict.fromkeys(places.HAVE, 2.0)}, {"place": "high"}])
    figure = places.draw(effects, has, {"low": "Low", "high": "High"}, "", language)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["High", "Low"]
    for axes in figure.axes[: len(places.PANELS)]:
        assert axes.lines[0].get_xdata().tolist() == [40.0, -3.0]
    numbers = {text.get_text() for text in figure.axes[-1].texts}
    assert numbers == {"–", "2", "2.0", "2.00"}  # what is not known is a dash
