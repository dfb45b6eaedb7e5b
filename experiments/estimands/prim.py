"""PRIM: a box of few restrictions that holds most of the cases of interest and little else.

Peeling takes off, again and again, the slice of a share ALPHA at one end of one dimension whose loss leaves the densest
box; pasting then gives back slices as long as the density does not fall. Sources: Friedman and Fisher 1999; coverage,
density and quasi p-values as in Bryant and Lempert 2010.
"""

from typing import NamedTuple

import numpy as np

ALPHA = 0.05  # share of the box's cases that a peel takes, at least one
LEAST_MASS = 0.05  # share of all cases that a box holds at least
LEAST_CASES = 5


class Box(NamedTuple):
    """A box: bounds of every dimension, infinite where it is not restricted."""

    low: np.ndarray  # float64[P]
    high: np.ndarray  # float64[P]
    coverage: float  # share of the cases of interest that lie in it
    density: float  # share of its cases that are of interest
    mass: float  # share of all cases that lie in it

    @property
    def restricted(self) -> np.ndarray:
        """bool[P]: dimensions that the box restricts."""
        return np.isfinite(self.low) | np.isfinite(self.high)


def holds(low: np.ndarray, high: np.ndarray, points: np.ndarray) -> np.ndarray:
    """bool[N]: which of float64[N, P] lie between the bounds."""
    return np.asarray(((points >= low) & (points <= high)).all(axis=1))


def box_of(low: np.ndarray, high: np.ndarray, points: np.ndarray, of_interest: np.ndarray) -> Box:
    """The box of some bounds, with what it holds."""
    inside = holds(low, high, points)
    hits, total = int((inside & of_interest).sum()), int(of_interest.sum())
    density = hits / inside.sum() if inside.any() else 0.0
    return Box(low, high, hits / total if total else 0.0, float(density), float(inside.mean()))


def peel(points: np.ndarray, of_interest: np.ndarray) -> list[Box]:
    """The boxes from all cases down to the smallest, each a peel of the last, the last one pasted.

    points float64[N, P], of_interest bool[N].
    """
    dimensions = points.shape[1]
    box = box_of(np.full(dimensions, -np.inf), np.full(dimensions, np.inf), points, of_interest)
    boxes = [box]
    least = max(LEAST_MASS * len(points), LEAST_CASES)
    while box.density < 1.0:
        found = [one for one in _peels(box, points, of_interest) if one.mass * len(points) >= least]
        best = max(found, key=lambda one: (one.density, one.mass), default=None)
        if best is None or best.density < box.density:
            break
        box = best
        boxes.append(box)
    return [*boxes, *_pasted(box, points, of_interest)]


def chosen(boxes: list[Box]) -> Box:
    """The box with the largest harmonic mean of coverage and density; of equal ones the largest."""

    def score(box: Box) -> tuple[float, float]:
        both = box.coverage + box.density
        return (2 * box.coverage * box.density / both if both else 0.0, box.mass)

    return max(boxes, key=score)


def p_values(box: Box, points: np.ndarray, of_interest: np.ndarray) -> np.ndarray:
    """float64[P]: how likely as many cases of interest are by chance if a dimension's restriction did nothing.

    One-sided binomial, against the density of the box without the restriction; NaN for dimensions without one.
    """
    from scipy.special import bdtrc

    found = np.full(points.shape[1], np.nan)
    inside = holds(box.low, box.high, points)
    hits, cases = int((inside & of_interest).sum()), int(inside.sum())
    for p in np.flatnonzero(box.restricted):
        low, high = box.low.copy(), box.high.copy()
        low[p], high[p] = -np.inf, np.inf
        wider = box_of(low, high, points, of_interest)
        found[p] = bdtrc(hits - 1, cases, wider.density) if hits else 1.0
    return found


def _peels(box: Box, points: np.ndarray, of_interest: np.ndarray) -> list[Box]:
    """The box without a slice at each end of each dimension; equal values go together."""
    inside = points[holds(box.low, box.high, points)]
    found = []
    for p in range(points.shape[1]):
        values = np.sort(inside[:, p])
        slice_ = max(int(ALPHA * len(values)), 1)
        for bound, kept in (("low", values[values > values[slice_ - 1]]), ("high", values[values < values[-slice_]])):
            if len(kept):
                low, high = box.low.copy(), box.high.copy()
                if bound == "low":
                    low[p] = kept[0]
                else:
                    high[p] = kept[-1]
                found.append(box_of(low, high, points, of_interest))
    return found


def _pasted(box: Box, points: np.ndarray, of_interest: np.ndarray) -> list[Box]:
    """The box with slices given back while that lowers its density no further."""
    boxes: list[Box] = []
    while True:
        found = [one for one in _pastes(box, points, of_interest) if one.density >= box.density]
        best = max(found, key=lambda one: (one.coverage, one.density), default=None)
        if best is None or best.mass <= box.mass:
            return boxes
        box = best
        boxes.append(box)


def _pastes(box: Box, points: np.ndarray, of_interest: np.ndarray) -> list[Box]:
    found = []
    step = max(int(ALPHA * holds(box.low, box.high, points).sum()), 1)
    for p in np.flatnonzero(box.restricted):
        open_low, open_high = box.low.copy(), box.high.copy()
        open_low[p], open_high[p] = -np.inf, np.inf
        values = np.sort(points[holds(open_low, open_high, points), p])
        below, above = values[values < box.low[p]], values[values > box.high[p]]
        if len(below):
            low = box.low.copy()
            low[p] = below[-step] if len(below) > step else -np.inf
            found.append(box_of(low, box.high, points, of_interest))
        if len(above):
            high = box.high.copy()
            high[p] = above[step - 1] if len(above) > step else np.inf
            found.append(box_of(box.low, high, points, of_interest))
    return found
