"""Instructions that numba has no words for: adding eight words at once, listing, asking for memory ahead."""

import os
from typing import Any

import llvmlite.binding
from llvmlite import ir

from sim.compilation import instruction  # and prepares the variables that are looked at here

POINTER = ir.IntType(8).as_pointer()
AT_ONCE = 16  # marks that `compress` looks at


def _can_compress() -> bool:
    """Whether code is compiled for processors with vectors of 512 bits (AVX-512F)."""
    if "NUMBA_CPU_FEATURES" in os.environ:
        return "+avx512f" in os.environ["NUMBA_CPU_FEATURES"].split(",")
    by_hand = {"NUMBA_CPU_NAME", "NUMBA_ENABLE_AVX"} & os.environ.keys()
    return not by_hand and bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))


CAN_COMPRESS = _can_compress()


@instruction
def add_eight(context: Any, sums: Any, to: Any, words: Any, at: Any, beside: Any) -> Any:
    """Add words[at : at + 4] and words[beside : beside + 4] to eight words of `sums`, from `to` in its flat order."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def place(array: int, index: int, count: int) -> Any:
            kind = ir.VectorType(ir.IntType(64), count).as_pointer()
            return builder.bitcast(_address(context, builder, signature, arguments, array, index), kind)

        target = place(0, 1, 8)
        low, high = (builder.load(place(2, index, 4), align=8) for index in (3, 4))
        order = ir.Constant(ir.VectorType(ir.IntType(32), 8), list(range(8)))
        total = builder.add(builder.load(target, align=8), builder.shuffle_vector(low, high, order))
        builder.store(total, target, align=8)
        return context.get_dummy_value()

    from numba import types

    return types.none(sums, to, words, at, beside), generate


@instruction
def ask_ahead(context: Any, array: Any, at: Any) -> Any:
    """Have the processor fetch array[at] into its first cache, for it will be read or written; at within bounds."""
    from numba import types

    word = ir.IntType(32)
    for_writing, keep_close, data = word(1), word(3), word(1)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = builder.bitcast(_address(context, builder, signature, arguments, 0, 1), POINTER)
        kind = ir.FunctionType(ir.VoidType(), [POINTER, word, word, word])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [POINTER], kind)
        builder.call(prefetch, [address, for_writing, keep_close, data])
        return context.get_dummy_value()

    return types.void(array, at), generate


@instruction
def compress(context: Any, mark: Any, begin: Any, chosen: Any, n: Any) -> Any:
    """Write to chosen[n], chosen[n + 1], ... which of the 16 places from `begin` on have a mark; returns how many.

    mark uint8[M]; chosen int32[M], of which 16 entries from n on are written, the rest of them with anything.
    """
    from numba import types

    byte, word = ir.IntType(8), ir.IntType(32)
    bytes_, words, bits = (ir.VectorType(kind, AT_ONCE) for kind in (byte, word, ir.IntType(1)))

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        marks = builder.bitcast(_address(context, builder, signature, arguments, 0, 1), bytes_.as_pointer())
        to = builder.bitcast(_address(context, builder, signature, arguments, 2, 3), words.as_pointer())
        marked = builder.icmp_unsigned("!=", builder.load(marks, align=1), ir.Constant(bytes_, [0] * AT_ONCE))
        nothing = ir.Constant(words, ir.Undefined)
        first = builder.insert_element(nothing, builder.trunc(arguments[1], word), word(0))
        first = builder.shuffle_vector(first, nothing, ir.Constant(words, [0] * AT_ONCE))
        places = builder.add(first, ir.Constant(words, list(range(AT_ONCE))))
        kind = ir.FunctionType(words, [words, words, bits])
        name = f"llvm.x86.avx512.mask.compress.v{AT_ONCE}i32"
        known = builder.module.globals.get(name)
        pressed = ir.Function(builder.module, kind, name) if known is None else known
        builder.store(builder.call(pressed, [places, places, marked]), to, align=4)
        how_many = builder.ctpop(builder.bitcast(marked, ir.IntType(AT_ONCE)))
        return builder.zext(how_many, ir.IntType(64))

    return types.int64(mark, begin, chosen, n), generate


def _address(context: Any, builder: Any, signature: Any, arguments: Any, array: int, at: int) -> Any:
    """Where an argument's entry is, whose number is another argument."""
    first = context.make_array(signature.args[array])(context, builder, arguments[array]).data
    return builder.gep(first, [arguments[at]])
