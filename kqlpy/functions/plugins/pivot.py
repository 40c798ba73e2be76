"""pivot: the values of one column as columns of their own.

The rows are first summarized by the pivoted column and the columns that stay; what remains to turn is small.

https://learn.microsoft.com/kusto/query/pivot-plugin
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.binding import messages
from kqlpy.columns import storage
from kqlpy.columns.convert import text_of
from kqlpy.engine.batch import Batch, concat_arrays
from kqlpy.engine.groups import group, one_group
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.registry import AGGREGATES, plugin
from kqlpy.operators import lower
from kqlpy.plan.expressions import AggregateCall, ColumnRef, Constant, walk
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Pivot"]

VALUE, CELL = "\x00value", "\x00cell"


@plugin(
    "(pivotColumn: column notdynamic, aggregateFunction: aggregate scalar = ?, *columnName: column scalar) -> table",
    binds=True,
    page="pivot-plugin",
)
def pivot(call: PluginCall, plan: Plan, binder: Binder) -> Plan:
    """One row for each combination of the columns that stay, and a column for each value of the pivoted one, holding the aggregate (default `count()`).

    Columns and rows stand in the order in which their values first occur. A combination without rows has what the aggregate gives for no rows: 0 for
    a count or a sum, null for a maximum.

    >>> datatable(Kind:string)["b", "a", "a"] | evaluate pivot(Kind)
    2
    """
    turned, aggregate = call.column("pivotColumn"), _aggregate(call)
    stays = call.columns("columnName") or tuple(c for c in plan.schema if c.name not in (turned.name, *_first_column(aggregate)))
    if call.output is None and (binder.run is None or binder.errors):
        from kqlpy.operators.evaluate import open_plan

        return open_plan(call, plan, stays)
    counted = _summarized(plan, turned, stays, aggregate)
    if call.output is not None:
        return Pivot(input=counted, stays=tuple(c.name for c in stays), aggregate=aggregate, schema=_declared(call, stays, aggregate), span=call.span)
    assert binder.run is not None
    rows = binder.run(counted)
    names = list(dict.fromkeys(_names(rows, turned.type).to_pylist()))
    clash = [c.name for c in stays if c.name in names]
    if clash:
        raise messages.columns_clash("pivot", clash, call.span, "rename the column that has the same name as a value")
    from kqlpy.operators.print import Values

    values = Values(batch=rows, schema=counted.schema, span=call.span)
    schema = Schema((*stays, *(Column(n, aggregate.type) for n in names)), open=True)
    return Pivot(input=values, stays=tuple(c.name for c in stays), aggregate=aggregate, schema=schema, span=call.span)


def _declared(call: PluginCall, stays: tuple[Column, ...], aggregate: AggregateCall) -> Schema:
    """The columns that the text asks for: those that stay, by their names, and values of the pivoted column."""
    assert call.output is not None
    types = {c.name: c.type for c in stays}
    for column in call.output.columns:
        given = types.get(column.name, aggregate.type)
        if given is not column.type and Type.UNKNOWN not in (given, column.type):
            raise messages.output_column("pivot", column.name, column.type, given, call.span)
    first = tuple(c for c in stays if c not in call.output.columns) if call.output.star else ()
    return Schema((*first, *call.output.columns))


def _aggregate(call: PluginCall) -> AggregateCall:
    """The aggregate, which must be a plain call with one result."""
    given = call.arguments.get("aggregateFunction")
    if not given:
        return AggregateCall(function="count", overload=AGGREGATES["count"].overloads[0], args=(), type=Type.LONG)
    found = given[0]
    if not isinstance(found, AggregateCall):
        raise messages.aggregate_expected("pivot", found.span or call.span)
    if found.overload.kernel is None or _results(found) != 1:
        raise messages.unsupported(f"`pivot` with the aggregate `{found.function}`", found.span or call.span)
    return found


def _results(aggregate: AggregateCall) -> int:
    """How many columns an aggregate gives."""
    if not callable(aggregate.overload.result):
        return 1
    constants = tuple(a.value if isinstance(a, Constant) else None for a in aggregate.args)
    parts = aggregate.overload.result(tuple(a.type for a in aggregate.args), ("",) * len(aggregate.args), constants)
    return 1 if isinstance(parts, Type) else len(parts)


def _first_column(aggregate: AggregateCall) -> tuple[str, ...]:
    return (aggregate.args[0].name,) if aggregate.args and isinstance(aggregate.args[0], ColumnRef) else ()


def _summarized(plan: Plan, turned: Column, stays: tuple[Column, ...], aggregate: AggregateCall) -> Plan:
    """The aggregate for each value and each combination of the columns that stay."""
    from kqlpy.operators.summarize import Summarize

    keys = [(VALUE, ColumnRef(name=turned.name, type=turned.type)), *((c.name, ColumnRef(name=c.name, type=c.type)) for c in stays)]
    schema = Schema((*(Column(n, e.type) for n, e in keys), Column(CELL, aggregate.type)))
    return Summarize(input=plan, keys=tuple(keys), aggregates=((CELL, aggregate),), schema=schema)


# ---------------------------------------------------------------- running


@dataclass(frozen=True, kw_only=True, eq=False)
class Pivot(UnaryPlan):
    """Rows of (value, columns that stay, cell) turned; columns of the schema that do not stay are values."""

    stays: tuple[str, ...]
    aggregate: AggregateCall

    def details(self) -> str:
        """The columns that stay."""
        return ", ".join(self.stays)


@lower(Pivot)
def run(plan: Pivot, executor: Executor) -> Iterator[Batch]:
    """Each value's column takes its cells by row; where there is none, the aggregate of no rows."""
    rows = executor.table(plan.input, "pivot")
    if not rows.rows:
        return
    keys = [rows.columns[name] for name in plan.stays]
    groups = group(keys, rows.rows) if keys else one_group(rows.rows)
    first = pa.array(groups.first)
    columns = {name: key.take(first) for name, key in zip(plan.stays, keys, strict=True)}
    cells = concat_arrays([storage.plain(rows.columns[CELL]), _of_no_rows(plan, executor)], plan.aggregate.type)
    names = _names(rows, plan.input.schema.by_name[VALUE])
    for column in plan.schema:
        if column.name not in columns:
            mine = np.flatnonzero(pc.equal(names, column.name).to_numpy(zero_copy_only=False))
            at = np.full(groups.count, rows.rows)
            at[groups.ids[mine]] = mine
            columns[column.name] = cells.take(pa.array(at))
    yield from executor.split(Batch(columns, groups.count).select(plan.schema.names))


def _of_no_rows(plan: Pivot, executor: Executor) -> pa.Array:
    """What the aggregate gives for no rows, as a column of one row."""
    from kqlpy.operators.print import Values
    from kqlpy.operators.summarize import Summarize

    read = {part.name: part.type for arg in plan.aggregate.args for part in walk(arg) if isinstance(part, ColumnRef)}
    schema = Schema.of(read.items())
    source = Values(batch=Batch.empty(schema), schema=schema)
    cell = Schema.of([(CELL, plan.aggregate.type)])
    return executor.table(Summarize(input=source, keys=(), aggregates=((CELL, plan.aggregate),), schema=cell)).columns[CELL]


def _names(rows: Batch, type_: Type) -> pa.Array:
    """The values of the pivoted column as names."""
    return storage.plain(text_of(storage.plain(rows.columns[VALUE]), type_)).fill_null("")
