"""Sparse phases: what a worker hears of, applies for and decides. One worker at a time, for the few concerned."""

import numpy as np

from sim.arithmetic import HALF, ONE, ZERO, clip, f32, i32, u32, whole
from sim.compilation import phase, step
from sim.draws import Purpose, draw_four, draw_unit, fill_words, moment_of, unit_of
from sim.kernels.people import BASIC, FARM, FIFTEENTH, IN, OUT, OWNER, POST, SEARCHING, SKILLED, TWELFTH, VACANT
from sim.outcomes import Flow
from sim.policy import PersonChannel
from sim.rules.decision import (
    amenity_utility,
    away_income,
    away_pay,
    believed_chance,
    chance_over_horizon,
    city_barrier,
    considering_chance,
    discouraged,
    farm_pay,
    gumbel,
    income_utility,
    local_pay,
    mixed_income,
    moves_in_closure,
    moving_cost,
    normal_like,
    peer_pull,
    peer_pull_smooth,
    risk_cost,
    skilled_share_of_search,
    utility,
)
from sim.rules.enterprise import (
    believed_survival,
    ces_normalised,
    credit_chance,
    entry_chance_gated,
    entry_chance_smooth,
    idea_strength,
    kin_credit,
    market_access,
    monthly_profit,
    relative_input,
)
from sim.rules.household import anchored, family_pull
from sim.rules.human_capital import age_factor, earning_power
from sim.rules.social_capital import hearing_chance, word_of_mouth
from sim.state import (
    DEFAULTED,
    ELDER,
    GRADE_MASK,
    HEALTH_SHIFT,
    PASSIVE,
    SKILLED_BEFORE,
    SPOUSE,
)
from sim.world import (
    INTENT_BASIC,
    INTENT_ENTERPRISE,
    INTENT_PASSIVE,
    INTENT_POST,
    INTENT_SECTOR_SHIFT,
    INTENT_SKILLED,
    TRIGGER_FAMILY,
    TRIGGER_LAID_OFF,
    TRIGGER_QUIT,
)

u8, u16, i64 = np.uint8, np.uint16, np.int64
CONTACT, CONSIDER, SEEK = int(Purpose.CONTACT), int(Purpose.CONSIDER), int(Purpose.SEEK)
LEARN, APPLY, SECTOR = int(Purpose.LEARN), int(Purpose.APPLY_TRAINING), int(Purpose.SECTOR_CHOICE)
ERROR, NEST, SPOUSE_DRAW = int(Purpose.ERROR), int(Purpose.NEST_ERROR), int(Purpose.SPOUSE)
PERSON_PLACE, PERSON_ENTERPRISE = int(Purpose.PERSON_PLACE), int(Purpose.PERSON_ENTERPRISE)
PERSON_RISK, PERSON_TRAINING = int(Purpose.PERSON_RISK), int(Purpose.PERSON_TRAINING)
PERSON_SECTOR = int(Purpose.PERSON_SECTOR)
F_HEARD, F_ACTIVE, F_PASSIVE = int(Flow.HEARD), int(Flow.RETURN_ACTIVE), int(Flow.RETURN_PASSIVE)
F_SPECULATIVE, F_OUT, F_IN = int(Flow.RETURN_SPECULATIVE), int(Flow.DEPART_OUT), int(Flow.DEPART_IN)
C_UPTAKE, C_TRUTH, C_FRESH = int(PersonChannel.COURSE_UPTAKE), int(PersonChannel.TRUTH), int(PersonChannel.FRESHNESS)
C_AWAY, C_PROTECTION, C_GRANT = int(PersonChannel.AWAY_INCOME), int(PersonChannel.PROTECTION), int(PersonChannel.GRANT)
C_LOAN, C_CAP = int(PersonChannel.LOAN_CHANCE), int(PersonChannel.LOAN_CAP)
C_FREE, C_TAX, C_CARE = int(PersonChannel.RENT_FREE), int(PersonChannel.TAX_CUT), int(PersonChannel.AFTERCARE)
IMPOSSIBLE = f32(-1e9)
CHOOSE_OUT, CHOOSE_IN, CHOOSE_WAGE, CHOOSE_ENTERPRISE, CHOOSE_FARM, CHOOSE_SEARCH, CHOOSE_STAY = 0, 1, 2, 3, 4, 5, 6


@step
def eligible(i, k, village, people, levers):
    """Whether the worker in place i may use instrument k: reach, sex, household, status, age, skill."""
    flags = people.flags[i]
    sex = (levers.sexes[k] >> (flags & u16(1))) & u8(1)
    household = (levers.households[k] >> ((flags >> u16(1)) & u16(3))) & u8(1)
    status = (levers.statuses[k] >> u16(people.status[i])) & u16(1)
    fits = (sex != u8(0)) & (household != u8(0)) & (status != u16(0)) & (levers.reach[k, village] != u8(0))
    age, skill = i32(people.age[i]), people.skill[i]
    aged = (age >= levers.age_from[k]) & (age < levers.age_below[k])
    able = (skill >= levers.skill_from[k]) & (skill < levers.skill_below[k])
    return fits & aged & able


@step
def person_lever(i, village, people, levers, channel, held):
    """Sum of a channel over the instruments among the bits `held` that the worker may use."""
    total = ZERO
    bits = held & levers.acts[channel]
    k = 0
    while bits != u32(0):
        if (bits & u32(1)) != u32(0) and eligible(i, k, village, people, levers):
            total += levers.effect[k, channel]
        bits = bits >> u32(1)
        k += 1
    return total


@step
def for_sector(held, sector, levers):
    """The bits of `held` whose instruments serve enterprises of a sector."""
    for k in range(levers.key.shape[0]):
        if ((levers.sectors[k] >> u32(sector)) & u32(1)) == u32(0):
            held = held & ~(u32(1) << u32(k))
    return held


@phase
def mark_contacts(first, count, village_key, people, month, p, words, chosen):
    """List the places whose worker hears of or acts on policies this month; returns how many."""
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, CONTACT))
    rate = p.social_capital.contact_rate
    n = i64(0)
    for j in range(count):
        chosen[n] = i32(j)  # written always and counted when meant: no branch to mispredict
        n += i64((unit_of(words[j]) < rate) & (people.status[first + j] < u8(VACANT)))
    return n


@step
def hear(i, place, village, village_key, people, levers, month, p, own_share, neighbour_share, official):
    """Forget and learn of instruments (rules S4, S5); returns how many were learned."""
    c = p.social_capital
    known, used = people.known[i], people.used[i]
    heard = 0
    for k in range(levers.key.shape[0]):
        if levers.in_force[k] == u8(0) or levers.reach[k, village] == u8(0):
            continue
        bit = u32(1) << u32(k)
        if (known & used & bit) != u32(0):  # who has used it does not forget it
            continue
        u = draw_unit(month.seed, village_key, place, moment_of(month.calendar, LEARN), levers.key[k])
        if (known & bit) != u32(0):
            if u < c.forgetting:
                known = known & ~bit
            continue
        mouth = word_of_mouth(own_share[k], neighbour_share[k], c.own_village_weight, people.home_ties[i], c.word_strength)
        if u < hearing_chance(levers.official[k] + official, mouth):
            known = known | bit
            heard += 1
    people.known[i] = known
    return heard


@step
def apply_for_course(i, place, village, village_key, people, levers, month, p):
    """The instrument whose course the worker applies for this month, plus one; 0: none."""
    h = p.human_capital
    best, choice = ONE, 0
    willing, _, _, _ = draw_four(
        month.population_seed, village_key, place, moment_of(people.generation[i], PERSON_TRAINING), u32(0)
    )
    for k in range(levers.key.shape[0]):
        bit = u32(1) << u32(k)
        if levers.offers_course[k] == u8(0) or (people.known[i] & bit) == u32(0):
            continue
        if not eligible(i, k, village, people, levers):
            continue
        if willing < h.unwilling_share * (ONE - clip(levers.effect[k, C_UPTAKE], ZERO, ONE)):
            continue
        chance = h.apply_chance * (h.repeat_factor if (people.used[i] & bit) != u32(0) else ONE)
        u = draw_unit(month.seed, village_key, place, moment_of(month.calendar, APPLY), levers.key[k])
        ratio = u / max(chance, f32(1e-6))
        if u < chance and ratio < best:
            best, choice = ratio, k + 1
    return choice


@phase
def mark_considering(first, count, village_key, people, month, p, words, trigger, chosen):
    """List the places whose worker weighs a move this month (rules U13, U21); returns how many."""
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, CONSIDER))
    d = p.decision
    usual = considering_chance(d.consider_base, d.consider_festival, month.festival, ZERO)
    closure = month.closure
    n = i64(0)
    for j in range(count):
        triggered = (trigger[j] & u8(TRIGGER_FAMILY | TRIGGER_LAID_OFF)) != u8(0)
        chance = moves_in_closure(ONE if triggered else usual, closure)
        chosen[n] = i32(j)
        n += i64((unit_of(words[j]) < chance) & (people.status[first + j] < u8(VACANT)))
    return n


@step
def person_effect(month, village_key, place, generation, purpose, key, deviation):
    """A permanent effect of a person, approximately normal (rule U10)."""
    a, b, c, d = draw_four(month.population_seed, village_key, place, moment_of(generation, purpose), key)
    return normal_like(a, b, c, d, deviation)


@step
def best_sector(month, county, village_key, place, generation, development):
    """The sector the worker would found in: development x price x profit x a permanent taste."""
    best, choice = ZERO, 0
    taste = (ZERO, ZERO, ZERO, ZERO)
    for s in range(development.shape[1]):
        if s % 4 == 0:
            moment = moment_of(generation, PERSON_SECTOR)
            taste = draw_four(month.population_seed, village_key, place, moment, u32(s // 4))
        score = development[county, s] * month.price[s] * month.sector_profit[s] * (HALF + taste[s % 4])
        if score > best:
            best, choice = score, s
    return choice


@step
def loan_terms(i, village, people, levers, p, need, own, held):
    """Chance of a formal loan and its cap in yuan, with the instruments among the bits `held`."""
    e = p.enterprise
    certificate = ONE if (people.qualification[i] & u8(GRADE_MASK)) != u8(0) else ZERO
    defaulted = ONE if (people.flags[i] & u16(DEFAULTED)) != u16(0) else ZERO
    collateral = min(own / max(need, ONE), ONE)
    guarantee = e.loan_level + person_lever(i, village, people, levers, C_LOAN, held)
    chance = credit_chance(
        ZERO, collateral, certificate, guarantee, defaulted, e.loan_collateral, e.loan_certificate, e.loan_default
    )
    return chance, e.loan_cap + person_lever(i, village, people, levers, C_CAP, held)


@step
def finance(i, village, people, levers, p, need, held):
    """What the worker could put into an enterprise, whole yuan: own, kin, grant, chance of a loan, the loan.

    Wanted is `desired_scale` times the entry capital; kin fill up to the entry capital, a loan up to what is
    wanted or its cap.
    """
    e = p.enterprise
    want = e.desired_scale * need
    own = whole(min(e.own_share * f32(people.savings[i]), want))
    grant = whole(person_lever(i, village, people, levers, C_GRANT, held))
    kin = whole(min(kin_credit(e.kin_most, people.home_ties[i]), max(need - own - grant, ZERO)))
    chance, cap = loan_terms(i, village, people, levers, p, need, own, held)
    loan = whole(min(max(want - own - kin - grant, ZERO), cap))
    return own, kin, grant, chance, loan


@step
def productivity_of(i, people, p, capital, development, price, remoteness, logistics):
    """Productivity of worker i with some capital in a sector (rules E1 to E3)."""
    e = p.enterprise
    ties = people.home_ties[i]
    market = market_access(
        development, price, remoteness, e.market_per_hour, logistics, people.destination_ties[i], e.channel_weight
    )
    sigma = e.sigma if p.mechanisms.enterprise_complementarity > ZERO else f32(1e6)
    return ces_normalised(
        relative_input(people.skill[i], e.mean_skill),
        relative_input(capital, e.mean_capital),
        relative_input(market, e.mean_market),
        relative_input(ties, e.mean_ties),
        e.share_skill,
        e.share_capital,
        e.share_market,
        e.share_ties,
        sigma,
    )


@step
def idea_of(i, place, village_key, people, month, p, owner_share):
    """Strength of the worker's idea (rule E9)."""
    e = p.enterprise
    effect = person_effect(
        month, village_key, place, people.generation[i], PERSON_ENTERPRISE, u32(1), e.idea_deviation
    )
    experience = min(f32(people.migrations[i]) / p.decision.experience_span, ONE)
    return idea_strength(people.skill[i], experience, owner_share, effect, e.idea_skill, e.idea_experience, e.idea_peers)


@step
def enterprise_prospect(i, place, village, village_key, county, sector, g, people, levers, month, p, development, peers):
    """Expected monthly income of founding in a sector, and the chance that entry is possible."""
    e = p.enterprise
    held = for_sector(people.known[i], sector, levers)
    need = month.entry_capital[sector]
    own, kin, grant, chance, loan = finance(i, village, people, levers, p, need, held)
    possible = (own + kin + grant + loan) / need
    expected = own + kin + grant + chance * loan
    idea = idea_of(i, place, village_key, people, month, p, peers)
    if p.mechanisms.entry_gate > ZERO:
        entry = entry_chance_gated(possible, idea, e.idea_threshold)
    else:
        entry = entry_chance_smooth(expected / need, idea, e.idea_threshold, e.entry_steepness)
    q = productivity_of(
        i, people, p, expected, development[county, sector], month.price[sector], g.remoteness[village],
        month.logistics[county],
    )
    rent = e.rent if month.needs_premises[sector] != u8(0) else ZERO
    rent = ZERO if person_lever(i, village, people, levers, C_FREE, held) > ZERO else rent
    scale = e.profit_scale * month.sector_profit[sector]
    tax_cut = person_lever(i, village, people, levers, C_TAX, held)
    profit = monthly_profit(scale, q, ONE, rent, e.tax_rate, tax_cut)
    care = person_lever(i, village, people, levers, C_CARE, held)
    return profit * believed_survival(e.survival_prior, care), entry


@step
def peers_around(p, returned_own, returned_near, owner_own, owner_near, failure_own, failure_near):
    """Pull of peers from shares in the own and the neighbouring villages (rules U6, U7)."""
    d, w = p.decision, p.decision.peer_own_weight
    share = w * returned_own + (ONE - w) * returned_near
    success = w * owner_own + (ONE - w) * owner_near
    failure = w * failure_own + (ONE - w) * failure_near
    switch = p.mechanisms.peer_feedback
    if p.mechanisms.peer_threshold > ZERO:
        return d.peer_weight * peer_pull(share, success, failure, d.peer_threshold, d.peer_width, d.peer_failure, switch)
    slope = HALF / d.peer_threshold
    return d.peer_weight * peer_pull_smooth(share, success, failure, slope, d.peer_failure, switch)


@step
def job_prospect(i, village, county, people, levers, month, p, wage_factor, finding, power):
    """Believed chance over the search horizon and expected pay of a job at home, yuan a month."""
    d = p.decision
    held = people.known[i]
    truth = d.truth_weight + person_lever(i, village, people, levers, C_TRUTH, held)
    fresh = d.freshness + person_lever(i, village, people, levers, C_FRESH, held)
    lag = i64(d.information_lag)
    rejections = f32(people.rejections[i])
    basic = believed_chance(finding[county, 0, 0], finding[county, 0, lag], fresh, truth, d.prior_chance)
    skilled = believed_chance(finding[county, 1, 0], finding[county, 1, lag], fresh, truth, d.prior_chance)
    share = skilled_share_of_search(skilled, basic, p.market.skilled_premium, qualified(i, people, p))
    chance = discouraged(mixed_income(share, skilled, basic), rejections, d.rejection_weight)
    pay_basic = local_pay(month.wage_local, wage_factor, power, ZERO)
    pay_skilled = local_pay(month.wage_local, wage_factor, power, p.market.skilled_premium)
    return chance_over_horizon(chance, d.search_horizon), mixed_income(share, pay_skilled, pay_basic), share


@step
def qualified(i, people, p):
    """1 if the worker may take skilled jobs: certified, or (gate off) skilled enough; else 0."""
    certified = (people.qualification[i] & u8(GRADE_MASK)) != u8(0)
    open_gate = (p.mechanisms.certificate_gate == ZERO) & (people.skill[i] >= p.human_capital.skilled_bar)
    return ONE if certified | open_gate else ZERO


@step
def job_sector(county, tier, u, month):
    """The sector in which a worker applies: in proportion to last month's vacancies."""
    s = 0
    while s < month.open_cumulative.shape[2] - 1 and u >= month.open_cumulative[county, tier, s]:
        s += 1
    return s


@step
def decide(i, place, village, village_key, county, g, people, levers, month, p, counties, villages, peers, owner_near,
           income, trigger):
    """The best alternative of one worker (rules U1 to U20): a CHOOSE code, the sector of an enterprise, the skilled share of search."""
    d, h, life = p.decision, p.human_capital, p.household
    s = i32(people.status[i])
    is_away = s <= i32(IN)
    flags, held, generation = people.flags[i], people.known[i], people.generation[i]
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
    schooling, care, transport = month.services[village, 0], month.services[village, 1], month.services[village, 2]
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

    place_home = person_effect(month, village_key, place, generation, PERSON_PLACE, u32(0), d.place_deviation)
    place_out = person_effect(month, village_key, place, generation, PERSON_PLACE, u32(1), d.place_deviation)
    place_in = person_effect(month, village_key, place, generation, PERSON_PLACE, u32(2), d.place_deviation)
    moment = moment_of(month.calendar, ERROR)
    e0, e1, e2, e3 = draw_four(month.seed, village_key, place, moment, u32(0))
    e4, e5, _, _ = draw_four(month.seed, village_key, place, moment, u32(1))
    n0, n1, n2, n3 = draw_four(month.seed, village_key, place, moment_of(month.calendar, NEST), u32(0))
    nest = normal_like(n0, n1, n2, n3, d.nest_deviation) + place_home + d.home_intercept
    error = d.error_scale

    value_out = utility(
        income_utility(pay_out, d.income_unit, d.income_weight), ZERO, away_ties, ZERO, ZERO, ZERO,
        barrier + (ZERO if is_away else cost_out), place_out + d.out_intercept + gumbel(e0, error),
    )
    value_in = utility(
        income_utility(pay_in, d.income_unit, d.income_weight), ZERO, away_ties, ZERO, ZERO, ZERO,
        barrier + (ZERO if is_away else cost_in), place_in + d.in_intercept + gumbel(e1, error),
    )
    health = f32((i32(flags) >> i32(HEALTH_SHIFT)) & i32(15)) * FIFTEENTH
    m = p.money
    pay_farm = farm_pay(m.farm_income, month.farm_index, g.land[village], m.farm_land, m.farm_land_weight, health)
    wage_factor = counties.wage_factor[county]
    chance, pay_job, share_skilled = job_prospect(
        i, village, county, people, levers, month, p, wage_factor, counties.finding, power
    )
    value_farm = utility(
        income_utility(pay_farm, d.income_unit, d.income_weight), family, near, amenity, belonging, peers,
        back, nest + gumbel(e4, error),
    )
    pay_search = mixed_income(chance, pay_job, m.search_income)
    value_search = utility(
        income_utility(pay_search, d.income_unit, d.income_weight), family, near, amenity, belonging, peers,
        back, nest + d.search_intercept + gumbel(e5, error),
    )

    sector = best_sector(month, county, village_key, place, generation, counties.development)
    value_enterprise = IMPOSSIBLE
    enterprise_taste = person_effect(
        month, village_key, place, generation, PERSON_ENTERPRISE, u32(0), d.enterprise_deviation
    )
    tolerance, _, _, _ = draw_four(month.population_seed, village_key, place, moment_of(generation, PERSON_RISK), u32(0))
    bias = nest + d.enterprise_intercept + enterprise_taste - risk_cost(d.risk_weight, tolerance) + gumbel(e3, error)
    if s != i32(OWNER):
        w = d.peer_own_weight
        around = w * villages.owner_share[village] + (ONE - w) * owner_near
        profit, entry = enterprise_prospect(
            i, place, village, village_key, county, sector, g, people, levers, month, p, counties.development, around
        )
        if entry > ZERO:
            value_enterprise = utility(
                income_utility(mixed_income(entry, profit, pay_farm), d.income_unit, d.income_weight), family, near,
                amenity, belonging, peers, back, bias,
            )

    if is_away:
        pay_wage = mixed_income(chance, pay_job, pay_farm)
        value_wage = utility(
            income_utility(pay_wage, d.income_unit, d.income_weight), family, near, amenity, belonging, peers,
            back, nest + gumbel(e2, error),
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
    own = nest + gumbel(e2, error)
    own = nest + gumbel(e4, error) if s == i32(FARM) else own
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


@step
def usual_pay_away(i, people, month, p):
    """Net income of a month with full work at the present destination, yuan."""
    h = p.human_capital
    grade = f32(people.qualification[i] & u8(GRADE_MASK))
    power = earning_power(f32(people.schooling[i]), people.skill[i], h.power_per_schooling, h.power_per_skill)
    power = power * (ONE + h.certificate_premium * grade)
    old = age_factor(f32(people.age[i]) * TWELFTH, h.age_peak, h.age_half_width, h.age_floor)
    if people.status[i] == u8(OUT):
        return away_pay(month.wage_out, power, old, ONE, month.living_out)
    return away_pay(month.wage_in, power, old, ONE, month.living_in)


@step
def arrive_home(i, people, month, p, passive):
    """What changes with any move home: the clock, what was earned before, belonging starts low."""
    people.income_before[i] = u16(clip(whole(usual_pay_away(i, people, month, p)), ZERO, f32(65535)))
    flags = people.flags[i] & u16(0xFFFF ^ (SPOUSE | PASSIVE | SKILLED_BEFORE))
    flags = flags | (u16(PASSIVE) if passive else u16(0))
    flags = flags | (u16(SKILLED_BEFORE) if (people.qualification[i] & u8(GRADE_MASK)) != u8(0) else u16(0))
    people.flags[i] = flags
    people.months_in_status[i] = u8(0)
    people.months_since_return[i] = u8(0)
    people.belonging[i] = p.social_capital.belonging_start
    people.rejections[i] = u8(0)


@step
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


@step
def act(i, j, choice, sector, place, village_key, county, people, month, p, share_skilled, trigger, intent, cell, flows):
    """Carry out a choice: move at once, or leave an application for the markets."""
    passive = (trigger[j] & u8(TRIGGER_FAMILY | TRIGGER_LAID_OFF)) != u8(0)
    mark = u8(INTENT_PASSIVE) if passive else u8(0)
    if choice == CHOOSE_WAGE:
        u, v, _, _ = draw_four(month.seed, village_key, place, moment_of(month.calendar, SECTOR), u32(0))
        tier = 1 if v < share_skilled else 0
        kind = u8(INTENT_SKILLED) if tier == 1 else u8(INTENT_BASIC)
        intent[i] = kind | u8(job_sector(county, tier, u, month) << INTENT_SECTOR_SHIFT) | mark
    elif choice == CHOOSE_ENTERPRISE:
        intent[i] = u8(INTENT_ENTERPRISE) | u8(sector << INTENT_SECTOR_SHIFT) | mark
    elif choice == CHOOSE_FARM or choice == CHOOSE_SEARCH:
        if people.status[i] <= u8(IN):
            arrive_home(i, people, month, p, passive)
            flows[cell[j], F_PASSIVE if passive else F_ACTIVE] += 1
            if choice == CHOOSE_SEARCH:
                flows[cell[j], F_SPECULATIVE] += 1
        people.status[i] = u8(FARM) if choice == CHOOSE_FARM else u8(SEARCHING)
        people.months_in_status[i] = u8(0)
    elif choice == CHOOSE_OUT or choice == CHOOSE_IN:
        if people.status[i] == u8(OWNER):
            trigger[j] = trigger[j] | u8(TRIGGER_QUIT)
        else:
            depart(i, place, village_key, people, month, p, OUT if choice == CHOOSE_OUT else IN)
            flows[cell[j], F_OUT if choice == CHOOSE_OUT else F_IN] += 1


@step
def needy_class(i, people):
    """How hard to employ: 0 hardest (poverty-lifted or relocated, and over 50 or of low skill), 1, 2."""
    vulnerable = ((people.flags[i] >> u16(1)) & u16(3)) != u16(0)
    weak = (people.age[i] >= 50 * 12) | (people.skill[i] < f32(0.25))
    return (0 if vulnerable else 1) if weak else (1 if vulnerable else 2)


@phase
def mark_seekers(first, count, village_key, people, month, p, words, chosen):
    """List the workers at home who look for a job or post this month; returns how many."""
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, SEEK))
    m = p.market
    from_farm, upgrade, oldest = m.seek_farm, m.seek_upgrade, m.farm_underemployed_age
    n = i64(0)
    for j in range(count):
        i = first + j
        s = i32(people.status[i])
        young = f32(people.age[i]) * TWELFTH < oldest
        chance = from_farm if (s == i32(FARM)) & young else ZERO
        chance = ONE if s == i32(SEARCHING) else chance
        chance = upgrade if s == i32(BASIC) else chance
        chosen[n] = i32(j)
        n += i64(unit_of(words[j]) < chance)
    return n


@step
def seek(i, place, village, village_key, county, people, levers, month, p, counties, intent):
    """Apply at home: for a post (the hard-to-employ), a skilled or a basic job."""
    if intent[i] != u8(0):
        return
    u, v, w, _ = draw_four(month.seed, village_key, place, moment_of(month.calendar, SECTOR), u32(0))
    if people.status[i] == u8(BASIC):
        if qualified(i, people, p) > ZERO:
            intent[i] = u8(INTENT_SKILLED) | u8(job_sector(county, 1, u, month) << INTENT_SECTOR_SHIFT)
        return
    if needy_class(i, people) < 2 and w < p.market.seek_post:
        intent[i] = u8(INTENT_POST) | u8((1 if u < HALF else 0) << INTENT_SECTOR_SHIFT)
        return
    _, _, share = job_prospect(
        i, village, county, people, levers, month, p, counties.wage_factor[county], counties.finding, ONE
    )
    tier = 1 if v < share else 0
    kind = u8(INTENT_SKILLED) if tier == 1 else u8(INTENT_BASIC)
    intent[i] = kind | u8(job_sector(county, tier, u, month) << INTENT_SECTOR_SHIFT)
