"""Every rule of the ODD: what its docstring claims, how it compiles, and the laws that it must keep."""

import math
import pkgutil
import re
from importlib import import_module
from itertools import groupby
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import sim.rules
from sim.compilation import INTERNAL, SETTINGS, Rule
from sim.draws import Purpose, draw_four, moment_of
from sim.rules import accounts, decision, enterprise, household, human_capital, market, quality, social_capital

f32 = np.float32
MODULES = [import_module(f"sim.rules.{found.name}") for found in pkgutil.iter_modules(sim.rules.__path__)]
RULES: dict[str, Any] = {
    name: member
    for module in MODULES
    for name, member in vars(module).items()
    if isinstance(member, Rule) and member.__module__ == module.__name__
}
NUMBER = r"-?(?:\d+\.?\d*|\.\d+)"
EXACT = 2e-6  # of values of order one in float32


def real(low: float, high: float) -> st.SearchStrategy[np.float32]:
    """float32 numbers of a range."""
    return st.floats(low, high).map(f32)


def law(*inputs: st.SearchStrategy[Any]) -> Any:
    """A test over inputs of some kinds, without a deadline: the first call compiles."""
    return lambda test: settings(deadline=None)(given(*inputs)(test))


share = real(0, 1)
log_input = real(-math.log(20), math.log(20))  # what [E1] leaves
sigmas = real(math.log(0.05), math.log(1000)).map(lambda x: f32(math.exp(x)))
SHARES = tuple(map(f32, (0.3, 0.3, 0.25, 0.15)))


def number_of(name: str) -> str:
    """The equation's number in the first paragraph of a rule's docstring."""
    numbers = re.findall(r"\[([A-Z]\d+)\]", RULES[name].__doc__.split("\n\n")[0])
    assert len(numbers) == 1, f"{name}: expected one number such as [H1] in the first paragraph"
    return str(numbers[0])


def known_values(name: str) -> list[tuple[list[float], float]]:
    """The known values of a rule's docstring, `name(1, 0.5) = 0.25`, as arguments and result."""
    text = " ".join(RULES[name].__doc__.split())
    claims = re.findall(rf"\b{name}\(([^()]*)\) = ({NUMBER})(?:/({NUMBER}))?", text)
    return [([float(x) for x in given_.split(",")], float(a) / float(b or 1)) for given_, a, b in claims]


def test_every_public_function_is_a_rule_and_numbers_run_on_without_a_gap() -> None:
    public = {
        name
        for module in MODULES
        for name, member in vars(module).items()
        if callable(member) and member.__module__ == module.__name__
    }
    assert public == set(RULES)
    numbers = sorted((number[0], int(number[1:])) for number in map(number_of, RULES))
    for letter, group in groupby(numbers, key=lambda pair: pair[0]):
        assert [n for _, n in group] == list(range(1, 1 + sum(pair[0] == letter for pair in numbers)))


@pytest.mark.parametrize("name", RULES)
def test_known_value_of_the_docstring(name: str) -> None:
    claims = known_values(name)
    assert claims, f"{name}: expected a known value such as {name}(1, 0.5) = 0.25 in the docstring"
    for arguments, expected in claims:
        assert RULES[name](*map(f32, arguments)) == pytest.approx(expected, rel=EXACT, abs=EXACT)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_float32_throughout_and_has_one_signature(name: str) -> None:
    rule = RULES[name]
    arguments, _ = known_values(name)[0]
    rule(*map(f32, arguments))
    assert set(rule.signatures) == {(numba.float32,) * len(arguments)}
    # compiled anew and without wrappers: those convert to Python's float, and cached code shows nothing
    bare = numba.njit(**INTERNAL, **SETTINGS)(rule.py_func)
    bare.compile((numba.float32,) * len(arguments))
    (signature,) = bare.nopython_signatures
    (listing,) = bare.inspect_llvm().values()
    assert signature.return_type == numba.float32
    assert name in listing and not re.search(r"\bdouble\b", listing)


def test_a_planted_double_is_found() -> None:
    bare = numba.njit(**INTERNAL, **SETTINGS)(lambda x: x + 0.5)
    bare.compile((numba.float32,))
    assert "double" in next(iter(bare.inspect_llvm().values()))


def ces(inputs: Any, sigma: Any, shares: Any = SHARES) -> float:
    """Productivity from four log inputs."""
    return float(enterprise.ces_normalised(*map(f32, inputs), *shares, f32(sigma)))


def exact_ces(inputs: Any, sigma: float) -> float:
    """The same from its definition, in float64; sigma not 1."""
    shares, rho = np.float64(SHARES) / np.float64(SHARES).sum(), (sigma - 1) / sigma
    exponents = rho * np.float64(inputs)
    top = exponents.max()
    return float(np.exp((top + np.log(shares @ np.exp(exponents - top))) / rho))


@law(sigmas)
def test_ces_is_one_at_the_mean_bundle_with_marginal_products_that_sigma_does_not_move(sigma: f32) -> None:
    assert ces((0, 0, 0, 0), sigma) == pytest.approx(1, abs=2e-5)
    step = 0.02
    for k, part in enumerate(SHARES):
        up, down = (ces([sign * step * (i == k) for i in range(4)], sigma) for sign in (1, -1))
        assert (up - down) / (2 * step) == pytest.approx(part, abs=0.01)


# Below a sigma of 0.065 and for inputs 400 times apart an exponent leaves the range of `exponential`.
@law(st.tuples(*[log_input] * 4), sigmas.filter(lambda sigma: sigma > 0.065))
def test_ces_is_its_definition(inputs: Any, sigma: f32) -> None:
    assume(abs(sigma - 1) > 1e-6)
    assert ces(inputs, sigma) == pytest.approx(exact_ces(inputs, float(sigma)), rel=1.5e-3)


@law(st.tuples(*[log_input] * 4))
def test_ces_meets_its_limits_and_is_continuous_between(inputs: Any) -> None:
    cobb_douglas = math.exp(np.float64(SHARES) @ np.float64(inputs))
    linear = float(np.float64(SHARES) @ np.exp(np.float64(inputs)))
    assert ces(inputs, 1) == pytest.approx(cobb_douglas, rel=1e-5)
    assert ces(inputs, 1e6) == pytest.approx(linear, rel=1e-4)
    for border in (1 / 1.02, 1 / 0.98):  # where the expansion around sigma = 1 takes over
        assert ces(inputs, border * 0.9999) == pytest.approx(ces(inputs, border * 1.0001), rel=3e-3)


@law(st.tuples(*[log_input] * 4), st.integers(0, 3), real(0, 1), sigmas)
def test_ces_rises_with_every_input_and_with_sigma(inputs: Any, k: int, rise: f32, sigma: f32) -> None:
    more = [x + rise * (i == k) for i, x in enumerate(inputs)]
    assume(sigma > 0.065)
    assert ces(more, sigma) >= ces(inputs, sigma) * (1 - 1e-4)
    assert ces(inputs, sigma * f32(2)) >= ces(inputs, sigma) * (1 - 2e-3)


@law(real(0, 5), real(0, 1e6), real(0, 1e6), share)
def test_matches_never_exceed_either_side_and_treat_them_alike(a: f32, seekers: f32, vacancies: f32, e: f32) -> None:
    hires = market.matches(a, seekers, vacancies, e)
    assert 0 <= hires <= min(seekers, vacancies)
    assert hires == pytest.approx(market.matches(a, vacancies, seekers, f32(1) - e), rel=1e-5)
    if min(seekers, vacancies) >= 1:  # constant returns to scale
        doubled = market.matches(a, seekers * f32(2), vacancies * f32(2), e)
        assert doubled == pytest.approx(2 * hires, rel=1e-5)


def test_gumbel_is_centred_with_the_variance_of_the_extreme_value() -> None:
    middles = (np.arange(1 << 16) + 0.5) / (1 << 16)
    errors = np.array([decision.gumbel(f32(u), f32(0.7)) for u in middles])
    assert errors.mean() == pytest.approx(0, abs=1e-3)
    assert errors.var() == pytest.approx(0.49 * math.pi**2 / 6, rel=2e-3)
    assert all(map(math.isfinite, (decision.gumbel(f32(0), f32(1)), decision.gumbel(f32(1), f32(1)))))


def test_normal_like_has_mean_zero_and_its_deviation() -> None:
    moment = moment_of(np.uint32(0), np.uint32(Purpose.PERSON_PLACE))
    key, none = np.uint32(7), np.uint32(0)
    draws = (draw_four(np.uint64(1), key, np.uint32(place), moment, none) for place in range(40_000))
    effects = np.array([decision.normal_like(*map(f32, four), f32(2)) for four in draws])
    assert effects.mean() == pytest.approx(0, abs=4 * 2 / 200)  # four standard errors
    assert effects.std() == pytest.approx(2, rel=0.01)


@law(real(0, 1e6), real(1.001, 2), real(1, 1e4), real(0.01, 10))
def test_income_utility_is_odd_rises_and_ends_in_a_logarithm(income: f32, more: f32, unit: f32, weight: f32) -> None:
    value = decision.income_utility(income, unit, weight)
    assert decision.income_utility(-income, unit, weight) == pytest.approx(-value, abs=1e-6)
    assert decision.income_utility(income * more + f32(1), unit, weight) >= value
    if income > 30 * unit:
        assert value == pytest.approx(weight * math.log(income / unit), abs=1.2e-3 * float(weight))


@law(real(0.01, 1), real(0.01, 1), share, share, share)
def test_peers_pull_only_where_there_are_any_and_repel_by_failure(t: f32, w: f32, a: f32, b: f32, failure: f32) -> None:
    one, none = f32(1), f32(0)
    assert decision.peer_pull(none, none, none, t, w, one, one) == pytest.approx(0, abs=1e-6)
    pull = decision.peer_pull(max(a, b), none, none, t, w, one, one)
    assert pull >= decision.peer_pull(min(a, b), none, none, t, w, one, one) - 1e-6
    assert decision.peer_pull(max(a, b), none, failure, t, w, one, one) == pytest.approx(pull - failure, abs=1e-6)
    assert decision.peer_pull(a, b, failure, t, w, one, none) == 0  # the switch
    assert decision.peer_pull_smooth(a, b, failure, one, one, none) == 0


@law(share, share, real(0, 600), real(0.05, 20), share)
def test_exit_hazard_is_a_chance_with_its_hump_at_the_peak(base: f32, bump: f32, age: f32, q: f32, care: f32) -> None:
    peak, elasticity = f32(36), f32(0.6)
    hazard = enterprise.exit_hazard(base, bump, age, peak, q, elasticity, care)
    assert 0 <= hazard <= 1
    assert hazard <= enterprise.exit_hazard(base, bump, peak, peak, q, elasticity, care) + EXACT
    assert hazard <= enterprise.exit_hazard(base, bump, age, peak, q, elasticity, f32(0)) + EXACT


@law(share, share, share, share, share)
def test_beliefs_lie_between_what_they_mix(recent: f32, stale: f32, fresh: f32, truth: f32, prior: f32) -> None:
    belief = decision.believed_chance(recent, stale, fresh, truth, prior)
    assert min(recent, stale, prior) - EXACT <= belief <= max(recent, stale, prior) + EXACT
    assert decision.believed_chance(recent, stale, f32(1), f32(1), prior) == recent  # perfect information
    assert decision.discouraged(belief, f32(3), truth) <= belief


@law(share, share, share, share, share)
def test_capitals_stay_between_nought_and_one(a: f32, b: f32, c: f32, d: f32, e: f32) -> None:
    assert 0 <= human_capital.skill_next(a, b, c, d, e) <= 1
    for present in map(f32, (0, 1)):
        assert 0 <= social_capital.ties_next(a, present, b, c, d) <= 1
        assert 0 <= social_capital.belonging_next(a, present, b, c) <= present
    assert max(a, b) - EXACT <= social_capital.hearing_chance(a, b) <= 1
    assert social_capital.word_of_mouth(f32(0), f32(0), a, b, c) == 0  # nobody knows: nobody tells
    assert human_capital.skill_spillover(a, b, c, d, f32(0)) == 0  # the switch
    assert 0 <= quality.composite(a, b, c, f32(0.3), f32(0.3), f32(0.4)) <= 1 + EXACT


@law(share, share, share, share, real(0, 3))
def test_family_pulls_more_where_services_are_better(
    spouse: f32, low: f32, high: f32, anchor: f32, weight: f32
) -> None:
    with_services = [
        household.family_pull(f32(0.2), f32(1), f32(1), service, service, weight, weight)
        for service in (min(low, high), max(low, high))
    ]
    assert with_services[0] <= with_services[1]
    assert 0 <= household.anchored(with_services[1], spouse, anchor) <= with_services[1]


@law(real(0, 5e6).map(np.rint), real(1, 240))
def test_a_debt_is_repaid_in_full_and_never_beyond(debt: f32, months: f32) -> None:
    paid = accounts.principal_due(debt, months)
    assert paid == min(debt, max(paid, 100)) and paid == np.rint(paid)


@law(real(0, 500), st.integers(1, 64))
def test_rounding_by_a_draw_keeps_the_mean(x: f32, grid: int) -> None:
    rounded = [market.rounded_by_draw(x, f32((k + 0.5) / grid)) for k in range(grid)]
    assert set(rounded) <= {math.floor(x), math.floor(x) + 1}
    assert np.mean(rounded) == pytest.approx(float(x), abs=0.5 / grid + 1e-4)
