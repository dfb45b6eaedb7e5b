"""Sobol indices: whose uncertainty the answer's variance comes from. Sources: Sobol 1993, Saltelli 2010, Owen 1998.

First order: the share of the variance that goes when the parameter is known. Total: the share that stays when all
others are known, so with its interactions. Intervals are bootstrapped over the base sample.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from experiments.laboratory.factorial import Row
from experiments.laboratory.ranges import Range
from experiments.sensitivity.responses import Responses
from experiments.sensitivity.screening import problem

SEED = 1
RESAMPLES = 1000
MOST = 0.5  # of the base sample must have a number at all its points


def shares(parameters: int, samples: int, pairs: bool) -> np.ndarray:
    """The points as shares of the ranges, float64[samples x block, parameters], a block `block_size` points."""
    from SALib.sample import sobol

    return np.asarray(sobol.sample(problem(parameters), samples, calc_second_order=pairs, seed=SEED))


def block_size(parameters: int, pairs: bool) -> int:
    """Points for each of the base sample."""
    return 2 * parameters + 2 if pairs else parameters + 2


def rows(
    responses: Responses, ranges: Sequence[Range], pairs: bool, resamples: int = RESAMPLES
) -> tuple[list[Row], list[Row]]:
    """First-order and total indices; and those of pairs, if they were asked for."""
    single: list[Row] = []
    joint: list[Row] = []
    for key, answer in responses.each():
        found, kept, note = _indices(answer, len(ranges), pairs, resamples)
        tail: Row = {"samples": kept, "note": note}
        single += [{**key, **row, **tail} for row in _single(found, ranges)]
        joint += [{**key, **row, **tail} for row in _joint(found, ranges)] if pairs else []
    return single, joint


def _single(found: dict[str, np.ndarray], ranges: Sequence[Range]) -> Iterator[Row]:
    for p, one in enumerate(ranges):
        for order, name in (("first", "S1"), ("total", "ST")):
            value, reach = found[name][p], found[f"{name}_conf"][p]
            yield {"parameter": one.key, "order": order, "index": value, "low": value - reach, "high": value + reach}


def _joint(found: dict[str, np.ndarray], ranges: Sequence[Range]) -> Iterator[Row]:
    for p, one in enumerate(ranges):
        for q in range(p + 1, len(ranges)):
            value, reach = found["S2"][p, q], found["S2_conf"][p, q]
            bounds = {"index": value, "low": value - reach, "high": value + reach}
            yield {"parameter": one.key, "other": ranges[q].key, **bounds}


def _indices(
    answer: np.ndarray, parameters: int, pairs: bool, resamples: int
) -> tuple[dict[str, np.ndarray], int, str]:
    """SALib's indices; the size of the base sample they are from; why there are none."""
    from SALib.analyze import sobol

    blocks = answer.reshape(-1, block_size(parameters, pairs))
    known = np.isfinite(blocks).all(axis=1)
    kept = blocks[known]
    missing = {name: np.full(parameters, np.nan) for name in ("S1", "S1_conf", "ST", "ST_conf")}
    missing |= {name: np.full((parameters, parameters), np.nan) for name in ("S2", "S2_conf")}
    if known.mean() < MOST or len(kept) < 2:
        return missing, len(kept), f"a number at all points of {len(kept)} of {len(known)} samples only"
    if np.ptp(kept) == 0:
        return missing, len(kept), "nothing varies"
    found = sobol.analyze(
        problem(parameters), kept.ravel(), calc_second_order=pairs, num_resamples=resamples, seed=SEED
    )
    return dict(found), len(kept), "" if known.all() else f"from {len(kept)} of {len(known)} samples"
