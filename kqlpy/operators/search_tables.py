"""The tables that `search` and `find` look into, each with its own filter.

A predicate is bound over every table by itself. A column that only other tables have is empty there; a table over which the predicate has no
meaning gives no rows, as long as it has one over another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from kqlpy.binding.context import Context
from kqlpy.errors import KqlError
from kqlpy.operators.scan import Scan
from kqlpy.operators.search_terms import SearchPredicate
from kqlpy.operators.union import table_legs
from kqlpy.operators.where import Where
from kqlpy.plan.expressions import ColumnRef, Constant, Expression, rewrite
from kqlpy.plan.nodes import Plan, SharedScan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["Source", "piped_source", "searched", "sources", "spelled_names"]


@dataclass(frozen=True)
class Source:
    """A table with the name under which its rows are reported."""

    name: str
    plan: Plan


def sources(binder: Binder, tables: tuple[ast.Expr, ...], node: ast.Node, prefix: str) -> list[Source]:
    """The written tables; all tables and views when none is written. Nameless ones are called by a prefix and their number."""
    found: list[Source] = []
    for table in tables or (ast.Star(span=node.span),):
        pattern = table.member if isinstance(table, ast.Member) else table
        if isinstance(pattern, ast.Wildcard | ast.Star):
            found.extend(Source(name, plan) for name, plan in table_legs(binder, pattern, False))
        else:
            plan = binder.bind_table(table)
            found.append(Source(binder.table_name(table) or f"{prefix}{len(found)}", plan))
    return found


def piped_source(plan: Plan, prefix: str) -> Source:
    """The input of a pipe: a table keeps its name."""
    inner = plan
    while isinstance(inner, SharedScan):
        inner = inner.shared.plan
    return Source(inner.name if isinstance(inner, Scan) else f"{prefix}0", plan)


def searched(binder: Binder, tables: list[Source], predicate: ast.Expr, *, case_sensitive: bool = False) -> list[Source]:
    """The tables with the predicate's filter on each."""
    columns: dict[str, Type] = {}
    for name in spelled_names(predicate):
        found_type = next((t.plan.schema.by_name[name] for t in tables if name in t.plan.schema), None)
        if found_type is not None:
            columns[name] = found_type
    before = list(binder.errors)
    found: list[Source] = []
    failures: list[list[KqlError]] = []
    for table in tables:
        expr = _over(binder, table.plan, columns, predicate, case_sensitive)
        errors = binder.errors[len(before) :]
        binder.errors[:] = before
        if errors:
            failures.append(errors)
            expr = Constant(type=Type.BOOL, value=False)
        found.append(Source(table.name, Where(input=table.plan, predicate=expr, schema=table.plan.schema, span=predicate.span)))
    if len(failures) == len(tables):
        for error in failures[0] if failures else []:
            binder.report(error)
    return found


def _over(binder: Binder, plan: Plan, columns: dict[str, Type], predicate: ast.Expr, case_sensitive: bool) -> Expression:
    own = plan.schema
    missing = {n: t for n, t in columns.items() if n not in own}
    schema = Schema((*own.columns, *(Column(n, t) for n, t in missing.items())), own.open) if missing else own
    expr = SearchPredicate(binder, Context(schema), own, case_sensitive).bind(predicate)

    def empty(part: Expression) -> Expression | None:
        if isinstance(part, ColumnRef) and part.name in missing:
            return Constant(type=part.type, value="" if part.type is Type.STRING else None)
        return None

    return rewrite(expr, empty) if missing else expr


def spelled_names(node: Any) -> Iterator[str]:
    """The names that a predicate spells out, which may be columns; of a path only its beginning."""
    match node:
        case ast.Name(name):
            yield name
        case ast.Member(base, _):
            yield from spelled_names(base)
        case tuple():
            for item in node:
                yield from spelled_names(item)
        case ast.Expr():
            for part in fields(node):
                yield from spelled_names(getattr(node, part.name))
