"""Elementary functions in float32, written out so that they vectorise and give the same bits everywhere.

The C library's `exp` and `log` differ between machines and stop LLVM from vectorising a loop.
These are polynomial forms: minimax fits (weighted least squares on a Chebyshev grid, made for this
project) after the usual reduction of the argument. Errors below 2 units in the last place over the
stated domains are asserted in `tests/unit/test_arithmetic.py`.
"""

import numpy as np
from llvmlite import ir

from sim.compilation import operation, part, rule

f32, i32, u32, u64 = np.float32, np.int32, np.uint32, np.uint64

ONE, ZERO, HALF = f32(1), f32(0), f32(0.5)
LOG2_E = f32(1.44269504)
LN2_HIGH, LN2_LOW = f32(0.693359375), f32(-2.12194440e-4)
SQRT_HALF_BITS = i32(0x3F3504F3)


INT32, FLOAT = ir.IntType(32), ir.FloatType()


@operation("int32(float32)")
def float_bits(builder, x):
    """The 32 bits of a float32, as int32."""
    return builder.bitcast(x, INT32)


@operation("float32(int32)")
def bits_float(builder, x):
    """The float32 with these 32 bits."""
    return builder.bitcast(x, FLOAT)


@operation("float32(float32)")
def nearest(builder, x):
    """Round a float32 to the nearest integer, ties to even, as float32."""
    return builder.call(builder.module.declare_intrinsic("llvm.rint", [FLOAT]), [x])


def _on_integers(name: str):
    """A 32-bit integer operation that numba would otherwise widen to 64 bits."""

    @operation("int32(int32, int32)")
    def build(builder, a, b):
        return getattr(builder, name)(a, b)

    return build


add32 = _on_integers("add")
subtract32 = _on_integers("sub")
shift_left32 = _on_integers("shl")
shift_right32 = _on_integers("ashr")


@part
def bit_of(k):
    """The number 2^k as uint32; `u32(1) << u32(k)` would be of 64 bits, and so would all that is compared with it."""
    return u32(u32(1) << u32(k))


@operation("int32(uint32)")
def bits_in(builder, word):
    """How many bits of a uint32 are set."""
    return builder.ctpop(word)


@operation("int32(uint32)")
def lowest_bit(builder, word):
    """Which is the lowest bit of a uint32 that is set, from 0; the word is not 0."""
    return builder.cttz(word, ir.Constant(ir.IntType(1), 1))


@rule
def exponential(x: np.float32) -> np.float32:
    """e to the x. Domain: clipped to [-87, 87]; exponential(0) = 1."""
    y = min(max(x, f32(-87)), f32(87))
    n = nearest(y * LOG2_E)
    r = (y - n * LN2_HIGH) - n * LN2_LOW
    p = f32(0.0001991838653339073)
    p = p * r + f32(0.0013946073595434427)
    p = p * r + f32(0.008333263918757439)
    p = p * r + f32(0.041666269302368164)
    p = p * r + f32(0.1666666716337204)
    p = p * r + HALF
    p = (p * r) * r + r + ONE
    return p * bits_float(shift_left32(add32(i32(n), i32(127)), i32(23)))


@rule
def logarithm(x: np.float32) -> np.float32:
    """Natural logarithm. Domain: x > 0, smaller values are taken as 1e-37; logarithm(1) = 0."""
    bits = float_bits(max(x, f32(1e-37)))
    exponent = shift_right32(subtract32(bits, SQRT_HALF_BITS), i32(23))
    t = bits_float(subtract32(bits, shift_left32(exponent, i32(23)))) - ONE
    q = f32(0.06915155798196793)
    q = q * t + f32(-0.11789712309837341)
    q = q * t + f32(0.11873020976781845)
    q = q * t + f32(-0.12384367734193802)
    q = q * t + f32(0.14218655228614807)
    q = q * t + f32(-0.16669249534606934)
    q = q * t + f32(0.20002226531505585)
    q = q * t + f32(-0.24999986588954926)
    q = q * t + f32(0.3333331048488617)
    z = t * t
    e = f32(exponent)
    y = (q * t) * z + e * LN2_LOW
    y = y - HALF * z
    return (t + y) + e * LN2_HIGH


@rule
def logistic(x: np.float32) -> np.float32:
    """1 / (1 + e^-x), in a form that cannot overflow. logistic(0) = 0.5."""
    return ONE / (ONE + exponential(-x))


@rule
def power(base: np.float32, exponent: np.float32) -> np.float32:
    """base to the exponent, base > 0. power(4, 0.5) = 2 within 2e-7."""
    return exponential(exponent * logarithm(base))


@rule
def clip(x: np.float32, low: np.float32, high: np.float32) -> np.float32:
    """x held between low and high."""
    return min(max(x, low), high)


@rule
def whole(x: np.float32) -> np.float32:
    """The nearest whole number (ties to even): money in yuan. Exact for |x| < 2^23."""
    return nearest(x)
