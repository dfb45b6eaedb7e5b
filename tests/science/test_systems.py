"""Systems of the sources at work: what each does, and that it is gone when the system is off (docs/systems.md)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.state import Status

START = {"scale": 20, "spin_up": 12, "months": 24, "policy_start": 0}
EAGER = {
    **START, "initial.owners": 2000, "parameters.decision.consider_base": 0.1,
    "parameters.decision.enterprise_intercept": 1.0, "parameters.enterprise.idea_threshold": 0.2,
    "parameters.social_capital.contact_rate": 1, "parameters.social_capital.official_chance": 1,
}  # fmt: skip
STILL = {"parameters.decision.consider_base": 0, "parameters.decision.consider_festival": 0}


def county_of(run: Any) -> np.ndarray:
    """The county of every place of the population."""
    geography = run.world.geography
    return np.repeat(geography.county, np.diff(geography.start))


# --- A7: low-quality return is not neutral -----------------------------------------------------------


def after_returns(worlds: Any, skill: float, grade: int, **rules: Any) -> dict[str, float]:
    """Every third of those away comes home in the first month with some skill and grade; the following 18 months."""
    few = {**START, "initial.skilled_workers": 400}  # certified, for more skilled jobs
    run = worlds.begun(few, {"parameters.market.development_speed": 0.2, **rules})
    people = run.state.people
    returned = np.flatnonzero(people.status <= Status.IN_PROVINCE)[::3]
    people.status[returned], people.months_in_status[returned] = Status.SEARCHING, 0
    people.months_since_return[returned] = 0
    people.skill[returned], people.qualification[returned] = skill, grade
    run.advance(18)
    skilled_jobs = int(run.state.counties.capacity[:, :, 1].sum())
    return {
        "returned": len(returned),
        "idle": 1 - float((people.status == Status.WAGE_SKILLED).sum()) / skilled_jobs,
        "development": float(worlds.series(run, "development")[-1]),
    }


def test_as_many_returns_of_less_skill_leave_jobs_idle_and_industry_behind(worlds: Any) -> None:
    low, high = (after_returns(worlds, *mix) for mix in ((0.2, 0), (0.8, 2)))
    assert low["returned"] == high["returned"] > 200
    assert low["idle"] > high["idle"] + 0.2
    assert low["development"] < high["development"] - 0.01
    # knock-out: where industry does not ask for certified workers, it does not mind
    off = {"parameters.market.skilled_labour": 0, "mechanisms.agglomeration": False}
    low, high = (after_returns(worlds, *mix, **off) for mix in ((0.2, 0), (0.8, 2)))
    assert low["development"] == pytest.approx(high["development"], abs=1e-6)


# --- C1: three stages of service ---------------------------------------------------------------------

STAGES = {
    "prepare": "- {id: prepare, kind: information_platform, name: {en: P, zh: 息}, awareness: 1, "
    "channels: {truth: 1, freshness: 1, matching: 0, official: 0}}\n",
    "start": "- {id: start, kind: guarantee_loan, name: {en: S, zh: 贷}, awareness: 1, "
    "channels: {loan_chance: 5, loan_cap: 1000000}}\n",
    "sustain": "- {id: sustain, kind: mentoring, name: {en: M, zh: 导}, awareness: 1, channels: {aftercare: 0.8}}\n",
}


def stages(worlds: Any, missing: str) -> dict[str, float]:
    """What each stage is there for, in a chain without one of them."""
    chain = "".join(text for name, text in STAGES.items() if name != missing)
    run = worlds.begun(EAGER, {"parameters.decision.prior_chance": 0.01}, f"chain_without_{missing}", chain)
    run.advance(12)
    owners = worlds.series(run, "owners").sum()
    return {
        "prepare": float(worlds.series(run, "returns_speculative").sum()),  # home to look for work, on what is believed
        "start": float(worlds.series(run, "loans").sum() / worlds.series(run, "foundings").sum()),
        "sustain": float(1 - worlds.series(run, "closures").sum() / owners),
    }


def test_each_missing_stage_of_service_shows_at_that_stage(worlds: Any) -> None:
    whole = stages(worlds, "nothing")
    lost = {stage: {at: 1 - found / whole[at] for at, found in stages(worlds, stage).items()} for stage in STAGES}
    for at in STAGES:
        others = max(lost[stage][at] for stage in STAGES if stage != at)
        assert lost[at][at] > 0 and lost[at][at] > 2 * others, (at, lost)


# --- C5: the end of free rent ------------------------------------------------------------------------


def bend(worlds: Any, age: int) -> int:
    """How many more close in the three months after free rent than in those before, of enterprises of an age."""
    rules = {
        **STILL, "parameters.enterprise.rent": 6000, "parameters.enterprise.exit_loss_factor": 20,
        "parameters.enterprise.exit_base": 0.002, "parameters.enterprise.exit_bump": 0.02,
    }  # fmt: skip
    run = worlds.begun(EAGER, rules)
    run.state.firms.rent_free[:], run.state.firms.age[:] = 6, age
    run.advance(10)
    closed = worlds.series(run, "closures")
    return int(closed[6:9].sum() - closed[3:6].sum())


def test_the_rent_free_cliff_is_lower_for_mature_enterprises(worlds: Any) -> None:
    young, mature = (bend(worlds, age) for age in (20, 150))
    assert young > 2 * mature > 0


# --- C11: how early the warning ----------------------------------------------------------------------


def test_a_sensitive_alarm_rings_for_nothing_and_a_dull_one_helps_for_too_short(worlds: Any) -> None:
    text = (
        "- {{id: aid, kind: monitoring_aid, name: {{en: A, zh: 帮}}, capacity: 3600, "
        "channels: {{referral: 1, alert: {alert}}}}}"
    )
    alarms, searching = [], []
    for alert in (0.055, 0.1, 0.17, 0.5):
        run = worlds.begun(START, {}, f"alert_{int(1000 * alert)}", text.format(alert=alert))
        run.advance(6)
        people = run.state.people
        employed = np.flatnonzero((people.status == Status.WAGE_BASIC) | (people.status == Status.WAGE_SKILLED))
        people.status[employed[::2]] = Status.SEARCHING  # the shock
        run.advance(12)
        aided = worlds.series(run, "uses", ("instrument", "aid")) > 0
        alarms.append((int(aided[:6].sum()), int(aided[6:].sum())))
        searching.append(worlds.series(run, "searching")[6:].sum())
    false, true = zip(*alarms, strict=True)
    assert false[0] > 0 == false[1] == false[2] == false[3]
    assert true[0] > true[1] > true[2] > 0 == true[3], alarms
    assert max(searching[:3]) < searching[3]


# --- D1, F5: two circles -----------------------------------------------------------------------------

LONG = {
    **START, "scale": 80, "months": 132,
    "series.wage_out": {"otherwise": 4000}, "demography.entrants.otherwise": 0.02,
}  # fmt: skip
LOOP = {  # an industry that firms draw on strongly once they are dense, and nothing that wears it down
    "parameters.market.agglomeration": 5, "parameters.market.agglomeration_threshold": 3,
    "parameters.market.agglomeration_width": 0.2, "parameters.market.congestion": 0,
    "parameters.market.crowding": 0, "parameters.market.development_speed": 0.04,
}  # fmt: skip


def in_the_long_run(worlds: Any, start: float, **rules: Any) -> float:
    """Development of shops after 11 years, from a factor on that of the start; without enterprises below one."""
    run = worlds.begun(LONG, {**LOOP, **rules})
    run.state.counties.development[:] *= start
    if start < 1:
        run.state.people.status[run.state.firms.owner] = Status.FARM
    run.advance(132)
    return float(worlds.series(run, "development", ("sector", "shops"))[-1])


def test_two_starts_end_apart_where_firms_draw_firms_beyond_a_threshold(worlds: Any) -> None:
    vicious, virtuous = (in_the_long_run(worlds, start) for start in (0.5, 4))
    assert virtuous > 1.5 * vicious
    # breaking the link ends both in one state
    cut = [in_the_long_run(worlds, start, **{"mechanisms.agglomeration": False}) for start in (0.5, 4)]
    assert cut[1] == pytest.approx(cut[0], rel=0.05)


# --- D4: logistics -----------------------------------------------------------------------------------


def profit_gained(worlds: Any, logistics: float, hours: float) -> float:
    """Factor on the mean profit in the first month, where all villages are some hours from the market."""
    profits = []
    for name, share in (("without", 0), ("with", logistics)):
        online = f"- {{id: online, kind: ecommerce, name: {{en: E, zh: 电}}, channels: {{logistics: {share}, "
        run = worlds.begun(EAGER, STILL, f"{name}_{int(10 * logistics)}_tenths", online + "development: 0}}")
        geography = run.world.geography
        geography = geography._replace(remoteness=np.full_like(geography.remoteness, hours))
        run.world = replace(run.world, geography=geography)
        run.advance(1)
        profits.append(float(run.state.firms.profit.mean()))
    return profits[1] / profits[0]


def test_logistics_are_worth_most_where_the_market_is_far_and_nothing_beside_it(worlds: Any) -> None:
    near, middle, far = (profit_gained(worlds, 0.8, hours) for hours in (0, 2, 4))
    assert near == 1 and far > middle > 1.01
    assert profit_gained(worlds, 0.4, 4) < far


# --- D11: posts as a safety net ----------------------------------------------------------------------


def test_posts_that_end_cost_the_hard_to_employ_their_work(worlds: Any) -> None:
    net = "- {id: net, kind: public_posts, name: {en: N, zh: 岗}, channels: {posts: 2500}%s}"
    lost = {}
    rules = {**STILL, "parameters.market.match_efficiency": 0.05}
    lasting, ended = (worlds.begun(START, rules, name, net % end) for name, end in (("net", ""), ("cut", ", end: 8")))
    for run in (lasting, ended):
        run.advance(10)
    for group in ("ordinary", "poverty_lifted", "relocated"):
        work, there = (
            worlds.series(lasting, name, ("household", group)) for name in ("in_county_employment", "workers")
        )
        lost[group] = (work[9] - worlds.series(ended, "in_county_employment", ("household", group))[9]) / there[9]
    assert min(lost["poverty_lifted"], lost["relocated"]) > 1.5 * lost["ordinary"] > 0
    posts = [run.workers().status.to_numpy() == Status.POST for run in (lasting, ended)]
    workers = ended.workers()
    hard = (workers.age >= 50 * 12) | (workers.skill < 0.25) | (workers.household != 0)
    assert (posts[0] & ~posts[1]).sum() > 50
    assert hard[posts[0] & ~posts[1]].mean() > 0.9 > 0.7 > hard.mean()


# --- F1: three mismatches ----------------------------------------------------------------------------

PREMIUM = 0.35  # by which a skilled job pays more: searchers who know no rates go for one this much more often
SKILLED = (1 + PREMIUM) / (2 + PREMIUM)
APART = {"skill": 1 - SKILLED, "place": 1 - 0.2 * 1.75, "efficiency": 0.6}  # what each leaves of the hires, alone
MATCHING = {
    **STILL, "parameters.market.skilled_premium": PREMIUM, "parameters.decision.truth_weight": 0,
    "parameters.market.seek_farm": 0, "parameters.market.seek_upgrade": 0, "parameters.market.seek_post": 0,
}  # fmt: skip


def unmatched(worlds: Any, apart: set[str]) -> float:
    """Jobs open beside as many who search, a share, after a month of matching from nobody employed.

    Nobody is certified. In hours to the seat, three quarters of the workers live at 2 and the rest at 1.
    """
    rules = {
        "mechanisms.certificate_gate": "skill" in apart, "parameters.human_capital.skilled_bar": 0,
        "parameters.market.match_per_hour": 0.2 if "place" in apart else 0,
        "parameters.market.match_efficiency": 0.6 if "efficiency" in apart else 1,
    }  # fmt: skip
    run = worlds.begun({**START, "scale": 10}, MATCHING | rules)
    people, counties, county = run.state.people, run.state.counties, county_of(run)
    idle = people.status < Status.VACANT
    people.status[idle], people.qualification[:], people.age[idle] = Status.FARM, 0, 30 * 12
    counties.base_jobs[:] = counties.base_jobs.sum(axis=2, keepdims=True) * [1 - SKILLED, SKILLED]
    counties.vacancies[:] = counties.base_jobs
    for k, jobs in enumerate(counties.base_jobs.sum(axis=(1, 2))):
        people.status[np.flatnonzero(idle & (county == k))[: int(jobs)]] = Status.SEARCHING
    run.advance(1)
    jobs, filled, searching = (worlds.series(run, name)[0] for name in ("jobs", "jobs_filled", "searching"))
    return float(min(jobs - filled, searching) / jobs)


def test_three_mismatches_leave_jobs_open_beside_the_unemployed_and_can_be_switched_one_by_one(worlds: Any) -> None:
    assert unmatched(worlds, set()) < 0.05
    for one, hired in APART.items():
        assert unmatched(worlds, {one}) == pytest.approx(1 - hired, abs=0.05), one
        assert unmatched(worlds, set(APART) - {one}) < unmatched(worlds, set(APART)) - 0.02, one
