"""Each switch takes away what its mechanism does and nothing else: off is the mechanism's own size at nothing."""

from typing import Any

import numpy as np
import pytest

from sim.parameters import Mechanisms
from sim.state import Status

START = {"scale": 10, "spin_up": 12, "months": 24, "policy_start": 0, "mechanisms.displacement": True}
BASE = {
    **START,
    "parameters.decision.consider_base": 0.1, "parameters.decision.enterprise_intercept": 1.0,
    "parameters.enterprise.idea_threshold": 0.3, "parameters.human_capital.skilled_bar": 0.4,
    "parameters.market.displacement": 0.8, "parameters.social_capital.contact_rate": 1,
}  # fmt: skip
PLENTY = """
- {id: land, kind: land_supply, name: {en: L, zh: 地}, channels: {premises: 0}}
- {id: loans, kind: guarantee_loan, name: {en: G, zh: 贷}, awareness: 1, capacity: 100}
- {id: courses, kind: skills_training, name: {en: C, zh: 课}, awareness: 1, capacity: 600}
"""
OFF = {name: {f"mechanisms.{name}": False} for name in Mechanisms._fields}
# a switch off is the same, bit for bit, as the mechanism's size at nothing or as slack without end
SAME_AS = {
    "peer_feedback": {"parameters.decision.peer_weight": 0},
    "agglomeration": {"parameters.market.agglomeration": 0},
    "certificate_gate": None,  # not by a number: see below
    "premises_rationing": {"instruments.land.channels.premises": 10**6},
    "credit_rationing": {"instruments.loans.capacity": 10**9},
    "training_rationing": {"instruments.courses.capacity": 10**9},
    "skill_spillover": {"parameters.human_capital.spillover": 0},
    "displacement": {"parameters.market.displacement": 0},
}
# numbers that no longer count once a switch is off
IDLE = {
    "enterprise_complementarity": {"parameters.enterprise.sigma": 0.3},
    "peer_feedback": {"parameters.decision.peer_threshold": 0.05, "mechanisms.peer_threshold": False},
    "peer_threshold": {"parameters.decision.peer_width": 1},
    "agglomeration": {"parameters.market.agglomeration_width": 2, "mechanisms.agglomeration_threshold": False},
    "agglomeration_threshold": {"parameters.market.agglomeration_width": 2},
    "certificate_gate": None,
    "entry_gate": None,
    "job_rationing": None,
    "premises_rationing": {"instruments.land.channels.premises": 700},
    "credit_rationing": {"instruments.loans.capacity": 300},
    "training_rationing": {"instruments.courses.capacity": 6000},
    "skill_spillover": {"parameters.human_capital.spillover": 0.1},
    "displacement": {"parameters.market.displacement": 0.1},
}


def after(worlds: Any, rules: dict[str, Any], months: int = 8) -> Any:
    """The same people in the first month, some months under other rules, with scarce land, loans and courses."""
    scarce = worlds.package("scarcity", PLENTY)
    base = worlds.scenario([scarce], START)
    run = worlds.begin(base, worlds.scenario([scarce], {**BASE, **rules}))
    run.advance(months)
    return run


def bits(worlds: Any, one: Any, other: Any) -> list[str]:
    """What differs between two runs, but for what the place has of land (which nobody need have used)."""
    return [name for name in worlds.differences(one, other) if "premises" not in name and " cost" not in name]


@pytest.mark.parametrize("switch", Mechanisms._fields)
def test_every_switch_makes_a_difference(worlds: Any, switch: str) -> None:
    assert bits(worlds, after(worlds, {}), after(worlds, OFF[switch])) != []


@pytest.mark.parametrize("switch", [name for name, same in SAME_AS.items() if same])
def test_off_is_the_mechanism_at_nothing_or_slack_without_end(worlds: Any, switch: str) -> None:
    assert bits(worlds, after(worlds, OFF[switch]), after(worlds, SAME_AS[switch])) == []


@pytest.mark.parametrize("switch", [name for name, idle in IDLE.items() if idle])
def test_off_the_numbers_of_the_mechanism_count_for_nothing(worlds: Any, switch: str) -> None:
    changed = IDLE[switch]
    assert bits(worlds, after(worlds, OFF[switch]), after(worlds, {**OFF[switch], **changed})) == []
    assert bits(worlds, after(worlds, {}), after(worlds, changed)) != []


def test_the_certificate_gate_is_only_for_those_skilled_enough(worlds: Any) -> None:
    nobody = {"parameters.human_capital.skilled_bar": 1}  # nobody is as skilled
    assert bits(worlds, after(worlds, {}), after(worlds, {**OFF["certificate_gate"], **nobody})) == []
    shut, opened = after(worlds, {}).workers(), after(worlds, OFF["certificate_gate"]).workers()
    skilled = [table[table.status == Status.WAGE_SKILLED] for table in (shut, opened)]
    assert (skilled[0].certificate > 0).all() and (skilled[1].certificate == 0).any()


def test_the_entry_gate_lets_nobody_in_without_the_capital_or_the_idea(worlds: Any) -> None:
    need = {sector.id: sector.entry_capital for sector in worlds.scenario((), BASE).sectors}
    gated, open_gate = after(worlds, {}), after(worlds, OFF["entry_gate"])
    small = []
    for run in (gated, open_gate):
        firms, recent = run.state.firms, run.state.firms.age < 8
        wanted = np.array(list(need.values()))[run.state.people.sector[firms.owner]]
        small.append((firms.capital[recent] < 0.999 * wanted[recent]).sum())
        assert recent.sum() > 10
    assert small[0] == 0 < small[1]
    hopeless = {"parameters.enterprise.idea_threshold": 5}
    assert worlds.series(after(worlds, hopeless), "foundings").sum() == 0


def test_open_jobs_are_as_many_as_apply_when_they_are_not_rationed(worlds: Any) -> None:
    slack, scarce = after(worlds, OFF["job_rationing"]), after(worlds, {})
    vacancies, seekers = (worlds.series(slack, name) for name in ("vacancies", "seekers"))
    assert (vacancies >= seekers - 1e-6).all()
    assert (worlds.series(scarce, "vacancies") < worlds.series(scarce, "seekers")).any()
    assert worlds.series(slack, "hires").sum() > worlds.series(scarce, "hires").sum()


def test_base_jobs_follow_demand_from_outside_as_far_as_they_respond(worlds: Any) -> None:
    jobs = {}
    for response in (0, 1, 2):
        demand = {"series.local_demand": {"months": {"2020-01": 100}, "otherwise": 50}}
        rules = {**BASE, **demand, "parameters.market.demand_response": response}
        run = worlds.begin(worlds.scenario((), {**START, **demand}), worlds.scenario((), rules))
        run.advance(2)
        jobs[response] = int(run.state.counties.capacity.sum())
        base = float(run.state.counties.base_jobs.sum())
    assert 0.4 * base < jobs[0] - jobs[1] < 0.6 * base  # demand halves
    assert 0.8 * base < jobs[0] - jobs[2] < 1.2 * base


def test_new_enterprises_take_jobs_from_old_ones(worlds: Any) -> None:
    # a displacement of one job for one: enterprises add no jobs to the place
    jobs = {}
    for displaced in (0, 1):
        run = worlds.begin(
            worlds.scenario((), START), worlds.scenario((), {**BASE, "parameters.market.displacement": displaced})
        )
        before = run.state.counties.firm_jobs_before.sum()
        run.state.firms.jobs[:] = np.minimum(run.state.firms.jobs * 3, 200)
        run.advance(1)
        jobs[displaced] = int(run.state.counties.capacity.sum())
        added = int(run.state.firms.jobs.sum()) - before
    assert added > 20
    assert 0.6 * added < jobs[0] - jobs[1] < 1.3 * added


def test_the_untrained_learn_from_skilled_returnees_of_their_village(worlds: Any) -> None:
    taught, alone = (
        worlds.begin(worlds.scenario((), START), worlds.scenario((), {**BASE, "mechanisms.skill_spillover": on}))
        for on in (True, False)
    )
    for run in (taught, alone):
        run.state.villages.returned_share[0], run.state.villages.returnee_skill[0] = 0.5, 0.9
        run.state.villages.returned_share[1:] = 0
        run.advance(1)
    first = slice(0, int(taught.world.geography.start[1]))
    mine, theirs = taught.state.people, alone.state.people
    gain = mine.skill - theirs.skill
    untrained = (mine.qualification == 0) & (mine.status >= Status.FARM) & (mine.status < Status.VACANT)
    untrained &= (mine.months_in_status > 1) & (theirs.skill > 0)
    assert (gain[first][untrained[first] & (theirs.skill[first] < 0.8)] > 0).all()
    assert (gain[first][mine.qualification[first] > 0] == 0).all() and (gain[first.stop :] == 0).all()


def test_peers_pull_beyond_a_threshold_and_failures_repel(worlds: Any) -> None:
    home = []
    for share, failure in ((0.0, 0.0), (0.6, 0.0), (0.6, 0.6)):
        rules = {"parameters.decision.peer_weight": 3, "parameters.decision.consider_base": 0.5}
        run = worlds.begin(worlds.scenario((), START), worlds.scenario((), {**BASE, **rules}))
        run.state.villages.returned_share[:], run.state.villages.owner_share[:] = share, 0
        run.state.villages.failure[:] = failure
        run.advance(1)
        home.append(worlds.series(run, "at_home")[0])
    assert home[1] > home[0] and home[1] > home[2]


def test_enterprises_draw_enterprises_once_they_are_dense(worlds: Any) -> None:
    developed = []
    for rules in ({}, OFF["agglomeration"]):
        dense = {**BASE, "parameters.market.agglomeration_threshold": 0.5, "parameters.market.development_speed": 0.5}
        run = worlds.begin(worlds.scenario((), dense), worlds.scenario((), {**dense, **rules}))
        run.advance(4)
        developed.append(worlds.series(run, "development")[-1])
    assert developed[0] > developed[1] + 0.1
