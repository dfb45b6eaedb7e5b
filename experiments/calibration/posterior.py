"""From emulators to a posterior sample, and back to the model: chains, weights by simulation, what was learned.

The likelihood of a figure is normal about the emulator's mean with the variance of `Wave.variance`, raised to the
figure's weight; the prior is even over the unit cube. Chains of differential evolution (ter Braak 2006) sample it. A
part of the sample is then simulated, and each draw gets the ratio of the likelihood of its simulated mean to that
which the emulator gave (importance weights): what the emulator got wrong is put right as far as the sample reaches.
"""

from typing import NamedTuple

import numpy as np

from experiments.calibration.luck import Luck
from experiments.calibration.matching import EvaluatePoints, Observed, Wave, propose

CHAINS, LENGTH, BURN_IN, THIN = 128, 2400, 1200, 40
LEARNED, SILENT = 0.5, 0.1  # contraction from which the data identify a parameter, and below which they say nothing
INTERVAL = (0.05, 0.5, 0.95)


class Chains(NamedTuple):
    """A sample of the emulated posterior in the unit cube."""

    points: np.ndarray  # float64[n, P]
    r_hat: np.ndarray  # float64[P], Gelman and Rubin 1992; near 1 where the chains agree


def log_likelihood(mean: np.ndarray, variance: np.ndarray, observed: Observed) -> np.ndarray:
    """Of figures' means float64[n, T] with variances float64[T], float64[n]; -inf where a figure is missing."""
    square = (observed.value - mean) ** 2 / variance + np.log(2 * np.pi * variance)
    return np.nan_to_num(-0.5 * (observed.weight * square).sum(axis=1), nan=-np.inf)


def sample(wave: Wave, observed: Observed, start: np.ndarray, luck: Luck) -> Chains:
    """The posterior under the wave's emulators, begun at points of the unit cube."""
    variance = wave.variance(observed)

    def density(points: np.ndarray) -> np.ndarray:
        return log_likelihood(wave.emulator.predict(points), variance, observed)

    points = start[luck.places(len(start), CHAINS)]
    values, kept = density(points), []
    halves = np.arange(CHAINS) % 2 == 0
    for step in range(LENGTH):
        for half in (halves, ~halves):  # each half moves along differences of the other, so that the target is kept
            points[half], values[half] = _step(points[half], values[half], points[~half], density, luck)
        if step >= BURN_IN and step % THIN == 0:
            kept.append(points.copy())
    chains = np.stack(kept)  # [length, CHAINS, P]
    return Chains(chains.reshape(-1, chains.shape[2]), _r_hat(chains))


def _step(
    points: np.ndarray, values: np.ndarray, others: np.ndarray, density: EvaluatePoints, luck: Luck
) -> tuple[np.ndarray, np.ndarray]:
    """One move of every chain of a half."""
    count = len(points)
    moved = points + (propose(others, luck) - others)[:count]
    inside = ((moved >= 0) & (moved <= 1)).all(axis=1)
    tried = np.full(count, -np.inf)
    if inside.any():
        tried[inside] = density(moved[inside])
    taken = np.log(luck.units(count)) < tried - values
    return np.where(taken[:, None], moved, points), np.where(taken, tried, values)


def _r_hat(chains: np.ndarray) -> np.ndarray:
    """Gelman and Rubin's statistic of every parameter."""
    length = len(chains)
    within = chains.var(axis=0, ddof=1).mean(axis=0)
    between = chains.mean(axis=0).var(axis=0, ddof=1)
    return np.asarray(np.sqrt((within * (length - 1) / length + between) / within))


def weights(simulated: np.ndarray, shares: np.ndarray, wave: Wave, observed: Observed) -> tuple[np.ndarray, float]:
    """Importance weights that add to 1 of draws simulated as float64[n, seeds, T], and their effective number.

    Source of the effective number: Kish 1965. A draw whose runs failed weighs nothing.
    """
    known = observed.error**2 + observed.discrepancy**2 + wave.seed_variance
    by_model = log_likelihood(simulated.mean(axis=1), known + wave.seed_variance / simulated.shape[1], observed)
    by_emulator = log_likelihood(wave.emulator.predict(shares), wave.variance(observed), observed)
    ratio = by_model - by_emulator
    found = np.exp(ratio - ratio.max())
    found = found / found.sum()
    return found, float(1.0 / (found**2).sum())


def resampled(weight: np.ndarray, count: int, luck: Luck) -> np.ndarray:
    """How often each draw is taken, int[n], `count` in all: systematic resampling (Kitagawa 1996)."""
    marks = (luck.units(1) + np.arange(count)) / count
    return np.bincount(np.searchsorted(np.cumsum(weight)[:-1], marks), minlength=len(weight))


class Learned(NamedTuple):
    """What the data say of a parameter; shares are of the prior's range, in its own (even or logarithmic) measure."""

    low: float
    median: float
    high: float
    width: float  # of the 90 % interval over that of the prior
    contraction: float  # 1 - posterior variance / prior variance
    verdict: str


def learned(points: np.ndarray, weight: np.ndarray | None = None) -> list[Learned]:
    """Of every parameter, from points of the unit cube float64[n, P]."""
    found = []
    for column in points.T:
        low, median, high = quantiles(column, INTERVAL, weight)
        mean = np.average(column, weights=weight)
        contraction = float(1.0 - 12.0 * np.average((column - mean) ** 2, weights=weight))
        verdict = "identified" if contraction >= LEARNED else "silent" if contraction < SILENT else "weakly"
        found.append(Learned(low, median, high, (high - low) / 0.9, contraction, verdict))
    return found


def directions(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the prior's variance left along every principal direction, ascending, and the directions as columns."""
    left, vectors = np.linalg.eigh(12.0 * np.atleast_2d(np.cov(points.T)))
    return left, vectors


def quantiles(values: np.ndarray, levels: tuple[float, ...], weight: np.ndarray | None = None) -> tuple[float, ...]:
    """Quantiles of weighted values: between the midpoints of the weights, linearly."""
    if weight is None:
        return tuple(float(one) for one in np.quantile(values, levels))
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) - weight[order] / 2
    return tuple(float(one) for one in np.interp(np.array(levels) * weight.sum(), reached, values[order]))
