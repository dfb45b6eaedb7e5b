"""Dose and response: how steep at the chosen dose, where the next dose gives half, what a budget buys.

`factors` float64[D] ascending, 1 the chosen dose; `effects` float64[..., D] against the dose 0, where the effect is 0
(a point that is added where it is not given). Slopes at the doses tried are those of a shape-preserving cubic, which
assumes no functional form (responses may be S-shaped, or end at a capacity in a corner) and has no waves of its own;
between doses the marginal effect is taken as straight.
"""

import numpy as np

from experiments.estimands.curves import crossing, interpolate, slope


def marginal_effects(factors: np.ndarray, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The doses with the 0, and the marginal effect per unit of factor at each, float64[..., D]."""
    factors, effects = with_origin(factors, effects)
    return factors, slope(factors, effects, factors)


def elasticity(factors: np.ndarray, effects: np.ndarray, at: float = 1.0) -> np.ndarray:
    """d ln(effect) / d ln(dose) at the factor `at`; NaN where the effect there is not above 0.

    Below 1 a per cent more dose gives less than a per cent more effect.
    """
    x, marginal = marginal_effects(factors, effects)
    here = interpolate(*with_origin(factors, effects), np.asarray(at))
    steep = interpolate(x, marginal, np.asarray(at))
    return np.where(here > 0, at * steep / np.where(here > 0, here, 1.0), np.nan)


def half_marginal_dose(factors: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """The first factor at which the marginal effect is half of that of the first bit of dose.

    NaN where it never is within the doses tried, or where the first bit of dose has no effect.
    """
    x, marginal = marginal_effects(factors, effects)
    first = marginal[..., 0]
    return np.where(first > 0, crossing(x, marginal, first / 2), np.nan)


def dose_at_spend(factors: np.ndarray, spend: np.ndarray, budget: np.ndarray | float) -> np.ndarray:
    """The first factor that spends the budget, spend float64[..., D]; NaN where none does: it cannot be absorbed."""
    return crossing(*with_origin(factors, spend), np.asarray(budget))


def effect_at_spend(
    factors: np.ndarray, spend: np.ndarray, effects: np.ndarray, budget: np.ndarray | float
) -> np.ndarray:
    """The effect at the first factor that spends the budget; NaN where the budget cannot be absorbed."""
    return interpolate(*with_origin(factors, effects), dose_at_spend(factors, spend, budget))


def with_origin(factors: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors and values with the point (0, 0) first, once."""
    factors, values = np.asarray(factors, float), np.asarray(values, float)
    if factors[0] == 0:
        return factors, values
    return np.append(0.0, factors), np.concatenate([np.zeros((*values.shape[:-1], 1)), values], axis=-1)
