"""mv-expand: one row for each element of dynamic arrays or bags.

Several columns are walked side by side, the shorter ones padded with null. A null gives one row with null, an empty array no row.

https://learn.microsoft.com/kusto/query/mv-expand-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.binding import messages
from kqlpy.binding.naming import free_name, result_name
from kqlpy.columns import dynamic
from kqlpy.columns.dynamic_casts import cast_items
from kqlpy.engine.batch import Batch
from kqlpy.operators import lower, operator
from kqlpy.operators.union import option
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import ColumnRef, Expression, columns_of
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Item", "MvExpand", "bind_expand", "expand"]

MAX_ELEMENTS = 1_048_576
_WHOLE = frozenset({Type.INT, Type.LONG})
OUTPUT_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class Item:
    """One expanded column: its name in the output, the array, the type of the elements, and whether bags give `[key, value]`."""

    name: str
    expr: Expression
    type: Type
    pairs: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class MvExpand(UnaryPlan):
    """The input's columns with some replaced by elements; `index` names a column with the element's position."""

    items: tuple[Item, ...]
    limit: int | None = None
    index: str | None = None
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The wanted columns that are not expanded, and what the arrays read."""
        own = {i.name for i in self.items} | {self.index}
        return (frozenset((wanted - own) | columns_of(*(i.expr for i in self.items))),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """All expanded columns (they decide the number of rows), the wanted others."""
        own = {i.name for i in self.items} | {self.index}
        return replace(self, schema=self.schema.select(n for n in self.schema.names if n in wanted or n in own))

    def details(self) -> str:
        """The arrays."""
        return ", ".join(f"{i.name} = {show(i.expr)} to {i.type}" for i in self.items)


@operator(ast.MvExpand)
def bind(node: ast.MvExpand, plan: Plan, binder: Binder) -> Plan:
    """The spelling `mvexpand` expands at most 128 elements."""
    return bind_expand(binder, node.items, plan, node.params, node.limit, 128 if node.legacy else None, node)


def bind_expand(
    binder: Binder,
    written: tuple[ast.ExpandItem, ...],
    plan: Plan,
    params: tuple[ast.Param, ...],
    limit: ast.Expr | None,
    default_limit: int | None,
    node: ast.Node,
) -> MvExpand:
    """The expansion of mv-expand and mv-apply."""
    pairs = (option(params, "kind", "bagexpansion") or "bag").lower() == "array"
    items: list[Item] = []
    columns = list(plan.schema.columns)
    for item in written:
        name, expr = _bind_item(binder, item.value, plan, columns)
        if expr.type not in (Type.DYNAMIC, Type.UNKNOWN):
            binder.report(messages.type_expected("dynamic", expr.type, item.value.span, "parse_json(...) or split(...) make one of a text"))
        type_ = item.type or Type.DYNAMIC
        if any(name == other.name for other in items):
            binder.report(messages.duplicate_column(name, item.value.span))
        items.append(Item(name, expr, type_, pairs))
        at = next((i for i, c in enumerate(columns) if c.name == name), None)
        if at is None:
            columns.append(Column(name, type_))
        else:
            columns[at] = Column(name, type_)
    index = option(params, "with_itemindex")
    if index:
        index = free_name(index, [c.name for c in columns])
        columns.append(Column(index, Type.LONG))
    most = binder.constant_value(binder.constant(limit, _WHOLE)) if limit is not None else default_limit
    schema = Schema(tuple(columns), plan.schema.open)
    return MvExpand(input=plan, items=tuple(items), limit=most, index=index, schema=schema, span=node.span)


def _bind_item(binder: Binder, value: ast.Expr, plan: Plan, columns: list[Column]) -> tuple[str, Expression]:
    """(output name, array): a written name, the name passed through, or ColumnN."""
    context = binder.context(plan, windows=False)
    if isinstance(value, ast.Assign):
        return value.names[0], binder.expression(value.value, context)
    expr = binder.expression(value, context)
    name = expr.name if isinstance(expr, ColumnRef) else result_name(value)
    if not name:
        number = 1
        while any(c.name == f"Column{number}" for c in columns):
            number += 1
        name = f"Column{number}"
    return name, expr


@lower(MvExpand)
def run(plan: MvExpand, executor: Executor) -> Iterator[Batch]:
    """Element counts decide how many input rows go into one output batch."""
    executor.prepare([i.expr for i in plan.items])
    names = plan.schema.names
    keep = frozenset(names)
    total = 0
    for pieces in executor.stream(plan.input, lambda batch: list(expand(plan, executor, batch, keep))):
        for piece, _ in pieces:
            total += piece.rows
            executor.budget.check_rows("mv-expand", total)
            executor.budget.check_time()
            yield piece.select(names)


def expand(
    plan: MvExpand, executor: Executor, batch: Batch, keep: frozenset[str] | None = None
) -> Iterator[tuple[Batch, np.ndarray]]:
    """The rows of a batch expanded, in batches of bounded size, with the input row of each; `keep` names the columns to carry along (None: all)."""
    frame = executor.evaluator.frame(batch)
    expanded = [_Elements(item, frame.column(item.expr)) for item in plan.items]
    if keep is not None:
        batch = batch.select(n for n in batch.columns if n in keep)
    lengths = np.zeros(batch.rows, np.int64)
    for elements in expanded:
        lengths = np.maximum(lengths, elements.lengths)
    lengths = np.minimum(lengths, MAX_ELEMENTS if plan.limit is None else min(plan.limit, MAX_ELEMENTS))
    ends = np.cumsum(lengths)
    executor.budget.check_rows("mv-expand", int(ends[-1]) if batch.rows else 0)
    start = 0
    while start < batch.rows:
        base = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, base + OUTPUT_ROWS, side="right")))
        rows = np.repeat(np.arange(start, stop), lengths[start:stop])
        if len(rows):
            yield _piece(plan, batch, expanded, rows, lengths[start:stop]), rows
        start = stop


class _Elements:
    """The elements of one expanded column. Equal arrays are taken apart once: `first` and `counts` say where the elements of each row stand."""

    def __init__(self, item: Item, column: pa.Array) -> None:
        self.item = item
        if pa.types.is_list(column.type):
            values, codes = column, np.arange(len(column))
        else:
            encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            values = pa.concat_arrays([encoded.dictionary, pa.nulls(1, encoded.dictionary.type)])
            codes = pc.fill_null(encoded.indices, len(values) - 1).to_numpy(zero_copy_only=False)
        self.items = dynamic.array_items(values, item.pairs)
        null = values.is_null().to_numpy(zero_copy_only=False)[codes]
        self.counts = np.diff(self.items.offsets)[codes]
        self.first = self.items.offsets[:-1][codes]
        self.lengths = np.where(null, 1, self.counts)

    def take(self, rows: np.ndarray, within: np.ndarray) -> pa.Array:
        """The element at a position of each row's array; null past its end."""
        beyond = within >= self.counts[rows]
        if not len(self.items.elements):
            elements = pa.nulls(len(rows), self.items.elements.type)
        else:
            at = np.where(beyond, 0, self.first[rows] + within)
            elements = self.items.elements.take(pa.array(at, mask=beyond if beyond.any() else None))
        return cast_items(elements, self.items.type, self.item.type)


def _piece(plan: MvExpand, batch: Batch, expanded: list[_Elements], rows: np.ndarray, lengths: np.ndarray) -> Batch:
    within = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    produced = {elements.item.name for elements in expanded}
    at = pa.array(rows)
    columns = {n: c.take(at) for n, c in batch.columns.items() if n not in produced}
    for elements in expanded:
        columns[elements.item.name] = elements.take(rows, within)
    if plan.index:
        columns[plan.index] = pa.array(within)
    return Batch(columns, len(rows))
