"""The rest of a person whose record states some traits: drawn from what is stated, by the rules of `populate`."""

import numpy as np

from sim.arithmetic import f32, u32, u64
from sim.compilation import kernel
from sim.draws import draw_four, moment_of
from sim.kernels.birth import GENERATION_ZERO, SKILL, settle_family, settle_work
from sim.rules.human_capital import skill_ceiling
from sim.state import ELDER, NEVER, SPOUSE

u8, u16 = np.uint8, np.uint16


@kernel
def resettle(who, village, place, row, g, people, seed, p, stocks, sectors):
    """Draw skill, family and work anew for some workers, from their age, schooling and certificate as they are.

    who int64[n], village int32[n], place uint32[n]; row int64[n]: which of stocks float32[K, 6] decides the
    status; sectors as `populate` takes them. The draws are those of `populate`.
    """
    for n in range(who.shape[0]):
        i, key = u64(who[n]), g.key[village[n]]
        _, b, _, _ = draw_four(seed, key, place[n], moment_of(GENERATION_ZERO, SKILL), u32(0))
        h = p.human_capital
        ceiling = skill_ceiling(f32(people.schooling[i]), h.ceiling_base, h.ceiling_per_schooling)
        people.skill[i] = ceiling * (p.start.skill_low + p.start.skill_spread * b)
        people.child_age[i] = u8(NEVER)
        people.flags[i] = people.flags[i] & u16(0xFFFF ^ (ELDER | SPOUSE))
        people.months_since_return[i] = u8(NEVER)
        people.income_before[i] = u16(0)
        settle_family(i, place[n], key, people, seed, p)
        settle_work(i, place[n], key, people, seed, p, stocks[row[n]], sectors)
