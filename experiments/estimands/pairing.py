"""What it saves that all worlds of a replicate share population, shocks and luck."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Pairing(NamedTuple):
    """The variance of an estimate, and what it would be if every world had seeds of its own."""

    replicates: int
    variance_paired: float
    variance_independent: float
    saved_ratio: float  # independent replications that give the interval of one paired one; NaN without variance

    @property
    def independent_replicates(self) -> float:
        """Independent replications, of as many runs each, that would give the same interval."""
        return self.replicates * self.saved_ratio


def pairing(values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]) -> Pairing:
    """Compare both designs from the same runs, float64[R, K] (rows with a NaN are left out).

    The paired variance is g' C g / R with the covariance C of the cells and the gradient g of the statistic at their
    means; without the covariances it is that of independent seeds. For an effect or an excess this is the plain
    var(a - b) against var(a) + var(b); for a ratio it is the delta method. Rows are taken for independent.
    """
    values = np.asarray(values, float)
    values = values[~np.isnan(values).any(axis=1)]
    count = len(values)
    if count < 2:
        return Pairing(count, np.nan, np.nan, np.nan)
    deviations = values - values.mean(axis=0)
    parts = deviations * gradient(statistic, values)
    paired = float(np.sum(parts.sum(axis=1) ** 2) / (count - 1) / count)
    independent = float(np.sum(parts**2) / (count - 1) / count)
    return Pairing(count, paired, independent, independent / paired if paired > 0 else np.nan)


def gradient(statistic: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
    """The derivative of a statistic by the mean of each cell, float64[K], by central differences.

    A step is a thousandth of the cell's standard error, or of its size where it does not vary.
    """
    mean = values.mean(axis=0)
    error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    step = 1e-3 * np.where(error > 0, error, np.maximum(np.abs(mean), 1.0))
    return (statistic(mean + np.diag(step)) - statistic(mean - np.diag(step))) / (2 * step)
