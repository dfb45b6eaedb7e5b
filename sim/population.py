"""The world at the start: villages, the first population, its enterprises and markets."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from sim.alignment import aligned
from sim.chains import jobs_of_chains
from sim.draws import Purpose, stable_key, stream_seed
from sim.kernels.birth import DRAWS, locate, populate, seed_firms
from sim.microdata import STREAM, settle
from sim.outcomes import AGE_BANDS, SKILL_TIERS
from sim.policy import LeverBook
from sim.room import places_of
from sim.scenario import County, Scenario, VillageOptions
from sim.state import GRADE_MASK, CountyState, Firms, People, State, Status, VillageState, empty_firms, empty_people
from sim.villages import Villages, from_graph, generate
from sim.world import Geography

VILLAGES_KEPT = 4  # worlds' villages at hand in a process
INFORMATION_MONTHS = 13  # last month and twelve before
BLOCK_PLACES = 1 << 20  # places looked at together, more in a county that has more: bounds working memory


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
    def persons(self) -> np.ndarray:
        """Registered workers of each county, real persons, float64[C]."""
        return np.array([county.workers for county in self.scenario.counties], np.float64)

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
    places = places_of(scenario, registered)
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


def first_state(world: World, threads: int = 1) -> State:
    """The population before the spin-up, with one enterprise for each owner."""
    scenario, g = world.scenario, world.geography
    people = empty_people(int(g.start[-1]))
    seed = stream_seed(scenario.population_seed, "population")
    reached, ages = 0.0, []
    for low, below, share in scenario.demography.age_bands:
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
    shares = (stocks / total).astype(np.float32)
    bands, schooling = np.array(ages, np.float32), cumulative(scenario.demography.schooling_shares)

    def settle_villages(low: int, high: int) -> None:
        populate(
            low, high, g, g.registered, world.shares, people, seed, scenario.parameters, bands, schooling, shares,
            sectors, aligned(DRAWS, np.float32),
        )  # fmt: skip

    with ThreadPoolExecutor(threads) as pool:  # villages are settled independently of one another
        edges = [len(g.county) * part // threads for part in range(threads + 1)]
        list(pool.map(settle_villages, edges[:-1], edges[1:]))
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
            shares,
            sectors,
        )
    who = np.concatenate(
        [low + np.flatnonzero(people.status[low:high] == Status.OWNER) for low, high in blocks_of_counties(world)]
    )
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
    locate(who, world.geography, seed, int(purpose), village, key, place, priority)
    return village, place, priority


def county_edges(world: World) -> np.ndarray:
    """First place of each county, and the end of the last, int64[C + 1]: villages are in the order of counties."""
    g = world.geography
    edges: np.ndarray = g.start[np.searchsorted(g.county, np.arange(len(world.weight) + 1))]
    return edges


def county_of_place(world: World, who: np.ndarray) -> np.ndarray:
    """County index of some places."""
    return np.searchsorted(county_edges(world), who, "right") - 1


def count_in_counties(world: World, who: np.ndarray) -> np.ndarray:
    """How many of some ascending places are in each county, int64[C]."""
    return np.diff(np.searchsorted(who, county_edges(world)))


def blocks_of_counties(world: World) -> Iterator[tuple[int, int]]:
    """First place and end of blocks of whole counties, in order."""
    counties, edge = len(world.weight), county_edges(world)
    low = 0
    while low < counties:
        high = max(low + 1, int(np.searchsorted(edge, edge[low] + BLOCK_PLACES, "right")) - 1)
        yield int(edge[low]), int(edge[high])
        low = high


def count_workers(world: World, people: People) -> np.ndarray:
    """Simulated workers of each county, int64[C]."""
    return _count_by_county(world, people, lambda block: block.status != Status.VACANT)


def _count_by_county(world: World, people: People, test: Callable[[People], np.ndarray]) -> np.ndarray:
    """Places of each county that pass a test of their columns, int64[C]."""
    total = np.zeros(len(world.weight), np.int64)
    for low, high in blocks_of_counties(world):
        who = low + np.flatnonzero(test(People(*(column[low:high] for column in people))))
        total += count_in_counties(world, who)
    return total


def county_state(world: World, people: People, firms: Firms, index: int) -> CountyState:
    """Markets as they follow from the people: base jobs are filled jobs and open ones, less those of others."""
    scenario = world.scenario
    counties, sectors = len(scenario.counties), len(scenario.sectors)
    endowment, market = world.endowment, scenario.parameters.market
    filled = np.zeros((counties, sectors, 2))
    for low, high in blocks_of_counties(world):
        status = people.status[low:high]
        who = low + np.flatnonzero((status == Status.WAGE_BASIC) | (status == Status.WAGE_SKILLED))
        tier = (people.status[who] == Status.WAGE_SKILLED).astype(np.int64)
        county = np.repeat(np.arange(counties), count_in_counties(world, who))
        job = (county * sectors + people.sector[who]) * 2 + tier
        filled += np.bincount(job, minlength=filled.size).reshape(filled.shape)
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
    workers = np.maximum(count_workers(world, people), 1)
    certified = _count_by_county(
        world, people, lambda block: (block.qualification & GRADE_MASK > 0) & is_home(block.status)
    )
    skilled_share = certified / workers
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
