"""Builds statements, functions and the whole query; each method is the grammar rule of the same name."""

from __future__ import annotations

from kqlpy.source import Span
from kqlpy.syntax import ast
from kqlpy.syntax.build_operators import Operators
from kqlpy.syntax.lexer import Token
from kqlpy.types import Type

__all__ = ["Builder"]


class Builder(Operators):
    """All rules of the grammar as methods; one instance builds the tree of one text."""

    def start(self, span: Span, *statements: ast.Statement) -> ast.Query:
        return ast.Query(statements, span=span)

    body = start

    def expr_statement(self, span: Span, expr: ast.Expr) -> ast.ExprStatement:
        return ast.ExprStatement(expr, span=span)

    def let(self, span: Span, name: ast.Name, value: ast.Expr) -> ast.Let:
        return ast.Let(self.hard(name), value, name_span=name.span, span=span)

    def set_option(self, span: Span, name: ast.Name, value: ast.Expr | None) -> ast.SetOption:
        return ast.SetOption(name.name, value, span=span)

    def query_parameters(self, span: Span, *params: ast.FunctionParam) -> ast.QueryParameters:
        return ast.QueryParameters(params, span=span)

    def alias(self, span: Span, name: ast.Name, value: ast.Expr) -> ast.Alias:
        return ast.Alias(name.name, value, span=span)

    def restrict(self, span: Span, *parts: ast.Expr | tuple[ast.Param, ...] | None) -> ast.Restrict:
        return ast.Restrict(tuple(part for part in parts if isinstance(part, ast.Expr)), span=span)

    def function(
        self, span: Span, view: Token | None, params: tuple[ast.FunctionParam, ...] | None, body: ast.Query
    ) -> ast.Function:
        return ast.Function(params or (), body, view is not None, span=span)

    def scalar_param(self, span: Span, name: ast.Name, kind: Type, default: ast.Expr | None) -> ast.FunctionParam:
        return ast.FunctionParam(name.name, kind, default=default, span=span)

    def open_param(self, span: Span, name: ast.Name, star: ast.Star) -> ast.FunctionParam:
        return ast.FunctionParam(name.name, columns=(), star=True, span=span)

    def tabular_param(self, span: Span, name: ast.Name, columns: tuple[ast.ColumnDecl, ...]) -> ast.FunctionParam:
        return ast.FunctionParam(name.name, columns=columns, span=span)

    def declare_pattern(
        self,
        span: Span,
        name: ast.Name,
        params: tuple[ast.FunctionParam, ...] | None,
        path: ast.FunctionParam | None,
        matches: tuple[ast.PatternMatch, ...] | None,
    ) -> ast.DeclarePattern:
        return ast.DeclarePattern(name.name, params or (), path, matches or (), span=span)

    def pattern_params(self, span: Span, *columns: ast.ColumnDecl | None) -> tuple[ast.FunctionParam, ...]:
        return tuple(ast.FunctionParam(c.name, c.type, span=c.span) for c in columns if c is not None)

    def pattern_path(self, span: Span, column: ast.ColumnDecl) -> ast.FunctionParam:
        return ast.FunctionParam(column.name, column.type, span=span)

    def pattern_matches(self, span: Span, *matches: ast.PatternMatch) -> tuple[ast.PatternMatch, ...]:
        return matches

    def pattern_match(self, span: Span, args: tuple[ast.Expr, ...], path: ast.Expr | None, body: ast.Query) -> ast.PatternMatch:
        return ast.PatternMatch(args, path, body, span=span)

    def pattern_args(self, span: Span, *args: ast.Expr) -> tuple[ast.Expr, ...]:
        return args
