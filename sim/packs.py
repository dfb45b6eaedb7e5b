"""Many arrays and numbers behind one pointer: how kernels take the state of a world, seen from Python.

numba passes a named tuple by value: every array in it becomes seven arguments of every compiled function it
goes through, and compiling some hundred of them takes minutes. A class marked `packed` is the same named tuple
for Python, and for a kernel a pointer to a table of addresses, shapes and numbers. The arguments of a kernel that
Python calls are such a table, too. `sim.pack_types` tells numba.
"""

import hashlib
from array import array
from collections.abc import Callable, Sequence
from ctypes import addressof, c_char
from struct import Struct
from threading import RLock
from typing import Any, TypeVar

import numpy as np

Fields = TypeVar("Fields")
WORD = 8  # bytes of a table's word
_LOCK = RLock()
_MASK = (1 << 64) - 1
_PLAIN = {bool: np.bool_, int: np.int64, float: np.float64}  # as kernels take Python's own numbers
_SINGLE, _DOUBLE = (Struct("=f").pack, Struct("=I").unpack), (Struct("=d").pack, Struct("=Q").unpack)
_start_of: Any = (c_char * 0).from_buffer  # an array's beginning, much faster than numpy itself tells its address
_KNOWN: dict[Any, "PackKind"] = {}


class PackKind:
    """What the fields of a pack are: for each an array's (dtype, dimensions), a number's dtype or a pack's kind."""

    def __init__(self, title: str, fields: tuple[tuple[str, Any], ...]) -> None:
        self.fields = fields
        # the name tells kinds apart and becomes part of every symbol, so it has to be short
        description = ", ".join(f"{name}: {kind}" for name, kind in fields)
        self.name = f"{title}_{hashlib.sha256(description.encode()).hexdigest()[:12]}"

    def __str__(self) -> str:
        return self.name


class Handle:
    """A pack's kind and table."""

    __slots__ = ("_table", "address", "kind")

    def __init__(self, pack: "Packed") -> None:
        fields: Any = pack
        self.kind, self._table = table_of(type(pack), fields._fields, fields)
        self.address = self._table.buffer_info()[0]  # where the table is in memory


class Packed:
    """What `packed` adds to a named tuple: the handle that kernels take, made when first asked for."""

    @property
    def handle(self) -> Handle:
        """The table and its kind; made once, whichever thread asks first."""
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


def table_of(owner: Any, names: Sequence[str], values: Sequence[Any]) -> "tuple[PackKind, array[int]]":
    """The kind of a class's or a function's table with these values, and the table; there is one object a kind only.

    Words: address and shape of each array, the bits of each number, the address of each pack's table. Raises ValueError
    for an array with gaps. The values must live as long as the table is used.
    """
    kinds: list[Any] = []
    words: list[int] = []
    for value in values:  # quick, since a month makes several tables of a hundred fields
        if isinstance(value, np.ndarray):
            kinds.append((value.dtype, value.ndim))
            try:
                words.append(addressof(_start_of(value)))
            except (TypeError, ValueError):  # not to be written, or with gaps
                words.append(_address(owner, names, values, value))
            words += value.shape
        elif isinstance(value, Packed):
            handle = value.handle
            kinds.append(handle.kind)
            words.append(handle.address)
        else:
            kind, word = _NUMBERS[type(value)]
            kinds.append(kind)
            words.append(word(value))
    key = (owner, *kinds)
    found = _KNOWN.get(key)
    if found is None:
        with _LOCK:
            found = _KNOWN.setdefault(key, PackKind(owner.__name__, tuple(zip(names, kinds, strict=True))))
    return found, array("Q", words)


def _word_of(kind: np.dtype[Any]) -> Callable[[Any], int]:
    """What the bits of a number are as a table's word."""
    if kind.kind == "f":
        pack, unpack = _SINGLE if kind.itemsize == 4 else _DOUBLE
        return lambda value: unpack(pack(value))[0]
    return lambda value: int(value) & _MASK


_NUMBERS = {
    plain: (np.dtype(kind), _word_of(np.dtype(kind)))
    for plain, kind in [
        *_PLAIN.items(),
        *((one, one) for one in (np.bool_, np.float32, np.float64)),
        *((one, one) for one in (np.int8, np.int16, np.int32, np.int64)),
        *((one, one) for one in (np.uint8, np.uint16, np.uint32, np.uint64)),
    ]
}


def _address(owner: Any, names: Sequence[str], values: Sequence[Any], value: np.ndarray) -> int:
    """Where an array without gaps begins."""
    if not value.flags.c_contiguous:
        name = next(name for name, one in zip(names, values, strict=True) if one is value)
        raise ValueError(f"{owner.__name__}.{name}: expected a contiguous array")
    address: int = value.__array_interface__["data"][0]
    return address
