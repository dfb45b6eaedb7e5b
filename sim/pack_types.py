"""Packs for numba: reading `people.age` in a kernel loads the column's address from the pack's table.

The tables never change, and the loads say so to LLVM ("invariant"): it may move them out of loops although the
loops write to the columns themselves.
"""

import hashlib
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import cgutils, datamodel
from numba.core.typing.templates import AttributeTemplate
from numba.extending import NativeValue, infer_getattr, lower_getattr_generic, register_model, typeof_impl, unbox
from numba.np.arrayobj import populate_array

from sim.packs import WORD, Handle, Packed

_KNOWN: dict[Any, "PackType"] = {}


class PackType(types.Type):  # type: ignore[misc]
    """The numba type of a pack: names, types and first words of its fields."""

    def __init__(self, title: str, fields: tuple[tuple[str, types.Type], ...]) -> None:
        self.fields = dict(fields)
        self.first_word: dict[str, int] = {}
        self.words = 0
        for name, kind in fields:
            self.first_word[name] = self.words
            self.words += 1 + (kind.ndim if isinstance(kind, types.Array) else 0)
        # the name tells types apart and becomes part of every symbol, so it has to be short
        description = ", ".join(f"{name}: {kind}" for name, kind in fields)
        super().__init__(name=f"{title}_{hashlib.sha256(description.encode()).hexdigest()[:12]}")


def pack_type(pack: Any) -> PackType:
    """The type of a pack with these values."""
    key = (type(pack), *[_kind_of(value) for value in pack])
    if key not in _KNOWN:
        fields = zip(pack._fields, pack, strict=True)
        _KNOWN[key] = PackType(type(pack).__qualname__, tuple((name, _type_of(value)) for name, value in fields))
    return _KNOWN[key]


def _kind_of(value: Any) -> Any:
    """What a field's type depends on; quick to compare, since a month makes several packs of a hundred fields."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.ndim
    return id(value.handle._numba_type_) if isinstance(value, Packed) else value.dtype


def _type_of(value: Any) -> types.Type:
    """numba's type of a field's value: an array, a pack or a numpy number."""
    if isinstance(value, np.ndarray):
        return types.Array(numba.from_dtype(value.dtype), value.ndim, "C")
    return value.handle._numba_type_ if isinstance(value, Packed) else numba.from_dtype(value.dtype)


@typeof_impl.register(Handle)
def _typeof_pack(value: Handle, context: Any) -> Any:
    return value._numba_type_


@register_model(PackType)
class _PackModel(datamodel.models.OpaqueModel):  # type: ignore[misc]
    """A pointer to the table."""


@unbox(PackType)
def _unbox_pack(kind: PackType, value: Any, c: Any) -> NativeValue:
    number = cgutils.alloca_once_value(c.builder, c.context.get_constant(types.uint64, 0))
    address = c.pyapi.object_getattr_string(value, "address")
    with c.builder.if_then(cgutils.is_not_null(c.builder, address)):  # null: the property raised an error
        c.builder.store(c.pyapi.long_as_ulonglong(address), number)
        c.pyapi.decref(address)
    pointer = c.builder.inttoptr(c.builder.load(number), cgutils.voidptr_t)
    return NativeValue(pointer, is_error=cgutils.is_null(c.builder, address))


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
