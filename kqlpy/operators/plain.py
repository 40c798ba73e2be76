"""Operators that change little: as, invoke, getschema, render, consume, assert-schema.

https://learn.microsoft.com/kusto/query/as-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kqlpy.binding import messages
from kqlpy.binding.inlining import inline_table
from kqlpy.binding.known import function_schema
from kqlpy.binding.scope import LetFunction, LetTable
from kqlpy.binding.special_tables import SPECIAL_TABLES
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch
from kqlpy.operators import lower, operator
from kqlpy.operators.print import Values
from kqlpy.plan.nodes import Plan, Shared, SharedScan, UnaryPlan
from kqlpy.schema import Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Consume"]

_NET_NAMES = {
    Type.BOOL: "System.SByte", Type.INT: "System.Int32", Type.LONG: "System.Int64", Type.REAL: "System.Double",
    Type.DECIMAL: "System.Data.SqlTypes.SqlDecimal", Type.STRING: "System.String", Type.DATETIME: "System.DateTime",
    Type.TIMESPAN: "System.TimeSpan", Type.GUID: "System.Guid", Type.DYNAMIC: "System.Object", Type.UNKNOWN: "System.Object",
}  # fmt: skip


@operator(ast.As)
def bind_as(node: ast.As, plan: Plan, binder: Binder) -> Plan:
    """Names the rows so far; later statements and unions may read them."""
    shared = Shared(plan, node.name)
    binder.scope.names[node.name] = LetTable(shared, node.name, is_view=True)
    reader = SharedScan(schema=plan.schema, shared=shared, name=node.name, span=node.span)
    binder.memo["as", id(shared)] = node.name
    return reader


@operator(ast.Invoke)
def bind_invoke(node: ast.Invoke, plan: Plan, binder: Binder) -> Plan:
    """The rows become the first argument of a user function."""
    from kqlpy.binding.tables import nothing

    call = node.call
    while isinstance(call, ast.Member):
        call = call.member
    if not isinstance(call, ast.Call):
        binder.report(messages.unknown_function(getattr(call, "name", "?"), call.span, ()))
        return nothing()
    found = binder.scope.find(call.name)
    function = found if isinstance(found, LetFunction) else binder.stored_function(call.name)
    if function is None:
        special = SPECIAL_TABLES.get(call.name)
        if special is not None:
            return special.bind(binder, call, plan)
        schema = function_schema(call.name)
        if schema is not None:
            from kqlpy.operators.scan import function_plan

            return function_plan(binder, call, schema, plan)
        binder.report(messages.unknown_source(call.name, call.name_span or call.span, [*binder.scope.all_names(), *binder.functions]))
        return nothing()
    return inline_table(binder, function, call, plan) or nothing()


@operator(ast.GetSchema)
def bind_getschema(node: ast.GetSchema, plan: Plan, binder: Binder) -> Plan:
    """One row per column of the input."""
    if node.params:
        raise messages.unsupported("getschema with a kind", node.span)
    schema = Schema.of([("ColumnName", Type.STRING), ("ColumnOrdinal", Type.INT), ("DataType", Type.STRING), ("ColumnType", Type.STRING)])
    columns = list(plan.schema)
    batch = Batch(
        {
            "ColumnName": storage.to_array([c.name for c in columns], Type.STRING),
            "ColumnOrdinal": storage.to_array(list(range(len(columns))), Type.INT),
            "DataType": storage.to_array([_NET_NAMES[c.type] for c in columns], Type.STRING),
            "ColumnType": storage.to_array([str(c.type) for c in columns], Type.STRING),
        },
        len(columns),
    )
    return Values(batch=batch, schema=schema, span=node.span)


@operator(ast.Render)
def bind_render(node: ast.Render, plan: Plan, binder: Binder) -> Plan:
    """The rows stay as they are; the chart goes with the result."""
    properties: dict[str, Any] = {}
    for param in node.properties:
        properties[param.name] = _property(param.value)
    shown = replace(plan)
    binder.memo["render", id(shown)] = (node.chart, properties)
    binder.memo["render kept", id(shown)] = shown
    return shown


def _property(value: ast.Expr) -> Any:
    """A word or a constant as it is written; several names as a list."""
    match value:
        case ast.NameList(names):
            return [name.name for name in names]
        case ast.Name(name):
            return name
        case _:
            return getattr(value, "value", None)


@operator(ast.AssertSchema)
def bind_assert_schema(node: ast.AssertSchema, plan: Plan, binder: Binder) -> Plan:
    """The input, if it has exactly these columns."""
    expected = [(c.name, str(c.type)) for c in node.columns]
    if not plan.schema.open and plan.schema.pairs() != expected:
        binder.report(messages.schema_differs(node.span))
    return plan


@dataclass(frozen=True, kw_only=True, eq=False)
class Consume(UnaryPlan):
    """Reads all rows and gives none."""


@operator(ast.Consume)
def bind_consume(node: ast.Consume, plan: Plan, binder: Binder) -> Plan:
    """No rows, no columns."""
    return Consume(input=plan, schema=Schema(()), span=node.span)


@lower(Consume)
def run_consume(plan: Consume, executor: Executor) -> Iterator[Batch]:
    """Pulls everything through."""
    for _ in executor.run(plan.input):
        pass
    return iter(())
