"""Quadratic regression emulators: a cheap stand-in for the model, with the error it is known to make.

One emulator a figure, in coordinates -1..1 over the prior: intercept, linear terms, squares, products of pairs, by
ridge regression. The penalty is the one with the least leave-one-out error, also the variance: the mean
square of what each point's value differs from the prediction of all others (PRESS; Allen 1974). Sources: Box and
Wilson 1951 (response surfaces), Hoerl and Kennard 1970 (ridge).
"""

from typing import NamedTuple

import numpy as np

PENALTIES = np.logspace(-6, 2, 17)  # of the sum of squares, a point


class Emulator(NamedTuple):
    """Predicts T figures at points of the unit cube."""

    centre: np.ndarray  # float64[T], mean of the training values
    feature_centre: np.ndarray  # float64[F]
    coefficients: np.ndarray  # float64[F, T]
    variance: np.ndarray  # float64[T], leave-one-out mean square error
    explained: np.ndarray  # float64[T], share of the training values' variance, left-out points; NaN without any

    def predict(self, shares: np.ndarray) -> np.ndarray:
        """Means at points float64[n, P] of the unit cube, float64[n, T]."""
        found: np.ndarray = self.centre + (features(shares) - self.feature_centre) @ self.coefficients
        return found


def features(shares: np.ndarray) -> np.ndarray:
    """Linear terms, squares and products at points of the unit cube, float64[n, P (P + 3) / 2]."""
    x = 2.0 * shares - 1.0
    first, second = np.triu_indices(x.shape[1], 1)
    return np.concatenate([x, x**2 - 1.0 / 3.0, x[:, first] * x[:, second]], axis=1)


def count_features(parameters: int) -> int:
    """Coefficients of an emulator, the intercept included."""
    return 1 + parameters * (parameters + 3) // 2


def fit(shares: np.ndarray, values: np.ndarray, judged: np.ndarray | None = None) -> Emulator:
    """Emulators from points float64[n, P] of the unit cube and their figures float64[n, T].

    judged  bool[n]: the points whose left-out errors choose the penalty and are the variance (None: all)
    """
    judged = np.ones(len(shares), bool) if judged is None else judged
    design = features(shares)
    feature_centre, centre = design.mean(axis=0), values.mean(axis=0)
    left, strength, right = np.linalg.svd(design - feature_centre, full_matrices=False)
    target = values - centre
    along = left.T @ target
    errors, fits = [], []
    for penalty in PENALTIES * len(shares):
        shrink = strength**2 / (strength**2 + penalty)
        leverage = 1.0 / len(shares) + (left**2) @ shrink
        residual = target - left @ (shrink[:, None] * along)
        left_out = residual / np.maximum(1.0 - leverage, 1e-6)[:, None]
        errors.append((left_out[judged] ** 2).mean(axis=0))
        fits.append(right.T @ ((strength / (strength**2 + penalty))[:, None] * along))
    best = np.argmin(errors, axis=0)
    every = np.arange(values.shape[1])
    variance = np.array(errors)[best, every]
    spread = target[judged].var(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = 1.0 - variance / np.where(spread > 0, spread, np.nan)
    return Emulator(centre, feature_centre, np.stack(fits)[best, :, every].T, variance, explained)
