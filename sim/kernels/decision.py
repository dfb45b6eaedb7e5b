"""Random utility: the best alternative of one worker. Only for those who weigh a move this month."""

import numpy as np

from sim.arithmetic import ONE, ZERO, f32, i32, u32
from sim.compilation import phase
from sim.draws import Purpose, fill_words, moment_of, unit_of
from sim.kernels.eligibility import person_lever
from sim.kernels.luck import L_ENTERPRISE, L_HOME, L_IDEA, L_IN, L_NEST, L_OUT, L_TOLERANCE
from sim.kernels.people import FARM, FIFTEENTH, IN, OUT, OWNER, SEARCHING, TWELFTH, VACANT
from sim.kernels.prospects import best_sector, enterprise_prospect, job_prospect
from sim.policy import PersonChannel
from sim.rules.decision import (
    amenity_utility,
    away_income,
    city_barrier,
    considering_chance,
    farm_pay,
    income_utility,
    mixed_income,
    moves_in_closure,
    moving_cost,
    risk_cost,
    utility,
)
from sim.rules.household import anchored, family_pull
from sim.rules.human_capital import age_factor, earning_power
from sim.state import ELDER, GRADE_MASK, HEALTH_SHIFT, SPOUSE
from sim.world import (
    CHOOSE_ENTERPRISE,
    CHOOSE_FARM,
    CHOOSE_IN,
    CHOOSE_OUT,
    CHOOSE_SEARCH,
    CHOOSE_STAY,
    CHOOSE_WAGE,
    TRIGGER_FAMILY,
    TRIGGER_LAID_OFF,
)

u8, u16, i64 = np.uint8, np.uint16, np.int64
CONSIDER = u32(Purpose.CONSIDER)
C_AWAY, C_PROTECTION = i64(PersonChannel.AWAY_INCOME), i64(PersonChannel.PROTECTION)
IMPOSSIBLE = f32(-1e9)


@phase
def mark_considering(first, count, village_key, people, month, p, words, trigger, mark):
    """Mark the places whose worker weighs a move this month (rules U13, U21)."""
    statuses = people.status
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, CONSIDER))
    d = p.decision
    usual = considering_chance(d.consider_base, d.consider_festival, month.festival, ZERO)
    calm = moves_in_closure(usual, month.closure)
    pressed = moves_in_closure(ONE, month.closure)
    for j in range(count):
        triggered = (trigger[j] & u8(TRIGGER_FAMILY | TRIGGER_LAID_OFF)) != u8(0)
        chance = pressed if triggered else calm
        mark[j] = u8((unit_of(words[j]) < chance) & (statuses[first + j] < u8(VACANT)))


@phase
def decide(i, turn, village, county, scene, p, peers, owner_near, income, trigger, luck):
    """The best alternative of one worker (rules U1 to U20): CHOOSE code, sector to found in, skilled share.

    luck: the draws of those who weigh a move (`fill_luck`), of which this is number `turn`.
    """
    g, people, levers, month = scene.geography, scene.people, scene.levers, scene.month
    counties, villages = scene.counties, scene.villages
    d, h, life = p.decision, p.human_capital, p.household
    s = i32(people.status[i])
    is_away = s <= i32(IN)
    flags, held = people.flags[i], people.known[i]
    grade = f32(people.qualification[i] & u8(GRADE_MASK))
    power = earning_power(f32(people.schooling[i]), people.skill[i], h.power_per_schooling, h.power_per_skill)
    power = power * (ONE + h.certificate_premium * grade)
    strength = power * age_factor(f32(people.age[i]) * TWELFTH, h.age_peak, h.age_half_width, h.age_floor)
    support = person_lever(i, village, people, levers, C_AWAY, held)
    out_risk, in_risk = month.unemployment_out, month.unemployment_in
    laid_off = (trigger & u8(TRIGGER_LAID_OFF)) != u8(0)
    out_risk = d.laid_off_unemployment if laid_off and s == i32(OUT) else out_risk
    in_risk = d.laid_off_unemployment if laid_off and s == i32(IN) else in_risk
    far = people.destination_ties[i]
    pay_out = away_income(month.wage_out, strength, out_risk, d.unemployment_shield, far, month.living_out, support)
    pay_in = away_income(month.wage_in, strength, in_risk, d.unemployment_shield, far, month.living_in, support)

    child = i32(people.child_age[i])
    preschool = life.pull_preschool if child < i32(72) else ZERO
    school = ONE if (child >= i32(72)) & (child < i32(180)) else ZERO
    elder = ONE if (flags & u16(ELDER)) != u16(0) else ZERO
    spouse = ONE if (flags & u16(SPOUSE)) != u16(0) else ZERO
    schooling, care, transport = (month.services[village, 0], month.services[village, 1], month.services[village, 2])
    pull = family_pull(preschool, school, elder, schooling, care, life.pull_school, life.pull_elder)
    family = anchored(pull, spouse, life.spouse_anchor)
    near = d.home_tie_weight * people.home_ties[i]
    away_ties = d.destination_tie_weight * far
    amenity = amenity_utility(schooling, care, transport, d.amenity_weight)
    belonging = d.belonging_weight * people.belonging[i]
    protection = person_lever(i, village, people, levers, C_PROTECTION, held)
    barrier = city_barrier(d.barrier_base, d.barrier_child, school, protection)
    hours = g.remoteness[village]
    cost_in = moving_cost(d.move_cost, d.move_cost_per_hour, hours, ONE)
    cost_out = moving_cost(d.move_cost, d.move_cost_per_hour, hours, d.move_distance_out)
    back = cost_out if s == i32(OUT) else cost_in
    back = back if is_away else ZERO

    place_home, place_out, place_in = luck[L_HOME, turn], luck[L_OUT, turn], luck[L_IN, turn]
    nest = luck[L_NEST, turn] + place_home + d.home_intercept

    value_out = utility(
        income_utility(pay_out, d.income_unit, d.income_weight),
        ZERO,
        away_ties,
        ZERO,
        ZERO,
        ZERO,
        barrier + (ZERO if is_away else cost_out),
        place_out + d.out_intercept + luck[CHOOSE_OUT, turn],
    )
    value_in = utility(
        income_utility(pay_in, d.income_unit, d.income_weight),
        ZERO,
        away_ties,
        ZERO,
        ZERO,
        ZERO,
        barrier + (ZERO if is_away else cost_in),
        place_in + d.in_intercept + luck[CHOOSE_IN, turn],
    )
    health = f32((i32(flags) >> i32(HEALTH_SHIFT)) & i32(15)) * FIFTEENTH
    m = p.money
    pay_farm = farm_pay(m.farm_income, month.farm_index, g.land[village], m.farm_land, m.farm_land_weight, health)
    wage_factor = counties.wage_factor[county]
    chance, pay_job, share_skilled = job_prospect(
        i, village, county, people, levers, month, p, wage_factor, counties.finding, power
    )
    value_farm = utility(
        income_utility(pay_farm, d.income_unit, d.income_weight),
        family,
        near,
        amenity,
        belonging,
        peers,
        back,
        nest + luck[CHOOSE_FARM, turn],
    )
    pay_search = mixed_income(chance, pay_job, m.search_income)
    value_search = utility(
        income_utility(pay_search, d.income_unit, d.income_weight),
        family,
        near,
        amenity,
        belonging,
        peers,
        back,
        nest + d.search_intercept + luck[CHOOSE_SEARCH, turn],
    )

    sector = best_sector(month, county, luck, turn, counties.development)
    value_enterprise = IMPOSSIBLE
    bias = (
        nest
        + d.enterprise_intercept
        + luck[L_ENTERPRISE, turn]
        - risk_cost(d.risk_weight, luck[L_TOLERANCE, turn])
        + luck[CHOOSE_ENTERPRISE, turn]
    )
    if s != i32(OWNER):
        w = d.peer_own_weight
        around = w * villages.owner_share[village] + (ONE - w) * owner_near
        profit, entry = enterprise_prospect(
            i, village, county, sector, g, people, levers, month, p, counties.development, around, luck[L_IDEA, turn]
        )
        if entry > ZERO:
            value_enterprise = utility(
                income_utility(mixed_income(entry, profit, pay_farm), d.income_unit, d.income_weight),
                family,
                near,
                amenity,
                belonging,
                peers,
                back,
                bias,
            )

    if is_away:
        pay_wage = mixed_income(chance, pay_job, pay_farm)
        value_wage = utility(
            income_utility(pay_wage, d.income_unit, d.income_weight),
            family,
            near,
            amenity,
            belonging,
            peers,
            back,
            nest + luck[CHOOSE_WAGE, turn],
        )
        best, choice = (value_out if s == i32(OUT) else value_in), CHOOSE_STAY
        if value_wage > best:
            best, choice = value_wage, CHOOSE_WAGE
        if value_enterprise > best:
            best, choice = value_enterprise, CHOOSE_ENTERPRISE
        if value_farm > best:
            best, choice = value_farm, CHOOSE_FARM
        if value_search > best:
            best, choice = value_search, CHOOSE_SEARCH
        return choice, sector, share_skilled

    # at home: the present activity keeps the error and the intercept of its alternative
    own = nest + luck[CHOOSE_WAGE, turn]
    own = nest + luck[CHOOSE_FARM, turn] if s == i32(FARM) else own
    own = bias if s == i32(OWNER) else own
    present_value = utility(
        income_utility(income, d.income_unit, d.income_weight), family, near, amenity, belonging, peers, ZERO, own
    )
    best, choice = (value_search if s == i32(SEARCHING) else present_value), CHOOSE_STAY
    if s == i32(SEARCHING) and value_farm > best:
        best, choice = value_farm, CHOOSE_FARM
    if value_enterprise > best:
        best, choice = value_enterprise, CHOOSE_ENTERPRISE
    if value_out > best:
        best, choice = value_out, CHOOSE_OUT
    if value_in > best:
        best, choice = value_in, CHOOSE_IN
    return choice, sector, share_skilled
