"""One month, in the order of the ODD: levers, workers, markets, accounts.

Written once for both engines: an engine (`sim.fast` or `sim.agents`) carries out what concerns single
workers; what concerns counties stands here, in scalar rules and integers.
"""

from typing import Any

import numpy as np

from sim.adaptive import observe, review
from sim.arithmetic import ONE, f32
from sim.chains import development_of_chains, jobs_of_chains
from sim.delivery import monthly_capacity, pass_offices, refer
from sim.kernels import clearing
from sim.kernels import counties as markets
from sim.kernels.counties import UNLIMITED
from sim.phases import Book, Counts, MonthResult
from sim.policy import AreaLevers
from sim.population import World
from sim.scenario import Scenario
from sim.state import FOUNDED, NEWCOMER, Firms, State, empty_firms
from sim.world import INTENT_SECTOR_SHIFT, INTENT_SKILLED, Levers, Month


def levers_of_month(
    world: World, state: State, seed: np.uint64, population_seed: np.uint64
) -> tuple[Levers, AreaLevers, Month]:
    """Calendar and levers: what this month's instruments and drivers are (phase 1)."""
    scenario, index = world.scenario, state.month
    run_month = index - scenario.spin_up
    levers, area = world.levers.at(run_month, state.budget)
    series: dict[str, Any] = {  # those that workers see
        name: f32(values[index]) for name, values in scenario.series.items() if name in Month._fields
    }
    excess = state.counties.development.astype(np.float64) - state.counties.initial_development
    mean_excess = (world.persons[:, None] * excess).sum(axis=0) / world.persons.sum()
    price = np.empty(len(mean_excess), np.float32)
    markets.fill_prices(mean_excess.astype(np.float32), scenario.parameters.market.crowding, price)
    opened = (state.counties.vacancies + 1).transpose(0, 2, 1)
    month = Month(
        calendar=np.int64(scenario.start - scenario.spin_up + index),
        seed=seed,
        population_seed=population_seed,
        policy_months=np.int64(max(run_month - scenario.policy_start + 1, 0)),
        festival=f32(scenario.festival[index]),
        entrants_share=f32(scenario.demography.entrants_share[index]),
        services=area.services,
        official=area.official,
        logistics=area.logistics,
        price=price,
        open_cumulative=np.ascontiguousarray(np.cumsum(opened, axis=2) / opened.sum(axis=2, keepdims=True), np.float32),
        **world.every_month,
        **series,
    )
    return levers, area, month


def run_month(
    world: World, state: State, engine: Any, seed: np.uint64, population_seed: np.uint64, full: bool = True
) -> MonthResult:
    """Advance the state by one month in place and return what happened.

    full: whether to count the population for the record; without, stocks and incomes of the result are 0. What
    happens does not depend on it.
    """
    scenario = world.scenario
    if state.month - scenario.spin_up == scenario.policy_start:
        state.people.flags[:] &= np.uint16(0xFFFF ^ (NEWCOMER | FOUNDED))
    review(world, state, seed)
    levers, area, month = levers_of_month(world, state, seed, population_seed)
    book, closed = engine.advance(world, state, levers, month)
    counts = engine.count(world, state, month)
    rationed = scenario.parameters.mechanisms
    county = clear_labour_market(world, state, engine, levers, area, month, counts, book)
    founded = clear_enterprise(world, state, engine, levers, area, month, counts, book, county)
    teach(world, state, engine, levers, area, month, book, bool(rationed.training_rationing))
    merge(world, state, engine, closed, founded)
    markets.develop_industry(
        world.workers,
        world.endowment,
        development_of_chains(area, counts.firms, world.workers),
        area.logistics,
        counts.firms,
        world.scenario.parameters,
        state.counties,
    )
    result = engine.census(world, state, levers, month, book, closed, full)
    workers = np.maximum(result.certified[:, 0], 1)
    state.counties.skilled_share[:] = (result.certified[:, 1] / workers).astype(np.float32)
    state.month += 1
    county["development"] = state.counties.development.mean(axis=1).astype(np.float64)
    county["wage_factor"] = state.counties.wage_factor.astype(np.float64)
    jobs = state.counties.capacity.sum(axis=2)
    result = result._replace(county=county, strength=area.strength, dose=area.dose, sector_jobs=jobs)
    observe(world, state, result)
    return result


def job_capacities(world: World, state: State, month: Month, area: AreaLevers, counts: Counts) -> np.ndarray:
    """Whole jobs by county, sector and tier: base, programme and enterprises, less displacement (rules M8, M9)."""
    growth = base_job_growth(world.scenario, state.month)
    capacity, skilled = np.zeros_like(state.counties.capacity), month.sector_skilled_share
    programme = area.jobs + jobs_of_chains(area, counts.firms, world.weight, skilled)
    markets.fill_job_capacities(
        month.seed, month.calendar, world.county_key, world.weight, programme, counts.firm_jobs,
        skilled, growth, state.counties, world.scenario.parameters, capacity,
    )  # fmt: skip
    return capacity


def base_job_growth(scenario: Scenario, month: int) -> np.float32:
    """Base jobs against those when they were set: at the start of the spin-up, and anew at its end."""
    market, demand = scenario.parameters.market, scenario.series["local_demand"]
    since = scenario.spin_up if month >= scenario.spin_up else 0
    trend = ONE + market.jobs_trend * (f32(month - since) * f32(1 / 12))
    return f32(trend + market.demand_response * (demand[month] / demand[since] - ONE))


def clear_labour_market(
    world: World, state: State, engine: Any, levers: Levers, area: AreaLevers, month: Month, counts: Counts, book: Book
) -> dict[str, np.ndarray]:
    """Release workers whose job is gone, match applicants and vacancies, admit exactly (rules M1, M9).

    Referred applicants take open jobs first; the others are matched to what is left.
    """
    counties = state.counties
    capacity = job_capacities(world, state, month, area, counts)
    filled = counts.filled - release_surplus(world, state, engine, month, counts.filled, capacity, book)
    applicants = engine.job_applicants(world, state, month)
    first_post, pool = capacity.size, np.empty(len(applicants.who), np.int32)
    seekers = np.zeros(first_post + 2 * len(capacity), np.int64)
    clearing.fill_pools(applicants.intent, applicants.county, len(capacity), capacity.shape[1], pool, seekers)
    wanted = seekers[:first_post].reshape(capacity.shape)
    vacancies = np.maximum(capacity - filled, 0)
    if not world.scenario.parameters.mechanisms.job_rationing:
        vacancies = np.maximum(vacancies, wanted)
        capacity = np.maximum(capacity, filled + vacancies)
    referred = refer(world, state, engine, levers, area, month, applicants, pool, first_post, book)
    placed, taken, hires = np.zeros(len(pool), np.uint8), np.zeros_like(vacancies), np.zeros_like(vacancies)
    if referred is not None:
        placed = engine.admit(np.where(referred, pool, -1).astype(np.int32), applicants, vacancies.ravel())
        clearing.count_admitted(pool, placed, taken.ravel())
    markets.fill_hires(
        month.seed, month.calendar, world.county_key, world.remoteness, area.matching, wanted - taken,
        vacancies - taken, world.scenario.parameters, hires,
    )  # fmt: skip
    posts = open_posts(world, state, engine, month, area, counts, book)
    others = pool if referred is None else np.where(placed > 0, -1, pool).astype(np.int32)
    granted = placed | engine.admit(others, applicants, np.concatenate([hires.ravel(), posts.ravel()]))
    engine.hire(world, state, month, applicants, granted, book)
    admitted = np.zeros_like(seekers)
    clearing.count_admitted(pool, granted, admitted)
    hired = admitted[:first_post].reshape(capacity.shape)
    counties.capacity[:] = capacity
    counties.vacancies[:] = vacancies
    markets.update_beliefs_and_wages(wanted, vacancies, hired, world.scenario.parameters, counties)
    return {
        "jobs": capacity.sum(axis=(1, 2)).astype(np.float64),
        "jobs_filled": (filled + hired).sum(axis=(1, 2)).astype(np.float64),
        "vacancies": vacancies.sum(axis=(1, 2)).astype(np.float64),
        "seekers": wanted.sum(axis=(1, 2)).astype(np.float64),
        "hired": hired.sum(axis=(1, 2)).astype(np.float64),
    }


def release_surplus(
    world: World, state: State, engine: Any, month: Month, filled: np.ndarray, capacity: np.ndarray, book: Book
) -> np.ndarray:
    """Where more jobs are filled than exist, release exactly the surplus, by a keyed priority; returns how many.

    filled: int64[C, S, 2], as capacity.
    """
    surplus = np.maximum(filled - capacity, 0)
    if surplus.any():
        holders = engine.job_holders(world, state, month, surplus, filled)
        tier = (holders.intent == INTENT_SKILLED).astype(np.int32)
        pool = (holders.county * surplus.shape[1] + state.people.sector[holders.who]) * 2 + tier
        granted = engine.admit(pool.astype(np.int32), holders, surplus.ravel())
        engine.release(world, state, holders, granted, book)
    return surplus


def open_posts(
    world: World, state: State, engine: Any, month: Month, area: AreaLevers, counts: Counts, book: Book
) -> np.ndarray:
    """Free public-welfare posts and workshop jobs, int64[C, 2]; holders of posts no longer paid for are released."""
    places = (area.posts / world.weight[:, None]).astype(np.float32)
    surplus = np.maximum(counts.posts - np.ceil(places).astype(np.int64), 0)
    if surplus.any():
        holders = engine.post_holders(world, state, month, surplus, counts.posts)
        pool = (holders.county * 2 + state.people.sector[holders.who]).astype(np.int32)
        engine.release(world, state, holders, engine.admit(pool, holders, surplus.ravel()), book)
    free = np.zeros_like(counts.posts)
    markets.fill_free_posts(month.seed, month.calendar, world.county_key, places, counts.posts, free)
    return free


def clear_enterprise(
    world: World,
    state: State,
    engine: Any,
    levers: Levers,
    area: AreaLevers,
    month: Month,
    counts: Counts,
    book: Book,
    county: dict[str, np.ndarray],
) -> tuple[Firms, np.ndarray]:
    """Ration limited instruments and premises, raise capital, found (section 3e)."""
    switches = world.scenario.parameters.mechanisms
    applicants = engine.enterprise_applicants(world, state, month)
    sector = ((applicants.intent >> INTENT_SECTOR_SHIFT) & 7).astype(np.int32)
    held = state.people.known[applicants.who].copy()
    engine.keep_for_sectors(levers, held, sector)
    pass_offices(world, state, engine, levers, area, month, applicants, held)
    for k in np.flatnonzero(levers.offers_enterprise):
        if not (np.isfinite(area.capacity[k]).any() and switches.credit_rationing):
            continue
        fits = engine.eligible(world, state, levers, int(k), applicants, True) * ((held >> k) & 1).astype(np.uint8)
        pool = np.where(fits > 0, applicants.county, -1).astype(np.int32)
        granted = engine.admit(pool, applicants, monthly_capacity(world, month, levers, area, int(k)))
        held[(fits > 0) & (granted == 0)] &= np.uint32(0xFFFFFFFF ^ (1 << int(k)))
    feasible, funds = engine.appraise(world, state, levers, month, applicants, sector, held)
    needs = month.needs_premises[sector] > 0
    sites = premises_of(world, state, month, area)
    free = np.maximum(sites - counts.premises, 0)
    county["premises"], county["premises_used"] = sites.astype(np.float64), counts.premises.astype(np.float64)
    if not switches.premises_rationing:
        free = np.full_like(free, UNLIMITED)
    pool = np.where((feasible > 0) & needs, applicants.county, -1).astype(np.int32)
    granted = engine.admit(pool, applicants, free)
    chosen = (feasible > 0) & (~needs | (granted > 0))
    county["premises_used"] += np.bincount(applicants.county[chosen & needs], minlength=len(free))
    county["premises"] = np.maximum(county["premises"], county["premises_used"])
    return engine.found(
        world, state, levers, month, applicants.select(chosen), sector[chosen], held[chosen], funds[chosen], book
    )


def premises_of(world: World, state: State, month: Month, area: AreaLevers) -> np.ndarray:
    """Whole sites by county, int64[C]: base and programme."""
    sites, base = np.zeros(len(world.weight), np.int64), state.counties.base_premises
    markets.fill_sites(month.seed, month.calendar, world.county_key, world.weight, base, area.premises, sites)
    return sites


def teach(
    world: World, state: State, engine: Any, levers: Levers, area: AreaLevers, month: Month, book: Book, rationed: bool
) -> None:
    """Ration training places by instrument and county, and teach the admitted."""
    applicants, instrument = engine.course_applicants(world, state, month)
    if len(applicants.who) == 0:
        return
    counties = len(world.weight)
    capacity = np.full((len(levers.key), counties), UNLIMITED, np.int64)
    if rationed:
        for k in np.flatnonzero(levers.offers_course):
            capacity[k] = monthly_capacity(world, month, levers, area, int(k))
    granted = engine.admit((instrument * counties + applicants.county).astype(np.int32), applicants, capacity.ravel())
    engine.train(world, state, levers, month, applicants, instrument, granted, book)


def merge(world: World, state: State, engine: Any, closed: np.ndarray, founded: tuple[Firms, np.ndarray]) -> None:
    """Drop closed enterprises from the firm table and put the new ones in worker order."""
    new, village = founded
    if len(new.owner) or closed.any():
        founded_in = np.bincount(village, minlength=len(closed))
        merged = empty_firms(len(closed), len(state.firms.owner) - int(closed.sum()) + len(new.owner))
        np.cumsum(np.diff(state.firms.start) - closed + founded_in, out=merged.start[1:])
        engine.merge_firms(state.firms, new, merged, village)
        state.firms = merged
    memory = world.scenario.parameters.market.failure_memory
    registered = world.geography.registered.astype(np.float32)
    failure = state.villages.failure
    failure[:] = memory * failure + closed.astype(np.float32) / registered
