"""A model whose posterior is known, to take the simulated world's place in a calibration.

Four figures of three or four parameters on the unit cube: the first two parameters are told by the data, the third
only in its sum with the second, the fourth by nothing. Luck is normal with a known deviation, keyed by point and seed.
"""

import numpy as np

from experiments.calibration.matching import Observed

PARAMETERS, FIGURES = 4, 5
LUCK = 0.03
ERROR, DISCREPANCY = 0.03, 0.02


def figures(shares: np.ndarray) -> np.ndarray:
    """The expected figures, float64[n, FIGURES]."""
    a, b, c, _ = shares.T
    return np.stack([a + 0.3 * a**2, a * (0.5 + b), b + c, 0.5 * (b + c) ** 2, np.sin(2.0 * a) + 0.2 * b], axis=1)


def simulate(seeds: int, first: int = 0):
    """The toy as `experiments.calibration.work` takes a model."""

    def run(shares: np.ndarray) -> np.ndarray:
        mean = figures(shares)
        luck = np.stack(
            [
                np.random.default_rng([first + seed, *(point * 2**50).astype(np.int64)]).normal(
                    0, LUCK, (seeds, FIGURES)
                )
                for seed, point in zip(np.zeros(len(shares), int), shares, strict=True)
            ]
        )
        return mean[:, None, :] + luck

    return run


def observed(truth: np.ndarray, rng: np.random.Generator) -> Observed:
    """What is seen of a true point: one run's luck, the model's discrepancy and the observation's error."""
    spread = np.sqrt(LUCK**2 + ERROR**2 + DISCREPANCY**2)
    value = figures(truth[None])[0] + rng.normal(0, spread, FIGURES)
    ones = np.ones(FIGURES)
    return Observed(value, ERROR * ones, DISCREPANCY * ones, ones)
