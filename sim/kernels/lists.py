"""From marks on places to a list of them: how a dense phase hands over to a sparse one."""

import numpy as np

from sim.arithmetic import i32, u64
from sim.compilation import kernel, part, phase

u8, i64 = np.uint8, np.int64


LANES = 8  # numbers of 32 bits in a vector of 256 bits; 16, for vectors of 512, were no faster


@part
def padded(n):
    """The smallest multiple of LANES not below n; as the bound of a loop it spares LLVM a rest of single steps."""
    return (u64(n) + u64(LANES - 1)) // u64(LANES) * u64(LANES)


@phase
def fill_up(chosen, n):
    """Repeat the last of n listed places up to a multiple of LANES."""
    for m in range(u64(n), padded(n)):
        chosen[m] = chosen[u64(n) - u64(1)]


@phase
def list_marked(mark, mark_words, count, chosen):
    """Write the marked of the first `count` places (a multiple of 8) to `chosen`, in order; returns how many.

    Marks are made by a loop of their own, which vectorises. Here eight places without a mark cost one look, and
    within eight a place is written always and counted when marked: no branch to mispredict.
    """
    n = i64(0)
    for w in range(u64(count) >> u64(3)):
        if mark_words[w] != u64(0):
            for b in range(8):
                j = (w << u64(3)) + u64(b)
                chosen[n] = i32(j)
                n += i64(mark[j])
    return n


@kernel
def list_places(first, end, kinds, column, words, places):
    """Write the places of first..end-1 (multiples of 8) whose byte is not 0 and whose low 3 bits are among `kinds`.

    kinds: bits; column uint8[N]; words: the same memory as uint64; places int64[>= end - first] (output). Returns how
    many.
    """
    n = i64(0)
    for w in range(u64(first) >> u64(3), u64(end) >> u64(3)):
        if words[w] != u64(0):
            for b in range(8):
                i = (w << u64(3)) + u64(b)
                byte = i32(column[i])
                places[n] = i64(i)
                n += i64((byte != i32(0)) & (((i32(kinds) >> (byte & i32(7))) & i32(1)) != i32(0)))
    return n


@kernel
def list_holders(low, high, statuses, counties, g, people, places):
    """Write the places of the villages low..high-1 in the given counties (bool[C]) that hold one of the statuses.

    statuses: bits by status; places int64[N of the range] (output). Returns how many.
    """
    n = i64(0)
    for v in range(low, high):
        if counties[g.county[v]]:
            for i in range(u64(g.start[v]), u64(g.start[v + 1])):
                places[n] = i64(i)
                n += i64((statuses >> i32(people.status[i])) & 1)
    return n
