"""Adaptive packages: the rule by hand, what is observed, and that nothing else about a run changes."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenarios
from scenarios import ScenarioError
from scenarios.describe import describe
from sim.adaptive import observation_error, planned_costs, reallocated, results_of
from sim.draws import stream_seed
from sim.outcomes import Flow
from sim.simulation import resume

INSTRUMENTS = """
- {id: aid, kind: monitoring_aid, name: {en: A, zh: 帮}, capacity: 1500, unit_cost: 1000%s}
- {id: courses, kind: skills_training, name: {en: S, zh: 训}, awareness: 0.5, capacity: 2000, unit_cost: 1500}
- {id: loans, kind: guarantee_loan, name: {en: G, zh: 贷}, awareness: 0.5, capacity: 300, unit_cost: 6000}
"""
BLOCK = "adaptive: {instruments: [aid, courses, loans], review: 3, lag: 1, noise: 0.5, step: 0.2, floor: 0.1%s}\n"
BASE = {"scale": 40, "spin_up": 6, "months": 12, "policy_start": 2, "initial.owners": 2000}
FIRST = 2 + 3 + 1  # month of the run of the first review


def package(worlds: Any, name: str, block: str = "", aid: str = "") -> Any:
    """A package of three instruments, with a block or without."""
    path = worlds.package(name, INSTRUMENTS % aid)
    text = path.read_text(encoding="utf-8").replace(f"id: {name}\n", "id: learning\n", 1)
    path.write_text(text + block, encoding="utf-8")
    return path


def doses(worlds: Any, run: Any) -> np.ndarray:
    """Doses in force, float64[3, months], as the outcomes have them."""
    return np.array([worlds.series(run, "dose", ("instrument", name)) for name in ("aid", "courses", "loans")])


# --- the rule ---


def test_the_rule_by_hand() -> None:
    half, even = np.array([0.5, 0.5]), np.array([1.0, 1.0])
    seen = np.array([30.0, 10.0])  # three quarters of the results are the first one's
    assert reallocated(half, seen, even, 1.0, 0.0).tolist() == [0.75, 0.25]
    assert reallocated(half, seen, even, 0.1, 0.0) == pytest.approx([0.6, 0.4])  # a step of a tenth of the budget
    assert reallocated(half, seen, even, 1.0, 0.2) == pytest.approx([0.65, 0.35])  # 0.2 each, 0.6 by results
    # a yuan of the second brought 4, of the first 3: 0.5 x 3 against 0.5 x 4
    assert reallocated(half, seen, np.array([10.0, 2.5]), 1.0, 0.0) == pytest.approx([3 / 7, 4 / 7])
    # equal returns move nothing, nor do results that nobody saw or that are below 0
    uneven = np.array([0.7, 0.3])
    assert reallocated(uneven, np.array([70.0, 30.0]), np.array([7.0, 3.0]), 1.0, 0.0) == pytest.approx(uneven)
    assert (reallocated(uneven, np.array([0.0, -5.0]), even, 1.0, 0.3) == uneven).all()
    # a tenth of the budget is another's: what is divided is what these two have
    assert reallocated(0.9 * half, seen, even, 1.0, 0.0) == pytest.approx([0.675, 0.225])


@given(
    st.lists(st.tuples(st.floats(0.01, 1), st.floats(0, 1e6), st.floats(1, 1e9)), min_size=2, max_size=8),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_the_rule_keeps_the_budget_the_floor_and_the_step(
    given_: list[tuple[float, float, float]], step: float, floor: float
) -> None:
    shares, results, allotted = np.array(given_).T
    shares, floor = shares / shares.sum(), floor / len(shares)
    after = reallocated(shares, results, allotted, step, floor)
    assert after.sum() == pytest.approx(1, rel=1e-9)
    assert np.abs(after - shares).sum() / 2 <= step + 1e-9
    assert (after >= np.minimum(shares, floor) - 1e-12).all()
    assert (reallocated(shares, results, allotted, 0.0, floor) == shares).all()


def test_what_is_seen_errs_by_a_keyed_draw() -> None:
    seed, other = stream_seed(1, "luck"), stream_seed(2, "luck")
    one = observation_error(seed, "aid", 240, 0.5)
    assert one == observation_error(seed, "aid", 240, 0.5)
    apart = {observation_error(*key, 0.5) for key in ((seed, "loans", 240), (other, "aid", 240), (seed, "aid", 241))}
    assert len(apart | {one}) == 4
    assert observation_error(seed, "aid", 240, 0.0) == 1.0
    many = np.array([observation_error(seed, "aid", month, 0.2) for month in range(4000)])
    assert many.mean() == pytest.approx(1, abs=0.015) and many.std() == pytest.approx(0.2, rel=0.05)
    assert min(observation_error(seed, "aid", month, 5.0) for month in range(50)) == 0.0


# --- what is observed ---


def test_what_a_county_counts_are_the_moves_of_an_instruments_users(worlds: Any) -> None:
    run = worlds.begin(worlds.scenario([package(worlds, "counted", BLOCK % "")], BASE))
    bit = [one.id for one in run.scenario.instruments].index("loans")
    weight, world = run.world.weight, run.world
    counted = {"hires": Flow.HIRED, "foundings": Flow.FOUNDED, "returns": (Flow.RETURN_ACTIVE, Flow.RETURN_PASSIVE)}
    totals = dict.fromkeys(counted, 0.0)
    for _, result in worlds.monthly(run, 4):
        everybody = np.full(len(run.state.people.used), 1 << bit, np.uint32)
        nobody = np.full(len(everybody), ~np.uint32(1 << bit), np.uint32)
        nothing = dict.fromkeys((*counted, "uses"), 0.0)
        for name, flow in counted.items():
            tally = result.tallies.flows[:, :, np.atleast_1d(flow)].sum(axis=(1, 2))
            (seen,) = results_of(world, run.state, result.uses, {**nothing, name: 2.0}, [bit], everybody)
            assert seen == pytest.approx(2 * (tally * weight).sum()), name
            totals[name] += seen
        (seen,) = results_of(world, run.state, result.uses, {**nothing, "uses": 1.0}, [bit], nobody)
        assert seen == pytest.approx((result.uses[bit] * weight).sum())
        assert results_of(world, run.state, result.uses, {**nothing, "hires": 1.0}, [bit], nobody) == [0.0]
    assert min(totals.values()) > 0


def test_only_who_came_to_use_it_in_the_present_period_counts(worlds: Any) -> None:
    run = worlds.begin(worlds.scenario([package(worlds, "counted", BLOCK % "")], BASE))
    periods = {0: 0, 1: 0, 2: 0, 3: 3, 4: 3}  # month since the packages began -> its period's first
    used: dict[int, np.ndarray] = {}
    for before, _ in worlds.monthly(run, 7):
        since = before.month - run.scenario.spin_up - 2
        used[since] = before.people.used
        if since in periods:
            same = before.people.generation == run.state.people.generation
            (kept,) = run.state.budget.before
            assert np.array_equal(kept[same], (used[periods[since]] & run.state.people.used)[same])
    assert (used[3] != used[0]).any()


# --- the loop ---


def test_a_step_of_nothing_is_the_fixed_mix_and_before_the_first_review_so_is_any(worlds: Any) -> None:
    fixed = worlds.run([package(worlds, "fixed")], BASE)
    still = worlds.run([package(worlds, "still", BLOCK % "")], {**BASE, "adaptive.learning.step": 0})
    moving = worlds.run([package(worlds, "moving", BLOCK % "")], BASE)
    assert len(still.state.budget.results) == 10 and still.state.budget.results.sum() > 0  # it looked, and kept still
    assert worlds.differences(fixed, still) == []
    one, other = (run.outcomes[run.outcomes.month < FIRST].drop(columns="scenario") for run in (fixed, moving))
    assert one.equals(other)
    assert worlds.differences(fixed, moving) != []


def test_a_review_moves_the_budget_and_keeps_what_is_planned(worlds: Any) -> None:
    run = worlds.run([package(worlds, "moving", BLOCK % "")], BASE)
    by_month, cost = doses(worlds, run), planned_costs(run.scenario)[-3:]
    assert cost == pytest.approx([1500 * 1000 / 12, 2000 * 1500 / 12, 300 * 6000 / 12])
    planned = cost @ by_month
    assert planned[2:] == pytest.approx(cost.sum())  # from policy_start on
    changed = [month for month in range(3, 12) if (by_month[:, month] != by_month[:, month - 1]).any()]
    assert changed == [FIRST, FIRST + 3]
    shares = by_month[:, 2:] * cost[:, None] / cost.sum()
    assert (np.abs(np.diff(shares)).sum(axis=0) / 2 <= 0.2 + 1e-12).all() and shares.min() >= 0.1
    # the first review by hand, from the figures of the first three months of the packages
    seen, luck = run.state.budget, stream_seed(1, "luck")
    period = slice(0, 3)
    factors = [observation_error(luck, name, run.scenario.start + FIRST, 0.5) for name in ("aid", "courses", "loans")]
    expected = reallocated(cost / cost.sum(), seen.results[period, -3:].sum(axis=0) * factors, 3 * cost, 0.2, 0.1)
    assert shares[:, FIRST - 2] == pytest.approx(expected)


def test_engines_and_a_resumed_run_agree(worlds: Any, tmp_path: Any) -> None:
    from sim.simulation import simulate

    small = {**BASE, "scale": 400, "spin_up": 1, "months": 7, "instruments.aid.changes.0.month": 3}
    scenario = worlds.scenario(
        [package(worlds, "engines", BLOCK % "", ", changes: [{month: 4, channels: {referral: 0.1}}]")], small
    )
    fast, readable = (simulate(scenario, engine=engine, threads=1) for engine in ("kernel", "agents"))
    assert worlds.differences(fast, readable) == []
    assert len(set(doses(worlds, fast)[0])) > 2
    half = simulate(scenario, months=5, threads=1)
    half.checkpoint(tmp_path / "half.npz")
    whole = resume(tmp_path / "half.npz", threads=1)
    assert worlds.differences(fast, whole) == []
    for one, other in zip(fast.state.budget, whole.state.budget, strict=True):
        assert np.array_equal(one, other)


def test_a_change_of_effectiveness_acts_from_its_month_and_drives_budget_away(worlds: Any) -> None:
    quiet = {**BASE, "adaptive.learning.noise": 0, "adaptive.learning.observed.uses": 1}
    change = ", changes: [{month: 3, channels: {referral: 0.01}}]"
    plain = worlds.run([package(worlds, "no_change", BLOCK % "")], quiet)
    changed = worlds.run([package(worlds, "change", BLOCK % "", change)], quiet)
    aid = [one.id for one in changed.scenario.instruments].index("aid")
    effects = [changed.world.levers.at(month)[0].effect[aid].max() for month in (4, 5, 6)]
    assert effects == [0.5, np.float32(0.01), np.float32(0.01)]
    one, other = (run.outcomes[run.outcomes.month < 5].drop(columns="scenario") for run in (plain, changed))
    assert one.equals(other)
    assert doses(worlds, changed)[0, -1] < doses(worlds, plain)[0, -1]


# --- errors ---

ERRORS = {
    "unknown instrument": (
        "[aid, courses, loans]",
        "[aid, course]",
        ['adaptive.instruments: unknown instrument of the package "course"; did you mean "courses"?'],
    ),
    "twice": ("[aid, courses, loans]", "[aid, aid]", ["adaptive.instruments.1", "there twice"]),
    "one alone": (
        "[aid, courses, loans]",
        "[aid]",
        ["adaptive.instruments: expected a list of at least 2 (got a list)"],
    ),
    "no review": ("review: 3", "review: 0", ["adaptive.review: expected a whole number from 1 to 600"]),
    "unknown key": ("review: 3", "reviews: 3", ["adaptive.reviews: unknown key", '"review"?']),
    "too high a floor": ("floor: 0.1", "floor: 0.4", ["adaptive.floor: expected at most 0.3333", "(got 0.4)"]),
    "nothing counted": ("floor: 0.1", "floor: 0.1, observed: {uses: 0}", ["adaptive.observed: counts nothing"]),
    "unknown result": ("floor: 0.1", "floor: 0.1, observed: {hire: 1}", ["observed.hire: unknown key", '"hires"?']),
    "open cost": (
        "capacity: 300, unit_cost",
        "unit_cost",
        ["adaptive.instruments.2", "is open", "expected a capacity"],
    ),
    "open cost of all who come": (
        "kind: guarantee_loan, name: {en: G, zh: 贷}, awareness: 0.5, capacity: 300",
        "kind: interest_subsidy, name: {en: G, zh: 贷}, awareness: 0.5",
        ["adaptive.instruments.2", "is open", 'a fixed_cost alone, for the kind "interest_subsidy" serves all'],
    ),
    "no cost": (", unit_cost: 6000", "", ["adaptive.instruments.2", "costs nothing"]),
    "no users": ("kind: guarantee_loan", "kind: council", ["adaptive.instruments.2", "nobody counts as a user"]),
    "no channel of the kind": ("referral", "referal", ["changes.0.channels.referal", 'did you mean "referral"?']),
    "out of range": ("{referral: 0.1}", "{referral: 2}", ["aid.changes.0.channels.referral", "from 0 to 1", "got 2"]),
    "an empty change": ("{referral: 0.1}", "{}", ["changes.0.channels", "not empty"]),
    "changes out of order": ("{month: 9,", "{month: 1,", ["aid.changes", "rising order, each once (got [4, 1])"]),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_is_refused(worlds: Any, name: str) -> None:
    old, new, words = ERRORS[name]
    two = ", changes: [{month: 4, channels: {referral: 0.1}}, {month: 9, channels: {referral: 0.2}}]"
    path = package(worlds, "wrong", BLOCK % "", two)
    text = path.read_text(encoding="utf-8")
    assert old in text
    if "council" in new:
        text = text.replace("capacity: 300, unit_cost", "fixed_cost")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    for check in (scenarios.validate, lambda file: scenarios.load("zhaotong", [file])):
        with pytest.raises(ScenarioError) as caught:
            check(path)
        assert [word for word in [*words, f"{path}:"] if word not in str(caught.value)] == [], str(caught.value)


def test_two_packages_cannot_move_one_instrument_and_overrides_name_a_package(worlds: Any) -> None:
    one, two = package(worlds, "one", BLOCK % ""), package(worlds, "two", BLOCK % "")
    two.write_text(two.read_text(encoding="utf-8").replace("id: learning", "id: second", 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match='"aid" is moved by the package "learning" already'):
        worlds.scenario([one, two], BASE)
    for key, message in (
        ("adaptive.learnin.step", 'unknown adaptive package "learnin"; did you mean "learning"?'),
        ("adaptive.learning", "expected adaptive.PACKAGE.KEY"),
        ("adaptive.learning.stp", 'unknown key; did you mean "step"?'),
    ):
        with pytest.raises(ScenarioError, match=re.escape(message)):
            worlds.scenario([one], {**BASE, key: 0.3})
    shown = {one.key: one for one in describe("zhaotong", [one], {"adaptive.learning.step": 0.3})}
    assert (
        shown["adaptive.learning.step"].value == 0.3 and shown["adaptive.learning.review"].unit == "months of a period"
    )
