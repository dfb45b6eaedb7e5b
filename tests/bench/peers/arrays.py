"""The task in numpy, float32, whole arrays at a time."""

import numpy as np

from tests.bench.peers import task as t

f32 = np.float32


class Peer:
    """State and `advance(months)`."""

    def __init__(self, task: t.Task, seed: int = 1) -> None:
        self.task, self.random = task, np.random.default_rng(seed)
        self.workers = t.Workers(*(column.copy() for column in task.workers))
        self.village = np.repeat(np.arange(len(task.start) - 1), np.diff(task.start))
        self.pay, self.cost = np.array(t.PAY, f32), np.array(t.COST, f32)

    def advance(self, months: int) -> None:
        """Live some months."""
        for _ in range(months):
            self.month()

    def month(self) -> None:
        """One month of everybody."""
        status, age, skill, ties, savings = self.workers
        seen = t.peers_of(t.at_home(status, self.task.start), self.task)
        base = (t.BASE - t.AGE * t.MIDDLE_AGE + t.PEERS * seen).astype(f32)
        u = base[self.village]
        u += f32(t.SKILL) * skill
        u += f32(t.TIES) * ties
        u += f32(t.AGE) * age
        u += f32(t.SAVINGS) * np.log1p(savings)
        p = 1 / (1 + np.exp(-u))
        r = self.random.random(len(p), f32)
        away, searching = status == t.AWAY, status == t.SEARCHING
        found = f32(t.FOUND) * p * skill
        turned = r < np.where(away, f32(t.RETURN) * p, f32(t.LOSS) * (1 - p))
        settled = np.where(r < found, t.OWNER, np.where(r < found + f32(t.HIRED) * p, t.EMPLOYED, t.SEARCHING))
        settled = np.where(r >= f32(t.LEAVE_FROM), np.where(settled == t.SEARCHING, t.AWAY, settled), settled)
        status[:] = np.where(searching, settled, np.where(turned, t.SEARCHING, status))
        age += f32(t.MONTH)
        ties *= f32(t.TIES_KEPT)
        ties += f32(t.TIES_GAIN) * (status != t.AWAY)
        skill += f32(t.LEARN) * (1 - skill) * (status >= t.EMPLOYED)
        savings += self.pay[status] * skill - self.cost[status]
        np.maximum(savings, 0, out=savings)
