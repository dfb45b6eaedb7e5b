"""What a worker hears of policies, and applies for to learn. Only for those in contact this month."""

import numpy as np

from sim.arithmetic import ONE, ZERO, clip, f32, i32, u32, u64
from sim.compilation import phase, step
from sim.draws import Purpose, draw_four, draw_unit, draw_word, fill_words, moment_of, unit_of
from sim.kernels.eligibility import eligible
from sim.kernels.people import VACANT
from sim.outcomes import Flow
from sim.policy import PersonChannel
from sim.rules.social_capital import hearing_chance, word_of_mouth

u8, i64 = np.uint8, np.int64
CONTACT = int(Purpose.CONTACT)
LEARN, APPLY = int(Purpose.LEARN), int(Purpose.APPLY_TRAINING)
PERSON_TRAINING = int(Purpose.PERSON_TRAINING)
F_HEARD = int(Flow.HEARD)
C_UPTAKE = int(PersonChannel.COURSE_UPTAKE)


@phase
def mark_contacts(first, count, village_key, people, month, p, words, chosen):
    """List the places whose worker hears of or acts on policies this month; returns how many."""
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, CONTACT))
    rate = p.social_capital.contact_rate
    n = i64(0)
    for j in range(count):
        chosen[n] = i32(j)  # written always and counted when meant: no branch to mispredict
        n += i64((unit_of(words[j]) < rate) & (people.status[first + j] < u8(VACANT)))
    return n


@phase
def draw_for_chosen(words, chosen, n, seed, village_key, moment, subkey):
    """One word for each listed place: a loop of its own, because so it vectorises."""
    for m in range(n):
        words[m] = draw_word(seed, village_key, u32(chosen[m]), moment, subkey)


@phase
def hear(
    k, first, village_key, people, levers, month, c, own_share, neighbour_share, official, words, chosen, n, cell, flows
):
    """Forget or learn of instrument k (rules S4, S5), for the listed places; own, near: shares who know it."""
    draw_for_chosen(words, chosen, n, month.seed, village_key, moment_of(month.calendar, LEARN), levers.key[k])
    bit = u32(1) << u32(k)
    for m in range(n):
        i = first + u64(chosen[m])
        known, u = people.known[i], unit_of(words[m])
        if (known & bit) != u32(0):
            if u < c.forgetting and (people.used[i] & bit) == u32(0):  # who has used it does not forget it
                people.known[i] = known & ~bit
        else:
            mouth = word_of_mouth(
                own_share, neighbour_share, c.own_village_weight, people.home_ties[i], c.word_strength
            )
            if u < hearing_chance(levers.official[k] + official, mouth):
                people.known[i] = known | bit
                flows[cell[chosen[m]], F_HEARD] += 1


@step
def apply_for_course(i, place, village, village_key, people, levers, month, p):
    """The instrument whose course the worker applies for this month, plus one; 0: none."""
    h = p.human_capital
    best, choice = ONE, 0
    willing, _, _, _ = draw_four(
        month.population_seed, village_key, place, moment_of(people.generation[i], PERSON_TRAINING), u32(0)
    )
    for k in range(levers.key.shape[0]):
        bit = u32(1) << u32(k)
        if levers.offers_course[k] == u8(0) or (people.known[i] & bit) == u32(0):
            continue
        if not eligible(i, k, village, people, levers):
            continue
        if willing < h.unwilling_share * (ONE - clip(levers.effect[k, C_UPTAKE], ZERO, ONE)):
            continue
        chance = h.apply_chance * (h.repeat_factor if (people.used[i] & bit) != u32(0) else ONE)
        u = draw_unit(month.seed, village_key, place, moment_of(month.calendar, APPLY), levers.key[k])
        ratio = u / max(chance, f32(1e-6))
        if u < chance and ratio < best:
            best, choice = ratio, k + 1
    return choice
