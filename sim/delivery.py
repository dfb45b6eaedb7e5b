"""How programmes reach people beyond single channels: referrals to jobs, and offices that work together or not.

Like `sim.month`, written once for both engines: what concerns a worker goes through the engine, the rest are
integers and scalar rules by county.
"""

from typing import Any

import numpy as np

from sim.arithmetic import f32, u32
from sim.draws import Purpose, fill_units, moment_of, stable_key
from sim.kernels import counties as markets
from sim.phases import Book
from sim.policy import AreaLevers, PersonChannel
from sim.population import World
from sim.rules import market as rules
from sim.state import State, Status
from sim.world import Applicants, Levers, Month

NOTICE, OFFICE = u32(Purpose.NOTICE), u32(Purpose.OFFICE)


def monthly_capacity(world: World, month: Month, levers: Levers, area: AreaLevers, k: int) -> np.ndarray:
    """Whole uses of a limited instrument this month by county, int64[C]."""
    uses = np.zeros(len(world.weight), np.int64)
    key, limit = levers.key[k], area.capacity[k]
    markets.fill_limits(month.seed, month.calendar, world.county_key, world.weight, limit, key, uses)
    return uses


def refer(
    world: World,
    state: State,
    engine: Any,
    levers: Levers,
    area: AreaLevers,
    month: Month,
    applicants: Applicants,
    pool: np.ndarray,
    first_post: int,
    book: Book,
) -> np.ndarray | None:
    """bool[n]: applicants for jobs (`pool` below `first_post`) whom monitoring notices and refers; None if nobody is.

    They count as uses.

    Noticed, by a draw, is who searches at home and is eligible, in a county where applicants are at least the share
    of workers that raises the alarm; whether he or she knows of the instrument does not matter.
    """
    people, who, for_job = state.people, applicants.who, pool < first_post
    monitoring = np.flatnonzero(levers.effect[:, PersonChannel.REFERRAL] > 0)
    if len(monitoring) == 0:
        return None
    helped = np.zeros(len(who), bool)
    applying = np.bincount(applicants.county[for_job], minlength=len(world.weight))
    searching = people.status[who] == Status.SEARCHING
    draw = np.empty(len(who), np.float32)
    for k in monitoring:
        alarm = applying >= area.alert[k] * world.workers
        moment = moment_of(month.calendar, NOTICE)
        fill_units(month.seed, applicants.key, applicants.place, moment, levers.key[k], draw)
        seen = draw < levers.effect[k, PersonChannel.REFERRAL]
        noticed = for_job & searching & seen & alarm[applicants.county] & ~helped
        noticed &= engine.eligible(world, state, levers, int(k), applicants, False) > 0
        pool = np.where(noticed, applicants.county, -1).astype(np.int32)
        granted = engine.admit(pool, applicants, monthly_capacity(world, month, levers, area, int(k))) > 0
        helped |= granted
        people.used[who[granted]] |= np.uint32(1 << int(k))
        book.uses[k] += np.bincount(applicants.county[granted], minlength=len(world.weight))
    return helped if helped.any() else None


def pass_offices(
    world: World,
    state: State,
    engine: Any,
    levers: Levers,
    area: AreaLevers,
    month: Month,
    applicants: Applicants,
    held: np.ndarray,
) -> None:
    """Clear, in place, the bits of instruments whose office misses a founder's application this month (rule M10).

    held uint32[n]. The first office, in order of ids, never does; each other one does by a draw of its own.
    """
    friction = world.scenario.parameters.market.office_friction
    if friction == 0 or len(held) == 0:
        return
    usable: dict[str, np.ndarray] = {}
    for k in np.flatnonzero(levers.offers_enterprise):
        fits = engine.eligible(world, state, levers, int(k), applicants, True).astype(np.uint32)
        office = world.scenario.instruments[k].office
        usable[office] = usable.get(office, np.uint32(0)) | (fits << np.uint32(k))
    chance = np.array([rules.office_delay(friction, f32(one)) for one in area.coordination], np.float32)
    begun, draw = np.zeros(len(held), bool), np.empty(len(held), np.float32)
    for office in sorted(usable):
        key = u32(stable_key(f"office/{office}"))
        fill_units(month.seed, applicants.key, applicants.place, moment_of(month.calendar, OFFICE), key, draw)
        bits = held & usable[office]
        missed = begun & (bits != 0) & (draw < chance[applicants.county])
        begun |= bits != 0
        held[missed] &= ~bits[missed]
