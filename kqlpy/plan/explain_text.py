"""Bound expressions as text, for `explain` and plan tests."""

from __future__ import annotations

from kqlpy.plan.expressions import (
    AggregateCall,
    Apply,
    ColumnRef,
    Constant,
    Convert,
    Expression,
    ListQuery,
    Membership,
    PathAccess,
    ScalarQuery,
    WindowCall,
)
from kqlpy.types import Type

__all__ = ["show"]


def show(expr: Expression) -> str:
    """A compact KQL-like spelling of a bound expression."""
    match expr:
        case Constant(value=value, type=type_):
            return _constant(value, type_)
        case ColumnRef(name=name):
            return name.replace("\x00", "$")
        case Apply(function=function, args=(left, right)) if not function[0].isalpha() or function in ("and", "or", "has", "contains"):
            return f"({show(left)} {function} {show(right)})"
        case Apply() | WindowCall() | AggregateCall():
            return f"{expr.function}({', '.join(show(a) for a in expr.args)})"
        case Convert(value=value, type=type_):
            return f"to{type_}({show(value)})"
        case PathAccess(base=base, steps=steps):
            return show(base) + "".join(f"[{step!r}]" for step in steps)
        case Membership(op=op, left=left, items=items):
            return f"({show(left)} {op} ({', '.join(show(i) for i in items)}))"
        case ScalarQuery():
            return "toscalar(...)"
        case ListQuery():
            return "(table)"
        case _:
            return type(expr).__name__


def _constant(value: object, type_: Type) -> str:
    from kqlpy.columns import ticks

    if value is None:
        return f"{type_}(null)"
    if type_ is Type.DATETIME and isinstance(value, int):
        return f"datetime({ticks.format_datetime_iso(value)})"
    if type_ is Type.TIMESPAN and isinstance(value, int):
        return f"timespan({ticks.format_timespan(value)})"
    return repr(value) if isinstance(value, str) else str(value)
