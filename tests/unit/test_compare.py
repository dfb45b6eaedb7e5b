"""Effects and multipliers on toys worked by hand, and the model against observed series."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import scenarios
from experiments import measurement, validate_series
from experiments.compare import effects, horizons, multipliers
from experiments.errors import InputError
from experiments.estimands.ratios import fieller, mean

START, MONTHS = 12, 72
T_2 = 4.302652729911275  # Student's t, 97.5 %, 2 degrees of freedom (tables)
COHORT = {
    "cohort_returned",
    "cohort_founded",
    "cohort_good_returnees",
    "cohort_at_home",
    "cohort_owners",
    "cohort_jobs",
}


def toy(values: dict[str, list[float]], months: tuple[int, ...] = (23, 47, 71)) -> pd.DataFrame:
    """Tidy outcomes in which every cohort count of an arm has the given values, one for each seed."""
    rows = [
        (arm, seed, month, "toy", dimension, group, indicator, factor * value, "persons")
        for arm, of_seeds in values.items()
        for seed, value in enumerate(of_seeds, 1)
        for month in months
        for dimension, group, factor in (("all", "all", 1), ("county", "somewhere", 100))
        for indicator in (*COHORT, "cohort")
    ]
    columns = ["scenario", "seed", "month", "place", "dimension", "group", "indicator", "value", "unit"]
    return pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=1)  # the order must not matter


def row(table: pd.DataFrame, **keys: object) -> pd.Series:
    """The one row with these values."""
    chosen = table[np.logical_and.reduce([table[name] == value for name, value in keys.items()])]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_effect_is_the_mean_of_paired_differences_with_its_t_interval() -> None:
    table = effects(toy({"baseline": [100, 200, 300], "a": [110, 220, 330]}), START, MONTHS)
    found = row(table, arm="a", outcome="return", horizon=36)
    # Differences 10, 20, 30: mean 20, standard deviation 10, half width t * 10 / sqrt(3).
    half = T_2 * 10 / math.sqrt(3)
    assert found["effect"] == 20 and found["baseline"] == 200 and found["value"] == 220
    assert found["low"] == pytest.approx(20 - half) and found["high"] == pytest.approx(20 + half)
    assert len(table) == 6 * 3 and set(table["horizon"]) == {12, 36, 60}


def test_pairing_removes_what_seeds_share() -> None:
    table = effects(toy({"baseline": [0, 5000, 90000], "a": [7, 5007, 90007]}), START, MONTHS)
    assert row(table, arm="a", outcome="jobs", horizon=12)[["effect", "low", "high"]].to_list() == [7, 7, 7]


def test_additive_world_has_no_excess_and_multiplier_one() -> None:
    # Effects of a, b, c: 10, 12, 11; 5, 4, 4.5; 30, 31, 32.
    baseline = [100, 140, 90]
    worlds = {"baseline": baseline, "a": [110, 152, 101], "b": [105, 144, 94.5], "c": [130, 171, 122]}
    table = multipliers(toy({**worlds, "a+b+c": [145, 187, 137.5]}), START, MONTHS)
    assert (table[["excess", "excess_low", "excess_high"]] == 0).all(axis=None)
    assert (table[["multiplier", "multiplier_low", "multiplier_high"]] == 1).all(axis=None)
    found = row(table, package="a+b+c", outcome="enterprise", horizon=60)
    assert found[["effect_of_a", "effect_of_b", "effect_of_c"]].to_list() == [11, 4.5, 31]
    assert found["sum"] == found["package_effect"] == 46.5 and found["note"] == ""


def test_planted_ratio_is_found_and_is_one_of_means() -> None:
    # Sums of singles 30, 35, 40, packages 60, 35, 20: 115 / 105, not the mean of 2, 1 and 1/2.
    worlds = {"baseline": [0, 0, 0], "a": [10, 10, 10], "b": [20, 25, 30], "a+b": [60, 35, 20]}
    found = row(multipliers(toy(worlds), START, MONTHS), package="a+b", outcome="return", horizon=12)
    assert found["multiplier"] == pytest.approx(115 / 105) and found["excess"] == pytest.approx(10 / 3)
    assert found["multiplier_low"] < 1 < found["multiplier_high"]


@pytest.mark.parametrize("b", [[10, -2], [-3, -5], [0, 0]])
def test_no_number_where_a_single_effect_is_not_positive_beyond_its_interval(b: list[float]) -> None:
    table = multipliers(toy({"baseline": [0, 0], "a": [10, 11], "b": b, "a+b": [30, 33]}), START, MONTHS)
    assert table["multiplier"].isna().all() and (table["note"] == "effect of b alone not above 0").all()
    assert np.allclose(table["excess"], 31.5 - 10.5 - np.mean(b))


def test_one_seed_has_effects_and_excess_but_no_interval() -> None:
    table = multipliers(toy({"baseline": [0], "a": [10], "b": [20], "a+b": [45]}), START, MONTHS)
    assert (table["excess"] == 15).all() and table[["excess_low", "multiplier", "package_high"]].isna().all(axis=None)
    assert (table["note"] == "one seed: no interval").all()


def test_packages_without_all_their_parts_get_no_row() -> None:
    table = multipliers(
        toy({"baseline": [0, 0], "a": [1, 1], "b": [1, 1], "a+b": [3, 3], "a+c": [2, 2]}), START, MONTHS
    )
    assert set(table["package"]) == {"a+b"}
    assert multipliers(toy({"baseline": [0, 0], "a": [1, 1]}), START, MONTHS).empty


def test_a_seed_missing_from_an_arm_is_left_out_of_its_pairs() -> None:
    outcomes = toy({"baseline": [0, 0, 0], "a": [5, 6, 7], "b": [1, 1, 1]})
    without = outcomes[~((outcomes["scenario"] == "a") & (outcomes["seed"] == 3))]
    table = effects(without, START, MONTHS)
    assert row(table, arm="a", outcome="return", horizon=12)[["seeds", "effect"]].to_list() == [2, 5.5]
    assert row(table, arm="b", outcome="return", horizon=12)["seeds"] == 3


def test_horizons_are_those_within_the_run() -> None:
    assert horizons(72, 12) == [12, 36, 60]
    assert horizons(71, 12) == [12, 36]
    assert horizons(6, 2) == [4]
    with pytest.raises(InputError, match="policy_start"):
        horizons(12, 12)


def test_fieller_covers_the_true_ratio_as_often_as_it_says() -> None:
    generator = np.random.default_rng(20)
    seeds, trials, inside = 8, 4000, 0
    for _ in range(trials):
        shared = generator.normal(0, 1, seeds)  # a pair has common luck
        below = 4 + shared + generator.normal(0, 1, seeds)
        above = 6 + shared + generator.normal(0, 1.5, seeds)
        found = fieller(above, below)
        # A set that is not bounded holds the ratio unless it is the complement of an interval around it.
        inside += math.isnan(found.low) or found.low <= 1.5 <= found.high
    assert abs(inside / trials - 0.95) < 4 * math.sqrt(0.95 * 0.05 / trials)


def test_fieller_is_not_bounded_where_the_denominator_may_be_zero() -> None:
    found = fieller(np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.5, 2.0]))
    assert found.value == 4 and math.isnan(found.low) and math.isnan(found.high)


def test_fieller_of_exact_numbers_is_their_ratio() -> None:
    assert fieller(np.array([6.0, 6.0]), np.array([4.0, 4.0])) == (1.5, 1.5, 1.5)
    assert mean(np.array([3.0, 3.0])) == (3, 3, 3)


# Model against observed series


def place(**changes: object) -> SimpleNamespace:
    """What `fit_table` reads of a scenario: January 2020, a hundred workers away or employed."""
    constants = SimpleNamespace(human_capital=SimpleNamespace(unwilling_share=0.2, misfit_share=0.1))
    initial = SimpleNamespace(out_province=40, in_province=20, in_county=40, posts=10, skilled_workers=5)
    posts = SimpleNamespace(is_programme=True, start=-60, end=None, dose=1.0, channels={"posts": 30.0}, changes=())
    shops = SimpleNamespace(is_programme=True, start=-60, end=12, dose=2.0, channels={"workshops": 5.0}, changes=())
    counties = (SimpleNamespace(workers=120), SimpleNamespace(workers=80))
    known = {"start": 240, "parameters": constants, "initial": initial, "instruments": (posts, shops)}
    return SimpleNamespace(**{**known, "counties": counties, **changes})


def monthly(months: int) -> pd.DataFrame:
    """Two seeds, one above and one below the means that the tests expect."""
    values = {
        "transfer_employment": lambda month: 100,
        "out_province": lambda month: 40 + month // 12,
        "in_county_employment": lambda month: 40,
        "posts": lambda month: 8,
        "skilled_workers": lambda month: month,
        "high_skilled_workers": lambda month: month / 10,
        "returnee_entrepreneurs": lambda month: 2,
        "returnee_jobs": lambda month: 5,
        "courses": lambda month: 7,
    }
    rows = [
        ("toy", seed, month, "toy", "all", "all", name, value(month) * (1 + shift), "persons")
        for seed, shift in ((1, 0.1), (2, -0.1))
        for month in range(months)
        for name, value in values.items()
    ]
    return pd.DataFrame(
        rows, columns=["scenario", "seed", "month", "place", "dimension", "group", "indicator", "value", "unit"]
    )


TARGETS = pd.DataFrame(
    [
        ("Z1", "out share", "40;45", "", "", "2020;2021", "1"),
        ("Z3", "employment", "100;200", "", "", "2020;2021", "10"),
        ("Z4", "entrepreneurs", "", "20", "30", "2020-2021", ""),
        ("Z5", "jobs each", "2.5", "2.4", "2.9", "2020-2021", ""),
        ("Z6", "skilled", "11;23", "", "", "end 2020;end 2021", "1"),
        ("Z7", "courses", "100", "", "", "2020-2021", ""),
        ("Z9", "unwilling", "20", "15", "25", "2025", ""),
        ("Z11", "a wish", "40", "33", "48", "2025", ""),
        ("Z12", "posts", "15;20", "", "", "2020;2021", "0.7"),
    ],
    columns=["id", "target", "value", "low", "high", "period", "tolerance"],
).assign(unit="unit", note="")  # fmt: skip


def test_measurement_equations_by_hand() -> None:
    fit = validate_series.fit_table(monthly(24), place(), TARGETS).set_index(["id", "period"])
    expected = {
        ("Z1", "2020"): 40,
        ("Z1", "2021"): 41,
        ("Z3", "2020"): 100,
        ("Z3", "2021"): 100,
        ("Z4", "2020-2021"): 24,
        ("Z5", "2020-2021"): 2.5,
        ("Z6", "end 2020"): 11,
        ("Z6", "end 2021"): 23,
        ("Z7", "2020-2021"): 168,
        ("Z9", "2025"): 20,
        ("Z12", "2020"): 15,  # posts are 20 % of jobs, three quarters of them not in workshops
        ("Z12", "2021"): 20,  # the workshops have closed
    }
    assert fit["model"].to_dict() == pytest.approx(expected)
    assert fit.loc[("Z3", "2021"), "discrepancy"] == -100
    outside = [("Z1", "2021"), ("Z3", "2021")]
    assert [key for key, within in fit["within"].items() if within is False] == outside


def test_posts_and_workshops_are_those_of_the_month() -> None:
    zhaotong = scenarios.load("zhaotong")
    found = [measurement.share_of_welfare_posts(zhaotong, month) for month in (0, 11, 12, 30, 60)]
    counted = [(88800, 13500), (88800, 13500), (83100, 11900), (88000, 7300), (90700, 7900)]
    assert found == pytest.approx([posts / (posts + shops) for posts, shops in counted])


def test_a_figure_that_set_the_start_is_no_target() -> None:
    fit = validate_series.fit_table(monthly(24), place(), TARGETS).set_index(["id", "period"])
    used = fit[fit["use"] == "initial condition"].index.to_list()
    assert used == [("Z1", "2020"), ("Z3", "2020"), ("Z6", "end 2020")]
    assert fit[fit["use"] == "input"].index.get_level_values("id").to_list() == ["Z7", "Z9"]


def test_figures_beyond_the_run_are_left_out() -> None:
    fit = validate_series.fit_table(monthly(23), place(), TARGETS)
    assert set(fit["period"]) == {"2020", "end 2020", "2025"}


def test_a_place_without_observed_series_is_refused() -> None:
    def called(name: str) -> SimpleNamespace:
        return place(resolved={"id": name.lower(), "name": {"en": name}})

    assert set(validate_series.read_targets(called("Zhaotong"))["id"]) >= {"Z1", "Z12"}
    with pytest.raises(InputError, match=r"ankang.*zhaotong"):
        validate_series.read_targets(called("Ankang"))
