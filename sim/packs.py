"""Many arrays and numbers behind one pointer: how kernels take the state of a world, seen from Python.

numba passes a named tuple by value: every array in it becomes seven arguments of every compiled function it
goes through, and compiling some hundred of them takes minutes. A class marked `packed` is the same named tuple
for Python, and for a kernel a pointer to a table of addresses, shapes and numbers. `sim.pack_types` tells numba.
"""

from functools import cached_property
from threading import RLock
from typing import Any, TypeVar

import numpy as np

Fields = TypeVar("Fields")
_LOCK = RLock()


class Packed:
    """What `packed` adds to a named tuple: its numba type, and the table kernels read, made when first asked for."""

    @cached_property
    def _numba_type_(self) -> Any:
        from sim.pack_types import pack_type

        return pack_type(type(self).__qualname__, self._asdict())  # type: ignore[attr-defined]

    @property
    def address(self) -> int:
        """Where the table is in memory; made once, whichever thread asks first."""
        kept = self.__dict__
        if "_address" not in kept:
            with _LOCK:
                if "_address" not in kept:
                    kept["_table"] = _table_of(self)
                    kept["_address"] = kept["_table"].__array_interface__["data"][0]
        return int(kept["_address"])

    def __getstate__(self) -> None:
        """Nothing but the tuple is copied or pickled: a table holds addresses."""
        return


def packed(fields: type[Fields]) -> type[Fields]:
    """Make a named tuple of arrays, numpy numbers and packs one that kernels take behind a pointer."""
    body = {name: getattr(fields, name) for name in ("__doc__", "__module__", "__qualname__", "__annotations__")}
    return type(fields.__name__, (Packed, fields), body)


def _table_of(pack: Any) -> np.ndarray:
    """uint64[words]: address and shape of each array, the bits of each number, the address of each pack."""
    kind = pack._numba_type_
    table = np.zeros(kind.words, np.uint64)
    for name, first in kind.first_word.items():
        value = getattr(pack, name)
        if isinstance(value, Packed):
            table[first] = value.address
        elif isinstance(value, np.ndarray):
            if not value.flags.c_contiguous:
                raise ValueError(f"{type(pack).__qualname__}.{name}: expected a contiguous array")
            table[first] = value.__array_interface__["data"][0]
            table[first + 1 : first + 1 + value.ndim] = value.shape
        else:
            table[first : first + 1].view(value.dtype)[0] = value
    return table
