"""Arrays that begin where a cache line does: a vector of 512 bits then never lies across two of them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

LINE = 64  # bytes of a cache line, and of the widest vectors


def aligned(shape: int | Sequence[int], dtype: Any, make: Callable[..., np.ndarray] = np.empty) -> np.ndarray:
    """An array that begins at a multiple of LINE in memory; make: `numpy.empty`, or `numpy.zeros` for one of zeros."""
    kind = np.dtype(dtype)
    count = math.prod(shape) if isinstance(shape, Sequence) else shape
    block = make(count * kind.itemsize + LINE, np.uint8)
    begin = -block.__array_interface__["data"][0] % LINE
    return block[begin : begin + count * kind.itemsize].view(kind).reshape(shape)


def aligned_copy(values: np.ndarray) -> np.ndarray:
    """A copy that begins at a multiple of LINE in memory."""
    copy = aligned(values.shape, values.dtype)
    copy[...] = values
    return copy
