"""Estimands on worlds whose answers are known in closed form; the long coverage runs are in tests/studies."""

import math

import numpy as np
import pytest
from scipy.special import expit
from scipy.special import logit as log_odds

from experiments.estimands import factorial, mechanism, multiplier, pairing, sampling, stopping
from experiments.laboratory.worlds import arm
from tests import toys
from tests.studies import coverage
from tests.toys import COHORT, QUIET, Noise
from tests.tuning import factorial_of, null_of, outcomes, planted

THREE = dict.fromkeys("abc", 0.7)
SWITCHES = {"peer_feedback": 0.4, "job_rationing": 0.2}
OFF = {f"mechanisms.{name}": False for name in SWITCHES}
SHIFTS = {"a": 0.5, "b": 0.7, "c": 0.4}


# Multipliers that are there, and those that are not


@pytest.mark.parametrize(("baseline", "pair", "triple"), [(0.05, 1.37, 1.82), (0.5, 0.90, None)])
def test_additive_utility_looks_synergistic_at_a_low_baseline(baseline: float, pair: float, triple: float) -> None:
    toy = toys.logit(baseline, THREE, outcomes=(toys.AT_HOME,), noise=QUIET)
    values = factorial_of(toy, toys.replicates(2))
    assert multiplier.multiplier(values, 3)[0].value == pytest.approx(pair, abs=0.005)
    if triple:
        assert multiplier.multiplier(values, 7)[0].value == pytest.approx(triple, abs=0.005)
    found, note = multiplier.scaled_multiplier(values / COHORT, 7, "logit")
    assert found.value == pytest.approx(1) and note == ""


@pytest.mark.parametrize(
    ("monthly", "ratio", "on_log_odds"), [(0.002, 1.67, 1.12), (0.01, 0.72, 1.58), (0.02, 0.48, 1.91)]
)
def test_what_accumulates_has_a_multiplier_that_only_the_complementary_log_log_removes(
    monthly: float, ratio: float, on_log_odds: float
) -> None:
    toy = toys.hazard(monthly, THREE, horizons=(60,), noise=QUIET)
    values = factorial_of(toy, toys.replicates(2))
    assert multiplier.multiplier(values, 7)[0].value == pytest.approx(ratio, abs=0.005)
    assert multiplier.scaled_multiplier(values / COHORT, 7, "logit")[0].value == pytest.approx(on_log_odds, abs=0.005)
    assert multiplier.scaled_multiplier(values / COHORT, 7, "cloglog")[0].value == pytest.approx(1, abs=0.03)


def test_additive_worlds_have_no_interaction_of_any_order() -> None:
    v = planted(toys.additive({"a": 30.0, "b": 50.0, "c": 40.0}))
    assert factorial.dividends(v).tolist() == [100, 30, 50, 0, 40, 0, 0, 0]
    assert multiplier.ratio(v, 7) == 1 and factorial.shapley(v) == pytest.approx([30, 50, 40])


def test_products_have_their_known_multiplier() -> None:
    v = planted(toys.multiplicative({"a": 0.3, "b": 0.5, "c": 0.4}))
    assert multiplier.ratio(v, 7) == pytest.approx((1.3 * 1.5 * 1.4 - 1) / 1.2)
    assert factorial.dividends(v)[7] == pytest.approx(100 * 0.3 * 0.5 * 0.4)


def test_independent_reach_has_no_bliss_excess_and_competition_a_multiplier_below_one() -> None:
    toy = toys.sub_additive({"a": 0.3, "b": 0.6, "c": 0.4}, base=0.0, room=COHORT)
    v = planted(toy) / COHORT  # those whom a reaches are a share of those whom b has not
    assert multiplier.bliss_excess(v, 7) == pytest.approx(0) and multiplier.ratio(v, 7) < 0.85
    doses = [{}, *({name: dose} for dose in (1.0, 3.0) for name in "abc")]
    sham = multiplier.sham(np.array([toy.planted(dose)[0, 0] for dose in doses]))
    strengths = (0.3, 0.6, 0.4)
    assert sham[1:] == pytest.approx([math.expm1(-3 * s) / (3 * math.expm1(-s)) for s in strengths])
    whole = sum(math.expm1(-3 * s) for s in strengths) / (3 * sum(math.expm1(-s) for s in strengths))
    assert sham[0] == pytest.approx(whole)


# Mechanisms


@pytest.mark.parametrize("refits_shift", [True, False])
def test_planted_mechanism_is_given_back_as_mechanism_excess(refits_shift: bool) -> None:
    toy = toys.mechanism(SHIFTS, SWITCHES, noise=QUIET)
    v, seeds = planted(toy), toys.replicates(3)
    null = null_of(toy, OFF, seeds, seeds, refits_shift)
    found = mechanism.mechanism_excess(factorial_of(toy, seeds), null)
    without = coverage.pure_logit(v)
    assert found.note == "" and np.abs(mechanism.gaps(factorial_of(toy, seeds), null)).max() < mechanism.TOLERANCE
    assert found.persons.value == pytest.approx(v[7] - without, rel=0.01)
    assert found.excess.value == pytest.approx((v[7] - without) / multiplier.sum_of_singles(v, 7), rel=0.01)
    assert found.null.value == pytest.approx((without - v[0]) / multiplier.sum_of_singles(v, 7), rel=0.01)


def test_refit_repairs_a_null_that_was_tuned_on_other_luck() -> None:
    # The null comes tuned to a world with other doses; within the resamples it is brought to this one.
    toy = toys.mechanism(SHIFTS, SWITCHES, noise=QUIET)
    other = toys.mechanism({"a": 0.52, "b": 0.73, "c": 0.41}, SWITCHES, baseline=0.052, noise=QUIET)
    v, seeds = planted(other), toys.replicates(3)
    found = mechanism.mechanism_excess(factorial_of(other, seeds), null_of(toy, OFF, seeds, seeds))
    assert found.persons.value == pytest.approx(v[7] - coverage.pure_logit(v), rel=0.01)


def test_mechanism_excess_is_shared_among_the_switches() -> None:
    toy = toys.mechanism(SHIFTS, SWITCHES, noise=QUIET)
    v, seeds, names = planted(toy), toys.replicates(3), list(SWITCHES)
    turned_off = [{f"mechanisms.{name}": False for name in off} for off in (names, names[1:], names[:1])]
    worlds = [null_of(toy, off, seeds, seeds) for off in turned_off]
    shares = mechanism.decompose(factorial_of(toy, seeds), [*worlds, None])
    # In closed form: the doses that give the same single effects with some mechanisms on, and their pairs.
    utility = log_odds(v / COHORT)
    alone = multiplier.single_effects(utility, 7)
    ratios = []
    for on in ([], names[:1], names[1:], names):
        dose = alone / (np.array(list(SHIFTS.values())) * (1 + 0.25 * len(on)))
        pairs = (dose.sum() ** 2 - (dose**2).sum()) / 2
        package = COHORT * expit(utility[0] + alone.sum() + pairs * sum(SWITCHES[name] for name in on))
        ratios.append((package - v[0]) / multiplier.sum_of_singles(v, 7))
    assert shares.value == pytest.approx(factorial.shapley(np.array(ratios)), rel=0.02)
    assert ratios[-1] == pytest.approx(multiplier.ratio(v, 7))


def test_no_null_where_no_dose_matches() -> None:
    toy = toys.mechanism(SHIFTS, SWITCHES, noise=QUIET)
    seeds = toys.replicates(3)
    null, on = null_of(toy, OFF, seeds, seeds), factorial_of(toy, seeds)
    strong = on.copy()
    strong[:, 2] += 500.0
    found = mechanism.mechanism_excess(strong, null, names="abc")
    assert math.isnan(found.excess.value) and found.note == "not identified: nothing in the null gives b"
    assert mechanism.mechanism_excess(on + 900.0, null).note == "not identified: nothing in the null gives v(none)"
    weak = on.copy()
    weak[:, 1] = weak[:, 0] + [-1.0, 1.0, 6.0]
    found = mechanism.mechanism_excess(weak, null, names="abc")
    assert found.note == "effect of a alone not above 0" and math.isfinite(found.persons.value)


# The paired design


def test_pairing_saves_what_the_shared_luck_is_worth() -> None:
    noise = Noise(shared=30.0, spread=0.0, own=3.0)
    values = factorial_of(toys.additive({"a": 30.0, "b": 50.0}, noise=noise), toys.replicates(4000))
    effect = pairing.pairing(values, lambda v: multiplier.effect(v, 3))
    assert effect.saved_ratio == pytest.approx((30**2 + 3**2) / 3**2, rel=0.1)
    excess = pairing.pairing(values, lambda v: multiplier.excess(v, 3))
    assert excess.variance_independent == pytest.approx(4 * (30**2 + 3**2) / 4000, rel=0.1)
    assert excess.saved_ratio == pytest.approx(effect.saved_ratio, rel=0.1)


def test_independent_seeds_save_nothing() -> None:
    toy = toys.additive({"a": 30.0, "b": 50.0}, noise=Noise(shared=30.0, spread=0.0, own=3.0))
    count = 2000
    cells = [outcomes(toy, [({name: 1.0 for name in names}, {})], toys.replicates(count, 1 + n * count))[:, 0]
             for n, names in enumerate(("", "a", "b", "ab"))]  # fmt: skip
    found = pairing.pairing(np.column_stack(cells), lambda v: multiplier.ratio(v, 3))
    assert found.saved_ratio == pytest.approx(1, abs=0.1)


def test_stopping_reaches_the_width_asked_or_the_ceiling() -> None:
    toy = coverage.hazard(coverage.NORMAL)
    for width in (25.0, 12.0, 0.1):
        rule, count, looks = stopping.Rule(half_width=width, floor=16, ceiling=200), 0, 0
        found = None
        while (more := stopping.next_replicates(rule, found, count)) > count:
            count, looks = more, looks + 1
            found = multiplier.estimate(factorial_of(toy, toys.replicates(count)), multiplier.excess, 7)
        assert found is not None and looks <= 8 and 16 <= count <= 200
        assert rule.is_met(found) or count == 200
        assert rule.is_met(found) == (width > 1)


def test_sampled_shapley_finds_that_of_all_coalitions_within_its_error() -> None:
    toy = toys.logit(0.05, {f"factor_{n}": 0.05 * (n + 1) for n in range(10)}, noise=QUIET)
    orders, expected = sampling.orders(10, 60), factorial.shapley(planted(toy))
    arms = [{toy.packages[b]: 1.0 for b in factorial.members(int(mask))} for mask in sampling.coalitions(orders)]
    found = sampling.sampled_shapley(outcomes(toy, [(doses, {}) for doses in arms], toys.replicates(2)), orders)
    assert len(arms) < 0.6 * 2**10
    assert np.abs((found.estimate.value - expected) / found.design_error).max() < 4
    assert (found.estimate.low < expected).mean() > 0.7 and found.design_error.max() < 0.1 * expected.max()


# Toys


def test_a_toy_s_luck_is_keyed_and_does_not_move_its_mean() -> None:
    toy = toys.hazard(0.004, THREE, noise=Noise(population=20.0, is_skewed=True))
    seeds = toys.replicates(3000, per_population=3)
    arms = [arm(), arm(["a", "b"])]
    values = toy(arms, seeds)
    assert np.array_equal(toy(arms[::-1], seeds[::-1]).outcomes[::-1, ::-1], values.outcomes)
    for place, doses in enumerate(({}, {"a": 1.0, "b": 1.0})):
        drawn = values.outcomes[place].reshape(1000, 3, 1, 3).mean(axis=1)
        error = (drawn.mean(axis=0) - toy.planted(doses)) / (drawn.std(axis=0) / math.sqrt(1000))
        assert np.abs(error).max() < 4
    limited = toys.additive({"a": 10.0}, prices={"a": 5.0}, capacities={"a": 1.5}, noise=QUIET)
    many = limited([arm({"a": dose}) for dose in (1.0, 1.5, 3.0)], seeds[:1])
    assert many.spend[:, 0, 0, 0].tolist() == [5, 7.5, 7.5] and many.outcomes[:, 0, 0, 0].tolist() == [110, 115, 115]


# Coverage, short


@pytest.mark.parametrize("make", coverage.FACTORIALS)
def test_intervals_cover_what_was_planted(make: object) -> None:
    found = coverage.factorial_lines(make, 16, coverage.NORMAL, repetitions=60)  # type: ignore[arg-type]
    assert all(abs(line.share - 0.95) <= 4 * line.error for line in found), found
    assert abs(sum(line.share for line in found) / len(found) - 0.95) < 0.045, found


def test_intervals_of_mechanism_excess_cover_with_a_mechanism_and_without() -> None:
    found = list(coverage.mechanism_lines(16, repetitions=40))
    assert {line.toy for line in found} == {"mechanism", "no mechanism"}
    assert all(abs(line.share - 0.95) <= 4 * line.error for line in found), found
