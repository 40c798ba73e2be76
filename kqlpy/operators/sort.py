"""sort (order), top, take (limit), count: order and number of rows.

Null is the smallest value: first in ascending order, last in descending, unless `nulls first|last` says otherwise. NaN stands beside null.
Strings are ordered by code points. Ties keep the input's order.

https://learn.microsoft.com/kusto/query/sort-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.binding import messages
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch, concat_batches
from kqlpy.operators import lower, operator
from kqlpy.operators.window import take_out_windows
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import Expression, columns_of
from kqlpy.plan.nodes import Plan, RowsPlan, UnaryPlan
from kqlpy.schema import Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Count", "Key", "Sort", "Take", "bind_keys", "sort_indices"]


@dataclass(frozen=True, slots=True)
class Key:
    """A sort key: `descending`, and where nulls go."""

    expr: Expression
    descending: bool = True
    nulls_first: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Sort(RowsPlan):
    """All rows in order; with `limit`, only the first ones (top, or sort and take together)."""

    keys: tuple[Key, ...]
    limit: Expression | None = None
    makes_order = True

    def reads(self) -> frozenset[str]:
        """What the keys read."""
        return frozenset(columns_of(*(k.expr for k in self.keys)))

    def details(self) -> str:
        """Keys and limit."""
        keys = ", ".join(f"{show(k.expr)} {'desc' if k.descending else 'asc'}" for k in self.keys)
        return f"{keys} take {show(self.limit)}" if self.limit else keys


def bind_keys(binder: Binder, keys: tuple[ast.SortKey, ...], plan: Plan) -> tuple[list[Key], Plan]:
    """Sort keys, and the plan under which their window calls are computed."""
    bound: list[Key] = []
    for key in keys:
        inner = key.expr.value if isinstance(key.expr, ast.Assign) else key.expr
        expr = binder.expression(inner, binder.context(plan))
        if expr.type is Type.DYNAMIC:
            binder.report(messages.type_expected("a value that can be ordered", expr.type, key.expr.span, "convert it, as with tostring(...)"))
        descending = key.descending is not False
        bound.append(Key(expr, descending, (not descending) if key.nulls_first is None else key.nulls_first))
    exprs, plan = take_out_windows([k.expr for k in bound], plan)
    return [replace(k, expr=e) for k, e in zip(bound, exprs, strict=True)], plan


@operator(ast.Sort)
def bind(node: ast.Sort, plan: Plan, binder: Binder) -> Plan:
    """Every key is descending unless it says asc."""
    keys, input_ = bind_keys(binder, node.keys, plan)
    return Sort(input=input_, keys=tuple(keys), schema=plan.schema, span=node.span)


@operator(ast.Top)
def bind_top(node: ast.Top, plan: Plan, binder: Binder) -> Plan:
    """The first rows of the sorted input."""
    keys, input_ = bind_keys(binder, node.keys, plan)
    limit = binder.constant(node.count, frozenset({Type.LONG, Type.INT}))
    return Sort(input=input_, keys=tuple(keys), limit=limit, schema=plan.schema, span=node.span)


def sort_indices(columns: list[tuple[pa.Array, Key]]) -> pa.Array:
    """Row numbers in sorted order, ties in input order."""
    table: dict[str, pa.Array] = {}
    keys: list[tuple[str, str]] = []
    for number, (column, key) in enumerate(columns):
        column = ranked(column)
        if column.null_count:
            table[f"n{number}"] = column.is_valid().cast(pa.int8())
            keys.append((f"n{number}", "ascending" if key.nulls_first else "descending"))
        if pa.types.is_floating(column.type):
            table[f"m{number}"] = pc.fill_null(pc.invert(pc.is_nan(column)), False).cast(pa.int8())
            keys.append((f"m{number}", "ascending" if key.nulls_first else "descending"))
        table[f"k{number}"] = column
        keys.append((f"k{number}", "descending" if key.descending else "ascending"))
    single = len(keys) == 1 and pa.types.is_integer(next(iter(table.values())).type)
    if single:
        values = next(iter(table.values())).to_numpy(zero_copy_only=False)
        return pa.array(_argsort(values, keys[0][1] == "descending"))
    return pc.sort_indices(pa.table(table), sort_keys=keys)


def _argsort(values: np.ndarray, descending: bool) -> np.ndarray:
    if not descending:
        return np.argsort(values, kind="stable")
    return len(values) - 1 - np.argsort(values[::-1], kind="stable")[::-1]


def ranked(column: pa.Array) -> pa.Array:
    """A column that sorts fast and in KQL's order: the codes of a dictionary by the rank of their values, bools as ints."""
    if pa.types.is_boolean(column.type):
        return column.cast(pa.int8())
    if pa.types.is_string(column.type) and len(column) > 5000:
        column = column.dictionary_encode()
    if not pa.types.is_dictionary(column.type):
        return column
    values = column.dictionary
    ranks = pc.rank(values, sort_keys="ascending", tiebreaker="dense").cast(pa.int64())
    if values.null_count:
        ranks = pc.if_else(values.is_valid(), ranks, pa.scalar(None, pa.int64()))
    return ranks.take(column.indices)


@lower(Sort)
def run(plan: Sort, executor: Executor) -> Iterator[Batch]:
    """All rows, sorted; with a limit no more than a few times the limit is held."""
    executor.prepare([k.expr for k in plan.keys])
    limit = executor.constant(plan.limit)
    if limit is not None:
        yield from _top(plan, executor, max(0, int(limit)))
        return
    whole = executor.table(plan.input, "sort")
    yield from executor.split(_sorted(plan, executor, whole).select(plan.schema.names))


def _sorted(plan: Sort, executor: Executor, batch: Batch, limit: int | None = None) -> Batch:
    if batch.rows < 2:
        return batch if limit is None else batch.slice(0, limit)
    frame = executor.evaluator.frame(batch)
    order = sort_indices([(frame.column(k.expr), k) for k in plan.keys])
    return batch.take(order if limit is None else order.slice(0, limit))


def _top(plan: Sort, executor: Executor, limit: int) -> Iterator[Batch]:
    """Each batch is cut to its own first rows on the workers; the best are kept."""
    schema = plan.input.schema
    kept: list[Batch] = []
    rows = 0
    for part in executor.stream(plan.input, lambda batch: _sorted(plan, executor, batch, limit)):
        if part.rows:
            kept.append(part)
            rows += part.rows
        if rows > 4 * limit + 100_000:
            kept = [_sorted(plan, executor, concat_batches(kept, schema), limit)]
            rows = kept[0].rows
    if kept and limit:
        yield from executor.split(_sorted(plan, executor, concat_batches(kept, schema), limit).select(plan.schema.names))


# ---------------------------------------------------------------- take, count


@dataclass(frozen=True, kw_only=True, eq=False)
class Take(RowsPlan):
    """The first rows of the input."""

    count: Expression
    keeps_order = True

    def details(self) -> str:
        """How many."""
        return show(self.count)


@operator(ast.Take)
def bind_take(node: ast.Take, plan: Plan, binder: Binder) -> Plan:
    """A constant number of rows."""
    count = binder.constant(node.count, frozenset({Type.LONG, Type.INT}))
    return Take(input=plan, count=count, schema=plan.schema, span=node.span)


@lower(Take)
def run_take(plan: Take, executor: Executor) -> Iterator[Batch]:
    """Stops reading when it has enough."""
    left = max(0, int(executor.constant(plan.count) or 0))
    names = plan.schema.names
    if not left:
        return
    for batch in executor.run(plan.input):
        part = batch.select(names).slice(0, left)
        left -= part.rows
        if part.rows:
            yield part
        if left <= 0:
            return


@dataclass(frozen=True, kw_only=True, eq=False)
class Count(UnaryPlan):
    """One row with the number of input rows."""

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """No column at all."""
        return (frozenset(),)


@operator(ast.Count)
def bind_count(node: ast.Count, plan: Plan, binder: Binder) -> Plan:
    """The column is called Count."""
    schema = Schema.of([(node.as_name or "Count", Type.LONG)])
    return Count(input=plan, schema=schema, span=node.span)


@lower(Count)
def run_count(plan: Count, executor: Executor) -> Iterator[Batch]:
    """Counts batches' rows; no column is read for it."""
    total = sum(executor.stream(plan.input, lambda batch: batch.rows))
    yield Batch({plan.schema.names[0]: storage.to_array([total], Type.LONG)}, 1)
