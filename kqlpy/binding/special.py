"""Forms that look like functions but need more than their arguments' values: they look at columns, tables or the query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.calls import special
from kqlpy.binding.context import NO_ROWS, Context
from kqlpy.binding.scalars import UNKNOWN, apply_operator, bind_expression, scalar_query
from kqlpy.plan.expressions import ColumnRef, Constant, Expression, columns_of, is_volatile
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder


@special("toscalar")
def _toscalar(binder: Binder, node: ast.Call, context: Context) -> Expression:
    """The first column of the first row of a table; of a scalar, the scalar."""
    if len(node.args) != 1:
        return binder.report(messages.argument_count("toscalar", "1 argument", len(node.args), node.span))
    inner = node.args[0]
    if not binder.is_tabular(inner, context):
        value = bind_expression(binder, inner, NO_ROWS)
        return binder.report(messages.constant_expected(inner.span)) if columns_of(value) else _drawn_once(value)
    return binder.fold(scalar_query(binder.bind_table(inner), node.span))


def _drawn_once(value: Expression) -> Expression:
    """The value; what is drawn at random becomes a sub-query, which runs once for all rows."""
    from kqlpy.operators.print import print_plan

    return scalar_query(print_plan([("value", value)]), value.span) if is_volatile(value) else value


@special("materialize", "cluster", "database", "workspace", "app", "resource", "adx", "arg", "table", "external_table", "materialized_view", "stored_query_result")
def _tabular(binder: Binder, node: ast.Call, context: Context) -> Expression:
    return binder.report(messages.scalar_expected(node.span))


@special("column_ifexists", "columnifexists")
def _column_ifexists(binder: Binder, node: ast.Call, context: Context) -> Expression:
    """The named column when the row set has it, else the default."""
    if len(node.args) != 2:
        return binder.report(messages.argument_count(node.name, "2 arguments", len(node.args), node.span))
    name = constant_text(binder, node.args[0], context)
    if name is None:
        return UNKNOWN
    if name in context.row:
        return ColumnRef(name=name, type=context.row.by_name[name], span=node.span)
    return bind_expression(binder, node.args[1], context)


@special("iscolumnexists")
def _iscolumnexists(binder: Binder, node: ast.Call, context: Context) -> Expression:
    name = constant_text(binder, node.args[0], context) if node.args else None
    return Constant(type=Type.BOOL, value=name in context.row, span=node.span)


def constant_text(binder: Binder, node: ast.Expr, context: Context) -> str | None:
    """The constant name that an argument gives; reports anything else. A bare column stands for its own name."""
    if isinstance(node, ast.Name) and node.name in context.row and binder.scope.find(node.name) is None:
        return node.name
    bound = bind_expression(binder, node, context)
    if isinstance(bound, Constant) and isinstance(bound.value, str):
        return bound.value
    if bound.type is not Type.UNKNOWN:
        binder.report(messages.constant_expected(node.span, "a constant name"))
    return None


@special("pack_all")
def _pack_all(binder: Binder, node: ast.Call, context: Context) -> Expression:
    """All columns of the row set in one bag."""
    args: list[Expression] = [bind_expression(binder, a, context) for a in node.args] or [Constant(type=Type.BOOL, value=False)]
    return _pack(binder, node, [(c.name, ColumnRef(name=c.name, type=c.type)) for c in context.row], args)


@special("bag_pack_columns")
def _bag_pack_columns(binder: Binder, node: ast.Call, context: Context) -> Expression:
    """The given columns in one bag, under their names."""
    if not node.args:
        return binder.report(messages.argument_count(node.name, "at least 1 argument", 0, node.span))
    pairs = [(arg, bind_expression(binder, arg, context)) for arg in node.args]
    for arg, value in pairs:
        if not isinstance(value, ColumnRef) and value.type is not Type.UNKNOWN:
            return binder.report(messages.not_a_column(arg.span))
    return _pack(binder, node, [(value.name, value) for _, value in pairs if isinstance(value, ColumnRef)], [])


def _pack(binder: Binder, node: ast.Call, pairs: list[tuple[str, Expression]], args: list[Expression]) -> Expression:
    for name, value in pairs:
        args.extend((Constant(type=Type.STRING, value=name), value))
    return apply_operator(binder, node.name, tuple(args), node.span)


@special("ingestion_time")
def _ingestion_time(binder: Binder, node: ast.Call, context: Context) -> Expression:
    """When the row arrived: the first that has a value of the columns `_TimeReceived`, `ingestion_time`, TimeGenerated, Timestamp."""
    names = [n for n in ("_TimeReceived", "ingestion_time", "TimeGenerated", "Timestamp") if context.row.by_name.get(n) is Type.DATETIME]
    columns = tuple(ColumnRef(name=n, type=Type.DATETIME, span=node.span) for n in names)
    if not columns:
        binder.warn("ingestion_time() is null here: the rows have none of the columns _TimeReceived, ingestion_time, TimeGenerated, Timestamp")
        return Constant(type=Type.DATETIME, value=None, span=node.span)
    if len(columns) == 1:
        binder.warn(f"ingestion_time() is the column `{names[0]}` here")
        return columns[0]
    binder.warn(f"ingestion_time() is the first of these columns that has a value: {', '.join(names)}")
    return apply_operator(binder, "coalesce", columns, node.span)


@special("datatable", "externaldata")
def _table_like(binder: Binder, node: ast.Call, context: Context) -> Expression:
    return binder.report(messages.scalar_expected(node.span))


@special("typeof")
def _typeof(binder: Binder, node: ast.Call, context: Context) -> Expression:
    return UNKNOWN


@special("column_names_of")
def _column_names_of(binder: Binder, node: ast.Call, context: Context) -> Expression:
    """The column names of a table as a dynamic array."""
    import json

    if len(node.args) != 1:
        return binder.report(messages.argument_count(node.name, "1 argument", len(node.args), node.span))
    plan = binder.bind_table(node.args[0])
    return Constant(type=Type.DYNAMIC, value=json.dumps(list(plan.schema.names)), span=node.span)
