"""The worker phases of one month for a range of villages, in the ODD's order."""

import numpy as np

from sim.arithmetic import f32, u32, u64
from sim.compilation import kernel, phase
from sim.kernels.actions import act, mark_seekers, seek
from sim.kernels.census import (
    MOST_PACKED,
    count_firms,
    count_jobs,
    fill_cells,
    mark_employed,
    show_neighbours,
    take_census,
    unpack,
)
from sim.kernels.decision import decide, mark_considering
from sim.kernels.firms import neighbour_mean, run_firms
from sim.kernels.information import apply_for_courses, hear, look_up, mark_contacts, remember
from sim.kernels.lists import list_marked
from sim.kernels.luck import fill_luck
from sim.kernels.people import (
    BELONGING_LEVER,
    HOME_TIES_LEVER,
    INTEREST_LEVER,
    count_layoffs,
    count_months,
    count_supported,
    earn_and_spend,
    enter,
    fill_income,
    gather_lever,
    gather_support,
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
from sim.world import TRIGGER_LAID_OFF

u8, i64 = np.uint8, np.int64


@kernel
def advance_villages(low, high, shares, entrant_cells, scene, p, scratch, sums, intent, course, closed):
    """All worker phases of the villages low..high-1; applications are left in `intent` and `course`, by place.

    shares float32[C, 3]; entrant_cells int64[8]; scene: sim.world.Scene; p: the parameters; scratch,
    sums: this thread's own; intent, course uint8[N]; closed int32[V].
    """
    g, people, month, levers, villages = scene.geography, scene.people, scene.month, scene.levers, scene.villages
    words, trigger, gain, visit, income, cell, mark = (
        scratch.words, scratch.trigger, scratch.gain, scratch.visit, scratch.income, scratch.cell, scratch.mark,
    )  # fmt: skip
    chosen = scratch.chosen
    life, capital, money = household_values(p.household), human_capital_values(p.human_capital), money_values(p.money)
    social, enterprise = social_capital_values(p.social_capital), enterprise_values(p.enterprise)
    spills, premium = p.mechanisms.skill_spillover, p.market.skilled_premium
    for v in range(low, high):
        first = u64(g.start[v])
        count = u64(g.start[v + 1]) - first
        c, key = i64(g.county[v]), g.key[v]
        flows, ledger, wage_factor = sums.flows[c], sums.ledger[c], scene.counties.wage_factor[c]
        for j in range(count):
            intent[first + j] = u8(0)
            course[first + j] = u8(0)
        fill_cells(first, count, people, cell)
        live(first, count, key, people, month, life, capital, words, trigger, mark)
        n = list_marked(mark, scratch.mark_words, count, chosen)
        leave(first, people, cell, chosen, n, flows, ledger)
        enter(first, count, key, g.registered[v], shares[c], people, month, p, entrant_cells, flows, ledger)
        fill_cells(first, count, people, cell)
        lose_work(first, count, key, people, month, life, words, trigger, mark)
        n = list_marked(mark, scratch.mark_words, count, chosen)
        count_layoffs(first, people, cell, chosen, n, flows)
        learn_and_fade(first, count, people, capital, spills, villages.returned_share[v], villages.returnee_skill[v])
        gather_lever(first, count, people.known, levers, v, HOME_TIES_LEVER, visit)
        gather_lever(first, count, people.known, levers, v, BELONGING_LEVER, gain)
        tie_and_belong(first, count, people, month.festival, social, visit, gain)
        laid_off, land = u8(TRIGGER_LAID_OFF), g.land[v]
        gather_support(first, count, v, people, levers, visit)
        count_supported(first, count, v, c, people, levers, visit, sums.uses)
        fill_income(
            first, count, people, month, capital, money, premium, wage_factor, land, trigger, laid_off, visit, income
        )
        gather_lever(first, count, people.used, levers, v, INTEREST_LEVER, gain)
        earn_and_spend(first, count, people, money, enterprise, income, gain, ledger)
        count_months(first, count, people)
        inform(v, c, key, first, count, scene, p, social, scratch, course, flows)
        choose(v, c, key, first, count, scene, p, scratch, intent, flows)
        closed[v] = run_firms(v, key, c, first, scene, p, trigger, cell, flows, ledger, sums.uses)
        mark_seekers(first, count, key, people, month, p, words, mark)
        n = list_marked(mark, scratch.mark_words, count, chosen)
        for k in range(n):
            j = chosen[k]
            seek(first + u64(j), u32(j), v, key, c, people, levers, month, p, scene.counties, intent)


@phase
def inform(v, c, key, first, count, scene, p, social, scratch, course, flows):
    """Spread word of instruments and take applications for courses, among those in contact this month."""
    g, people, levers, month = scene.geography, scene.people, scene.levers, scene.month
    words, chosen, shares = scratch.words, scratch.chosen, scene.villages.aware_share
    if levers.key.shape[0] == 0:
        return
    mark_contacts(first, count, key, people, month, p, words, scratch.mark)
    n = u64(list_marked(scratch.mark, scratch.mark_words, count, chosen))
    look_up(first, people, scratch, n)
    for k in range(levers.key.shape[0]):
        if levers.in_force[k] != u8(0) and levers.reach[k, v] != u8(0):
            near, own, added = neighbour_mean(shares[:, k], v, g), shares[v, k], month.official[c]
            hear(k, scratch, n, month, key, levers, social, own, near, added, flows)
    remember(first, people, scratch, n)
    apply_for_courses(first, v, key, people, levers, month, p, words, scratch.gain, chosen, n, course)


@phase
def choose(v, c, key, first, count, scene, p, scratch, intent, flows):
    """Decisions of those who weigh a move this month."""
    g, people, firms, month, seen = scene.geography, scene.people, scene.firms, scene.month, scene.villages
    trigger, income, chosen = scratch.trigger, scratch.income, scratch.chosen
    returned, owner, failure = (
        neighbour_mean(seen.returned_share, v, g),
        neighbour_mean(seen.owner_share, v, g),
        neighbour_mean(seen.failure, v, g),
    )
    peers = peers_around(p, seen.returned_share[v], returned, seen.owner_share[v], owner, seen.failure[v], failure)
    for f in range(firms.start[v], firms.start[v + 1]):
        income[u64(firms.owner[f]) - first] = f32(firms.profit[f])
    mark_considering(first, count, key, people, month, p, scratch.words, trigger, scratch.mark)
    n = list_marked(scratch.mark, scratch.mark_words, count, chosen)
    luck, sectors = scratch.drawn, scene.counties.development.shape[1]
    fill_luck(first, chosen, n, key, sectors, people, month, p, scratch.known, luck)
    for k in range(n):
        j = chosen[k]
        i = first + u64(j)
        choice, sector, skilled = decide(i, k, v, c, scene, p, peers, owner, income[j], trigger[j], luck)
        act(
            i, j, choice, sector, u32(j), v, key, c, people, scene.levers, month, p, skilled, trigger, intent,
            scratch.cell, flows,
        )  # fmt: skip


@kernel
def count_villages(low, high, scene, scratch, sums):
    """Filled jobs, posts and enterprises by county for the villages low..high-1, this thread's own sums."""
    g, people, firms, month = scene.geography, scene.people, scene.firms, scene.month
    for v in range(low, high):
        first = u64(g.start[v])
        c = g.county[v]
        count = u64(g.start[v + 1]) - first
        mark_employed(first, count, people, scratch.mark)
        n = list_marked(scratch.mark, scratch.mark_words, count, scratch.chosen)
        count_jobs(first, people, scratch.chosen, n, sums.filled[c], sums.posts[c])
        count_firms(v, people, firms, month, sums.firm_jobs[c], sums.firm_number[c], sums.premises[c])


@kernel
def observe_villages(low, high, scene, in_force, sums):
    """What the neighbours of the villages low..high-1 will see, who knows what, and certified workers at home."""
    g = scene.geography
    for v in range(low, high):
        first = u64(g.start[v])
        count = u64(g.start[v + 1]) - first
        show_neighbours(
            v, g.county[v], first, count, scene.people, scene.villages, in_force, sums.aware, sums.certified
        )


@kernel
def census_of_villages(low, high, scene, p, in_force, scratch, sums):
    """Stocks and incomes of the villages low..high-1, for the record."""
    capital, money, quality = human_capital_values(p.human_capital), money_values(p.money), quality_values(p.quality)
    g, packed = scene.geography, u64(0)
    for v in range(low, high):
        first = u64(g.start[v])
        count = u64(g.start[v + 1]) - first
        c = g.county[v]
        if v > low and (g.county[v - 1] != c or packed + count > u64(MOST_PACKED)):
            unpack(scratch.tally, sums.stocks[g.county[v - 1]])
            packed = u64(0)
        take_census(
            v, c, first, count, scene, p.market.skilled_premium, capital, money, quality, in_force, scratch, sums
        )
        packed += count
    if high > low:
        unpack(scratch.tally, sums.stocks[g.county[high - 1]])
