"""Many arrays and numbers behind one pointer: how kernels take the state of a world, seen from Python.

numba passes a named tuple by value: every array in it becomes seven arguments of every compiled function it
goes through, and compiling some hundred of them takes minutes. A class marked `packed` is the same named tuple
for Python, and for a kernel a pointer to a table of addresses, shapes and numbers. `sim.pack_types` tells numba.
"""

import sys
from array import array
from threading import RLock
from typing import Any, TypeVar

import numpy as np

Fields = TypeVar("Fields")
WORD = 8  # bytes of a table's word
_LOCK = RLock()


class Handle:
    """What a kernel is called with in a pack's place: the type and the table, and no fields to look at."""

    __slots__ = ("_numba_type_", "_table", "address")

    def __init__(self, pack: "Packed") -> None:
        from sim.pack_types import pack_type

        self._numba_type_ = pack_type(pack)
        self._table = _table_of(pack)
        self.address = self._table.buffer_info()[0]  # where the table is in memory


class Packed:
    """What `packed` adds to a named tuple: the handle that kernels take, made when first asked for."""

    @property
    def handle(self) -> Handle:
        """The table and its type; made once, whichever thread asks first."""
        kept = self.__dict__
        if "_handle" not in kept:
            with _LOCK:
                if "_handle" not in kept:
                    kept["_handle"] = Handle(self)
        found: Handle = kept["_handle"]
        return found

    def __getstate__(self) -> None:
        """Nothing but the tuple is copied or pickled: a table holds addresses."""
        return


def packed(fields: type[Fields]) -> type[Fields]:
    """Make a named tuple of arrays, numpy numbers and packs one that kernels take behind a pointer."""
    body = {name: getattr(fields, name) for name in ("__doc__", "__module__", "__qualname__", "__annotations__")}
    return type(fields.__name__, (Packed, fields), body)


def _table_of(pack: Any) -> "array[int]":
    """Words: address and shape of each array, the bits of each number, the address of each pack."""
    words = []
    for name, value in zip(pack._fields, pack, strict=True):
        if isinstance(value, np.ndarray):
            if not value.flags.c_contiguous:
                raise ValueError(f"{type(pack).__qualname__}.{name}: expected a contiguous array")
            words.append(value.__array_interface__["data"][0])
            words.extend(value.shape)
        elif isinstance(value, Packed):
            words.append(value.handle.address)
        else:
            words.append(int.from_bytes(value.tobytes().ljust(WORD, b"\0"), sys.byteorder))
    return array("Q", words)
