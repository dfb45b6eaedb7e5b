"""The world at the start: villages, the first population, spin-up to the first month, raking to what is known."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from sim.chains import jobs_of_chains
from sim.draws import Purpose, stable_key, stream_seed
from sim.kernels.birth import populate, seed_firms
from sim.kernels.clearing import locate
from sim.microdata import STREAM, settle
from sim.outcomes import AGE_BANDS, SKILL_TIERS
from sim.policy import LeverBook
from sim.scenario import County, InitialStocks, Scenario, VillageOptions
from sim.state import (
    GRADE_MASK,
    PLACES_MULTIPLE,
    CountyState,
    Firms,
    People,
    State,
    Status,
    VillageState,
    empty_firms,
    empty_people,
)
from sim.villages import Villages, from_graph, generate
from sim.world import Geography

HEADROOM = 1.12  # places per registered worker: entrants of a young cohort need room
VILLAGES_KEPT = 4  # worlds' villages at hand in a process
INFORMATION_MONTHS = 13  # last month and twelve before
# groups of the raking: out, in, wage jobs, posts, the rest at home (owners take no part)
GROUP_OF_STATUS = np.array([0, 1, 4, 4, 2, 2, 5, 3, 5])
FIRST_STATUS = np.array([Status.OUT_PROVINCE, Status.IN_PROVINCE, Status.WAGE_BASIC, Status.POST, Status.FARM])


@dataclass(frozen=True)
class World:
    """What a run never changes."""

    scenario: Scenario
    villages: Villages
    geography: Geography
    levers: LeverBook
    weight: np.ndarray  # float64[C], real persons per simulated worker
    shares: np.ndarray  # float32[C, 3]: male, poverty-lifted, relocated
    county_key: np.ndarray  # uint32[C]
    remoteness: np.ndarray  # float32[C], mean hours of its villages
    workers: np.ndarray  # int64[C], registered at the start, simulated
    endowment: np.ndarray  # float32[C, S]
    entrant_cells: np.ndarray  # int64[8], cell of an entrant by (household x 2 + sex)

    @cached_property
    def every_month(self) -> dict[str, Any]:
        """What every `sim.world.Month` holds alike."""
        sectors, (low, high) = self.scenario.sectors, self.scenario.demography.entry_ages
        return {
            "sector_skilled_share": np.array([one.skilled_share for one in sectors], np.float32),
            "sector_profit": np.array([one.profit_factor for one in sectors], np.float32),
            "entry_capital": np.array([one.entry_capital for one in sectors], np.float32),
            "needs_premises": np.array([one.needs_premises for one in sectors], np.uint8),
            "entrant_schooling": cumulative(self.scenario.demography.entrant_schooling_shares),
            "entry_age_from": np.float32(low),
            "entry_age_span": np.float32(high - low + 1),
        }


def build_world(scenario: Scenario) -> World:
    """Villages and everything static; depends on `population.seed` and scale, never on a run's seed."""
    villages = villages_of(scenario)
    registered = villages.size.astype(np.int32)
    places = np.ceil(registered * HEADROOM / PLACES_MULTIPLE).astype(np.int64) * PLACES_MULTIPLE
    start = np.zeros(len(places) + 1, np.int64)
    np.cumsum(places, out=start[1:])
    counties = len(scenario.counties)
    simulated = np.bincount(villages.county, weights=registered, minlength=counties)
    hours = np.bincount(villages.county, weights=villages.remoteness * registered, minlength=counties)
    return World(
        scenario=scenario,
        villages=villages,
        geography=Geography(
            start=start,
            county=villages.county.astype(np.int32),
            key=villages.key.astype(np.uint32),
            neighbour_start=villages.neighbour_start.astype(np.int64),
            neighbour=villages.neighbour.astype(np.int32),
            remoteness=villages.remoteness.astype(np.float32),
            land=villages.land.astype(np.float32),
            registered=registered,
        ),
        levers=LeverBook(scenario, villages),
        weight=np.array([county.workers for county in scenario.counties], np.float64) / simulated,
        shares=np.array(
            [[scenario.demography.male_share, c.poverty_lifted, c.relocated] for c in scenario.counties], np.float32
        ),
        county_key=np.array([stable_key(f"county/{county.id}") for county in scenario.counties], np.uint32),
        remoteness=(hours / simulated).astype(np.float32),
        workers=simulated.astype(np.int64),
        endowment=np.array([county.endowment for county in scenario.counties], np.float32),
        entrant_cells=np.arange(8, dtype=np.int64) * len(AGE_BANDS) * len(SKILL_TIERS),
    )


def villages_of(scenario: Scenario) -> Villages:
    """The villages of a scenario. Those generated last are kept: no parameter and no seed of a run touches them."""
    place = scenario.name.split("+")[0]
    if scenario.graph is not None:
        return from_graph(scenario.graph, place, scenario.counties, scenario.scale)
    return _generated(place, scenario.counties, scenario.scale, scenario.population_seed, scenario.village_options)


@lru_cache(maxsize=VILLAGES_KEPT)
def _generated(
    place: str, counties: tuple[County, ...], scale: int, population_seed: int, options: VillageOptions
) -> Villages:
    return generate(place, counties, scale, population_seed, options)


def cumulative(pairs: tuple[tuple[int, float], ...]) -> np.ndarray:
    """(value, share) pairs as float32[K, 2] of (cumulative share, value)."""
    total = sum(share for _, share in pairs)
    reached, rows = 0.0, []
    for value, share in pairs:
        reached += share / total
        rows.append((reached, value))
    return np.array(rows, np.float32)


def first_state(world: World) -> State:
    """The population before the spin-up, with one enterprise for each owner."""
    scenario, g = world.scenario, world.geography
    people = empty_people(int(g.start[-1]))
    seed = stream_seed(scenario.population_seed, "population")
    bands, reached, ages = scenario.demography.age_bands, 0.0, []
    for low, below, share in bands:
        reached += share
        ages.append((reached, low * 12, (below - low) * 12))
    total = float(sum(county.workers for county in scenario.counties))
    initial = scenario.initial
    wage = initial.in_county - initial.posts - initial.owners
    stocks = np.array(
        [initial.out_province, initial.in_province, wage, initial.owners, initial.posts, initial.skilled_workers]
    )
    sectors = np.zeros((len(scenario.sectors), 3), np.float32)
    sectors[:, 0] = np.cumsum([sector.job_share for sector in scenario.sectors])
    populate(
        0,
        len(g.county),
        g,
        g.registered,
        world.shares,
        people,
        seed,
        world.scenario.parameters,
        np.array(ages, np.float32),
        cumulative(scenario.demography.schooling_shares),
        (stocks / total).astype(np.float32),
        sectors,
    )
    if scenario.people is not None:
        settle(
            scenario.people,
            people,
            np.flatnonzero(people.status != Status.VACANT),
            g,
            seed,
            stream_seed(scenario.population_seed, STREAM),
            (int(Purpose.RAKE), int(Purpose.BORN_AGE)),
            world.scenario.parameters,
            (stocks / total).astype(np.float32),
            sectors,
        )
    who = np.flatnonzero(people.status == Status.OWNER)
    firms = empty_firms(len(g.county), len(who))
    village, place, _ = place_of(world, who, Purpose.RAKE)
    seed_firms(who, village, place, g, people, seed, world.scenario.parameters, firms)
    villages = VillageState(
        returned_share=np.zeros(len(g.county), np.float32),
        owner_share=np.zeros(len(g.county), np.float32),
        failure=np.zeros(len(g.county), np.float32),
        returnee_skill=np.zeros(len(g.county), np.float32),
        aware_share=np.zeros((len(g.county), 32), np.float32),
    )
    return State(0, people, firms, county_state(world, people, firms, 0), villages)


def place_of(world: World, who: np.ndarray, purpose: Purpose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Village, place within it and priority (population stream) of some places, in order."""
    village, place = np.empty(len(who), np.int32), np.empty(len(who), np.uint32)
    key, priority = np.empty(len(who), np.uint32), np.empty(len(who), np.uint32)
    seed = stream_seed(world.scenario.population_seed, "population")
    locate(0, who, world.geography, seed, 0, int(purpose), 0, village, key, place, priority)
    return village, place, priority


def county_of_place(world: World, who: np.ndarray) -> np.ndarray:
    """County index of some places."""
    return world.geography.county[np.searchsorted(world.geography.start, who, "right") - 1]


def county_state(world: World, people: People, firms: Firms, index: int) -> CountyState:
    """Markets as they follow from the people: base jobs are filled jobs and open ones, less those of others."""
    scenario = world.scenario
    counties, sectors = len(scenario.counties), len(scenario.sectors)
    endowment, market = world.endowment, scenario.parameters.market
    filled = np.zeros((counties, sectors, 2))
    for tier, status in enumerate((Status.WAGE_BASIC, Status.WAGE_SKILLED)):
        who = np.flatnonzero(people.status == status)
        np.add.at(filled[:, :, tier], (county_of_place(world, who), people.sector[who]), 1)
    owner_county, owner_sector = county_of_place(world, firms.owner), people.sector[firms.owner]
    firm_jobs = np.zeros((counties, sectors), np.int64)
    np.add.at(firm_jobs, (owner_county, owner_sector), firms.jobs)
    needs = np.array([sector.needs_premises for sector in scenario.sectors])
    used = np.bincount(owner_county, weights=needs[owner_sector], minlength=counties)
    _, area = world.levers.at(index - scenario.spin_up)
    skilled = np.array([sector.skilled_share for sector in scenario.sectors])
    of_firms = firm_jobs[:, :, None] * np.stack([1 - skilled, skilled], axis=-1)
    enterprises = np.zeros((counties, sectors), np.int64)
    np.add.at(enterprises, (owner_county, owner_sector), 1)
    of_programmes = area.jobs + jobs_of_chains(area, enterprises, world.weight, skilled)
    others = of_programmes / world.weight[:, None, None] + of_firms
    base_jobs = np.maximum(filled * (1 + float(market.vacancy_start)) - others, 0)
    slack = (1 + float(market.premises_slack)) * used - area.premises / world.weight
    certified = np.flatnonzero((people.qualification & GRADE_MASK > 0) & is_home(people.status))
    present = np.flatnonzero(people.status != Status.VACANT)
    workers = np.maximum(np.bincount(county_of_place(world, present), minlength=counties), 1)
    skilled_share = np.bincount(county_of_place(world, certified), minlength=counties) / workers
    return CountyState(
        development=endowment.copy(),
        initial_development=endowment.copy(),
        base_jobs=base_jobs.astype(np.float32),
        capacity=np.zeros((counties, sectors, 2), np.int64),
        vacancies=np.ceil(filled * float(market.vacancy_start)).astype(np.int64),
        wage_factor=np.ones(counties, np.float32),
        finding=np.full((counties, 2, INFORMATION_MONTHS), scenario.parameters.decision.prior_chance, np.float32),
        base_premises=np.maximum(slack, 0).astype(np.float32),
        firm_jobs_before=firm_jobs,
        skilled_share=skilled_share.astype(np.float32),
        skilled_reference=skilled_share.astype(np.float32),
    )


def is_home(status: np.ndarray) -> np.ndarray:
    """Where a worker lives at home."""
    return (status > Status.IN_PROVINCE) & (status < Status.VACANT)


def settle_at_start(world: World, spun_up: State) -> tuple[World, State]:
    """End the spin-up: rake to the known stocks, set weights to the registered workers, restart the markets."""
    people, counties = spun_up.people, len(world.weight)
    present = np.flatnonzero(people.status != Status.VACANT)
    simulated = np.bincount(county_of_place(world, present), minlength=counties)
    registered = np.array([county.workers for county in world.scenario.counties], np.float64)
    world = replace(world, weight=registered / np.maximum(simulated, 1))
    rake_statuses(world, people)
    rake_certificates(world, people)
    before = spun_up.counties
    fresh = county_state(world, people, spun_up.firms, world.scenario.spin_up)
    settled = fresh._replace(
        wage_factor=before.wage_factor,
        finding=before.finding,
        vacancies=before.vacancies,
        development=before.development,
        initial_development=before.development.copy(),
    )
    return world, replace(spun_up, counties=settled)


def known_stocks(scenario: Scenario, county: int) -> tuple[InitialStocks, float]:
    """The stocks that a county is raked to, and the registered workers they are of: its own, or the place's."""
    own = scenario.counties[county]
    if own.initial is not None:
        return own.initial, float(own.workers)
    return scenario.initial, float(sum(one.workers for one in scenario.counties))


def rake_statuses(world: World, people: People) -> None:
    """Move as few workers as needed so that each county holds its share of the known stocks.

    Owners stay as the spin-up left them; they count towards the county's employment. Those moved are the
    first by a keyed priority, so the result does not depend on the order of workers.
    """
    who = np.flatnonzero((people.status != Status.VACANT) & (people.status != Status.OWNER))
    _, _, priority = place_of(world, who, Purpose.RAKE)
    county = county_of_place(world, who)
    group = GROUP_OF_STATUS[people.status[who]]
    owners = np.flatnonzero(people.status == Status.OWNER)
    owner_count = np.bincount(county_of_place(world, owners), minlength=len(world.weight))
    for c in range(len(world.weight)):
        here = np.flatnonzero(county == c)
        workers = len(here) + owner_count[c]
        initial, total = known_stocks(world.scenario, c)
        known = np.array([initial.out_province, initial.in_province, 0.0, initial.posts]) / total * workers
        known[2] = initial.in_county / total * workers - known[3] - owner_count[c]
        wanted = np.maximum(np.rint(known), 0).astype(np.int64)
        wanted = np.append(wanted, max(len(here) - wanted.sum(), 0))
        _move_surplus(people, who[here], group[here], priority[here], wanted)
    _give_sectors(world, people, who, group)


def _move_surplus(people: People, who: np.ndarray, group: np.ndarray, priority: np.ndarray, wanted: np.ndarray) -> None:
    """Within a county, move the first of each surplus group into the groups that lack workers."""
    order = np.lexsort((who, priority))
    surplus = []
    for held, count in enumerate(wanted):
        members = order[group[order] == held]
        surplus.append(members[: max(len(members) - int(count), 0)])
    moved = who[np.concatenate(surplus)]
    lacking = np.maximum(wanted - np.bincount(group, minlength=len(wanted)), 0)
    targets = np.repeat(np.arange(len(wanted)), lacking)
    count = min(len(moved), len(targets))
    _move(people, moved[:count], targets[:count])


def _move(people: People, who: np.ndarray, group: np.ndarray) -> None:
    """Give workers the statuses of groups, consistently."""
    status = FIRST_STATUS[group]
    able = ((people.qualification[who] & GRADE_MASK) > 0) & (people.skill[who] > 0.5)
    status = np.where((status == Status.WAGE_BASIC) & able, Status.WAGE_SKILLED, status)
    away = who[status <= Status.IN_PROVINCE]
    people.belonging[away] = 0
    people.migrations[away] = np.maximum(people.migrations[away], 1)
    people.status[who] = status
    people.months_in_status[who] = 0


def _give_sectors(world: World, people: People, who: np.ndarray, group: np.ndarray) -> None:
    """Sectors of those who were moved into jobs: by the job shares, keyed; posts: public-welfare ones."""
    moved = who[(GROUP_OF_STATUS[people.status[who]] != group)]
    if len(moved) == 0:
        return
    _, _, priority = place_of(world, moved, Purpose.RAKE_SECTOR)
    shares = np.cumsum([sector.job_share for sector in world.scenario.sectors])
    sector = np.searchsorted(shares / shares[-1], priority / 2.0**32, side="right")
    people.sector[moved] = np.where(people.status[moved] == Status.POST, 0, sector)


def rake_certificates(world: World, people: People) -> None:
    """Give or take first-grade certificates, keyed, until each county holds its share of skilled workers."""
    who = np.flatnonzero(people.status != Status.VACANT)
    _, _, priority = place_of(world, who, Purpose.BORN_CERTIFICATE)
    county = county_of_place(world, who)
    certified = (people.qualification[who] & GRADE_MASK) > 0
    in_skilled_job = people.status[who] == Status.WAGE_SKILLED
    for c in range(len(world.weight)):
        here = np.flatnonzero(county == c)
        order = here[np.lexsort((who[here], priority[here]))]
        initial, total = known_stocks(world.scenario, c)
        missing: int = round(initial.skilled_workers / total * len(here)) - int(certified[here].sum())
        if missing > 0:
            chosen = who[order[~certified[order]][:missing]]
            people.qualification[chosen] |= 1
        else:
            chosen = who[order[certified[order] & ~in_skilled_job[order]][:-missing]] if missing else who[:0]
            people.qualification[chosen] &= 0xFF ^ GRADE_MASK
