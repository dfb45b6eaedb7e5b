"""Dose-response: each instrument alone and within the package, and isoboles for pairs.

A factor multiplies an instrument's dose, places and fixed cost. Within the package the others stay at their dose,
and the effect is what the instrument adds to them.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from experiments.estimands import doses as curves
from experiments.estimands.resample import interval
from experiments.laboratory.factorial import Cells, Row, bounds, estimates, groups_of
from experiments.laboratory.worlds import Arm, Evaluator, arm

CONTEXTS = ("alone", "package")
ISOBOLE_FACTORS = (0.0, 0.5, 1.0, 1.5, 2.0)


class Curve(NamedTuple):
    """One instrument's outcomes along its dose, the dose 0 first."""

    name: str
    context: str
    factors: tuple[float, ...]  # without the 0
    values: np.ndarray  # float64[R, 1 + F, O, H]
    spend: np.ndarray  # float64[R, F, H], the instrument's own, yuan


def dose_arms(names: tuple[str, ...], name: str, context: str, factors: tuple[float, ...]) -> list[Arm]:
    """The arms of a curve, the dose 0 first."""
    others = dict.fromkeys(names, 1.0) if context == "package" else {}
    return [arm({**others, name: factor}) for factor in (0.0, *factors)]


def measure_curves(evaluator: Evaluator, cells: Cells, factors: tuple[float, ...]) -> list[Curve]:
    """The curves of every instrument in both contexts, asked for at once."""
    pairs = [(name, context) for name in cells.names for context in CONTEXTS]
    arms = [one for name, context in pairs for one in dose_arms(cells.names, name, context, factors)]
    values = evaluator(arms, cells.replicates)
    found, step = [], 1 + len(factors)
    for place, (name, context) in enumerate(pairs):
        span = slice(place * step, (place + 1) * step)
        spend = values.spend[span, :, cells.names.index(name)]
        found.append(
            Curve(name, context, factors, np.moveaxis(values.outcomes[span], 0, 1), np.moveaxis(spend[1:], 0, 1))
        )
    return found


def response_rows(measured: list[Curve], cells: Cells) -> Iterator[Row]:
    """The effect at every dose."""
    groups = groups_of(cells.replicates)
    for curve in measured:
        for o, outcome, h, horizon in cells.each():
            found = estimates(curve.values[:, :, o, h], _effects, groups)
            spend = np.nanmean(curve.spend[:, :, h], axis=0)
            for factor, estimate, cost in zip(curve.factors, found, spend, strict=True):
                yield {
                    "instrument": curve.name,
                    "context": curve.context,
                    "factor": factor,
                    "outcome": outcome.id,
                    "horizon": horizon,
                    **bounds("effect", estimate, "low", "high"),
                    "spend": float(cost),
                }


def dose_rows(measured: list[Curve], cells: Cells) -> Iterator[Row]:
    """The elasticity at the chosen dose and the dose at which the marginal effect has halved."""
    groups = groups_of(cells.replicates)
    for curve in measured:
        factors = np.array(curve.factors)
        for o, outcome, h, horizon in cells.each():
            values = curve.values[:, :, o, h]
            elasticity = interval(values, lambda mean, x=factors: curves.elasticity(x, _effects(mean)), groups)
            half = interval(values, lambda mean, x=factors: curves.half_marginal_dose(x, _effects(mean)), groups)
            reasons = []
            if np.isnan(elasticity.value):
                reasons.append("no elasticity: the effect is not above 0")
            if np.isnan(half.value):
                reasons.append("the marginal effect does not halve within the doses tried")
            yield {
                "instrument": curve.name,
                "context": curve.context,
                "outcome": outcome.id,
                "horizon": horizon,
                **bounds("elasticity", elasticity),
                **bounds("half_marginal_dose", half, "half_low", "half_high"),
                "note": "; ".join(reasons),
            }


def isobole_rows(evaluator: Evaluator, cells: Cells) -> Iterator[Row]:
    """The effect of every pair on a grid of doses."""
    pairs = list(combinations(cells.names, 2))
    grid = [(one, other) for one in ISOBOLE_FACTORS for other in ISOBOLE_FACTORS]
    arms = [arm({first: one, second: other}) for first, second in pairs for one, other in grid]
    values = evaluator(arms, cells.replicates).outcomes  # [A, R, O, H]
    for place, (first, second) in enumerate(pairs):
        block = values[place * len(grid) : (place + 1) * len(grid)]
        known = np.isfinite(block).all(axis=(0, 2, 3))
        means = block[:, known].mean(axis=1) if known.any() else np.full(block.shape[:1] + block.shape[2:], np.nan)
        for o, outcome, h, horizon in cells.each():
            for (one, other), mean in zip(grid, means[:, o, h], strict=True):
                yield {
                    "first": first,
                    "second": second,
                    "first_factor": one,
                    "second_factor": other,
                    "outcome": outcome.id,
                    "horizon": horizon,
                    "effect": float(mean - means[0, o, h]),
                }


def _effects(mean: np.ndarray) -> np.ndarray:
    """Effects along the dose against the dose 0."""
    return mean[..., 1:] - mean[..., :1]
