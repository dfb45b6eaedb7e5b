"""The rest of a person whose record states some traits: drawn from what is stated, by the rules of `populate`."""

import numpy as np

from sim.arithmetic import f32, u64
from sim.compilation import kernel
from sim.kernels.birth import OF_SKILL, fill_births, four_of, settle_family, settle_work
from sim.rules.human_capital import skill_ceiling
from sim.state import ELDER, NEVER, SPOUSE

u8, u16 = np.uint8, np.uint16


@kernel
def resettle(who, village, place, row, g, people, seed, p, stocks, sectors, rows):
    """Draw skill, family and work anew for some workers, from their age, schooling and certificate as they are.

    who int64[n], village int32[n], place uint32[n]; row int64[n]: which of stocks float32[K, 6] decides the
    status; sectors and rows as `populate` takes them. The draws are those of `populate`.
    """
    for n in range(who.shape[0]):
        i, first = u64(who[n]), u64(0)
        fill_births(u64(place[n]), u64(1), seed, g.key[village[n]], rows)
        _, b, _, _ = four_of(rows, OF_SKILL, first)
        h = p.human_capital
        ceiling = skill_ceiling(f32(people.schooling[i]), h.ceiling_base, h.ceiling_per_schooling)
        people.skill[i] = ceiling * (p.start.skill_low + p.start.skill_spread * b)
        people.child_age[i] = u8(NEVER)
        people.flags[i] = people.flags[i] & u16(0xFFFF ^ (ELDER | SPOUSE))
        people.months_since_return[i] = u8(NEVER)
        people.income_before[i] = u16(0)
        settle_family(i, first, people, p, rows)
        settle_work(i, first, people, p, stocks[row[n]], sectors, rows)
