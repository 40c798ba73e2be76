"""Bound expressions: what the binder makes of written ones. Each knows its KQL type.

A bound expression names columns of its input row set, never positions; constants hold values as `columns/storage.py` defines them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from kqlpy.functions.registry import AGGREGATES, SCALARS, WINDOWS, Function, Overload
from kqlpy.source import Span
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.plan.nodes import Plan

__all__ = [
    "AggregateCall", "Apply", "ColumnRef", "Constant", "Convert", "Expression", "ListQuery", "Membership", "PathAccess", "ScalarQuery",
    "WindowCall", "columns_of", "is_constant", "is_volatile", "parts_of", "rewrite", "walk",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """Anything that has a value for each row."""

    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Expression):
    """A value known before any row is read."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRef(Expression):
    """A column of the input."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply(Expression):
    """A scalar function or operator applied to arguments; `part` picks one value of a function with several."""

    function: str
    overload: Overload
    args: tuple[Expression, ...]
    part: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert(Expression):
    """A value converted to this expression's type, put in by the binder where arguments widen.

    As the `to...()` functions do, but a string that becomes dynamic stays that string (`todynamic` would read it as JSON).
    """

    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAccess(Expression):
    """`base.a.b[0]` with constant steps (str or int) into a dynamic value."""

    base: Expression
    steps: tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Expression):
    """`left in (items)` and its kin (`op` as in `ast.InList`); an item may be a `ListQuery`."""

    op: str
    left: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarQuery(Expression):
    """`toscalar(plan)`: the first column of the first row, computed once a query."""

    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery(Expression):
    """A tabular expression as a list of values: its first column, computed once a query."""

    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCall(Expression):
    """A function over the ordered row set (`prev`, `row_cumsum` ...)."""

    function: str
    overload: Overload
    args: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateCall(Expression):
    """An aggregate with its arguments; only `summarize` and its kin hold one. `part` picks one of several result columns."""

    function: str
    overload: Overload
    args: tuple[Expression, ...]
    part: int | None = None


def children(expr: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside."""
    match expr:
        case Apply() | WindowCall() | AggregateCall():
            return expr.args
        case PathAccess():
            return (expr.base,)
        case Convert():
            return (expr.value,)
        case Membership():
            return (expr.left, *expr.items)
        case _:
            return ()


def walk(expr: Expression) -> Iterator[Expression]:
    """The expression and everything inside it."""
    stack = [expr]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def parts_of(*exprs: Expression) -> Iterator[Expression]:
    """The expressions and everything inside them; what several share (a let, the arguments of `arg_max(t, *)`) is entered once."""
    entered: set[int] = set()
    stack = list(exprs)
    while stack:
        current = stack.pop()
        yield current
        key = id(current.args) if isinstance(current, Apply | AggregateCall | WindowCall) else id(current)
        if key not in entered:
            entered.add(key)
            stack.extend(reversed(children(current)))


def rewrite(expr: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """A copy in which `change` has replaced parts; it answers None to look inside instead."""
    changed = change(expr)
    if changed is not None:
        return changed
    match expr:
        case Apply() | WindowCall() | AggregateCall():
            return replace(expr, args=tuple(rewrite(a, change) for a in expr.args))
        case PathAccess():
            return replace(expr, base=rewrite(expr.base, change))
        case Convert():
            return replace(expr, value=rewrite(expr.value, change))
        case Membership():
            return replace(expr, left=rewrite(expr.left, change), items=tuple(rewrite(i, change) for i in expr.items))
        case _:
            return expr


def columns_of(*exprs: Expression) -> set[str]:
    """Names of the input columns that the expressions read."""
    return {part.name for part in parts_of(*exprs) if isinstance(part, ColumnRef)}


def function_of(expr: Apply | WindowCall | AggregateCall) -> Function:
    """The declaration behind a call."""
    table = SCALARS if isinstance(expr, Apply) else WINDOWS if isinstance(expr, WindowCall) else AGGREGATES
    return table[expr.function]


def is_volatile(expr: Expression) -> bool:
    """True when two evaluations may differ (`rand`, `new_guid`)."""
    return any(isinstance(p, Apply) and SCALARS[p.function].volatile for p in parts_of(expr))


def is_constant(expr: Expression) -> bool:
    """True when the value does not depend on rows (a `toscalar` counts as constant)."""
    return not any(isinstance(p, ColumnRef | WindowCall | AggregateCall) for p in parts_of(expr)) and not is_volatile(expr)


def field_names(cls: type) -> tuple[str, ...]:
    """Names of a node's dataclass fields."""
    return tuple(f.name for f in fields(cls))
