"""Some workers side by side: what decisions and enterprises go by, in rows, so that their loops vectorise.

Few workers of a village weigh a move in a month or run an enterprise, so those of a batch of villages are listed, and
looked at in chunks. `rows` float32, `numbers` int32 and `bits` uint32 hold rows of CHUNK entries; the name of a row is
where it begins. A chunk has a multiple of LANES entries: the last worker is repeated.
"""

import numpy as np

from sim.arithmetic import HALF, ZERO, bit_of, f32, i32, u32, u64
from sim.compilation import phase
from sim.kernels.lists import padded
from sim.kernels.people import TWELFTH
from sim.policy import PersonChannel
from sim.state import GRADE_MASK
from sim.world import CHUNK, MOST_SECTORS, TRIGGER_LAID_OFF

u8, i64 = np.uint8, np.int64

# rows of floats: the worker, the village, the county
(
    YEARS, SCHOOLING, SKILL, GRADE, HOME_TIES, AWAY_TIES, BELONGING, SAVINGS, REJECTIONS, MIGRATIONS, INCOME,
    PEERS, OWNERS, REMOTENESS, LAND, SCHOOLS, HEALTH_CARE, TRANSPORT,
    WAGE_FACTOR, BASIC_NOW, BASIC_BEFORE, SKILLED_NOW, SKILLED_BEFORE, LOGISTICS,
    # the sector the worker would found in
    DEVELOPMENT, PRICE, PROFIT_FACTOR, ENTRY_CAPITAL, RENT, SCORE,
    # levers, in the order of LEVERS
    SUPPORT, PROTECTION, TRUTH, FRESHNESS, GRANT, LOAN_CHANCE, LOAN_CAP, RENT_FREE, TAX_CUT, AFTERCARE,
    # of enterprises
    CAPITAL, LUCK, PRODUCTIVITY, INTEREST_CUT, HAZARD, DRAW,
    # what is worked out of a decision
    POWER, FAMILY, BACK, NEST, PAY_FARM, EXPECTED, ENTRY, SKILLED_SHARE,
    VALUE_OUT, VALUE_IN, VALUE_WAGE, VALUE_ENTERPRISE, VALUE_FARM, VALUE_SEARCH, VALUE_PRESENT,
    # draws: errors of the six alternatives (numbered as CHOOSE_OUT to CHOOSE_SEARCH), lasting ones, a taste a sector
    ERRORS, _, _, _, _, _, ERROR_HOME, LIKES_HOME, LIKES_OUT, LIKES_IN, LIKES_ENTERPRISE, IDEA, TOLERANCE, TASTES,
) = (u64(row * CHUNK) for row in range(75))  # fmt: skip
ROWS = 74 + MOST_SECTORS
STATUS, FLAGS, CHILD, AGE, LAID_OFF, SECTOR, CHOICE, YUAN, DEBT, PROFIT, SPENT, INTEREST, PRINCIPAL, MONTHS = (
    u64(row * CHUNK) for row in range(14)
)
NUMBERS = 14
KNOWN, USED, KEY, PLACE, GENERATION, SERVED, FITS = (u64(row * CHUNK) for row in range(7))
BITS = 7

LEVERS = np.array(
    [
        PersonChannel.AWAY_INCOME, PersonChannel.PROTECTION, PersonChannel.TRUTH, PersonChannel.FRESHNESS,
        PersonChannel.GRANT, PersonChannel.LOAN_CHANCE, PersonChannel.LOAN_CAP, PersonChannel.RENT_FREE,
        PersonChannel.TAX_CUT, PersonChannel.AFTERCARE,
    ],
    np.int64,
)  # fmt: skip
OF_ENTERPRISES = u64(4)  # from this one on they count only where the instrument serves the sector
ROW = u64(CHUNK)


@phase
def look_up(begin, count, scene, p, listed, table):
    """Fill the rows of the worker, the village and the county for the listed begin..begin+count-1."""
    people, g, month, counties = scene.people, scene.geography, scene.month, scene.counties
    rows, numbers, bits = table.rows, table.numbers, table.bits
    lag = i64(p.decision.information_lag)
    for m in range(u64(count)):
        i, v = u64(listed.who[begin + m]), u64(listed.village[begin + m])
        c = u64(g.county[v])
        rows[YEARS + m] = f32(people.age[i]) * TWELFTH
        rows[SCHOOLING + m] = f32(people.schooling[i])
        rows[SKILL + m] = people.skill[i]
        rows[GRADE + m] = f32(people.qualification[i] & u8(GRADE_MASK))
        rows[HOME_TIES + m] = people.home_ties[i]
        rows[AWAY_TIES + m] = people.destination_ties[i]
        rows[BELONGING + m] = people.belonging[i]
        rows[SAVINGS + m] = f32(people.savings[i])
        rows[REJECTIONS + m] = f32(people.rejections[i])
        rows[MIGRATIONS + m] = f32(people.migrations[i])
        rows[INCOME + m] = listed.income[begin + m]
        rows[PEERS + m] = listed.peers[begin + m]
        rows[OWNERS + m] = listed.owners[begin + m]
        rows[REMOTENESS + m] = g.remoteness[v]
        rows[LAND + m] = g.land[v]
        rows[SCHOOLS + m] = month.services[v, 0]
        rows[HEALTH_CARE + m] = month.services[v, 1]
        rows[TRANSPORT + m] = month.services[v, 2]
        rows[WAGE_FACTOR + m] = counties.wage_factor[c]
        rows[BASIC_NOW + m] = counties.finding[c, 0, 0]
        rows[BASIC_BEFORE + m] = counties.finding[c, 0, lag]
        rows[SKILLED_NOW + m] = counties.finding[c, 1, 0]
        rows[SKILLED_BEFORE + m] = counties.finding[c, 1, lag]
        rows[LOGISTICS + m] = month.logistics[c]
        numbers[STATUS + m] = i32(people.status[i])
        numbers[FLAGS + m] = i32(people.flags[i])
        numbers[CHILD + m] = i32(people.child_age[i])
        numbers[AGE + m] = i32(people.age[i])
        numbers[LAID_OFF + m] = i32(listed.trigger[begin + m] & u8(TRIGGER_LAID_OFF))
        bits[KNOWN + m] = people.known[i]
        bits[KEY + m] = g.key[v]
        bits[PLACE + m] = u32(i - u64(g.start[v]))
        bits[GENERATION + m] = u32(people.generation[i])


@phase
def look_up_seekers(begin, count, scene, p, listed, table):
    """Fill the rows that those go by who look for a job or post: the listed begin..begin+count-1."""
    people, g, finding = scene.people, scene.geography, scene.counties.finding
    rows, numbers, bits, lag = table.rows, table.numbers, table.bits, u64(p.decision.information_lag)
    for m in range(u64(count)):
        i, v = u64(listed.who[begin + m]), u64(listed.village[begin + m])
        c = u64(g.county[v])
        rows[SKILL + m] = people.skill[i]
        rows[GRADE + m] = f32(people.qualification[i] & u8(GRADE_MASK))
        rows[BASIC_NOW + m] = finding[c, u64(0), u64(0)]
        rows[BASIC_BEFORE + m] = finding[c, u64(0), lag]
        rows[SKILLED_NOW + m] = finding[c, u64(1), u64(0)]
        rows[SKILLED_BEFORE + m] = finding[c, u64(1), lag]
        numbers[STATUS + m] = i32(people.status[i])
        numbers[FLAGS + m] = i32(people.flags[i])
        numbers[AGE + m] = i32(people.age[i])
        bits[KNOWN + m] = people.known[i]
        bits[KEY + m] = g.key[v]
        bits[PLACE + m] = u32(i - u64(g.start[v]))


@phase
def look_up_sector(begin, count, scene, p, listed, table):
    """The sector each worker would found in, and its rows; of development x price x profit x taste it has the most."""
    month, county, development = scene.month, scene.geography.county, scene.counties.development
    rows, numbers, rent = table.rows, table.numbers, p.enterprise.rent
    for m in range(padded(count)):
        rows[SCORE + m] = ZERO
        numbers[SECTOR + m] = i32(0)
    for s in range(u64(development.shape[1])):
        price, profit, taste = month.price[s], month.sector_profit[s], TASTES + s * ROW
        for m in range(u64(count)):
            rows[DEVELOPMENT + m] = development[u64(county[u64(listed.village[begin + m])]), s]
        for m in range(padded(count)):
            score = rows[DEVELOPMENT + m] * price * profit * (HALF + rows[taste + m])
            better = score > rows[SCORE + m]
            numbers[SECTOR + m] = i32(s) if better else numbers[SECTOR + m]
            rows[SCORE + m] = score if better else rows[SCORE + m]
    for m in range(u64(count)):
        s = u64(numbers[SECTOR + m])
        table.bits[SERVED + m] = scene.levers.serves[s]
        rows[DEVELOPMENT + m] = development[u64(county[u64(listed.village[begin + m])]), s]
        rows[PRICE + m] = month.price[s]
        rows[PROFIT_FACTOR + m] = month.sector_profit[s]
        rows[ENTRY_CAPITAL + m] = month.entry_capital[s]
        rows[RENT + m] = rent if month.needs_premises[s] != u8(0) else ZERO


@phase
def look_up_levers(count, levers, table):
    """The rows of levers of a decision: sums over the instruments that each worker knows and may use."""
    for q in range(u64(LEVERS.shape[0])):
        add_levers(count, LEVERS[q], SUPPORT + q * ROW, KNOWN, q >= OF_ENTERPRISES, levers, table)


@phase
def add_levers(count, channel, row, held, by_sector, levers, table):
    """Fill a row with the sum of a channel over the instruments whose bits are `held`, as `person_lever` does.

    held: the row of bits; by_sector: only instruments that serve the worker's sector.
    """
    rows, bits = table.rows, table.bits
    for m in range(padded(count)):
        rows[row + m] = ZERO
    if levers.acts[channel] == u32(0):
        return
    for k in range(u64(levers.key.shape[0])):
        effect = levers.effect[k, channel]
        if effect != ZERO:
            find_fits(count, k, held, by_sector, levers, table)
            for m in range(padded(count)):
                rows[row + m] += effect if bits[FITS + m] != u32(0) else ZERO


@phase
def find_fits(count, k, held, by_sector, levers, table):
    """Bits FITS: not 0 where the worker holds instrument k, may use it, and (if asked) it serves the sector.

    That it covers the village goes without saying: nobody else hears of it.
    """
    rows, numbers, bits = table.rows, table.numbers, table.bits
    bit, any_sector = bit_of(k), u32(0) if by_sector else u32(0xFFFFFFFF)
    sexes, households, statuses = i32(levers.sexes[k]), i32(levers.households[k]), i32(levers.statuses[k])
    age_from, age_below = levers.age_from[k], levers.age_below[k]
    skill_from, skill_below = levers.skill_from[k], levers.skill_below[k]
    for m in range(padded(count)):
        flags, age, skill = numbers[FLAGS + m], numbers[AGE + m], rows[SKILL + m]
        sex = i32(i32(sexes >> (flags & i32(1))) & i32(1))
        household = i32(i32(households >> ((flags >> i32(1)) & i32(3))) & i32(1))
        status = i32(i32(statuses >> numbers[STATUS + m]) & i32(1))
        aged, able = (age >= age_from) & (age < age_below), (skill >= skill_from) & (skill < skill_below)
        fits = ((sex & household & status) != i32(0)) & aged & able
        usable = u32(bits[held + m] & (bits[SERVED + m] | any_sector) & bit)
        bits[FITS + m] = usable if fits else u32(0)


@phase
def repeat_last(n, listed):
    """Repeat the last of n listed workers up to a multiple of LANES; returns that number."""
    last, end = u64(n - 1), padded(n)
    for m in range(u64(n), end):
        listed.who[m], listed.village[m], listed.trigger[m] = listed.who[last], listed.village[last], u8(0)
        listed.income[m], listed.peers[m], listed.owners[m] = ZERO, ZERO, ZERO
    return end
