"""The task as one first writes it in numba: one loop, float64, if and else, the C library's exp and log."""

import math

import numba
import numpy as np

from tests.bench.peers import task as t

AWAY, SEARCHING, EMPLOYED, OWNER = t.AWAY, t.SEARCHING, t.EMPLOYED, t.OWNER
PAY, COST = np.array(t.PAY), np.array(t.COST)


@numba.njit(cache=True)
def month(start, seen, status, age, skill, ties, savings):
    """One month of everybody."""
    for v in range(len(start) - 1):
        for i in range(start[v], start[v + 1]):
            u = t.BASE + t.SKILL * skill[i] + t.TIES * ties[i] + t.PEERS * seen[v]
            u += t.AGE * (age[i] - t.MIDDLE_AGE) + t.SAVINGS * math.log(1 + savings[i])
            p = 1 / (1 + math.exp(-u))
            r = np.random.random()
            if status[i] == AWAY:
                if r < t.RETURN * p:
                    status[i] = SEARCHING
            elif status[i] == SEARCHING:
                if r < t.FOUND * p * skill[i]:
                    status[i] = OWNER
                elif r < t.FOUND * p * skill[i] + t.HIRED * p:
                    status[i] = EMPLOYED
                elif r >= t.LEAVE_FROM:
                    status[i] = AWAY
            elif r < t.LOSS * (1 - p):
                status[i] = SEARCHING
            s = status[i]
            age[i] += t.MONTH
            ties[i] *= t.TIES_KEPT
            if s != AWAY:
                ties[i] += t.TIES_GAIN
            if s >= EMPLOYED:
                skill[i] += t.LEARN * (1 - skill[i])
            savings[i] = max(savings[i] + PAY[s] * skill[i] - COST[s], 0.0)


@numba.njit(cache=True)
def _seed(value):
    np.random.seed(value)


class Peer:
    """State and `advance(months)`; the columns are float64."""

    def __init__(self, task: t.Task, seed: int = 1) -> None:
        self.task = task
        status, *columns = task.workers
        self.workers = t.Workers(status.copy(), *(column.astype(np.float64) for column in columns))
        _seed(seed)

    def advance(self, months: int) -> None:
        """Live some months."""
        for _ in range(months):
            seen = t.peers_of(t.at_home(self.workers.status, self.task.start), self.task)
            month(self.task.start, seen, *self.workers)
