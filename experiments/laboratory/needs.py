"""What a worker is missing at a horizon: simple rules on the state, each an assumption.

    capital      own money, kin, grants and a loan times its chance do not reach the entry capital of the place's
                 cheapest sector, with the instruments the worker knows and may use (rules E7, E8)
    skill        no certificate: skilled jobs are closed
    job          no job, post or enterprise in the county, and either a rejection not yet forgotten or a
                 job-finding rate of last month below what pessimists believe (`decision.prior_chance`)
    premises     no free site in the county, and no enterprise of one's own
    information  an instrument of a package is in force in the village and acts on those who know it, and the
                 worker knows none
    amenity      the village's mean service is below the median village of the place as it is without policies

Nobody says that a need is why somebody stays away; the shares tell which needs go together with a class.
"""

import numpy as np

from sim.kernels.persons import fill_funds
from sim.policy import PersonChannel, is_in_force
from sim.population import World
from sim.state import GRADE_MASK, State, Status, flag
from sim.world import Levers

NEEDS = ("capital", "skill", "job", "premises", "information", "amenity")
PERSONAL = tuple(channel.name.lower() for channel in PersonChannel)


def needs_of(world: World, state: State, place: np.ndarray, village: np.ndarray) -> np.ndarray:
    """Bits uint8[n] of NEEDS for some places at the end of the month just done; vacant ones are to be masked."""
    month = state.month - world.scenario.spin_up - 1
    levers, _ = world.levers.at(month, state.budget)
    missing = (
        _lacks_capital(world, state, levers, place, village),
        state.people.qualification[place] & GRADE_MASK == 0,
        _lacks_job(world, state, place, village),
        _lacks_premises(world, state, month)[world.geography.county[village]]
        & (state.people.status[place] != Status.OWNER),
        _lacks_information(world, state, month, place, village),
        _lacks_amenity(world, state, month)[village],
    )
    bits = np.zeros(len(place), np.uint8)
    for bit, lacks in enumerate(missing):
        bits |= lacks.astype(np.uint8) << np.uint8(bit)
    return bits


def _may_use(k: int, state: State, levers: Levers, place: np.ndarray, village: np.ndarray) -> np.ndarray:
    """bool[n]: who knows instrument k and may use it."""
    people = state.people
    flags, age, skill = people.flags[place], people.age[place], people.skill[place]
    fits = (people.known[place] >> np.uint32(k)) & 1 != 0
    fits &= (levers.reach[village] >> np.uint32(k)) & 1 != 0
    fits &= (int(levers.sexes[k]) >> flag(flags, "male").astype(np.int64)) & 1 != 0
    fits &= (int(levers.households[k]) >> flag(flags, "household").astype(np.int64)) & 1 != 0
    fits &= (int(levers.statuses[k]) >> people.status[place].astype(np.int64)) & 1 != 0
    fits &= (age >= levers.age_from[k]) & (age < levers.age_below[k])
    return fits & (skill >= levers.skill_from[k]) & (skill < levers.skill_below[k])


def _lacks_capital(world: World, state: State, levers: Levers, place: np.ndarray, village: np.ndarray) -> np.ndarray:
    sector = int(np.argmin([one.entry_capital for one in world.scenario.sectors]))
    need = np.float32(world.scenario.sectors[sector].entry_capital)
    added = {channel: np.zeros(len(place), np.float32) for channel in (
        PersonChannel.GRANT, PersonChannel.LOAN_CHANCE, PersonChannel.LOAN_CAP
    )}  # fmt: skip
    for k in range(len(levers.key)):
        acting = [channel for channel in added if levers.effect[k, channel] != 0]
        if acting and (int(levers.serves[sector]) >> k) & 1:
            fits = _may_use(k, state, levers, place, village)
            for channel in acting:
                added[channel] += np.where(fits, levers.effect[k, channel], np.float32(0))
    funds = np.zeros(len(place), np.float32)
    fill_funds(place, need, *added.values(), state.people, world.scenario.parameters, funds)
    return funds < need


def _lacks_job(world: World, state: State, place: np.ndarray, village: np.ndarray) -> np.ndarray:
    status = state.people.status[place]
    low = state.counties.finding[:, 0, 0] < world.scenario.parameters.decision.prior_chance
    rejected = state.people.rejections[place] > 0
    return (status < Status.WAGE_BASIC) & (rejected | low[world.geography.county[village]])


def _lacks_premises(world: World, state: State, month: int) -> np.ndarray:
    """bool[C]: counties without room for one more enterprise that needs a site."""
    if not world.scenario.parameters.mechanisms.premises_rationing:
        return np.zeros(len(world.weight), bool)
    _, area = world.levers.at(month, state.budget)
    sites = state.counties.base_premises + area.premises / world.weight
    needs_site = np.array([one.needs_premises for one in world.scenario.sectors])
    owner = state.firms.owner[needs_site[state.people.sector[state.firms.owner]]]
    village = np.searchsorted(world.geography.start, owner, "right") - 1
    used = np.bincount(world.geography.county[village], minlength=len(world.weight))
    return used + 1 > sites


def _lacks_information(world: World, state: State, month: int, place: np.ndarray, village: np.ndarray) -> np.ndarray:
    bits, there = np.uint32(0), np.zeros(len(world.geography.county), bool)
    for k, instrument in enumerate(world.scenario.instruments):
        personal = any(name in PERSONAL for name in instrument.channels)
        if personal and not instrument.is_programme and is_in_force(instrument, month):
            bits |= np.uint32(1 << k)
            there |= (world.levers.reach >> np.uint32(k)) & 1 != 0
    return there[village] & (state.people.known[place] & bits == 0)


def _lacks_amenity(world: World, state: State, month: int) -> np.ndarray:
    """bool[V]: villages whose services are below the place's median village without policies."""
    _, area = world.levers.at(month, state.budget)
    before = world.villages.amenity.mean(axis=1)
    now = np.clip(world.villages.amenity + area.services, 0, 1).mean(axis=1)
    return now < np.median(before)
