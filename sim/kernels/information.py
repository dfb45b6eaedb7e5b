"""What a worker hears of policies, and applies for to learn. Only for those in contact this month."""

import numpy as np

from sim.arithmetic import ONE, ZERO, bit_of, bits_in, clip, f32, u32, u64
from sim.compilation import phase
from sim.draws import Purpose, draw_four, draw_word, fill_words, moment_of, unit_of
from sim.kernels.eligibility import eligible
from sim.kernels.lists import fill_up, list_marked, padded
from sim.kernels.people import VACANT
from sim.outcomes import Flow
from sim.policy import PersonChannel
from sim.processor import AT_ONCE
from sim.rules.social_capital import hearing_chance, word_of_mouth

u8, i64 = np.uint8, np.int64
CONTACT = u32(Purpose.CONTACT)
LEARN, APPLY = u32(Purpose.LEARN), u32(Purpose.APPLY_TRAINING)
PERSON_TRAINING = u32(Purpose.PERSON_TRAINING)
F_HEARD = int(Flow.HEARD)
C_UPTAKE = i64(PersonChannel.COURSE_UPTAKE)


@phase
def mark_contacts(first, count, village_key, people, month, p, words, mark):
    """Mark the places whose worker hears of or acts on policies this month."""
    statuses = people.status
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, CONTACT), u32(0))
    rate = p.social_capital.contact_rate
    for j in range(count):
        mark[j] = u8((unit_of(words[j]) < rate) & (statuses[first + j] < u8(VACANT)))


@phase
def draw_for_chosen(words, chosen, n, seed, village_key, moment, subkey):
    """One word for each listed place: a loop of its own, because so it vectorises."""
    for m in range(padded(n)):
        words[m] = draw_word(seed, village_key, u32(chosen[m]), moment, subkey)


@phase
def neighbours_awareness(village, instruments, shares, g, near):
    """Mean over the neighbours of the shares of workers who know each instrument, near float32[32] (output).

    instruments: how many there are, or a few more. Added in the graph's order; 0 without neighbours.
    """
    a, b = u64(g.neighbour_start[village]), u64(g.neighbour_start[village + 1])
    for k in range(instruments):
        near[k] = ZERO
    for e in range(a, b):
        neighbour = u64(g.neighbour[e])
        for k in range(instruments):
            near[k] += shares[neighbour, k]
    for k in range(instruments):
        near[k] = near[k] / f32(max(b - a, u64(1)))


@phase
def hear(k, scratch, n, month, village_key, levers, c, own_share, neighbour_share, official):
    """Forget or learn of instrument k (rules S4, S5), for the n listed places; shares: of workers who know it."""
    words, chosen, known, used, ties = scratch.words, scratch.chosen, scratch.known, scratch.used, scratch.visit
    draw_for_chosen(words, chosen, n, month.seed, village_key, moment_of(month.calendar, LEARN), levers.key[k])
    bit = bit_of(k)
    chance_official = levers.official[k] + official
    for m in range(padded(n)):
        u = unit_of(words[m])
        knows, has_used = (known[m] & bit) != u32(0), (used[m] & bit) != u32(0)
        mouth = word_of_mouth(own_share, neighbour_share, c.own_village_weight, ties[m], c.word_strength)
        hears = u < hearing_chance(chance_official, mouth)
        forgets = (u < c.forgetting) & (not has_used)  # who has used it does not forget it
        known[m] = known[m] ^ (bit if (forgets if knows else hears) else u32(0))


@phase
def list_listed(n, scratch):
    """List in `few` the marked among the n listed places; returns how many."""
    end = (u64(n) + u64(AT_ONCE - 1)) // u64(AT_ONCE) * u64(AT_ONCE)
    for m in range(u64(n), end):
        scratch.mark[m] = u8(0)
    return list_marked(scratch.mark, scratch.mark_words, end, scratch.few)


@phase
def look_up_contacts(first, people, scratch, n):
    """Copy what the n listed places know and have used, and their home ties, side by side."""
    knowledge, uses_made, ties_home = people.known, people.used, people.home_ties
    chosen, known, used, ties = scratch.chosen, scratch.known, scratch.used, scratch.visit
    fill_up(chosen, n)
    for m in range(padded(n)):
        known[m] = knowledge[first + u64(chosen[m])]
    for m in range(padded(n)):
        used[m] = uses_made[first + u64(chosen[m])]
    for m in range(padded(n)):
        ties[m] = ties_home[first + u64(chosen[m])]


@phase
def remember(first, people, scratch, n, cell, flows):
    """Write back what the n listed places know, and count what they have heard of."""
    knowledge = people.known
    chosen, known, mark, few = scratch.chosen, scratch.known, scratch.mark, scratch.few
    for m in range(padded(n)):
        mark[m] = u8(known[m] != knowledge[first + u64(chosen[m])])
    for m in range(list_listed(n, scratch)):
        j, now = u64(chosen[u64(few[m])]), known[u64(few[m])]
        flows[u64(cell[j]), F_HEARD] += i64(bits_in(u32(now & ~knowledge[first + j])))
        knowledge[first + j] = now


@phase
def apply_for_courses(first, village, village_key, people, levers, month, p, scratch, n, course):
    """The instrument whose course each listed place applies for this month, plus one; 0: none.

    Among several, the one whose draw is closest to a sure application.
    """
    words, closest, chosen, few = scratch.words, scratch.gain, scratch.chosen, scratch.few
    known, mark, h = scratch.known, scratch.mark, p.human_capital
    most = h.apply_chance * max(h.repeat_factor, ONE)  # nobody applies on a larger draw
    for m in range(padded(n)):
        closest[m] = ONE
    for k in range(levers.key.shape[0]):
        if levers.offers_course[k] == u8(0) or (levers.reach[village] & bit_of(k)) == u32(0):
            continue
        draw_for_chosen(words, chosen, n, month.seed, village_key, moment_of(month.calendar, APPLY), levers.key[k])
        bit = bit_of(k)
        for m in range(padded(n)):
            mark[m] = u8((unit_of(words[m]) < most) & ((known[m] & bit) != u32(0)))
        unwilling = h.unwilling_share * (ONE - clip(levers.effect[k, C_UPTAKE], ZERO, ONE))
        for f in range(list_listed(n, scratch)):
            m = u64(few[f])
            i, place, u = first + u64(chosen[m]), u32(chosen[m]), unit_of(words[m])
            chance = h.apply_chance * (h.repeat_factor if (people.used[i] & bit) != u32(0) else ONE)
            ratio = u / max(chance, f32(1e-6))
            if u >= chance or ratio >= closest[m]:
                continue
            if not eligible(i, k, village, people, levers):
                continue
            moment = moment_of(people.generation[i], PERSON_TRAINING)
            willing, _, _, _ = draw_four(month.population_seed, village_key, place, moment, u32(0))
            if willing >= unwilling:
                closest[m] = ratio
                course[chosen[m]] = u8(k + 1)
