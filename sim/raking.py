"""The end of the spin-up: each county moved to its known stocks, weights set, markets begun anew."""

import itertools
from dataclasses import replace

import numpy as np

from sim.draws import Purpose
from sim.population import (
    World,
    blocks_of_counties,
    count_in_counties,
    count_workers,
    county_edges,
    county_state,
    place_of,
)
from sim.scenario import InitialStocks, Scenario
from sim.state import GRADE_MASK, People, State, Status

# groups of the raking: out, in, wage jobs, posts, the rest at home (owners take no part)
GROUP_OF_STATUS = np.array([0, 1, 4, 4, 2, 2, 5, 3, 5])
FIRST_STATUS = np.array([Status.OUT_PROVINCE, Status.IN_PROVINCE, Status.WAGE_BASIC, Status.POST, Status.FARM])
SKILLED_JOB = 0.5  # skill above which the certified are moved into skilled jobs


def settle_at_start(world: World, spun_up: State) -> tuple[World, State]:
    """End the spin-up: rake to the known stocks, set weights to the registered workers, restart the markets."""
    people = spun_up.people
    registered = world.persons
    world = replace(world, weight=registered / np.maximum(count_workers(world, people), 1))
    for first, end in blocks_of_counties(world):
        who = first + np.flatnonzero(people.status[first:end] != Status.VACANT)
        rake_statuses(world, people, who)
        rake_certificates(world, people, who)
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


def known_stocks(scenario: Scenario) -> list[tuple[InitialStocks, float]]:
    """The stocks that each county is raked to, and the registered workers they are of: its own, or the place's."""
    workers = float(sum(one.workers for one in scenario.counties))
    return [
        (scenario.initial, workers) if one.initial is None else (one.initial, float(one.workers))
        for one in scenario.counties
    ]


def rake_statuses(world: World, people: People, workers: np.ndarray) -> None:
    """Move as few of the workers of whole counties as needed so that each holds its share of the known stocks.

    workers: their places, ascending. Owners stay as the spin-up left them; they count towards the county's
    employment. Those moved are the first by a keyed priority, so the result does not depend on the order of workers.
    """
    status = people.status[workers]
    owners_of = count_in_counties(world, workers[status == Status.OWNER])
    who = workers[status != Status.OWNER]
    _, _, priority = place_of(world, who, Purpose.RAKE)
    group = GROUP_OF_STATUS[people.status[who]]
    stocks = known_stocks(world.scenario)
    for c, begin, end in _by_county(world, who):
        owners, held = int(owners_of[c]), end - begin
        initial, total = stocks[c]
        known = np.array([initial.out_province, initial.in_province, 0.0, initial.posts]) / total * (held + owners)
        known[2] = initial.in_county / total * (held + owners) - known[3] - owners
        wanted = np.maximum(np.rint(known), 0).astype(np.int64)
        wanted = np.append(wanted, [max(held - int(wanted.sum()), 0)])
        _move_surplus(people, who[begin:end], group[begin:end], priority[begin:end], wanted)
    _give_sectors(world, people, who, group)


def _by_county(world: World, who: np.ndarray) -> list[tuple[int, int, int]]:
    """County, and where its places begin and end, of ascending places."""
    edges = np.searchsorted(who, county_edges(world)).tolist()
    return [(c, begin, end) for c, (begin, end) in enumerate(itertools.pairwise(edges)) if begin < end]


def _first(priority: np.ndarray, number: int) -> np.ndarray:
    """Which of some come first, at most so many: in the order of priority, and of those alike in their own."""
    if number < len(priority):
        last = np.partition(priority, number)[number]
        among = np.flatnonzero(priority <= last)  # sorting all takes far longer
        return among[np.argsort(priority[among], kind="stable")[:number]]
    return np.argsort(priority, kind="stable")


def _move_surplus(people: People, who: np.ndarray, group: np.ndarray, priority: np.ndarray, wanted: np.ndarray) -> None:
    """Within a county, move the first of each surplus group into the groups that lack workers."""
    held = np.bincount(group, minlength=len(wanted))
    surplus = []
    for one in np.flatnonzero(held > wanted):
        members = np.flatnonzero(group == one)
        surplus.append(who[members[_first(priority[members], held[one] - wanted[one])]])
    targets = np.repeat(np.arange(len(wanted)), np.maximum(wanted - held, 0))
    if surplus:
        moved = np.concatenate(surplus)[: len(targets)]
        _move(people, moved, targets[: len(moved)])


def _move(people: People, who: np.ndarray, group: np.ndarray) -> None:
    """Give workers the statuses of their new groups, consistently."""
    status = FIRST_STATUS[group]
    able = ((people.qualification[who] & GRADE_MASK) > 0) & (people.skill[who] > SKILLED_JOB)
    status[(status == Status.WAGE_BASIC) & able] = Status.WAGE_SKILLED
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


def rake_certificates(world: World, people: People, who: np.ndarray) -> None:
    """Give or take first-grade certificates, keyed, until each county holds its share of skilled workers.

    who: the places of the workers of whole counties, ascending.
    """
    _, _, priority = place_of(world, who, Purpose.BORN_CERTIFICATE)
    certified = (people.qualification[who] & GRADE_MASK) > 0
    may_lose = certified & (people.status[who] != Status.WAGE_SKILLED)
    stocks = known_stocks(world.scenario)
    for c, begin, end in _by_county(world, who):
        initial, total = stocks[c]
        here = slice(begin, end)
        missing: int = round(initial.skilled_workers / total * (end - begin)) - int(certified[here].sum())
        if missing == 0:
            continue
        able = np.flatnonzero(~certified[here] if missing > 0 else may_lose[here])
        chosen = who[here][able[_first(priority[here][able], abs(missing))]]
        if missing > 0:
            people.qualification[chosen] |= 1
        else:
            people.qualification[chosen] &= 0xFF ^ GRADE_MASK
