"""The worker phases of one month for a range of villages, in the ODD's order."""

import numpy as np

from sim.arithmetic import ONE, bit_of, f32, i32, u32, u64
from sim.compilation import kernel, phase
from sim.kernels.actions import act
from sim.kernels.applicants import list_applications
from sim.kernels.cells import fill_cells
from sim.kernels.census import MOST_PACKED, count_firms, count_jobs, show_neighbours, take_census, unpack
from sim.kernels.decision import decide, mark_considering
from sim.kernels.enterprises import run_firms
from sim.kernels.firms import neighbour_mean
from sim.kernels.information import (
    apply_for_courses,
    hear,
    look_up_contacts,
    mark_contacts,
    neighbours_awareness,
    remember,
)
from sim.kernels.lists import list_marked, places_in_use, vector_sized
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
from sim.kernels.search import list_seekers, seek
from sim.kernels.table import CHOICE, SECTOR, SKILLED_SHARE, repeat_last
from sim.kernels.values import (
    enterprise_values,
    household_values,
    human_capital_values,
    money_values,
    quality_values,
    social_capital_values,
)
from sim.world import BATCH, CHOOSE_STAY, CHUNK, TRIGGER_LAID_OFF

u8, i64 = np.uint8, np.int64


@kernel
def advance_villages(low, high, shares, entrant_cells, salt, scene, p, scratch, sums, applications, closed):
    """All worker phases of the villages low..high-1, the count of jobs and enterprises, and lists of who applies.

    shares float32[C, 3]; entrant_cells int64[8]; salt: of the draws of who comes first; scene: sim.world.Scene; p:
    the parameters; scratch, sums, applications (added to): this thread's own; closed int32[V].
    """
    g, people = scene.geography, scene.people
    begin = low
    while begin < high:
        end = end_of_batch(begin, high, g.start)
        n = i64(0)
        for v in range(begin, end):
            at, end_at = u64(g.start[v] - g.start[begin]), u64(g.start[v + 1] - g.start[begin])
            trigger, cell = scratch.trigger[at:end_at], scratch.cell[at:end_at]
            intent, course = scratch.intent[at:end_at], scratch.course[at:end_at]
            c = i64(g.county[v])
            live_a_month(v, c, shares[c], entrant_cells, scene, p, scratch, trigger, cell, sums, intent, course)
            n = list_considering(v, scene, p, scratch, trigger, n)
        choose(n, begin, scene, p, scratch, sums)
        run_firms(begin, end, scene, p, scratch, closed, sums)
        n = i64(0)
        for v in range(begin, end):
            n = list_seekers(v, scene, p, scratch, n)
        seek(n, begin, scene, p, scratch)
        for v in range(begin, end):
            c, at = i64(g.county[v]), u64(g.start[v] - g.start[begin])
            first, count = places_in_use(v, g, people)
            intent, course = scratch.intent[at : at + count], scratch.course[at : at + count]
            count_jobs(first, count, people, scratch.mark, sums.filled[c], sums.posts[c])
            count_firms(v, people, scene.firms, scene.month, sums.firm_jobs[c], sums.firm_number[c], sums.premises[c])
            list_applications(v, scene, salt, intent, course, scratch.cell[at : at + count], scratch, applications)
        begin = end


@phase
def end_of_batch(begin, high, start):
    """The village after the last of a batch: villages of at most BATCH places, or a single one."""
    end = begin + 1
    while end < high and start[end + 1] - start[begin] <= i64(BATCH):
        end += 1
    return end


@phase
def live_a_month(v, c, shares, entrant_cells, scene, p, scratch, trigger, cell, sums, intent, course):
    """What happens to everybody in a village before some weigh a move; what they earn stays in `scratch.income`."""
    g, people, month, levers, villages = scene.geography, scene.people, scene.month, scene.levers, scene.villages
    words, gain, visit, income, mark = scratch.words, scratch.gain, scratch.visit, scratch.income, scratch.mark
    chosen, flows, ledger = scratch.chosen, sums.flows[c], sums.ledger[c]
    life, capital, money = household_values(p.household), human_capital_values(p.human_capital), money_values(p.money)
    social, enterprise = social_capital_values(p.social_capital), enterprise_values(p.enterprise)
    key, places = g.key[v], u64(g.start[v + 1] - g.start[v])
    for j in range(places):
        intent[j], course[j], trigger[j] = u8(0), u8(0), u8(0)
    first, count = places_in_use(v, g, people)
    live(first, count, key, people, month, life, capital, words, gain, trigger, mark)
    n = list_marked(mark, scratch.mark_words, count, chosen)
    leave(first, people, chosen, n, flows, ledger)
    enter(first, places, key, g.registered[v], shares, people, month, p, entrant_cells, flows, ledger)
    first, count = places_in_use(v, g, people)
    fill_cells(first, count, people, cell)
    lose_work(first, count, key, people, month, life, words, trigger, mark)
    n = list_marked(mark, scratch.mark_words, count, chosen)
    count_layoffs(first, people, cell, chosen, n, flows)
    spills, premium, wage_factor = p.mechanisms.skill_spillover, p.market.skilled_premium, scene.counties.wage_factor[c]
    learn_and_fade(first, count, people, capital, spills, villages.returned_share[v], villages.returnee_skill[v])
    gather_lever(first, count, people.known, levers, v, HOME_TIES_LEVER, visit)
    gather_lever(first, count, people.known, levers, v, BELONGING_LEVER, gain)
    tie_and_belong(first, count, people, month.festival, social, visit, gain)
    gather_support(first, count, v, people, levers, visit)
    count_supported(first, count, v, c, people, levers, visit, sums.uses)
    laid_off, land = u8(TRIGGER_LAID_OFF), g.land[v]
    fill_income(
        first, count, people, month, capital, money, premium, wage_factor, land, trigger, laid_off, visit, income
    )
    gather_lever(first, count, people.used, levers, v, INTEREST_LEVER, gain)
    earn_and_spend(first, count, people, money, enterprise, income, gain, ledger)
    count_months(first, count, people)
    inform(v, c, key, first, count, scene, p, social, scratch, cell, course, flows)


@phase
def inform(v, c, key, first, count, scene, p, social, scratch, cell, course, flows):
    """Spread word of instruments and take applications for courses, among those in contact this month."""
    g, people, levers, month = scene.geography, scene.people, scene.levers, scene.month
    words, chosen, shares = scratch.words, scratch.chosen, scene.villages.aware_share
    if levers.key.shape[0] == 0:
        return
    mark_contacts(first, count, key, people, month, p, words, scratch.mark)
    n = u64(list_marked(scratch.mark, scratch.mark_words, count, chosen))
    look_up_contacts(first, people, scratch, n)
    neighbours_awareness(v, vector_sized(levers.key.shape[0]), shares, g, scratch.near)
    for k in range(levers.key.shape[0]):
        if levers.in_force[k] != u8(0) and (levers.reach[v] & bit_of(k)) != u32(0):
            hear(k, scratch, n, month, key, levers, social, shares[v, k], scratch.near[k], month.official[c])
    remember(first, people, scratch, n, cell, flows)
    apply_for_courses(first, v, key, people, levers, month, p, scratch, n, course)


@phase
def list_considering(v, scene, p, scratch, trigger, listed):
    """Add the workers of a village who weigh a move to the list; returns how many are on it."""
    g, firms, seen, who = scene.geography, scene.firms, scene.villages, scratch.listed
    income, chosen = scratch.income, scratch.chosen
    first, count = places_in_use(v, g, scene.people)
    for f in range(firms.start[v], firms.start[v + 1]):
        income[u64(firms.owner[f]) - first] = f32(firms.profit[f])
    mark_considering(first, count, g.key[v], scene.people, scene.month, p, scratch.words, trigger, scratch.mark)
    n = list_marked(scratch.mark, scratch.mark_words, count, chosen)
    returned, owner, failure = (
        neighbour_mean(seen.returned_share, v, g),
        neighbour_mean(seen.owner_share, v, g),
        neighbour_mean(seen.failure, v, g),
    )
    peers = peers_around(p, seen.returned_share[v], returned, seen.owner_share[v], owner, seen.failure[v], failure)
    weight = p.decision.peer_own_weight
    owners = weight * seen.owner_share[v] + (ONE - weight) * owner
    for k in range(n):
        j, to = u64(chosen[k]), u64(listed + k)
        who.who[to] = i64(first + j)
        who.village[to] = i32(v)
        who.trigger[to] = trigger[j]
        who.income[to] = income[j]
        who.peers[to] = peers
        who.owners[to] = owners
    return listed + n


@phase
def choose(n, begin, scene, p, scratch, sums):
    """Decisions of the n listed workers of a batch that begins with village `begin`, and what follows at once."""
    if n == i64(0):
        return
    g, listed, table = scene.geography, scratch.listed, scratch.table
    end = repeat_last(n, listed)
    for chunk in range(u64(0), end, u64(CHUNK)):
        decide(chunk, min(end - chunk, u64(CHUNK)), scene, p, listed, table)
        for m in range(min(u64(n) - chunk, u64(CHUNK))):
            choice = table.numbers[CHOICE + m]
            if choice == i32(CHOOSE_STAY):
                continue
            i, v = u64(listed.who[chunk + m]), i64(listed.village[chunk + m])
            c, place = i64(g.county[v]), u32(i - u64(g.start[v]))
            act(
                i, i - u64(g.start[begin]), choice, table.numbers[SECTOR + m], place, v, g.key[v], c, scene.people,
                scene.levers, scene.month, p, table.rows[SKILLED_SHARE + m], scratch.trigger, scratch.intent,
                scratch.cell, sums.flows[c],
            )  # fmt: skip


@kernel
def census_of_villages(low, high, full, scene, p, in_force, scratch, sums):
    """What the neighbours of the villages low..high-1 will see, who knows what, and certified workers at home.

    full: also stocks and incomes, for the record, of a village while it is in the caches.
    """
    capital, money, quality = human_capital_values(p.human_capital), money_values(p.money), quality_values(p.quality)
    g, packed = scene.geography, u64(0)
    for v in range(low, high):
        first, count = places_in_use(v, g, scene.people)
        c = g.county[v]
        show_neighbours(v, c, first, count, scene.people, scene.villages, in_force, sums.aware, sums.certified)
        if not full:
            continue
        if v > low and (g.county[v - 1] != c or packed + count > u64(MOST_PACKED)):
            unpack(scratch.tally, sums.stocks[g.county[v - 1]])
            packed = u64(0)
        take_census(
            v, c, first, count, scene, p.market.skilled_premium, capital, money, quality, in_force, scratch, sums
        )
        packed += count
    if full and high > low:
        unpack(scratch.tally, sums.stocks[g.county[high - 1]])
