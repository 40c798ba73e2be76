"""Comparison: `==`, `!=`, `<`, `<=`, `>`, `>=`, `between` and `!between`.

One null side makes `==` false and `!=` true, two make both null; the other comparisons are null then. Text is compared by
`string_operators.py` in all other ways. Where the sides differ in type, the text or dynamic side is converted.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.storage import DECIMAL
from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions.decimals import to_decimals
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.vectors import Value, has_null, to_type
from kqlpy.types import NUMERIC, Type

__all__ = ["equal_values", "not_equal_values", "same_numbers"]

_Compare = Callable[[Value, Value], pa.Array]
_EQUAL = (
    "(left: number, right: number) -> bool",
    "(left: bool, right: number_or_bool) -> bool",
    "(left: number, right: bool) -> bool",
)
_ALIKE = (
    "(left: string, right: string) -> bool",
    "(left: datetime, right: datetime) -> bool",
    "(left: timespan, right: timespan) -> bool",
    "(left: guid, right: guid) -> bool",
)
_LOOSE = ("string", "dynamic")
_OTHER = ("bool", "int", "long", "real", "decimal", "datetime", "timespan", "guid")
_CONVERTED = (
    *(f"(left: {loose}, right: {other}) -> bool" for loose in _LOOSE for other in _OTHER),
    *(f"(left: {other}, right: {loose}) -> bool" for loose in _LOOSE for other in _OTHER),
)
_TEXTS = (
    "(left: dynamic, right: string) -> bool",
    "(left: string, right: dynamic) -> bool",
    "(left: dynamic, right: dynamic) -> bool",
)
_ANY = "(left: scalar, right: scalar) -> bool"
_ORDER = (
    "(left: bool, right: number_or_bool) -> bool",
    "(left: number, right: number_or_bool) -> bool",
    "(left: timespan, right: timespan) -> bool",
    "(left: datetime, right: datetime) -> bool",
)
_ORDER_DYNAMIC = ("(left: dynamic, right: number) -> bool", "(left: number, right: dynamic) -> bool")
_ORDER_DYNAMICS = "(left: dynamic, right: dynamic) -> bool"


def equal_values(left: Value, right: Value) -> pa.Array:
    """`==` of two columns held alike."""
    return _settle(pc.equal(left, right), left, right, False)


def not_equal_values(left: Value, right: Value) -> pa.Array:
    """`!=` of two columns held alike."""
    return _settle(pc.not_equal(left, right), left, right, True)


def _settle(result: pa.Array, left: Value, right: Value, one_null: bool) -> pa.Array:
    """The comparison with `one_null` where exactly one side is null."""
    if not has_null(left) and not has_null(right):
        return result
    both = pc.and_(pc.is_null(left), pc.is_null(right))
    return pc.if_else(both, pa.scalar(None, pa.bool_()), pc.fill_null(result, one_null))


def same_numbers(left: Value, right: Value) -> tuple[Value, Value]:
    """Two numbers, bools or times in one type that holds both."""
    types = (left.type, right.type)
    if types[0] == types[1]:
        return left, right
    if DECIMAL in types:
        return to_decimals(_unbool(left)), to_decimals(_unbool(right))
    if pa.float64() in types:
        return to_type(left, pa.float64()), to_type(right, pa.float64())
    return to_type(left, pa.int64()), to_type(right, pa.int64())


def _unbool(value: Value) -> Value:
    return to_type(value, pa.int64()) if pa.types.is_boolean(value.type) else value


@scalar((*_EQUAL, *_ALIKE), name="==")
def equal(left: Value, right: Value) -> pa.Array:
    """True when both sides are equal; text by case. One null side gives false, two give null; NaN equals nothing.

    >>> print "a" == "A"
    False
    """
    return equal_values(*same_numbers(left, right))


@scalar((*_EQUAL, *_ALIKE), name="!=")
def not_equal(left: Value, right: Value) -> pa.Array:
    """True when the sides differ. One null side gives true, two give null; NaN differs from itself.

    >>> print int(null) != 5
    True
    """
    return not_equal_values(*same_numbers(left, right))


@scalar(_TEXTS, name="==", context=True)
def equal_dynamic_text(call: Call, left: Value, right: Value) -> pa.Array:
    """True when the text of the dynamic value is the other text.

    >>> print dynamic({"a": "x"}).a == "x"
    True
    """
    return equal_values(*_texts(call, left, right))


@scalar(_TEXTS, name="!=", context=True)
def not_equal_dynamic_text(call: Call, left: Value, right: Value) -> pa.Array:
    """True when the text of the dynamic value is not the other text.

    >>> print dynamic({"a": "x"}).a != "y"
    True
    """
    return not_equal_values(*_texts(call, left, right))


def _texts(call: Call, left: Value, right: Value) -> tuple[Value, Value]:
    return _converted(left, call.types[0], Type.STRING), _converted(right, call.types[1], Type.STRING)


@scalar(_CONVERTED, name="==", context=True)
def equal_converted(call: Call, left: Value, right: Value) -> pa.Array:
    """True when the text or dynamic side, converted to the other side's type, equals it.

    >>> print datetime(2024-01-01) == "2024-01-01"
    True
    """
    return _compare_converted(call, left, right, equal_values)


@scalar(_CONVERTED, name="!=", context=True)
def not_equal_converted(call: Call, left: Value, right: Value) -> pa.Array:
    """True when the text or dynamic side, converted to the other side's type, differs from it.

    >>> print datetime(2024-01-01) != "2024-01-02"
    True
    """
    return _compare_converted(call, left, right, not_equal_values)


def _compare_converted(call: Call, left: Value, right: Value, compare: _Compare) -> pa.Array:
    loose = (Type.STRING, Type.DYNAMIC)
    source, target = call.types if call.types[0] in loose else call.types[::-1]
    if source is Type.DYNAMIC and target in NUMERIC:
        return _with_dynamic_number(call, left, right, compare)
    values = [_converted(v, t, target) if t in loose else v for v, t in zip((left, right), call.types, strict=True)]
    return compare(values[0], values[1])


def _with_dynamic_number(call: Call, left: Value, right: Value, compare: _Compare) -> pa.Array:
    """Compare with a dynamic side by number: whole numbers as longs, others as reals; text inside the dynamic is no number."""
    values, dynamic = [left, right], [t is Type.DYNAMIC for t in call.types]
    texts = [_numbers_only(v) if d else v for v, d in zip(values, dynamic, strict=True)]

    def by(target: Type) -> pa.Array:
        sides = [_converted(v, Type.DYNAMIC, target) if d else v for v, d in zip(texts, dynamic, strict=True)]
        return compare(*same_numbers(sides[0], sides[1]))

    whole = None
    for text, is_dynamic in zip(texts, dynamic, strict=True):
        if is_dynamic:
            found = pc.match_substring_regex(text, r"^-?\d+$")
            whole = found if whole is None else pc.and_(whole, found)
    return pc.if_else(pc.fill_null(whole, False), by(Type.LONG), by(Type.REAL))


def _numbers_only(texts: Value) -> Value:
    """JSON texts, with null for those that hold a string, an array or a bag."""
    is_number = pc.match_substring_regex(texts, r'^[^"\[{]')
    return pc.if_else(is_number, texts, pa.scalar(None, pa.string()))


def _converted(value: Value, source: Type, target: Type) -> Value:
    from kqlpy.columns.convert import convert

    if source is target:
        return value
    if isinstance(value, pa.Scalar):
        return convert(pa.array([value.as_py()], value.type), source, target)[0]
    return convert(value, source, target)


@scalar(_ANY, name="==", context=True, hidden=True)
def equal_other(call: Call, left: Value, right: Value) -> pa.Array:
    """Refused: values of such types have no common type to be compared in."""
    raise _refused("==", call)


@scalar(_ANY, name="!=", context=True, hidden=True)
def not_equal_other(call: Call, left: Value, right: Value) -> pa.Array:
    """Refused: values of such types have no common type to be compared in."""
    raise _refused("!=", call)


def _refused(operator: str, call: Call) -> KqlUnsupportedError:
    left, right = call.types
    return KqlUnsupportedError(f"kqlpy does not compare `{left} {operator} {right}`; convert one side", code="KQLPY001")


@scalar(_ORDER, name="<")
def less(left: Value, right: Value) -> pa.Array:
    """True when the left side is smaller; null when a side is null.

    >>> print 1 < 1.5
    True
    """
    return pc.less(*same_numbers(left, right))


@scalar(_ORDER, name="<=")
def less_equal(left: Value, right: Value) -> pa.Array:
    """True when the left side is smaller or equal; null when a side is null.

    >>> print 1h <= 60m
    True
    """
    return pc.less_equal(*same_numbers(left, right))


@scalar(_ORDER, name=">")
def greater(left: Value, right: Value) -> pa.Array:
    """True when the left side is greater; null when a side is null.

    >>> print isnull(int(null) > 3)
    True
    """
    return pc.greater(*same_numbers(left, right))


@scalar(_ORDER, name=">=")
def greater_equal(left: Value, right: Value) -> pa.Array:
    """True when the left side is greater or equal; null when a side is null.

    >>> print datetime(2024-01-02) >= datetime(2024-01-01)
    True
    """
    return pc.greater_equal(*same_numbers(left, right))


def _declare_dynamic_order(name: str, compare: _Compare) -> None:
    """The comparison by number where one side is dynamic, and where both are."""

    @scalar(_ORDER_DYNAMIC, name=name, context=True)
    def order_dynamic(call: Call, left: Value, right: Value) -> pa.Array:
        return _with_dynamic_number(call, left, right, compare)

    @scalar(_ORDER_DYNAMICS, name=name, context=True)
    def order_dynamics(call: Call, left: Value, right: Value) -> pa.Array:
        return _with_dynamic_number(call, left, right, compare)


for _name, _compare in (("<", pc.less), ("<=", pc.less_equal), (">", pc.greater), (">=", pc.greater_equal)):
    _declare_dynamic_order(_name, _compare)

_BETWEEN = (
    "(value: number, low: number, high: number) -> bool",
    "(value: datetime, low: datetime, high: datetime) -> bool",
    "(value: timespan, low: timespan, high: timespan) -> bool",
)
_BETWEEN_SPAN = "(value: datetime, low: datetime, high: timespan) -> bool"
_BETWEEN_DYNAMIC = (
    "(value: number, low: dynamic, high: int|long|real|decimal|dynamic) -> bool",
    "(value: number, low: number, high: dynamic) -> bool",
    "(value: dynamic, low: number, high: int|long|real|decimal|dynamic) -> bool",
    "(value: dynamic, low: dynamic, high: number) -> bool",
)


@scalar(_BETWEEN, name="between")
def between(value: Value, low: Value, high: Value) -> pa.Array:
    """True when the value is in the range, ends included; null when any of the three is null.

    >>> print 10 between (2 .. 10)
    True
    """
    return _inside(value, low, high)


@scalar(_BETWEEN, name="!between")
def not_between(value: Value, low: Value, high: Value) -> pa.Array:
    """True when the value is outside the range; null when any of the three is null.

    >>> print 11 !between (2 .. 10)
    True
    """
    return pc.invert(_inside(value, low, high))


def _inside(value: Value, low: Value, high: Value) -> pa.Array:
    return pc.and_(pc.greater_equal(*same_numbers(value, low)), pc.less_equal(*same_numbers(value, high)))


@scalar(_BETWEEN_SPAN, name="between")
def between_span(value: Value, low: Value, high: Value) -> pa.Array:
    """True when the moment is at most `high` after `low`.

    >>> print datetime(2024-01-04) between (datetime(2024-01-01) .. 3d)
    True
    """
    return _inside(value, low, pc.add(low, high))


@scalar(_BETWEEN_SPAN, name="!between")
def not_between_span(value: Value, low: Value, high: Value) -> pa.Array:
    """True when the moment is before `low` or more than `high` after it.

    >>> print datetime(2024-01-05) !between (datetime(2024-01-01) .. 3d)
    True
    """
    return pc.invert(_inside(value, low, pc.add(low, high)))


@scalar(_BETWEEN_DYNAMIC, name="between", context=True)
def between_dynamic(call: Call, value: Value, low: Value, high: Value) -> pa.Array:
    """True when the number is in the range, ends included; a dynamic value counts as the number it holds.

    >>> print dynamic({"a": 5}).a between (1 .. 10)
    True
    """
    return _inside_dynamic(call, value, low, high)


@scalar(_BETWEEN_DYNAMIC, name="!between", context=True)
def not_between_dynamic(call: Call, value: Value, low: Value, high: Value) -> pa.Array:
    """True when the number is outside the range; a dynamic value counts as the number it holds.

    >>> print dynamic({"a": 5}).a !between (1 .. 10)
    False
    """
    return pc.invert(_inside_dynamic(call, value, low, high))


def _inside_dynamic(call: Call, value: Value, low: Value, high: Value) -> pa.Array:
    first = _ordered(call, (0, 1), value, low, pc.greater_equal)
    return pc.and_(first, _ordered(call, (0, 2), value, high, pc.less_equal))


def _ordered(call: Call, places: tuple[int, int], left: Value, right: Value, compare: _Compare) -> pa.Array:
    types = (call.types[places[0]], call.types[places[1]])
    if Type.DYNAMIC not in types:
        return compare(*same_numbers(left, right))
    return _with_dynamic_number(Call(types, call.result, call.rows, call.session), left, right, compare)
