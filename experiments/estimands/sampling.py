"""Shapley values of more factors than a full factorial can hold, from sampled orders of joining.

In an order, each factor's contribution is what it adds to those before it; the Shapley value is the mean over all
k! orders. Orders are drawn by keyed draws, each followed by its reverse: what a factor adds early in one it adds
late in the other (antithetic sampling; Castro, Gomez and Tejada 2009; Mitchell et al. 2022).
"""

from typing import NamedTuple

import numpy as np

from experiments.estimands.estimate import Estimate
from experiments.estimands.ratios import student
from experiments.estimands.resample import interval
from sim.draws import stream_seed, uniforms


class SampledShapley(NamedTuple):
    """Shapley values whose intervals hold both errors, and the one that a full factorial would not have; k each."""

    estimate: Estimate
    design_error: np.ndarray  # standard error from having drawn some orders only; NaN with one pair of orders


def orders(k: int, pairs: int, seed: int = 0) -> np.ndarray:
    """Orders of k factors, int64[2 pairs, k]: each drawn one is followed by its reverse."""
    places = np.arange(pairs * k, dtype=np.uint32)
    units = uniforms(stream_seed(seed, "orders of joining"), places, 0, 0, 0).reshape(pairs, k)
    drawn = np.argsort(units, axis=1, kind="stable")
    return np.stack([drawn, drawn[:, ::-1]], axis=1).reshape(2 * pairs, k)


def coalitions(orders: np.ndarray) -> np.ndarray:
    """The masks that have to be run, ascending and each once, int64[C]; k up to 62."""
    return np.unique(_steps(orders))


def sampled_shapley(values: np.ndarray, orders: np.ndarray, groups: np.ndarray | None = None) -> SampledShapley:
    """Shapley values from the coalitions run, float64[R, C] in the order of `coalitions(orders)`.

    The contributions of an order add up to v(all) - v(none), so the values do. The half width holds the error of the
    design, from the spread of the pairs of orders, and that of the replicates, from `interval`: their squares add.
    """
    cells = np.searchsorted(coalitions(orders), _steps(orders))
    weights = _weights(cells, orders, values.shape[1])
    found = interval(values, lambda v: (v - v[..., :1]) @ weights, groups)
    mean = values[~np.isnan(values).any(axis=1)].mean(axis=0)
    joined = np.diff(mean[cells], axis=1)
    by_factor = np.take_along_axis(joined, np.argsort(orders, axis=1), axis=1)
    pairs = by_factor.reshape(-1, 2, orders.shape[1]).mean(axis=1)
    error = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs)) if len(pairs) > 1 else np.full(orders.shape[1], np.nan)
    half = student(len(pairs)) * error if len(pairs) > 1 else error
    low, high = np.hypot(found.value - found.low, half), np.hypot(found.high - found.value, half)
    return SampledShapley(Estimate(found.value, found.value - low, found.value + high), error)


def _weights(cells: np.ndarray, orders: np.ndarray, count: int) -> np.ndarray:
    """The weight of each coalition in each factor's value, float64[C, k]."""
    weights = np.zeros((count, orders.shape[1]))
    np.add.at(weights, (cells[:, 1:], orders), 1.0 / len(orders))
    np.subtract.at(weights, (cells[:, :-1], orders), 1.0 / len(orders))
    return weights


def _steps(orders: np.ndarray) -> np.ndarray:
    """The masks along each order, from none to all, int64[orders, k + 1]."""
    joined = np.cumsum(np.int64(1) << orders.astype(np.int64), axis=1)
    return np.concatenate([np.zeros((len(orders), 1), np.int64), joined], axis=1)
