"""Markets: who is admitted where places are scarce, and what admission does."""

import numpy as np

from sim.arithmetic import ONE, ZERO, bit_of, clip, f32, i32, u32, u64
from sim.compilation import kernel, phase
from sim.draws import Purpose, draw_four, moment_of
from sim.kernels.actions import arrive_home
from sim.kernels.eligibility import count_use, eligible, for_sector, person_lever
from sim.kernels.lists import ask_for_trainee
from sim.kernels.people import BASIC, IN, POST, SEARCHING, SKILLED
from sim.outcomes import Flow
from sim.policy import PersonChannel
from sim.rules.human_capital import certificate_chance, training_gain
from sim.state import CREDIT_SHIFT, GRADE_MASK
from sim.world import INTENT_KIND, INTENT_PASSIVE, INTENT_POST, INTENT_SECTOR_SHIFT, INTENT_SKILLED

u8, u16, i64 = np.uint8, np.uint16, np.int64
TRAINING = u32(Purpose.TRAINING_OUTCOME)
F_HIRED, F_ACTIVE, F_PASSIVE = int(Flow.HIRED), int(Flow.RETURN_ACTIVE), int(Flow.RETURN_PASSIVE)
F_REJECTED, F_COURSE, F_CERTIFICATE = int(Flow.REJECTED), int(Flow.COURSE), int(Flow.CERTIFICATE)
F_LAID_HOME, F_APPLIED = int(Flow.LAID_OFF_HOME), int(Flow.APPLIED_JOB)
C_GAIN, C_FIT, C_CERTIFICATE = (
    i64(PersonChannel.COURSE_GAIN),
    i64(PersonChannel.COURSE_FIT),
    i64(PersonChannel.CERTIFICATE),
)
C_BANK = i64(PersonChannel.CREDIT_BANK)
# what `admit` keeps of a pool, in place of its first counts
FULL_AT, ROOM, END = 0, 1, 2


@kernel
def fill_pools(intent, county, counties, sectors, pool, seekers):
    """The pool of each applicant for a job or post, int32[n] (output), and how many each has, int64[pools], 0 (output).

    Pools of jobs by county, sector and tier come first, then those of posts by county and kind.
    """
    for n in range(pool.shape[0]):
        kind, sector = i32(intent[n] & u8(INTENT_KIND)), i32((intent[n] >> u8(INTENT_SECTOR_SHIFT)) & u8(7))
        job = (county[n] * sectors + sector) * 2 + i32(kind == i32(INTENT_SKILLED))
        pool[n] = i32(counties * sectors * 2 + county[n] * 2 + sector if kind == i32(INTENT_POST) else job)
        seekers[pool[n]] += 1


@kernel
def count_admitted(pool, granted, admitted):
    """Add the admitted (granted uint8[n]) of each pool int32[n] to int64[pools]; pools beyond are not counted."""
    for n in range(pool.shape[0]):
        if granted[n] != u8(0) and pool[n] < admitted.shape[0]:
            admitted[pool[n]] += 1


@kernel
def admit(pool, priority, key, place, capacity, counts, border, granted):
    """Admit to each pool those of smallest (priority, key, place), as many as its capacity.

    pool int32[n] (negative: takes no part); priority, key, place uint32[n]; capacity int64[pools]; counts
    int64[pools, 2^bits], 0, for a histogram of the priorities' leading bits, at least two of them; border int64[n]
    (scratch): those of the leading bits at which a pool is full; granted uint8[n] (output).
    """
    bits = 0
    while (i64(1) << bits) < counts.shape[1]:
        bits += 1
    shift = u32(32 - bits)
    for n in range(pool.shape[0]):
        if pool[n] >= 0:
            counts[pool[n], priority[n] >> shift] += 1
    length = i64(0)
    for q in range(capacity.shape[0]):  # of its counts a pool keeps three numbers: FULL_AT, ROOM, END
        left, full_at = max(capacity[q], 0), counts.shape[1]
        for b in range(counts.shape[1]):
            if counts[q, b] > left:
                full_at = b
                break
            left -= counts[q, b]
        waiting = counts[q, full_at] if full_at < counts.shape[1] else i64(0)
        counts[q, FULL_AT], counts[q, ROOM], counts[q, END] = full_at, left, length
        length += waiting
    for n in range(pool.shape[0]):
        q, at = pool[n], i64(priority[n] >> shift)
        granted[n] = u8(1) if q >= 0 and at < counts[q, FULL_AT] else u8(0)
        if q >= 0 and at == counts[q, FULL_AT]:
            border[counts[q, END]] = n
            counts[q, END] += 1
    begin = i64(0)
    for q in range(capacity.shape[0]):
        end, room = counts[q, END], counts[q, ROOM]
        if end > begin and room > 0:
            move_first(border[begin:end], room, priority, key, place)
            for n in border[begin : begin + room]:
                granted[n] = u8(1)
        begin = end


@phase
def move_first(some, number, priority, key, place):
    """Have the `number` that come first stand first among some applicants, int64[n]: a heap of the first, the last on
    top, takes in whoever comes before its top.
    """
    for top in range(number // 2 - 1, -1, -1):
        sink(some, top, number, priority, key, place)
    for n in range(number, some.shape[0]):
        if comes_before(some[n], some[0], priority, key, place):
            some[0], some[n] = some[n], some[0]
            sink(some, i64(0), number, priority, key, place)


@phase
def sink(heap, top, size, priority, key, place):
    """Let the applicant at `top` sink in a heap until nobody below comes after."""
    while 2 * top + 1 < size:
        below = 2 * top + 1
        if below + 1 < size and comes_before(heap[below], heap[below + 1], priority, key, place):
            below += 1
        if comes_before(heap[below], heap[top], priority, key, place):
            return
        heap[top], heap[below] = heap[below], heap[top]
        top = below


@phase
def comes_before(a, b, priority, key, place):
    """Whether applicant a has the smaller (priority, key, place)."""
    if priority[a] != priority[b]:
        return priority[a] < priority[b]
    return key[a] < key[b] if key[a] != key[b] else place[a] < place[b]


@kernel
def hire(who, village, intent, granted, cells, g, people, levers, month, p, flows):
    """The admitted take the job, moving home if away; the rejected remember."""
    for n in range(who.shape[0]):
        i, c = u64(who[n]), i64(g.county[village[n]])
        kind = intent[n] & u8(INTENT_KIND)
        flows[c, cells[n], F_APPLIED] += 1
        if granted[n] == u8(0):
            people.rejections[i] = u8(min(i32(people.rejections[i]) + i32(1), i32(255)))
            flows[c, cells[n], F_REJECTED] += 1
            continue
        if people.status[i] <= u8(IN):
            passive = (intent[n] & u8(INTENT_PASSIVE)) != u8(0)
            arrive_home(i, i64(village[n]), people, levers, month, p, passive)
            flows[c, cells[n], F_PASSIVE if passive else F_ACTIVE] += 1
        status = u8(BASIC) if kind == u8(1) else u8(SKILLED)
        people.status[i] = u8(POST) if kind == u8(INTENT_POST) else status
        people.sector[i] = (intent[n] >> u8(INTENT_SECTOR_SHIFT)) & u8(7)
        people.months_in_status[i] = u8(0)
        people.rejections[i] = u8(0)
        flows[c, cells[n], F_HIRED] += 1


@kernel
def release(who, village, granted, cells, g, people, flows):
    """Workers whose job no longer exists go searching."""
    for n in range(who.shape[0]):
        if granted[n] != u8(0):
            people.status[who[n]] = u8(SEARCHING)
            people.months_in_status[who[n]] = u8(0)
            flows[i64(g.county[village[n]]), cells[n], F_LAID_HOME] += 1


@kernel
def who_is_eligible(who, village, k, must_know, people, levers, fits):
    """fits[n] = 1 where the worker may use instrument k and, if must_know, knows it, uint8[n]."""
    bit = bit_of(k)
    for n in range(who.shape[0]):
        knows = (not must_know) or (people.known[who[n]] & bit) != u32(0)
        fits[n] = u8(1) if knows and eligible(u64(who[n]), k, i64(village[n]), people, levers) else u8(0)


@kernel
def keep_for_sectors(held, sector, levers):
    """Clear, in place, the bits of instruments that do not serve each applicant's sector; held uint32[n]."""
    for n in range(held.shape[0]):
        held[n] = for_sector(held[n], sector[n], levers)


@kernel
def train(who, village, place, instrument, cells, g, people, levers, month, p, flows, uses):
    """Courses of the admitted (rules H5, H6): skill, credits, perhaps a certificate."""
    h = p.human_capital
    for n in range(who.shape[0]):
        ask_for_trainee(who, n, people)
        i, v, k = u64(who[n]), i64(village[n]), i64(instrument[n])
        c = i64(g.county[v])
        u, w, _, _ = draw_four(month.seed, g.key[v], place[n], moment_of(month.calendar, TRAINING), levers.key[k])
        misfit = h.misfit_share * (ONE - clip(levers.effect[k, C_FIT], ZERO, ONE))
        fit = h.misfit_value if u < misfit else ONE
        skill = people.skill[i]
        gain = training_gain(levers.effect[k, C_GAIN], fit, skill, f32(people.schooling[i]), h.schooling_bonus)
        people.skill[i] = clip(skill + gain, ZERO, ONE)
        grade = i32(people.qualification[i]) & i32(GRADE_MASK)
        credits = i32(people.qualification[i]) >> i32(CREDIT_SHIFT)
        held = people.known[i]
        rewards = u32(held & ~levers.courses)
        added = person_lever(i, v, people, levers, C_CERTIFICATE, held)
        chance = certificate_chance(
            h.certificate_base, h.certificate_per_credit, h.certificate_per_skill, f32(credits), skill, added
        )
        for _ in range(grade):
            chance = chance * h.certificate_next_grade
        if w < chance and grade < i32(5):
            grade = grade + i32(1)
            flows[c, cells[n], F_CERTIFICATE] += 1
            count_use(i, v, c, people, levers, C_CERTIFICATE, rewards, uses)
        bank = i32(person_lever(i, v, people, levers, C_BANK, held))
        count_use(i, v, c, people, levers, C_BANK, rewards, uses)
        credits = min(credits + i32(1) + bank, i32(31))
        people.qualification[i] = u8((credits << i32(CREDIT_SHIFT)) | grade)
        people.used[i] = people.used[i] | bit_of(k)
        uses[k, c] += 1
        flows[c, cells[n], F_COURSE] += 1
