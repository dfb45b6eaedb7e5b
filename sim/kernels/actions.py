"""What follows from a choice: moves at once, and applications to the markets."""

import numpy as np

from sim.arithmetic import ONE, ZERO, clip, f32, i32, u32, whole
from sim.compilation import part, phase
from sim.draws import Purpose, draw_four, draw_unit, moment_of
from sim.kernels.eligibility import person_lever
from sim.kernels.people import FARM, IN, OUT, OWNER, SEARCHING, TWELFTH
from sim.kernels.prospects import job_sector
from sim.outcomes import Flow
from sim.policy import PersonChannel
from sim.rules.decision import away_pay
from sim.rules.human_capital import age_factor, earning_power
from sim.state import GRADE_MASK, PASSIVE, SKILLED_BEFORE, SPOUSE
from sim.world import (
    CHOOSE_ENTERPRISE,
    CHOOSE_FARM,
    CHOOSE_IN,
    CHOOSE_OUT,
    CHOOSE_SEARCH,
    CHOOSE_WAGE,
    INTENT_BASIC,
    INTENT_ENTERPRISE,
    INTENT_PASSIVE,
    INTENT_SECTOR_SHIFT,
    INTENT_SKILLED,
    TRIGGER_FAMILY,
    TRIGGER_LAID_OFF,
    TRIGGER_QUIT,
)

u8, u16, i64 = np.uint8, np.uint16, np.int64
C_AWAY = i64(PersonChannel.AWAY_INCOME)
SECTOR = u32(Purpose.SECTOR_CHOICE)
SPOUSE_DRAW = u32(Purpose.SPOUSE)
F_ACTIVE, F_PASSIVE = int(Flow.RETURN_ACTIVE), int(Flow.RETURN_PASSIVE)
F_SPECULATIVE, F_OUT, F_IN = int(Flow.RETURN_SPECULATIVE), int(Flow.DEPART_OUT), int(Flow.DEPART_IN)


@phase
def usual_pay_away(i, village, people, levers, month, p):
    """Net income of a month with full work at the present destination, yuan."""
    h = p.human_capital
    grade = f32(people.qualification[i] & u8(GRADE_MASK))
    power = earning_power(f32(people.schooling[i]), people.skill[i], h.power_per_schooling, h.power_per_skill)
    power = power * (ONE + h.certificate_premium * grade)
    old = age_factor(f32(people.age[i]) * TWELFTH, h.age_peak, h.age_half_width, h.age_floor)
    more = ONE + person_lever(i, village, people, levers, C_AWAY, people.known[i])
    if people.status[i] == u8(OUT):
        return away_pay(month.wage_out * more, power, old, ONE, month.living_out)
    return away_pay(month.wage_in * more, power, old, ONE, month.living_in)


@phase
def arrive_home(i, village, people, levers, month, p, passive):
    """What changes with any move home: the clock, what was earned before, belonging starts low."""
    people.income_before[i] = u16(clip(whole(usual_pay_away(i, village, people, levers, month, p)), ZERO, f32(65535)))
    flags = people.flags[i] & u16(0xFFFF ^ (SPOUSE | PASSIVE | SKILLED_BEFORE))
    flags = flags | (u16(PASSIVE) if passive else u16(0))
    flags = flags | (u16(SKILLED_BEFORE) if (people.qualification[i] & u8(GRADE_MASK)) != u8(0) else u16(0))
    people.flags[i] = flags
    people.months_in_status[i] = u8(0)
    people.months_since_return[i] = u8(0)
    people.belonging[i] = p.social_capital.belonging_start
    people.rejections[i] = u8(0)


@phase
def depart(i, place, village_key, people, month, p, destination):
    """Leave for a destination; the spouse may come along."""
    people.status[i] = u8(destination)
    people.months_in_status[i] = u8(0)
    people.belonging[i] = ZERO
    people.rejections[i] = u8(0)
    people.migrations[i] = u8(min(i32(people.migrations[i]) + i32(1), i32(255)))
    u = draw_unit(month.seed, village_key, place, moment_of(month.calendar, SPOUSE_DRAW), u32(0))
    if u < p.household.spouse_chance:
        people.flags[i] = people.flags[i] | u16(SPOUSE)


@phase
def act(
    i,
    j,
    choice,
    sector,
    place,
    village,
    village_key,
    county,
    people,
    levers,
    month,
    p,
    share_skilled,
    trigger,
    intent,
    cell,
    flows,
):
    """Carry out a choice: move at once, or leave an application for the markets."""
    passive = (trigger[j] & u8(TRIGGER_FAMILY | TRIGGER_LAID_OFF)) != u8(0)
    mark = u8(INTENT_PASSIVE) if passive else u8(0)
    if choice == CHOOSE_WAGE:
        u, v, _, _ = draw_four(month.seed, village_key, place, moment_of(month.calendar, SECTOR), u32(0))
        tier = 1 if v < share_skilled else 0
        kind = u8(INTENT_SKILLED) if tier == 1 else u8(INTENT_BASIC)
        intent[j] = kind | u8(job_sector(county, tier, u, month) << INTENT_SECTOR_SHIFT) | mark
    elif choice == CHOOSE_ENTERPRISE:
        intent[j] = u8(INTENT_ENTERPRISE) | u8(sector << INTENT_SECTOR_SHIFT) | mark
    elif choice in (CHOOSE_FARM, CHOOSE_SEARCH):
        if people.status[i] <= u8(IN):
            arrive_home(i, village, people, levers, month, p, passive)
            flows[cell[j], F_PASSIVE if passive else F_ACTIVE] += 1
            if choice == CHOOSE_SEARCH:
                flows[cell[j], F_SPECULATIVE] += 1
        people.status[i] = u8(FARM) if choice == CHOOSE_FARM else u8(SEARCHING)
        people.months_in_status[i] = u8(0)
    elif choice in (CHOOSE_OUT, CHOOSE_IN):
        if people.status[i] == u8(OWNER):
            trigger[j] = trigger[j] | u8(TRIGGER_QUIT)
        else:
            depart(i, place, village_key, people, month, p, OUT if choice == CHOOSE_OUT else IN)
            flows[cell[j], F_OUT if choice == CHOOSE_OUT else F_IN] += 1


@phase
def needy_class(i, people):
    """How hard to employ: 0 hardest (poverty-lifted or relocated, and over 50 or of low skill), 1, 2."""
    vulnerable, weak = needs(i32(people.flags[i]), i32(people.age[i]), people.skill[i])
    return (0 if vulnerable else 1) if weak else (1 if vulnerable else 2)


@part
def needs(flags, age, skill):
    """Whether a worker is of a poverty-lifted or relocated household, and whether over 50 or of low skill."""
    return ((flags >> i32(1)) & i32(3)) != i32(0), (age >= i32(50 * 12)) | (skill < f32(0.25))
