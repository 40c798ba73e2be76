"""Patterns: names for tabular expressions chosen by constant arguments, `declare pattern country = (name:string)[state:string] { ... }`.

https://learn.microsoft.com/kusto/query/pattern-statement
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.context import NO_ROWS
from kqlpy.binding.scope import LetPattern, LetScalar, Scope
from kqlpy.binding.tables import nothing
from kqlpy.plan.expressions import Constant
from kqlpy.plan.nodes import Plan
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["bind_pattern"]


def bind_pattern(binder: Binder, let: LetPattern, call: ast.Call, member: ast.Expr | None) -> Plan:
    """The plan of the entry whose arguments and path are those of `name(args).path`."""
    args = [_text(binder, arg) for arg in call.args]
    path = _path(binder, member)
    if None in args:
        return nothing()
    pattern = let.pattern
    for match in pattern.matches:
        if [_text(binder, a) for a in match.args] == args and _path(binder, match.path) == path:
            return _body(binder, let, match, [a for a in args if a is not None], path)
    shown = f"{call.name}({', '.join(repr(a) for a in args)})" + (f".[{path!r}]" if path is not None else "")
    binder.report(messages.pattern_not_declared(shown, call.span))
    return nothing()


def _text(binder: Binder, node: ast.Expr) -> str | None:
    """The constant text of an argument; reports anything else."""
    bound = binder.expression(node, NO_ROWS)
    if isinstance(bound, Constant) and isinstance(bound.value, str):
        return bound.value
    if bound.type is not Type.UNKNOWN:
        binder.report(messages.constant_expected(node.span, "a constant text"))
    return None


def _path(binder: Binder, node: ast.Expr | None) -> str | None:
    match node:
        case None:
            return None
        case ast.Name(name):
            return name
        case _:
            return _text(binder, node)


def _body(binder: Binder, let: LetPattern, match: ast.PatternMatch, args: list[str], path: str | None) -> Plan:
    """The entry's expression, which can read the arguments and the path under their names."""
    scope = Scope(let.scope, columns_first=False)
    for parameter, value in zip(let.pattern.params, args, strict=False):
        scope.names[parameter.name] = LetScalar(Constant(type=Type.STRING, value=value))
    if let.pattern.path is not None and path is not None:
        scope.names[let.pattern.path.name] = LetScalar(Constant(type=Type.STRING, value=path))
    if not match.body.statements:
        binder.report(messages.empty_function(let.pattern.name, match.body.span))
        return nothing()
    outer, binder.scope = binder.scope, Scope(scope, columns_first=False)
    try:
        *lets, last = match.body.statements
        for statement in lets:
            binder.statement(statement)
        if isinstance(last, ast.ExprStatement) and binder.is_tabular(last.expr, NO_ROWS):
            return binder.bind_table(last.expr)
        binder.report(messages.table_expected(last.span))
        return nothing()
    finally:
        binder.scope = outer
