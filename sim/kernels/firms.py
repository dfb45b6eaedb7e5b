"""Enterprises: the month of every owner, founding, and the firm table."""

import numpy as np

from sim.arithmetic import ONE, ZERO, clip, exponential, f32, i32, u32, u64
from sim.compilation import kernel, phase
from sim.draws import Purpose, draw_four, draw_unit, moment_of
from sim.kernels.actions import arrive_home
from sim.kernels.eligibility import count_use, person_lever
from sim.kernels.lists import ask_for_founder
from sim.kernels.people import IN, OWNER
from sim.kernels.prospects import PERSON_ENTERPRISE, finance, idea, person_effect, productivity, sigma_of
from sim.outcomes import Flow, Ledger
from sim.policy import PersonChannel
from sim.rules.decision import normal_like
from sim.rules.enterprise import entry_chance_gated, entry_chance_smooth, jobs_offered
from sim.state import CLOSED, FOUNDED
from sim.world import INTENT_PASSIVE

u8, u16, i64 = np.uint8, np.uint16, np.int64
C_TAX = i64(PersonChannel.TAX_CUT)
C_LOAN = i64(PersonChannel.LOAN_CHANCE)
C_GRANT = i64(PersonChannel.GRANT)
C_FREE = i64(PersonChannel.RENT_FREE)
C_CAP = i64(PersonChannel.LOAN_CAP)
C_CARE = i64(PersonChannel.AFTERCARE)
FIRM_EXIT, CREDIT = u32(Purpose.FIRM_EXIT), u32(Purpose.CREDIT)
FOUND_LUCK, FOUND_JOBS = u32(Purpose.FOUND_LUCK), u32(Purpose.FOUND_JOBS)
C_INTEREST = i64(PersonChannel.INTEREST_CUT)
F_CLOSED, F_DEFAULT, F_FOUNDED = int(Flow.CLOSED), int(Flow.DEFAULT), int(Flow.FOUNDED)
F_BY_RETURNEE, F_JOBS, F_LOAN = int(Flow.FOUNDED_BY_RETURNEE), int(Flow.JOBS_BY_RETURNEE), int(Flow.LOAN)
F_ACTIVE, F_PASSIVE = int(Flow.RETURN_ACTIVE), int(Flow.RETURN_PASSIVE)
L_INCOME, L_CONSUMED, L_INTEREST = int(Ledger.INCOME), int(Ledger.CONSUMED), int(Ledger.INTEREST)
L_REPAID, L_RECOVERED, L_WRITTEN = int(Ledger.REPAID), int(Ledger.RECOVERED), int(Ledger.WRITTEN_OFF)
L_BORROWED, L_INVESTED, L_GRANTS = int(Ledger.BORROWED), int(Ledger.INVESTED), int(Ledger.GRANTS)


@kernel
def appraise(who, village, sector, place, held, g, people, levers, month, p, villages, feasible, funds):
    """Which applicants can raise the capital (rules E7, E8, E10, E11); funds int32[n, 4]: own, kin, grant, loan."""
    e = p.enterprise
    for n in range(who.shape[0]):
        ask_for_founder(who, n, people)
        i, v = u64(who[n]), i64(village[n])
        need = month.entry_capital[sector[n]]
        own, kin, grant, chance, loan = finance(i, v, people, levers, p, need, held[n])
        u, w, _, _ = draw_four(month.seed, g.key[v], place[n], moment_of(month.calendar, CREDIT), u32(0))
        loan = loan if u < chance else ZERO
        raised = own + kin + grant + loan
        around = peers_who_own(v, g, villages, p)
        generation = people.generation[i]
        effect = person_effect(month, g.key[v], place[n], generation, PERSON_ENTERPRISE, u32(1), e.idea_deviation)
        strength = idea(people.skill[i], f32(people.migrations[i]), around, effect, e, p.decision.experience_span)
        if p.mechanisms.entry_gate > ZERO:
            entry = entry_chance_gated(raised / need, strength, e.idea_threshold)
        else:
            entry = entry_chance_smooth(raised / need, strength, e.idea_threshold, e.entry_steepness)
        feasible[n] = u8(1) if w < entry else u8(0)
        funds[n, 0], funds[n, 1], funds[n, 2], funds[n, 3] = i32(own), i32(kin), i32(grant), i32(loan)


@phase
def neighbour_mean(values, village, g):
    """Mean of a village column over the neighbours, in the graph's order; 0 without neighbours."""
    total = ZERO
    a, b = g.neighbour_start[village], g.neighbour_start[village + 1]
    for k in range(a, b):
        total += values[g.neighbour[k]]
    return total / f32(max(b - a, 1))


@phase
def peers_who_own(village, g, villages, p):
    """Owners' share, own village and neighbours."""
    w = p.decision.peer_own_weight
    near = neighbour_mean(villages.owner_share, village, g)
    return w * villages.owner_share[village] + (ONE - w) * near


@kernel
def found(
    who,
    village,
    sector,
    place,
    held,
    intent,
    funds,
    cells,
    g,
    people,
    levers,
    month,
    p,
    counties,
    flows,
    ledger,
    uses,
    luck,
    jobs,
    rent_free,
):
    """Found the enterprises of the admitted: money moves, the owner is at home, the firm's lasting traits are drawn."""
    e = p.enterprise
    for n in range(who.shape[0]):
        ask_for_founder(who, n, people)
        i, v, s = u64(who[n]), i64(village[n]), i64(sector[n])
        c = i64(g.county[v])
        returnee = people.migrations[i] > u8(0)
        if people.status[i] <= u8(IN):
            passive = (intent[n] & u8(INTENT_PASSIVE)) != u8(0)
            arrive_home(i, v, people, levers, month, p, passive)
            flows[c, cells[n], F_PASSIVE if passive else F_ACTIVE] += 1
        own, kin, grant, loan = funds[n, 0], funds[n, 1], funds[n, 2], funds[n, 3]
        people.savings[i] = i32(people.savings[i] - own)
        people.debt[i] = i32(people.debt[i] + kin + loan)
        ledger[c, L_INVESTED] += i64(own) + i64(kin) + i64(grant) + i64(loan)
        ledger[c, L_BORROWED] += i64(kin) + i64(loan)
        ledger[c, L_GRANTS] += i64(grant)
        if loan > i32(0):
            flows[c, cells[n], F_LOAN] += 1
            count_use(i, v, c, people, levers, C_LOAN, held[n], uses)
            count_use(i, v, c, people, levers, C_CAP, u32(held[n] & ~people.used[i]), uses)
            count_use(i, v, c, people, levers, C_INTEREST, u32(held[n] & ~people.used[i]), uses)
        if grant > i32(0):
            count_use(i, v, c, people, levers, C_GRANT, held[n], uses)
        free = person_lever(i, v, people, levers, C_FREE, held[n]) if month.needs_premises[s] != u8(0) else ZERO
        if free > ZERO:
            count_use(i, v, c, people, levers, C_FREE, held[n], uses)
        a, b, d, f = draw_four(month.seed, g.key[v], place[n], moment_of(month.calendar, FOUND_LUCK), u32(0))
        # the mean of e^luck is one when its mean is minus half its variance
        luck[n] = normal_like(a, b, d, f, e.luck_deviation) - f32(0.5) * e.luck_deviation * e.luck_deviation
        capital = f32(own + kin + grant + loan)
        q = productivity(
            people.skill[i], capital, people.home_ties[i], people.destination_ties[i], counties.development[c, s],
            month.price[s], g.remoteness[v], month.logistics[c], e, sigma_of(p),
        )  # fmt: skip
        u = draw_unit(month.seed, g.key[v], place[n], moment_of(month.calendar, FOUND_JOBS), u32(0))
        jobs[n] = u8(jobs_offered(e.jobs_mean, q, e.jobs_elasticity, exponential(luck[n]), u))
        rent_free[n] = u8(clip(free, ZERO, f32(255)))
        people.status[i] = u8(OWNER)
        people.sector[i] = u8(s)
        people.months_in_status[i] = u8(0)
        people.flags[i] = people.flags[i] | u16(FOUNDED)
        flows[c, cells[n], F_FOUNDED] += 1
        if returnee:
            flows[c, cells[n], F_BY_RETURNEE] += 1
            flows[c, cells[n], F_JOBS] += i64(jobs[n])


@kernel
def merge_firms(low, high, old, new, village_of_new, merged):
    """Old enterprises of the villages low..high-1 without the closed ones, and the new ones, in worker order.

    village_of_new int32[n], ascending; merged: of the right length, its `start` filled already.
    """
    n, m = 0, new.owner.shape[0]
    while n < m and village_of_new[n] < low:
        n += 1
    for v in range(low, high):
        at = merged.start[v]
        f, stop = old.start[v], old.start[v + 1]
        while f < stop or (n < m and village_of_new[n] == v):
            take_new = n < m and village_of_new[n] == v and (f >= stop or new.owner[n] < old.owner[f])
            if take_new:
                copy_firm(new, u64(n), merged, u64(at))
                n += 1
                at += 1
            else:
                if old.age[f] != u16(CLOSED):
                    copy_firm(old, u64(f), merged, u64(at))
                    at += 1
                f += 1


@phase
def copy_firm(source, a, target, b):
    """Copy one enterprise between firm tables."""
    target.owner[b] = source.owner[a]
    target.luck[b] = source.luck[a]
    target.capital[b] = source.capital[a]
    target.jobs[b] = source.jobs[a]
    target.age[b] = source.age[a]
    target.rent_free[b] = source.rent_free[a]
    target.profit[b] = source.profit[a]
