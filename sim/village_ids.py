"""Which villages a place has: their ids, and the keys of their draws."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from sim.draws import stable_key, stable_keys

Keys = NDArray[np.uint32]
Numbers = NDArray[np.int64]


class VillageIds(Sequence[str]):
    """Ids of generated villages, such as "zhaoyang-00050", each made when it is asked for."""

    def __init__(self, counties: Sequence[str], county: NDArray[Any], number: Numbers) -> None:
        """The county's index and the running number within it of each village."""
        self._counties, self._county, self._number = tuple(counties), county, number

    def __len__(self) -> int:
        return len(self._number)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "VillageIds": ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return VillageIds(self._counties, self._county[index], self._number[index])
        return generated_id(self._counties[self._county[index]], int(self._number[index]))

    def __iter__(self) -> Iterator[str]:
        return (self[at] for at in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VillageIds | tuple) and len(self) == len(other) and all(map(str.__eq__, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, islice(self, 3)))
        return f"<{len(self):,} villages: {shown}{', ...' if len(self) > 3 else ''}>"


def generated_id(county: str, number: int) -> str:
    """The id of a county's village number `number`."""
    return f"{county}-{number:05d}"


@lru_cache(maxsize=4)
def keys_of_place(place: str, counties: tuple[str, ...], villages: tuple[int, ...]) -> Keys:
    """Keys of all villages of a place at scale 1, county by county, uint32[V]; no two are equal.

    villages: how many each county has. A key depends on the place's villages at scale 1 and on nothing else, so
    that a village has the same at every scale.
    """
    numbers = [f"{number:05d}" for number in range(max(villages))]
    keys = np.concatenate(
        [stable_keys(f"{place}/{name}-", numbers[:held]) for name, held in zip(counties, villages, strict=True)]
    )
    edge = np.cumsum(villages)

    def text_of(at: int) -> str:
        county = int(np.searchsorted(edge, at, "right"))
        return f"{place}/{generated_id(counties[county], at - int(edge[county]) + villages[county])}"

    keys = distinct_keys(keys, text_of)
    keys.flags.writeable = False
    return keys


def distinct_keys(keys: Keys, text_of: Callable[[int], str]) -> Keys:
    """The keys, with another for every village whose key an earlier one has; "earlier" is by text, not by index.

    text_of(index) is what a key was made of. The new key is that of the text with "/1" behind it, or "/2" and so
    on, the first that nobody has. About 40 pairs among 600,000 villages share 32 bits.
    """
    order = np.argsort(keys, kind="stable")
    equal = keys[order[1:]] == keys[order[:-1]]
    if not equal.any():
        return keys
    twins: list[int] = np.unique(np.concatenate((order[1:][equal], order[:-1][equal]))).tolist()
    taken = np.sort(keys)
    keys = keys.copy()
    given: set[int] = set()  # of the first of each text, and those newly made
    named: list[tuple[str, int]] = sorted((text_of(one), one) for one in twins)
    for text, at in named:
        key, attempt = int(keys[at]), 0
        while key in given or (attempt > 0 and taken[min(int(np.searchsorted(taken, key)), len(taken) - 1)] == key):
            attempt += 1
            key = stable_key(f"{text}/{attempt}")
        given.add(key)
        keys[at] = key
    return keys
