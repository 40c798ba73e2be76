"""Statements of the syntax tree, functions, and the query as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kqlpy.source import Span
from kqlpy.syntax.ast_base import NOWHERE, Expr, Node, Statement
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.syntax.ast_expressions import ColumnDecl

__all__ = [
    "Alias",
    "DeclarePattern",
    "ExprStatement",
    "Function",
    "FunctionParam",
    "Let",
    "PatternMatch",
    "Query",
    "QueryParameters",
    "Restrict",
    "SetOption",
]


@dataclass(frozen=True, slots=True)
class FunctionParam(Node):
    """`name:type [= default]`; a tabular parameter has `columns` (with `star` for `(*)`) and no type."""

    name: str
    type: Type | None = None
    columns: tuple[ColumnDecl, ...] | None = None
    star: bool = False
    default: Expr | None = None


@dataclass(frozen=True, slots=True)
class Function(Expr):
    """`[view] (params) { statements; result }`; the last statement of the body is the result."""

    params: tuple[FunctionParam, ...]
    body: Query
    view: bool = False


@dataclass(frozen=True, slots=True)
class Let(Statement):
    """`let name = value`; the value is a scalar, a Pipeline or a Function."""

    name: str
    value: Expr
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetOption(Statement):
    """`set name [= value]`."""

    name: str
    value: Expr | None = None


@dataclass(frozen=True, slots=True)
class QueryParameters(Statement):
    """`declare query_parameters(a:string = 'x', ...)`."""

    params: tuple[FunctionParam, ...]


@dataclass(frozen=True, slots=True)
class PatternMatch(Node):
    """`(arguments)[.[path]] = { body }` of a pattern."""

    args: tuple[Expr, ...]
    path: Expr | None
    body: Query


@dataclass(frozen=True, slots=True)
class DeclarePattern(Statement):
    """`declare pattern name [= (args)[path:type] { matches }]`."""

    name: str
    params: tuple[FunctionParam, ...] = ()
    path: FunctionParam | None = None
    matches: tuple[PatternMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias(Statement):
    """`alias database name = expr`."""

    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Restrict(Statement):
    """`restrict access to (items)`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ExprStatement(Statement):
    """A query or expression that stands as a statement of its own and gives a result."""

    expr: Expr


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A whole text, or the body of a function: statements in order."""

    statements: tuple[Statement, ...]
