"""The arithmetic operators: `+ - * / %` and the signs, for numbers, times and dynamic values.

Two integers give a long that wraps at 64 bits; with a real the result is real, with a decimal it is decimal. Comparisons are in
`operators_compare.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.storage import DECIMAL, arrow_type
from kqlpy.columns.ticks import MAX_DATETIME
from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions.decimals import decimal_rows
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.vectors import Value, blank, elementwise, to_type
from kqlpy.types import Type

__all__ = ["datetimes", "divide_long", "divide_values", "modulo_values"]

_Operation = Callable[[Value, Value], pa.Array]
_DecimalOperation = Callable[[Decimal, Decimal], Decimal | None]
_NUMBERS = "(left: number, right: number) -> widest"
_SPANS = "(left: timespan, right: timespan) -> timespan"
_TIME = "int|long|real|decimal|timespan|datetime"
_MIXED_TIMES = (
    "(left: dynamic, right: int) -> long",
    "(left: int, right: dynamic) -> long",
    f"(left: dynamic, right: {_TIME}) -> second",
    f"(left: {_TIME}, right: dynamic) -> first",
)
_MIXED_NUMBERS = (
    "(left: dynamic, right: int) -> long",
    "(left: int, right: dynamic) -> long",
    "(left: dynamic, right: number) -> second",
    "(left: number, right: dynamic) -> first",
)
_DYNAMICS = "(left: dynamic, right: dynamic) -> dynamic"


def _numbers(call: Call, left: Value, right: Value, vectors: _Operation, decimals: _DecimalOperation) -> pa.Array:
    """Both sides widened to the result's type, then the operation."""
    type_ = arrow_type(call.result)
    if type_ == DECIMAL:
        return decimal_rows(decimals, left, right)
    return vectors(to_type(left, type_), to_type(right, type_))


def _mixed(call: Call, left: Value, right: Value, operation: Callable[[Call, Value, Value], pa.Array]) -> pa.Array:
    """The dynamic side converted to the other side's type (int: long), then the operation."""
    target = call.types[1] if call.types[0] is Type.DYNAMIC else call.types[0]
    target = Type.LONG if target is Type.INT else target
    values = [_undynamic(v, target) if t is Type.DYNAMIC else v for v, t in zip((left, right), call.types, strict=True)]
    types = tuple(target if t is Type.DYNAMIC else t for t in call.types)
    return operation(Call(types, call.result, call.rows, call.session), *values)


def _undynamic(value: Value, target: Type) -> Value:
    from kqlpy.columns.convert import convert

    if isinstance(value, pa.Scalar):
        return convert(pa.array([value.as_py()], value.type), Type.DYNAMIC, target)[0]
    return convert(value, Type.DYNAMIC, target)


def datetimes(ticks: pa.Array) -> pa.Array:
    """The ticks as datetimes; null outside the years 1 to 9999."""
    bounds = pc.min_max(ticks)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    if low is None or (low >= 0 and high <= MAX_DATETIME):
        return ticks
    return blank(ticks, pc.or_(pc.less(ticks, 0), pc.greater(ticks, MAX_DATETIME)))


@scalar(_NUMBERS, name="+", context=True)
def add(call: Call, left: Value, right: Value) -> pa.Array:
    """The sum. Integers wrap at 64 bits; null with null is null; a datetime beyond year 9999 is null.

    >>> print int(2147483647) + 1
    2147483648
    """
    return _numbers(call, left, right, pc.add, lambda a, b: a + b)


@scalar(_SPANS, name="+")
def add_timespans(left: Value, right: Value) -> pa.Array:
    """The sum of two timespans.

    >>> print 1h + 30m
    01:30:00
    """
    return pc.add(left, right)


@scalar("(left: datetime|timespan, right: datetime|timespan) -> datetime", name="+")
def add_datetime(left: Value, right: Value) -> pa.Array:
    """The moment that lies a timespan after another.

    >>> print datetime(2024-02-28 23:00) + 2h
    2024-02-29T01:00:00.0000000Z
    """
    return datetimes(pc.add(left, right))


@scalar(_MIXED_TIMES, name="+", context=True)
def add_mixed(call: Call, left: Value, right: Value) -> pa.Array:
    """The sum of a dynamic value, read as the other side's type, and a number or time.

    >>> print dynamic({"a": 1}).a + 1
    2
    """
    return _mixed(call, left, right, _add_plain)


def _add_plain(call: Call, left: Value, right: Value) -> pa.Array:
    if call.result in (Type.DATETIME, Type.TIMESPAN):
        return datetimes(pc.add(left, right)) if call.result is Type.DATETIME else pc.add(left, right)
    return add(call, left, right)


@scalar(_DYNAMICS, name="+", rows=True)
def add_dynamics(left: Any, right: Any) -> Any:
    """The sum of two dynamic numbers; null for anything else.

    >>> print dynamic(1) + dynamic(2)
    3
    """
    return _on_dynamics(left, right, lambda a, b: a + b)


def _on_dynamics(left: Any, right: Any, operation: Callable[[Any, Any], Any]) -> Any:
    numbers = (int, float)
    if not isinstance(left, numbers) or not isinstance(right, numbers) or isinstance(left, bool) or isinstance(right, bool):
        return None
    result = operation(left, right)
    return _wrap(result) if isinstance(result, int) else result


def _wrap(number: int) -> int:
    """An integer cut to 64 bits."""
    return (number + 2**63) % 2**64 - 2**63


@scalar(_NUMBERS, name="-", context=True)
def subtract(call: Call, left: Value, right: Value) -> pa.Array:
    """The difference. Integers wrap at 64 bits; two datetimes give the timespan between them.

    >>> print 5 - 7.5
    -2.5
    """
    return _numbers(call, left, right, pc.subtract, lambda a, b: a - b)


@scalar((_SPANS, "(left: datetime, right: datetime) -> timespan"), name="-")
def subtract_times(left: Value, right: Value) -> pa.Array:
    """The timespan from the right moment to the left one, or the difference of two timespans.

    >>> print datetime(2024-03-01) - datetime(2024-02-28)
    2.00:00:00
    """
    return pc.subtract(left, right)


@scalar(("(left: datetime, right: timespan) -> datetime", "(left: timespan, right: datetime) -> datetime"), name="-")
def subtract_timespan(left: Value, right: Value) -> pa.Array:
    """The moment that lies a timespan before another.

    >>> print datetime(2024-03-01) - 1d
    2024-02-29T00:00:00.0000000Z
    """
    return datetimes(pc.subtract(left, right))


@scalar(
    ("(left: datetime, right: dynamic) -> timespan", "(left: dynamic, right: datetime) -> timespan", *_MIXED_TIMES),
    name="-",
    context=True,
)
def subtract_mixed(call: Call, left: Value, right: Value) -> pa.Array:
    """The difference of a dynamic value, read as the other side's type, and a number or time.

    >>> print dynamic({"a": 5}).a - 1
    4
    """
    return _mixed(call, left, right, _subtract_plain)


def _subtract_plain(call: Call, left: Value, right: Value) -> pa.Array:
    return pc.subtract(left, right) if call.result is Type.TIMESPAN else subtract(call, left, right)


@scalar(_DYNAMICS, name="-", rows=True)
def subtract_dynamics(left: Any, right: Any) -> Any:
    """The difference of two dynamic numbers; null for anything else.

    >>> print dynamic(5) - dynamic(2)
    3
    """
    return _on_dynamics(left, right, lambda a, b: a - b)


@scalar(_NUMBERS, name="*", context=True)
def multiply(call: Call, left: Value, right: Value) -> pa.Array:
    """The product. Integers wrap at 64 bits.

    >>> print 6 * 7
    42
    """
    return _numbers(call, left, right, pc.multiply, lambda a, b: a * b)


@scalar("(left: timespan, right: number) -> timespan", name="*")
def multiply_timespan(left: Value, right: Value) -> pa.Array:
    """The timespan so many times; a fraction of a tick is dropped.

    >>> print 1h * 2.5
    02:30:00
    """
    return _scale(left, right, pc.multiply)


@scalar("(left: number, right: timespan) -> timespan", name="*")
def times_timespan(left: Value, right: Value) -> pa.Array:
    """The timespan so many times; a fraction of a tick is dropped.

    >>> print 3 * 20m
    01:00:00
    """
    return _scale(right, left, pc.multiply)


def _scale(ticks: Value, number: Value, operation: _Operation) -> pa.Array:
    if pa.types.is_integer(number.type):
        return operation(ticks, to_type(number, pa.int64()))
    return _whole_ticks(operation(to_type(ticks, pa.float64()), to_type(number, pa.float64())))


def _whole_ticks(reals: pa.Array) -> pa.Array:
    """Reals cut to whole ticks; null where they do not fit."""
    fits = pc.and_(pc.less(reals, 2.0**63), pc.greater_equal(reals, -(2.0**63)))
    inside = pc.if_else(fits, reals, pa.scalar(None, pa.float64()))
    return pc.cast(pc.trunc(inside), pa.int64(), safe=False)


@scalar(
    (
        "(left: timespan, right: timespan) -> timespan",
        "(left: datetime, right: number) -> datetime",
        "(left: number, right: datetime) -> datetime",
    ),
    name="*",
    context=True,
)
def multiply_times(call: Call, left: Value, right: Value) -> pa.Array:
    """Refused: the product of two times, or of a datetime and a number, has no meaning that is known."""
    raise _no_meaning("*", call)


@scalar(_MIXED_NUMBERS, name="*", context=True)
def multiply_mixed(call: Call, left: Value, right: Value) -> pa.Array:
    """The product of a dynamic value, read as the other side's type, and a number.

    >>> print dynamic({"a": 5}).a * 2
    10
    """
    return _mixed(call, left, right, multiply)


@scalar(_DYNAMICS, name="*", rows=True)
def multiply_dynamics(left: Any, right: Any) -> Any:
    """The product of two dynamic numbers; null for anything else.

    >>> print dynamic(5) * dynamic(2)
    10
    """
    return _on_dynamics(left, right, lambda a, b: a * b)


def _no_meaning(operator: str, call: Call) -> KqlUnsupportedError:
    left, right = call.types
    return KqlUnsupportedError(f"kqlpy does not run `{left} {operator} {right}`", code="KQLPY001")


@scalar(_NUMBERS, name="/", context=True)
def divide(call: Call, left: Value, right: Value) -> pa.Array:
    """The quotient. Of two integers it is cut toward zero, and null for a zero divisor; of reals it may be infinite or NaN.

    >>> print -7 / 2
    -3
    """
    return _numbers(call, left, right, divide_values, _divide_decimals)


def divide_values(left: Value, right: Value) -> pa.Array:
    """Quotients of two longs or two reals."""
    return divide_long(left, right) if pa.types.is_integer(left.type) else pc.divide(left, right)


def divide_long(left: Value, right: Value) -> pa.Array:
    """Quotients of longs, cut toward zero; null for a zero divisor; the one overflow wraps."""
    divisor = _not_zero(right)
    quotient = pc.divide(left, divisor)
    smallest = pc.and_(pc.equal(left, -(2**63)), pc.equal(right, -1))
    if isinstance(right, pa.Scalar) and right.as_py() != -1:
        return quotient
    return pc.if_else(pc.fill_null(smallest, False), pa.scalar(-(2**63), pa.int64()), quotient)


def _not_zero(value: Value) -> Value:
    if isinstance(value, pa.Scalar):
        return pa.scalar(value.as_py() or None, value.type)
    return blank(value, pc.equal(value, 0)) if pc.any(pc.equal(value, 0)).as_py() else value


def _divide_decimals(left: Decimal, right: Decimal) -> Decimal | None:
    return left / right if right else None


@scalar(
    (
        "(left: timespan, right: timespan) -> real",
        "(left: datetime, right: datetime) -> real",
        "(left: datetime, right: timespan) -> real",
    ),
    name="/",
)
def divide_times(left: Value, right: Value) -> pa.Array:
    """How many times the right span goes into the left one, as a real.

    >>> print 90m / 1h
    1.5
    """
    return pc.divide(to_type(left, pa.float64()), to_type(right, pa.float64()))


@scalar("(left: timespan, right: number) -> timespan", name="/")
def divide_timespan(left: Value, right: Value) -> pa.Array:
    """A part of the timespan; a fraction of a tick is dropped, a zero divisor gives null.

    >>> print 1h / 4
    00:15:00
    """
    return _scale(left, right, divide_values)


@scalar("(left: datetime, right: number) -> datetime", name="/")
def divide_datetime(left: Value, right: Value) -> pa.Array:
    """A part of the ticks since the year 1, so that half the sum of two moments is the moment midway; a zero divisor gives null.

    >>> print (datetime(2016-08-23 14:58) + datetime(2016-08-23 15:00)) / 2
    2016-08-23T14:59:00.0000000Z
    """
    return datetimes(_scale(left, right, divide_values))


@scalar(_MIXED_NUMBERS, name="/", context=True)
def divide_mixed(call: Call, left: Value, right: Value) -> pa.Array:
    """The quotient of a dynamic value, read as the other side's type, and a number.

    >>> print dynamic({"a": 5}).a / 2
    2
    """
    return _mixed(call, left, right, divide)


@scalar(_DYNAMICS, name="/", rows=True)
def divide_dynamics(left: Any, right: Any) -> Any:
    """The quotient of two dynamic numbers; null for anything else.

    >>> print dynamic(5) / dynamic(2)
    2
    """
    return _on_dynamics(left, right, _quotient)


def _quotient(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return None if right == 0 else abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


@scalar(_NUMBERS, name="%", context=True)
def modulo(call: Call, left: Value, right: Value) -> pa.Array:
    """The remainder that is never negative, whatever the signs; null for an integer zero divisor.

    >>> print -14 % 12
    10
    """
    return _numbers(call, left, right, modulo_values, _modulo_decimals)


def modulo_values(left: Value, right: Value) -> pa.Array:
    """Remainders of two longs or two reals, never negative."""
    if pa.types.is_integer(left.type):
        return elementwise(_modulo_long, left, _not_zero(right))
    return elementwise(_modulo, left, right)


def _modulo(left: Any, right: Any) -> Any:
    remainder = np.remainder(left, right)
    return np.where(remainder < 0, remainder - right, remainder)


def _modulo_long(left: Any, right: Any) -> Any:
    size = np.abs(right)
    # The smallest long has no size; everything else is quicker by division, which numpy does for many rows at once.
    return _modulo(left, right) if np.any(size < 0) else left - left // size * size


def _modulo_decimals(left: Decimal, right: Decimal) -> Decimal | None:
    if not right:
        return None
    remainder = left % right
    return remainder + abs(right) if remainder < 0 else remainder


@scalar(
    (
        "(left: timespan, right: timespan) -> timespan",
        "(left: datetime, right: datetime) -> timespan",
        "(left: datetime, right: timespan) -> timespan",
    ),
    name="%",
)
def modulo_times(left: Value, right: Value) -> pa.Array:
    """What remains of a time after taking away the right span as often as it fits.

    >>> print 100m % 1h
    00:40:00
    """
    return elementwise(_modulo_long, left, _not_zero(right))


@scalar(("(left: timespan, right: number) -> timespan", "(left: datetime, right: number) -> datetime"), name="%", context=True)
def modulo_time_number(call: Call, left: Value, right: Value) -> pa.Array:
    """Refused: the remainder of a time and a number has no meaning that is known."""
    raise _no_meaning("%", call)


@scalar(_MIXED_NUMBERS, name="%", context=True)
def modulo_mixed(call: Call, left: Value, right: Value) -> pa.Array:
    """The remainder of a dynamic value, read as the other side's type, and a number.

    >>> print dynamic({"a": 5}).a % 3
    2
    """
    return _mixed(call, left, right, modulo)


@scalar(_DYNAMICS, name="%", rows=True)
def modulo_dynamics(left: Any, right: Any) -> Any:
    """The remainder of two dynamic numbers, never negative; null for anything else.

    >>> print dynamic(-5) % dynamic(3)
    1
    """
    return _on_dynamics(left, right, lambda a, b: a % abs(b) if b else None)




def _signed_type(types: tuple[Type, ...], values: tuple[Any, ...]) -> Type:
    # The official front end keeps int for constants alone; a column of int becomes long, as in all arithmetic.
    return Type.LONG if types[0] is Type.INT and values[0] is None else types[0]


@scalar(("(operand: number) -> first", "(operand: timespan) -> first"), name="negate", result=_signed_type, context=True)
def negate(call: Call, operand: pa.Array) -> pa.Array:
    """The number or timespan with its sign turned.

    >>> print -(2h)
    -02:00:00
    """
    if operand.type == DECIMAL:
        return decimal_rows(lambda number: -number, operand)
    return pc.negate(to_type(operand, arrow_type(call.result)))


@scalar("(operand: datetime) -> datetime", name="negate")
def negate_datetime(operand: pa.Array) -> pa.Array:
    """Refused: a datetime has no negative."""
    raise KqlUnsupportedError("kqlpy does not run `-` before a datetime", code="KQLPY001")


@scalar("(operand: dynamic) -> dynamic", name="negate", rows=True)
def negate_dynamic(operand: Any) -> Any:
    """The dynamic number with its sign turned; null for anything else.

    >>> print -dynamic({"a": 1}).a
    -1
    """
    return -operand if isinstance(operand, int | float) and not isinstance(operand, bool) else None


@scalar(("(operand: summable) -> first", "(operand: dynamic) -> dynamic"), name="plus", result=_signed_type)
def plus(operand: pa.Array) -> pa.Array:
    """The value itself.

    >>> print +(5)
    5
    """
    return operand
