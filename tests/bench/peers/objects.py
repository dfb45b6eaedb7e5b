"""The task as one writes it in Mesa: an agent a worker, an agent a village, `step` methods, float64."""

import math
from itertools import pairwise

import mesa

from tests.bench.peers import task as t


class Worker(mesa.Agent):
    """A worker."""

    def __init__(
        self, model: "Migration", village: "Village", status: int, age: float, skill: float, ties: float, savings: float
    ) -> None:
        super().__init__(model)
        self.village, self.status = village, status
        self.age, self.skill, self.ties, self.savings = age, skill, ties, savings

    def step(self) -> None:
        """Live a month."""
        u = (
            t.BASE
            + t.SKILL * self.skill
            + t.TIES * self.ties
            + t.PEERS * self.village.peers
            + t.AGE * (self.age - t.MIDDLE_AGE)
            + t.SAVINGS * math.log1p(self.savings)
        )
        p = 1 / (1 + math.exp(-u))
        r = self.random.random()
        if self.status == t.AWAY:
            if r < t.RETURN * p:
                self.status = t.SEARCHING
        elif self.status == t.SEARCHING:
            if r < t.FOUND * p * self.skill:
                self.status = t.OWNER
            elif r < t.FOUND * p * self.skill + t.HIRED * p:
                self.status = t.EMPLOYED
            elif r >= t.LEAVE_FROM:
                self.status = t.AWAY
        elif r < t.LOSS * (1 - p):
            self.status = t.SEARCHING
        self.age += t.MONTH
        self.ties *= t.TIES_KEPT
        if self.status != t.AWAY:
            self.ties += t.TIES_GAIN
        if self.status >= t.EMPLOYED:
            self.skill += t.LEARN * (1 - self.skill)
        self.savings = max(self.savings + t.PAY[self.status] * self.skill - t.COST[self.status], 0.0)


class Village(mesa.Agent):
    """A village, which counts its workers and looks at its neighbours."""

    def __init__(self, model: "Migration") -> None:
        super().__init__(model)
        self.workers: list[Worker] = []
        self.neighbours: list[Village] = []
        self.share = self.peers = 0.0

    def count(self) -> None:
        """Share of the workers at home."""
        self.share = sum(worker.status != t.AWAY for worker in self.workers) / len(self.workers)

    def look(self) -> None:
        """What the workers see of others."""
        around = sum(village.share for village in self.neighbours) / len(self.neighbours)
        self.peers = t.OWN_SHARE * self.share + t.NEIGHBOURS_SHARE * around


class Migration(mesa.Model):
    """The model; `order` is the AgentSet method that calls the workers: "do", or "shuffle_do" for a random order."""

    def __init__(self, task: t.Task, order: str = "do", seed: int = 1) -> None:
        super().__init__(seed=seed)
        self.order = order
        villages = [Village(self) for _ in range(len(task.start) - 1)]
        columns = [column.tolist() for column in task.workers]
        for village, (first, end) in zip(villages, pairwise(task.start.tolist()), strict=True):
            village.workers = [Worker(self, village, *(column[i] for column in columns)) for i in range(first, end)]
        for village, (first, end) in zip(villages, pairwise(task.edges.tolist()), strict=True):
            village.neighbours = [villages[v] for v in task.neighbour[first:end].tolist()]

    def step(self) -> None:
        """One month."""
        villages, workers = self.agents_by_type[Village], self.agents_by_type[Worker]
        villages.do("count")
        villages.do("look")
        getattr(workers, self.order)("step")

    def advance(self, months: int) -> None:
        """Live some months."""
        for _ in range(months):
            self.step()
