"""Intervals of any statistic of mean outcomes, from resampled replicates.

A whole replicate (all its worlds) is drawn or not: differences between worlds stay paired, and workers, who share
markets, are never taken for independent. The independent unit is the population where several are given, with all
replicates that share it; else the replicate. Drawing the replicates of a drawn population once more would count
their luck twice (Davison and Hinkley 1997, section 3.8).
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from experiments.estimands.estimate import Estimate
from experiments.estimands.ratios import CONFIDENCE, student
from sim.draws import stream_seed, uniforms

Statistic = Callable[[np.ndarray], np.ndarray]

RESAMPLES = 2000
FROM_UNITS = 64  # independent units from which on the bootstrap is used; assumption


def interval(
    values: np.ndarray,
    statistic: Statistic,
    groups: np.ndarray | None = None,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Estimate:
    """A statistic of the mean over replicates, with its interval.

    values     float64[R, ...]: rows are replicates; one with a NaN is left out
    statistic  maps means float64[..., *cells] to float64[...], or to float64[..., M] for M numbers at once, NaN
               where undefined
    groups     int64[R], the population of each replicate

    Floats, or arrays float64[M]. From 64 independent units on the interval is BCa (Efron 1987), its levels widened
    for the narrowness of resampled small samples (Hesterberg 2015). Below, bootstrap intervals are too short or,
    studentised, erratic; there it is Student's with the jackknife's standard error and skewness (Hall 1992). What
    each covers: tests/studies/test_coverage.py. The bounds are NaN where they are not known: one unit, or a
    statistic that is undefined in more than the resamples that the interval may leave out on one side.
    """
    values = np.asarray(values, float)
    known = ~np.isnan(values).any(axis=tuple(range(1, values.ndim)))
    sample = Sample(values[known], None if groups is None else np.asarray(groups)[known])
    value = np.asarray(statistic(sample.mean))
    if sample.count < 2:
        missing = np.full(value.shape, np.nan)
        low, high = missing, missing
    elif sample.count < FROM_UNITS:
        low, high = _skewness_interval(sample, statistic, value, confidence)
    else:
        low, high = _bca_interval(sample, statistic, value, confidence, resamples)
    if value.ndim == 0:
        return Estimate(float(value), float(low), float(high))
    return Estimate(value, low, high)


class Sample:
    """The independent units of a sample, and means over some of them.

    Means are built from deviations from the first replicate, so that equal replicates have their value as mean to
    the last bit, however often each is drawn.
    """

    def __init__(self, values: np.ndarray, groups: np.ndarray | None) -> None:
        rows, self.shape = len(values), values.shape[1:]
        unit = np.arange(rows)
        if groups is not None and len(np.unique(groups)) > 1:
            unit = np.unique(groups, return_inverse=True)[1]
        self.count = int(unit.max(initial=-1)) + 1
        self.sizes = np.bincount(unit, minlength=self.count).astype(float)
        self.origin = values[0].ravel() if rows else np.full(int(np.prod(self.shape)), np.nan)
        self.sums = np.zeros((self.count, self.origin.size))
        np.add.at(self.sums, unit, values.reshape(rows, self.origin.size) - self.origin)
        self.mean = self.means(np.ones((1, self.count)))[0]

    def means(self, weights: np.ndarray) -> np.ndarray:
        """The means when unit u is there weights[..., u] times: float64[..., *cells]."""
        totals = np.maximum(weights @ self.sizes, 1.0)[..., None]
        means = self.origin + weights @ self.sums / totals
        return means.reshape(*weights.shape[:-1], *self.shape)

    def influence(self, statistic: Statistic) -> np.ndarray:
        """How far each unit moves a statistic, by the jackknife: the mean without one unit less that without this."""
        without = statistic(self.means(1.0 - np.eye(self.count)))
        without = without - without[:1]
        return without.mean(axis=0) - without


def _skewness_interval(
    sample: Sample, statistic: Statistic, value: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Student's interval after Hall's cubic transformation has removed the skewness (Hall 1992, JRSS B 54).

    W(T) = T + g T^2 / 3 + g^2 T^3 / 27 + g / 6 is near Student's t, with T the deviation in standard errors and
    g = skewness / sqrt(n) of the units' jackknife influences.
    """
    count, influence = sample.count, sample.influence(statistic)
    square = np.sum(influence**2, axis=0)
    error = np.sqrt((count - 1) / count * square)
    skew = _ratio(np.sum(influence**3, axis=0), square**1.5)
    edges = (_inverse_cubic(skew, side * student(count, confidence)) for side in (1, -1))
    return tuple(value - np.where(error > 0, edge * error, error) for edge in edges)  # type: ignore[return-value]


def _inverse_cubic(skew: np.ndarray, deviate: float) -> np.ndarray:
    """The T with W(T) = deviate; T = deviate where there is no skewness."""
    bent = np.where(np.abs(skew) < 1e-6, 1.0, skew)
    return np.where(bent == skew, 3 / bent * (np.cbrt(1 + bent * (deviate - bent / 6)) - 1), deviate)


def _bca_interval(
    sample: Sample, statistic: Statistic, value: np.ndarray, confidence: float, resamples: int
) -> tuple[np.ndarray, np.ndarray]:
    """Bias-corrected and accelerated bootstrap interval (Efron 1987)."""
    count, influence = sample.count, sample.influence(statistic)
    found = statistic(sample.means(weights(count, resamples)))
    drawn = np.sort(np.where(np.isfinite(found), found, np.nan), axis=0)
    defined = np.sum(~np.isnan(drawn), axis=0)
    below = (np.sum(drawn < value, axis=0) + np.sum(drawn <= value, axis=0)) / 2
    bias = ndtri(np.clip(_ratio(below, defined), 1 / resamples, 1 - 1 / resamples))
    skew = _ratio(np.sum(influence**3, axis=0), 6 * np.sum(influence**2, axis=0) ** 1.5)
    edge = np.sqrt(count / (count - 1)) * student(count, confidence)
    bounds = [_quantile(drawn, defined, _bca_level(bias, skew, side * edge)) for side in (-1, 1)]
    unknown = np.isnan(value) | (defined < resamples * (0.5 + confidence / 2))
    return np.where(unknown, np.nan, bounds[0]), np.where(unknown, np.nan, bounds[1])


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """top / bottom, 0 where bottom is 0."""
    return np.divide(top, bottom, out=np.zeros_like(np.asarray(top, float)), where=np.asarray(bottom) != 0)


def _bca_level(bias: np.ndarray, skew: np.ndarray, edge: float) -> np.ndarray:
    """The level of the quantile that BCa takes for a normal deviate; the denominator stays above 0."""
    return ndtr(bias + (bias + edge) / np.maximum(1 - skew * (bias + edge), 1e-3))


def _quantile(drawn: np.ndarray, defined: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Quantile of each column of sorted float64[B, ...] whose first `defined` rows are numbers."""
    place = np.nan_to_num(level) * np.maximum(defined - 1, 0)
    before = np.floor(place).astype(np.int64)
    after = np.minimum(before + 1, np.maximum(defined - 1, 0))
    left, right = (np.take_along_axis(drawn, at[None], axis=0)[0] for at in (before, after))
    return left + (place - before) * (right - left)


@lru_cache(maxsize=8)
def weights(count: int, resamples: int) -> np.ndarray:
    """How often each of `count` units is in each resample, float64[resamples, count]: the same for every statistic."""
    places = np.arange(resamples * count, dtype=np.uint32)
    units = uniforms(stream_seed(0, "bootstrap"), places, 0, 0, 0).astype(float)
    drawn = (units * count).astype(np.int64) + count * (places // count).astype(np.int64)
    return np.bincount(drawn, minlength=resamples * count).reshape(resamples, count).astype(float)
