"""Root finding on what a simulation says: few evaluations, steps allowed, no derivative."""

from collections.abc import Callable
from typing import NamedTuple

STALLED = 1.002  # a dose twice as large that raises the value by less than this share has met its ceiling
MOST_STEPS = 30
NARROWEST = 1e-5  # width of a bracket, relative, below which a step lies at the root


class Root(NamedTuple):
    """Where a rising function meets a target, or comes nearest."""

    at: float
    value: float
    is_met: bool  # within the tolerance
    is_reachable: bool  # the function goes as high as the target


def rising_root(
    function: Callable[[float], float], target: float, start: float, tolerance: float, largest: float
) -> Root:
    """Where a function with f(0) = 0 that rises, if need be in steps, is `target` within a relative tolerance.

    Doubles from `start`, up to `largest`, until the target is bracketed, then regula falsi with the Illinois rule
    (Dowell and Jarratt 1971). Where the function stays below the target, the root is the last place at which it rose.
    """
    low, low_value, high = 0.0, 0.0, min(start, largest)
    while True:
        value = function(high)
        if abs(value - target) <= tolerance * target:
            return Root(high, value, True, True)
        if value > target:
            return between(function, target, (low, low_value), (high, value), tolerance)
        if value <= low_value * STALLED:
            return Root(low or high, max(low_value, value), False, False)
        low, low_value, high = high, value, min(2.0 * high, largest)


def between(
    function: Callable[[float], float],
    target: float,
    below: tuple[float, float],
    above: tuple[float, float],
    tolerance: float,
) -> Root:
    """The root within a bracket of (place, value) pairs."""
    best = min(below, above, key=lambda pair: abs(pair[1] - target))
    low, low_gap = below[0], below[1] - target
    high, high_gap = above[0], above[1] - target
    last_side = 0
    for _ in range(MOST_STEPS):
        middle = (low * high_gap - high * low_gap) / (high_gap - low_gap)
        value = function(middle)
        if abs(value - target) < abs(best[1] - target):
            best = middle, value
        if abs(best[1] - target) <= tolerance * abs(target) or high - low <= NARROWEST * max(abs(low), abs(high)):
            break
        side = -1 if value < target else 1
        if side < 0:
            low, low_gap = middle, value - target
            high_gap *= 0.5 if side == last_side else 1.0
        else:
            high, high_gap = middle, value - target
            low_gap *= 0.5 if side == last_side else 1.0
        last_side = side
    return Root(*best, abs(best[1] - target) <= tolerance * abs(target), True)
