"""Curves through a few points: values between them, where they reach a target, and how steep they are.

Points lie on the last axis, ascending in x; x is float64[G] or has the leading axes of y. Between points a curve is
straight where a value is looked up, because nothing then depends on a point far away; slopes come from the
shape-preserving cubic (PCHIP, Fritsch and Carlson 1980), which has no waves at the corners that capacities make.
"""

import numpy as np
from scipy.interpolate import PchipInterpolator


def interpolate(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """y at x = `at` (float64[...], the leading axes), straight between points; NaN outside of them."""
    x, y, at = _aligned(x, y, at)
    left = np.clip(np.sum(x <= at[..., None], axis=-1) - 1, 0, x.shape[-1] - 2)
    (x0, x1), (y0, y1) = _ends(x, left), _ends(y, left)
    weight = _share(at - x0, x1 - x0)
    inside = (at >= x[..., 0]) & (at <= x[..., -1])
    return np.where(inside, y0 + weight * (y1 - y0), np.nan)


def crossing(x: np.ndarray, y: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The first x at which the curve reaches `target` (float64[...], the leading axes); NaN where it never does."""
    x, y, target = _aligned(x, y, target)
    gap = y - target[..., None]
    between = gap[..., :-1] * gap[..., 1:] <= 0
    left = np.argmax(between, axis=-1)
    (x0, x1), (gap0, gap1) = _ends(x, left), _ends(gap, left)
    return np.where(between.any(axis=-1), x0 + _share(-gap0, gap1 - gap0) * (x1 - x0), np.nan)


def slope(x: np.ndarray, y: np.ndarray, at: np.ndarray | float) -> np.ndarray:
    """dy/dx at `at` (float64[P]) of the shape-preserving cubic through float64[..., G]: float64[..., P]."""
    return PchipInterpolator(x, y, axis=-1).derivative()(at)


def _aligned(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x and y of one shape float64[..., G], and `at` float64[...]."""
    lead = np.broadcast_shapes(np.shape(x)[:-1], np.shape(y)[:-1], np.shape(at))
    points = (*lead, np.shape(y)[-1])
    return np.broadcast_to(x, points), np.broadcast_to(y, points), np.broadcast_to(at, lead)


def _ends(values: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values at the two ends of the piece that begins at point `left`."""
    at = left[..., None]
    return np.take_along_axis(values, at, -1)[..., 0], np.take_along_axis(values, at + 1, -1)[..., 0]


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole != 0)
