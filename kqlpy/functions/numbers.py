"""Functions of numbers: rounding, powers, logarithms, angles, bits, tests for NaN, the largest and smallest of several.

Distributions and special functions are in `statistics.py`, units of measure in `units.py`, rounding to bins in `bins.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.storage import DECIMAL, arrow_type
from kqlpy.functions.decimals import decimal_rows
from kqlpy.functions.operators_compare import same_numbers
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.vectors import Value, blank, elementwise, to_type, vector
from kqlpy.types import Type

__all__ = ["generator_of", "reals"]

_NUMBER = "(number: number) -> real"
_BITS = "(value1: integer, value2: integer) -> long"
_SHIFT = "(value: integer, shift: integer) -> long"


def reals(function: Callable[..., Any], *values: Value) -> pa.Array:
    """A numpy function of numbers read as reals; null where one is null."""
    return elementwise(function, *(to_type(value, pa.float64()) for value in values))


@scalar(("(number: integer) -> long", "(number: number) -> first", "(number: timespan) -> timespan"), name="abs", naming="first")
def absolute(number: pa.Array) -> pa.Array:
    """The size of a number or timespan; of an int it is a long.

    >>> print abs(-5)
    5
    """
    return pc.abs(to_type(number, pa.int64()) if pa.types.is_int32(number.type) else number)


@scalar(("(number: int|long|real) -> real", "(number: decimal) -> decimal"), naming="first")
def ceiling(number: pa.Array) -> pa.Array:
    """The smallest whole number that is not less, as a real.

    >>> print ceiling(0.9)
    1.0
    """
    if number.type == DECIMAL:
        return decimal_rows(lambda value: value.to_integral_value(ROUND_CEILING), number)
    return pc.ceil(to_type(number, pa.float64()))


@scalar(
    ("(number: int|long|real, precision: const long = ?) -> real", "(number: decimal, precision: const long = ?) -> decimal"),
    name="round",
    naming="first",
)
def round_(number: Value, precision: Value | None = None) -> pa.Array:
    """The number rounded to so many digits after the point, half away from zero, as doubles go: 1.005 to 2 digits is 1.0.

    >>> print round(2.98765, 3)
    2.988
    """
    places = pa.scalar(0) if precision is None else precision
    if number.type == DECIMAL:
        return decimal_rows(_rounded_decimal, number, places)
    return reals(_rounded, number, places)


def _rounded_decimal(value: Decimal, places: Decimal) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-min(int(places), 33)), ROUND_HALF_UP)


def _rounded(value: Any, places: Any) -> Any:
    scale = np.power(10.0, np.abs(places))
    scaled = np.where(places >= 0, value * scale, value / scale)
    whole = np.trunc(scaled)
    whole = whole + np.where(np.abs(scaled - whole) >= 0.5, np.sign(scaled), 0.0)
    result = np.where(places >= 0, whole / scale, whole * scale)
    return np.where(np.isfinite(scaled), result, value)


@scalar(_NUMBER, naming="first")
def sqrt(number: pa.Array) -> pa.Array:
    """The square root; NaN of a negative number.

    >>> print sqrt(16)
    4.0
    """
    return reals(np.sqrt, number)


@scalar("(base: number, exponent: number) -> real")
def pow_(base: Value, exponent: Value) -> pa.Array:
    """The base raised to the exponent.

    >>> print pow(2, 10)
    1024.0
    """
    return reals(np.power, base, exponent)


@scalar(_NUMBER, naming="first")
def exp(number: pa.Array) -> pa.Array:
    """e raised to the number.

    >>> print exp(0)
    1.0
    """
    return reals(np.exp, number)


@scalar(_NUMBER, naming="first")
def exp2(number: pa.Array) -> pa.Array:
    """2 raised to the number.

    >>> print exp2(3)
    8.0
    """
    return reals(np.exp2, number)


@scalar(_NUMBER)
def exp10(number: pa.Array) -> pa.Array:
    """10 raised to the number.

    >>> print exp10(3)
    1000.0
    """
    return reals(lambda value: np.power(10.0, value), number)


def _logarithm(function: Callable[..., Any], number: pa.Array) -> pa.Array:
    number = to_type(number, pa.float64())
    return blank(reals(function, number), pc.fill_null(pc.less(number, 0.0), False))


@scalar(_NUMBER, naming="first")
def log(number: pa.Array) -> pa.Array:
    """The natural logarithm; null of a negative number, -inf of zero.

    >>> print log(1)
    0.0
    """
    return _logarithm(np.log, number)


@scalar(_NUMBER, naming="first")
def log2(number: pa.Array) -> pa.Array:
    """The logarithm to base 2; null of a negative number, -inf of zero.

    >>> print log2(8)
    3.0
    """
    return _logarithm(np.log2, number)


@scalar(_NUMBER, naming="first")
def log10(number: pa.Array) -> pa.Array:
    """The logarithm to base 10; null of a negative number, -inf of zero.

    >>> print log10(1000)
    3.0
    """
    return _logarithm(np.log10, number)


@scalar("() -> real", context=True)
def pi(call: Call) -> pa.Scalar:
    """The constant pi.

    >>> print round(pi(), 5)
    3.14159
    """
    return pa.scalar(math.pi)


@scalar(_NUMBER, naming="first")
def sin(number: pa.Array) -> pa.Array:
    """The sine of an angle in radians.

    >>> print sin(0)
    0.0
    """
    return reals(np.sin, number)


@scalar(_NUMBER, naming="first")
def cos(number: pa.Array) -> pa.Array:
    """The cosine of an angle in radians.

    >>> print cos(0)
    1.0
    """
    return reals(np.cos, number)


@scalar(_NUMBER, naming="first")
def tan(number: pa.Array) -> pa.Array:
    """The tangent of an angle in radians.

    >>> print tan(0)
    0.0
    """
    return reals(np.tan, number)


@scalar(_NUMBER)
def cot(number: pa.Array) -> pa.Array:
    """The cotangent of an angle in radians.

    >>> print round(cot(1), 6)
    0.642093
    """
    return reals(lambda value: 1.0 / np.tan(value), number)


def _arc(function: Callable[..., Any], number: pa.Array) -> pa.Array:
    number = to_type(number, pa.float64())
    return blank(reals(function, number), pc.fill_null(pc.greater(pc.abs(number), 1.0), False))


@scalar(_NUMBER, naming="first")
def asin(number: pa.Array) -> pa.Array:
    """The angle in radians with this sine; null outside -1 to 1.

    >>> print isnull(asin(2))
    True
    """
    return _arc(np.arcsin, number)


@scalar(_NUMBER, naming="first")
def acos(number: pa.Array) -> pa.Array:
    """The angle in radians with this cosine; null outside -1 to 1.

    >>> print acos(1)
    0.0
    """
    return _arc(np.arccos, number)


@scalar(_NUMBER, naming="first")
def atan(number: pa.Array) -> pa.Array:
    """The angle in radians with this tangent.

    >>> print atan(0)
    0.0
    """
    return reals(np.arctan, number)


@scalar("(y: number, x: number) -> real", naming="first")
def atan2(y: Value, x: Value) -> pa.Array:
    """The angle in radians between the x axis and the point; y comes first.

    >>> print round(atan2(1, 0), 6)
    1.570796
    """
    return reals(np.arctan2, y, x)


@scalar("(radians: number) -> real")
def degrees(radians: pa.Array) -> pa.Array:
    """An angle in radians, in degrees.

    >>> print degrees(pi())
    180.0
    """
    return reals(lambda value: 180.0 / math.pi * value, radians)


@scalar("(degrees: number) -> real")
def radians(degrees: pa.Array) -> pa.Array:
    """An angle in degrees, in radians.

    >>> print round(radians(180), 6)
    3.141593
    """
    return reals(lambda value: math.pi / 180.0 * value, degrees)


@scalar(_NUMBER)
def sign(number: pa.Array) -> pa.Array:
    """1.0, 0.0 or -1.0 as the number is positive, zero or negative; 0.0 for null.

    >>> print sign(-42)
    -1.0
    """
    return reals(np.sign, number).fill_null(0.0)


@scalar("(number: integer = ?) -> real", naming="first", volatile=True, context=True)
def rand(call: Call, number: Value | None = None) -> pa.Array:
    """A random real from 0.0 up to but without 1.0; with a number N, one of 0.0, 1.0 ... N - 1.

    >>> print rand(1)
    0.0
    """
    draws = generator_of(call).random(call.rows)
    if number is None:
        return pa.array(draws)
    limits = np.broadcast_to(vector(to_type(number, pa.float64())), len(draws))
    return blank(pa.array(np.floor(draws * limits)), pc.or_(pc.is_null(number), pc.less_equal(number, 0)))


def generator_of(call: Call) -> np.random.Generator:
    """The query's random numbers: with a seed they are the same in every run."""
    if call.session.seed is None:
        return np.random.default_rng()
    generator: np.random.Generator = call.session.options.setdefault("random generator", np.random.default_rng(call.session.seed))
    return generator


@scalar("(number: real) -> bool")
def isnan(number: pa.Array) -> pa.Array:
    """True for NaN; null for null.

    >>> print isnan(0.0 / 0)
    True
    """
    return pc.is_nan(number)


@scalar("(number: real) -> bool")
def isinf(number: pa.Array) -> pa.Array:
    """True for positive and negative infinity; null for null.

    >>> print isinf(1.0 / 0)
    True
    """
    return pc.is_inf(number)


@scalar("(number: real) -> bool")
def isfinite(number: pa.Array) -> pa.Array:
    """True for a number that is neither infinite nor NaN; null for null.

    >>> print isfinite(1.5)
    True
    """
    return pc.is_finite(number)


@scalar(_BITS, naming="first")
def binary_and(value1: Value, value2: Value) -> pa.Array:
    """The bits that both numbers have.

    >>> print binary_and(6, 3)
    2
    """
    return pc.bit_wise_and(to_type(value1, pa.int64()), to_type(value2, pa.int64()))


@scalar(_BITS, naming="first")
def binary_or(value1: Value, value2: Value) -> pa.Array:
    """The bits that either number has.

    >>> print binary_or(5, 3)
    7
    """
    return pc.bit_wise_or(to_type(value1, pa.int64()), to_type(value2, pa.int64()))


@scalar(_BITS, naming="first")
def binary_xor(value1: Value, value2: Value) -> pa.Array:
    """The bits that just one of the numbers has.

    >>> print binary_xor(1, 3)
    2
    """
    return pc.bit_wise_xor(to_type(value1, pa.int64()), to_type(value2, pa.int64()))


@scalar("(value: integer) -> long", naming="first")
def binary_not(value: pa.Array) -> pa.Array:
    """The number with all 64 bits turned over.

    >>> print binary_not(100)
    -101
    """
    return pc.bit_wise_not(to_type(value, pa.int64()))


@scalar(_SHIFT, naming="first")
def binary_shift_left(value: Value, shift: Value) -> pa.Array:
    """The bits moved up by `shift` modulo 64 places; null for a negative shift.

    >>> print binary_shift_left(1, 2)
    4
    """
    return _shifted(np.left_shift, value, shift)


@scalar(_SHIFT, naming="first")
def binary_shift_right(value: Value, shift: Value) -> pa.Array:
    """The bits moved down by `shift` modulo 64 places; null for a negative shift.

    >>> print binary_shift_right(8, 2)
    2
    """
    return _shifted(np.right_shift, value, shift)


def _shifted(function: Callable[..., Any], value: Value, shift: Value) -> pa.Array:
    value, shift = to_type(value, pa.int64()), to_type(shift, pa.int64())
    result = elementwise(lambda bits, places: function(bits, places % 64), value, shift)
    return blank(result, pc.fill_null(pc.less(shift, 0), False))


@scalar("(value: integer) -> long", naming="first")
def bitset_count_ones(value: pa.Array) -> pa.Array:
    """How many of the 64 bits are set.

    >>> print bitset_count_ones(42)
    3
    """
    return elementwise(lambda bits: np.bitwise_count(bits.astype(np.uint64)).astype(np.int64), to_type(value, pa.int64()))


@scalar("(arg: common_orderable, +rest: common_orderable) -> common", context=True)
def max_of(call: Call, *args: Value) -> pa.Array:
    """The largest of the values; nulls are passed over, and it is null only when all are.

    >>> print max_of(10, 1, -3, 17)
    17
    """
    return _extreme(call, pc.max_element_wise, np.maximum, args)


@scalar("(arg: common_orderable, +rest: common_orderable) -> common", context=True)
def min_of(call: Call, *args: Value) -> pa.Array:
    """The smallest of the values; nulls are passed over, and it is null only when all are.

    >>> print min_of(10, 1, -3, 17)
    -3
    """
    return _extreme(call, pc.min_element_wise, np.minimum, args)


def _extreme(call: Call, arrow: Callable[..., pa.Array], pairwise: Any, args: tuple[Value, ...]) -> pa.Array:
    type_ = arrow_type(call.result)
    if call.result is Type.BOOL:
        return arrow(*(pc.cast(a, pa.int8()) for a in args)).cast(pa.bool_())
    if type_ == DECIMAL:
        first, *rest = (same_numbers(a, pa.scalar(None, DECIMAL))[0] for a in args)
        for other in rest:
            less = pc.less(first, other)
            keep = less if pairwise is np.minimum else pc.invert(less)
            first = pc.coalesce(pc.if_else(keep, first, other), first, other)
        return first
    return arrow(*(to_type(a, type_) for a in args))
