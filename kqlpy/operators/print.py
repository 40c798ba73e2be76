"""print, range, datatable: rows that the text itself makes.

https://learn.microsoft.com/kusto/query/print-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.context import NO_ROWS
from kqlpy.binding.naming import Names
from kqlpy.binding.overloads import common_type
from kqlpy.binding.scalars import convert_to
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch
from kqlpy.operators import lower, operator
from kqlpy.operators.projection import Items, part_name
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import Constant, Expression
from kqlpy.plan.nodes import Plan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Print", "Range", "Values", "print_plan"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Print(Plan):
    """One row of constant expressions."""

    items: tuple[tuple[str, Expression], ...]
    makes_order = True

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted items."""
        items = tuple(i for i in self.items if i[0] in wanted)
        return replace(self, items=items, schema=self.schema.select(n for n, _ in items))

    def details(self) -> str:
        """The items."""
        return ", ".join(f"{n} = {show(e)}" for n, e in self.items)


def print_plan(items: Items) -> Plan:
    """One row with these columns."""
    return Print(items=tuple(items), schema=Schema(tuple(Column(n, e.type) for n, e in items)))


@operator(ast.Print)
def bind_print(node: ast.Print, plan: Plan | None, binder: Binder) -> Plan:
    """Nameless items are print_N by position, also where `project` would name them after a path or a column."""
    from kqlpy.binding.calls import bind_parts

    if plan is not None:
        binder.report(messages.must_begin("print", node.span))
    items: Items = []
    names = Names()
    for index, item in enumerate(node.items):
        value = item.value if isinstance(item, ast.Assign) else item
        parts = bind_parts(binder, value, NO_ROWS)
        if parts is not None:
            items.extend(_print_parts(binder, names, item, value, parts))
        else:
            written = item.names[0] if isinstance(item, ast.Assign) else None
            items.append((_print_name(binder, names, written, f"print_{index}", item), binder.expression(value, NO_ROWS)))
    return print_plan(items)


def _print_name(binder: Binder, names: Names, written: str | None, own: str, item: ast.Expr) -> str:
    """The written name, reported when it is given twice; without one the item's own name."""
    if written is None:
        return names.derived(own)
    name = names.explicit(written)
    if name is None:
        binder.report(messages.duplicate_column(written, item.span))
    return name or written


def _print_parts(binder: Binder, names: Names, item: ast.Expr, value: ast.Expr, parts: list[tuple[str, Expression]]) -> Items:
    written = item.names if isinstance(item, ast.Assign) else ()
    while isinstance(value, ast.Paren):
        value = value.inner
    assert isinstance(value, ast.Call)
    items: Items = []
    for index, (part, bound) in enumerate(parts):
        if index < len(written):
            items.append((_print_name(binder, names, written[index], "", item), bound))
        elif not written:
            items.append((names.derived(part_name(value, part, index)), bound))
    return items


@lower(Print)
def run_print(plan: Print, executor: Executor) -> Iterator[Batch]:
    """The row."""
    executor.prepare([e for _, e in plan.items])
    frame = executor.evaluator.frame(Batch({}, 1))
    yield Batch({name: frame.column(expr) for name, expr in plan.items}, 1)


# ---------------------------------------------------------------- range


@dataclass(frozen=True, kw_only=True, eq=False)
class Range(Plan):
    """Values from start to stop, both ends included."""

    start: Expression
    stop: Expression
    step: Expression
    makes_order = True


@operator(ast.Range)
def bind_range(node: ast.Range, plan: Plan | None, binder: Binder) -> Plan:
    """The type is that of the start, widened with stop and step for numbers."""
    if plan is not None:
        binder.report(messages.must_begin("range", node.span))
    start, stop, step = (binder.constant(e) for e in (node.start, node.stop, node.step))
    type_ = start.type
    if type_ not in (Type.DATETIME, Type.TIMESPAN):
        shared = common_type([start.type, stop.type, step.type])
        type_ = Type.LONG if shared in (Type.INT, None, Type.DYNAMIC) else shared
        start, stop, step = (convert_to(binder, e, type_) for e in (start, stop, step))
    if type_ not in (Type.DATETIME, Type.TIMESPAN, Type.LONG, Type.REAL, Type.DECIMAL, Type.UNKNOWN):
        binder.report(messages.type_expected("a number, datetime or timespan", type_, node.start.span))
    return Range(start=start, stop=stop, step=step, schema=Schema.of([(node.name, type_)]), span=node.span)


@lower(Range)
def run_range(plan: Range, executor: Executor) -> Iterator[Batch]:
    """Batches of consecutive values."""
    executor.prepare([plan.start, plan.stop, plan.step])
    start, stop, step = (executor.constant(e) for e in (plan.start, plan.stop, plan.step))
    column = plan.schema.columns[0]
    if None in (start, stop, step) or step == 0:
        return
    count = _count(start, stop, step)
    executor.budget.check_rows("range", count)
    size = executor.session.batch_rows
    for first in range(0, count, size):
        executor.budget.check_time()
        rows = min(size, count - first)
        yield Batch({column.name: _values(start, step, first, rows, column.type)}, rows)


#: rows of a range that goes on for ever: more than any limit
_ENDLESS = float(1 << 60)


def _count(start: Any, stop: Any, step: Any) -> int:
    if isinstance(start, float):
        steps = np.floor((stop - start) / step + 1e-9)
        return 0 if not steps >= 0 else int(min(steps, _ENDLESS)) + 1
    return max(0, int((stop - start) // step) + 1)


def _values(start: Any, step: Any, first: int, rows: int, type_: Type) -> pa.Array:
    steps = np.arange(first, first + rows)
    if isinstance(start, Decimal):
        return storage.to_array([start + step * int(i) for i in steps], type_)
    values = start + steps * step
    return pa.array(values if isinstance(start, float) else values.astype(np.int64), storage.arrow_type(type_))


# ---------------------------------------------------------------- datatable


@dataclass(frozen=True, kw_only=True, eq=False)
class Values(Plan):
    """Rows held in memory."""

    batch: Batch
    makes_order = True

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns."""
        names = [n for n in self.schema.names if n in wanted]
        return replace(self, batch=self.batch.select(names), schema=self.schema.select(names))

    def details(self) -> str:
        """How many rows."""
        return f"{self.batch.rows} rows"


@operator(ast.DataTable)
def bind_datatable(node: ast.DataTable, plan: Plan | None, binder: Binder) -> Plan:
    """Values row by row, converted to the columns' types."""
    types = [c.type or Type.STRING for c in node.columns]
    width = max(1, len(types))
    if len(node.values) % width:
        binder.report(messages.datatable_shape(len(node.columns), len(node.values), node.span))
    columns: list[list[Any]] = [[] for _ in types]
    for index, value in enumerate(node.values[: len(node.values) - len(node.values) % width]):
        column = index % width
        columns[column].append(_cell(binder, value, types[column]))
    arrays = {c.name: storage.to_array(v, t) for c, v, t in zip(node.columns, columns, types, strict=True)}
    schema = Schema(tuple(Column(c.name, t) for c, t in zip(node.columns, types, strict=True)))
    return Values(batch=Batch(arrays, len(columns[0]) if columns else 0), schema=schema, span=node.span)


def _cell(binder: Binder, node: ast.Expr, type_: Type) -> Any:
    if isinstance(node, ast.Literal) and node.type is type_:
        return node.value
    if isinstance(node, ast.Name) and node.name == "null":
        return None
    bound = binder.constant(node)
    if bound.type is Type.STRING and type_ is Type.DYNAMIC and isinstance(bound, Constant):
        from kqlpy.columns import dynamic

        return dynamic.dumps(bound.value)
    bound = convert_to(binder, bound, type_)
    if not isinstance(bound, Constant):
        binder.report(messages.constant_expected(node.span))
        return None
    return bound.value


@lower(Values)
def run_values(plan: Values, executor: Executor) -> Iterator[Batch]:
    """The rows."""
    yield from executor.split(plan.batch)
