"""Columns that an open row set does not have after all.

Which columns `evaluate bag_unpack` gives only the data can tell, and few rows may lack a property that the text names. While a query is only planned such a name
is a column of unknown type. When it runs, the name is a null of no type: as an argument it is a null of a type that the function takes (the empty
string where it takes strings), as a key it equals the empty string.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kqlpy.binding import overloads
from kqlpy.functions.registry import Overload, Parameter
from kqlpy.plan.expressions import ColumnRef, Constant, Convert, Expression
from kqlpy.plan.nodes import Plan
from kqlpy.source import Span
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["UNKNOWN", "absent", "settle_arguments", "settled", "with_columns", "with_keys"]

UNKNOWN = Constant(type=Type.UNKNOWN, value=None)
"""What stands for an expression that was reported as wrong."""


def absent(binder: Binder, name: str, span: Span) -> Expression:
    """A name that the data may bring: a column of unknown type where there are no data yet, null where they are known not to bring it."""
    if binder.run is None:
        return ColumnRef(name=name, type=Type.UNKNOWN, span=span)
    binder.warn(f"no row has the property `{name}`: it is null here")
    return Constant(type=Type.UNKNOWN, value=None, span=span)


def with_columns(binder: Binder, plan: Plan, columns: Iterable[tuple[ast.Name, Parameter]]) -> Plan:
    """The rows with columns of these names, nulls of a type that the parameter takes where they lack them; for what takes columns and no expressions."""
    return _with_nulls(binder, plan, [(name, _wanted_type(parameter, None)) for name, parameter in columns])


def with_keys(binder: Binder, plan: Plan, written: Iterable[ast.Expr]) -> Plan:
    """The rows with columns of these names, empty strings where they lack them; for operators whose values are those of columns."""
    if binder.run is None or not plan.schema.open:
        return plan
    names = [n for n in written if isinstance(n, ast.Name) and binder.scope.find(n.name) is None]
    return _with_nulls(binder, plan, [(n, Type.STRING) for n in names])


def _with_nulls(binder: Binder, plan: Plan, columns: Iterable[tuple[ast.Name, Type]]) -> Plan:
    from kqlpy.operators.extend import extend_plan

    lacking = {n.name: settled(binder, absent(binder, n.name, n.span), type_) for n, type_ in columns if n.name not in plan.schema}
    return extend_plan(plan, list(lacking.items())) if lacking else plan


def settled(binder: Binder, arg: Expression, target: Type) -> Expression:
    """The null of a column that no row has, which is of no type, as a null of the type that is wanted; any other expression as it is."""
    if arg.type is not Type.UNKNOWN or arg is UNKNOWN or binder.run is None or binder.errors:
        return arg
    if isinstance(arg, Constant):
        return Constant(type=target, value="" if target is Type.STRING else None, span=arg.span)
    return Convert(value=arg, type=target, span=arg.span)


def settle_arguments(binder: Binder, overload: Overload, args: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """Arguments for an overload, those of no type as nulls of a type that it takes."""
    if all(a.type is not Type.UNKNOWN for a in args):
        return args
    known = overloads.common_type([a.type for a in args if a.type is not Type.UNKNOWN])
    return tuple(settled(binder, a, _wanted_type(overload.parameter(i, len(args)), known)) for i, a in enumerate(args))


def _wanted_type(parameter: Parameter | None, known: Type | None) -> Type:
    if parameter is None or not parameter.types:
        return Type.DYNAMIC
    if parameter.kind.startswith("common") and known in parameter.types:
        return known
    choices = (Type.STRING, Type.DYNAMIC, Type.LONG, Type.REAL, Type.DATETIME, Type.TIMESPAN, *parameter.types)
    return next(t for t in choices if t in parameter.types)
