"""summarize: groups rows by keys and aggregates each group; distinct is a summarize without aggregates.

Each batch is grouped by itself and becomes one row of keys and partial states for each of its groups; partial rows are merged when they
have grown many, and at the end.

https://learn.microsoft.com/kusto/query/summarize-operator
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.calls import expand_star
from kqlpy.binding.context import Context
from kqlpy.binding.naming import Names, result_name
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch, concat_arrays
from kqlpy.engine.groups import Groups, group, one_group
from kqlpy.functions.registry import AGGREGATES, Call
from kqlpy.operators import lower, operator
from kqlpy.operators.project import project_plan
from kqlpy.operators.projection import Items, bind_items, written_names
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import AggregateCall, ColumnRef, Constant, Expression, columns_of, rewrite, walk
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Summarize", "bind_aggregates", "summarize_plan"]

MERGE_AT = 1_000_000
SCATTERED, SMALL = 0.75, 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class Summarize(UnaryPlan):
    """One row for each distinct key tuple: keys first, then the aggregates. Without keys there is always exactly one row."""

    keys: tuple[tuple[str, Expression], ...]
    aggregates: tuple[tuple[str, AggregateCall], ...]

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """What keys and wanted aggregates read."""
        used = [e for _, e in self.keys] + [a for n, a in self.aggregates if n in wanted]
        return (frozenset(columns_of(*used)),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """All keys, the wanted aggregates."""
        aggregates = tuple((n, a) for n, a in self.aggregates if n in wanted)
        kept = {n for n, _ in self.keys} | {n for n, _ in aggregates}
        return replace(self, aggregates=aggregates, schema=self.schema.select(n for n in self.schema.names if n in kept))

    def details(self) -> str:
        """Aggregates and keys."""
        return f"{', '.join(f'{n} = {show(a)}' for n, a in self.aggregates)} by {', '.join(f'{n} = {show(e)}' for n, e in self.keys)}"


# ---------------------------------------------------------------- binding


@operator(ast.Summarize)
def bind(node: ast.Summarize, plan: Plan, binder: Binder) -> Plan:
    """Keys and aggregates see the input's columns; an item may compute with several aggregates."""
    names = Names(reserved=written_names(node.by), avoid=plan.schema.names)
    keys = bind_items(binder, node.by, binder.context(plan, windows=False), names, lets_named=False)
    for (name, key), item in zip(keys, node.by, strict=False):
        if key.type is Type.DYNAMIC:
            binder.report(messages.type_expected("a scalar to group by", key.type, item.span, f"convert it: tostring({name})"))
    items = bind_aggregates(binder, node.items, plan, names, [e.name for _, e in keys if isinstance(e, ColumnRef)])
    return summarize_plan(plan, keys, items, node.span)


@operator(ast.Distinct)
def bind_distinct(node: ast.Distinct, plan: Plan, binder: Binder) -> Plan:
    """The distinct rows of the given columns."""
    items: list[ast.Expr] = []
    for item in node.items:
        if isinstance(item, ast.Star):
            items.extend(ast.Name(n, span=item.span) for n in plan.schema.names)
        elif isinstance(item, ast.Wildcard):
            from kqlpy.operators.project import matching

            items.extend(ast.Name(n, span=item.span) for n in matching(item.pattern, plan.schema))
        else:
            items.append(item)
    names = Names(reserved=written_names(tuple(items)))
    keys = bind_items(binder, tuple(items), binder.context(plan, windows=False), names)
    for name, key in keys:
        if key.type is Type.DYNAMIC:
            binder.report(messages.type_expected("a scalar", key.type, node.span, f"convert it: tostring({name})"))
    return summarize_plan(plan, keys, [], node.span)


def bind_aggregates(binder: Binder, items: tuple[ast.Expr, ...], plan: Plan, names: Names, keys: Sequence[str]) -> Items:
    """Named expressions over aggregates; each contains at least one."""
    context = binder.context(plan, aggregates=True, windows=False, keys=frozenset(keys))
    columns: Items = []
    for item in items:
        value = item.value if isinstance(item, ast.Assign) else item
        parts = _multi(binder, value, context)
        if parts is not None:
            columns.extend(_name_parts(binder, item, parts, names))
            continue
        bound = binder.expression(value, context)
        _check(binder, bound, value)
        if isinstance(item, ast.Assign):
            columns.append((_written(binder, names, item.names[0], item), bound))
        else:
            brought = result_name(value, aggregates=True)
            columns.append((names.derived(brought) if brought else names.positional(), bound))
    return columns


def _written(binder: Binder, names: Names, name: str, item: ast.Expr) -> str:
    given = names.explicit(name)
    if given is None:
        binder.report(messages.duplicate_column(name, item.span))
        return names.derived(name)
    return given


def _check(binder: Binder, bound: Expression, node: ast.Expr) -> None:
    """Report a column outside of any aggregate."""
    stack = [bound]
    while stack:
        part = stack.pop()
        if isinstance(part, ColumnRef):
            binder.report(messages.column_outside_aggregate(part.name, part.span or node.span))
        elif not isinstance(part, AggregateCall):
            from kqlpy.plan.expressions import children

            stack.extend(children(part))


def _multi(binder: Binder, node: ast.Expr, context: Context) -> list[tuple[str, Expression]] | None:
    """(default name, value) of an aggregate with several result columns (arg_max, percentiles ...); None for others."""
    inner = node
    while isinstance(inner, ast.Paren):
        inner = inner.inner
    if not isinstance(inner, ast.Call) or inner.name not in AGGREGATES or binder.scope.find(inner.name) is not None:
        return None
    if not any(callable(o.result) for o in AGGREGATES[inner.name].overloads):
        return None
    bound = binder.expression(inner, context)
    if not isinstance(bound, AggregateCall) or not callable(bound.overload.result):
        return None
    written = expand_star(inner, context)
    constants = tuple(a.value if isinstance(a, Constant) else None for a in bound.args)
    brought = tuple(a.names[0] if isinstance(a, ast.Assign) else result_name(a) for a in written)
    parts = bound.overload.result(tuple(a.type for a in bound.args), brought, constants)
    if isinstance(parts, Type):
        return None
    return [(n, replace(bound, type=t, part=i)) for i, (n, t) in enumerate(parts)]


def _name_parts(binder: Binder, item: ast.Expr, parts: list[tuple[str, Expression]], names: Names) -> Items:
    written = item.names if isinstance(item, ast.Assign) else ()
    columns: Items = []
    for index, (name, bound) in enumerate(parts):
        if index < len(written):
            columns.append((_written(binder, names, written[index], item), bound))
        else:
            columns.append((names.derived(name) if name else names.positional(), bound))
    return columns


def summarize_plan(plan: Plan, keys: Items, items: Items, span: Any = None) -> Plan:
    """Keys and items as a Summarize, with a projection above it where an item computes with aggregates."""
    aggregates = tuple((n, e) for n, e in items if isinstance(e, AggregateCall))
    if len(aggregates) == len(items):
        schema = Schema(tuple(Column(n, e.type) for n, e in (*keys, *items)))
        return Summarize(input=plan, keys=tuple(keys), aggregates=aggregates, schema=schema, span=span)
    calls: dict[AggregateCall, str] = {}
    for _, expr in items:
        for part in walk(expr):
            if isinstance(part, AggregateCall) and part not in calls:
                calls[part] = f"\x00agg{len(calls)}"
    aggregates = tuple((n, c) for c, n in calls.items())
    schema = Schema(tuple(Column(n, e.type) for n, e in (*keys, *aggregates)))
    inner = Summarize(input=plan, keys=tuple(keys), aggregates=aggregates, schema=schema, span=span)

    def change(expr: Expression) -> Expression | None:
        return ColumnRef(name=calls[expr], type=expr.type) if isinstance(expr, AggregateCall) else None

    outer = [(n, ColumnRef(name=n, type=e.type)) for n, e in keys] + [(n, rewrite(e, change)) for n, e in items]
    return project_plan(inner, outer)


# ---------------------------------------------------------------- running


@dataclass(frozen=True)
class Partial:
    """Groups of some rows: their keys, and the state of each distinct aggregate call."""

    keys: tuple[pa.Array, ...]
    states: tuple[tuple[pa.Array, ...], ...]
    rows: int

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return int(sum(a.nbytes for a in self.keys) + sum(a.nbytes for s in self.states for a in s))


class Aggregation:
    """The work of one Summarize: update, merge, finish over its distinct calls (parts of one call share a state)."""

    def __init__(self, plan: Summarize, executor: Executor) -> None:
        self.plan = plan
        self.executor = executor
        self.calls: list[AggregateCall] = []
        self.column_of: list[int] = []
        for _, call in plan.aggregates:
            if call.overload.kernel is None:
                raise messages.unsupported(f"the aggregate `{call.function}`", call.span)
            base = replace(call, part=None, type=Type.UNKNOWN) if call.part is not None else call
            if base not in self.calls:
                self.calls.append(base)
            self.column_of.append(self.calls.index(base))
        self._scattered = False
        executor.prepare([e for _, e in plan.keys] + [a for _, a in plan.aggregates])

    def _context(self, index: int, rows: int) -> Call:
        call = self.calls[index]
        types = tuple(a.type for a in call.args)
        result = next((c.type for i, (_, c) in zip(self.column_of, self.plan.aggregates, strict=True) if i == index), call.type)
        return Call(types, result, rows, self.executor.session)

    def update(self, batch: Batch) -> Partial:
        """The groups of one batch."""
        frame = self.executor.evaluator.frame(batch)
        keys = [frame.column(e) for _, e in self.plan.keys]
        groups = self._groups(keys, batch.rows)
        states = []
        for index, call in enumerate(self.calls):
            kernel: Any = call.overload.kernel
            states.append(kernel.update(self._context(index, batch.rows), groups, *self._arguments(frame, call)))
        if groups.count > SCATTERED * batch.rows and batch.rows > SMALL and not any(pa.types.is_nested(a.type) for s in states for a in s):
            self._scattered = True
        if self._scattered and groups.count == batch.rows:
            return Partial(tuple(keys), tuple(states), groups.count)
        first = pa.array(groups.first)
        return Partial(tuple(k.take(first) for k in keys), tuple(states), groups.count)

    def _groups(self, keys: list[pa.Array], rows: int) -> Groups:
        """The groups of a batch. Where hardly two rows share a key, each row goes on by itself: the merge groups them anyway."""
        if not keys:
            return one_group(rows)
        if self._scattered:
            each = np.arange(rows)
            return Groups(each, rows, each)
        return group(keys, rows)

    def _arguments(self, frame: Any, call: AggregateCall) -> list[Any]:
        args = []
        for index, arg in enumerate(call.args):
            parameter = call.overload.parameter(index, len(call.args))
            value = frame.value(arg)
            args.append(value if parameter is not None and parameter.constant else frame.column(arg))
        return args

    def merge(self, partials: list[Partial]) -> Partial:
        """Several partial results as one; each final group once."""
        if len(partials) == 1:
            return partials[0]
        rows = sum(p.rows for p in partials)
        keys = [concat_arrays([p.keys[i] for p in partials], e.type) for i, (_, e) in enumerate(self.plan.keys)]
        groups = group(keys, rows) if keys else one_group(rows)
        states = []
        for index, call in enumerate(self.calls):
            kernel: Any = call.overload.kernel
            columns = [
                concat_arrays([p.states[index][i] for p in partials], Type.DYNAMIC if pa.types.is_list(partials[0].states[index][i].type) else Type.STRING)
                for i in range(len(partials[0].states[index]))
            ]
            states.append(kernel.merge(self._context(index, rows), groups, tuple(columns)))
        first = pa.array(groups.first)
        return Partial(tuple(k.take(first) for k in keys), tuple(states), groups.count)

    def finish(self, partial: Partial) -> Batch:
        """The result rows."""
        columns: dict[str, pa.Array] = {n: k for (n, _), k in zip(self.plan.keys, partial.keys, strict=True)}
        finished: dict[int, Any] = {}
        for (name, call), index in zip(self.plan.aggregates, self.column_of, strict=True):
            if index not in finished:
                kernel: Any = self.calls[index].overload.kernel
                finished[index] = kernel.finish(self._context(index, partial.rows), partial.states[index])
            column = finished[index][call.part] if call.part is not None else finished[index]
            columns[name] = _stored(column, call.type)
        return Batch(columns, partial.rows)


def _stored(column: pa.Array, type_: Type) -> pa.Array:
    """A finished column in storage form; null strings become empty."""
    if type_ is Type.STRING and column.null_count:
        column = storage.plain(column).fill_null("")
    wanted = storage.arrow_type(type_)
    if column.type != wanted and not pa.types.is_dictionary(column.type) and not pa.types.is_list(column.type):
        column = column.cast(wanted)
    return column


@lower(Summarize)
def run(plan: Summarize, executor: Executor) -> Iterator[Batch]:
    """Partial results per batch (on worker threads), merged as they come."""
    work = Aggregation(plan, executor)
    merged: list[Partial] = []
    pending: list[Partial] = []
    waiting = 0
    for partial in executor.stream(plan.input, work.update):
        if not partial.rows:
            continue
        pending.append(partial)
        waiting += partial.rows
        executor.budget.charge("summarize", partial.nbytes)
        if waiting > max(MERGE_AT, sum(p.rows for p in merged)):
            executor.budget.release(sum(p.nbytes for p in pending) + sum(p.nbytes for p in merged))
            merged = [work.merge(merged + pending)]
            executor.budget.charge("summarize", merged[0].nbytes)
            pending, waiting = [], 0
    partials = merged + pending
    if not partials:
        if plan.keys:
            return
        partials = [work.update(Batch.empty(plan.input.schema))]
    yield from executor.split(work.finish(work.merge(partials)))

