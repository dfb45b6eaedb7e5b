"""Lists made from marks are the marked places in order, whatever instructions the processor has."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.arithmetic import u64
from sim.compilation import SETTINGS, kernel
from sim.fast import FastEngine
from sim.kernels import lists
from sim.kernels.lists import BLOCK, places_in_use
from sim.processor import AT_ONCE, CAN_COMPRESS
from sim.state import Status


@pytest.fixture(scope="module", params=[False, True], ids=["one by one", "sixteen at once"])
def list_marked(request: pytest.FixtureRequest) -> object:
    """`list_marked` compiled without and with the instruction that lists sixteen places."""
    if request.param and not CAN_COMPRESS:
        pytest.skip("this processor has no vectors of 512 bits")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lists, "CAN_COMPRESS", request.param)
        compiled = numba.njit(**SETTINGS)(lists.list_marked.py_func)
        compiled(*arrays(np.zeros(AT_ONCE, bool)))
    return compiled


def arrays(marked: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.uint64, np.ndarray]:
    """What `list_marked` takes, with no room behind the last place."""
    words = np.zeros(len(marked) // 8, np.uint64)
    mark = words.view(np.uint8)
    mark[:] = marked
    return mark, words, np.uint64(len(marked)), np.full(len(marked), -1, np.int32)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 20), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_listed_are_the_marked_in_order(list_marked: object, blocks: int, share: float, seed: int) -> None:
    marked = np.random.default_rng(seed).random(blocks * AT_ONCE) < share
    mark, words, count, chosen = arrays(marked)
    n = list_marked(mark, words, count, chosen)  # type: ignore[operator]
    assert np.array_equal(chosen[:n], np.flatnonzero(marked))


@kernel
def extents_of(g: Any, people: Any, firsts: np.ndarray, counts: np.ndarray) -> None:
    """First place and places in use of each village, int64[V]."""
    for v in range(u64(firsts.shape[0])):
        firsts[v], counts[v] = places_in_use(v, g, people)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.floats(0, 0.3), st.integers(0, 2**32 - 1))
@example([2, 1], 1.0, 0)
@example([3, 2], 0.0, 0)
def test_beyond_the_places_in_use_all_are_vacant(worlds: Any, blocks: list[int], share: float, seed: int) -> None:
    """And nobody would miss a block of them fewer."""
    plain = worlds.begin(worlds.scenario([], {"scale": 40, "spin_up": 0}))
    start = np.concatenate([[0], np.cumsum(np.array(blocks) * BLOCK)])
    taken = np.random.default_rng(seed).random(start[-1]) < share**2
    status = np.where(taken, Status.OWNER, Status.VACANT).astype(np.uint8)
    geography, people = plain.world.geography._replace(start=start), plain.state.people._replace(status=status)
    firsts, counts = np.empty(len(blocks), np.int64), np.empty(len(blocks), np.int64)
    extents_of(geography, people, firsts, counts)
    assert np.array_equal(firsts, start[:-1])
    for first, count, end in zip(firsts, counts, start[1:], strict=True):
        assert count % BLOCK == 0 and not taken[first + count : end].any()
        assert count == 0 or taken[first + count - BLOCK : first + count].any()


def test_when_one_thread_fails_the_others_have_ended() -> None:
    """What they write is read by nobody, but must not be written later."""
    ended: list[int] = []
    engine = FastEngine.__new__(FastEngine)
    engine.pool = ThreadPoolExecutor(2)

    def work(part: int) -> None:
        if part == 0:
            raise ZeroDivisionError
        time.sleep(0.1 * part)
        ended.append(part)

    with pytest.raises(ZeroDivisionError):
        engine._at_once(work, [(0,), (1,), (2,)])
    assert ended == [1, 2]
    engine.pool.shutdown()
