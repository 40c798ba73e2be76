"""User functions: their bodies bound in place of the call, with the arguments as names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.context import NO_ROWS, Context
from kqlpy.binding.scalars import UNKNOWN, convert_to
from kqlpy.binding.scope import LetFunction, LetScalar, LetTable, Scope
from kqlpy.errors import KqlRuntimeError
from kqlpy.plan.expressions import Constant, Expression
from kqlpy.plan.nodes import Plan, Shared
from kqlpy.source import Span
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["inline_scalar", "inline_table"]


def inline_scalar(binder: Binder, let: LetFunction, call: ast.Call, context: Context) -> Expression:
    """The body's value for these arguments; arguments may read columns of the row at hand."""
    scope = _call_scope(binder, let, call, context, None)
    if scope is None:
        return UNKNOWN
    with _inside(binder, let, scope, call):
        body = _run_lets(binder, let, call.span)
        if body is None:
            return UNKNOWN
        if binder.is_tabular(body, NO_ROWS):
            return binder.report(messages.scalar_expected(call.span))
        return binder.expression(body, Context(windows=context.windows, serialized=context.serialized))


def inline_table(binder: Binder, let: LetFunction, call: ast.Call, first: Plan | None = None) -> Plan | None:
    """The body's plan for these arguments; `first` is the pipeline of an `invoke`, given as the first argument."""
    scope = _call_scope(binder, let, call, NO_ROWS, first)
    if scope is None:
        return None
    with _inside(binder, let, scope, call):
        body = _run_lets(binder, let, call.span)
        if body is None:
            return None
        if not binder.is_tabular(body, NO_ROWS):
            binder.report(messages.table_expected(call.span))
            return None
        return binder.bind_table(body)


@contextmanager
def _inside(binder: Binder, let: LetFunction, scope: Scope, call: ast.Call) -> Iterator[None]:
    from kqlpy.binding.binder import MAX_INLINED

    binder.inlined += 1
    if binder.inlined > MAX_INLINED:
        raise KqlRuntimeError(
            f"the query expands more than {MAX_INLINED:,} function calls (`{let.name}`)", code="KQLPY011", span=call.span
        )
    if any(function is let.function for function in binder.calls):
        raise messages.recursion(let.name, call.span)
    outer, binder.scope = binder.scope, scope
    binder.calls.append(let.function)
    try:
        yield
    finally:
        binder.scope = outer
        binder.calls.pop()


def _run_lets(binder: Binder, let: LetFunction, span: Span) -> ast.Expr | None:
    """Bind all statements of a body but the last; the expression of the last one."""
    body = let.function.body
    if not body.statements:
        binder.report(messages.empty_function(let.name, span))
        return None
    *lets, last = body.statements
    for statement in lets:
        binder.statement(statement)
    if isinstance(last, ast.ExprStatement):
        return last.expr
    binder.report(messages.table_expected_at_end(last.span))
    return None


def _call_scope(binder: Binder, let: LetFunction, call: ast.Call, context: Context, first: Plan | None) -> Scope | None:
    """A scope with the parameters bound to the arguments; None when they do not fit (reported)."""
    matched = _match(binder, let, call, first is not None)
    if matched is None:
        return None
    scope = Scope(let.scope, columns_first=True)
    scope.columns_first = False
    for index, parameter in enumerate(let.function.params):
        if parameter.type is None:
            plan = first if index == 0 and first is not None else _table_argument(binder, matched.get(parameter.name))
            if plan is None:
                binder.report(messages.argument_type(let.name, f"`{parameter.name}`", "a table", Type.UNKNOWN, call.span))
                return None
            if not _has_columns(binder, let, parameter, plan, call):
                return None
            scope.names[parameter.name] = LetTable(Shared(plan, parameter.name))
        else:
            scope.names[parameter.name] = LetScalar(_scalar_argument(binder, parameter, matched.get(parameter.name), context))
    return Scope(scope, columns_first=False)


def _match(binder: Binder, let: LetFunction, call: ast.Call, piped: bool) -> dict[str, ast.Expr] | None:
    """Parameter name -> argument, by position and by name; None when counts or names do not fit (reported)."""
    parameters = list(let.function.params[1:] if piped else let.function.params)
    by_name = {p.name for p in parameters}
    matched: dict[str, ast.Expr] = {}
    free = iter(parameters)
    for arg in call.args:
        if isinstance(arg, ast.Assign) and len(arg.names) == 1:
            if arg.names[0] not in by_name:
                binder.report(messages.unknown_name(arg.names[0], arg.span, by_name, "parameter"))
                return None
            matched[arg.names[0]] = arg.value
            continue
        parameter = next((p for p in free if p.name not in matched), None)
        if parameter is None:
            binder.report(messages.argument_count(let.name, f"{len(parameters)} arguments", len(call.args), call.span))
            return None
        matched[parameter.name] = arg
    missing = [p.name for p in parameters if p.name not in matched and p.default is None]
    if missing:
        binder.report(messages.argument_count(let.name, f"{len(parameters)} arguments", len(call.args), call.span))
        return None
    return matched


def _table_argument(binder: Binder, node: ast.Expr | None) -> Plan | None:
    if node is None or not binder.is_tabular(node, NO_ROWS):
        return None
    return binder.bind_table(node)


def _has_columns(binder: Binder, let: LetFunction, parameter: ast.FunctionParam, plan: Plan, call: ast.Call) -> bool:
    if parameter.columns is None or plan.schema.open:
        return True
    lacking = [c.name for c in parameter.columns if c.name not in plan.schema]
    if lacking:
        binder.report(messages.missing_columns(let.name, lacking, call.span))
    return not lacking


def _scalar_argument(binder: Binder, parameter: ast.FunctionParam, node: ast.Expr | None, context: Context) -> Expression:
    value = binder.expression(node, context) if node is not None else _default(binder, parameter)
    target = parameter.type or value.type
    return convert_to(binder, value, target)


def _default(binder: Binder, parameter: ast.FunctionParam) -> Expression:
    if parameter.default is None:
        return Constant(type=parameter.type or Type.UNKNOWN, value=None)
    return binder.expression(parameter.default, NO_ROWS)
