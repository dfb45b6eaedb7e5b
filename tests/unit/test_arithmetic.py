"""The elementary functions in float32: errors in units of the last place, against float64."""

import re
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from sim import arithmetic
from sim.arithmetic import bit_of, bits_in, clip, exponential, logarithm, logistic, lowest_bit, power, whole
from sim.compilation import INTERNAL, SETTINGS

f32 = np.float32
BITS = (bit_of, bits_in, lowest_bit)
FIRST_NORMAL, AFTER_LARGEST = 0x00800000, 0x7F800000  # bits of positive float32 numbers


def over(function: Any) -> Callable[[np.ndarray], np.ndarray]:
    """A compiled function of one number as a function of float32[n]."""

    @numba.njit
    def each(inputs: np.ndarray, outputs: np.ndarray) -> None:
        for i in range(inputs.shape[0]):
            outputs[i] = function(inputs[i])

    def applied(inputs: np.ndarray) -> np.ndarray:
        outputs = np.empty_like(inputs)
        each(inputs, outputs)
        return outputs

    return applied


def error_in_last_places(found: np.ndarray, exact: np.ndarray) -> float:
    """The largest distance between float32[n] and float64[n], in units of the last place of the latter."""
    return float((np.abs(found - exact) / np.spacing(np.abs(exact).astype(f32))).max())


def between(low: float, high: float, count: int = 2_000_001) -> np.ndarray:
    """float32 numbers evenly over a range."""
    return np.linspace(low, high, count).astype(f32)


def positive(stride: int = 997) -> np.ndarray:
    """Every stride-th of the positive float32 numbers that are normal."""
    return np.arange(FIRST_NORMAL, AFTER_LARGEST, stride, np.int64).astype(np.int32).view(f32)


def test_exponential_is_within_two_last_places_over_its_domain() -> None:
    for inputs in (between(-87, 87), between(-1, 1), between(-1e-3, 1e-3)):
        assert error_in_last_places(over(exponential)(inputs), np.exp(inputs.astype(np.float64))) < 2


def test_exponential_is_held_at_the_ends_of_its_domain() -> None:
    assert exponential(f32(0)) == 1
    assert exponential(f32(1000)) == exponential(f32(87)) and np.isfinite(exponential(f32(np.inf)))
    assert exponential(f32(-1000)) == exponential(f32(-87)) > 0


def test_logarithm_is_within_two_last_places_over_its_domain() -> None:
    every_one_near_one = np.arange(0x3F000000, 0x40000000, dtype=np.int32).view(f32)  # [0.5, 2)
    for inputs in (positive()[positive() >= f32(1e-37)], every_one_near_one):
        assert error_in_last_places(over(logarithm)(inputs), np.log(inputs.astype(np.float64))) < 2


def test_logarithm_is_held_below_its_domain() -> None:
    assert logarithm(f32(1)) == 0
    assert logarithm(f32(0)) == logarithm(f32(-3)) == pytest.approx(np.log(1e-37), rel=1e-6)


def test_logarithm_undoes_the_exponential() -> None:
    inputs = between(-80, 80, 200_001)
    back = over(logarithm)(over(exponential)(inputs))
    assert np.abs(back - inputs.astype(np.float64)).max() < 1e-5


def test_logistic_is_accurate_symmetric_and_cannot_overflow() -> None:
    inputs = between(-87, 87)
    found, exact = over(logistic)(inputs), 1 / (1 + np.exp(-inputs.astype(np.float64)))
    assert error_in_last_places(found, exact) < 3  # the exponential's error and two roundings
    assert np.abs(found + over(logistic)(-inputs) - 1).max() < 2e-7
    assert (logistic(f32(0)), logistic(f32(1e30))) == (0.5, 1) and 0 <= logistic(f32(-1e30)) < 1e-37


@pytest.mark.parametrize("exponent", [-2.0, -0.5, 0.0, 0.3, 0.5, 1.0, 3.0])
def test_power_is_the_power(exponent: float) -> None:
    inputs = np.exp(between(-10, 10, 100_001).astype(np.float64)).astype(f32)
    found = np.array([power(x, f32(exponent)) for x in inputs[::100]])
    exact = inputs[::100].astype(np.float64) ** float(f32(exponent))
    # the logarithm's rounding is stretched by the size of the exponent's product
    assert np.abs(found / exact - 1).max() < 2.5e-7 * (1 + 2 * abs(exponent))
    assert power(f32(4), f32(0.5)) == pytest.approx(2, abs=2e-7)


def test_whole_rounds_to_the_nearest_and_ties_to_even() -> None:
    halves = np.arange(-8, 9, dtype=f32) + f32(0.5)
    inputs = np.concatenate([halves, between(-1e6, 1e6, 100_001), np.array([2**23 - 1, -(2**23)], f32)])
    assert np.array_equal(over(whole)(inputs), np.rint(inputs))


def test_bits_of_a_word_are_found_and_counted() -> None:
    bit_of, bits_in, lowest_bit = (one.inner if hasattr(one, "inner") else one for one in BITS)

    @numba.njit
    def found(word: np.uint32) -> tuple[int, int, np.uint32]:
        return bits_in(word), lowest_bit(word), bit_of(lowest_bit(word))

    for k in range(32):
        assert found(np.uint32(1 << k)) == (1, k, 1 << k)
        assert found(np.uint32(0xFFFFFFFF ^ ((1 << k) - 1))) == (32 - k, k, 1 << k)


def test_clip_holds() -> None:
    assert [clip(f32(x), f32(-1), f32(2)) for x in (-5, -1, 0.5, 2, 7)] == [-1, -1, 0.5, 2, 2]


@pytest.mark.parametrize("name", ["exponential", "logarithm", "logistic", "power", "clip", "whole"])
def test_no_double_and_no_call_to_a_library(name: str) -> None:
    rule = getattr(arithmetic, name)
    bare = numba.njit(**INTERNAL, **SETTINGS)(rule.py_func)
    bare.compile((numba.float32,) * rule.py_func.__code__.co_argcount)
    (listing,) = bare.inspect_llvm().values()
    assert name in listing and not re.search(r"\bdouble\b|@(exp|log|pow)f?\b|llvm\.(exp|log|pow)", listing)
