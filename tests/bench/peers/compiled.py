"""The task as this project compiles its rules: several short loops a village, float32, Philox, villages on threads.

The same driver runs the kernel below and the C++ of `by_hand`, which does the same operations in the same order.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from sim.alignment import aligned, aligned_copy
from sim.arithmetic import ONE, ZERO, add32, f32, i32, logarithm, logistic, u32, u64
from sim.compilation import kernel, phase
from sim.draws import philox, unit_of
from tests.bench.peers import task as t

u8, i64 = np.uint8, np.int64
PAD = 32  # places of a village come in this multiple; what is left over stays vacant
AWAY, SEARCHING, EMPLOYED, OWNER = f32(t.AWAY), f32(t.SEARCHING), f32(t.EMPLOYED), f32(t.OWNER)
BASE, SKILL, TIES, PEERS = f32(t.BASE - t.AGE * t.MIDDLE_AGE), f32(t.SKILL), f32(t.TIES), f32(t.PEERS)
AGE, SAVINGS, MONTH = f32(t.AGE), f32(t.SAVINGS), f32(t.MONTH)
OWN_SHARE, NEIGHBOURS_SHARE = f32(t.OWN_SHARE), f32(t.NEIGHBOURS_SHARE)
RETURN, LOSS, FOUND, HIRED, LEAVE_FROM = f32(t.RETURN), f32(t.LOSS), f32(t.FOUND), f32(t.HIRED), f32(t.LEAVE_FROM)
TIES_KEPT, TIES_GAIN, LEARN = f32(t.TIES_KEPT), f32(t.TIES_GAIN), f32(t.LEARN)
PAY_AWAY, PAY_SEARCHING, PAY_EMPLOYED, PAY_OWNER = (f32(one) for one in t.PAY)
COST_AWAY, COST_SEARCHING, COST_EMPLOYED, COST_OWNER = (f32(one) for one in t.COST)


@phase
def fill_words(words, count, seed, village, month):
    """A random word for each place; a call of the generator serves one place of each quarter."""
    quarter = count >> u64(2)
    for j in range(quarter):
        a, b, c, d = philox(u32(village), u32(j), u32(month), u32(0), u32(seed), u32(seed >> u64(32)))
        words[j] = a
        words[j + quarter] = b
        words[j + quarter + quarter] = c
        words[j + quarter + quarter + quarter] = d


@phase
def fill_utility(first, count, base, age, skill, ties, savings, chance):
    """The utility of home; everybody ages."""
    for j in range(count):
        i = first + j
        u = base + SKILL * skill[i] + TIES * ties[i] + AGE * age[i] + SAVINGS * logarithm(ONE + savings[i])
        chance[j] = u
        age[i] = age[i] + MONTH


@phase
def fill_chance(count, chance):
    """From utility to probability."""
    for j in range(count):
        chance[j] = logistic(chance[j])


@phase
def move_and_earn(first, count, size, words, chance, status, skill, ties, savings):
    """The next status and what follows from it; returns how many are at home."""
    for j in range(size, count):
        words[j] = u32(0xFFFFFFFF)  # nobody lives there: always away
    home = i32(0)
    for j in range(count):
        i = first + j
        s, p, r, k = f32(i32(status[i])), chance[j], unit_of(words[j]), skill[i]
        found = FOUND * p * k
        turned = r < (RETURN * p if s == AWAY else LOSS * (ONE - p))
        settled = AWAY if r >= LEAVE_FROM else SEARCHING
        settled = EMPLOYED if r < found + HIRED * p else settled
        settled = OWNER if r < found else settled
        moved = SEARCHING if turned else s
        s = settled if s == SEARCHING else moved
        pay = PAY_EMPLOYED if s == EMPLOYED else PAY_SEARCHING
        pay = PAY_OWNER if s == OWNER else pay
        pay = PAY_AWAY if s == AWAY else pay
        cost = COST_EMPLOYED if s == EMPLOYED else COST_SEARCHING
        cost = COST_OWNER if s == OWNER else cost
        cost = COST_AWAY if s == AWAY else cost
        k = k + (LEARN if s > SEARCHING else ZERO) * (ONE - k)
        skill[i] = k
        ties[i] = TIES_KEPT * ties[i] + (TIES_GAIN if s > AWAY else ZERO)
        savings[i] = max(savings[i] + pay * k - cost, ZERO)
        status[i] = u8(i32(s))
        home = add32(home, i32(s > AWAY))
    return home


@kernel
def advance(
    low, high, month, seed, first, padded, size, edges, neighbour, before, after, status, age, skill, ties, savings,
    words, chance,
):  # fmt: skip
    """One month of the villages low..high-1: shares at home `before` -> `after`, float32[V]."""
    for v in range(low, high):
        around = ZERO
        for e in range(edges[v], edges[v + 1]):
            around += before[neighbour[e]]
        around = around / f32(edges[v + 1] - edges[v])
        base = BASE + PEERS * (OWN_SHARE * before[v] + NEIGHBOURS_SHARE * around)
        at, count, people = u64(first[v]), u64(padded[v]), u64(size[v])
        fill_words(words, count, seed, u32(v), month)
        fill_utility(at, count, base, age, skill, ties, savings, chance)
        fill_chance(count, chance)
        after[v] = f32(move_and_earn(at, count, people, words, chance, status, skill, ties, savings)) / f32(people)


class Peer:
    """State and `advance(months)`, village by village, on some threads.

    kernel: called with the arguments of `advance` above for a range of villages; it must release Python's lock.
    """

    def __init__(self, task: t.Task, seed: int = 1, threads: int = 1, kernel: Callable[..., Any] = advance) -> None:
        self.size = np.diff(task.start)
        self.padded = (self.size + PAD - 1) // PAD * PAD
        self.first = np.concatenate([[0], np.cumsum(self.padded[:-1])])
        self.where = np.repeat(self.first - task.start[:-1], self.size) + np.arange(task.start[-1])
        places = int(self.padded.sum())
        self.columns = [aligned_copy(np.zeros(places, column.dtype)) for column in task.workers]
        for column, given in zip(self.columns, task.workers, strict=True):
            column[self.where] = given
        self.before = t.at_home(task.workers.status, task.start).astype(f32)
        self.after = np.empty_like(self.before)
        self.edges, self.neighbour = task.edges, task.neighbour
        self.seed, self.month, self.kernel = u64(seed), 0, kernel
        cuts = np.searchsorted(self.first, np.linspace(0, places, threads + 1)[1:-1])
        self.ranges = list(pairwise([0, *cuts.tolist(), len(self.size)]))
        most = int(self.padded.max())
        self.scratch = [(aligned(most, np.uint32), aligned(most, f32)) for _ in self.ranges]
        self.pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    @property
    def workers(self) -> t.Workers:
        """The columns of the workers, without vacant places."""
        return t.Workers(*(column[self.where] for column in self.columns))

    def advance(self, months: int) -> None:
        """Live some months."""
        for _ in range(months):
            self._each()
            self.before, self.after = self.after, self.before
            self.month += 1

    def _each(self) -> None:
        """One month: every range of villages, each on its thread."""
        calls = [
            (low, high, u32(self.month), self.seed, self.first, self.padded, self.size, self.edges, self.neighbour,
             self.before, self.after, *self.columns, *scratch)
            for (low, high), scratch in zip(self.ranges, self.scratch, strict=True)
        ]  # fmt: skip
        others = [self.pool.submit(self.kernel, *call) for call in calls[1:]] if self.pool else []
        self.kernel(*calls[0])
        for one in others:
            one.result()
