"""Where places are scarce, exactly the first by (priority, village key, place) are admitted, pool by pool."""

from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.agents import ReadableEngine
from sim.fast import FINE_FROM, FastEngine
from sim.gathering import empty_applicants


@settings(max_examples=150, deadline=None)
@given(
    applicants=st.integers(0, 400),
    capacity=st.lists(st.integers(-2, 60), min_size=1, max_size=6),
    bits=st.sampled_from([0, 1, 3, 32]),
    seed=st.integers(0, 2**32 - 1),
)
@example(applicants=400, capacity=[60], bits=0, seed=1)  # all of one priority, by a fine histogram
@example(applicants=400, capacity=[60, 60, 60, 60, 60, 60, 60], bits=32, seed=1)  # by a coarse one
def test_both_engines_admit_the_same(applicants: int, capacity: list[int], bits: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    some = empty_applicants(applicants)
    some.priority[:] = random.integers(0, 2**bits, applicants).astype(np.uint64) << np.uint64(32 - bits)
    some.key[:] = random.integers(0, 3, applicants)  # alike priorities and keys, so that all three have to decide
    some.place[:] = random.permutation(applicants)
    pool = random.integers(-1, len(capacity), applicants).astype(np.int32)
    given_to: list[Any] = [
        engine.admit(None, pool, some, np.array(capacity))  # type: ignore[arg-type]
        for engine in (FastEngine, ReadableEngine)
    ]
    assert np.array_equal(*given_to)
    assert [given_to[0][pool == q].sum() for q in range(len(capacity))] == [
        min(max(places, 0), int((pool == q).sum())) for q, places in enumerate(capacity)
    ]


def test_the_examples_take_both_histograms() -> None:
    assert 7 * FINE_FROM > 400 > FINE_FROM
