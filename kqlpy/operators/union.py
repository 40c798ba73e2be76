"""union: the rows of several tables, columns matched by name; a name with several types becomes one column for each type.

https://learn.microsoft.com/kusto/query/union-operator
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.known import known_tables
from kqlpy.binding.naming import free_name
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch
from kqlpy.engine.evaluate import broadcast
from kqlpy.errors import KqlError
from kqlpy.operators import lower, operator
from kqlpy.operators.scan import Missing
from kqlpy.plan.nodes import Plan, SharedScan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Leg", "Union", "leg_plan", "no_legs", "option", "table_legs", "union_plan"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One table of a union: its plan, what the source column says of it, and (output, own) names of the columns that it has."""

    plan: Plan
    source: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Union(Plan):
    """The rows of all legs, one leg after the other; columns that a leg lacks are null (empty in strings)."""

    legs: tuple[Leg, ...]
    source: str | None = None

    def inputs(self) -> tuple[Plan, ...]:
        """The legs' plans."""
        return tuple(leg.plan for leg in self.legs)

    def with_inputs(self, inputs: tuple[Plan, ...]) -> Plan:
        """The same union of other plans."""
        return replace(self, legs=tuple(replace(leg, plan=plan) for leg, plan in zip(self.legs, inputs, strict=True)))

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """Of each leg, its columns behind what is wanted."""
        return tuple(frozenset(own for out, own in leg.columns if out in wanted) for leg in self.legs)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns."""
        legs = tuple(replace(leg, columns=tuple(c for c in leg.columns if c[0] in wanted)) for leg in self.legs)
        return replace(self, legs=legs, schema=self.schema.only(wanted))

    def details(self) -> str:
        """The legs."""
        return ", ".join(leg.source for leg in self.legs)


def option(params: tuple[ast.Param, ...], *names: str) -> str | None:
    """An option's value as text, or None."""
    for param in params:
        if param.name in names:
            value = param.value
            if isinstance(value, ast.Name):
                return value.name
            return str(getattr(value, "value", "")).lower() if isinstance(getattr(value, "value", ""), bool) else str(getattr(value, "value", ""))
    return None


@operator(ast.Union)
def bind(node: ast.Union, plan: Plan | None, binder: Binder) -> Plan:
    """Legs by name, wildcard or expression; under isfuzzy those that cannot be found are left out."""
    fuzzy = (option(node.params, "isfuzzy") or "").lower() == "true"
    legs: list[tuple[str, Plan]] = []
    if plan is not None:
        legs.append((_as_name(binder, plan) or "union_arg0", plan))
    for table in node.tables:
        legs.extend(_legs(binder, table, len(legs), fuzzy))
    if not legs:
        return no_legs(binder, node, "union", fuzzy)
    kind = option(node.params, "kind") or "outer"
    source = option(node.params, "withsource", "with_source")
    return union_plan(legs, kind.lower(), source, node)


def no_legs(binder: Binder, node: ast.Node, keyword: str, fuzzy: bool) -> Plan:
    """What stands for a union of nothing: reported, or under isfuzzy an error when it runs."""
    if not fuzzy:
        binder.report(messages.unknown_table(keyword, node.span, ()))
    hint = f"a fuzzy {keyword} leaves out tables that it cannot find, but one must be there"
    return Missing(schema=Schema((), open=True), name=f"any table of this {keyword}", hint=hint, span=node.span)


def _legs(binder: Binder, node: ast.Expr, count: int, fuzzy: bool) -> list[tuple[str, Plan]]:
    """(source name, plan) of a written leg; none for one that a fuzzy union may miss."""
    if isinstance(node, ast.Wildcard | ast.Star):
        return table_legs(binder, node, fuzzy)
    plan = leg_plan(binder, lambda: binder.bind_table(node), "union", fuzzy)
    return [(binder.table_name(node) or _as_name(binder, plan) or f"union_arg{count}", plan)] if plan is not None else []


def leg_plan(binder: Binder, bind_leg: Callable[[], Plan], keyword: str, fuzzy: bool) -> Plan | None:
    """The plan of a leg; under isfuzzy None for one whose tables cannot be found, with a remark."""
    if not fuzzy:
        return bind_leg()
    before, unread = list(binder.errors), list(binder.unread)
    plan: Plan | None
    try:
        plan = bind_leg()
    except KqlError as error:
        binder.report(error)
        plan = None
    new = [e for e in binder.errors if e not in before]
    if new and all(e.absent for e in new):
        binder.errors[:], binder.unread[:] = before, [let for let in unread if let in binder.unread]
        binder.warnings.append(f"left out of a fuzzy {keyword}: {new[0].message}")
        return None
    return _lenient(binder, plan) if plan is not None else None


def _lenient(binder: Binder, plan: Plan) -> Plan:
    """The plan with tables that have no data read as empty."""
    from kqlpy.plan.lenient import Lenient

    lenient: Plan = binder.memo.setdefault("lenient", Lenient(binder.warn if binder.run else lambda _: None)).plan(plan)
    if isinstance(lenient, SharedScan) and (name := _as_name(binder, plan)):
        binder.memo["as", id(lenient.shared)] = name
    return lenient


def _as_name(binder: Binder, plan: Plan) -> str | None:
    """The name that a leg got at its end from `as`."""
    return binder.memo.get(("as", id(plan.shared))) if isinstance(plan, SharedScan) else None


def table_legs(binder: Binder, node: ast.Expr, fuzzy: bool) -> list[tuple[str, Plan]]:
    """Tables and views whose name matches a wildcard."""
    pattern = node.pattern if isinstance(node, ast.Wildcard) else "*"
    regex = re.compile(".*".join(re.escape(p) for p in pattern.split("*")))
    from kqlpy.binding.scope import LetFunction

    views = [n for n in binder.scope.all_names() if isinstance(f := binder.scope.find(n), LetFunction) and f.function.view]
    names = [n for n in dict.fromkeys([*views, *binder.catalog.names()]) if regex.fullmatch(n)]
    if not names and binder.run is None:
        known = [n for n in known_tables() if regex.fullmatch(n)]
        if known:
            return [(n, assumed(binder.bind_table(ast.Name(n, span=node.span)))) for n in known]
    if not names and not fuzzy:
        binder.report(messages.unknown_table(pattern, node.span, binder.catalog.names()))
    return [(n, binder.bind_table(ast.Name(n, span=node.span))) for n in names]


def assumed(plan: Plan) -> Plan:
    """The plan of a known table that may be there: a wildcard means those of a workspace that nobody has named yet."""
    return replace(plan, assumed=True) if isinstance(plan, Missing) else plan


def is_assumed(plan: Plan) -> bool:
    """True when all tables under the plan are assumed."""
    inputs = plan.inputs()
    return all(map(is_assumed, inputs)) if inputs else isinstance(plan, Missing) and plan.assumed


# ---------------------------------------------------------------- columns


def union_plan(legs: list[tuple[str, Plan]], kind: str, source: str | None, node: ast.Node) -> Plan:
    """A Union with its columns matched by name and type."""
    match = _inner if kind == "inner" else _likely if all(is_assumed(plan) for _, plan in legs) else _outer
    columns = match(legs)
    if source:
        # The column of names comes first and keeps its name; a leg's column of that name gets a digit.
        moved = free_name(source, {source, *(out for out, _ in columns)})
        columns = [(moved if out == source else out, c) for out, c in columns]
    out_of = {(c.name, c.type): out for out, c in reversed(columns)}
    parts = []
    for name, plan in legs:
        own = tuple((out_of[c.name, c.type], c.name) for c in plan.schema if (c.name, c.type) in out_of)
        parts.append(Leg(plan, name, own))
    first = [Column(source, Type.STRING)] if source else []
    schema = Schema((*first, *(Column(out, c.type) for out, c in columns)), any(p.schema.open for _, p in legs))
    return Union(legs=tuple(parts), source=source, schema=schema, span=node.span)


def _outer(legs: list[tuple[str, Plan]]) -> list[tuple[str, Column]]:
    """All columns in order of first appearance; a name with several types becomes `name_type`, all where the first one stands."""
    types: dict[str, list[Type]] = {}
    for _, plan in legs:
        for column in plan.schema:
            found = types.setdefault(column.name, [])
            if column.type not in found:
                found.append(column.type)
    taken = set(types)
    columns: list[tuple[str, Column]] = []
    for name, found in types.items():
        kinds = [t for t in found if t is not Type.UNKNOWN] or found
        if len(kinds) == 1:
            columns.append((name, Column(name, kinds[0])))
            continue
        for type_ in kinds:
            out = free_name(f"{name}_{type_}", taken)
            taken.add(out)
            columns.append((out, Column(name, type_)))
    return columns


def _likely(legs: list[tuple[str, Plan]]) -> list[tuple[str, Column]]:
    """All columns of tables that may be there: each by its plain name with the type that most tables give it, and by its types where they differ.

    Which of the tables a workspace has decides whether a name is divided; a text that is only planned may use either form.
    """
    counts = Counter((c.name, c.type) for _, plan in legs for c in plan.schema)
    types: dict[str, list[Type]] = {}
    for name, type_ in counts:
        types.setdefault(name, []).append(type_)
    columns = [(name, Column(name, max(found, key=lambda t: counts[name, t]))) for name, found in types.items()]
    divided = [(f"{name}_{type_}", Column(name, type_)) for name, found in types.items() if len(found) > 1 for type_ in found]
    return [*columns, *((out, column) for out, column in divided if out not in types)]


def _inner(legs: list[tuple[str, Plan]]) -> list[tuple[str, Column]]:
    """Columns that all legs have, with the same type."""
    first = legs[0][1].schema
    return [(c.name, c) for c in first if all(p.schema.by_name.get(c.name) is c.type for _, p in legs[1:])]


@lower(Union)
def run(plan: Union, executor: Executor) -> Iterator[Batch]:
    """Leg after leg, small batches joined."""
    return executor.coalesce(_rows(plan, executor), plan.schema)


def _rows(plan: Union, executor: Executor) -> Iterator[Batch]:
    for leg in plan.legs:
        own = dict(leg.columns)
        for batch in executor.run(leg.plan):
            yield Batch({c.name: _column(plan, leg, own, batch, c) for c in plan.schema}, batch.rows)


def _column(plan: Union, leg: Leg, own: dict[str, str], batch: Batch, column: Column) -> pa.Array:
    if column.name == plan.source:
        return broadcast(pa.scalar(leg.source), batch.rows, Type.STRING)
    name = own.get(column.name)
    return batch.columns[name] if name is not None else storage.nulls(batch.rows, column.type)
