"""The village graph as a map: where villages lie, how they are tied, and what only the package brings there.

Positions are the graph's own, in km. Villages that share one (a graph that was read need not say where they lie) are
spread around it on Vogel's spiral (Vogel 1979), so that each shows; nothing here is drawn by lot.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.laboratory.patterns import CLASSES
from experiments.laboratory.responses import Payloads, Question, respond
from experiments.laboratory.worlds import Replicate

if TYPE_CHECKING:
    import pandas as pd

    from sim.villages import Villages

MOST_VILLAGES = 2000  # more are thinned evenly, as a coarser scale would
SPREAD_KM = 1.5  # distance between neighbours on the spiral
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
VILLAGE_COLUMNS = ("village", "county", "x", "y", "size", "remoteness", "value")
TIE_COLUMNS = ("source", "target", "kind")


def tables(
    villages: "Villages",
    payloads: Payloads,
    packages: Sequence[str],
    horizons: Sequence[int],
    replicates: Sequence[Replicate],
    *,
    outcome: str = "return",
    horizon: int | None = None,
) -> "dict[str, pd.DataFrame]":
    """The tables villages and ties, for the population of the first replicate (whose villages these are).

    Arguments as in `experiments.laboratory.classes.tables`. size: real members of the cohort still in the
    workforce, mean over seeds; value: the share of them that only the whole package brings home.
    """
    import pandas as pd

    asked = Question(tuple(packages), outcome, list(horizons).index(horizons[-1] if horizon is None else horizon))
    mine = [one for one in replicates if one.population == replicates[0].population]
    seen = [one for one in (respond(payloads, replicate, asked) for replicate in mine) if one is not None]
    count = len(villages.id)
    size, brought = np.zeros(count), np.zeros(count)
    for one in seen:
        only = one.number[one.row] == CLASSES.index("only_by_package")
        size += np.bincount(one.village, one.weight, count) / len(seen)
        brought += np.bincount(one.village, one.weight * only, count) / len(seen)
    value = np.divide(brought, size, out=np.full(count, np.nan), where=size > 0)
    kept = np.arange(min(count, MOST_VILLAGES)) * count // min(count, MOST_VILLAGES)
    x, y = positions(villages)
    county = [villages.county_id[c] for c in villages.county]
    rows = [
        (villages.id[v], county[v], x[v], y[v], size[v], float(villages.remoteness[v]), value[v]) for v in kept.tolist()
    ]
    return {
        "villages": pd.DataFrame(rows, columns=list(VILLAGE_COLUMNS)),
        "ties": pd.DataFrame(ties(villages, kept), columns=list(TIE_COLUMNS)),
    }


def positions(villages: "Villages") -> tuple[np.ndarray, np.ndarray]:
    """Where each village is drawn, km, float64[V] each, to the metre."""
    spots, index = np.unique(np.stack([villages.x, villages.y], axis=1), axis=0, return_inverse=True)
    index = index.ravel()
    order = np.argsort(index, kind="stable")
    number = np.empty(len(index), np.int64)  # how many before it share the spot
    number[order] = np.arange(len(index)) - np.searchsorted(index[order], index[order])
    radius = SPREAD_KM * np.sqrt(number)
    angle = number * GOLDEN_ANGLE
    x = spots[index, 0] + radius * np.cos(angle)
    y = spots[index, 1] + radius * np.sin(angle)
    return np.round(x.astype(np.float64), 3), np.round(y.astype(np.float64), 3)


def ties(villages: "Villages", kept: np.ndarray) -> list[tuple[str, str, str]]:
    """Every tie between kept villages once, in the order of villages."""
    from sim.villages import KINDS

    shown = np.zeros(len(villages.id), bool)
    shown[kept] = True
    owner = np.repeat(np.arange(len(villages.id)), np.diff(villages.neighbour_start))
    wanted = (owner < villages.neighbour) & shown[owner] & shown[villages.neighbour]
    triples = zip(owner[wanted], villages.neighbour[wanted], villages.neighbour_kind[wanted], strict=True)
    return [(villages.id[i], villages.id[j], KINDS[kind]) for i, j, kind in triples]
