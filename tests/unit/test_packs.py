"""Packs: what a kernel reads behind the pointer is what Python holds."""

import copy
import pickle
from typing import NamedTuple

import numpy as np
import pytest

from sim.compilation import kernel
from sim.packs import packed


@packed
class Inner(NamedTuple):
    """Numbers and a table."""

    rate: np.float32
    month: np.int64
    seed: np.uint64
    table: np.ndarray  # int64[A, B, C]


@packed
class Outer(NamedTuple):
    """A pack in a pack, and two columns."""

    status: np.ndarray  # uint8[N]
    inner: Inner
    income: np.ndarray  # float32[N]


@kernel
def read(outer, found):
    """Write what the pack holds to found float64[6]; double the incomes."""
    found[0], found[1], found[2] = outer.inner.rate, outer.inner.month, outer.inner.seed >> np.uint64(40)
    found[3] = outer.inner.table[1, 0, 2]
    found[4] = outer.inner.table.shape[0] * 100 + outer.inner.table.shape[1] * 10 + outer.inner.table.shape[2]
    for i in range(outer.status.shape[0]):
        found[5] += outer.status[i]
        outer.income[i] = outer.income[i] * np.float32(2)


def outer() -> Outer:
    """A small pack."""
    inner = Inner(np.float32(0.25), np.int64(-7), np.uint64(3 << 40), np.arange(24).reshape(2, 4, 3))
    return Outer(np.array([1, 2, 250], np.uint8), inner, np.array([1, 2, 3], np.float32))


def test_a_kernel_reads_what_python_holds_and_writes_through() -> None:
    pack, found = outer(), np.zeros(6)
    read(pack, found)
    assert found.tolist() == [0.25, -7, 3, 14, 243, 253]
    assert pack.income.tolist() == [2, 4, 6]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda pack: pickle.loads(pickle.dumps(pack))])
def test_a_copy_has_a_table_of_its_own(again: object) -> None:
    pack = outer()
    read(pack, np.zeros(6))
    other = again(pack)  # type: ignore[operator]
    found = np.zeros(6)
    read(other, found)
    assert found.tolist() == [0.25, -7, 3, 14, 243, 253]
    assert other.handle.address != pack.handle.address
    assert other.income.tolist() == [4, 8, 12]
    assert pack.income.tolist() == [2, 4, 6]
    assert pack._replace(status=np.zeros(1, np.uint8)).handle.address != pack.handle.address


def test_an_array_with_gaps_is_refused() -> None:
    pack = outer()._replace(income=np.zeros(6, np.float32)[::2])
    with pytest.raises(ValueError, match=r"Outer\.income: expected a contiguous array"):
        read(pack, np.zeros(6))
