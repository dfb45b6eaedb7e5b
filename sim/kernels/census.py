"""Counting: cells, stocks, what the villages' neighbours see, jobs filled. Integers only."""

import numpy as np

from sim.arithmetic import ONE, ZERO, bit_of, f32, i32, u32, u64, whole
from sim.compilation import part, phase
from sim.kernels.cells import fill_cells
from sim.kernels.people import BASIC, IN, OWNER, POST, SEARCHING, SKILLED, VACANT, fill_income, gather_support
from sim.outcomes import FIXED_POINT, Stock
from sim.processor import add_eight
from sim.rules.quality import composite, income_growth, income_index, occupation_index, social_index
from sim.state import CLOSED, FOUNDED, GRADE_MASK, LONGEST, NEVER, NEWCOMER, SKILLED_BEFORE
from sim.world import WORDS

u8, u16, i64 = np.uint8, np.uint16, np.int64
FINE = f32(FIXED_POINT)
INCOME_BINS, BIN_YUAN = 256, 100
RECENT = 24  # months within which a return still counts as recent for the peers
# A place adds sixteen words to the sums of its cell, in four groups of four: sums of money alone, sums of 32 bits two
# to a word, counts of 16 bits four to a word. A group is written by a loop that vectorises and added in one step.
CHUNK = 128  # places whose words are made and added at a time: more would not fit into the first cache
MOST_PACKED = 65_535  # places whose counts of 16 bits cannot overflow
ALONE = ((0, Stock.INCOME), (1, Stock.SAVINGS), (2, Stock.DEBT), (14, Stock.LAND), (15, Stock.SERVICES))
PAIRS = (
    (3, (Stock.SKILL, Stock.HOME_TIES)),
    (4, (Stock.BELONGING, Stock.QUALITY)),
    (5, (Stock.QUALITY_INCOME, Stock.QUALITY_OCCUPATION)),
    (6, (Stock.QUALITY_SOCIAL,)),
    (7, (Stock.AGE_AWAY, Stock.AGE_HOME)),
)
FOURS = (
    (8, (Stock.OUT_PROVINCE, Stock.IN_PROVINCE, Stock.FARM, Stock.SEARCHING)),
    (9, (Stock.WAGE_BASIC, Stock.WAGE_SKILLED, Stock.OWNER, Stock.POST)),
    (10, (Stock.CERTIFIED, Stock.CERTIFIED_AT_HOME, Stock.HIGH_SKILLED, Stock.RETURNEE)),
    (11, (Stock.GOOD_RETURNEE, Stock.RETAINED_12, Stock.RETAINED_24, Stock.RETAINED_36)),
    (12, (Stock.COHORT, Stock.COHORT_RETURNED, Stock.COHORT_AT_HOME, Stock.COHORT_GOOD)),
    (13, (Stock.COHORT_OWNER, Stock.COHORT_FOUNDED, Stock.AWARE)),
)
# stock, word, first bit, mask
FIELDS = np.array(
    [(stock, word, 0, -1) for word, stock in ALONE]
    + [(stock, word, 32 * k, 0xFFFFFFFF) for word, two in PAIRS for k, stock in enumerate(two)]
    + [(stock, word, 16 * k, 0xFFFF) for word, some in FOURS for k, stock in enumerate(some)],
    np.int64,
)
# the rows of a chunk's quality indices
R_INCOME, R_OCCUPATION, R_SOCIAL, R_QUALITY, R_GOOD = (u64(row * CHUNK) for row in range(5))
# and where its groups of words begin
W_MONEY, W_INDICES, W_COUNTS, W_COHORT = (u64(group * 4 * CHUNK) for group in range(4))
S_JOBS, S_C_JOBS = int(Stock.FIRM_JOBS), int(Stock.COHORT_JOBS)


@phase
def count_jobs(first, count, people, code, filled, posts):
    """Add the filled jobs by sector and tier to int64[S, 2], and posts by kind to int64[2]; code: uint8 scratch.

    A code for each place, then a pass over the codes for each that counts: the passes vectorise by 64 places.
    """
    statuses, sectors = people.status, people.sector
    for j in range(count):
        s = statuses[first + j]
        rank = u8(1) if s == u8(SKILLED) else u8(2)
        rank = u8(0) if s == u8(BASIC) else rank
        has_one = (s == u8(BASIC)) | (s == u8(SKILLED)) | (s == u8(POST))
        code[j] = u8(i32(sectors[first + j]) * i32(3) + i32(rank)) if has_one else u8(255)
    for sector in range(u64(filled.shape[0])):
        for tier in range(u64(2)):
            filled[sector, tier] += occurrences(code, count, u8(sector * u64(3) + tier))
    for kind in range(u64(2)):
        posts[kind] += occurrences(code, count, u8(kind * u64(3) + u64(2)))


@part
def occurrences(code, count, wanted):
    """How often a code occurs among the first `count`."""
    n = i32(0)
    for j in range(count):
        n = i32(n + i32(code[j] == wanted))
    return i64(n)


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
def fill_quality(first, begin, end, people, q, income, rows):
    """Rows of the indices (rules Q1 to Q5) in 1/1024, 0 of those who are no returnees, and 1 where quality is good."""
    incomes_before, statuses, traits, belongings = people.income_before, people.status, people.flags, people.belonging
    ties_home, returned_since = people.home_ties, people.months_since_return
    for m in range(end - begin):  # each loop short enough that the processor overlaps its iterations
        rows[R_INCOME + m] = income_growth(whole(income[begin + m]), f32(incomes_before[first + begin + m]))
    for m in range(end - begin):
        rows[R_INCOME + m] = income_index(rows[R_INCOME + m], q.income_reference)
    for m in range(end - begin):
        j = begin + m
        i = first + j
        s = i32(statuses[i])
        returnee = (s > i32(IN)) & (s < i32(VACANT)) & (returned_since[i] != u8(NEVER))
        fine = FINE if returnee else ZERO
        one = rows[R_INCOME + m]
        step = occupation_index(rung(s), rung_before(traits[i]))
        social = social_index(belongings[i], ties_home[i])
        quality = composite(one, step, social, q.weight_income, q.weight_occupation, q.weight_social)
        rows[R_INCOME + m] = whole(one * fine)
        rows[R_OCCUPATION + m] = whole(step * fine)
        rows[R_SOCIAL + m] = whole(social * fine)
        rows[R_QUALITY + m] = whole(quality * fine)
        rows[R_GOOD + m] = ONE if returnee & (quality >= q.good_bar) else ZERO


@phase
def pack_money(first, begin, end, people, income, bins, words):
    """Words 0 to 3: income, savings, debt; skill and ties. And the bin of each income, the last of vacant places."""
    statuses, savings_of, debts = people.status, people.savings, people.debt
    skills, ties_home = people.skill, people.home_ties
    for m in range(end - begin):
        i = first + begin + m
        present = statuses[i] < u8(VACANT)
        fine = FINE if present else ZERO
        yuan = i32(whole(income[begin + m])) if present else i32(0)
        words[W_MONEY + u64(4) * m + u64(0)] = i64(yuan)
        words[W_MONEY + u64(4) * m + u64(1)] = i64(savings_of[i])
        words[W_MONEY + u64(4) * m + u64(2)] = i64(debts[i])
        words[W_MONEY + u64(4) * m + u64(3)] = pair(i32(whole(skills[i] * fine)), i32(whole(ties_home[i] * fine)))
    for m in range(end - begin):
        yuan = u32(max(i32(whole(income[begin + m])), i32(0)))
        bin_of = i32(min(u32(yuan // u32(BIN_YUAN)), u32(INCOME_BINS - 1)))
        bins[m] = bin_of if statuses[first + begin + m] < u8(VACANT) else i32(INCOME_BINS)


@phase
def pack_indices(first, begin, end, people, rows, words):
    """Words 4 to 7: belonging, the indices of returnees, ages."""
    statuses, belongings, ages = people.status, people.belonging, people.age
    for m in range(end - begin):
        i = first + begin + m
        s = i32(statuses[i])
        age = i32(ages[i])
        belonging = i32(whole(belongings[i] * FINE))  # 0 of those away and of vacant places
        words[W_INDICES + u64(4) * m + u64(0)] = pair(belonging, i32(rows[R_QUALITY + m]))
        words[W_INDICES + u64(4) * m + u64(1)] = pair(i32(rows[R_INCOME + m]), i32(rows[R_OCCUPATION + m]))
        words[W_INDICES + u64(4) * m + u64(2)] = i64(i32(rows[R_SOCIAL + m]))
        working = (s >= i32(BASIC)) & (s < i32(VACANT))
        words[W_INDICES + u64(4) * m + u64(3)] = pair(age if s <= i32(IN) else i32(0), age if working else i32(0))


@phase
def pack_counts(first, begin, end, people, rows, words):
    """Words 8 to 11: the statuses, certificates, returnees."""
    statuses, qualifications, returned_since = people.status, people.qualification, people.months_since_return
    for m in range(end - begin):
        i = first + begin + m
        s = i32(statuses[i])
        present, home = s < i32(VACANT), (s > i32(IN)) & (s < i32(VACANT))
        grade = i32(qualifications[i]) & i32(GRADE_MASK)
        certified, high = present & (grade > i32(0)), present & (grade > i32(2))
        since = i32(returned_since[i])
        returnee = home & (since != i32(NEVER))
        good = rows[R_GOOD + m] > ZERO
        status = i64(1) << (i64(s & i32(3)) << i64(4))  # counts stand in the order of the statuses, four to a word
        words[W_COUNTS + u64(4) * m + u64(0)] = status if s <= i32(SEARCHING) else i64(0)
        words[W_COUNTS + u64(4) * m + u64(1)] = status if (s > i32(SEARCHING)) & present else i64(0)
        words[W_COUNTS + u64(4) * m + u64(2)] = four(certified, certified & home, high, returnee)
        words[W_COUNTS + u64(4) * m + u64(3)] = four(
            good, returnee & (since == i32(12)), returnee & (since == i32(24)), returnee & (since == i32(36))
        )


@phase
def pack_cohort(first, begin, end, people, in_force, last_month, land, services, rows, words):
    """Words 12 to 15: the cohort, awareness, land and services (those of the village as whole numbers).

    last_month: returns after the policies started are later than this many months ago.
    """
    statuses, traits, returned_since, knowledge = (
        people.status,
        people.flags,
        people.months_since_return,
        people.known,
    )
    for m in range(end - begin):
        i = first + begin + m
        s = i32(statuses[i])
        present, home = s < i32(VACANT), (s > i32(IN)) & (s < i32(VACANT))
        flags = i32(traits[i])
        cohort = present & ((flags & i32(NEWCOMER)) == i32(0))
        returned = cohort & (i32(returned_since[i]) < last_month)
        owner, founded = cohort & (s == i32(OWNER)), cohort & ((flags & i32(FOUNDED)) != i32(0))
        aware = present & ((knowledge[i] & in_force) != u32(0))
        good = rows[R_GOOD + m] > ZERO
        words[W_COHORT + u64(4) * m + u64(0)] = four(cohort, returned, cohort & home, returned & good)
        words[W_COHORT + u64(4) * m + u64(1)] = four(owner, founded, aware, False)
        words[W_COHORT + u64(4) * m + u64(2)] = land if present else i64(0)
        words[W_COHORT + u64(4) * m + u64(3)] = services if present else i64(0)


@phase
def add_to_cells(begin, end, cell, bins, words, tally, histogram):
    """Add each place's words to its cell, and its income to the county's histogram."""
    for m in range(end - begin):
        at, to = u64(4) * m, u64(cell[begin + m]) * u64(WORDS)
        add_eight(tally, to, words, W_MONEY + at, W_INDICES + at)
        add_eight(tally, to + u64(8), words, W_COUNTS + at, W_COHORT + at)
        histogram[u64(bins[m])] += 1


@phase
def unpack(tally, stocks):
    """Move the cells' words into the stocks, int64[CELLS, Stock], and clear them."""
    for cell in range(tally.shape[0]):
        some = i64(0)
        for w in range(WORDS):
            some |= tally[cell, w]
        if some == i64(0):  # nobody was added, as to half of the cells of a village
            continue
        for f in range(FIELDS.shape[0]):
            stocks[cell, FIELDS[f, 0]] += (tally[cell, FIELDS[f, 1]] >> FIELDS[f, 2]) & FIELDS[f, 3]
        for w in range(WORDS):
            tally[cell, w] = i64(0)


@phase
def take_census(village, c, first, count, scene, premium, capital, money, q, in_force, scratch, sums):
    """Add a village to the county's stocks."""
    g, people, firms, month = scene.geography, scene.people, scene.firms, scene.month
    cell, income, words, rows, tally = scratch.cell, scratch.income, scratch.packed, scratch.table.rows, scratch.tally
    bins = scratch.table.numbers
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
    last_month = i32(min(month.policy_months, LONGEST))
    land_fine = i64(whole(land * FINE))
    services = month.services[village, 0] + month.services[village, 1] + month.services[village, 2]
    services_fine = i64(whole(services * f32(1 / 3) * FINE))
    for begin in range(u64(0), count, u64(CHUNK)):  # what a chunk's loops leave to the next stays in the first cache
        end = min(begin + u64(CHUNK), count)
        fill_quality(first, begin, end, people, q, income, rows)
        pack_money(first, begin, end, people, income, bins, words)
        pack_indices(first, begin, end, people, rows, words)
        pack_counts(first, begin, end, people, rows, words)
        pack_cohort(first, begin, end, people, in_force, last_month, land_fine, services_fine, rows, words)
        if begin > u64(0) and begin % u64(MOST_PACKED - MOST_PACKED % CHUNK) == u64(0):
            unpack(tally, stocks)
        add_to_cells(begin, end, cell, bins, words, tally, sums.histogram[c])


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
    workers, owners, returned, returnees, able, skill = i32(0), i32(0), i32(0), i32(0), i32(0), i64(0)
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        since = i32(returned_since[i])
        home = (s > i32(IN)) & (s < i32(VACANT))
        returnee = home & (since != i32(NEVER))
        workers = i32(workers + i32(s < i32(VACANT)))
        owners = i32(owners + i32(s == i32(OWNER)))
        returnees = i32(returnees + i32(returnee))
        returned = i32(returned + i32(returnee & (since <= i32(RECENT))))
        able = i32(able + i32(home & ((qualifications[i] & u8(GRADE_MASK)) != u8(0))))
    for j in range(count):  # a loop of its own: sums of 64 bits would halve the other's vectors
        s = i32(statuses[first + j])
        returnee = (s > i32(IN)) & (s < i32(VACANT)) & (returned_since[first + j] != u8(NEVER))
        skill += i64(i32(whole(skills[first + j] * FINE)) if returnee else i32(0))
    certified[c, 0] += i64(workers)
    certified[c, 1] += i64(able)
    scale = f32(max(workers, i32(1)))
    seen.returned_share[village] = f32(returned) / scale
    seen.owner_share[village] = f32(owners) / scale
    seen.returnee_skill[village] = f32(skill) / (f32(max(returnees, i32(1))) * FINE)
    for k in range(seen.aware_share.shape[1]):
        knows, bit = i32(0), bit_of(k)
        if (in_force & bit) == u32(0) and seen.aware_share[village, k] == ZERO:
            continue
        for j in range(count):
            knows = i32(knows + i32((knowledge[first + j] & bit) != u32(0)))
        seen.aware_share[village, k] = f32(knows) / scale
        aware[c, k] += i64(knows)


@phase
def rung_before(flags):
    """Rung before the last return: away jobs are basic (1) or skilled (2)."""
    return f32(2) if (flags & u16(SKILLED_BEFORE)) != u16(0) else ONE
