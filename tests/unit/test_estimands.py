"""Every estimand on numbers worked by hand."""

import math

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from experiments.estimands import curves, doses, factorial, multiplier, pairing, sampling, stopping
from experiments.estimands.estimate import Estimate
from experiments.estimands.ratios import fieller
from experiments.estimands.resample import interval, weights

# none, a, b, a+b, c, a+c, b+c, a+b+c
CELLS = np.array([10.0, 14.0, 16.0, 25.0, 11.0, 15.0, 19.0, 40.0])
WHOLE = 7
T_2 = 4.302652729911275  # Student's t, 97.5 %, 2 degrees of freedom (tables)


def around(means: np.ndarray, rows: int, spread: float = 1.0) -> np.ndarray:
    """Replicates with these means, float64[rows, cells]; cells vary by about `spread`, each in a way of its own."""
    deviations = spread * np.sin(1.7 * np.outer(np.arange(1, rows + 1), np.arange(1, len(means) + 1)) ** 1.1)
    return means + deviations - deviations.mean(axis=0)


# Interactions


def test_cells_are_named_and_ordered_by_their_factors() -> None:
    assert factorial.subsets(3) == [0, 1, 2, 4, 3, 5, 6, 7]
    named = [factorial.label(mask, "abc") for mask in range(8)]
    assert named == ["none", "a", "b", "a+b", "c", "a+c", "b+c", "a+b+c"]


def test_interactions_by_hand() -> None:
    # a 4, b 6, c 1; a+b 25 - 10 - 4 - 6 = 5; a+c 0; b+c 2; the rest of 40.
    assert factorial.dividends(CELLS).tolist() == [10, 4, 6, 5, 1, 0, 2, 12]
    found = factorial.contrasts(CELLS)
    assert found[0] == CELLS.mean()
    assert found[1] == ((14 - 10) + (25 - 16) + (15 - 11) + (40 - 19)) / 4  # the mean effect of a
    assert found[3] == (((25 - 16) + (40 - 19)) / 2 - ((14 - 10) + (15 - 11)) / 2) / 2  # half of what b does to it
    # each dividend is shared equally: a 4 + 5/2 + 12/3, b 6 + 5/2 + 2/2 + 12/3, c 1 + 2/2 + 12/3
    assert factorial.shapley(CELLS) == pytest.approx([10.5, 13.5, 6.0], abs=1e-13)


def test_leading_axes_are_kept() -> None:
    many = np.stack([[CELLS, 2 * CELLS], [CELLS + 1, 3 * CELLS]])
    for transform in (factorial.dividends, factorial.contrasts, factorial.reconstruct, factorial.shapley):
        assert np.allclose(transform(many)[1, 1], transform(3 * CELLS))


# Multipliers and their controls


def test_multiplier_by_hand() -> None:
    assert multiplier.effect(CELLS, WHOLE) == 30 and multiplier.sum_of_singles(CELLS, WHOLE) == 11
    assert multiplier.excess(CELLS, WHOLE) == 19 and multiplier.ratio(CELLS, WHOLE) == 30 / 11
    assert multiplier.ratio(CELLS, 3) == 15 / 10 and multiplier.ratio(CELLS, 4) == 1


def test_multiplier_is_fieller_s_ratio_of_mean_effects() -> None:
    values = around(CELLS, 16, 0.5)
    found, note = multiplier.multiplier(values, 3)
    assert note == "" and found.value == pytest.approx(1.5)
    assert found == fieller(values[:, 3] - values[:, 0], values[:, 1] + values[:, 2] - 2 * values[:, 0])


@pytest.mark.parametrize("mask", [WHOLE, 5, 6])
def test_no_multiplier_where_a_single_effect_is_not_above_zero(mask: int) -> None:
    values = around(CELLS, 16, 4.0)  # c's effect is 1
    found, note = multiplier.multiplier(values, mask, names="abc")
    assert math.isnan(found.value) and note == "effect of c alone not above 0"
    assert math.isnan(multiplier.scaled_multiplier(values / 100, mask, "logit", names="abc")[0].value)
    assert multiplier.estimate(values, multiplier.excess, mask).value == pytest.approx(multiplier.excess(CELLS, mask))


def test_one_replicate_has_values_but_neither_multiplier_nor_interval() -> None:
    found, note = multiplier.multiplier(CELLS[None], WHOLE)
    assert math.isnan(found.value) and note == "one replicate: no interval"
    effect = multiplier.estimate(CELLS[None], multiplier.effect, WHOLE)
    assert effect.value == 30 and math.isnan(effect.low)


def test_scale_controls_are_one_where_their_scale_is_additive() -> None:
    logits = 1 / (1 + np.exp(-np.array([-3.0, -2.5, -2.0, -1.5])))
    assert multiplier.scale_control(logits, 3, "logit") == pytest.approx(1)
    hazards = -np.expm1(-0.1 * np.array([1.0, 1.5, 2.0, 3.0]))  # proportional hazards
    assert multiplier.scale_control(hazards, 3, "cloglog") == pytest.approx(1)
    assert multiplier.ratio(hazards, 3) > 1.2


def test_scale_control_is_missing_where_a_share_is_none_or_all() -> None:
    shares = around(np.array([0.0, 0.2, 0.3, 0.5]), 8, 0.0)
    found, note = multiplier.scaled_multiplier(shares, 3, "cloglog")
    assert math.isnan(found.value) and note == "a share is 0 or 1: the scale has no value there"
    assert np.isnan(multiplier.scale_control(np.array([0.1, 0.2, 0.3, 1.0]), 3, "logit"))


def test_bliss_is_independent_reach() -> None:
    # Of the 0.8 left, a reaches a quarter and b a half: 0.8 * 3/4 * 1/2 = 0.3 stay.
    shares = np.array([0.2, 0.4, 0.6, 0.75])
    assert multiplier.bliss(shares, 3) == pytest.approx(0.7) and multiplier.bliss_excess(shares, 3) == pytest.approx(
        0.05
    )
    predicted, beyond, note = multiplier.bliss_estimates(around(shares, 8, 0.01), 3)
    assert note == "" and beyond.value == pytest.approx(0.05) and predicted.low < 0.7 < predicted.high
    harmful = multiplier.bliss_estimates(around(np.array([0.2, 0.1, 0.6, 0.7]), 8, 0.01), 3)
    assert math.isnan(harmful[0].value) and harmful[2] == "a single effect is below 0"


def test_sham_by_hand() -> None:
    # a 4, b 6 at once; at twice the dose 12 and 10: 11 / 10; 12 / 8; 10 / 12.
    values = np.array([10.0, 14, 16, 22, 20])
    assert multiplier.sham(values) == pytest.approx([1.1, 1.5, 10 / 12])
    found, note = multiplier.sham_estimates(around(values, 12, 0.2))
    assert note == "" and found.value == pytest.approx([1.1, 1.5, 10 / 12]) and (found.low < found.value).all()
    lost, note = multiplier.sham_estimates(around(np.array([10.0, 14, 10, 22, 20]), 12, 1.0), names="ab")
    assert np.isnan(lost.value).all() and note == "effect of b alone not above 0"


# Intervals


def test_interval_of_a_mean_without_skewness_is_student_s() -> None:
    found = interval(np.array([1.0, 2.0, 3.0]), lambda mean: mean)
    half = T_2 / math.sqrt(3)
    assert found.value == 2 and (found.low, found.high) == pytest.approx((2 - half, 2 + half))


def test_interval_of_few_takes_the_skewness_out_by_hall_s_cubic() -> None:
    # Deviations -1, -1, -1, 3: standard error 1, skewness over the root of 4 is 24 / 12^1.5.
    found, g, t_3 = interval(np.array([1.0, 1.0, 1.0, 5.0]), lambda mean: mean), 24 / 12**1.5, 3.182446305284263
    for bound, side in ((found.low, 1), (found.high, -1)):
        deviation = found.value - bound
        cubic = deviation + g * deviation**2 / 3 + g**2 * deviation**3 / 27 + g / 6
        assert cubic == pytest.approx(side * t_3)


def test_interval_of_many_has_student_s_width_without_skewness() -> None:
    values = np.sin(np.arange(100.0))
    half = 1.984 * np.std(values, ddof=1) / 10  # Student's t, 97.5 %, 99 degrees of freedom (tables)
    found = interval(values, lambda mean: mean)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.05)


def test_interval_of_many_is_bca() -> None:
    values = -np.log((np.arange(100) + 0.5) / 100)
    deviations = values - values.mean()
    drawn = weights(100, 2000) @ values / 100
    bias = ndtri(np.mean(drawn < values.mean()))
    acceleration = np.sum(deviations**3) / (6 * np.sum(deviations**2) ** 1.5)
    edge = math.sqrt(100 / 99) * 1.98421695  # Student's t, 97.5 %, 99 degrees of freedom (tables)
    levels = [ndtr(bias + (bias + z) / (1 - acceleration * (bias + z))) for z in (-edge, edge)]
    found = interval(values, lambda mean: mean)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, levels)), rel=1e-6)


@pytest.mark.parametrize("rows", [10, 100])
def test_interval_follows_the_skewness(rows: int) -> None:
    skewed = -np.log((np.arange(rows) + 0.5) / rows)
    found = interval(skewed, lambda mean: mean)
    assert found.high - found.value > 1.1 * (found.value - found.low) > 0
    mirrored = interval(-skewed, lambda mean: mean)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), rel=0.02)


@pytest.mark.parametrize("rows", [2, 12, 80])
def test_equal_replicates_have_no_width(rows: int) -> None:
    found = interval(np.full((rows, 3), 0.1), lambda mean: mean)
    assert all((bound == 0.1).all() for bound in found)


@pytest.mark.parametrize("rows", [12, 80])
def test_pairs_share_their_luck_and_one_number_is_like_many(rows: int) -> None:
    shared = np.sin(np.arange(rows))[:, None] * 1000
    values = shared + np.array([0.0, 7.0]) + 0.1 * np.cos(np.arange(rows))[:, None] * np.array([0.0, 1.0])
    one = interval(values, lambda mean: mean[..., 1] - mean[..., 0])
    assert one.high - one.low < 0.1 and isinstance(one.low, float)
    many = interval(values, lambda mean: np.stack([mean[..., 1] - mean[..., 0], mean[..., 0]], axis=-1))
    assert [bound[0] for bound in many] == pytest.approx(list(one), abs=1e-9)


@pytest.mark.parametrize("rows", [12, 80])
def test_replicates_of_one_population_are_one_observation(rows: int) -> None:
    values = np.sin(3.0 * np.arange(rows))
    together = interval(np.tile(values, 4), lambda mean: mean, groups=np.tile(np.arange(rows), 4))
    assert together == pytest.approx(interval(values, lambda mean: mean))
    single = interval(np.tile(values, 4), lambda mean: mean, groups=np.zeros(4 * rows, int))
    assert single == interval(np.tile(values, 4), lambda mean: mean)
    paired = fieller(np.tile(values + 3, 4), np.tile(values**2 + 4, 4), np.tile(np.arange(rows), 4))
    assert paired == pytest.approx(fieller(values + 3, values**2 + 4))


def test_failed_replicates_are_left_out() -> None:
    values = np.array([[1.0, 2.0], [np.nan, 5.0], [3.0, 5.0], [2.0, 9.0]])
    assert interval(values, lambda mean: mean[..., 1]) == interval(values[[0, 2, 3]], lambda mean: mean[..., 1])
    assert math.isnan(interval(values[1:2], lambda mean: mean[..., 1]).value)


def test_bounds_are_missing_where_the_statistic_often_is() -> None:
    values = np.linspace(-1, 1.2, 100)
    found = interval(values, lambda mean: np.where(mean > 0, mean, np.nan))
    assert found.value == pytest.approx(0.1) and math.isnan(found.low) and math.isnan(found.high)
    assert not math.isnan(interval(values + 1, lambda mean: np.where(mean > 0, mean, np.nan)).low)


def test_resamples_draw_as_many_units_as_there_are_each_equally_often() -> None:
    drawn = weights(50, 2000)
    assert (drawn.sum(axis=1) == 50).all() and np.array_equal(drawn, weights(50, 2000))
    assert abs(drawn.var() - (1 - 1 / 50)) < 0.02  # of a binomial number of draws
    assert np.abs(drawn.mean(axis=0) - 1).max() < 5 * math.sqrt(1 / 2000)


# Doses


def test_curves_by_hand() -> None:
    x, y = np.array([0.0, 1.0, 3.0]), np.array([[0.0, 4.0, 2.0], [0.0, 1.0, 5.0]])
    assert curves.interpolate(x, y, np.array([2.0, 2.0])).tolist() == [3, 3]
    assert np.isnan(curves.interpolate(x, y, np.array([3.1, -0.1]))).all()
    assert curves.crossing(x, y, np.array([3.0, 3.0])).tolist() == [0.75, 2.0]  # the first of two
    assert np.isnan(curves.crossing(x, y, np.array([4.1, -1.0]))).all()


def test_a_response_of_constant_returns_has_elasticity_one_and_never_halves() -> None:
    factors = np.array([0.25, 0.5, 1.0, 2.0])
    assert doses.elasticity(factors, 30 * factors) == pytest.approx(1)
    assert np.isnan(doses.half_marginal_dose(factors, 30 * factors))
    assert np.isnan(doses.elasticity(factors, -30 * factors))


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_a_saturating_response_has_its_known_elasticity_and_half_dose(strength: float) -> None:
    factors = np.arange(0, 2.01, 0.25)
    effects = -400 * np.expm1(-strength * factors)
    assert doses.elasticity(factors, effects) == pytest.approx(strength / math.expm1(strength), rel=0.01)
    assert doses.half_marginal_dose(factors, effects) == pytest.approx(math.log(2) / strength, rel=0.03)
    assert doses.elasticity(factors[1:], effects[1:]) == doses.elasticity(factors, effects)  # the origin is added


def test_effect_at_a_spend_that_a_capacity_may_not_allow() -> None:
    factors = np.array([0.5, 1.0, 1.5, 2.0])
    spend, effects = 10 * np.minimum(factors, 1.5), np.array([3.0, 5.0, 6.0, 6.0])
    assert doses.dose_at_spend(factors, spend, 12.5) == 1.25
    assert doses.effect_at_spend(factors, spend, effects, 12.5) == 5.5
    assert np.isnan(doses.effect_at_spend(factors, spend, effects, 15.1))
    assert doses.effect_at_spend(factors, np.stack([spend, 2 * spend]), effects, 10.0).tolist() == [5.0, 3.0]


# Pairing, stopping, sampling


def test_pairing_is_the_variance_of_differences() -> None:
    values = np.array([[1.0, 3.0], [4.0, 5.0], [7.0, 10.0], [8.0, 9.0]])
    found = pairing.pairing(values, lambda mean: mean[..., 1] - mean[..., 0])
    a, b = values.T
    assert found.variance_paired == pytest.approx(np.var(b - a, ddof=1) / 4)
    assert found.variance_independent == pytest.approx((np.var(a, ddof=1) + np.var(b, ddof=1)) / 4)
    assert found.saved_ratio == pytest.approx(found.variance_independent / found.variance_paired)
    assert found.independent_replicates == pytest.approx(4 * found.saved_ratio)


def test_pairing_of_a_ratio_by_the_delta_method() -> None:
    values = np.column_stack([[6.0, 7.0, 5.0, 8.0, 4.0], [3.0, 3.4, 2.4, 4.0, 2.2]])
    found = pairing.pairing(values, lambda mean: mean[..., 0] / mean[..., 1])
    top, bottom = values.mean(axis=0)
    g = np.array([1 / bottom, -top / bottom**2])
    covariance = np.cov(values.T) / 5
    assert found.variance_paired == pytest.approx(g @ covariance @ g, rel=1e-5)
    assert found.variance_independent == pytest.approx(g**2 @ np.diag(covariance), rel=1e-5)


def test_stopping_goes_from_the_floor_to_what_the_interval_promises() -> None:
    rule = stopping.Rule(half_width=1.0, floor=16, ceiling=100, growth=4.0)
    assert stopping.next_replicates(rule, None, 0) == 16
    assert stopping.next_replicates(rule, Estimate(5.0, 4.0, 6.0), 16) == 16  # narrow enough
    assert stopping.next_replicates(rule, Estimate(5.0, 3.5, 6.0), 16) == 36  # 1.5 squared
    assert stopping.next_replicates(rule, Estimate(5.0, 3.99, 6.0), 16) == 18  # an eighth at least
    assert stopping.next_replicates(rule, Estimate(5.0, -5.0, 6.0), 16) == 64  # four times at most
    assert stopping.next_replicates(rule, Estimate(5.0, -5.0, 6.0), 64) == 100
    assert stopping.next_replicates(rule, Estimate(5.0, -5.0, 6.0), 100) == 100
    assert stopping.next_replicates(rule, Estimate(math.nan, math.nan, math.nan), 16) == 64
    relative = rule._replace(is_relative=True, half_width=0.2)
    assert stopping.next_replicates(relative, Estimate(5.0, 4.0, 6.0), 16) == 16
    assert stopping.next_replicates(relative, Estimate(-5.0, -6.1, -4.0), 16) > 16


def test_orders_are_followed_by_their_reverse_and_reach_every_place() -> None:
    orders = sampling.orders(9, 500, seed=3)
    assert np.array_equal(orders[0::2], orders[1::2, ::-1])
    assert all(sorted(order) == list(range(9)) for order in orders.tolist())
    places = np.array([np.bincount(column, minlength=9) for column in orders[0::2].T])
    assert np.abs(places - 500 / 9).max() < 5 * math.sqrt(500 / 9)
    assert not np.array_equal(orders, sampling.orders(9, 500, seed=4))


def test_sampled_shapley_is_exact_for_what_antithetic_orders_solve_and_says_its_error_elsewhere() -> None:
    k = 9
    masks = np.arange(2**k)
    bits = masks[:, None] >> np.arange(k) & 1
    pairwise = bits @ np.arange(1.0, k + 1) + 3 * bits[:, 0] * bits[:, 1] - 2 * bits[:, 4] * bits[:, 7]
    cubic = pairwise + 12 * bits[:, 1] * bits[:, 2] * bits[:, 3]
    orders = sampling.orders(k, 40)
    held = sampling.coalitions(orders)
    found = sampling.sampled_shapley(np.tile(pairwise[held], (4, 1)), orders)
    assert np.allclose(found.estimate.value, factorial.shapley(pairwise)) and np.allclose(found.design_error, 0)
    found = sampling.sampled_shapley(np.tile(cubic[held], (4, 1)), orders)
    error = found.estimate.value - factorial.shapley(cubic)
    assert found.design_error[1:4].min() > 0.1 and (np.abs(error) < 4 * found.design_error + 1e-9).all()
    assert (found.estimate.low[1:4] < found.estimate.value[1:4]).all() and found.design_error[8] < 1e-9
