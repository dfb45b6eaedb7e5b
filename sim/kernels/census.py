"""Counting: cells, stocks, what the villages' neighbours see, jobs filled. Integers only."""

import numpy as np

from sim.arithmetic import ONE, ZERO, f32, i32, u32, u64, whole
from sim.compilation import kernel, phase, step
from sim.kernels.people import BASIC, IN, OWNER, POST, SKILLED, VACANT, fill_income
from sim.outcomes import AGE_BAND_STARTS, FIXED_POINT, Stock
from sim.rules.quality import composite, income_index, occupation_index, social_index
from sim.state import CLOSED, FOUNDED, GRADE_MASK, LONGEST, NEVER, NEWCOMER, SKILLED_BEFORE

u8, u16, i64 = np.uint8, np.uint16, np.int64
AGE_1, AGE_2, AGE_3 = (years * 12 for years in AGE_BAND_STARTS)
FINE = f32(FIXED_POINT)
INCOME_BINS, BIN_YUAN = 256, 100
RECENT = 24  # months within which a return still counts as recent for the peers
S_RETURNEE, S_GOOD, S_CERTIFIED, S_HIGH = (
    int(Stock.RETURNEE),
    int(Stock.GOOD_RETURNEE),
    int(Stock.CERTIFIED),
    int(Stock.HIGH_SKILLED),
)
S_AWARE, S_COHORT, S_C_RETURNED = int(Stock.AWARE), int(Stock.COHORT), int(Stock.COHORT_RETURNED)
S_C_HOME, S_C_FOUNDED, S_C_OWNER = int(Stock.COHORT_AT_HOME), int(Stock.COHORT_FOUNDED), int(Stock.COHORT_OWNER)
S_C_GOOD, S_12, S_24, S_36 = (
    int(Stock.COHORT_GOOD),
    int(Stock.RETAINED_12),
    int(Stock.RETAINED_24),
    int(Stock.RETAINED_36),
)
S_INCOME, S_SKILL, S_TIES, S_BELONGING = int(Stock.INCOME), int(Stock.SKILL), int(Stock.HOME_TIES), int(Stock.BELONGING)
S_SAVINGS, S_DEBT = int(Stock.SAVINGS), int(Stock.DEBT)
S_Q_INCOME, S_Q_OCCUPATION, S_Q_SOCIAL, S_Q = (
    int(Stock.QUALITY_INCOME),
    int(Stock.QUALITY_OCCUPATION),
    int(Stock.QUALITY_SOCIAL),
    int(Stock.QUALITY),
)
S_LAND, S_SERVICES, S_AGE_AWAY, S_AGE_HOME = (
    int(Stock.LAND),
    int(Stock.SERVICES),
    int(Stock.AGE_AWAY),
    int(Stock.AGE_HOME),
)
S_C_JOBS, S_JOBS = int(Stock.COHORT_JOBS), int(Stock.FIRM_JOBS)
S_CERTIFIED_HOME = int(Stock.CERTIFIED_AT_HOME)


@phase
def fill_cells(first, count, people, cell):
    """The cell of each place: ((household x 2 + sex) x 4 + age band) x 3 + skill tier, uint8."""
    for j in range(count):
        i = first + j
        flags = i32(people.flags[i])
        household = (flags >> i32(1)) & i32(3)
        sex = flags & i32(1)
        age = i32(people.age[i])
        band = i32(age >= i32(AGE_1)) + i32(age >= i32(AGE_2)) + i32(age >= i32(AGE_3))
        grade = i32(people.qualification[i]) & i32(GRADE_MASK)
        tier = i32(grade >= i32(1)) + i32(grade >= i32(3))
        cell[j] = u8(((household * i32(2) + sex) * i32(4) + band) * i32(3) + tier)


@kernel
def cells_of(who, people, cells):
    """The cells of some places, uint8[n]."""
    one = np.empty(1, np.uint8)
    for n in range(who.shape[0]):
        fill_cells(u64(who[n]), u64(1), people, one)
        cells[n] = one[0]


@phase
def count_jobs(first, count, people, filled, posts):
    """Filled jobs by sector and tier, int64[S, 2], and posts by kind, int64[2]."""
    for j in range(count):
        i = first + j
        s = people.status[i]
        if s == u8(BASIC):
            filled[people.sector[i], 0] += 1
        elif s == u8(SKILLED):
            filled[people.sector[i], 1] += 1
        elif s == u8(POST):
            posts[people.sector[i]] += 1


@phase
def count_firms(village, people, firms, month, jobs, number, premises):
    """Enterprises of a village by sector: jobs offered and number int64[S]; sites used int64[1]."""
    for f in range(firms.start[village], firms.start[village + 1]):
        if firms.age[f] == u16(CLOSED):
            continue
        s = people.sector[firms.owner[f]]
        jobs[s] += i64(firms.jobs[f])
        number[s] += 1
        if month.needs_premises[s] != u8(0):
            premises[0] += 1


@step
def rung(status):
    """Occupational rung of a status at home: 0 farm or searching, 1 basic or post, 2 skilled, 3 owner."""
    low = ONE if (status == i32(BASIC)) | (status == i32(POST)) else ZERO
    middle = f32(2) if status == i32(SKILLED) else low
    return f32(3) if status == i32(OWNER) else middle


@phase
def fill_quality(first, count, people, q, income, earned, composed):
    """Income index and composite quality of every place as if a returnee (rules Q1 to Q4); float32 scratch."""
    for j in range(count):
        i = first + j
        one = income_index(whole(income[j]), f32(people.income_before[i]), q.income_reference)
        step = occupation_index(rung(i32(people.status[i])), rung_before(people.flags[i]))
        social = social_index(people.belonging[i], people.home_ties[i])
        earned[j] = one
        composed[j] = composite(one, step, social, q.weight_income, q.weight_occupation, q.weight_social)


@phase
def take_census(village, c, first, count, scene, premium, capital, money, q, in_force, scratch, sums):
    """Add a village to the county's stocks; record what its neighbours will see next month."""
    g, people, firms, month, seen = scene.geography, scene.people, scene.firms, scene.month, scene.villages
    trigger, cell, income, earned, composed = scratch.trigger, scratch.cell, scratch.income, scratch.gain, scratch.visit
    stocks, histogram = sums.stocks[c], sums.histogram[c]
    wage_factor, land = scene.counties.wage_factor[c], g.land[village]
    fill_cells(first, count, people, cell)
    fill_income(first, count, people, month, capital, money, premium, wage_factor, land, trigger, u8(0), income)
    for f in range(firms.start[village], firms.start[village + 1]):
        i = firms.owner[f]
        j = i - i64(first)
        income[j] = f32(firms.profit[f])
        row = stocks[cell[j]]
        row[S_JOBS] += i64(firms.jobs[f])
        row[S_C_JOBS] += i64(firms.jobs[f]) if (people.flags[i] & u16(NEWCOMER)) == u16(0) else i64(0)
    fill_quality(first, count, people, q, income, earned, composed)
    land_fine = i64(whole(land * FINE))
    services = month.services[village, 0] + month.services[village, 1] + month.services[village, 2]
    services_fine = i64(whole(services * f32(1 / 3) * FINE))
    last_month = i64(min(month.policy_months, LONGEST))  # returns after the policies started are later than this
    workers, returned, owners, returnees, returnee_skill = i64(0), i64(0), i64(0), i64(0), i64(0)
    for j in range(count):
        i = first + j
        s = i32(people.status[i])
        if s == i32(VACANT):
            continue
        row = stocks[cell[j]]
        home = i64(s > i32(IN))
        owner = i64(s == i32(OWNER))
        skill = i64(whole(people.skill[i] * FINE))
        pay = i64(whole(income[j]))
        flags = people.flags[i]
        grade = people.qualification[i] & u8(GRADE_MASK)
        certified = i64(grade > u8(0))
        workers += 1
        owners += owner
        row[s] += 1
        row[S_INCOME] += pay
        row[S_SKILL] += skill
        row[S_TIES] += i64(whole(people.home_ties[i] * FINE))
        row[S_BELONGING] += i64(whole(people.belonging[i] * FINE)) * home
        row[S_SAVINGS] += i64(people.savings[i])
        row[S_DEBT] += i64(people.debt[i])
        row[S_LAND] += land_fine
        row[S_SERVICES] += services_fine
        row[S_CERTIFIED] += certified
        row[S_CERTIFIED_HOME] += certified * home
        row[S_HIGH] += i64(grade > u8(2))
        row[S_AWARE] += i64((people.known[i] & in_force) != u32(0))
        row[S_AGE_HOME] += i64(people.age[i]) * i64(s >= i32(BASIC))
        row[S_AGE_AWAY] += i64(people.age[i]) * (i64(1) - home)
        histogram[min(max(pay, 0) // BIN_YUAN, INCOME_BINS - 1)] += 1
        since = i64(people.months_since_return[i])
        returnee = home * i64(since != NEVER)
        good = returnee * i64(composed[j] >= q.good_bar)
        if returnee != 0:
            returnees += 1
            returnee_skill += skill
            returned += i64(since <= RECENT)
            row[S_RETURNEE] += 1
            row[S_GOOD] += good
            row[S_Q_INCOME] += i64(whole(earned[j] * FINE))
            row[S_Q_OCCUPATION] += i64(whole(occupation_index(rung(s), rung_before(flags)) * FINE))
            row[S_Q_SOCIAL] += i64(whole(social_index(people.belonging[i], people.home_ties[i]) * FINE))
            row[S_Q] += i64(whole(composed[j] * FINE))
            row[S_12] += i64(since == 12)
            row[S_24] += i64(since == 24)
            row[S_36] += i64(since == 36)
        if (flags & u16(NEWCOMER)) == u16(0):
            since_start = i64(since < last_month)
            row[S_COHORT] += 1
            row[S_C_RETURNED] += since_start
            row[S_C_HOME] += home
            row[S_C_GOOD] += good * since_start
            row[S_C_OWNER] += owner
            row[S_C_FOUNDED] += i64((flags & u16(FOUNDED)) != u16(0))
    scale = f32(max(workers, 1))
    seen.returned_share[village] = f32(returned) / scale
    seen.owner_share[village] = f32(owners) / scale
    seen.returnee_skill[village] = f32(returnee_skill) / (f32(max(returnees, 1)) * FINE)
    for k in range(seen.aware_share.shape[1]):
        knows = i64(0)
        if (in_force >> u32(k)) & u32(1) != u32(0) or seen.aware_share[village, k] > ZERO:
            for j in range(count):
                knows += i64((people.known[first + j] >> u32(k)) & u32(1))
        seen.aware_share[village, k] = f32(knows) / scale
        sums.aware[c, k] += knows


@step
def rung_before(flags):
    """Rung before the last return: away jobs are basic (1) or skilled (2)."""
    return f32(2) if (flags & u16(SKILLED_BEFORE)) != u16(0) else ONE
