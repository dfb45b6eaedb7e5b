"""Interactions and Shapley values of any factorial: they add up, rebuild every cell, and follow a relabelling."""

import math
from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from experiments.estimands import factorial, multiplier, sampling

FACTORS = st.integers(1, 6)
WHOLE_NUMBERS = st.integers(-(2**40), 2**40)


def cells(k: int, elements: st.SearchStrategy[float] | None = None) -> st.SearchStrategy[np.ndarray]:
    """Values of the 2**k cells."""
    return arrays.arrays(float, 2**k, elements=st.floats(-1e9, 1e9) if elements is None else elements)


def relabelled(v: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """The same factorial with factor order[b] in the place of factor b."""
    return v[..., [sum(1 << order[b] for b in factorial.members(cell)) for cell in range(v.shape[-1])]]


def by_definition(v: np.ndarray) -> list[float]:
    """Shapley values as the mean contribution over all orders."""
    k = len(v).bit_length() - 1
    orders = list(permutations(range(k)))
    values = [0.0] * k
    for order in orders:
        mask = 0
        for b in order:
            values[b] += v[mask | 1 << b] - v[mask]
            mask |= 1 << b
    return [value / len(orders) for value in values]


@given(FACTORS.flatmap(lambda k: cells(k, WHOLE_NUMBERS.map(float))))
def test_dividends_rebuild_every_cell_exactly(v: np.ndarray) -> None:
    assert np.array_equal(factorial.reconstruct(factorial.dividends(v)), v)


@given(FACTORS.flatmap(cells))
def test_dividends_rebuild_every_cell_of_any_numbers(v: np.ndarray) -> None:
    tolerance = len(v) * np.spacing(np.abs(v).max())
    assert np.abs(factorial.reconstruct(factorial.dividends(v)) - v).max() <= tolerance


@given(FACTORS.flatmap(cells))
def test_shapley_values_add_up(v: np.ndarray) -> None:
    k = len(v).bit_length() - 1
    tolerance = (k + 4) * np.spacing(np.abs(v - v[0]).max())
    assert abs(math.fsum(factorial.shapley(v)) - (v[-1] - v[0])) <= tolerance


@given(st.integers(1, 5).flatmap(cells))
def test_shapley_values_are_mean_contributions_and_dividends_shared_equally(v: np.ndarray) -> None:
    found, scale = factorial.shapley(v), max(1.0, np.abs(v).max())
    assert np.allclose(found, by_definition(v), rtol=0, atol=1e-12 * scale)
    parts = factorial.dividends(v)
    shared = [sum(parts[cell] / cell.bit_count() for cell in range(len(v)) if cell >> b & 1) for b in range(len(found))]
    assert np.allclose(found, shared, rtol=0, atol=1e-12 * scale)


@given(st.integers(2, 5).flatmap(lambda k: st.tuples(cells(k), st.permutations(range(k)))))
def test_relabelling_factors_permutes_results_and_changes_nothing_else(drawn: tuple[np.ndarray, list[int]]) -> None:
    v, order = drawn
    renamed, tolerance = relabelled(v, tuple(order)), 1e-13 * max(1.0, np.abs(v).max()) * len(v)
    for transform in (factorial.dividends, factorial.contrasts):
        assert np.allclose(transform(renamed), relabelled(transform(v), tuple(order)), rtol=0, atol=tolerance)
    assert np.allclose(factorial.shapley(renamed), factorial.shapley(v)[order], rtol=0, atol=tolerance)
    whole = len(v) - 1
    assert math.isclose(multiplier.excess(renamed, whole), multiplier.excess(v, whole), rel_tol=0, abs_tol=tolerance)


@given(st.integers(1, 5).flatmap(lambda k: cells(k, WHOLE_NUMBERS.map(float))), st.data())
def test_a_factorial_within_another_has_the_same_numbers(v: np.ndarray, data: st.DataObject) -> None:
    mask = data.draw(st.integers(0, len(v) - 1))
    inner = factorial.within(v, mask)
    assert len(inner) == 2 ** mask.bit_count() and inner[-1] == v[mask]
    assert factorial.dividends(inner)[-1] == factorial.dividends(v)[mask]


@given(st.integers(1, 5).flatmap(cells), st.integers(1, 6))
def test_sampled_shapley_values_add_up_too(v: np.ndarray, pairs: int) -> None:
    orders = sampling.orders(len(v).bit_length() - 1, pairs)
    values = np.tile(v[sampling.coalitions(orders)], (2, 1))
    found = sampling.sampled_shapley(values, orders).estimate.value
    assert abs(math.fsum(found) - (v[-1] - v[0])) <= 1e-12 * max(1.0, np.abs(v).max())
