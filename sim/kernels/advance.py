"""The worker phases of one month for a range of villages, in the ODD's order."""

import numpy as np

from sim.arithmetic import f32, u32, u64
from sim.compilation import kernel, phase
from sim.kernels.actions import act, mark_seekers, seek
from sim.kernels.census import count_firms, count_jobs, fill_cells, take_census
from sim.kernels.decision import decide, mark_considering
from sim.kernels.firms import neighbour_mean, run_firms
from sim.kernels.information import apply_for_course, hear, mark_contacts
from sim.kernels.people import (
    BELONGING_LEVER,
    HOME_TIES_LEVER,
    INTEREST_LEVER,
    count_months,
    earn_and_spend,
    enter,
    fill_income,
    gather_lever,
    learn_and_fade,
    leave,
    live,
    lose_work,
    tie_and_belong,
)
from sim.kernels.prospects import peers_around
from sim.kernels.values import (
    enterprise_values,
    household_values,
    human_capital_values,
    money_values,
    quality_values,
    social_capital_values,
)
from sim.state import Status
from sim.world import TRIGGER_LAID_OFF

u8 = np.uint8
OWNER = int(Status.OWNER)


@kernel
def advance_villages(
    low,
    high,
    shares,
    entrant_cells,
    g,
    people,
    firms,
    counties,
    villages,
    levers,
    month,
    p,
    words,
    trigger,
    gain,
    visit,
    income,
    cell,
    chosen,
    intent,
    course,
    flows,
    ledger,
    uses,
    closed,
):
    """All worker phases of the villages low..high-1; applications are left in `intent` and `course`.

    shares float32[C, 3]; entrant_cells int64[8]; scratch arrays are one thread's own; flows int64[C, CELLS, Flow],
    ledger int64[C, Ledger], uses int64[I, C] are this thread's own; closed int32[V].
    """
    life, capital, social = (
        household_values(p.household),
        human_capital_values(p.human_capital),
        social_capital_values(p.social_capital),
    )
    money, enterprise, spills = money_values(p.money), enterprise_values(p.enterprise), p.mechanisms.skill_spillover
    for v in range(low, high):
        first = u64(g.start[v])
        count = u64(g.start[v + 1]) - first
        c, key = g.county[v], g.key[v]
        for j in range(count):
            intent[first + j] = u8(0)
            course[first + j] = u8(0)
        fill_cells(first, count, people, cell)
        live(first, count, key, people, month, life, capital, words, trigger)
        leave(first, count, people, trigger, cell, flows[c], ledger[c])
        enter(first, count, key, g.registered[v], shares[c], people, month, p, entrant_cells, flows[c], ledger[c])
        fill_cells(first, count, people, cell)
        lose_work(first, count, key, people, month, life, words, trigger, cell, flows[c])
        learn_and_fade(first, count, people, capital, spills, villages.returned_share[v], villages.returnee_skill[v])
        gather_lever(first, count, people.known, levers, v, HOME_TIES_LEVER, visit)
        gather_lever(first, count, people.known, levers, v, BELONGING_LEVER, gain)
        tie_and_belong(first, count, people, month.festival, social, visit, gain)
        fill_income(
            first,
            count,
            people,
            month,
            capital,
            money,
            p.market.skilled_premium,
            counties.wage_factor[c],
            g.land[v],
            trigger,
            u8(TRIGGER_LAID_OFF),
            income,
        )
        gather_lever(first, count, people.used, levers, v, INTEREST_LEVER, gain)
        earn_and_spend(first, count, people, money, enterprise, income, gain, ledger[c])
        count_months(first, count, people)
        inform(
            v,
            first,
            count,
            key,
            c,
            g,
            people,
            villages,
            levers,
            month,
            p,
            social,
            words,
            chosen,
            course,
            cell,
            flows[c],
        )
        choose(
            v,
            first,
            count,
            key,
            c,
            g,
            people,
            firms,
            counties,
            villages,
            levers,
            month,
            p,
            words,
            trigger,
            income,
            chosen,
            intent,
            cell,
            flows[c],
        )
        closed[v] = run_firms(
            v, key, c, first, g, people, firms, levers, month, p, counties, trigger, cell, flows[c], ledger[c], uses
        )
        n = mark_seekers(first, count, key, people, month, p, words, chosen)
        for k in range(n):
            j = chosen[k]
            seek(first + u64(j), u32(j), v, key, c, people, levers, month, p, counties, intent)


@phase
def inform(v, first, count, key, c, g, people, villages, levers, month, p, social, words, chosen, course, cell, flows):
    """Spread word of instruments and take applications for courses, among those in contact this month."""
    if levers.key.shape[0] == 0:
        return
    n = mark_contacts(first, count, key, people, month, p, words, chosen)
    for k in range(levers.key.shape[0]):
        if levers.in_force[k] != u8(0) and levers.reach[k, v] != u8(0):
            near = neighbour_mean(villages.aware_share[:, k], v, g)
            own = villages.aware_share[v, k]
            hear(
                k,
                first,
                key,
                people,
                levers,
                month,
                social,
                own,
                near,
                month.official[c],
                words,
                chosen,
                n,
                cell,
                flows,
            )
    for m in range(n):
        i = first + u64(chosen[m])
        course[i] = u8(apply_for_course(i, u32(chosen[m]), v, key, people, levers, month, p))


@phase
def choose(
    v,
    first,
    count,
    key,
    c,
    g,
    people,
    firms,
    counties,
    villages,
    levers,
    month,
    p,
    words,
    trigger,
    income,
    chosen,
    intent,
    cell,
    flows,
):
    """Decisions of those who weigh a move this month."""
    owner_near = neighbour_mean(villages.owner_share, v, g)
    peers = peers_around(
        p,
        villages.returned_share[v],
        neighbour_mean(villages.returned_share, v, g),
        villages.owner_share[v],
        owner_near,
        villages.failure[v],
        neighbour_mean(villages.failure, v, g),
    )
    for f in range(firms.start[v], firms.start[v + 1]):
        income[u64(firms.owner[f]) - first] = f32(firms.profit[f])
    n = mark_considering(first, count, key, people, month, p, words, trigger, chosen)
    for k in range(n):
        j = chosen[k]
        i = first + u64(j)
        choice, sector, skilled = decide(
            i,
            u32(j),
            v,
            key,
            c,
            g,
            people,
            levers,
            month,
            p,
            counties,
            villages,
            peers,
            owner_near,
            income[j],
            trigger[j],
        )
        act(i, j, choice, sector, u32(j), key, c, people, month, p, skilled, trigger, intent, cell, flows)


@kernel
def count_villages(low, high, g, people, firms, month, filled, posts, firm_jobs, firm_number, premises):
    """Filled jobs, posts and enterprises by county for the villages low..high-1, this thread's own sums.

    filled int64[C, S, 2], posts int64[C, 2], firm_jobs, firm_number int64[C, S], premises int64[C, 1].
    """
    for v in range(low, high):
        first = u64(g.start[v])
        c = g.county[v]
        count_jobs(first, u64(g.start[v + 1]) - first, people, filled[c], posts[c])
        count_firms(v, people, firms, month, firm_jobs[c], firm_number[c], premises[c])


@kernel
def census_of_villages(
    low,
    high,
    g,
    people,
    firms,
    counties,
    month,
    p,
    in_force,
    trigger,
    cell,
    income,
    earned,
    composed,
    stocks,
    histogram,
    aware,
    returned,
    owner,
    skill,
    aware_share,
):
    """Stocks int64[C, CELLS, Stock], incomes int64[C, bins], and what neighbours see, for the villages low..high-1."""
    capital, money, quality = human_capital_values(p.human_capital), money_values(p.money), quality_values(p.quality)
    for v in range(low, high):
        first = u64(g.start[v])
        c = g.county[v]
        take_census(
            v,
            first,
            u64(g.start[v + 1]) - first,
            g,
            people,
            firms,
            month,
            p,
            capital,
            money,
            quality,
            counties.wage_factor[c],
            in_force,
            trigger,
            cell,
            income,
            earned,
            composed,
            stocks[c],
            histogram[c],
            aware[c],
            returned,
            owner,
            skill,
            aware_share,
        )
