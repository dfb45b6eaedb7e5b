"""Who comes before the markets: workers listed with what the markets need to know, village by village.

A village is listed at the end of its month, while its columns are still in the caches.
"""

import numpy as np

from sim.arithmetic import i32, u32, u64
from sim.compilation import kernel, phase
from sim.draws import Purpose, fill_words, moment_of
from sim.kernels.actions import needy_class
from sim.kernels.cells import cell_of
from sim.kernels.information import draw_for_chosen
from sim.kernels.lists import fill_up, list_marked, places_in_use
from sim.world import INTENT_ENTERPRISE, INTENT_KIND, INTENT_POST

u8, i64 = np.uint8, np.int64
PRIORITY, APPLY_PRIORITY = u32(Purpose.PRIORITY), u32(Purpose.APPLY_PRIORITY)
DISPLACE = u32(Purpose.DISPLACE)
JOBS, ENTERPRISES, COURSES = 0, 1, 2  # which list


@phase
def list_applications(v, scene, salt, intent, course, cell, scratch, applications):
    """Add the village's applicants to the lists: for jobs and posts, to found, for courses.

    intent, course, cell uint8, of each place of the village; salt: of the draws of who comes first.
    """
    g, month, people, lengths = scene.geography, scene.month, scene.people, applications.lengths
    words, chosen = scratch.words, scratch.chosen
    key = g.key[v]
    first, count = places_in_use(v, g, people)
    mark_asking(intent, count, scratch.mark)
    n = list_with_words(count, month, key, PRIORITY, salt, scratch)
    for m in range(n):
        j = u64(chosen[m])
        kind = intent[j] & u8(INTENT_KIND)
        if kind == u8(INTENT_ENTERPRISE):
            write_down(lengths[ENTERPRISES], first, j, v, g, intent[j], cell[j], words[m], applications.enterprises)
            lengths[ENTERPRISES] += 1
        else:
            first_come = words[m]
            if kind == u8(INTENT_POST):  # the hard-to-employ come first
                first_come = (u32(needy_class(first + j, people)) << u32(30)) | (words[m] >> u32(2))
            write_down(lengths[JOBS], first, j, v, g, intent[j], cell[j], first_come, applications.jobs)
            lengths[JOBS] += 1
    mark_asking(course, count, scratch.mark)
    n = list_with_words(count, month, key, APPLY_PRIORITY, salt, scratch)
    for m in range(n):
        j = u64(chosen[m])
        write_down(lengths[COURSES] + m, first, j, v, g, course[j], cell[j], words[m], applications.courses)
    lengths[COURSES] += n


@phase
def mark_asking(column, count, mark):
    """Mark the places of a village whose byte is not 0."""
    for j in range(count):
        mark[j] = u8(column[j] != u8(0))


@phase
def list_with_words(count, month, village_key, purpose, salt, scratch):
    """List the marked places of a village in `chosen`, and draw a word for each, in `words`; returns how many."""
    chosen = scratch.chosen
    n = list_marked(scratch.mark, scratch.mark_words, count, chosen)
    fill_up(chosen, n)
    moment = moment_of(month.calendar, purpose)
    draw_for_chosen(scratch.words, chosen, n, month.seed, village_key, moment, u32(salt))
    return n


@phase
def write_down(n, first, j, v, g, intent, cell, priority, applicants):
    """Fill row n: place j of village v."""
    applicants.who[n] = i64(first + j)
    applicants.intent[n] = intent
    applicants.village[n] = i32(v)
    applicants.county[n] = g.county[v]
    applicants.key[n] = g.key[v]
    applicants.place[n] = u32(j)
    applicants.priority[n] = priority
    applicants.cell[n] = cell


@kernel
def list_holders(low, high, limits, largest, lowest, highest, scene, salt, scratch, holders):
    """List those of the villages low..high-1 who hold a job or post, and may be among the first to lose it.

    limits uint32[C, 64]: by 8 x status + sector, the draw up to which somebody is listed; largest uint32[C], of them;
    lowest, highest: the statuses that are; holders: Applicants (output), whose intent is the status and whose priority
    is the draw. Returns how many.
    """
    g, month, people = scene.geography, scene.month, scene.people
    words, chosen, mark = scratch.words, scratch.chosen, scratch.mark
    statuses, sectors, flags, ages, grades = (
        people.status, people.sector, people.flags, people.age, people.qualification,
    )  # fmt: skip
    total = i64(0)
    for v in range(low, high):
        limit, most = limits[g.county[v]], largest[g.county[v]]
        if most == u32(0):
            continue
        first, count = places_in_use(v, g, people)
        fill_words(words, count, month.seed, g.key[v], moment_of(month.calendar, DISPLACE), u32(salt))
        for j in range(count):
            is_asked = (statuses[first + j] >= u8(lowest)) & (statuses[first + j] <= u8(highest))
            mark[j] = u8(is_asked & (words[j] <= most))
        n = list_marked(mark, scratch.mark_words, count, chosen)
        for m in range(n):
            j = u64(chosen[m])
            i = first + j
            if words[j] <= limit[u64(statuses[i]) * u64(8) + u64(sectors[i])]:
                cell = u8(cell_of(i32(flags[i]), i32(ages[i]), i32(grades[i])))
                write_down(total, first, j, v, g, statuses[i], cell, words[j], holders)
                total += 1
    return total
