"""Who looks for a job or a post at home, and applies for which: in loops over the seekers of a batch of villages."""

import numpy as np

from sim.arithmetic import HALF, ONE, ZERO, f32, i32, u32, u64
from sim.compilation import phase
from sim.draws import Purpose, fill_words, moment_of, unit_of
from sim.kernels.actions import needs
from sim.kernels.lists import list_marked, padded, places_in_use
from sim.kernels.luck import fill_four
from sim.kernels.people import BASIC, FARM, SEARCHING, TWELFTH
from sim.kernels.prospects import job_outlook, job_sector, may_take_skilled_jobs
from sim.kernels.table import (
    AGE,
    BASIC_BEFORE,
    BASIC_NOW,
    CHOICE,
    ERRORS,
    FLAGS,
    FRESHNESS,
    GRADE,
    KNOWN,
    ROW,
    SKILL,
    SKILLED_BEFORE,
    SKILLED_NOW,
    STATUS,
    TRUTH,
    add_levers,
    look_up_seekers,
    repeat_last,
)
from sim.policy import PersonChannel
from sim.world import CHUNK, INTENT_BASIC, INTENT_POST, INTENT_SECTOR_SHIFT, INTENT_SKILLED

u8, i64 = np.uint8, np.int64
SEEK, SECTOR = u32(Purpose.SEEK), u32(Purpose.SECTOR_CHOICE)
C_TRUTH, C_FRESH = i64(PersonChannel.TRUTH), i64(PersonChannel.FRESHNESS)
DRAW_SECTOR, DRAW_TIER, DRAW_POST = ERRORS, ERRORS + ROW, ERRORS + u64(2) * ROW


@phase
def mark_seekers(first, count, village_key, people, month, p, words, mark):
    """Mark the workers at home who look for a job or post this month."""
    statuses, ages = people.status, people.age
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, SEEK), u32(0))
    m = p.market
    from_farm, upgrade, oldest = m.seek_farm, m.seek_upgrade, m.farm_underemployed_age
    for j in range(count):
        i = first + j
        s = i32(statuses[i])
        young = f32(ages[i]) * TWELFTH < oldest
        chance = from_farm if (s == i32(FARM)) & young else ZERO
        chance = ONE if s == i32(SEARCHING) else chance
        chance = upgrade if s == i32(BASIC) else chance
        mark[j] = u8(unit_of(words[j]) < chance)


@phase
def list_seekers(v, scene, p, scratch, listed):
    """Add those of a village who look for a job or post to the list; returns how many are on it."""
    g, who, chosen = scene.geography, scratch.listed, scratch.chosen
    first, count = places_in_use(v, g, scene.people)
    mark_seekers(first, count, g.key[v], scene.people, scene.month, p, scratch.words, scratch.mark)
    n = list_marked(scratch.mark, scratch.mark_words, count, chosen)
    for k in range(u64(n)):
        who.who[u64(listed) + k], who.village[u64(listed) + k] = i64(first + u64(chosen[k])), i32(v)
    return listed + n


@phase
def seek(n, begin, scene, p, scratch):
    """Applications of the n listed seekers of a batch that begins with village `begin`, but of those who have one."""
    if n == i64(0):
        return
    g, month, listed, table, intent = scene.geography, scene.month, scratch.listed, scratch.table, scratch.intent
    rows, numbers, bits = table.rows, table.numbers, table.bits
    end = repeat_last(n, listed)
    for chunk in range(u64(0), end, u64(CHUNK)):
        count = min(end - chunk, u64(CHUNK))
        look_up_seekers(chunk, count, scene, p, listed, table)
        fill_four(count, month.seed, moment_of(month.calendar, SECTOR), u32(0), rows, bits, DRAW_SECTOR)
        add_levers(count, C_TRUTH, TRUTH, KNOWN, False, scene.levers, table)
        add_levers(count, C_FRESH, FRESHNESS, KNOWN, False, scene.levers, table)
        choose_kind(count, month, p, rows, numbers)
        for m in range(min(u64(n) - chunk, u64(CHUNK))):
            i, v, kind = u64(listed.who[chunk + m]), u64(listed.village[chunk + m]), u8(numbers[CHOICE + m])
            j, u = i - u64(g.start[begin]), rows[DRAW_SECTOR + m]
            if intent[j] != u8(0) or kind == u8(0):
                continue
            sector = u64(1 if u < HALF else 0)  # of a post: its kind
            if kind != u8(INTENT_POST):
                sector = job_sector(g.county[v], 1 if kind == u8(INTENT_SKILLED) else 0, u, month)
            intent[j] = kind | u8(sector << u64(INTENT_SECTOR_SHIFT))


@phase
def choose_kind(count, month, p, rows, numbers):
    """What each seeker applies for: a post (the hard-to-employ), a skilled or a basic job; 0: nothing."""
    open_gate, bar = p.mechanisms.certificate_gate == ZERO, p.human_capital.skilled_bar
    premium, wage, seek_post, d = p.market.skilled_premium, month.wage_local, p.market.seek_post, p.decision
    for m in range(padded(count)):
        skill = rows[SKILL + m]
        may_take = may_take_skilled_jobs(rows[GRADE + m], skill, open_gate, bar)
        _, _, share = job_outlook(
            rows[TRUTH + m], rows[FRESHNESS + m], rows[BASIC_NOW + m], rows[BASIC_BEFORE + m], rows[SKILLED_NOW + m],
            rows[SKILLED_BEFORE + m], may_take, ZERO, wage, ONE, ONE, premium, d,
        )  # fmt: skip
        vulnerable, weak = needs(numbers[FLAGS + m], numbers[AGE + m], skill)
        kind = i32(INTENT_SKILLED) if rows[DRAW_TIER + m] < share else i32(INTENT_BASIC)
        for_post = (vulnerable | weak) & (rows[DRAW_POST + m] < seek_post)
        kind = i32(INTENT_POST) if for_post else kind
        upgrade = i32(INTENT_SKILLED) if may_take > ZERO else i32(0)
        numbers[CHOICE + m] = upgrade if numbers[STATUS + m] == i32(BASIC) else kind
