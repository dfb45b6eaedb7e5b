"""Which points are run: a grid, drawn points, or one factor at a time.

A point gives a value to every factor; in `one-at-a-time` None stands for the place's own value.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from experiments.sweeps.factors import Factor

Points = list[tuple[Any, ...]]
SEED = 1  # of the drawn designs: the same factors and number of points are the same points for ever
GRID, LHS, SOBOL, ONE = "grid", "lhs", "sobol", "one-at-a-time"
DESIGNS = (GRID, LHS, SOBOL, ONE)
DRAWN = (LHS, SOBOL)


def points_of(design: str, factors: Sequence[Factor], count: int) -> Points:
    """The points of a design; `count` is for those that are drawn. Without factors there is one point."""
    if not factors:
        return [()]
    if design in DRAWN:
        return drawn(factors, SHARES[design](len(factors), count))
    return list(itertools.product(*(one.levels() for one in factors))) if design == GRID else _one_at_a_time(factors)


def drawn(factors: Sequence[Factor], shares: np.ndarray) -> Points:
    """Points from shares float[points, factors] between 0 and 1."""
    return [tuple(one.at(float(share)) for one, share in zip(factors, row, strict=True)) for row in shares]


def latin_hypercube(factors: int, count: int) -> np.ndarray:
    """float64[count, factors]: every factor has one point in each of `count` equal parts. Source: McKay et al. 1979."""
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(factors, rng=SEED).random(count))


def sobol(factors: int, count: int) -> np.ndarray:
    """float64[count, factors]: Sobol's sequence, scrambled; `count` a power of 2. Sources: Sobol 1967, Owen 1998."""
    from scipy.stats import qmc

    return np.asarray(qmc.Sobol(factors, scramble=True, rng=SEED).random(count))


def _one_at_a_time(factors: Sequence[Factor]) -> Points:
    """The place as it is, then each factor's values in turn with the others as they are."""
    own: tuple[Any, ...] = (None,) * len(factors)
    found = [own]
    for place, one in enumerate(factors):
        found += [(*own[:place], value, *own[place + 1 :]) for value in one.levels()]
    return found


SHARES: dict[str, Callable[[int, int], np.ndarray]] = {LHS: latin_hypercube, SOBOL: sobol}
