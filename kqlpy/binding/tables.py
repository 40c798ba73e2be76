"""Tabular expressions: pipelines, names of tables and lets, database paths, calls that give tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.context import NO_ROWS, Context
from kqlpy.binding.inlining import inline_table
from kqlpy.binding.known import function_schema, known_tables
from kqlpy.binding.scope import LetEntities, LetFunction, LetPattern, LetScalar, LetTable
from kqlpy.binding.special_tables import SPECIAL_TABLES, TABLE_CALLS
from kqlpy.environment.databases import Databases
from kqlpy.operators import OPERATORS
from kqlpy.plan.nodes import Plan, SharedScan
from kqlpy.schema import Schema
from kqlpy.syntax import ast

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["apply_operators", "bind_table", "is_tabular", "table_name"]

#: calls that name a place where tables are; without a folder of its own each means the one data folder
PLACES = frozenset({"cluster", "database", "workspace", "app", "resource", "adx"})


def is_tabular(binder: Binder, node: ast.Expr, context: Context) -> bool:
    """True when the expression means a table; columns of `context` hide tables of the same name."""
    match node:
        case ast.Pipeline() | ast.DataTable() | ast.ExternalData() | ast.ContextualSubTable():
            return True
        case ast.Paren(inner):
            return is_tabular(binder, inner, context)
        case ast.Name(name):
            return _name_is_tabular(binder, name, context)
        case ast.Call():
            return _call_is_tabular(binder, node)
        case ast.Member(base, member):
            return _is_place(base) or (isinstance(base, ast.Call) and isinstance(binder.scope.find(base.name), LetPattern) and member is not None)
        case _:
            return False


def _name_is_tabular(binder: Binder, name: str, context: Context) -> bool:
    if name in context.row and binder.scope.columns_first:
        return False
    found = binder.scope.find(name)
    if found is not None:
        return isinstance(found, LetTable) or (isinstance(found, LetFunction) and _body_is_tabular(binder, found))
    if name in context.row:
        return False
    if binder.catalog.schema_of(name) is not None or name in binder.functions:
        return True
    return not context.row.columns and not context.row.open


def _call_is_tabular(binder: Binder, node: ast.Call) -> bool:
    found = binder.scope.find(node.name)
    if isinstance(found, LetFunction):
        return _body_is_tabular(binder, found)
    if isinstance(found, LetTable):
        return not node.args
    if isinstance(found, LetPattern):
        return True
    if found is not None:
        return False
    if node.name in SPECIAL_TABLES and not SPECIAL_TABLES[node.name].workspace:
        return True
    stored = binder.stored_function(node.name)
    if stored is not None:
        return _body_is_tabular(binder, stored)
    return node.name in SPECIAL_TABLES or function_schema(node.name) is not None


def _body_is_tabular(binder: Binder, let: LetFunction) -> bool:
    """Whether a function's result is a table, seen from its text alone."""
    function = let.function
    tables = {p.name for p in function.params if p.type is None}
    scalars = {p.name for p in function.params if p.type is not None}
    if not function.body.statements:
        return False
    *lets, last = function.body.statements
    local = {s.name: s.value for s in lets if isinstance(s, ast.Let)}
    if any(judged is function for judged in binder.judged):
        return False
    outer, binder.scope = binder.scope, let.scope
    binder.judged.append(function)
    try:
        return isinstance(last, ast.ExprStatement) and _text_is_tabular(binder, last.expr, tables, scalars, local, 0)
    finally:
        binder.scope = outer
        binder.judged.pop()


def _text_is_tabular(binder: Binder, node: ast.Expr, tables: set[str], scalars: set[str], local: dict[str, ast.Expr], depth: int) -> bool:
    while isinstance(node, ast.Paren):
        node = node.inner
    name = node.name if isinstance(node, ast.Name | ast.Call) else None
    if name in tables:
        return True
    if name in scalars:
        return False
    if name in local and depth < 50:
        value = local[name]
        if isinstance(value, ast.Function):
            last = value.body.statements[-1] if value.body.statements else None
            inner_tables = tables | {p.name for p in value.params if p.type is None}
            return isinstance(last, ast.ExprStatement) and _text_is_tabular(binder, last.expr, inner_tables, scalars, local, depth + 1)
        return _text_is_tabular(binder, value, tables, scalars, local, depth + 1)
    return is_tabular(binder, node, NO_ROWS)


def _is_place(node: ast.Expr) -> bool:
    if isinstance(node, ast.Member):
        return _is_place(node.base)
    return isinstance(node, ast.Call) and node.name in PLACES


def table_name(binder: Binder, node: ast.Expr) -> str | None:
    """The table (or view) that an expression merely names."""
    match node:
        case ast.Paren(inner):
            return table_name(binder, inner)
        case ast.Name(name):
            found = binder.scope.find(name)
            if isinstance(found, LetTable):
                return found.table_name or (name if found.is_view else None)
            if isinstance(found, LetFunction):
                return name if found.function.view else None
            return name if found is None else None
        case ast.Member(_, ast.Name(name)):
            return name
        case ast.Call(name, (ast.Literal(value=value), *_)) if name in TABLE_CALLS:
            return str(value)
        case ast.Call(name, ()):
            found = binder.scope.find(name)
            return name if isinstance(found, LetFunction) and found.function.view else None
        case _:
            return None


# ---------------------------------------------------------------- plans


def bind_table(binder: Binder, node: ast.Expr) -> Plan:
    """The plan of a tabular expression."""
    match node:
        case ast.Pipeline(source, operators):
            plan = bind_table(binder, source) if source is not None else None
            return apply_operators(binder, operators, plan)
        case ast.Paren(inner):
            return bind_table(binder, inner)
        case ast.Name(name):
            return _bind_name(binder, node, name)
        case ast.Call():
            return _bind_call(binder, node)
        case ast.Member(base, member):
            return _bind_member(binder, node, base, member)
        case ast.DataTable() | ast.ExternalData():
            made: Plan = OPERATORS[type(node)](node, None, binder)
            return made
        case _:
            binder.report(messages.table_expected(node.span))
            return nothing()


def nothing() -> Plan:
    """What stands for a table that was reported: no rows, any column."""
    from kqlpy.operators.scan import Missing

    return Missing(schema=Schema((), open=True), name="")


def apply_operators(binder: Binder, operators: tuple[ast.Operator, ...], plan: Plan | None) -> Plan:
    """A plan with the operators of a pipeline applied in order."""
    for operator in operators:
        bind = OPERATORS.get(type(operator))
        if bind is None:
            binder.report(messages.unsupported(f"the operator `{_keyword(operator)}`", operator.span))
            return nothing()
        plan = bind(operator, plan, binder)
    return plan if plan is not None else nothing()


def _keyword(operator: ast.Operator) -> str:
    if isinstance(operator, ast.GraphOperator | ast.ExecuteAndCache):
        return operator.keyword
    name = type(operator).__name__
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


def _bind_name(binder: Binder, node: ast.Expr, name: str) -> Plan:
    found = binder.scope.find(name)
    match found:
        case LetTable(shared):
            binder.read(found)
            return SharedScan(schema=shared.plan.schema, shared=shared, name=name, span=node.span)
        case LetFunction():
            return inline_table(binder, found, ast.Call(name, (), span=node.span)) or nothing()
        case LetScalar() | LetEntities():
            binder.report(messages.table_expected(node.span))
            return nothing()
    stored = binder.stored_function(name)
    if stored is not None:
        return inline_table(binder, stored, ast.Call(name, (), span=node.span)) or nothing()
    if function_schema(name) is not None and binder.catalog.schema_of(name) is None:
        return _bind_call(binder, ast.Call(name, (), span=node.span))
    return bind_table_name(binder, name, node)


def bind_table_name(binder: Binder, name: str, node: ast.Expr) -> Plan:
    """A scan of a table of the catalog; reports a name that nothing knows."""
    from kqlpy.operators.scan import scan_plan

    plan = scan_plan(binder.catalog, name, node.span)
    if plan is None:
        choices = [*binder.scope.all_names(), *binder.catalog.names(), *binder.functions]
        error = messages.unknown_table(name, node.span, choices)
        if error.hint is None:
            error.hint = messages.did_you_mean(name, known_tables())
        binder.report(error)
        return nothing()
    return plan


def _bind_call(binder: Binder, node: ast.Call) -> Plan:
    found = binder.scope.find(node.name)
    if isinstance(found, LetFunction):
        return inline_table(binder, found, node) or nothing()
    if isinstance(found, LetTable) and not node.args:
        return _bind_name(binder, node, node.name)
    if isinstance(found, LetPattern):
        from kqlpy.binding.patterns import bind_pattern

        return bind_pattern(binder, found, node, None)
    special = SPECIAL_TABLES.get(node.name)
    stored = binder.stored_function(node.name) if special is None or special.workspace else None
    if stored is not None:
        return inline_table(binder, stored, node) or nothing()
    if special is not None:
        return special.bind(binder, node, None)
    schema = function_schema(node.name)
    if schema is not None:
        from kqlpy.operators.scan import function_plan

        return function_plan(binder, node, schema)
    binder.report(messages.unknown_source(node.name, node.name_span or node.span, [*binder.scope.all_names(), *binder.functions]))
    return nothing()


def _bind_member(binder: Binder, node: ast.Member, base: ast.Expr, member: ast.Expr) -> Plan:
    """`database("x").T`, `cluster("c").database("d").f()`: the last step, in the catalog of that place."""
    if isinstance(base, ast.Call):
        found = binder.scope.find(base.name)
        if isinstance(found, LetPattern):
            from kqlpy.binding.patterns import bind_pattern

            return bind_pattern(binder, found, base, member)
    if not _is_place(base):
        binder.report(messages.table_expected(node.span))
        return nothing()
    with _catalog_of(binder, base):
        match member:
            case ast.Name(name):
                return bind_table_name(binder, name, node)
            case ast.Call():
                return _bind_call(binder, member)
            case _:
                binder.report(messages.table_expected(node.span))
                return nothing()


@contextmanager
def _catalog_of(binder: Binder, place: ast.Expr) -> Iterator[None]:
    """Names mean the tables of a place inside; those of the one data folder where no folder is given for the place."""
    databases = binder.session.options.get("databases")
    names = list(_place_names(binder, place)) if databases else []
    catalog = databases.find(names) if isinstance(databases, Databases) else None
    if names and catalog is None:
        binder.warn(f"no folder is given for {'.'.join(reversed(names))}: its tables are taken from the data folder")
    outer, binder.catalog = binder.catalog, catalog or binder.catalog
    try:
        yield
    finally:
        binder.catalog = outer


def _place_names(binder: Binder, place: ast.Expr) -> Iterator[str]:
    """The names in `cluster("c").database("d")`, the innermost first."""
    if isinstance(place, ast.Member):
        yield from _place_names(binder, place.member)
        yield from _place_names(binder, place.base)
    elif isinstance(place, ast.Call) and place.args:
        value = binder.constant_value(binder.constant(place.args[0]))
        if isinstance(value, str):
            yield value
