"""Sensitivity on functions whose answer is known: Ishigami, a planted box, planted multipliers, planted luck.

Each takes the model's place behind `Evaluator`, so what is tested is what runs on the model.
"""

import itertools
import math
import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.calibration.ensemble import Ensemble
from experiments.estimands import prim
from experiments.estimands.ratios import student
from experiments.figures import style
from experiments.figures.sensitivity import FIGURES, figures_of
from experiments.laboratory.ranges import Range
from experiments.sensitivity import seeds
from experiments.sensitivity.regions import parse
from experiments.sensitivity.work import Sensitivity
from tests.toys import QUIET, Noise, Toy, additive, multiplicative, replicates

A, B = 7.0, 0.1
CUBE = [Range(f"x{i}", -math.pi, math.pi) for i in (1, 2, 3)]
LEVEL = {"outcome": "return", "horizon": 60, "quantity": "value"}


def ishigami(doses: Mapping[str, float], changes: Mapping[str, object]) -> float:
    """sin x1 + a sin^2 x2 + b x3^4 sin x1. Source: Ishigami and Homma 1990."""
    x1, x2, x3 = (float(changes[f"x{i}"]) for i in (1, 2, 3))  # type: ignore[arg-type]
    return math.sin(x1) + A * math.sin(x2) ** 2 + B * x3**4 * math.sin(x1)


def study(
    mean: object, packages: tuple[str, ...] = (), noise: Noise = QUIET, count: int = 1, ranges=CUBE
) -> Sensitivity:  # type: ignore[no-untyped-def]
    return Sensitivity(Toy(mean, packages, noise), CUBE, replicates(count))  # type: ignore[arg-type]


def of(table: pd.DataFrame, **key: object) -> pd.DataFrame:
    for name, value in key.items():
        table = table[table[name] == value]
    return table


def test_sobol_indices_of_ishigami_are_the_analytic_ones() -> None:
    """First order V1 = (1 + b pi^4 / 5)^2 / 2, V2 = a^2 / 8, V3 = 0; interaction V13 = 8 b^2 pi^8 / 225."""
    v1, v2, v13 = (1 + B * math.pi**4 / 5) ** 2 / 2, A**2 / 8, 8 * B**2 * math.pi**8 / 225
    whole = v1 + v2 + v13
    tables = study(ishigami).sobol(1024, pairs=True)
    expected = {"first": (v1, v2, 0.0), "total": (v1 + v13, v2, v13)}
    for order, parts in expected.items():
        found = of(tables["sobol"], order=order)
        assert found["index"].to_numpy() == pytest.approx(np.array(parts) / whole, abs=0.02)
        assert ((found["low"] <= np.array(parts) / whole) & (np.array(parts) / whole <= found["high"])).all()
    joint = tables["sobol_pairs"].set_index(["parameter", "other"])["index"]
    assert joint["x1", "x3"] == pytest.approx(v13 / whole, abs=0.04)
    assert joint["x1", "x2"] == pytest.approx(0.0, abs=0.04) and joint["x2", "x3"] == pytest.approx(0.0, abs=0.04)


def test_morris_on_ishigami_is_the_mean_over_its_grid() -> None:
    """Every elementary effect on Morris' grid of four levels, written out: a step of 2/3 of the range."""
    grid, step = np.array([0.0, 1.0, 2.0, 3.0]) / 3, 2 / 3
    expected = []
    for moved in range(3):
        sizes = []
        for start in (0.0, 1 / 3):
            for others in itertools.product(grid, grid):
                low, high = list(others), list(others)
                low.insert(moved, start)
                high.insert(moved, start + step)
                ends = [ishigami({}, {one.key: one.at(s) for one, s in zip(CUBE, p, strict=True)}) for p in (low, high)]
                sizes.append(abs(ends[1] - ends[0]) / step)
        expected.append(np.mean(sizes))
    tables, order = study(ishigami).morris(400)
    found = of(tables["morris"], **LEVEL)
    assert found["mu_star"].to_numpy() == pytest.approx(np.array(expected), rel=0.08)
    assert ((found["low"] <= expected) & (expected <= found["high"])).all()
    assert order == sorted(range(3), key=lambda p: -expected[p])
    assert found["sigma"].min() > 1  # nothing in it is linear


def test_a_linear_answer_has_no_sigma_and_a_silent_parameter_no_effect() -> None:
    tables, order = study(lambda doses, changes: 3.0 * changes["x1"] - changes["x2"]).morris(8)
    found = of(tables["morris"], **LEVEL).set_index("parameter")
    assert found["mu_star"].tolist() == pytest.approx([6 * math.pi, 2 * math.pi, 0.0])
    assert found["mu"].tolist() == pytest.approx([6 * math.pi, -2 * math.pi, 0.0])
    assert found["sigma"].to_numpy() == pytest.approx(0.0, abs=1e-9) and order == [0, 1, 2]


def pair(doses: Mapping[str, float], changes: Mapping[str, object]) -> float:
    """Two packages whose multiplier is 1 + x1 / 20 and whose level is x2: gains of 10 each, and x1 together."""
    together = float(changes["x1"]) * doses["a"] * doses["b"]  # type: ignore[arg-type]
    return 100.0 + float(changes["x2"]) + 10.0 * (doses["a"] + doses["b"]) + together  # type: ignore[arg-type]


def test_the_multiplier_hangs_on_what_was_planted_and_the_level_on_something_else() -> None:
    tables = study(pair, ("a", "b"), Noise(5.0, 5.0, 0.0, 0.0), 4).sobol(128, pairs=False)
    total = of(tables["sobol"], order="total").set_index(["quantity", "parameter"])["index"]
    for quantity, parameter in (("multiplier", "x1"), ("excess", "x1"), ("effect", "x1"), ("value", "x2")):
        for other in ("x1", "x2", "x3"):
            assert total[quantity, other] == pytest.approx(float(other == parameter), abs=0.02)


def test_a_point_without_a_multiplier_is_left_out_and_said_so() -> None:
    """Where x3 > 2 the first package does harm: the ratio says nothing there."""

    def mean(doses: Mapping[str, float], changes: Mapping[str, object]) -> float:
        return pair(doses, changes) - (30.0 * doses["a"] if float(changes["x3"]) > 2 else 0.0)  # type: ignore[arg-type]

    table = of(study(mean, ("a", "b")).sobol(64, pairs=False)["sobol"], quantity="multiplier")
    assert table["note"].str.fullmatch(r"from \d+ of 64 samples").all() and table["samples"].iloc[0] < 64
    assert of(table, order="total", parameter="x1")["index"].iloc[0] == pytest.approx(1.0, abs=0.05)
    never = study(lambda doses, changes: pair(doses, changes) - 30.0 * doses["a"], ("a", "b"))
    table = of(never.sobol(16, pairs=False)["sobol"], quantity="multiplier")
    assert table["index"].isna().all() and (table["note"] == "a number at all points of 0 of 16 samples only").all()
    table = of(never.morris(4)[0]["morris"], quantity="multiplier")
    assert table["mu_star"].isna().all() and table["note"].str.startswith("a number along 0 of 4").all()


def test_one_at_a_time_gives_the_planted_differences() -> None:
    def mean(doses: Mapping[str, float], changes: Mapping[str, object]) -> float:
        return pair(doses, {"x1": 2.0, "x2": 1.0, **changes})

    table = study(mean, ("a", "b"), Noise(5.0, 5.0, 0.0, 0.5), 12).tornado()["tornado"]
    excess = of(table, quantity="excess", parameter="x1").set_index("end")
    assert excess["setting"].tolist() == [-math.pi, math.pi]
    for end, planted in (("low", -math.pi - 2), ("high", math.pi - 2)):
        found = excess.loc[end]
        assert abs(found["difference"] - planted) < found["high"] - found["low"]  # over four standard errors
    silent = of(table, parameter="x3")
    assert (silent["difference"].abs() <= silent["high"] - silent["low"]).all()
    quiet = study(mean, ("a", "b"), QUIET, 4).tornado()["tornado"]
    assert of(quiet, quantity="multiplier", parameter="x1")["difference"].tolist() == pytest.approx(
        [(-math.pi - 2) / 20, (math.pi - 2) / 20]
    )


def sloped(doses: Mapping[str, float], changes: Mapping[str, object]) -> float:
    """A line through 0 whose slope is drawn."""
    return float(changes["slope"]) * float(changes.get("x1", 0.0))  # type: ignore[arg-type]


def test_over_an_ensemble_each_number_says_what_draws_and_seeds_do_to_it() -> None:
    """Slopes 1 and 3 with equal weights: a mean of 2, a variance of 1 over 1 - 1/2; luck is shared, so it cancels."""
    draws = Ensemble("toy", (Range("slope", 0.0, 4.0),), np.array([[1.0], [3.0]]), np.array([0.5, 0.5]), {}, {}, "")
    toy = Toy(sloped, (), Noise(shared=5.0, spread=0.0, own=0.0))
    work = Sensitivity(toy, CUBE[:1], replicates(3), ensemble=draws)
    high = of(work.tornado()["tornado"], **LEVEL, end="high").iloc[0]
    assert high["difference"] == pytest.approx(2 * math.pi)
    assert high["sd_parameters"] == pytest.approx(math.sqrt(2) * math.pi)
    assert high["sd_seeds"] == pytest.approx(0.0, abs=1e-9)
    row = of(work.morris(8)[0]["morris"], **LEVEL).iloc[0]
    assert row["mu_star"] == pytest.approx(4 * math.pi) and row["sd_parameters"] == pytest.approx(
        2 * math.sqrt(2) * math.pi
    )
    total = of(work.sobol(64, pairs=False)["sobol"], **LEVEL, order="total").iloc[0]
    assert total["index"] == pytest.approx(1.0, abs=0.05) and total["sd_parameters"] == pytest.approx(0.0, abs=1e-9)


def boxed(doses: Mapping[str, float], changes: Mapping[str, object]) -> float:
    """1 where -1 < x1 < 2 and x3 < 0, else 0."""
    return float(-1 < changes["x1"] < 2 and changes["x3"] < 0)  # type: ignore[operator]


def test_prim_finds_a_planted_box() -> None:
    tables = study(boxed).regions(1000, parse("value>0.5", 0), ("regional", "prim"))
    box = tables["box"].set_index("parameter")
    assert box["is_restricted"].tolist() == [True, False, True]
    assert box.loc["x1", ["low", "high"]].tolist() == pytest.approx([-1.0, 2.0], abs=0.1)
    assert box.loc["x3", "high"] == pytest.approx(0.0, abs=0.1)
    chosen = tables["boxes"][tables["boxes"]["is_chosen"]].iloc[0]
    assert chosen["coverage"] > 0.95 and chosen["density"] > 0.95
    assert (box.loc[["x1", "x3"], "p_value"] < 1e-10).all() and math.isnan(box.loc["x2", "p_value"])
    regional = tables["regional"].set_index("parameter")
    assert (regional.loc[["x1", "x3"], "p_value"] < 1e-6).all() and regional.loc["x2", "p_value"] > 0.05
    assert regional.loc["x3", "distance"] == pytest.approx(0.5 / (1 - 3 / (4 * math.pi)), abs=0.03)  # by hand


@given(st.integers(20, 120), st.integers(1, 4), st.floats(0.1, 0.9), st.integers(0, 1000))
def test_every_box_counts_what_it_holds(count: int, dimensions: int, cut: float, skip: int) -> None:
    """Coverage, density and mass are those of the bounds; peels only ever raise the density."""
    from scipy.stats import qmc

    points = qmc.Halton(dimensions, scramble=False).random(count + skip)[skip:]
    of_interest = points[:, 0] < cut
    boxes = prim.peel(points, of_interest)
    for box in boxes:
        inside = ((points >= box.low) & (points <= box.high)).all(axis=1)
        assert box.mass == inside.mean() and box.coverage * max(of_interest.sum(), 1) == pytest.approx(
            (inside & of_interest).sum()
        )
        assert box.density == pytest.approx(of_interest[inside].mean())
    assert all(later.density >= earlier.density for earlier, later in itertools.pairwise(boxes))
    assert boxes[0].mass == 1.0 and min(box.mass for box in boxes) * count >= min(count, prim.LEAST_CASES)


def test_a_criterion_that_holds_everywhere_or_nowhere_has_no_box() -> None:
    for text, words in (("value>=0", "every world"), ("value>2", "no world")):
        tables = study(boxed).regions(50, parse(text, 0), ("regional", "prim"))
        assert tables["boxes"].empty and tables["box"]["note"].str.startswith(words).all()
        assert not tables["box"]["is_restricted"].any() and tables["regional"]["distance"].isna().all()


def test_replications_tell_the_half_width_of_all_and_what_more_would_give() -> None:
    toy = additive({"a": 10.0}, noise=Noise(0.0, 20.0, 0.0, 0.0))
    tables = Sensitivity(toy, CUBE, replicates(50)).replications(half_width=2.0)
    need = of(tables["seeds_needed"], quantity="value").iloc[0]
    assert need["half_width"] == pytest.approx(student(50) * 20 / math.sqrt(50), rel=0.25)
    n = int(need["seeds_needed"])
    spread = need["half_width"] * math.sqrt(50) / student(50)
    assert student(n) * spread / math.sqrt(n) <= 2.0 < student(n - 1) * spread / math.sqrt(n - 1)
    curve = of(tables["replications"], quantity="value")
    assert curve["seeds"].tolist() == seeds.sizes(50) and curve["seeds"].iloc[-1] == 50
    assert curve["half_width"].is_monotonic_decreasing
    assert curve["half_width"].iloc[-1] == pytest.approx(need["half_width"], rel=0.05)  # Student's there, Hall's here
    paired = of(tables["seeds_needed"], quantity="effect").iloc[0]
    assert paired["half_width"] == pytest.approx(0.0, abs=1e-9) and paired["seeds_needed"] == 2  # luck cancels


def test_replications_of_a_multiplier_agree_with_fieller() -> None:
    toy = multiplicative({"a": 0.3, "b": 0.2}, noise=Noise(0.0, 5.0, 0.2, 0.5))
    tables = Sensitivity(toy, CUBE, replicates(40)).replications(relative=0.01)
    last = of(tables["replications"], quantity="multiplier", seeds=40).iloc[0]
    from experiments.estimands import multiplier
    from experiments.laboratory.factorial import evaluate_cells

    cells = evaluate_cells(toy, replicates(40)).values[:, :, 0, 0]
    found, _ = multiplier.multiplier(cells, 3)
    assert last["half_width"] == pytest.approx((found.high - found.low) / 2, rel=0.1)
    need = of(tables["seeds_needed"], quantity="multiplier").iloc[0]
    assert need["asked"] == pytest.approx(0.01 * found.value) and need["seeds_needed"] >= 2


def test_every_figure_is_drawn_in_both_languages() -> None:
    work = study(pair, ("a", "b"), Noise(2.0, 2.0, 0.1, 0.1), 3)
    base = Sensitivity(Toy(lambda d, c: pair(d, {"x1": 1.0, "x2": 1.0, **c}), ("a", "b")), CUBE, replicates(8))
    tables = work.morris(6)[0] | work.sobol(8, pairs=False) | base.tornado() | base.replications(relative=0.1)
    tables |= work.regions(60, parse("excess>0", 2), ("regional", "prim"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a layout that failed
        for language in style.LANGUAGES:
            drawn = figures_of(tables, "source", language, ("svg",))
            assert set(drawn) == set(FIGURES) and all(one["svg"].startswith(b"<?xml") for one in drawn.values())


def test_figures_without_numbers_are_drawn_or_left_out() -> None:
    """No multiplier anywhere, no box, and an answer that never varies."""
    work = study(lambda doses, changes: 5.0, ("a", "b"), QUIET, 3)
    tables = work.morris(4)[0] | work.sobol(4, pairs=False) | work.tornado() | work.replications()
    tables |= work.regions(20, parse("excess>0", 2), ("regional", "prim"))
    drawn = figures_of(tables, "source", "en", ("svg",))
    assert "prim" not in drawn and {"morris", "tornado", "replications"} <= set(drawn)
