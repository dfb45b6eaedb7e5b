"""A month of the enterprises of a batch of villages, in loops over rows: profit, the owners' money, closures."""

import numpy as np

from sim.arithmetic import ONE, ZERO, exponential, f32, i32, u32, u64, whole
from sim.compilation import phase
from sim.draws import Purpose, draw_unit, moment_of
from sim.kernels.eligibility import count_use, for_sector
from sim.kernels.lists import padded
from sim.kernels.people import OWNER, SEARCHING
from sim.kernels.prospects import productivity, sigma_of
from sim.kernels.table import (
    AFTERCARE,
    AGE,
    AWAY_TIES,
    CAPITAL,
    DEBT,
    DEVELOPMENT,
    DRAW,
    FLAGS,
    HAZARD,
    HOME_TIES,
    INTEREST,
    INTEREST_CUT,
    KEY,
    KNOWN,
    LOGISTICS,
    LUCK,
    MONTHS,
    PLACE,
    PRICE,
    PRINCIPAL,
    PRODUCTIVITY,
    PROFIT,
    PROFIT_FACTOR,
    REMOTENESS,
    RENT,
    SECTOR,
    SERVED,
    SKILL,
    SPENT,
    STATUS,
    TAX_CUT,
    USED,
    YUAN,
    add_levers,
    repeat_last,
)
from sim.outcomes import Flow, Ledger
from sim.policy import PersonChannel
from sim.rules.accounts import consumption, interest_due, principal_due
from sim.rules.enterprise import exit_hazard, monthly_profit
from sim.state import CLOSED, DEFAULTED
from sim.world import CHUNK, TRIGGER_QUIT

u8, u16, i64 = np.uint8, np.uint16, np.int64
C_TAX, C_CARE = i64(PersonChannel.TAX_CUT), i64(PersonChannel.AFTERCARE)
C_INTEREST = i64(PersonChannel.INTEREST_CUT)
FIRM_EXIT = u32(Purpose.FIRM_EXIT)
F_CLOSED, F_DEFAULT = int(Flow.CLOSED), int(Flow.DEFAULT)
L_INCOME, L_CONSUMED, L_INTEREST = int(Ledger.INCOME), int(Ledger.CONSUMED), int(Ledger.INTEREST)
L_REPAID, L_RECOVERED, L_WRITTEN = int(Ledger.REPAID), int(Ledger.RECOVERED), int(Ledger.WRITTEN_OFF)


@phase
def run_firms(begin, end, scene, p, scratch, closed, sums):
    """A month of the enterprises of the villages begin..end-1 (rules E4, E6, A1 to A3); closed int32[V]: their ends."""
    firms, listed = scene.firms, scratch.listed
    n, base = i64(0), firms.start[begin]
    for v in range(begin, end):
        closed[v] = 0
        for f in range(firms.start[v], firms.start[v + 1]):
            listed.who[u64(n)], listed.village[u64(n)] = firms.owner[f], i32(v)
            n += i64(1)
    if n == i64(0):
        return
    last, levers, table = repeat_last(n, listed), scene.levers, scratch.table
    for chunk in range(u64(0), last, u64(CHUNK)):
        count, real = min(last - chunk, u64(CHUNK)), min(u64(n) - chunk, u64(CHUNK))
        look_up_firms(chunk, count, u64(n) - u64(1), base, scene, p, listed, table)
        add_levers(count, C_TAX, TAX_CUT, KNOWN, True, levers, table)
        add_levers(count, C_CARE, AFTERCARE, KNOWN, True, levers, table)
        note_uses(chunk, real, scene, listed, table, sums.uses)
        add_levers(count, C_INTEREST, INTEREST_CUT, USED, False, levers, table)
        work_out(count, scene.month, p, table)
        for m in range(real):
            v = i64(listed.village[chunk + m])
            c = i64(scene.geography.county[v])
            if settle(m, base + i64(chunk + m), begin, scene, p, scratch, sums.flows[c], sums.ledger[c]):
                closed[v] += 1


@phase
def look_up_firms(chunk, count, last, base, scene, p, listed, table):
    """Fill the rows of the owners and enterprises chunk..chunk+count-1 of a batch, which begins with firm `base`."""
    people, firms, g, month = scene.people, scene.firms, scene.geography, scene.month
    rows, numbers, bits, rent = table.rows, table.numbers, table.bits, p.enterprise.rent
    development = scene.counties.development
    for m in range(u64(count)):
        f = u64(base) + min(chunk + m, last)
        i, v = u64(listed.who[chunk + m]), u64(listed.village[chunk + m])
        c, s = u64(g.county[v]), u64(people.sector[i])
        rows[SKILL + m] = people.skill[i]
        rows[HOME_TIES + m] = people.home_ties[i]
        rows[AWAY_TIES + m] = people.destination_ties[i]
        rows[CAPITAL + m] = f32(firms.capital[f])
        rows[LUCK + m] = firms.luck[f]
        rows[DEVELOPMENT + m] = development[c, s]
        rows[PRICE + m] = month.price[s]
        rows[PROFIT_FACTOR + m] = month.sector_profit[s]
        rows[REMOTENESS + m] = g.remoteness[v]
        rows[LOGISTICS + m] = month.logistics[c]
        rented = (month.needs_premises[s] != u8(0)) & (firms.rent_free[f] == u8(0))
        rows[RENT + m] = rent if rented else ZERO
        numbers[MONTHS + m] = i32(firms.age[f])
        numbers[SECTOR + m] = i32(s)
        numbers[YUAN + m] = people.savings[i]
        numbers[DEBT + m] = people.debt[i]
        numbers[STATUS + m] = i32(people.status[i])
        numbers[FLAGS + m] = i32(people.flags[i])
        numbers[AGE + m] = i32(people.age[i])
        bits[KNOWN + m] = people.known[i]
        bits[USED + m] = people.used[i]
        bits[KEY + m] = g.key[v]
        bits[SERVED + m] = scene.levers.serves[s]
        bits[PLACE + m] = u32(i - u64(g.start[v]))


@phase
def note_uses(chunk, real, scene, listed, table, uses):
    """Count the first month in which tax relief or aftercare serve an owner; bits USED: what is used from now on."""
    rows, numbers, bits, people, levers = table.rows, table.numbers, table.bits, scene.people, scene.levers
    if (levers.acts[C_TAX] | levers.acts[C_CARE]) == u32(0):
        return
    for m in range(real):
        if numbers[STATUS + m] == i32(OWNER) and (rows[TAX_CUT + m] != ZERO or rows[AFTERCARE + m] != ZERO):
            i, v = u64(listed.who[chunk + m]), i64(listed.village[chunk + m])
            c = i64(scene.geography.county[v])
            new = u32(for_sector(bits[KNOWN + m], numbers[SECTOR + m], levers) & ~people.used[i])
            count_use(i, v, c, people, levers, C_TAX, new, uses)
            count_use(i, v, c, people, levers, C_CARE, u32(new & ~people.used[i]), uses)
            bits[USED + m] = people.used[i]


@phase
def work_out(count, month, p, table):
    """Profit, what the owner spends and pays back, the hazard of the exit and its draw."""
    rows, numbers, bits, e, money = table.rows, table.numbers, table.bits, p.enterprise, p.money
    sigma, loss_factor, moment = sigma_of(p), e.exit_loss_factor, moment_of(month.calendar, FIRM_EXIT)
    seed = month.seed
    for m in range(padded(count)):
        rows[PRODUCTIVITY + m] = productivity(
            rows[SKILL + m], rows[CAPITAL + m], rows[HOME_TIES + m], rows[AWAY_TIES + m], rows[DEVELOPMENT + m],
            rows[PRICE + m], rows[REMOTENESS + m], rows[LOGISTICS + m], e, sigma,
        )  # fmt: skip
    for m in range(padded(count)):
        rows[LUCK + m] = exponential(rows[LUCK + m])
    for m in range(padded(count)):
        scale, q, luck = e.profit_scale * rows[PROFIT_FACTOR + m], rows[PRODUCTIVITY + m], rows[LUCK + m]
        profit = monthly_profit(scale, q, luck, rows[RENT + m], e.tax_rate, rows[TAX_CUT + m])
        numbers[PROFIT + m] = i32(whole(profit))
        age = f32(i32(numbers[MONTHS + m] + i32(1)))
        hazard = exit_hazard(
            e.exit_base, e.exit_bump, age, e.exit_peak, q * luck, e.exit_elasticity, rows[AFTERCARE + m]
        )
        rows[HAZARD + m] = hazard * (loss_factor if profit < ZERO else ONE)
    for m in range(padded(count)):
        rows[DRAW + m] = draw_unit(seed, bits[KEY + m], bits[PLACE + m], moment, u32(0))
    for m in range(padded(count)):
        savings, debt = numbers[YUAN + m], numbers[DEBT + m]
        pay = max(numbers[PROFIT + m], i32(-savings))
        cash = i32(savings + pay)
        spent = min(i32(consumption(f32(pay), money.subsistence, money.consumption_share)), cash)
        cash = i32(cash - spent)
        due = min(i32(interest_due(f32(debt), e.interest_rate, rows[INTEREST_CUT + m])), cash)
        principal = min(i32(principal_due(f32(debt), e.repayment_months)), i32(cash - due))
        numbers[SPENT + m], numbers[INTEREST + m], numbers[PRINCIPAL + m] = spent, due, principal


@phase
def settle(m, f, begin, scene, p, scratch, flows, ledger):
    """Book the month of enterprise f, entry m of the rows; True if it closes."""
    people, firms, rows, numbers = scene.people, scene.firms, scratch.table.rows, scratch.table.numbers
    i = u64(firms.owner[f])
    b = i - u64(scene.geography.start[begin])  # the place in the batch
    if numbers[STATUS + m] != i32(OWNER):  # the owner left the workforce
        firms.age[f] = u16(CLOSED)
        flows[scratch.cell[b], F_CLOSED] += 1
        return True
    firms.profit[f] = numbers[PROFIT + m]
    pay = max(numbers[PROFIT + m], -numbers[YUAN + m])
    spent, due, principal = numbers[SPENT + m], numbers[INTEREST + m], numbers[PRINCIPAL + m]
    people.savings[i] = i32(numbers[YUAN + m] + pay - spent - due - principal)
    people.debt[i] = i32(numbers[DEBT + m] - principal)
    ledger[L_INCOME] += i64(pay)
    ledger[L_CONSUMED] += i64(spent)
    ledger[L_INTEREST] += i64(due)
    ledger[L_REPAID] += i64(principal)
    firms.age[f] = u16(min(numbers[MONTHS + m] + i32(1), i32(CLOSED - 1)))
    firms.rent_free[f] = u8(max(i32(firms.rent_free[f]) - i32(1), i32(0)))
    quits = (scratch.trigger[b] & u8(TRIGGER_QUIT)) != u8(0)
    if quits or rows[DRAW + m] < rows[HAZARD + m]:
        firms.age[f] = u16(CLOSED)
        flows[scratch.cell[b], F_CLOSED] += 1
        if close_firm(f, i, people, firms, p, ledger):
            flows[scratch.cell[b], F_DEFAULT] += 1
        return True
    return False


@phase
def close_firm(f, i, people, firms, p, ledger):
    """The owner goes back to searching, with what can be recovered and with the debt; True on a default."""
    e = p.enterprise
    recovered = i32(whole(e.closing_value * f32(firms.capital[f])))
    cash = people.savings[i] + recovered
    repaid = min(cash, people.debt[i])
    people.savings[i] = i32(cash - repaid)
    debt = people.debt[i] - repaid
    ledger[L_RECOVERED] += i64(recovered)
    ledger[L_REPAID] += i64(repaid)
    defaults = f32(debt) > e.default_debt
    if defaults:
        ledger[L_WRITTEN] += i64(debt)
        debt = i32(0)
        people.flags[i] = people.flags[i] | u16(DEFAULTED)
        people.home_ties[i] = people.home_ties[i] * (ONE - e.default_ties)
    people.debt[i] = i32(debt)
    people.belonging[i] = people.belonging[i] * (ONE - p.social_capital.belonging_failure)
    people.status[i] = u8(SEARCHING)
    people.months_in_status[i] = u8(0)
    return defaults
