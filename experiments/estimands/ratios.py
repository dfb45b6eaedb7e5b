"""Means and ratios of means over replicates, with intervals in closed form.

Replicates of one population share its people, so they are not independent: with `groups` a population's sum is
one observation. Without groups, or where all replicates are of one population, every replicate is one.
"""

import math

import numpy as np

from experiments.estimands.estimate import Estimate

CONFIDENCE = 0.95


def mean(values: np.ndarray) -> Estimate:
    """Mean of float64[R] with its Student interval; the bounds are NaN where there is one replicate."""
    centre, count = float(np.mean(values)), len(values)
    if count < 2:
        return Estimate(centre, np.nan, np.nan)
    half = student(count) * float(np.std(values, ddof=1)) / np.sqrt(count)
    return Estimate(centre, centre - half, centre + half)


def fieller(numerator: np.ndarray, denominator: np.ndarray, groups: np.ndarray | None = None) -> Estimate:
    """Ratio of the means of two paired float64[R] with Fieller's interval.

    The bounds are NaN where the interval is not bounded: the denominator is not away from 0, or one replicate.
    Source: Fieller 1954.
    """
    numerator, denominator = units(np.stack([numerator, denominator], axis=1), groups).T
    count = len(numerator)
    top, bottom = float(np.mean(numerator)), float(np.mean(denominator))
    ratio = top / bottom if bottom else np.nan
    if count < 2:
        return Estimate(ratio, np.nan, np.nan)
    spread = student(count) ** 2 * np.cov(numerator, denominator, ddof=1) / count
    square, cross, rest = bottom**2 - spread[1, 1], top * bottom - spread[0, 1], top**2 - spread[0, 0]
    if square <= 0:
        return Estimate(ratio, np.nan, np.nan)
    half = math.sqrt(max(cross**2 - square * rest, 0.0))
    return Estimate(ratio, float((cross - half) / square), float((cross + half) / square))


def units(values: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """The independent observations float64[U, ...] of values float64[R, ...]: sums by population, where it varies."""
    if groups is None or len(np.unique(groups)) < 2:
        return values
    _, unit = np.unique(groups, return_inverse=True)
    sums = np.zeros((unit.max() + 1, *values.shape[1:]))
    np.add.at(sums, unit, values)
    return sums


def student(count: int, confidence: float = CONFIDENCE) -> float:
    """Student's t, two-sided, for a mean of `count` values."""
    from scipy.special import stdtrit  # scipy.stats has the same and takes a second to import

    return float(stdtrit(count - 1, 0.5 + confidence / 2))
