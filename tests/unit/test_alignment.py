"""Arrays begin where a cache line does."""

from typing import Any

import numpy as np
import pytest

from sim.alignment import LINE, aligned, aligned_copy
from sim.state import copy_state


def address(array: np.ndarray) -> int:
    """Where it begins in memory."""
    return int(array.__array_interface__["data"][0])


@pytest.mark.parametrize("shape", [1, 33, (3, 5), (1 << 20,)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.int64])
def test_shape_and_type_are_as_asked_and_nothing_overlaps(shape: Any, kind: type) -> None:
    one, other = aligned(shape, kind), aligned(shape, kind)
    assert one.shape == np.empty(shape).shape and one.dtype == kind and one.flags.c_contiguous and one.flags.writeable
    assert address(one) % LINE == address(other) % LINE == 0
    one[...], other[...] = 1, 2
    assert (one == 1).all() and not np.shares_memory(one, other)


def test_a_copy_is_one_of_its_own() -> None:
    values = np.arange(12, dtype=np.uint16).reshape(3, 4)
    copy = aligned_copy(values)
    values[:] = 0
    assert copy.tolist() == np.arange(12).reshape(3, 4).tolist() and address(copy) % LINE == 0


def test_columns_of_a_world_and_of_its_copy_are_aligned(worlds: Any) -> None:
    state = worlds.begin(worlds.scenario([], {"scale": 40, "spin_up": 0})).state
    for one, other in zip(state.people, copy_state(state).people, strict=True):
        assert address(one) % LINE == address(other) % LINE == 0 and np.array_equal(one, other)
