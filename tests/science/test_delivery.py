"""Chains of firms, referrals, offices and support for work away: what each does, and that nothing else does it."""

from typing import Any

import numpy as np
import pytest

from sim.chains import development_of_chains, jobs_of_chains
from sim.state import Status

BASE = {
    "scale": 10, "spin_up": 12, "months": 12, "policy_start": 0, "initial.owners": 2000,
    "parameters.decision.consider_base": 0.1, "parameters.decision.enterprise_intercept": 1.0,
    "parameters.enterprise.idea_threshold": 0.2, "parameters.social_capital.contact_rate": 1,
    "parameters.social_capital.official_chance": 1,
}  # fmt: skip


def begun(worlds: Any, name: str, instruments: str, **more: Any) -> Any:
    """A run at its first month under some instruments, from the spin-up without them."""
    package = worlds.package(name, instruments)
    return worlds.begin(worlds.scenario((), BASE), worlds.scenario([package], {**BASE, **more}))


# --- chains ---

CHAIN = (
    "- {id: chain, kind: chain_investment, name: {en: C, zh: 链}, channels: {chain_jobs: 3, chain_development: 2}%s}"
)


def test_a_chain_brings_jobs_to_where_its_enterprises_are_and_more_when_it_is_complete(worlds: Any) -> None:
    run = begun(worlds, "chain", CHAIN % "")
    _, area = run.world.levers.at(0)
    firms, weight, skilled = np.array([[4, 2], [5, 0]]), np.array([10.0, 20.0]), np.array([0.25, 0.5])
    jobs = jobs_of_chains(area, firms, weight, skilled)
    # upper: 3 jobs x 4 x 10 and 3 x 2 x 10; lower has half of the chain: 3 x 5 x 20 x 0.5
    assert np.allclose(jobs.sum(axis=2), [[120, 60], [150, 0]])
    assert np.allclose(jobs[0], [[90, 30], [30, 30]])
    assert np.allclose(development_of_chains(area, firms, np.array([1000, 500])), [[0.8, 0.4], [1.0, 0]])
    _, narrow = begun(worlds, "narrow", CHAIN % ", sectors: [shops]").world.levers.at(0)
    assert np.allclose(jobs_of_chains(narrow, firms, weight, skilled).sum(axis=2), [[0, 60], [0, 0]])


def test_jobs_of_a_chain_go_with_its_enterprises(worlds: Any) -> None:
    plain = begun(worlds, "no_chain", CHAIN.replace("jobs: 3", "jobs: 0").replace("opment: 2", "opment: 0") % "")
    pulled, orphaned = begun(worlds, "chain", CHAIN % ""), begun(worlds, "chain", CHAIN % "")
    firms = orphaned.state.firms
    orphaned.state.people.status[firms.owner] = Status.FARM  # every anchor gives up; its firm closes this month
    for run in (plain, pulled, orphaned):
        run.advance(1)
    added = worlds.series(pulled, "jobs")[0] - worlds.series(plain, "jobs")[0]
    enterprises = worlds.series(plain, "owners")[0] - worlds.series(plain, "foundings")[0]  # when jobs were counted
    assert added == pytest.approx(3 * enterprises, rel=0.01)
    assert worlds.series(orphaned, "jobs")[0] < worlds.series(plain, "jobs")[0]


# --- monitoring ---

AID = "- {id: aid, kind: monitoring_aid, name: {en: A, zh: 帮}, capacity: %d, unit_cost: 50, channels: {%s}%s}"


def shaken(worlds: Any, name: str, capacity: int, channels: str, eligible: str = "") -> Any:
    """Half of those employed at home lose their job at the start, under monitoring; three months later."""
    run = begun(worlds, name, AID % (capacity, channels, eligible))
    people = run.state.people
    employed = np.flatnonzero((people.status == Status.WAGE_BASIC) | (people.status == Status.WAGE_SKILLED))
    people.status[employed[::2]] = Status.SEARCHING
    people.months_in_status[employed[::2]] = 0
    run.advance(3)
    return run


def test_monitoring_brings_the_unemployed_into_open_jobs_sooner(worlds: Any) -> None:
    alone, helped = (shaken(worlds, f"aid{n}", n, "referral: 1") for n in (0, 200_000))
    searching = [worlds.series(run, "searching") for run in (alone, helped)]
    assert (searching[1] < 0.9 * searching[0]).all()  # the peak and what is left of it
    for run in (alone, helped):
        assert (worlds.series(run, "jobs_filled") <= worlds.series(run, "jobs") + 1e-6).all()
    uses, cost = (worlds.series(helped, what, ("instrument", "aid")) for what in ("uses", "cost"))
    assert uses[0] > 1000 and np.allclose(cost, 50 * uses)


def test_monitoring_helps_no_more_than_it_can_and_only_when_the_alarm_is_raised(worlds: Any) -> None:
    few = shaken(worlds, "few", 2400, "referral: 1")
    assert worlds.series(few, "uses", ("instrument", "aid")).max() <= 200 + 20  # a twelfth, and rounding by county
    quiet, none = shaken(worlds, "quiet", 200_000, "referral: 1, alert: 0.9"), shaken(worlds, "aid0", 0, "referral: 1")
    assert worlds.differences(quiet, none) == []
    women = shaken(worlds, "women", 200_000, "referral: 1", ", eligibility: {sexes: [female]}").workers()
    assert not women[women.used.to_numpy() > 0].male.any()


# --- offices ---

SUPPORT = (
    "- {id: loans, kind: guarantee_loan, name: {en: L, zh: 贷}, channels: {loan_chance: 5, loan_cap: 50000}}\n"
    "- {id: grants, kind: startup_grant, name: {en: G, zh: 补}, channels: {grant: 20000}}\n"
)
DESK = SUPPORT + "- {id: desk, kind: coordination, name: {en: D, zh: 协}, channels: {coordination: 1}}\n"
FRICTION = "parameters.market.office_friction"


def months_of_support(worlds: Any, name: str, instruments: str, **more: Any) -> Any:
    """Six months under the instruments."""
    run = begun(worlds, name, instruments, **more)
    run.advance(6)
    return run


def test_offices_that_work_apart_leave_founders_with_a_part_of_their_support(worlds: Any) -> None:
    smooth, apart = (months_of_support(worlds, "support", SUPPORT, **{FRICTION: f}) for f in (0, 1))
    uses = {
        (name, one): worlds.series(run, "uses", ("instrument", one)).sum()
        for name, run in (("smooth", smooth), ("apart", apart))
        for one in ("loans", "grants")
    }
    # finance comes before human_resources: every founder who knows of loans loses the grant, and nobody the loan
    assert uses["apart", "grants"] < 0.2 * uses["smooth", "grants"]
    assert uses["apart", "loans"] > 0.8 * uses["smooth", "loans"] > 100
    one_office = SUPPORT.replace("kind: startup_grant", "kind: startup_grant, office: finance")
    together = months_of_support(worlds, "one_office", one_office, **{FRICTION: 1})
    assert worlds.series(together, "uses", ("instrument", "grants")).sum() == uses["smooth", "grants"]


def test_full_coordination_removes_the_friction_and_nothing_else(worlds: Any) -> None:
    smooth = months_of_support(worlds, "support", SUPPORT, **{FRICTION: 0})
    coordinated = months_of_support(worlds, "desk", DESK, **{FRICTION: 1})
    assert worlds.differences(smooth, coordinated, but=["desk"]) == []


# --- support for work away ---


def test_support_for_work_away_is_paid_and_ends_with_it(worlds: Any) -> None:
    text = (
        "- {id: brigade, kind: export_support, name: {en: E, zh: 输}, awareness: 1, unit_cost: 10, end: 6, "
        "channels: {away_income: %s}, eligibility: {sexes: [female]}}"
    )
    paid, shut = (begun(worlds, name, text % share) for name, share in (("paid", 0.5), ("unpaid", 0.0)))
    for run in (paid, shut):
        run.advance(2)
    wages, people = run.scenario.series, run.state.people
    assert float(wages["wage_out"][12]) > 0
    savings = paid.state.people.savings - shut.state.people.savings
    stayed = (paid.state.people.status <= 1) & (people.status <= 1) & (people.months_in_status > 3)
    male = (people.flags & 1) == 1
    assert (savings[stayed & male] == 0).all()
    gained = savings[stayed & ~male]
    assert np.median(gained) > 200 and (gained >= 0).all()
    for run in (paid, shut):
        run.advance(10)
    uses = worlds.series(paid, "uses", ("instrument", "brigade"))
    assert uses[:6].sum() > 500 and not uses[6:].any()
    away = [worlds.series(run, "out_province") + worlds.series(run, "in_province") for run in (paid, shut)]
    assert away[0][5] > away[1][5]  # it competes with return
