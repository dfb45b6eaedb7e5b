"""Nothing is lost or made up: workers, jobs, sites, places on courses and money close every month, in every world."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.outcomes import Flow, Ledger
from sim.parameters import Mechanisms
from sim.population import county_of_place
from sim.state import MALE, Status, check, flag

OPTIONS = {
    "scale": 20, "spin_up": 4, "months": 8, "policy_start": 2, "population.workers_per_village": 80,
    "initial.owners": 3000, "demography.entrants.otherwise": 0.1, "parameters.household.leave_base": 0.005,
    "parameters.decision.consider_base": 0.2, "parameters.decision.enterprise_intercept": 1.5,
    "parameters.enterprise.exit_bump": 0.08, "parameters.enterprise.default_debt": 2000,
    "parameters.enterprise.idea_threshold": 0.3, "mechanisms.displacement": True,
    "instruments.order_training.capacity": 8000, "instruments.guarantee_loans.capacity": 900,
    "instruments.industry_programme.ramp": 0,
    "instruments.industry_programme.end": 2, "instruments.incubation.end": 4,
}  # fmt: skip
PLAIN = {key: value for key, value in OPTIONS.items() if not key.startswith("instruments")}
MONEY_IN = (Ledger.INCOME, Ledger.BORROWED, Ledger.GRANTS, Ledger.RECOVERED, Ledger.BROUGHT)
MONEY_OUT = (Ledger.CONSUMED, Ledger.INTEREST, Ledger.REPAID, Ledger.INVESTED, Ledger.TAKEN)
DEBT_OUT = (Ledger.REPAID, Ledger.WRITTEN_OFF, Ledger.DEBT_GONE)
HOME, PRESENT = Status.FARM, Status.VACANT  # statuses from HOME on, below PRESENT


def by_county(world: Any, values: np.ndarray) -> np.ndarray:
    """Sums over the places of each county, int64[C]."""
    where = county_of_place(world, np.arange(len(values)))
    sums = np.zeros(len(world.weight), np.int64)
    np.add.at(sums, where, values.astype(np.int64))
    return sums


def jobs_held(world: Any, people: Any) -> np.ndarray:
    """Workers in the jobs of each county, sector and tier, int64[C, S, 2]."""
    sectors = range(len(world.scenario.sectors))
    tiers = (Status.WAGE_BASIC, Status.WAGE_SKILLED)
    held = [[by_county(world, (people.status == t) & (people.sector == s)) for t in tiers] for s in sectors]
    return np.array(held).transpose(2, 0, 1)


def posts_held(world: Any, people: Any) -> np.ndarray:
    """Holders of posts and of workshop jobs, int64[C, 2]."""
    posts = people.status == Status.POST
    return np.stack([by_county(world, posts & (people.sector == kind)) for kind in (0, 1)], axis=1)


def sites_used(world: Any, state: Any) -> np.ndarray:
    """Enterprises on sites, int64[C]."""
    needs = np.array([sector.needs_premises for sector in world.scenario.sectors])
    owners = state.firms.owner[needs[state.people.sector[state.firms.owner]]]
    return np.bincount(county_of_place(world, owners), minlength=len(world.weight))


def require_people(world: Any, before: Any, after: Any, flows: np.ndarray) -> None:
    """Who was there and entered is there or left; who moved is where the moves lead."""
    old, new = before.people, after.people
    was, now = old.status < PRESENT, new.status < PRESENT
    left = old.generation != new.generation
    assert np.array_equal(by_county(world, left), flows[:, Flow.LEFT])
    assert np.array_equal(by_county(world, now), by_county(world, was) + flows[:, Flow.ENTERED] - flows[:, Flow.LEFT])
    assert was[left].all() and not (was & ~now & ~left).any(), "a place vacated that nobody left"
    away_then, away_now = (by_county(world, people.status < HOME) for people in (old, new))
    gone = by_county(world, left & (old.status < HOME))
    departed = flows[:, Flow.DEPART_OUT] + flows[:, Flow.DEPART_IN]
    returned = flows[:, Flow.RETURN_ACTIVE] + flows[:, Flow.RETURN_PASSIVE]
    assert np.array_equal(away_now, away_then - gone + departed - returned)
    assert (flows[:, Flow.RETURN_SPECULATIVE] <= returned).all()
    stayed = now & ~left & was
    assert (new.age[stayed] == old.age[stayed] + 1).all()
    assert (flag(new.flags[stayed], "male") == (old.flags[stayed] & MALE)).all()


def require_jobs(world: Any, before: Any, after: Any, result: Any, area: Any) -> None:
    """No job, post, site or place on a course is held that does not exist."""
    held = jobs_held(world, after.people)
    assert (held <= after.counties.capacity).all()
    assert (result.county["hired"] <= np.minimum(result.county["seekers"], result.county["vacancies"])).all()
    assert (result.county["hired"] <= result.tallies.flows[:, :, Flow.HIRED].sum(axis=1)).all()  # with posts
    posts = np.ceil(area.posts / world.weight[:, None])
    assert (posts_held(world, after.people) <= np.maximum(posts_held(world, before.people), posts)).all()
    sites = np.ceil(after.counties.base_premises + area.premises / world.weight)
    if world.scenario.parameters.mechanisms.premises_rationing:
        assert (sites_used(world, after) <= np.maximum(sites_used(world, before), sites)).all()
    switches = world.scenario.parameters.mechanisms
    for k, instrument in enumerate(world.scenario.instruments):
        rationed = switches.training_rationing if instrument.dose_scales_capacity else switches.credit_rationing
        if instrument.capacity is not None and rationed:
            assert (result.uses[k] <= np.ceil(area.capacity[k] / world.weight)).all(), instrument.id


def require_enterprises(world: Any, before: Any, after: Any, flows: np.ndarray) -> None:
    """Enterprises before, founded and closed make enterprises after; the table holds each owner's."""
    counts = [np.bincount(county_of_place(world, s.firms.owner), minlength=len(world.weight)) for s in (before, after)]
    assert np.array_equal(counts[1], counts[0] + flows[:, Flow.FOUNDED] - flows[:, Flow.CLOSED])
    assert (flows[:, Flow.FOUNDED_BY_RETURNEE] <= flows[:, Flow.FOUNDED]).all()
    assert (flows[:, Flow.LOAN] <= flows[:, Flow.FOUNDED]).all()
    assert (flows[:, Flow.DEFAULT] <= flows[:, Flow.CLOSED]).all()
    kept = np.isin(after.firms.owner, before.firms.owner) & (after.firms.age > 0)
    then = np.searchsorted(before.firms.owner, after.firms.owner[kept])
    for name in ("luck", "capital", "jobs"):
        assert np.array_equal(getattr(after.firms, name)[kept], getattr(before.firms, name)[then]), name
    assert np.array_equal(after.firms.age[kept], before.firms.age[then] + 1)


def require_money(world: Any, before: Any, after: Any, ledger: np.ndarray) -> None:
    """Savings and debt change by what the ledger says, to the yuan, in each county."""
    saved, owed = (
        by_county(world, getattr(after.people, name)) - by_county(world, getattr(before.people, name))
        for name in ("savings", "debt")
    )
    paid = {entry: ledger[:, entry] for entry in Ledger}
    assert np.array_equal(saved, sum(paid[e] for e in MONEY_IN) - sum(paid[e] for e in MONEY_OUT))
    assert np.array_equal(owed, paid[Ledger.BORROWED] - sum(paid[e] for e in DEBT_OUT))
    assert (ledger[:, [entry for entry in Ledger if entry != Ledger.INCOME]] >= 0).all()
    new = np.setdiff1d(np.arange(len(after.firms.owner)), np.flatnonzero(after.firms.age))
    capital = np.zeros(len(after.people.status), np.int64)
    capital[after.firms.owner[new]] = after.firms.capital[new]
    assert np.array_equal(by_county(world, capital), paid[Ledger.INVESTED])


def require_books_closed(worlds: Any, run: Any, months: int) -> None:
    """Advance a run and hold every month to its books."""
    world = run.world
    for before, result in worlds.monthly(run, months):
        after, flows = run.state, result.tallies.flows.sum(axis=1)
        _, area = world.levers.at(before.month - world.scenario.spin_up)
        check(after)
        require_people(world, before, after, flows)
        require_jobs(world, before, after, result, area)
        require_enterprises(world, before, after, flows)
        require_money(world, before, after, result.tallies.ledger)
        assert result.tallies.stocks[:, :, : Status.VACANT].sum() == (after.people.status < PRESENT).sum()
        assert (result.tallies.flows >= 0).all() and result.histogram.sum() == (after.people.status < PRESENT).sum()


def test_books_close_with_every_instrument(worlds: Any) -> None:
    scenario = worlds.scenario((*worlds.packages, worlds.other_kinds()), OPTIONS)
    run = worlds.begin(scenario, seed=4)
    require_books_closed(worlds, run, 4)
    for jobs in (run.state.counties.base_jobs, run.state.firms.jobs):  # and when most jobs go at once
        jobs[:] = jobs // 10
    require_books_closed(worlds, run, 8)
    flows = np.stack(run.recorder.flows)[:, 0].sum(axis=0)
    laid_off = worlds.series(run, "layoffs_home")
    assert laid_off[4] > 3 * laid_off[:4].max()
    for flow in (Flow.FOUNDED, Flow.CLOSED, Flow.DEFAULT, Flow.LOAN, Flow.COURSE, Flow.HIRED, Flow.LAID_OFF_HOME):
        assert flows[flow] > 0, flow.name


@settings(max_examples=6, deadline=None, derandomize=True, database=None)
@given(
    packages=st.sets(st.sampled_from(("credit", "industry", "training", "services")), max_size=3),
    switches=st.fixed_dictionaries({f"mechanisms.{name}": st.booleans() for name in Mechanisms._fields}),
    vacancy=st.floats(0, 0.2),
    trend=st.floats(-0.2, 0.2),
    demand=st.floats(0.1, 3),
    population=st.integers(0, 1000),
    seed=st.integers(0, 2**63),
)
def test_books_close_in_random_worlds(
    worlds: Any,
    packages: set[str],
    switches: dict[str, bool],
    vacancy: float,
    trend: float,
    demand: float,
    population: int,
    seed: int,
) -> None:
    market = {"vacancy_start": vacancy, "jobs_trend": trend, "match_efficiency": 2}
    options = {**PLAIN, **switches, **{f"parameters.market.{name}": value for name, value in market.items()}}
    options["series.local_demand"] = {"months": {"2020-02": demand}, "otherwise": 1}
    options["population.seed"] = population
    require_books_closed(worlds, worlds.begin(worlds.scenario(sorted(packages), options), seed=seed), 5)


def test_applications_are_granted_or_rejected(worlds: Any) -> None:
    run = worlds.run(["training"], {"scale": 50, "spin_up": 2, "months": 3, "policy_start": 1})
    applied, hired, rejected = (worlds.series(run, name) for name in ("applications", "hires", "rejections"))
    assert hired.sum() > 0 and rejected.sum() > 0
    assert np.allclose(applied, hired + rejected)


def test_the_cohort_is_who_was_there_before_the_policies_and_its_deeds_count_from_then(worlds: Any) -> None:
    start = 3
    run = worlds.run(["credit"], {**PLAIN, "policy_start": start})
    names = ("cohort", "workers", "leavers", "entrants", "foundings", "returns", "cohort_founded", "cohort_returned")
    of = {name: worlds.series(run, name) for name in names}
    assert np.allclose(of["cohort"][start], of["workers"][start - 1] - of["leavers"][start])
    assert (np.diff(of["cohort"][start:]) <= 1e-6).all() and of["entrants"][start:].min() > 0
    for deed, flow in (("cohort_founded", "foundings"), ("cohort_returned", "returns")):
        assert of[deed][-1] > 0 and (of[deed][start:] <= np.cumsum(of[flow][start:]) + 1e-6).all(), deed


def test_the_same_people_live_in_every_world(worlds: Any) -> None:
    everything = (*worlds.packages, worlds.other_kinds())
    runs = [worlds.begin(worlds.scenario(packages, PLAIN), seed=6) for packages in ((), everything)]
    for month in range(1, 9):
        for run in runs:
            run.advance(month)
        base, package = (run.state.people for run in runs)
        present = base.status < PRESENT
        assert np.array_equal(present, package.status < PRESENT)
        for name in ("age", "generation", "schooling", "child_age"):
            assert np.array_equal(getattr(base, name)[present], getattr(package, name)[present]), name
        for name in ("male", "household", "elder", "health", "newcomer"):
            assert np.array_equal(flag(base.flags, name)[present], flag(package.flags, name)[present]), name
    assert (base.status != package.status).any()
