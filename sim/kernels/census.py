"""Counting: cells, stocks, what the villages' neighbours see, jobs filled. Integers only."""

import numpy as np

from sim.arithmetic import ONE, ZERO, f32, i32, u32, u64, whole
from sim.compilation import kernel, phase
from sim.kernels.lists import list_marked
from sim.kernels.people import BASIC, IN, OWNER, POST, SKILLED, VACANT, fill_income, gather_support
from sim.outcomes import AGE_BAND_STARTS, FIXED_POINT, Stock
from sim.rules.quality import composite, income_index, occupation_index, social_index
from sim.state import CLOSED, FOUNDED, GRADE_MASK, LONGEST, NEVER, NEWCOMER, SKILLED_BEFORE
from sim.world import PACKED, SUMMED

u8, u16, i64 = np.uint8, np.uint16, np.int64
AGE_1, AGE_2, AGE_3 = (years * 12 for years in AGE_BAND_STARTS)
FINE = f32(FIXED_POINT)
INCOME_BINS, BIN_YUAN = 256, 100
RECENT = 24  # months within which a return still counts as recent for the peers
# A place adds fourteen words to the sums of its cell: money, land and services alone, other sums of 32 bits two to a
# word, counts of 16 bits four to a word. Ten of them are packed by loops that vectorise, the rest need no packing.
MOST_PACKED = 65_535  # places whose counts of 16 bits cannot overflow
PAIRS = (
    (Stock.SKILL, Stock.HOME_TIES),
    (Stock.BELONGING, Stock.QUALITY),
    (Stock.QUALITY_INCOME, Stock.QUALITY_OCCUPATION),
    (Stock.QUALITY_SOCIAL, Stock.AGE_AWAY),
    (Stock.AGE_HOME, Stock.AWARE),
)
FOURS = (
    (Stock.CERTIFIED, Stock.CERTIFIED_AT_HOME, Stock.HIGH_SKILLED, Stock.RETURNEE),
    (Stock.GOOD_RETURNEE, Stock.RETAINED_12, Stock.RETAINED_24, Stock.RETAINED_36),
    (Stock.COHORT, Stock.COHORT_RETURNED, Stock.COHORT_AT_HOME, Stock.COHORT_GOOD),
    (Stock.COHORT_OWNER, Stock.COHORT_FOUNDED),
)
# stock, word, first bit, mask
FIELDS = np.array(
    [(Stock.INCOME, 0, 0, -1)]
    + [(s, 1 + w, 32 * k, 0xFFFFFFFF) for w, pair in enumerate(PAIRS) for k, s in enumerate(pair)]
    + [(s, 6 + w, 16 * k, 0xFFFF) for w, four in enumerate(FOURS) for k, s in enumerate(four)]
    + [(s, 10 + w, 0, -1) for w, s in enumerate((Stock.SAVINGS, Stock.DEBT, Stock.LAND, Stock.SERVICES))],
    np.int64,
)
S_JOBS, S_C_JOBS = int(Stock.FIRM_JOBS), int(Stock.COHORT_JOBS)


@phase
def fill_cells(first, count, people, cell):
    """The cell of each place: ((household x 2 + sex) x 4 + age band) x 3 + skill tier, uint8."""
    traits, ages, qualifications = people.flags, people.age, people.qualification
    for j in range(count):
        i = first + j
        flags = i32(traits[i])
        household = (flags >> i32(1)) & i32(3)
        sex = flags & i32(1)
        age = i32(ages[i])
        band = i32(age >= i32(AGE_1)) + i32(age >= i32(AGE_2)) + i32(age >= i32(AGE_3))
        grade = i32(qualifications[i]) & i32(GRADE_MASK)
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
def mark_employed(first, count, people, mark):
    """Mark the holders of jobs and posts of the county."""
    statuses = people.status
    for j in range(count):
        s = statuses[first + j]
        mark[j] = u8((s == u8(BASIC)) | (s == u8(SKILLED)) | (s == u8(POST)))


@phase
def count_jobs(first, people, chosen, n, filled, posts):
    """Of the listed places: filled jobs by sector and tier, int64[S, 2], and posts by kind, int64[2]."""
    statuses, sectors = people.status, people.sector
    for k in range(n):
        i = first + u64(chosen[k])
        s, sector = statuses[i], sectors[i]
        if s == u8(POST):
            posts[sector] += 1
        else:
            filled[sector, 1 if s == u8(SKILLED) else 0] += 1


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


@phase
def rung(status):
    """Occupational rung of a status at home: 0 farm or searching, 1 basic or post, 2 skilled, 3 owner."""
    low = ONE if (status == i32(BASIC)) | (status == i32(POST)) else ZERO
    middle = f32(2) if status == i32(SKILLED) else low
    return f32(3) if status == i32(OWNER) else middle


@phase
def pair(low, high):
    """Two sums of 32 bits in a word."""
    return i64(low) | (i64(high) << i64(32))


@phase
def four(a, b, c, d):
    """Four counts of 16 bits in a word."""
    return i64(a) | (i64(b) << i64(16)) | (i64(c) << i64(32)) | (i64(d) << i64(48))


@phase
def mark_returnees(first, count, people, mark):
    """Mark those at home who have been away."""
    statuses, returned_since = people.status, people.months_since_return
    for j in range(count):
        s = i32(statuses[first + j])
        mark[j] = u8((s > i32(IN)) & (s < i32(VACANT)) & (returned_since[first + j] != u8(NEVER)))


@phase
def pack_quality(first, people, q, income, chosen, n, mark, packed):
    """What listed returnees add to the indices (rules Q1 to Q4); leaves marked those of good quality."""
    incomes_before, statuses, traits, belongings = people.income_before, people.status, people.flags, people.belonging
    ties_home = people.home_ties
    for k in range(n):
        j = chosen[k]
        i = first + u64(j)
        one = income_index(whole(income[j]), f32(incomes_before[i]), q.income_reference)
        step = occupation_index(rung(i32(statuses[i])), rung_before(traits[i]))
        social = social_index(belongings[i], ties_home[i])
        quality = composite(one, step, social, q.weight_income, q.weight_occupation, q.weight_social)
        mark[j] = u8(quality >= q.good_bar)
        packed[2, j] += pair(0, i64(whole(quality * FINE)))
        packed[3, j] = pair(i64(whole(one * FINE)), i64(whole(step * FINE)))
        packed[4, j] += pair(i64(whole(social * FINE)), 0)


@phase
def pack_sums(first, count, people, income, packed):
    """What each place adds to sums of money, skill, ties, belonging and ages; nothing yet to the indices of returnees.

    A loop for each word: with more arrays written in one, LLVM would have to prove too much to vectorise it.
    """
    statuses, skills, ties_home, belongings = people.status, people.skill, people.home_ties, people.belonging
    ages = people.age
    for j in range(count):
        present = statuses[first + j] < u8(VACANT)
        packed[0, j] = i64(i32(whole(income[j]))) if present else i64(0)
    for j in range(count):
        i = first + j
        fine = FINE if statuses[i] < u8(VACANT) else ZERO
        packed[1, j] = pair(i32(whole(skills[i] * fine)), i32(whole(ties_home[i] * fine)))
    for j in range(count):
        packed[2, j] = i64(i32(whole(belongings[first + j] * FINE)))  # 0 of those away and of vacant places
        packed[3, j] = i64(0)
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        age = i64(ages[i])
        packed[4, j] = age << i64(32) if s <= i32(IN) else i64(0)
        packed[5, j] = age if (s >= i32(BASIC)) & (s < i32(VACANT)) else i64(0)


@phase
def pack_counts(first, count, people, in_force, last_month, good, packed):
    """What each place adds to counts: certificates, awareness, returnees, the cohort.

    last_month: returns after the policies started are later than this many months ago.
    """
    statuses, qualifications, traits, returned_since = (
        people.status,
        people.qualification,
        people.flags,
        people.months_since_return,
    )
    knowledge = people.known
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        present, home = s < i32(VACANT), (s > i32(IN)) & (s < i32(VACANT))
        grade = i32(qualifications[i]) & i32(GRADE_MASK)
        certified, high = present & (grade > i32(0)), present & (grade > i32(2))
        flags = i32(traits[i])
        since = i32(returned_since[i])
        returnee = home & (since != i32(NEVER))
        fine = good[j] != u8(0)
        cohort = present & ((flags & i32(NEWCOMER)) == i32(0))
        returned = cohort & (since < last_month)
        owner, founded = cohort & (s == i32(OWNER)), cohort & ((flags & i32(FOUNDED)) != i32(0))
        aware = present & ((knowledge[i] & in_force) != u32(0))
        packed[5, j] = packed[5, j] | (i64(aware) << i64(32))
        packed[6, j] = four(certified, certified & home, high, returnee)
        packed[7, j] = four(
            fine, returnee & (since == i32(12)), returnee & (since == i32(24)), returnee & (since == i32(36))
        )
        packed[8, j] = four(cohort, returned, cohort & home, returned & fine)
        packed[9, j] = four(owner, founded, False, False)


@phase
def add_to_cells(first, begin, end, people, cell, packed, land, services, tally, stocks, histogram):
    """Add each place's words to its cell, and its status and income to the county; land, services: as whole numbers."""
    statuses, savings_of, debts = people.status, people.savings, people.debt
    for j in range(begin, end):
        i, row = first + j, tally[cell[j]]
        s = i64(statuses[i])
        present = i64(s != VACANT)
        for w in range(PACKED):
            row[w] += packed[w, j]
        row[PACKED] += i64(savings_of[i])
        row[PACKED + 1] += i64(debts[i])
        row[PACKED + 2] += land * present
        row[PACKED + 3] += services * present
        stocks[cell[j], s] += present
        histogram[min(max(packed[0, j], i64(0)) // i64(BIN_YUAN), i64(INCOME_BINS - 1))] += present


@phase
def unpack(tally, stocks):
    """Move the cells' words into the stocks, int64[CELLS, Stock], and clear them."""
    for cell in range(tally.shape[0]):
        for f in range(FIELDS.shape[0]):
            stocks[cell, FIELDS[f, 0]] += (tally[cell, FIELDS[f, 1]] >> FIELDS[f, 2]) & FIELDS[f, 3]
        for w in range(SUMMED):
            tally[cell, w] = i64(0)


@phase
def take_census(village, c, first, count, scene, premium, capital, money, q, in_force, scratch, sums):
    """Add a village to the county's stocks."""
    g, people, firms, month = scene.geography, scene.people, scene.firms, scene.month
    cell, income, packed, tally = scratch.cell, scratch.income, scratch.packed, scratch.tally
    stocks, wage_factor, land = sums.stocks[c], scene.counties.wage_factor[c], g.land[village]
    fill_cells(first, count, people, cell)
    gather_support(first, count, village, people, scene.levers, scratch.visit)
    fill_income(
        first, count, people, month, capital, money, premium, wage_factor, land, scratch.trigger, u8(0), scratch.visit,
        income,
    )  # fmt: skip
    for f in range(firms.start[village], firms.start[village + 1]):
        i = firms.owner[f]
        j = i - i64(first)
        income[j] = f32(firms.profit[f])
        row = stocks[cell[j]]
        row[S_JOBS] += i64(firms.jobs[f])
        row[S_C_JOBS] += i64(firms.jobs[f]) if (people.flags[i] & u16(NEWCOMER)) == u16(0) else i64(0)
    pack_sums(first, count, people, income, packed)
    mark_returnees(first, count, people, scratch.mark)
    n = list_marked(scratch.mark, scratch.mark_words, count, scratch.chosen)
    pack_quality(first, people, q, income, scratch.chosen, n, scratch.mark, packed)
    last_month = i32(min(month.policy_months, LONGEST))
    pack_counts(first, count, people, in_force, last_month, scratch.mark, packed)
    land_fine = i64(whole(land * FINE))
    services = month.services[village, 0] + month.services[village, 1] + month.services[village, 2]
    services_fine = i64(whole(services * f32(1 / 3) * FINE))
    for begin in range(u64(0), count, u64(MOST_PACKED)):
        if begin > u64(0):
            unpack(tally, stocks)
        end = min(begin + u64(MOST_PACKED), count)
        add_to_cells(
            first, begin, end, people, cell, packed, land_fine, services_fine, tally, stocks, sums.histogram[c]
        )


@phase
def show_neighbours(village, c, first, count, people, seen, in_force, aware, certified):
    """Shares of a village that its neighbours see next month: returned, owners, who knows what; whole sums first.

    certified int64[C, 2]: workers, and those of them at home with a certificate.
    """
    statuses, returned_since, skills, qualifications = (
        people.status,
        people.months_since_return,
        people.skill,
        people.qualification,
    )
    knowledge = people.known
    workers, owners, returned, returnees, skill = i32(0), i32(0), i32(0), i32(0), i32(0)
    able = i32(0)
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        since = i32(returned_since[i])
        home = (s > i32(IN)) & (s < i32(VACANT))
        returnee = home & (since != i32(NEVER))
        workers += i32(s < i32(VACANT))
        owners += i32(s == i32(OWNER))
        returnees += i32(returnee)
        returned += i32(returnee & (since <= i32(RECENT)))
        skill += i32(whole(skills[i] * FINE)) if returnee else i32(0)
        able += i32(home & ((qualifications[i] & u8(GRADE_MASK)) != u8(0)))
    certified[c, 0] += i64(workers)
    certified[c, 1] += i64(able)
    scale = f32(max(workers, i32(1)))
    seen.returned_share[village] = f32(returned) / scale
    seen.owner_share[village] = f32(owners) / scale
    seen.returnee_skill[village] = f32(skill) / (f32(max(returnees, i32(1))) * FINE)
    for k in range(seen.aware_share.shape[1]):
        knows = i32(0)
        if (in_force >> u32(k)) & u32(1) != u32(0) or seen.aware_share[village, k] > ZERO:
            for j in range(count):
                knows += i32((knowledge[first + j] >> u32(k)) & u32(1))
        seen.aware_share[village, k] = f32(knows) / scale
        aware[c, k] += i64(knows)


@phase
def rung_before(flags):
    """Rung before the last return: away jobs are basic (1) or skilled (2)."""
    return f32(2) if (flags & u16(SKILLED_BEFORE)) != u16(0) else ONE
