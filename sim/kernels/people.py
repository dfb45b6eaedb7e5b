"""Dense phases: what happens to every worker every month."""

import numpy as np

from sim.arithmetic import ONE, ZERO, bit_of, f32, i32, u32, u64, whole
from sim.compilation import phase
from sim.draws import Purpose, draw_four, draw_unit, fill_words, moment_of, unit_of
from sim.kernels.cells import cell_of
from sim.kernels.eligibility import count_use, person_lever
from sim.kernels.lists import BLOCK, is_any
from sim.outcomes import Flow, Ledger
from sim.policy import PersonChannel
from sim.rules.accounts import consumption, interest_due, principal_due
from sim.rules.decision import away_pay, farm_pay, local_pay
from sim.rules.household import birth_hazard, event_hazard, layoff_hazard, leaving_hazard
from sim.rules.human_capital import (
    age_factor,
    earning_power,
    fade_rate,
    health_next,
    skill_ceiling,
    skill_next,
    skill_spillover,
)
from sim.rules.social_capital import belonging_growth, belonging_next, ties_next
from sim.state import ELDER, GRADE_MASK, HEALTH_MASK, HEALTH_SHIFT, HOUSEHOLD_SHIFT, LONGEST, NEVER, NEWCOMER, Status
from sim.world import TRIGGER_FAMILY, TRIGGER_LAID_OFF

u8, u16, i16, i64 = np.uint8, np.uint16, np.int16, np.int64
TWELFTH = f32(1 / 12)
FIFTEENTH = f32(1 / 15)
OLDEST = 70 * 12  # months of age at which a worker leaves the register
CHILD_END, SCHOOL_START, NEXT_CHILD = 180, 72, 36  # months of a child's age
MALE_SHARE, POVERTY_SHARE, RELOCATED_SHARE = 0, 1, 2  # columns of a county's household shares

OUT, IN, FARM, SEARCHING = (int(Status.OUT_PROVINCE), int(Status.IN_PROVINCE), int(Status.FARM), int(Status.SEARCHING))
BASIC, SKILLED, OWNER = int(Status.WAGE_BASIC), int(Status.WAGE_SKILLED), int(Status.OWNER)
POST, VACANT = int(Status.POST), int(Status.VACANT)
LIFE, WORK, COHORT = u32(Purpose.LIFE), u32(Purpose.WORK), u32(Purpose.COHORT)
BORN_AGE = u32(Purpose.BORN_AGE)
F_LEFT, F_ENTERED = int(Flow.LEFT), int(Flow.ENTERED)
F_LAID_HOME, F_LAID_AWAY = int(Flow.LAID_OFF_HOME), int(Flow.LAID_OFF_AWAY)
L_INCOME, L_CONSUMED, L_INTEREST = int(Ledger.INCOME), int(Ledger.CONSUMED), int(Ledger.INTEREST)
L_REPAID, L_BROUGHT, L_TAKEN = int(Ledger.REPAID), int(Ledger.BROUGHT), int(Ledger.TAKEN)
L_DEBT_GONE = int(Ledger.DEBT_GONE)
BELONGING_LEVER, HOME_TIES_LEVER = i64(PersonChannel.BELONGING), i64(PersonChannel.HOME_TIES)
INTEREST_LEVER, AWAY_LEVER = i64(PersonChannel.INTEREST_CUT), i64(PersonChannel.AWAY_INCOME)


@phase
def live(first, count, village_key, people, month, life, capital, words, hazard, trigger, mark):
    """Age everybody by a month; note who falls ill, has a parent or a child in a new need; mark who leaves.

    hazard: scratch for the hazard to leave, float32; its loop stands alone so that the processor overlaps iterations.
    """
    statuses, ages, traits, child_ages = people.status, people.age, people.flags, people.child_age
    for j in range(count):
        age = i32(i32(ages[first + j]) + i32(statuses[first + j] < u8(VACANT)))
        ages[first + j] = i16(age)
        hazard[j] = leaving_hazard(life.leave_base, life.leave_growth, f32(age) * TWELFTH, life.leave_onset)
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, LIFE), u32(0))
    for j in range(count):
        i = first + j
        present = statuses[i] < u8(VACANT)
        age = i32(ages[i])
        years = f32(age) * TWELFTH
        flags = i32(traits[i])
        child = i32(child_ages[i])
        has_elder = (flags & i32(ELDER)) > i32(0)
        u = unit_of(words[j])
        leave = hazard[j]
        ill = leave + event_hazard(life.ill_base, years, life.ill_onset, life.ill_slope)
        begin = event_hazard(life.elder_base, years, life.elder_onset, life.elder_slope)
        elder = ill + (life.elder_end if has_elder else begin)
        may_bear = child >= i32(NEXT_CHILD)  # includes 255: no child
        bear = birth_hazard(life.birth_base, years, life.birth_peak, life.birth_half_width)
        birth = elder + (bear if may_bear else ZERO)
        leaves = present & ((u < leave) | (age >= i32(OLDEST)))
        falls_ill = present & (not leaves) & (u >= leave) & (u < ill)
        turns = present & (not leaves) & (u >= ill) & (u < elder)
        born = present & (not leaves) & (u >= elder) & (u < birth)
        level = f32((flags >> i32(HEALTH_SHIFT)) & i32(15))
        level = health_next(level, ONE if falls_ill else ZERO, capital.health_loss, capital.health_recovery)
        flags = i32((flags & i32(~HEALTH_MASK & 0xFFFF)) | (i32(level) << i32(HEALTH_SHIFT)))
        flags = i32(flags ^ i32(ELDER)) if turns else flags
        older = i32(child + i32(1)) if child < i32(CHILD_END) else i32(NEVER)
        older = i32(NEVER) if child == i32(NEVER) else older
        older = i32(0) if born else older
        starts_school = present & (older == i32(SCHOOL_START))
        family = falls_ill | (turns & (not has_elder)) | starts_school
        traits[i] = u16(flags)
        child_ages[i] = u8(older)
        mark[j] = u8(leaves)
        trigger[j] = u8(TRIGGER_FAMILY) if family & (not leaves) else u8(0)


@phase
def leave(first, people, chosen, n, flows, ledger):
    """Vacate the listed places, whose workers leave the workforce; their money leaves the ledger with them."""
    for k in range(n):
        i = first + u64(chosen[k])
        age_before = i32(people.age[i]) - i32(1)  # their cell is that in which the month found them
        flows[cell_of(i32(people.flags[i]), age_before, i32(people.qualification[i])), F_LEFT] += 1
        ledger[L_TAKEN] += i64(people.savings[i])
        ledger[L_DEBT_GONE] += i64(people.debt[i])
        vacate(i, people)


@phase
def vacate(i, people):
    """Make a place vacant; the next person there is another generation."""
    people.status[i] = u8(VACANT)
    people.generation[i] = u8(people.generation[i] + u8(1))
    people.savings[i] = i32(0)
    people.debt[i] = i32(0)
    people.belonging[i] = ZERO
    people.skill[i] = ZERO
    people.home_ties[i] = ZERO
    people.destination_ties[i] = ZERO
    people.known[i] = u32(0)
    people.used[i] = u32(0)
    people.child_age[i] = u8(NEVER)
    people.months_since_return[i] = u8(NEVER)
    people.age[i] = i16(0)


@phase
def enter(first, count, village_key, registered, shares, people, month, p, cell_of_entrant, flows, ledger):
    """Fill vacant places, lowest first, with the month's entrants; neither depends on any policy."""
    u = draw_unit(month.seed, village_key, u32(0), moment_of(month.calendar, COHORT), u32(0))
    wanted = i64(np.floor(month.entrants_share * f32(registered) + u))
    j = u64(0)
    while wanted > 0 and j < count:
        i = first + j
        if j % u64(BLOCK) == u64(0) and not is_any(people.status, i, VACANT, VACANT):
            j += u64(BLOCK)
            continue
        if people.status[i] == u8(VACANT):
            settle_entrant(i, u32(j), village_key, shares, people, month, p)
            flows[cell_of_entrant[i64(people.flags[i] & u16(7))], F_ENTERED] += 1
            ledger[L_BROUGHT] += i64(people.savings[i])
            wanted -= 1
        j += u64(1)


@phase
def settle_entrant(i, place, village_key, shares, people, month, p):
    """A new worker of 16 to 22 years in place i: traits are keyed by village, place and generation."""
    generation = people.generation[i]
    seed = month.population_seed
    moment = moment_of(generation, BORN_AGE)
    a, b, c, d = draw_four(seed, village_key, place, moment, u32(0))
    e, f, _, _ = draw_four(seed, village_key, place, moment, u32(1))
    years = month.entry_age_from + np.floor(a * month.entry_age_span)
    people.age[i] = i16(years * f32(12)) + i16(np.floor(b * f32(12)))
    male = u16(1) if c < shares[MALE_SHARE] else u16(0)
    kind = u16(1) if d < shares[POVERTY_SHARE] else u16(0)
    kind = u16(2) if d >= ONE - shares[RELOCATED_SHARE] else kind
    newcomer = u16(NEWCOMER) if month.policy_months > 0 else u16(0)
    people.flags[i] = male | (kind << u16(HOUSEHOLD_SHIFT)) | newcomer | u16(HEALTH_MASK)
    k = 0
    while k < month.entrant_schooling.shape[0] - 1 and e >= month.entrant_schooling[k, 0]:
        k += 1
    schooling = month.entrant_schooling[k, 1]
    people.schooling[i] = u8(schooling)
    ceiling = skill_ceiling(schooling, p.human_capital.ceiling_base, p.human_capital.ceiling_per_schooling)
    people.skill[i] = ceiling * (p.start.entrant_skill_low + p.start.entrant_skill_spread * f)
    people.qualification[i] = u8(0)
    people.home_ties[i] = p.start.entrant_home_ties
    people.status[i] = u8(SEARCHING)
    people.sector[i] = u8(0)
    people.months_in_status[i] = u8(0)
    people.income_before[i] = u16(0)
    people.migrations[i] = u8(0)
    people.rejections[i] = u8(0)


@phase
def lose_work(first, count, village_key, people, month, h, words, trigger, mark):
    """Lay-offs: at home into searching, away a trigger to think again; mark them."""
    statuses, ages, spells = people.status, people.age, people.months_in_status
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, WORK), u32(0))
    shock_out, shock_in = month.layoff_out, month.layoff_in
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        years = f32(ages[i]) * TWELFTH
        base = h.layoff_away if s <= i32(IN) else ZERO
        base = h.layoff_basic if s == i32(BASIC) else base
        base = h.layoff_skilled if s == i32(SKILLED) else base
        base = h.layoff_post if s == i32(POST) else base
        shock = shock_out if s == i32(OUT) else ZERO
        shock = shock_in if s == i32(IN) else shock
        lost = unit_of(words[j]) < layoff_hazard(base, years, h.layoff_onset, h.layoff_slope, shock)
        mark[j] = u8(lost)
        trigger[j] = trigger[j] | (u8(TRIGGER_LAID_OFF) if lost else u8(0))
        to_search = lost & (s > i32(IN))
        statuses[i] = u8(SEARCHING) if to_search else u8(s)
        spells[i] = u8(0) if to_search else spells[i]


@phase
def count_layoffs(first, people, cell, chosen, n, flows):
    """Count the lay-offs of the listed places, at home and away."""
    statuses = people.status
    for k in range(n):
        home = statuses[first + u64(chosen[k])] > u8(IN)
        flows[cell[chosen[k]], F_LAID_HOME if home else F_LAID_AWAY] += 1


@phase
def gather_lever(first, count, bits, levers, village, channel, gain):
    """Sum a lever over the instruments whose bit each place holds: gain[j], float32."""
    is_first = True
    for k in range(levers.key.shape[0]):
        strength, bit = levers.effect[k, channel], bit_of(k)
        if strength == ZERO or (levers.reach[village] & bit) == u32(0):
            continue
        if is_first:
            for j in range(count):
                gain[j] = strength if (bits[first + j] & bit) != u32(0) else ZERO
        else:
            for j in range(count):
                gain[j] += strength if (bits[first + j] & bit) != u32(0) else ZERO
        is_first = False
    if is_first:
        for j in range(count):
            gain[j] = ZERO


@phase
def gather_support(first, count, village, people, levers, support):
    """Share that instruments add to the income of each place's worker away: support[j], float32; 0 at home."""
    for j in range(count):
        support[j] = ZERO
    if levers.acts[AWAY_LEVER] == u32(0):
        return
    statuses, known = people.status, people.known
    for j in range(count):
        i = first + j
        if statuses[i] <= u8(IN):
            support[j] = person_lever(i, village, people, levers, AWAY_LEVER, known[i])


@phase
def count_supported(first, count, village, county, people, levers, support, uses):
    """Note the first month in which an instrument supports a worker away; support: as gathered."""
    if levers.acts[AWAY_LEVER] == u32(0):
        return
    for j in range(count):
        i = first + j
        if support[j] != ZERO:
            held = u32(people.known[i] & ~people.used[i])
            count_use(i, village, county, people, levers, AWAY_LEVER, held, uses)


@phase
def learn_and_fade(first, count, people, h, spills, returned_share, returnee_skill):
    """Skill by doing, fading and spillover (rules H1 to H4); spills: the mechanism's switch."""
    statuses, skills, ages, traits = people.status, people.skill, people.age, people.flags
    schoolings, qualifications = people.schooling, people.qualification
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        rate = h.learning_away if s <= i32(IN) else h.learning_farm
        rate = ZERO if s == i32(SEARCHING) else rate
        rate = h.learning_basic if (s == i32(BASIC)) | (s == i32(POST)) else rate
        rate = h.learning_skilled if s == i32(SKILLED) else rate
        rate = h.learning_owner if s == i32(OWNER) else rate
        skill = skills[i]
        years = f32(ages[i]) * TWELFTH
        health = f32((i32(traits[i]) >> i32(HEALTH_SHIFT)) & i32(15)) * FIFTEENTH
        idle = h.fade_idle if s == i32(SEARCHING) else ZERO
        fade = fade_rate(idle, h.fade_age, years, h.fade_age_onset, health, h.fade_illness)
        ceiling = skill_ceiling(f32(schoolings[i]), h.ceiling_base, h.ceiling_per_schooling)
        untrained = i32(qualifications[i]) == i32(0)
        switch = spills if untrained & (s > i32(IN)) else ZERO
        spill = skill_spillover(h.spillover, returned_share, returnee_skill, skill, switch)
        grown = skill_next(skill, ceiling, rate, fade, spill)
        skills[i] = ZERO if s == i32(VACANT) else grown


@phase
def tie_and_belong(first, count, people, festival, c, visit_gain, belonging_gain):
    """Ties to home and destination, belonging (rules S1 to S3)."""
    statuses, ties_home, ties_away, belongings = (
        people.status,
        people.home_ties,
        people.destination_ties,
        people.belonging,
    )
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        present = s < i32(VACANT)
        home = ONE if (s > i32(IN)) & present else ZERO
        away = ONE if s <= i32(IN) else ZERO
        ties = ties_home[i]
        visit = c.festival_visit * festival + visit_gain[j]
        near = ties_next(ties, home, c.home_tie_growth, c.home_tie_decay, visit)
        far = ties_next(ties_away[i], away, c.destination_tie_growth, c.destination_tie_decay, ZERO)
        working = ONE if (s >= i32(BASIC)) & present else ZERO
        growth = belonging_growth(
            c.belonging_base, c.belonging_contact, ties, c.belonging_work, working, belonging_gain[j]
        )
        belongings[i] = belonging_next(belongings[i], home, growth, c.belonging_exclusion)
        ties_home[i] = near if present else ZERO
        ties_away[i] = far if present else ZERO


@phase
def fill_income(
    first, count, people, month, h, m, skilled_premium, wage_factor, land, trigger, laid_off_mask, support, income
):
    """Monthly net income of everybody but owners (who get 0 here), yuan, as float32; support: share added away."""
    statuses, qualifications, schoolings, skills = people.status, people.qualification, people.schooling, people.skill
    ages, traits, sectors = people.age, people.flags, people.sector
    wage_out, living_out, wage_in, living_in = month.wage_out, month.living_out, month.wage_in, month.living_in
    wage_local, farm_index, closure = month.wage_local, month.farm_index, month.closure
    for j in range(count):  # earning power alone, so that the processor overlaps iterations
        i = first + j
        grade = f32(i32(qualifications[i]) & i32(GRADE_MASK))
        power = earning_power(f32(schoolings[i]), skills[i], h.power_per_schooling, h.power_per_skill)
        income[j] = power * (ONE + h.certificate_premium * grade)
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        power = income[j]
        old = age_factor(f32(ages[i]) * TWELFTH, h.age_peak, h.age_half_width, h.age_floor)
        laid_off = (trigger[j] & laid_off_mask) != u8(0)
        working = ZERO if laid_off else ONE - closure
        wage = wage_out if s == i32(OUT) else wage_in
        living = living_out if s == i32(OUT) else living_in
        away = away_pay(wage * (ONE + support[j]), power, old, working, living)
        premium = skilled_premium if s == i32(SKILLED) else ZERO
        local = local_pay(wage_local, wage_factor, power, premium)
        health = f32((i32(traits[i]) >> i32(HEALTH_SHIFT)) & i32(15)) * FIFTEENTH
        farm = farm_pay(m.farm_income, farm_index, land, m.farm_land, m.farm_land_weight, health)
        post = m.workshop_wage if sectors[i] == u8(1) else m.post_wage
        pay = away if s <= i32(IN) else farm
        pay = m.search_income if s == i32(SEARCHING) else pay
        pay = local if (s == i32(BASIC)) | (s == i32(SKILLED)) else pay
        pay = post if s == i32(POST) else pay
        income[j] = ZERO if s >= i32(VACANT) else (ZERO if s == i32(OWNER) else pay)


@phase
def earn_and_spend(first, count, people, m, e, income, interest_cut, ledger):
    """Income, consumption and debt service of everybody but owners (rules A1 to A3), in whole yuan."""
    statuses, savings_of, debts = people.status, people.savings, people.debt
    earned, consumed, interest, repaid = i64(0), i64(0), i64(0), i64(0)
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        takes_part = (s < i32(VACANT)) & (s != i32(OWNER))
        savings, debt = savings_of[i], debts[i]
        pay = max(i32(whole(income[j])), i32(-savings))
        plan = i32(consumption(f32(pay), m.subsistence, m.consumption_share))
        cash = i32(savings + pay)
        spent = min(plan, cash)
        cash = i32(cash - spent)
        due = min(i32(interest_due(f32(debt), e.interest_rate, interest_cut[j])), cash)
        cash = i32(cash - due)
        principal = min(i32(principal_due(f32(debt), e.repayment_months)), cash)
        cash = i32(cash - principal)
        savings_of[i] = cash if takes_part else savings
        debts[i] = i32(debt - principal) if takes_part else debt
        earned += i64(pay) if takes_part else i64(0)
        consumed += i64(spent) if takes_part else i64(0)
        interest += i64(due) if takes_part else i64(0)
        repaid += i64(principal) if takes_part else i64(0)
    ledger[L_INCOME] += earned
    ledger[L_CONSUMED] += consumed
    ledger[L_INTEREST] += interest
    ledger[L_REPAID] += repaid


@phase
def count_months(first, count, people):
    """One more month in the status and since the last return; a rejection is forgotten now and then."""
    spells, returned_since, refusals = people.months_in_status, people.months_since_return, people.rejections
    for j in range(count):
        i = first + j
        months = i32(spells[i])
        spells[i] = u8(min(i32(months + i32(1)), i32(LONGEST)))
        since = i32(returned_since[i])
        later = min(i32(since + i32(1)), i32(LONGEST))
        returned_since[i] = u8(NEVER) if since == i32(NEVER) else u8(later)
        rejections = i32(refusals[i])
        forget = (months & i32(3)) == i32(3)  # one rejection every fourth month
        refusals[i] = u8(max(i32(rejections - i32(1)), i32(0))) if forget else u8(rejections)
