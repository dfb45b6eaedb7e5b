"""Where the uncertainty of a result comes from: parameters, luck and the model itself, reported apart.

With y[k, s] of draw k (weight w) and seed s:

    seeds       sum of w x variance over the seeds of a draw: what one future may differ from another
    parameters  weighted variance of the draws' means, less what the seeds leave in them (one-way random effects;
                Searle, Casella and McCulloch 1992), 0 at least
    structure   the model's own discrepancy where a target tells it; NaN: not known, which is not nothing
"""

from typing import NamedTuple

import numpy as np

from experiments.calibration.posterior import quantiles

EXPECTED = (0.025, 0.975)  # levels of an interval of the draws' expected values
NODES = 41  # quantiles of the normal discrepancy that a value is spread over


class Parts(NamedTuple):
    """A quantity over an ensemble: mean, standard deviations by source."""

    mean: float
    parameters: float
    seeds: float
    structure: float


def decompose(values: np.ndarray, weight: np.ndarray, structure: float = np.nan) -> Parts:
    """The parts of values float64[D, S] with weights float64[D]; `seeds` is NaN with one seed."""
    means, seeds = values.mean(axis=1), values.shape[1]
    mean = float(np.average(means, weights=weight))
    within = float(np.average(values.var(axis=1, ddof=1), weights=weight)) if seeds > 1 else np.nan
    free = 1.0 - float((weight**2).sum() / weight.sum() ** 2)
    between = float(np.average((means - mean) ** 2, weights=weight)) / free if free > 0 else np.nan
    left = between - (within / seeds if seeds > 1 else 0.0)
    return Parts(mean, float(np.sqrt(max(left, 0.0))) if free > 0 else np.nan, float(np.sqrt(within)), structure)


def predictive(
    values: np.ndarray, weight: np.ndarray, levels: tuple[float, ...], structure: float = 0.0
) -> tuple[float, ...]:
    """Quantiles of one future: every draw and seed, float64[D, S], spread by a normal discrepancy."""
    from scipy.special import ndtri

    each = np.repeat(weight / values.shape[1], values.shape[1])
    if not structure > 0:
        return quantiles(values.ravel(), levels, each)
    nodes = structure * ndtri((np.arange(NODES) + 0.5) / NODES)
    spread = (values.ravel()[:, None] + nodes).ravel()
    return quantiles(spread, levels, np.repeat(each / NODES, NODES))
