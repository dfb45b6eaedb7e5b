"""The reduced task: a month of return migration cut down to what every implementation can say.

N workers live in villages of about 500, contiguous in memory; villages see one another on a Watts-Strogatz graph.
A month, for each worker, with everything read as it was at the end of the month before:

    peers  = 0.7 s + 0.3 n       s: share of the own village at home; n: mean share of the neighbouring villages
    u      = BASE + SKILL skill + TIES ties + PEERS peers + AGE (age - 40) + SAVINGS ln(1 + savings)
    p      = 1 / (1 + e^-u)
    one uniform number r decides the next status:
        away       -> searching   if r < RETURN p
        at work    -> searching   if r < LOSS (1 - p)           (employed or owner)
        searching  -> owner       if r < FOUND p skill, else
                   -> employed    if r < FOUND p skill + HIRED p, else
                   -> away        if r >= LEAVE_FROM
    age += 1/12;  ties <- TIES_KEPT ties, + TIES_GAIN at home;  skill += LEARN (1 - skill) at work
    savings <- max(savings + PAY[status] skill - COST[status], 0), with the next status
"""

from typing import NamedTuple

import numpy as np

AWAY, SEARCHING, EMPLOYED, OWNER = range(4)
BASE, SKILL, TIES, PEERS, AGE, SAVINGS = -2.2, 0.9, 1.1, 1.8, 0.02, 0.25
OWN_SHARE, NEIGHBOURS_SHARE, MIDDLE_AGE, MONTH = 0.7, 0.3, 40.0, 1 / 12
RETURN, LOSS, FOUND, HIRED, LEAVE_FROM = 0.02, 0.012, 0.06, 0.25, 0.94
TIES_KEPT, TIES_GAIN, LEARN = 0.985, 0.012, 0.002
PAY = (5.0, 0.0, 3.5, 5.5)  # thousand yuan a month and unit of skill, by status
COST = (1.2, 0.8, 1.0, 1.4)
VILLAGE, SPREAD = 500, 50
DEGREE, REWIRED = 6, 0.1


class Workers(NamedTuple):
    """Columns of the workers, each [N]."""

    status: np.ndarray  # uint8
    age: np.ndarray  # float32, years
    skill: np.ndarray  # float32, 0..1
    ties: np.ndarray  # float32, 0..1
    savings: np.ndarray  # float32, thousand yuan


class Task(NamedTuple):
    """Where the workers live and how they begin."""

    workers: Workers
    start: np.ndarray  # int64[V + 1]: workers start[v]..start[v + 1] - 1 live in village v
    edges: np.ndarray  # int64[V + 1]: neighbours edges[v]..edges[v + 1] - 1 are those of village v
    neighbour: np.ndarray  # int64[E]


def make(count: int, seed: int = 1) -> Task:
    """The task for about `count` workers (whole villages)."""
    import networkx

    random = np.random.default_rng(seed)
    villages = max(count // VILLAGE, DEGREE + 2)
    size = random.integers(VILLAGE - SPREAD, VILLAGE + SPREAD + 1, villages)
    start = np.concatenate([[0], np.cumsum(size)])
    graph = networkx.watts_strogatz_graph(villages, DEGREE, REWIRED, seed=seed)
    around = [sorted(graph[v]) for v in range(villages)]
    edges = np.concatenate([[0], np.cumsum([len(one) for one in around])])
    neighbour = np.concatenate(around)
    n = int(start[-1])
    begins = np.searchsorted([0.7, 0.75, 0.95], random.random(n), "right").astype(np.uint8)
    columns = (
        random.uniform(18, 58, n), random.uniform(0.05, 0.95, n), random.uniform(0, 0.6, n),
        random.exponential(20.0, n),
    )  # fmt: skip
    return Task(Workers(begins, *(one.astype(np.float32) for one in columns)), start, edges, neighbour)


def at_home(status: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Share of each village's workers at home, float64[V]."""
    return np.add.reduceat((status != AWAY).astype(np.int64), start[:-1]) / np.diff(start)


def peers_of(share: np.ndarray, task: Task) -> np.ndarray:
    """What a village's workers see of others, float64[V]."""
    around = np.add.reduceat(share[task.neighbour], task.edges[:-1]) / np.diff(task.edges)
    return OWN_SHARE * share + NEIGHBOURS_SHARE * around


def shares(status: np.ndarray) -> list[float]:
    """Share of the workers in each status."""
    return (np.bincount(status, minlength=4) / len(status)).tolist()
