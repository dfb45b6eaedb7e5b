"""Packs for numba: reading `people.age` in a kernel loads the column's address from the pack's table.

The tables never change, and the loads say so to LLVM ("invariant"): it may move them out of loops although the
loops write to the columns themselves.
"""

from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import cgutils, datamodel
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, lower_getattr_generic, register_model
from numba.np.arrayobj import populate_array

from sim.packs import WORD, PackKind

_KNOWN: dict[PackKind, "PackType"] = {}


class PackType(types.Type):  # type: ignore[misc]
    """The numba type of a pack: names, types and first words of its fields."""

    def __init__(self, kind: PackKind) -> None:
        self.fields = {name: _type_of(one) for name, one in kind.fields}
        self.first_word: dict[str, int] = {}
        self.words = 0
        for name, one in self.fields.items():
            self.first_word[name] = self.words
            self.words += 1 + (one.ndim if isinstance(one, types.Array) else 0)
        super().__init__(name=kind.name)


def pack_type(kind: PackKind) -> PackType:
    """The numba type of a kind of packs."""
    if kind not in _KNOWN:
        _KNOWN[kind] = PackType(kind)
    return _KNOWN[kind]


def _type_of(kind: Any) -> types.Type:
    """The numba type of a field: an array, a pack or a number."""
    if isinstance(kind, PackKind):
        return pack_type(kind)
    if isinstance(kind, np.dtype):
        return numba.from_dtype(kind)
    dtype, dimensions = kind
    return types.Array(numba.from_dtype(dtype), dimensions, "C")


@register_model(PackType)
class _PackModel(datamodel.models.OpaqueModel):  # type: ignore[misc]
    """A pointer to the table."""


@infer_getattr
class _PackFields(AttributeTemplate):  # type: ignore[misc]
    key = PackType

    def generic_resolve(self, kind: PackType, name: str) -> types.Type | None:
        return kind.fields.get(name)


@lower_getattr_generic(PackType)
def _read_field(context: Any, builder: Any, kind: PackType, pack: Any, name: str) -> Any:
    field, first = kind.fields[name], kind.first_word[name]

    def load(word: int, llvm_type: Any) -> Any:
        place = cgutils.gep_inbounds(builder, pack, word * WORD)
        loaded = builder.load(builder.bitcast(place, llvm_type.as_pointer()))
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    if not isinstance(field, types.Array):
        return load(first, context.get_value_type(field))
    whole = context.get_value_type(types.intp)
    item = context.get_data_type(field.dtype)
    size = whole(context.get_abi_sizeof(item))
    shape = [load(first + 1 + axis, whole) for axis in range(field.ndim)]
    strides = [size]
    for extent in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], extent))
    array = context.make_array(field)(context, builder)
    populate_array(array, load(first, item.as_pointer()), shape, strides, size, meminfo=None)
    return array._getvalue()
