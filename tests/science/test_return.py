"""Who comes home and why: pushes, pulls, the festival, shocks, children, and errors that belong to alternatives."""

from typing import Any

import numpy as np
import pytest

from sim.arithmetic import u32
from sim.draws import Purpose, draw_unit, moment_of, stream_seed
from sim.fast import FastEngine
from sim.month import levers_of_month
from sim.rules.decision import gumbel
from sim.state import Status
from sim.world import INTENT_ENTERPRISE, INTENT_KIND

BASE = {"scale": 10, "spin_up": 24, "months": 24}
OPEN_JOBS = {"mechanisms.job_rationing": False, "parameters.market.match_efficiency": 5}
NO_INCOME = {"parameters.decision.income_weight": 0, "parameters.decision.enterprise_intercept": -10}
NO_AMENITY = {
    "parameters.decision.amenity_weight": 0,
    "parameters.household.pull_school": 0,
    "parameters.household.pull_elder": 0,
}
BETTER_SERVICES = {"instruments.public_services.dose": 4, "instruments.public_services.ramp": 0, "policy_start": 0}
PUSHES = {
    "living costs away": {"series.living_out.otherwise": 2500, "series.living_in.otherwise": 2000},
    "unemployment away": {"series.unemployment_out.otherwise": 0.3, "series.unemployment_in.otherwise": 0.3},
    "lower wages away": {"series.wage_in.otherwise": 2000, "series.wage_out": {"otherwise": 2700}},
}


def after(worlds: Any, rules: dict[str, Any], packages: Any = (), months: int = 12, seed: int = 1) -> Any:
    """The same people in the first month, some months under other rules."""
    run = worlds.begin(worlds.scenario((), BASE), worlds.scenario(packages, {**BASE, **rules}), seed)
    run.advance(months)
    return run


def moved(one: Any, other: Any) -> int:
    """Workers whose status differs between two runs."""
    return int((one.state.people.status != other.state.people.status).sum())


def returns(worlds: Any, run: Any) -> float:
    """Moves home, persons."""
    return float(worlds.series(run, "returns").sum())


def at_home(worlds: Any, run: Any) -> float:
    """Workers at home at the end, persons."""
    return float(worlds.series(run, "at_home")[-1])


@pytest.mark.parametrize("push", PUSHES)
def test_a_push_alone_sends_people_home(worlds: Any, push: str) -> None:
    base, pushed = after(worlds, {}), after(worlds, PUSHES[push])
    assert returns(worlds, pushed) > 1.1 * returns(worlds, base)
    assert at_home(worlds, pushed) > at_home(worlds, base)
    # incomes act through what they are worth alone: worth nothing, they move nobody
    assert moved(after(worlds, NO_INCOME), after(worlds, {**NO_INCOME, **PUSHES[push]})) == 0


def test_the_local_wage_draws_people_home_where_there_are_jobs(worlds: Any) -> None:
    pull = {"series.wage_local.otherwise": 4500}
    base, pulled = after(worlds, OPEN_JOBS), after(worlds, {**OPEN_JOBS, **pull})
    assert returns(worlds, pulled) > 1.1 * returns(worlds, base)
    assert at_home(worlds, pulled) > at_home(worlds, base)
    # where jobs are rationed, more apply than come; it still keeps people at home
    assert at_home(worlds, after(worlds, pull)) > at_home(worlds, after(worlds, {}))
    assert moved(after(worlds, NO_INCOME), after(worlds, {**NO_INCOME, **pull})) == 0


def test_public_services_draw_people_home(worlds: Any) -> None:
    base, served = after(worlds, {}), after(worlds, BETTER_SERVICES, ["public_services"])
    assert returns(worlds, served) > returns(worlds, base)
    assert at_home(worlds, served) > at_home(worlds, base)
    services = [worlds.series(run, "mean_services") for run in (base, served)]
    assert (services[1] > services[0] + 0.25).all()
    indifferent = after(worlds, NO_AMENITY), after(worlds, {**NO_AMENITY, **BETTER_SERVICES}, ["public_services"])
    assert moved(*indifferent) == 0


def test_equal_shifts_of_away_and_home_cancel(worlds: Any) -> None:
    home = {"parameters.decision.home_intercept": 0.5}
    away = {"parameters.decision.out_intercept": 0.5, "parameters.decision.in_intercept": 0.5}
    base = after(worlds, {})
    both = after(worlds, {**home, **away})
    alone = [after(worlds, shift) for shift in (home, away)]
    assert moved(base, both) <= 2  # but for rounding in float32
    assert min(moved(base, one) for one in alone) > 50
    assert returns(worlds, alone[0]) > returns(worlds, base) > returns(worlds, alone[1])


def test_a_push_is_worth_as_much_as_an_equal_pull(worlds: Any) -> None:
    childless = {"parameters.decision.barrier_child": 0}
    base = after(worlds, childless)
    push = after(worlds, {**childless, "parameters.decision.barrier_base": 0.75})  # 0.25 by default
    pull = after(worlds, {**childless, "parameters.decision.home_intercept": 0.5})
    assert returns(worlds, push) > 1.1 * returns(worlds, base)
    assert moved(push, pull) <= 2


def test_protection_in_the_city_keeps_people_there(worlds: Any) -> None:
    text = "- {id: NAME, kind: city_protection, name: {en: A, zh: 城}, channels: {protection: 1}, awareness: CHANCE}"
    heard, unheard = (
        worlds.package(name, text.replace("NAME", name).replace("CHANCE", chance))
        for name, chance in (("heard", "1"), ("unheard", "0"))
    )
    talk = {"policy_start": 0, "parameters.social_capital.contact_rate": 1}
    base, protected, unknown = (after(worlds, talk, packages) for packages in ((), [heard], [unheard]))
    assert returns(worlds, protected) < 0.95 * returns(worlds, base)
    assert at_home(worlds, protected) < at_home(worlds, base)
    assert moved(base, unknown) == 0


def test_people_come_home_around_the_spring_festival(worlds: Any) -> None:
    even = {"parameters.decision.consider_festival": 0.01}  # as in any other month
    festival = worlds.scenario((), BASE).festival[BASE["spin_up"] :] > 0
    peaks = []
    for rules in ({}, even):
        monthly = worlds.series(after(worlds, rules, months=24), "returns")
        peaks.append(monthly[festival].mean() / monthly[~festival].mean())
    assert peaks[0] > 3 and 0.5 < peaks[1] < 2


def test_visits_at_the_festival_renew_home_ties_of_those_away(worlds: Any) -> None:
    lonely = {"parameters.social_capital.festival_visit": 0}
    visited, alone = after(worlds, {}, months=2), after(worlds, lonely, months=2)  # January and February 2020
    mine, theirs = visited.state.people, alone.state.people
    away = (mine.status == theirs.status) & (mine.status <= Status.IN_PROVINCE) & (mine.months_in_status >= 2)
    assert away.sum() > 1000 and (mine.home_ties[away] > theirs.home_ties[away]).all()


def test_a_demand_shock_sends_many_home_unless_nobody_can_travel(worlds: Any) -> None:
    month = 5
    shock = {"series.layoff_out": {"months": {"2020-06": 0.5}, "otherwise": 0}}
    closed = {"series.closure": {"months": {"2020-06": 1.0}, "otherwise": 0}}
    base, shocked, shut = (after(worlds, rules) for rules in ({}, shock, {**shock, **closed}))
    passive, usual = (worlds.series(run, "returns_passive") for run in (shocked, base))
    assert passive[month] > 3 * usual[:month].max()
    assert np.array_equal(passive[:month], usual[:month])
    assert worlds.series(shocked, "returns_active")[month] <= worlds.series(base, "returns_active")[month]
    assert worlds.series(shut, "returns")[month] == worlds.series(shut, "departures_out")[month] == 0


def test_children_of_school_age_make_schools_matter(worlds: Any) -> None:
    # services count through schooling alone, and that through children alone
    plain = {"parameters.decision.amenity_weight": 0, "parameters.household.pull_elder": 0, "policy_start": 0}
    births = {"parameters.household.birth_base": 0, "parameters.household.pull_school": 1}
    responses = {}
    for child_months in (100, 255):  # all with a child at school, all without a child
        runs = []
        for rules, packages in (({}, ()), (BETTER_SERVICES, ("public_services",))):
            scenario = worlds.scenario(packages, {**BASE, **plain, **births, **rules})
            run = worlds.begin(worlds.scenario((), BASE), scenario)
            run.state.people.child_age[:] = child_months
            run.advance(12)
            runs.append(run)
        responses[child_months] = at_home(worlds, runs[1]) - at_home(worlds, runs[0])
        assert (moved(*runs) == 0) == (child_months == 255)
    assert responses[100] > 0 == responses[255]


def choices(worlds: Any, rules: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Statuses and applications after the worker phases of the first month, before the markets clear."""
    run = worlds.begin(worlds.scenario((), BASE), worlds.scenario((), {**BASE, **rules}))
    luck, population = (stream_seed(1, name) for name in ("luck", "population"))
    levers, _, month = levers_of_month(run.world, run.state, luck, population)
    engine = FastEngine(run.world, 1)
    engine.advance(run.world, run.state, levers, month)
    intent = np.zeros_like(run.state.people.status)
    for applicants in (engine.jobs, engine.enterprises):
        intent[applicants.who] = applicants.intent
    return run.state.people.status, intent


def test_an_alternative_more_takes_people_to_itself_alone(worlds: Any) -> None:
    # errors belong to alternatives, not to their positions: all who choose otherwise choose the new one
    plain = {"parameters.decision.enterprise_intercept": -10, "parameters.decision.search_intercept": -10}
    owners = worlds.begin(worlds.scenario((), BASE)).state.people.status == Status.OWNER  # have it already
    status, intent = choices(worlds, plain)
    new_status, new_intent = choices(worlds, {**plain, "parameters.decision.enterprise_intercept": 1})
    changed = ((status != new_status) | (intent != new_intent)) & ~owners
    assert changed.sum() > 20
    assert (new_intent[changed] & INTENT_KIND == INTENT_ENTERPRISE).all()
    new_status, new_intent = choices(worlds, {**plain, "parameters.decision.search_intercept": 1})
    changed = (status != new_status) & (status != Status.SEARCHING)
    assert changed.sum() > 20
    assert (new_status[changed] == Status.SEARCHING).all()


def test_an_alternative_named_twice_is_worth_no_more() -> None:
    seed, month = stream_seed(1, "luck"), u32(240)
    scale = np.float32(0.7)

    def errors(alternative: int) -> np.ndarray:
        places = range(3000)
        moment = moment_of(month, Purpose.ERROR)
        draws = [draw_unit(seed, u32(77), u32(place), moment, u32(alternative)) for place in places]
        return np.array([gumbel(np.float32(u), scale) for u in draws])

    one, again, other = errors(3), errors(3), errors(4)
    assert np.array_equal(np.maximum(one, again), one)
    # with an error of its own it would be worth ln 2 scales more, as in a logit with the alternative doubled
    assert abs(np.maximum(one, other).mean() - one.mean() - np.log(2) * scale) < 0.05
