"""Interactions in a full factorial: dividends, contrasts, Shapley values.

The last axis of `v` holds the values of the 2**k cells; a cell's index is its bit mask (bit b set: factor b is
there). Every transform goes factor by factor, works on any leading axes, and is a sum of at most 2**k cells with
alternating signs: exact for whole numbers, else to a few units in the last place of the largest cell.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import factorial

import numpy as np

JOINT, NOBODY = "+", "none"


def subsets(k: int) -> list[int]:
    """The masks of k factors: by number of factors, then by mask."""
    return sorted(range(2**k), key=lambda mask: (mask.bit_count(), mask))


def label(mask: int, names: Sequence[str]) -> str:
    """The cell's name: its factors joined by +, `none` for no factor."""
    return JOINT.join(names[b] for b in members(mask)) or NOBODY


def members(mask: int) -> list[int]:
    """The factors of a mask, ascending."""
    return [b for b in range(mask.bit_length()) if mask >> b & 1]


def singles(mask: int) -> list[int]:
    """The masks of the factors of a mask, each alone."""
    return [1 << b for b in members(mask)]


def within(v: np.ndarray, mask: int) -> np.ndarray:
    """The cells that hold factors of `mask` only, as a factorial of their own."""
    factors = members(mask)
    inner = [sum(1 << factors[b] for b in members(cell)) for cell in range(2 ** len(factors))]
    return np.asarray(v)[..., inner]


def dividends(v: np.ndarray) -> np.ndarray:
    """Harsanyi dividends, all orders: d(S) = sum over T within S of (-1)^(|S| - |T|) v(T).

    What S adds that no part of it explains; d(none) = v(none), d({i}) = effect of i alone. Source: Harsanyi 1963;
    the Moebius transform of the subsets.
    """
    return _factor_by_factor(v, lambda without, having: (without, having - without))


def reconstruct(dividends: np.ndarray) -> np.ndarray:
    """The cells from their dividends: v(S) = sum over T within S of d(T)."""
    return _factor_by_factor(dividends, lambda without, having: (without, having + without))


def contrasts(v: np.ndarray) -> np.ndarray:
    """Factorial effects, all orders, averaged over the factors that are not in them.

    With every factor coded -1 (absent) and +1 (there), c(T) = 2^(1-k) sum over S of v(S) product over i in T of
    x_i(S), so c({i}) is the mean effect of i over all combinations of the others, and c({i, j}) half the
    difference that j makes to it. c(none) is the mean of all cells. Source: Yates 1937.
    """
    sums = _factor_by_factor(v, lambda without, having: (without + having, having - without))
    cells = sums.shape[-1]
    scale = np.full(cells, 2.0 / cells)
    scale[0] = 1.0 / cells
    return sums * scale


def shapley(v: np.ndarray) -> np.ndarray:
    """Shapley values float64[..., k]: each factor's share of v(all) - v(none).

    phi_i = sum over S without i of |S|! (k - |S| - 1)! / k! (v(S + i) - v(S)). They add up to v(all) - v(none)
    within k + 4 units in the last place of the largest |v(S) - v(none)|. Source: Shapley 1953.
    """
    v = np.asarray(v, float)
    return (v - v[..., :1]) @ _shapley_weights(_factors(v)).T


@lru_cache
def _shapley_weights(k: int) -> np.ndarray:
    """The weight of each cell in each Shapley value, float64[k, 2**k]; each row adds up to 0."""
    weights = np.empty((k, 2**k))
    for cell in range(2**k):
        size = cell.bit_count()
        for b in range(k):
            if cell >> b & 1:
                weights[b, cell] = factorial(size - 1) * factorial(k - size) / factorial(k)
            else:
                weights[b, cell] = -factorial(size) * factorial(k - size - 1) / factorial(k)
    return weights


def _factors(v: np.ndarray) -> int:
    """k of 2**k cells."""
    return np.shape(v)[-1].bit_length() - 1


def _factor_by_factor(v: np.ndarray, pair) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Replace the cells (without, with) of one factor by `pair` of them, factor after factor."""
    v = np.array(v, float)
    lead, k = v.shape[:-1], _factors(v)
    for b in range(k):
        halves = v.reshape(*lead, 2 ** (k - 1 - b), 2, 2**b)
        v = np.stack(pair(halves[..., 0, :], halves[..., 1, :]), axis=-2).reshape(*lead, 2**k)
    return v
