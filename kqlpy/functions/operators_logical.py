"""`and`, `or` and `not` in three-valued logic."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.vectors import Value
from kqlpy.types import Type

__all__: list[str] = []

_MIXED = (
    "(left: dynamic, right: bool) -> bool",
    "(left: bool, right: dynamic) -> bool",
    "(left: dynamic, right: dynamic) -> bool",
)


@scalar("(left: bool, right: bool) -> bool", name="and")
def and_(left: Value, right: Value) -> pa.Array:
    """True when both sides are true. False wins over null; true with null is null.

    >>> print bool(null) and false
    False
    """
    return pc.and_kleene(left, right)


@scalar("(left: bool, right: bool) -> bool", name="or")
def or_(left: Value, right: Value) -> pa.Array:
    """True when either side is true. True wins over null; false with null is null.

    >>> print bool(null) or true
    True
    """
    return pc.or_kleene(left, right)


@scalar(_MIXED, name="and", context=True, hidden=True)
def and_dynamic(call: Call, left: Value, right: Value) -> pa.Array:
    """True when both sides, read as bool, are true.

    >>> print dynamic(true) and true
    True
    """
    return pc.and_kleene(*(_bool(v, t) for v, t in zip((left, right), call.types, strict=True)))


@scalar(_MIXED, name="or", context=True, hidden=True)
def or_dynamic(call: Call, left: Value, right: Value) -> pa.Array:
    """True when either side, read as bool, is true.

    >>> print dynamic(false) or true
    True
    """
    return pc.or_kleene(*(_bool(v, t) for v, t in zip((left, right), call.types, strict=True)))


@scalar("(expression: bool) -> bool", name="not")
def not_(expression: pa.Array) -> pa.Array:
    """True for false and false for true; null for null.

    >>> print not(1 == 2)
    True
    """
    return pc.invert(expression)


@scalar(("(expression: int|long|real|decimal) -> bool", "(expression: dynamic) -> bool"), name="not", context=True)
def not_number(call: Call, expression: pa.Array) -> pa.Array:
    """False for a value that converts to true, true for one that converts to false, null for null.

    >>> print not(1)
    False
    """
    return pc.invert(_bool(expression, call.types[0]))


def _bool(value: Value, type_: Type) -> Value:
    from kqlpy.columns.convert import convert

    if type_ is Type.BOOL:
        return value
    if isinstance(value, pa.Scalar):
        return convert(pa.array([value.as_py()], value.type), type_, Type.BOOL)[0]
    return convert(value, type_, Type.BOOL)
