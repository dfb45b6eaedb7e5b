"""One person in 2^k worlds: which class the pattern of responses belongs to.

A pattern has an entry for each cell of the factorial, indexed by bitmask: bit b set means instrument b present.
It is monotone if nobody who responds to a set fails to respond to a larger one. The classes are a partition:

    always           responds in every cell, also without instruments
    never            responds in none
    moved_by_one     monotone; some single instrument suffices
    only_by_pair     monotone; no single instrument suffices, some pair does, and a pair is not yet the whole
    only_by_several  the same with the smallest sufficient set between a pair and the whole (more than 3 instruments)
    only_by_package  monotone; the whole suffices and nothing less
    kept_away        responds without instruments, and does not to the whole
    crowded_out      does not respond to none or to the whole, and does to something between
    mixed            responds to the whole, but not to some set that contains one he or she responds to

With one instrument, the whole is one: moved_by_one. With two, the pair is the whole: only_by_package.
"""

import numpy as np

from experiments.estimands.factorial import label

CLASSES = (
    "always",
    "never",
    "moved_by_one",
    "only_by_pair",
    "only_by_several",
    "only_by_package",
    "kept_away",
    "crowded_out",
    "mixed",
)
_NUMBER = {name: number for number, name in enumerate(CLASSES)}


def instruments_of(patterns: np.ndarray) -> int:
    """k, from patterns with 2^k entries on the last axis; ValueError for another number of entries."""
    cells = patterns.shape[-1]
    if cells < 2 or cells & (cells - 1):
        raise ValueError(f"a pattern has {cells} entries; expected a power of 2, from 2 on")
    return cells.bit_length() - 1


def sizes(k: int) -> np.ndarray:
    """int64[2^k]: how many instruments each cell has."""
    return np.array([mask.bit_count() for mask in range(1 << k)])


def is_monotone(patterns: np.ndarray) -> np.ndarray:
    """Whether every response is kept when an instrument is added: bool[...] from bool[..., 2^k]."""
    k = instruments_of(patterns)
    monotone = np.ones(patterns.shape[:-1], bool)
    for b in range(k):
        with_it = np.flatnonzero(np.arange(1 << k) >> b & 1)
        lost = patterns[..., with_it ^ (1 << b)] & ~patterns[..., with_it]
        monotone &= ~lost.any(axis=-1)
    return monotone


def minimal(patterns: np.ndarray) -> np.ndarray:
    """Which responding cells contain no smaller responding cell: bool[..., 2^k] from bool[..., 2^k]."""
    reached = np.zeros_like(patterns)  # a proper subset responds
    for mask in range(patterns.shape[-1]):
        for b in range(instruments_of(patterns)):
            if mask >> b & 1:
                below = mask ^ (1 << b)
                reached[..., mask] |= patterns[..., below] | reached[..., below]
    return patterns & ~reached


def classify(patterns: np.ndarray) -> np.ndarray:
    """The class of each pattern, uint8[...] into CLASSES, from bool[..., 2^k]."""
    k = instruments_of(patterns)
    none, whole, some = patterns[..., 0], patterns[..., -1], patterns.any(axis=-1)
    smallest = np.where(minimal(patterns), sizes(k), k + 1).min(axis=-1)
    of_size = np.full(k + 2, _NUMBER["only_by_several"])
    of_size[2], of_size[k], of_size[1] = _NUMBER["only_by_pair"], _NUMBER["only_by_package"], _NUMBER["moved_by_one"]
    of_size[0] = _NUMBER["always"]
    number = np.where(is_monotone(patterns), of_size[smallest], _NUMBER["mixed"])
    number = np.where(none & ~whole, _NUMBER["kept_away"], number)
    number = np.where(~none & ~whole & some, _NUMBER["crowded_out"], number)
    return np.where(some, number, _NUMBER["never"]).astype(np.uint8)


def minimal_sets(pattern: np.ndarray, packages: tuple[str, ...]) -> str:
    """The smallest sets that one pattern (bool[2^k]) responds to, such as "training;credit+industry"; "" for none."""
    masks = np.flatnonzero(minimal(pattern)).tolist()
    return ";".join(label(mask, packages) for mask in sorted(masks, key=lambda mask: (mask.bit_count(), mask)))


def text_of(pattern: np.ndarray) -> str:
    """A pattern as digits in the order of bitmasks."""
    return "".join("1" if responds else "0" for responds in pattern)
