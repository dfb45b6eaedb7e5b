"""Every pattern of responses belongs to exactly one class, whatever the instruments are called."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.laboratory.patterns import CLASSES, classify, minimal, sizes

many = settings(max_examples=300, deadline=None, derandomize=True, database=None)


def drawn(k: int) -> st.SearchStrategy[np.ndarray]:
    """Patterns of k instruments: any, and monotone ones, which are rare among any."""
    cells = 1 << k
    anything = st.lists(st.booleans(), min_size=cells, max_size=cells).map(np.array)
    above = st.lists(st.integers(0, cells - 1), max_size=4).map(
        lambda sets: np.array([any(mask & need == need for need in sets) for mask in range(cells)])
    )
    return anything | above


patterns_of_any_size = st.integers(1, 5).flatmap(drawn)


def holding(pattern: np.ndarray) -> list[str]:
    """The classes whose definition a pattern meets, read off all pairs of cells."""
    cells = range(len(pattern))
    k = len(pattern).bit_length() - 1
    monotone = all(pattern[b] or not pattern[a] for a in cells for b in cells if a & b == a)
    responding = [mask.bit_count() for mask in cells if pattern[mask]]
    least = min(responding, default=-1)
    raised = monotone and not pattern[0]
    definitions = {
        "always": len(responding) == len(pattern),
        "never": not responding,
        "moved_by_one": raised and least == 1,
        "only_by_pair": raised and least == 2 < k,
        "only_by_several": raised and 3 <= least < k,
        "only_by_package": raised and least == k > 1,
        "kept_away": pattern[0] and not pattern[-1],
        "crowded_out": not pattern[0] and not pattern[-1] and bool(responding),
        "mixed": pattern[-1] and not monotone,
    }
    assert list(definitions) == list(CLASSES)
    return [name for name, is_met in definitions.items() if is_met]


@many
@given(patterns_of_any_size)
def test_exactly_one_class(pattern: np.ndarray) -> None:
    assert holding(pattern) == [CLASSES[classify(pattern)]]


@many
@given(st.integers(2, 4).flatmap(lambda k: st.tuples(drawn(k), st.sampled_from(list(permutations(range(k)))))))
def test_names_of_instruments_do_not_matter(case: tuple[np.ndarray, tuple[int, ...]]) -> None:
    pattern, order = case
    moved = np.array([sum((mask >> b & 1) << order[b] for b in range(len(order))) for mask in range(len(pattern))])
    relabelled = np.empty_like(pattern)
    relabelled[moved] = pattern
    assert classify(relabelled) == classify(pattern)
    assert np.array_equal(minimal(relabelled)[moved], minimal(pattern))


@many
@given(patterns_of_any_size)
def test_minimal_sets_rebuild_a_monotone_pattern(pattern: np.ndarray) -> None:
    smallest = np.flatnonzero(minimal(pattern))
    cells = np.arange(len(pattern))
    rebuilt = ((cells[:, None] & smallest) == smallest).any(axis=1)
    assert (rebuilt | ~pattern).all()  # every responding cell holds a minimal set
    if CLASSES[classify(pattern)] in ("always", "never", "moved_by_one", "only_by_pair", "only_by_package"):
        assert np.array_equal(rebuilt, pattern)
    one, other = np.meshgrid(smallest, smallest)
    assert not ((one != other) & (one & other == one)).any()  # and none holds another
    assert sizes(len(pattern).bit_length() - 1)[-1] == len(pattern).bit_length() - 1
