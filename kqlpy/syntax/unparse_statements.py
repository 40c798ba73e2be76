"""The text of statements, functions and the whole query; see `unparse.py`."""

from __future__ import annotations

from collections.abc import Iterable

from kqlpy.syntax import ast
from kqlpy.syntax.unparse_expr import Writer, assigned, declared, defined, emit, has_steps, separated
from kqlpy.syntax.unparse_operators import write_columns, write_default

__all__ = ["emit"]


def _params(params: Iterable[ast.FunctionParam], out: Writer) -> None:
    out.put("(")
    separated(params, out)
    out.put(")")


def _body(query: ast.Query, out: Writer) -> None:
    """Write `{ statements }` over several lines."""
    out.put("{")
    if query.statements:
        out.line(+1)
        emit(query, out)
        out.line(-1)
    out.put("}")


@emit.register
def _(node: ast.Query, out: Writer) -> None:
    for index, statement in enumerate(node.statements):
        if index:
            out.put(";")
            out.line()
        emit(statement, out)


@emit.register
def _(node: ast.ExprStatement, out: Writer) -> None:
    emit(node.expr, out)


@emit.register
def _(node: ast.Let, out: Writer) -> None:
    out.put("let ", defined(node.name), " =")
    if not has_steps(node.value):
        out.put(" ")
        emit(node.value, out)
        return
    out.shift(+1)
    out.line()
    emit(node.value, out)
    out.shift(-1)


@emit.register
def _(node: ast.Function, out: Writer) -> None:
    out.put("view " if node.view else "")
    _params(node.params, out)
    out.put(" ")
    _body(node.body, out)


@emit.register
def _(node: ast.FunctionParam, out: Writer) -> None:
    out.put(declared(node.name), ":")
    if node.columns is None:
        out.put(str(node.type))
    else:
        write_columns(node.columns, out, node.star)
    write_default(node.default, out)


@emit.register
def _(node: ast.SetOption, out: Writer) -> None:
    out.put("set ", declared(node.name))
    if node.value is not None:
        out.put(" = ")
        emit(node.value, out)


@emit.register
def _(node: ast.QueryParameters, out: Writer) -> None:
    out.put("declare query_parameters")
    _params(node.params, out)


@emit.register
def _(node: ast.DeclarePattern, out: Writer) -> None:
    out.put("declare pattern ", declared(node.name))
    if not node.matches:
        return
    out.put(" = ")
    _params(node.params, out)
    if node.path is not None:
        out.put("[")
        emit(node.path, out)
        out.put("]")
    out.put(" {")
    for index, match in enumerate(node.matches):
        out.line(+1 if index == 0 else 0)
        emit(match, out)
    out.line(-1)
    out.put("}")


@emit.register
def _(node: ast.PatternMatch, out: Writer) -> None:
    out.put("(")
    separated(node.args, out)
    out.put(")")
    if node.path is not None:
        out.put(".[")
        emit(node.path, out)
        out.put("]")
    out.put(" = ")
    _body(node.body, out)
    out.put(";")


@emit.register
def _(node: ast.Alias, out: Writer) -> None:
    out.put("alias database ", assigned(node.name), " = ")
    emit(node.value, out)


@emit.register
def _(node: ast.Restrict, out: Writer) -> None:
    out.put("restrict access to (")
    separated(node.items, out)
    out.put(")")
