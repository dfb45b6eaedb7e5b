"""What is planted in a toy world comes back through the whole laboratory: factorial, controls, tables."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from experiments.laboratory.experiment import Experiment, Null, Precision, Prior
from experiments.laboratory.factorial import masks_to_run
from experiments.laboratory.folder import csv
from experiments.laboratory.null import Intercept
from experiments.laboratory.ranges import Range
from experiments.laboratory.work import Laboratory
from experiments.laboratory.worlds import Arm, Replicate, Values
from tests import toys
from tests.toys import INTERCEPT, QUIET, Toy

ALL = ("null", "sham", "budget", "doses", "prior")
MECHANISMS = ("peers",)


class Wrapped:
    """A toy with something about it changed."""

    def __init__(self, toy: Toy) -> None:
        self.toy, self.packages, self.outcomes, self.horizons = toy, toy.packages, toy.outcomes, toy.horizons


def experiment(toy: Any, controls: Sequence[str] = (), seeds: int = 16, **changed: Any) -> Experiment:
    """An experiment on a toy."""
    plain = Experiment(
        place="toy",
        packages=toy.packages,
        files=(),
        seeds=(1, seeds),
        populations=(0,),
        horizons=toy.horizons,
        outcomes=toy.outcomes,
        overrides={},
        precision=None,
        controls=tuple(controls),
        dose_factors=(0.5, 1.0, 2.0),
        largest_dose=10.0,
        budget=None,
        training_seeds=2,
        prior=Prior(8, 2, (Range(INTERCEPT, -1.0, 1.0),)),
        null=Null(("return",), toy.horizons[-1], False),
        scenario=None,
    )
    return replace(plain, **changed)


def tables_of(toy: Any, controls: Sequence[str] = (), **changed: Any) -> dict[str, pd.DataFrame]:
    """All tables of an experiment on a toy."""
    asked = experiment(toy, controls, **changed)
    groups = {name: (name,) for name in MECHANISMS}
    laboratory = Laboratory(toy, asked, MECHANISMS, {"return": Intercept(INTERCEPT, 0.0)}, groups)
    return laboratory.tables(laboratory.cells())


def row(table: pd.DataFrame, **keys: Any) -> pd.Series:
    """The one row with these values."""
    chosen = table[np.logical_and.reduce([table[name] == value for name, value in keys.items()])]
    assert len(chosen) == 1, (keys, len(chosen))
    return chosen.iloc[0]


def covers(found: pd.Series, planted: float) -> bool:
    return bool(found["low"] <= planted <= found["high"])


def test_additive_world_has_neither_multiplier_nor_excess() -> None:
    tables = tables_of(toys.additive({"a": 40.0, "b": 20.0, "c": 30.0}), ["sham"])
    estimands = tables["estimands"]
    assert covers(row(estimands, package="a+b+c", quantity="multiplier"), 1.0)
    assert covers(row(estimands, package="a+b+c", quantity="excess"), 0.0)
    assert covers(row(estimands, package="a+b+c", quantity="sham"), 1.0)
    together = (estimands["package"] != estimands["package"].shift()).cumsum()  # every package's rows in one place
    assert estimands["package"].groupby(together).first().to_list() == ["a+b", "a+c", "b+c", "a+b+c"]


@pytest.mark.parametrize(
    ("toy", "planted"),
    [
        (toys.logit(0.05, {"a": 0.7, "b": 0.7}, noise=QUIET), 1.37),
        (toys.logit(0.05, {"a": 0.7, "b": 0.7, "c": 0.7}, noise=QUIET), 1.82),
        (toys.multiplicative({"a": 0.4, "b": 0.4}, noise=QUIET), 1.2),
        (toys.sub_additive({"a": 0.5, "b": 0.5}, noise=QUIET), (1 - math.exp(-1)) / (2 - 2 * math.exp(-0.5))),
    ],
)
def test_planted_multipliers_come_back(toy: Toy, planted: float) -> None:
    estimands = tables_of(toy, seeds=2)["estimands"]
    found = row(estimands, package="+".join(toy.packages), quantity="multiplier")
    assert found["value"] == pytest.approx(planted, abs=0.005)


def test_hazard_over_months_is_undone_on_its_scale() -> None:
    toy = toys.hazard(0.01, {"a": 0.7, "b": 0.7, "c": 0.7}, noise=QUIET)
    estimands = tables_of(toy, seeds=2)["estimands"]
    whole = {"package": "a+b+c", "horizon": 60}
    assert row(estimands, quantity="multiplier", **whole)["value"] == pytest.approx(0.72, abs=0.01)
    assert row(estimands, quantity="scale_control", **whole)["value"] == pytest.approx(1.0, abs=0.02)


def test_shapley_values_add_up_and_dividends_reconstruct() -> None:
    tables = tables_of(toys.mechanism({"a": 0.5, "b": 0.6, "c": 0.4}, {"peers": 0.2}))
    effect = row(tables["estimands"], package="a+b+c", quantity="effect")["value"]
    assert tables["shapley"]["value"].sum() == pytest.approx(effect, abs=1e-9)
    assert tables["shapley"]["share"].sum() == pytest.approx(1.0)
    dividends = tables["interactions"].query("kind == 'dividend'").set_index("cell")["value"]
    assert dividends.sum() == pytest.approx(row(tables["cells"], cell="a+b+c")["mean"], abs=1e-9)


def planted_mechanism_excess(toy: Toy) -> float:
    """M_on - M_null where the null is a pure logit with the same v(none) and the same single effects."""
    shares = {
        subset: float(toy.planted(dict.fromkeys(subset, 1.0))[0, 0]) / toys.COHORT
        for subset in chain.from_iterable(combinations(toy.packages, n) for n in range(len(toy.packages) + 1))
    }
    none, whole = shares[()], shares[toy.packages]
    singles = [shares[(name,)] for name in toy.packages]
    added = sum(share - none for share in singles)
    null = expit(logit(none) + sum(logit(share) - logit(none) for share in singles))
    return float((whole - null) / added)


def test_planted_mechanism_is_the_mechanism_excess() -> None:
    toy = toys.mechanism({"a": 0.5, "b": 0.6}, {"peers": 0.4})
    tables = tables_of(toy, ["null"], seeds=16, null=Null(("return",), 60, True))
    found = row(tables["estimands"], package="a+b", quantity="mechanism_excess")
    planted = planted_mechanism_excess(toy)
    assert planted > 0.3 and covers(found, planted) and found["value"] == pytest.approx(planted, abs=0.05)
    tuned = tables["null"].set_index("what")["value"]
    assert tuned[INTERCEPT] == pytest.approx(0.2, abs=0.03)  # the lift that the mechanism gave everybody
    assert tuned["a"] == pytest.approx(1.25, abs=0.06) and tuned["b"] == pytest.approx(1.25, abs=0.06)
    assert row(tables["mechanisms"], group="peers")["value"] == pytest.approx(found["value"], abs=1e-9)


def test_curve_of_a_probability_is_no_mechanism() -> None:
    toy = toys.logit(0.05, {"a": 0.7, "b": 0.7})
    estimands = tables_of(toy, ["null"])["estimands"]
    assert covers(row(estimands, package="a+b", quantity="mechanism_excess"), 0.0)
    assert row(estimands, package="a+b", quantity="null_multiplier")["value"] == pytest.approx(1.37, abs=0.05)


def test_null_that_cannot_be_tuned_is_not_identified() -> None:
    def mean(doses: Any, changes: Any) -> float:
        if changes.get("mechanisms.peers", True):
            return 100.0 + 50.0 * doses["a"] + 50.0 * doses["b"]
        return 100.0 + 10.0 * math.tanh(doses["a"]) + 50.0 * doses["b"]  # never more than 10

    estimands = tables_of(Toy(mean, ("a", "b"), QUIET), ["null"], seeds=2)["estimands"]
    found = row(estimands, package="a+b", quantity="mechanism_excess")
    assert math.isnan(found["value"]) and found["note"] == "not identified: no dose in the null gives a"


def test_equal_budgets_of_known_prices() -> None:
    prices = {"a": 1e6, "b": 3e6, "c": 1e6}
    toy = toys.additive(
        {"a": 10.0, "b": 60.0, "c": 5.0}, prices=prices, capacities={"c": 1.5}, noise=toys.Noise(0, 20, 0, 0)
    )
    tables = tables_of(toy, ["budget"])
    budget = tables["budget"].set_index("alternative")
    assert (budget["budget"] == 5e6).all()
    assert budget.loc["a alone", "doses"] == "a=5.0;b=0.0;c=0.0" and budget.loc["a alone", "effect"] == pytest.approx(
        50
    )
    dose = float(budget.loc["b alone", "doses"].split(";")[1].removeprefix("b="))
    assert dose == pytest.approx(5 / 3, rel=0.005)
    assert budget.loc["c alone", "note"].startswith("cannot absorb") and budget.loc["c alone", "spend"] == 1.5e6
    assert budget.loc["a alone", "ratio"] == pytest.approx(75 / 50, rel=0.01)
    # at costs times 100 / 75 the money buys of b alone what the package does now
    assert budget.loc["b alone", "cost_factor_flip"] == pytest.approx(100 / 75, rel=0.01)
    single = row(tables["estimands"], quantity="equal_budget_best_single")
    assert single["note"].startswith("b alone") and single["value"] == pytest.approx(0.75, rel=0.01)
    capped = tables_of(toy, ["budget"], largest_dose=2.0)["budget"].set_index("alternative")
    assert capped.loc["a alone", "doses"] == "a=2.0;b=0.0;c=0.0" and "cannot absorb" in capped.loc["a alone", "note"]
    # b gives 20 persons a million, a 10: the best mix is nearly all b, and no mix beats it
    assert 0.75 <= row(tables["estimands"], quantity="equal_budget_best_mix")["value"] <= 0.78
    assert tables["frontier"].loc[tables["frontier"]["effect"].idxmax(), "is_efficient"]


def test_best_mix_of_diminishing_returns_is_inside() -> None:
    square = Toy(lambda d, _: 100 + 100 * math.sqrt(d["a"]) + 100 * math.sqrt(d["b"]), ("a", "b"), QUIET)
    mix = tables_of(square, ["budget"], seeds=2)["budget"].set_index("alternative").loc["best_mix"]
    assert mix["effect"] == pytest.approx(200.0, rel=0.01) and mix["spend"] == pytest.approx(2e6, rel=0.005)


class Costly(Wrapped):
    """A toy whose instruments cost half as much again where both are there."""

    def __call__(self, arms: Sequence[Arm], replicates: Sequence[Replicate]) -> Values:
        values = self.toy(arms, replicates)
        factors = np.array([1.5 if len(one.doses) > 1 else 1.0 for one in arms])
        return values._replace(spend=values.spend * factors[:, None, None, None])


def test_best_mix_pays_for_what_it_spends() -> None:
    toy = Toy(lambda d, _: 100 + 10 * d["a"] + 10 * d["b"] + d["a"] * d["b"], ("a", "b"), QUIET)
    budget = tables_of(Costly(toy), ["budget"], seeds=2)["budget"].set_index("alternative")
    assert budget.loc["a alone", "effect"] == pytest.approx(30.0, rel=0.01)  # 3 million yuan, one a dose
    assert budget.loc["best_mix", "effect"] >= 29.8 and budget.loc["best_mix", "spend"] <= 3.02e6


def test_dose_response_of_known_form() -> None:
    power = Toy(lambda d, _: 100 + 80 * d["a"] ** 0.5 + 10 * d["b"] + 30 * d["a"] * d["b"], ("a", "b"), QUIET)
    doses = tables_of(power, ["doses"], seeds=2, dose_factors=(0.8, 0.9, 1.0, 1.1, 1.25))["doses"]
    # what a adds to b: 80 sqrt(a) + 30 a, of elasticity (40 + 30) / 110 at 1
    for context, planted in (("alone", 0.5), ("package", 70 / 110)):
        assert row(doses, instrument="a", context=context)["elasticity"] == pytest.approx(planted, abs=0.01)
        assert row(doses, instrument="b", context=context)["elasticity"] == pytest.approx(1.0, abs=1e-6)
    bent = toys.sub_additive({"a": 0.7, "b": 0.1}, noise=QUIET)
    factors = tuple(np.linspace(0.1, 3.0, 30))
    tables = tables_of(bent, ["doses"], seeds=2, dose_factors=factors)
    half = row(tables["doses"], instrument="a", context="alone")["half_marginal_dose"]
    assert half == pytest.approx(math.log(2) / 0.7, abs=0.03)
    assert "does not halve" in row(tables["doses"], instrument="b", context="alone")["note"]
    pair = row(tables["isoboles"], first_factor=2.0, second_factor=0.5)["effect"]
    assert pair == pytest.approx(float(bent.planted({"a": 2.0, "b": 0.5})[0, 0] - bent.planted({})[0, 0]))


def test_prior_tells_how_sure_and_what_drives() -> None:
    toy = toys.logit(0.3, {"a": 0.5, "b": 0.5}, noise=QUIET)  # the lower the intercept, the larger the multiplier
    prior = Prior(32, 2, (Range(INTERCEPT, -2.0, 3.0), Range("parameters.idle", 0.0, 1.0)))
    tables = tables_of(toy, ["prior"], seeds=2, prior=prior)
    drivers = tables["prior_drivers"].set_index("parameter")
    assert drivers.loc[INTERCEPT, "rank_correlation"] == pytest.approx(-1.0)
    assert drivers.loc["parameters.idle", "low"] < 0 < drivers.loc["parameters.idle", "high"]
    draws = tables["prior"]
    share = (draws["multiplier"] > 1).mean()
    summary = row(tables["prior_summary"], quantity="multiplier")
    assert 0.2 < share < 0.8 and summary["probability_above_one"] == share and summary["draws"] == 32
    assert summary["median"] == pytest.approx(draws["multiplier"].median())
    wilson = row(tables["prior_summary"], quantity="probability")
    assert wilson["low"] < share < wilson["high"] < 1


def test_an_ensemble_takes_the_place_of_the_prior_and_its_sources_are_told() -> None:
    points = ((-1.0, 0.2), (-1.0, 0.9), (1.0, 0.5), (1.0, 0.5))
    ranges = (Range(INTERCEPT, -2.0, 3.0), Range("parameters.idle", 0.0, 1.0))
    prior = Prior(4, 8, ranges, "digest", points)
    toy = toys.logit(0.3, {"a": 0.5, "b": 0.5}, noise=QUIET)
    tables = tables_of(toy, ["prior"], seeds=8, prior=prior)
    once = tables["prior"].groupby("draw").first()
    assert list(once[INTERCEPT]) == [-1, -1, 1, 1] and list(once["parameters.idle"]) == [0.2, 0.9, 0.5, 0.5]
    planted = [
        float((toy.planted({"a": 1.0, "b": 1.0}, {INTERCEPT: p}) - toy.planted({}, {INTERCEPT: p}))[0, 0])
        for p, _ in points
    ]
    quiet = row(tables["prior_sources"], quantity="package")
    assert quiet["mean"] == pytest.approx(np.mean(planted)) and quiet["sd_seeds"] == pytest.approx(0.0, abs=1e-9)
    assert quiet["sd_parameters"] == pytest.approx(np.std(planted, ddof=1))
    lucky = toys.logit(0.3, {"a": 0.5, "b": 0.5}, noise=toys.Noise(0.0, 20.0, 0.0, 5.0))
    noisy = row(tables_of(lucky, ["prior"], seeds=8, prior=prior)["prior_sources"], quantity="package")
    assert noisy["sd_seeds"] == pytest.approx(5.0 * math.sqrt(2), rel=0.5)  # of two worlds, the shared luck apart


class Reversed(Wrapped):
    """A toy that is asked backwards."""

    def __call__(self, arms: Sequence[Arm], replicates: Sequence[Replicate]) -> Values:
        values = self.toy(arms[::-1], replicates[::-1])
        return Values(*(array[::-1, ::-1] for array in values))


def test_tables_are_the_same_bytes_whatever_the_order_of_runs() -> None:
    toy = toys.mechanism({"a": 0.5, "b": 0.6}, {"peers": 0.2})
    one, other = tables_of(toy, ALL, seeds=6), tables_of(Reversed(toy), ALL, seeds=6)
    assert list(one) == list(other) and len(one) == 15
    for name, table in one.items():
        assert csv(table) == csv(other[name]), name


def test_relabelling_permutes_the_tables_and_changes_nothing_else() -> None:
    shifts = {"a": 0.3, "b": 0.6, "c": 0.9}
    toy = toys.mechanism(shifts, {"peers": 0.2}, noise=QUIET)
    swapped = toys.mechanism({"x": 0.9, "a": 0.6, "k": 0.3}, {"peers": 0.2}, noise=QUIET)
    new = {"a": "k", "b": "a", "c": "x", "none": "none"}
    one, other = (tables_of(each, ["sham"], seeds=2) for each in (toy, swapped))

    def renamed(cell: str) -> frozenset[str]:
        return frozenset(new[part] for part in cell.split("+"))

    for name, keys in (
        ("cells", ["cell"]),
        ("estimands", ["package"]),
        ("interactions", ["cell"]),
        ("shapley", ["instrument"]),
    ):
        key = keys[0]
        there = {
            (frozenset(r[key].split("+")), *_rest(r, key)): r.get("value", r.get("mean")) for r in _rows(other[name])
        }
        for each in _rows(one[name]):
            assert there[(renamed(each[key]), *_rest(each, key))] == pytest.approx(
                each.get("value", each.get("mean")), rel=1e-9, abs=1e-9, nan_ok=True
            )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return table.to_dict("records")


def _rest(each: dict[str, Any], key: str) -> tuple[Any, ...]:
    """What else tells a row: quantity, kind, outcome, horizon."""
    return tuple(each.get(name) for name in ("quantity", "kind", "outcome", "horizon") if name in each)


class Failing(Wrapped):
    """A toy in which one world of one seed fails."""

    def __call__(self, arms: Sequence[Arm], replicates: Sequence[Replicate]) -> Values:
        values = self.toy(arms, replicates)
        for a, arm in enumerate(arms):
            for r, replicate in enumerate(replicates):
                if replicate.seed == 3 and [name for name, _ in arm.doses] == ["a"]:
                    for array in values:
                        array.setflags(write=True)
                        array[a, r] = np.nan
        return values


def test_failed_run_costs_its_replicate_and_nothing_else() -> None:
    toy = toys.mechanism({"a": 0.5, "b": 0.6}, {"peers": 0.2})
    tables = tables_of(Failing(toy), ALL, seeds=9)
    assert set(tables["cells"]["replicates"]) == {8}
    seeds = [Replicate(0, seed) for seed in range(1, 10) if seed != 3]
    values = toy([Arm(), Arm((("b", 1.0),))], seeds).outcomes[:, :, 0, 0].mean(axis=1)
    assert row(tables["cells"], cell="b")["effect"] == pytest.approx(values[1] - values[0])
    for quantity in ("multiplier", "sham", "mechanism_excess", "equal_budget_best_single"):
        assert np.isfinite(row(tables["estimands"], package="a+b", quantity=quantity)["value"]), quantity


def test_more_than_eight_instruments_are_sampled() -> None:
    effects = {f"i{b}": 10.0 + b for b in range(9)}
    tables = tables_of(toys.additive(effects, noise=QUIET), seeds=2)
    assert len(tables["cells"]) == len(masks_to_run(9)) < 2**9
    assert tables["shapley"].set_index("instrument")["value"].to_dict() == pytest.approx(effects)
    assert tables["shapley"]["note"].str.startswith("from 48 sampled orders").all()
    assert row(tables["estimands"], quantity="multiplier")["value"] == pytest.approx(1.0)
    assert tables["interactions"].empty


def test_seeds_are_added_until_the_interval_is_as_narrow_as_asked() -> None:
    toy = toys.additive({"a": 40.0, "b": 20.0}, noise=toys.Noise(0, 20, 0, 8))
    asked = Precision("return", 60, "excess", 4.0, 4, 400)
    stopped = row(tables_of(toy, precision=asked)["estimands"], quantity="excess")
    cells = tables_of(toy, precision=asked)["cells"]
    assert max(stopped["high"] - stopped["value"], stopped["value"] - stopped["low"]) <= 4.0
    assert 8 < cells["replicates"].iloc[0] < 400
    never = tables_of(toy, precision=asked._replace(half_width=1e-6, at_most=24))["cells"]
    assert never["replicates"].iloc[0] == 24
