"""History matching: which parameters are not ruled out by the figures, wave by wave.

    implausibility(x) = max over figures of |value - emulator(x)| / sqrt(error² + discrepancy² + emulator² + seed²)

A point above CUTOFF in any wave's emulators is ruled out (three standard deviations hold 95 % of any unimodal
distribution: Pukelsheim 1994). Each wave draws its points from what the waves before have left and fits emulators
there. Sources: Craig et al. 1997; Vernon, Goldstein and Bower 2010. What is left is sampled through a falling
sequence of bounds, as in subset simulation (Au and Beck 2001).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from experiments.calibration.emulator import Emulator
from experiments.calibration.luck import Luck

CUTOFF = 3.0
POPULATION = 4000  # points that follow the falling bound
KEPT = 0.2  # share of them below the next bound
STEPS = 30  # moves within a bound
MOST_LEVELS = 60
SHORT, JITTER = 0.3, 1e-4  # share of a move's length in every second one; normal deviation about a move
LEAST_FALL = 0.995  # a bound that falls less than this in a level does not reach the cutoff
EvaluatePoints = Callable[[np.ndarray], np.ndarray]


class Observed(NamedTuple):
    """The figures to fit, float64[T] each."""

    value: np.ndarray
    error: np.ndarray
    discrepancy: np.ndarray
    weight: np.ndarray


class Wave(NamedTuple):
    """Emulators of one wave, with the variance between seeds of one run's figures, float64[T]."""

    emulator: Emulator
    seed_variance: np.ndarray
    seeds: int

    @property
    def emulator_variance(self) -> np.ndarray:
        """What the emulator misses of the mean over seeds: its error less the luck in the points it was tested on."""
        return np.maximum(self.emulator.variance - self.seed_variance / self.seeds, 0.0)

    def variance(self, observed: Observed) -> np.ndarray:
        """Variance of a figure about the emulator's mean, float64[T]."""
        known = observed.error**2 + observed.discrepancy**2
        found: np.ndarray = known + self.emulator_variance + self.seed_variance
        return found

    def implausibility(self, shares: np.ndarray, observed: Observed) -> np.ndarray:
        """Of every figure at points of the unit cube, float64[n, T]."""
        distance = np.abs(self.emulator.predict(shares) - observed.value)
        found: np.ndarray = distance / np.sqrt(self.variance(observed))
        return found


class Left(NamedTuple):
    """What is not ruled out."""

    points: np.ndarray  # float64[n, P], evenly over it, in the unit cube
    share: float  # of the prior's volume, estimated
    cutoff: float  # the bound reached: CUTOFF, or the lowest where nothing lies below that


def worst(waves: Sequence[Wave], observed: Observed) -> EvaluatePoints:
    """The largest implausibility over figures and waves."""

    def of(shares: np.ndarray) -> np.ndarray:
        each = [one.implausibility(shares, observed).max(axis=1) for one in waves]
        return np.max(each, axis=0)

    return of


def latin(points: int, parameters: int, luck: Luck) -> np.ndarray:
    """A Latin hypercube in the unit cube, float64[points, parameters]. Source: McKay, Beckman and Conover 1979."""
    order = np.argsort(luck.units(parameters, points), axis=1, kind="stable").T
    return (order + luck.units(points, parameters)) / points


def not_ruled_out(score: EvaluatePoints, parameters: int, luck: Luck, cutoff: float = CUTOFF) -> Left:
    """Points of the unit cube whose implausibility is below the cutoff, POPULATION of them."""
    points = latin(POPULATION, parameters, luck)
    values, share, bound = score(points), 1.0, np.inf
    for _ in range(MOST_LEVELS):
        lower = max(cutoff, float(np.quantile(values, KEPT)))
        inside = values <= lower
        share *= float(inside.mean())
        has_stalled = lower > LEAST_FALL * bound
        bound = lower
        chosen = np.flatnonzero(inside)[luck.places(int(inside.sum()), POPULATION)]
        points, values = _moved(points[chosen], values[chosen], score, bound, luck)
        if bound <= cutoff or has_stalled:
            break
    return Left(points, share, bound)


def _moved(
    points: np.ndarray, values: np.ndarray, score: EvaluatePoints, bound: float, luck: Luck
) -> tuple[np.ndarray, np.ndarray]:
    """The population after STEPS moves along differences of its members that stay in the cube below the bound."""
    for proposal in (propose(points, luck) for _ in range(STEPS)):
        inside = ((proposal >= 0) & (proposal <= 1)).all(axis=1)
        tried = np.full(len(points), np.inf)
        if inside.any():
            tried[inside] = score(proposal[inside])
        taken = tried <= bound
        points, values = np.where(taken[:, None], proposal, points), np.where(taken, tried, values)
    return points, values


def propose(points: np.ndarray, luck: Luck) -> np.ndarray:
    """Moves of differential evolution: the difference of two other members, scaled. Source: ter Braak 2006."""
    count, parameters = points.shape
    first, second = luck.places(count, count), luck.places(count, count)
    reach = 2.38 / np.sqrt(2 * parameters) * np.where(luck.units(count, 1) < 0.5, SHORT, 1.0)
    return points + reach * (points[first] - points[second]) + JITTER * luck.normals(*points.shape)
