"""Starting, running and losing an enterprise: land, credit, rent, advice and the books behind them."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.state import DEFAULTED, Status

BASE = {
    "scale": 10, "spin_up": 12, "months": 24, "policy_start": 0, "initial.owners": 2000,
    "parameters.decision.consider_base": 0.1, "parameters.decision.enterprise_intercept": 1.5,
    "parameters.enterprise.idea_threshold": 0.2, "parameters.social_capital.contact_rate": 1,
    "parameters.social_capital.forgetting": 0,
}  # fmt: skip
NO_LAND = {**BASE, "initial.owners": 0}  # nobody on a site at the start, so there is none
FARMING, SHOPS = 0, 1  # sectors of the small place; farming needs premises
CREDIT = """
- {id: loans, kind: guarantee_loan, name: {en: G, zh: 贷}, awareness: 1, channels: {loan_chance: 10, loan_cap: 1000000}}
- {id: grants, kind: startup_grant, name: {en: S, zh: 补}, awareness: 1, channels: {grant: 200000}}
"""


def after(worlds: Any, rules: dict[str, Any], packages: Any = (), months: int = 12, base: Any = BASE) -> Any:
    """The same people in the first month, some months under other rules."""
    run = worlds.begin(worlds.scenario((), base), worlds.scenario(packages, {**base, **rules}))
    run.advance(months)
    return run


def owners(run: Any, sector: int) -> int:
    """Owners in a sector."""
    people = run.state.people
    return int(((people.status == Status.OWNER) & (people.sector == sector)).sum())


def one(worlds: Any, name: str, kind: str, channels: str, **more: Any) -> Any:
    """A package of one instrument that everybody hears of."""
    fields = {"awareness": 1, **more}
    rest = ", ".join(f"{key}: {value}" for key, value in fields.items())
    return worlds.package(
        name, f"- {{id: {name}, kind: {kind}, name: {{en: N, zh: 名}}, channels: {{{channels}}}, {rest}}}"
    )


def test_without_land_no_credit_founds_where_land_is_needed(worlds: Any) -> None:
    credit = worlds.package("plenty", CREDIT)
    land = one(worlds, "land", "land_supply", "premises: 400")
    poor, rich, richest = (
        after(worlds, rules, packages, base=NO_LAND)
        for rules, packages in (
            ({}, ()),
            ({}, [credit]),
            ({"instruments.loans.dose": 10, "instruments.grants.dose": 10}, [credit]),
        )
    )
    assert [owners(run, FARMING) for run in (poor, rich, richest)] == [0, 0, 0]
    assert owners(rich, SHOPS) > 1.2 * owners(poor, SHOPS) > 0  # credit founds where no land is needed
    settled = after(worlds, {}, [credit, land], base=NO_LAND)
    sites = worlds.series(settled, "premises")
    assert 0 < worlds.series(settled, "premises_used")[-1] <= sites[-1] < 500
    unrationed = after(worlds, {"mechanisms.premises_rationing": False}, [credit], base=NO_LAND)
    assert owners(unrationed, FARMING) > 2 * owners(settled, FARMING) > 0


def test_guarantees_bring_loans_up_to_their_number(worlds: Any) -> None:
    package = one(worlds, "guaranteed", "guarantee_loan", "loan_chance: 5, loan_cap: 100000", capacity=240)
    base, few, many, slack = (
        after(worlds, rules, packages)
        for rules, packages in (
            ({}, ()),
            ({}, [package]),
            ({"instruments.guaranteed.capacity": 10**9}, [package]),
            ({"mechanisms.credit_rationing": False}, [package]),
        )
    )
    loans = [worlds.series(run, "loans").sum() for run in (base, few, many, slack)]
    assert loans[0] < loans[1] < loans[2] == loans[3]
    uses = [worlds.series(run, "uses", ("instrument", "guaranteed")) for run in (few, many)]
    assert 0 < uses[0].sum() <= 270 and uses[0].max() < 45 < uses[1].max()  # by whole simulated loans a month


def test_a_grant_pays_what_it_says_to_each_who_uses_it(worlds: Any) -> None:
    package = one(worlds, "paid", "startup_grant", "grant: 9000", unit_cost=100, dose=0.5)
    run = after(worlds, {}, [package])
    uses = worlds.series(run, "uses", ("instrument", "paid"))
    assert uses.sum() > 0
    assert np.allclose(worlds.series(run, "money_grants"), 4500 * uses)
    # half a grant costs half of what a whole one costs
    assert np.allclose(worlds.series(run, "cost", ("instrument", "paid")), 50 * uses)


def test_a_limited_number_of_grants_is_given_out_and_no_more(worlds: Any) -> None:
    few = one(worlds, "few_grants", "startup_grant", "grant: 9000", capacity=240)
    uses = [
        worlds.series(after(worlds, rules, [few]), "uses", ("instrument", "few_grants")).sum()
        for rules in ({}, {"instruments.few_grants.capacity": 10**9}, {"mechanisms.credit_rationing": False})
    ]
    assert 0 < uses[0] <= 270 < uses[1] == uses[2]  # by whole simulated grants a month


def test_an_interest_subsidy_lowers_interest_alone_at_first(worlds: Any) -> None:
    full = one(worlds, "cheaper", "interest_subsidy", "interest_cut: 1")
    base, subsidised = (after(worlds, {}, packages, months=2) for packages in ((), [full]))
    owing = subsidised.workers()[lambda table: (table.debt > 0) & (table.used > 0)]
    assert len(owing) > 5
    assert worlds.series(subsidised, "money_interest")[1] < worlds.series(base, "money_interest")[1]
    assert worlds.series(subsidised, "money_interest")[0] == worlds.series(base, "money_interest")[0]
    assert worlds.series(subsidised, "loans")[0] == worlds.series(base, "loans")[0]


def closures(worlds: Any, rent_free: int, rules: dict[str, Any]) -> list[int]:
    """Closures month by month of the enterprises on sites that were there at the start, free of rent for a while."""
    run = worlds.begin(worlds.scenario((), BASE), worlds.scenario((), {**BASE, **rules}))
    run.state.firms.rent_free[:] = rent_free
    there = run.state.firms.owner[run.state.people.sector[run.state.firms.owner] == FARMING]
    left = [len(there)]
    for month in range(1, 13):
        run.advance(month)
        left.append(int(np.isin(there, run.state.firms.owner).sum()))
    return [before - now for before, now in pairwise(left)]


def test_free_rent_keeps_enterprises_until_it_ends(worlds: Any) -> None:
    # what rent costs is plain to see: nobody founds, the hump of exits is off, a loss closes sooner
    rules = {
        "parameters.enterprise.rent": 6000, "parameters.enterprise.exit_bump": 0,
        "parameters.enterprise.exit_loss_factor": 50, "parameters.decision.consider_base": 0,
        "parameters.decision.consider_festival": 0, "parameters.enterprise.exit_base": 0.004,
    }  # fmt: skip
    paying, free = (closures(worlds, months, rules) for months in (0, 6))
    assert sum(free[:6]) < 0.5 * sum(paying[:6])
    assert max(free[:6]) < free[6] and sum(free[6:9]) > 2 * sum(free[3:6])  # the bend
    # knock-out: where there is no rent to pay, freedom from it is worth nothing
    no_rent = {**rules, "parameters.enterprise.rent": 0}
    assert closures(worlds, 0, no_rent) == closures(worlds, 6, no_rent)


def test_free_rent_saves_the_rent_in_the_first_month(worlds: Any) -> None:
    profits = []
    for months in (0, 6):
        run = worlds.begin(worlds.scenario((), BASE))
        run.state.firms.rent_free[:] = months
        sector = run.state.people.sector[run.state.firms.owner]
        who = run.state.firms.owner.copy()
        run.advance(1)
        kept = np.isin(who, run.state.firms.owner)
        table = dict(zip(run.state.firms.owner, run.state.firms.profit, strict=True))
        profits.append({owner: table[owner] for owner in who[kept & (sector == FARMING)]})
    both = sorted(profits[0].keys() & profits[1].keys())
    saved = np.array([profits[1][owner] - profits[0][owner] for owner in both])
    earned = np.array([profits[0][owner] for owner in both])
    assert len(both) > 20
    assert np.allclose(saved[earned > 0], 500 * (1 - 0.03), atol=1)  # the rent, less the tax on it
    assert (saved >= 484).all() and (saved <= 501).all()


def test_incubated_enterprises_start_free_of_rent_where_there_is_rent(worlds: Any) -> None:
    hosting = one(worlds, "hosted", "incubation", "rent_free: 30, aftercare: 0, premises: 500")
    run = after(worlds, {}, [hosting], months=5)
    firms, people = run.state.firms, run.state.people
    recent, sector = firms.age <= 2, people.sector[firms.owner]
    assert (firms.rent_free[sector == SHOPS] == 0).all()
    hosted = recent & (sector == FARMING)
    assert hosted.sum() > 5 and np.array_equal(firms.rent_free[hosted] + firms.age[hosted], np.full(hosted.sum(), 30))
    assert (firms.rent_free[firms.age > 12] == 0).all()


def test_mentors_keep_enterprises_alive(worlds: Any) -> None:
    # those who were there at the start, who found nothing new and know of the mentors from the first month
    still = {"parameters.decision.consider_base": 0, "parameters.decision.consider_festival": 0}
    base, advised, idle = (
        after(worlds, still, packages)
        for packages in (
            (),
            [one(worlds, "mentors", "mentoring", "aftercare: 0.8")],
            [one(worlds, "talkers", "mentoring", "aftercare: 0")],
        )
    )
    closures = [worlds.series(run, "closures").sum() for run in (base, advised, idle)]
    assert closures[1] < 0.6 * closures[0] and closures[2] == closures[0] > 0
    assert worlds.series(idle, "uses", ("instrument", "talkers")).sum() == 0


def test_a_sector_that_every_county_pushes_fetches_a_lower_price(worlds: Any) -> None:
    profits = []
    for crowding in (0, 5):
        still = {"parameters.decision.consider_base": 0, "parameters.decision.consider_festival": 0}
        alone = {"mechanisms.agglomeration": False, "parameters.decision.enterprise_intercept": -10}
        rules = {**still, **alone, "parameters.market.crowding": crowding, "parameters.market.development_speed": 0.5}
        push = one(worlds, "push", "industry_programme", "development: 2", sectors="[shops]")
        run = after(worlds, rules, [push], months=6)
        sector = run.state.people.sector[run.state.firms.owner]
        profits.append([run.state.firms.profit[sector == s].mean() for s in (FARMING, SHOPS)])
    assert profits[1][SHOPS] < 0.9 * profits[0][SHOPS]
    assert profits[1][FARMING] == profits[0][FARMING]


def test_places_of_a_limited_instrument_go_to_the_sectors_it_serves(worlds: Any) -> None:
    # as many are used whether or not those who found in another sector apply for loans beside them
    channels, limit = "loan_chance: 10, loan_cap: 1000000", {"capacity": 150, "eligibility": "{sectors: [farming]}"}
    package = one(worlds, "farm_loans", "guarantee_loan", channels, **limit)
    land = one(worlds, "fields", "land_supply", "premises: 5000")
    rules = {"parameters.enterprise.own_share": 0.3, "parameters.enterprise.kin_most": 50000}
    uses = {}
    for name, crowd in (("both", 1.0), ("farming alone", 0.0)):
        run = after(worlds, {**rules, "sectors.shops.profit_factor": crowd}, [package, land])
        uses[name] = worlds.series(run, "uses", ("instrument", "farm_loans")).sum()
        if crowd:
            assert worlds.series(run, "foundings").sum() > 10 * uses[name]
    assert uses["both"] == pytest.approx(uses["farming alone"]) and uses["both"] > 100


def test_a_closed_enterprise_leaves_its_owner_searching_with_what_is_left(worlds: Any) -> None:
    ruin = {
        "parameters.enterprise.exit_base": 1, "parameters.enterprise.exit_elasticity": 0,
        "parameters.enterprise.default_debt": 5000, "parameters.decision.consider_base": 0,
        "parameters.decision.consider_festival": 0, "parameters.market.match_efficiency": 0,
        "parameters.decision.enterprise_intercept": -10,
    }  # fmt: skip
    run = worlds.begin(worlds.scenario((), BASE), worlds.scenario((), {**BASE, **ruin}))
    people, who = run.state.people, run.state.firms.owner.copy()
    people.debt[who[::2]] = 90000
    people.savings[who] = 0
    ties, generation = people.home_ties[who].copy(), people.generation[who].copy()
    run.advance(1)
    assert len(run.state.firms.owner) == 0
    stayed = people.generation[who] == generation
    assert np.isin(people.status[who[stayed]], (Status.SEARCHING, Status.POST)).all()  # posts are not matched
    indebted = stayed & (np.arange(len(who)) % 2 == 0)
    written_off = (people.flags[who] & DEFAULTED) > 0
    assert written_off[indebted].mean() > 0.9 and (people.debt[who[written_off]] == 0).all()
    assert (people.home_ties[who[written_off]] < ties[written_off]).all()
    seen = run.state.villages.failure.copy()
    assert seen.sum() > 0
    run.advance(2)
    assert np.allclose(run.state.villages.failure, 0.92 * seen)  # and neighbours forget it slowly
    assert worlds.series(run, "defaults").sum() > 0 < worlds.series(run, "money_written_off").sum()


def test_a_default_bars_the_way_to_the_next_loan(worlds: Any) -> None:
    loans = []
    barred = {**BASE, "parameters.enterprise.loan_default": 10, "demography.entrants.otherwise": 0}
    for defaulted in (0, DEFAULTED):
        run = worlds.begin(worlds.scenario((), BASE), worlds.scenario((), barred))
        run.state.people.flags[:] |= np.uint16(defaulted)
        run.advance(3)
        loans.append(worlds.series(run, "loans").sum())
    assert loans[0] > 0 == loans[1]
