"""Lists made from marks are the marked places in order, whatever instructions the processor has."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.compilation import SETTINGS
from sim.kernels import lists
from sim.processor import AT_ONCE, CAN_COMPRESS


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
