"""What single workers are asked about after a month: the quality of a return, the money for an enterprise."""

import numpy as np

from sim.arithmetic import ONE, ZERO, f32, i32, u64, whole
from sim.compilation import kernel
from sim.rules.decision import farm_pay, local_pay
from sim.rules.enterprise import credit_chance, kin_credit
from sim.rules.human_capital import earning_power
from sim.rules.quality import composite, income_growth, income_index, occupation_index, social_index
from sim.state import DEFAULTED, GRADE_MASK, HEALTH_MASK, HEALTH_SHIFT, SKILLED_BEFORE, Status

u8, u16 = np.uint8, np.uint16
SEARCHING, BASIC, SKILLED = int(Status.SEARCHING), int(Status.WAGE_BASIC), int(Status.WAGE_SKILLED)
OWNER, POST = int(Status.OWNER), int(Status.POST)
# occupational rung of each status, as in the census: 0 farm or searching, 1 basic job or post, 2 skilled job, 3 owner
RUNG = np.array([0, 0, 0, 0, 1, 2, 3, 1, 0], np.float32)


@kernel
def fill_quality_of_return(who, land, wage_factor, profit, people, wage_local, farm_index, p, quality):
    """Composite quality of workers at home as returnees (rules Q1 to Q5), float32[n]; equals the census.

    who int64[n]; land (mu), wage_factor float32[n]; profit float32[n], yuan of an owner's last month; wage_local,
    farm_index: the month's series; p: the parameters; quality float32[n] (output).
    """
    h, m, q = p.human_capital, p.money, p.quality
    for n in range(who.shape[0]):
        i = u64(who[n])
        s = i32(people.status[i])
        flags = people.flags[i]
        grade = f32(i32(people.qualification[i]) & i32(GRADE_MASK))
        power = earning_power(f32(people.schooling[i]), people.skill[i], h.power_per_schooling, h.power_per_skill)
        power = power * (ONE + h.certificate_premium * grade)
        health = f32((i32(flags) & i32(HEALTH_MASK)) >> i32(HEALTH_SHIFT)) * f32(1 / 15)
        income = farm_pay(m.farm_income, farm_index, land[n], m.farm_land, m.farm_land_weight, health)
        if s == i32(BASIC) or s == i32(SKILLED):
            premium = p.market.skilled_premium if s == i32(SKILLED) else ZERO
            income = local_pay(wage_local, wage_factor[n], power, premium)
        elif s == i32(SEARCHING):
            income = m.search_income
        elif s == i32(POST):
            income = m.workshop_wage if people.sector[i] == u8(1) else m.post_wage
        elif s == i32(OWNER):
            income = profit[n]
        before = f32(2) if (flags & u16(SKILLED_BEFORE)) != u16(0) else ONE
        earned = income_index(income_growth(whole(income), f32(people.income_before[i])), q.income_reference)
        rise = occupation_index(RUNG[s], before)
        social = social_index(people.belonging[i], people.home_ties[i])
        quality[n] = composite(earned, rise, social, q.weight_income, q.weight_occupation, q.weight_social)


@kernel
def fill_funds(who, need, grant, guarantee, added_cap, people, p, funds):
    """What each worker can count on for an enterprise, yuan: own, kin, grants, a loan times its chance (E7, E8).

    who int64[n]; need: entry capital, yuan; grant, guarantee (log odds), added_cap (yuan) float32[n]: what the
    instruments at hand add; p: the parameters; funds float32[n] (output).
    """
    e = p.enterprise
    want = e.desired_scale * need
    for n in range(who.shape[0]):
        i = u64(who[n])
        own = min(e.own_share * f32(people.savings[i]), want)
        kin = min(kin_credit(e.kin_most, people.home_ties[i]), max(need - own - grant[n], ZERO))
        certificate = ONE if (people.qualification[i] & u8(GRADE_MASK)) != u8(0) else ZERO
        defaulted = ONE if (people.flags[i] & u16(DEFAULTED)) != u16(0) else ZERO
        chance = credit_chance(
            ZERO, min(own / max(need, ONE), ONE), certificate, e.loan_level + guarantee[n], defaulted,
            e.loan_collateral, e.loan_certificate, e.loan_default,
        )  # fmt: skip
        loan = min(max(want - own - kin - grant[n], ZERO), e.loan_cap + added_cap[n])
        funds[n] = own + kin + grant[n] + chance * loan
