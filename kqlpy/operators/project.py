"""project, project-away, project-keep, project-rename, project-reorder: which columns, under which names, in which order.

https://learn.microsoft.com/kusto/query/project-operator
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.absent import absent
from kqlpy.binding.context import NO_ROWS
from kqlpy.binding.naming import Names
from kqlpy.engine.batch import Batch
from kqlpy.operators import operator, rowwise
from kqlpy.operators.projection import Items, bind_items, written_names
from kqlpy.operators.window import take_out_windows
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import ColumnRef, Constant, Expression, columns_of
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Project", "matching", "select_plan"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Project(UnaryPlan):
    """Exactly the items, in order."""

    items: tuple[tuple[str, Expression], ...]
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """What the wanted items read."""
        return (frozenset(columns_of(*(e for n, e in self.items if n in wanted))),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted items."""
        items = tuple((n, e) for n, e in self.items if n in wanted)
        return replace(self, items=items, schema=self.schema.select(n for n, _ in items))

    def details(self) -> str:
        """The items."""
        return ", ".join(n if isinstance(e, ColumnRef) and e.name == n else f"{n} = {show(e)}" for n, e in self.items)


def project_plan(plan: Plan, items: Iterable[tuple[str, Expression]], *, open: bool = False) -> Plan:
    """A plan that gives exactly these items; window calls in them are computed below."""
    items = list(items)
    exprs, input_ = take_out_windows([e for _, e in items], plan)
    named = tuple(zip((n for n, _ in items), exprs, strict=True))
    schema = Schema(tuple(Column(n, e.type) for n, e in items), open)
    return Project(input=input_, items=named, schema=schema)


def select_plan(plan: Plan, names: Iterable[str]) -> Plan:
    """The named columns of a plan, in this order."""
    return project_plan(plan, [(n, ColumnRef(name=n, type=plan.schema.by_name.get(n, Type.UNKNOWN))) for n in names], open=plan.schema.open)


@operator(ast.Project)
def bind(node: ast.Project, plan: Plan, binder: Binder) -> Plan:
    """Items in order; nameless ones become ColumnN."""
    names = Names(reserved=written_names(node.items))
    context = binder.context(plan)
    items: list[ast.Expr] = []
    for item in node.items:
        if isinstance(item, ast.Wildcard):
            items.extend(ast.Name(n, span=item.span) for n in matching(item.pattern, plan.schema))
        else:
            items.append(item)
    return project_plan(plan, bind_items(binder, tuple(items), context, names))


@rowwise(Project)
def compile_project(plan: Project, executor: Executor) -> Callable[[Batch], Batch]:
    """Compute the items of a batch."""
    executor.prepare([e for _, e in plan.items])
    evaluator = executor.evaluator

    def run(batch: Batch) -> Batch:
        frame = evaluator.frame(batch)
        return Batch({name: frame.column(expr) for name, expr in plan.items}, batch.rows)

    return run


# ---------------------------------------------------------------- by name


def matching(pattern: str, schema: Schema) -> list[str]:
    """Columns whose name matches a pattern with `*`."""
    regex = re.compile(".*".join(re.escape(part) for part in pattern.split("*")))
    return [n for n in schema.names if regex.fullmatch(n)]


def _named(binder: Binder, node: ast.Expr, schema: Schema) -> list[str]:
    """The columns that a name, wildcard or `*` means; reports a name that is not there."""
    match node:
        case ast.Star():
            return list(schema.names)
        case ast.Wildcard(pattern):
            found = matching(pattern, schema)
            if not found and not schema.open:
                binder.report(messages.unknown_column(pattern, node.span, schema.names))
            return found
        case ast.Name(name):
            if name in schema:
                return [name]
            if not schema.open:
                binder.report(messages.unknown_column(name, node.span, schema.names))
            return []
        case ast.Paren(inner):
            return _named(binder, inner, schema)
        case _:
            binder.report(messages.not_a_column(node.span))
            return []


@operator(ast.ProjectAway)
def bind_away(node: ast.ProjectAway, plan: Plan, binder: Binder) -> Plan:
    """All columns but these."""
    dropped = {n for item in node.items for n in _named(binder, item, plan.schema)}
    return select_plan(plan, (n for n in plan.schema.names if n not in dropped))


@operator(ast.ProjectKeep)
def bind_keep(node: ast.ProjectKeep, plan: Plan, binder: Binder) -> Plan:
    """These columns, in the input's order."""
    kept = {n for item in node.items for n in _named(binder, item, plan.schema)}
    return select_plan(plan, (n for n in plan.schema.names if n in kept))


@operator(ast.ProjectRename)
def bind_rename(node: ast.ProjectRename, plan: Plan, binder: Binder) -> Plan:
    """New names in place of old ones; a new name must be free."""
    new_names: dict[str, str] = {}
    for item in node.items:
        if not isinstance(item, ast.Assign) or len(item.names) != 1 or not isinstance(item.value, ast.Name):
            binder.report(messages.not_a_column(item.span))
            continue
        old, new = item.value.name, item.names[0]
        if old not in plan.schema and not plan.schema.open:
            binder.report(messages.unknown_column(old, item.value.span, plan.schema.names))
        elif new in plan.schema or new in new_names.values() or old in new_names:
            binder.report(messages.duplicate_column(new, item.span))
        else:
            new_names[old] = new
    columns: Items = [(new_names.get(c.name, c.name), ColumnRef(name=c.name, type=c.type)) for c in plan.schema]
    columns.extend((new, absent(binder, old, node.span)) for old, new in new_names.items() if old not in plan.schema)
    return project_plan(plan, columns, open=plan.schema.open)


@operator(ast.ProjectReorder)
def bind_reorder(node: ast.ProjectReorder, plan: Plan, binder: Binder) -> Plan:
    """The named columns first, then the rest; a wildcard's columns may be sorted."""
    first: list[str] = []
    for item in node.items:
        named = _named(binder, item.expr, plan.schema)
        found = [n for n in named if n not in first]
        if named and not found and isinstance(item.expr, ast.Name):
            binder.report(messages.duplicate_column(item.expr.name, item.expr.span))
        first.extend(_sorted(found, item.order))
    return select_plan(plan, [*first, *(n for n in plan.schema.names if n not in first)])


def _sorted(names: list[str], order: str | None) -> list[str]:
    if order is None:
        return names
    key: Callable[[str], list[object]] = _granny if order.startswith("granny") else lambda n: [n]
    return sorted(names, key=key, reverse=order.endswith("desc"))


def _granny(name: str) -> list[object]:
    """Numbers inside a name compare as numbers: a2 before a10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", name) if part]


@operator(ast.ProjectByNames)
def bind_by_names(node: ast.ProjectByNames, plan: Plan, binder: Binder) -> Plan:
    """The columns whose names the constants give; names that are not there are left out."""
    kept: list[str] = []
    for item in node.items:
        for pattern in _by_names(binder, item, plan.schema):
            kept.extend(n for n in matching(pattern, plan.schema) if n not in kept)
    return select_plan(plan, kept)


def _by_names(binder: Binder, item: ast.Expr, schema: Schema) -> list[str]:
    """The names or patterns that one item of project-by-names means."""
    match item:
        case ast.Wildcard(pattern):
            return [pattern]
        case ast.Star():
            return ["*"]
        case ast.Name(name) if name in schema or binder.scope.find(name) is None:
            return [name]
    bound = binder.expression(item, NO_ROWS)
    if not isinstance(bound, Constant) or bound.value is None:
        return []
    if bound.type is Type.DYNAMIC:
        held = json.loads(bound.value)
        return [str(p) for p in held] if isinstance(held, list) else [str(held)]
    return [str(bound.value)]
