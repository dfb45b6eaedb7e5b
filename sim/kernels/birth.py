"""The first population: a worker for each occupied place, from the margins a scenario gives."""

import numpy as np

from sim.arithmetic import HALF, ONE, ZERO, exponential, f32, i32, u32, u64
from sim.compilation import kernel, part, phase
from sim.draws import Purpose, draw_four, draw_word, moment_of
from sim.kernels.lists import padded
from sim.kernels.people import BASIC, FARM, IN, OUT, OWNER, POST, SKILLED, TWELFTH
from sim.rules.decision import normal_like
from sim.rules.enterprise import jobs_offered
from sim.rules.household import leaving_hazard
from sim.rules.human_capital import age_factor, skill_ceiling
from sim.state import CREDIT_SHIFT, ELDER, HEALTH_MASK, HOUSEHOLD_SHIFT, LONGEST, NEVER, SPOUSE
from sim.world import CHUNK

u8, u16, i16, i64 = np.uint8, np.uint16, np.int16, np.int64
AGE, SEX, STATUS, SKILL = (
    u32(Purpose.BORN_AGE),
    u32(Purpose.BORN_SEX),
    u32(Purpose.BORN_STATUS),
    u32(Purpose.BORN_SKILL),
)
SAVINGS, FAMILY, TIES = u32(Purpose.BORN_SAVINGS), u32(Purpose.BORN_FAMILY), u32(Purpose.BORN_TIES)
GENERATION_ZERO = u8(0)
# rows of draws, four a purpose, for CHUNK persons at a time: side by side the generator vectorises
ROW = u64(CHUNK)
OF_AGE, OF_SKILL, OF_FAMILY, OF_STATUS, OF_TIES, OF_SAVINGS = (u64(4 * n * CHUNK) for n in range(6))
DRAWS = 24 * CHUNK


@phase
def pick(table, u):
    """The value of the first row whose cumulative share exceeds u; table float32[K, 2]."""
    k = 0
    while k < table.shape[0] - 1 and u >= table[k, 0]:
        k += 1
    return k


@kernel
def fill_leaving_hazards(life, hazard):
    """Monthly hazards to leave (rule D1) by age in months: hazard float32[ages] (output)."""
    for age in range(hazard.shape[0]):
        hazard[age] = leaving_hazard(life.leave_base, life.leave_growth, f32(age) * TWELFTH, life.leave_onset)


@kernel
def populate(low, high, g, registered, shares, people, seed, p, ages, schooling, stocks, sectors, rows):
    """Settle the first population of villages low..high-1.

    shares float32[C, 3] (male, poverty-lifted, relocated); ages float32[K, 3] (cumulative share, from, span in
    months); schooling float32[K, 2] (cumulative share, years); stocks float32[6] (shares of workers: out, in, wage,
    owner, post, certified); sectors float32[S, 3] (cumulative job share, skilled share, unused); rows float32[DRAWS]
    (scratch).
    """
    for v in range(low, high):
        for begin in range(u64(0), u64(registered[v]), u64(CHUNK)):
            count = min(u64(registered[v]) - begin, u64(CHUNK))
            fill_births(begin, count, seed, g.key[v], rows)
            for m in range(count):
                i = u64(g.start[v]) + begin + m
                settle_traits(i, m, i64(g.county[v]), shares, people, p, ages, schooling, stocks, rows)
                settle_family(i, m, people, p, rows)
                settle_work(i, m, people, p, stocks, sectors, rows)


@phase
def fill_births(begin, count, seed, village_key, rows):
    """All draws of the persons in the places begin..begin+count-1 of a village."""
    fill_purpose(begin, count, seed, village_key, AGE, rows, OF_AGE)
    fill_purpose(begin, count, seed, village_key, SKILL, rows, OF_SKILL)
    fill_purpose(begin, count, seed, village_key, FAMILY, rows, OF_FAMILY)
    fill_purpose(begin, count, seed, village_key, STATUS, rows, OF_STATUS)
    fill_purpose(begin, count, seed, village_key, TIES, rows, OF_TIES)
    fill_purpose(begin, count, seed, village_key, SAVINGS, rows, OF_SAVINGS)


@phase
def fill_purpose(begin, count, seed, village_key, purpose, rows, row):
    """The four draws of one purpose, in four rows."""
    moment = moment_of(GENERATION_ZERO, purpose)
    for m in range(padded(count)):
        a, b, c, d = draw_four(seed, village_key, u32(begin + m), moment, u32(0))
        rows[row + m], rows[row + ROW + m] = a, b
        rows[row + u64(2) * ROW + m], rows[row + u64(3) * ROW + m] = c, d


@part
def four_of(rows, row, m):
    """The four draws of person m for a purpose."""
    return rows[row + m], rows[row + ROW + m], rows[row + u64(2) * ROW + m], rows[row + u64(3) * ROW + m]


@phase
def settle_traits(i, m, c, shares, people, p, ages, schooling, stocks, rows):
    """Age, sex, household, schooling, skill and certificate of a person of county c."""
    a, b, d, e = four_of(rows, OF_AGE, m)
    k = pick(ages, a)
    people.age[i] = i16(ages[k, 1] + np.floor(b * ages[k, 2]))
    male = u16(1) if d < shares[c, 0] else u16(0)
    kind = u16(1) if e < shares[c, 1] else u16(0)
    kind = u16(2) if e >= ONE - shares[c, 2] else kind
    people.flags[i] = male | (kind << u16(HOUSEHOLD_SHIFT)) | u16(HEALTH_MASK)
    a, b, d, e = four_of(rows, OF_SKILL, m)
    years = schooling[pick(schooling, a), 1]
    people.schooling[i] = u8(years)
    ceiling = skill_ceiling(years, p.human_capital.ceiling_base, p.human_capital.ceiling_per_schooling)
    people.skill[i] = ceiling * (p.start.skill_low + p.start.skill_spread * b)
    grade = u8(1) if d < stocks[5] else u8(0)
    grade = u8(2) if d < stocks[5] * p.start.second_grade_share else grade
    grade = u8(3) if d < stocks[5] * p.start.high_grade_share else grade
    people.qualification[i] = grade | u8(u8(1 if grade > u8(0) else 0) << u8(CREDIT_SHIFT))


@phase
def settle_family(i, m, people, p, rows):
    """Child and parents, from age alone."""
    a, b, d, _ = four_of(rows, OF_FAMILY, m)
    age = f32(people.age[i]) * TWELFTH
    chance = p.start.child_share if (age >= f32(22)) & (age < f32(42)) else p.start.child_share_other
    people.child_age[i] = u8(np.floor(b * f32(180))) if a < chance else u8(NEVER)
    if d < p.start.elder_share + p.start.elder_growth * max(age - p.household.elder_onset, ZERO):
        people.flags[i] = people.flags[i] | u16(ELDER)


@phase
def settle_work(i, m, people, p, stocks, sectors, rows):
    """Status, money and ties of the first population; the spin-up then makes them consistent."""
    a, b, d, e = four_of(rows, OF_STATUS, m)
    h = p.human_capital
    age = f32(people.age[i]) * TWELFTH
    prime = age_factor(age, h.age_peak, h.age_half_width, h.age_floor) * p.start.prime_factor
    out, inside = stocks[0] * prime, stocks[1] * prime
    wage, owner, post = stocks[2], stocks[3], stocks[4]
    status = u8(FARM)
    status = u8(POST) if a < out + inside + wage + owner + post else status
    status = u8(OWNER) if a < out + inside + wage + owner else status
    status = u8(BASIC) if a < out + inside + wage else status
    status = u8(IN) if a < out + inside else status
    status = u8(OUT) if a < out else status
    sector = pick(sectors, b)
    certified = (people.qualification[i] & u8(7)) > u8(0)
    if status == u8(BASIC) and certified and d < p.start.skilled_job_share:
        status = u8(SKILLED)
    people.status[i] = status
    people.sector[i] = u8(sector) if status != u8(POST) else u8(1 if b < p.start.workshop_share else 0)
    people.months_in_status[i] = u8(np.floor(e * p.start.months_spread))
    a, b, d, e = four_of(rows, OF_TIES, m)
    away = status <= u8(IN)
    people.home_ties[i] = (p.start.home_ties_away if away else p.start.home_ties_home) + p.start.home_ties_spread * a
    low = p.start.destination_ties_low
    people.destination_ties[i] = low + p.start.destination_ties_spread * b if away else low * b
    people.belonging[i] = ZERO if away else p.start.belonging_low + p.start.belonging_spread * a
    migrated = away or d < p.start.migrated_share
    people.migrations[i] = u8(1 + i32(np.floor(e * p.start.migrations_spread))) if migrated else u8(0)
    if migrated and not away:
        people.months_since_return[i] = u8(min(p.start.return_gap + np.floor(b * p.start.return_spread), f32(LONGEST)))
        people.income_before[i] = u16(p.start.income_before)
    if away and e < p.household.spouse_chance:
        people.flags[i] = people.flags[i] | u16(SPOUSE)
    a, b, d, _ = four_of(rows, OF_SAVINGS, m)
    people.savings[i] = i32(p.start.savings_scale * a * b * (HALF + d))


@kernel
def locate(who, g, seed, purpose, village, key, place, priority):
    """Village, its key, place within it and a keyed word of some places, in order; n entries each."""
    v = 0
    for n in range(u64(who.shape[0])):
        while who[n] >= g.start[v + 1]:
            v += 1
        village[n], key[n], place[n] = i32(v), g.key[v], u32(who[n] - g.start[v])
    moment = moment_of(0, purpose)
    for n in range(u64(who.shape[0])):
        priority[n] = draw_word(seed, key[n], place[n], moment, u32(0))


@kernel
def seed_firms(who, village, place, g, people, seed, p, firms):
    """Enterprises of the first owners: luck, capital, jobs and age drawn around the mean bundle."""
    e = p.enterprise
    v = 0
    firms.start[0] = 0
    for n in range(who.shape[0]):
        while v < village[n]:
            v += 1
            firms.start[v] = n
        a, b, d, f = draw_four(seed, g.key[village[n]], place[n], moment_of(GENERATION_ZERO, SEX), u32(0))
        luck = normal_like(a, b, d, f, e.luck_deviation) - f32(0.5) * e.luck_deviation * e.luck_deviation
        a, b, d, f = draw_four(seed, g.key[village[n]], place[n], moment_of(GENERATION_ZERO, SEX), u32(1))
        firms.owner[n] = who[n]
        firms.luck[n] = luck
        firms.capital[n] = i32(e.mean_capital * (f32(0.5) + a))
        firms.jobs[n] = u8(jobs_offered(e.jobs_mean, ONE, e.jobs_elasticity, exponential(luck), b))
        firms.age[n] = u16(np.floor(d * p.start.enterprise_age))
    while v < firms.start.shape[0] - 1:
        v += 1
        firms.start[v] = who.shape[0]
