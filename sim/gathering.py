"""Lists of applicants by blocks: nothing is copied while they grow, and what a block lacks is never in memory."""

import ctypes
import sys

import numpy as np

from sim.world import Applicants

BLOCK = 1 << 20  # entries of a block
FIRST = 500_000  # of the first: columns of 4 MB would come in pages of 2 MB, of which a small world uses little
GIVEN_BACK = 1 << 18  # bytes of a column that the C library takes from the system, and gives back when it is freed
_MMAP_THRESHOLD = -3  # of glibc's mallopt
COLUMNS = (np.int64, np.uint8, np.int32, np.int32, np.uint32, np.uint32, np.uint32, np.uint8)


class Lists:
    """Some lists that one thread fills side by side."""

    def __init__(self, number: int, most: int) -> None:
        self.open = [empty_applicants(0)] * number  # filled up to `lengths`
        self.lengths = np.zeros(number, np.int64)
        self._most = most  # entries that will ever be asked for
        self._full: list[list[Applicants]] = []

    def make_room(self, places: int) -> None:
        """Have each of the lists take so many entries more."""
        if int(self.lengths.max()) + places > len(self.open[0].who):
            if self.lengths.any():
                self._close()
            length = max(places, min(BLOCK if self._full else min(FIRST, BLOCK), self._most))
            self.open = [empty_applicants(length) for _ in self.open]

    def take(self) -> list[list[Applicants]]:
        """What was filled since the last time: for each part the lists. Good until the lists are filled again."""
        if self.lengths.any() or not self._full:
            self._close()
        taken, self._full = self._full, []
        return taken

    def _close(self) -> None:
        self._full.append([one.select(slice(int(n))) for one, n in zip(self.open, self.lengths, strict=True)])
        self.lengths[:] = 0


def empty_applicants(n: int) -> Applicants:
    """Room for n of them."""
    return Applicants(*(np.empty(n, kind) for kind in COLUMNS))


def joined(parts: list[list[Applicants]]) -> list[Applicants]:
    """For each of some lists one of its several parts, which are gone then: a column at a time, to spare memory."""
    if len(parts) == 1:
        return parts[0]
    lists = []
    while parts[0]:
        columns = [list(part.pop(0)) for part in parts]
        lists.append(Applicants(*(np.concatenate([one.pop(0) for one in columns]) for _ in COLUMNS)))
    return lists


def give_back_freed_memory() -> None:
    """Have the C library give large arrays back to the system when they are freed, where it is glibc.

    By itself it keeps all below 32 MB once such were freed, in holes that a run of hundreds of millions cannot spare.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_MMAP_THRESHOLD, GIVEN_BACK)
