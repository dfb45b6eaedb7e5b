"""From marks on places to a list of them: how a dense phase hands over to a sparse one."""

import numpy as np

from sim.arithmetic import i32, u64
from sim.compilation import part, phase
from sim.processor import AT_ONCE, CAN_COMPRESS, ask_ahead, compress
from sim.state import PLACES_MULTIPLE, Status

u8, i64 = np.uint8, np.int64


AHEAD = 8  # workers of a list whose columns are on their way while one is looked at
BLOCK = PLACES_MULTIPLE  # places
VACANT = int(Status.VACANT)
LANES = 8  # numbers of 32 bits in a vector of 256 bits; 16, for vectors of 512, were no faster


@part
def padded(n):
    """The smallest multiple of LANES not below n; as the bound of a loop it spares LLVM a rest of single steps."""
    return (u64(n) + u64(LANES - 1)) // u64(LANES) * u64(LANES)


@part
def vector_sized(n):
    """The smallest multiple of 16 not below n: with it as the bound of a loop all is done by vectors of 512 bits."""
    return (u64(n) + u64(15)) // u64(16) * u64(16)


@phase
def places_in_use(v, g, people):
    """First place of village v, and how many of its places to look at: a multiple of 32 beyond which all are vacant.

    Entrants take the lowest vacant place, so what a village has for luck lies at its end, mostly unused.
    """
    first, count, statuses = u64(g.start[v]), u64(g.start[v + 1] - g.start[v]), people.status
    while count > u64(0):
        if is_any(statuses, first + count - u64(BLOCK), 0, VACANT - 1):
            break
        count -= u64(BLOCK)
    return first, count


@part
def is_any(codes, begin, low, high):
    """Whether any of a block of codes, uint8, from `begin` on is between low and high, these included."""
    found = u8(0)
    for j in range(u64(BLOCK)):
        found |= u8((codes[begin + j] >= u8(low)) & (codes[begin + j] <= u8(high)))
    return found != u8(0)


@phase
def fill_up(chosen, n):
    """Repeat the last of n listed places up to a multiple of LANES."""
    for m in range(u64(n), padded(n)):
        chosen[m] = chosen[u64(n) - u64(1)]


@phase
def list_marked(mark, mark_words, count, chosen):
    """Write the marked of the first `count` places (a multiple of AT_ONCE) to `chosen`, in order; returns how many.

    Marks are made by a loop of their own, which vectorises. Here processors with vectors of 512 bits list sixteen
    places by an instruction. With others eight places without a mark cost one look, and within eight a place is
    written always and counted when marked: no branch to mispredict.
    """
    n = i64(0)
    if CAN_COMPRESS:
        for w in range(u64(count) // u64(AT_ONCE)):
            n += compress(mark, w * u64(AT_ONCE), chosen, n)
        return n
    for w in range(u64(count) >> u64(3)):
        if mark_words[w] != u64(0):
            for b in range(8):
                j = (w << u64(3)) + u64(b)
                chosen[n] = i32(j)
                n += i64(mark[j])
    return n


@phase
def ask_for_traits(i, people):
    """Ask ahead for what decides whether worker i may use an instrument."""
    ask_ahead(people.known, i)
    ask_ahead(people.flags, i)
    ask_ahead(people.age, i)
    ask_ahead(people.skill, i)
    ask_ahead(people.status, i)


@phase
def ask_for_trainee(who, n, people):
    """Ask ahead for what a course looks at and changes, of a worker to come in the list who int64[n]."""
    if n + AHEAD < who.shape[0]:
        i = who[n + AHEAD]
        ask_for_traits(i, people)
        ask_ahead(people.schooling, i)
        ask_ahead(people.qualification, i)
        ask_ahead(people.used, i)


@phase
def ask_for_founder(who, n, people):
    """Ask ahead for what founding an enterprise takes, of a worker to come in the list who int64[n]."""
    if n + AHEAD < who.shape[0]:
        i = who[n + AHEAD]
        ask_for_traits(i, people)
        ask_ahead(people.savings, i)
        ask_ahead(people.debt, i)
        ask_ahead(people.home_ties, i)
        ask_ahead(people.qualification, i)
        ask_ahead(people.generation, i)
        ask_ahead(people.migrations, i)
