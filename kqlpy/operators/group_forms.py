"""How the common operators work on the rows of many groups at once, for sub-pipelines of mv-apply and partition (see `grouped.py`)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kqlpy.columns import storage
from kqlpy.engine.batch import Batch, concat_arrays, concat_batches
from kqlpy.engine.groups import stable_order
from kqlpy.functions.registry import Call
from kqlpy.operators.extend import Extend, Serialize
from kqlpy.operators.grouped import GroupStep, carried, grouped, ids_of, keep_first, places, spread, with_column
from kqlpy.operators.mv_expand import MvExpand, expand
from kqlpy.operators.parse import Parse
from kqlpy.operators.parse_kv import ParseKv
from kqlpy.operators.project import Project
from kqlpy.operators.sort import Count, Sort, Take, sort_indices
from kqlpy.operators.summarize import Aggregation, Summarize
from kqlpy.operators.where import Where
from kqlpy.operators.window import Window
from kqlpy.plan.expressions import ColumnRef, WindowCall
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.engine.executor import Executor

__all__: list[str] = []


@grouped(Where)
@grouped(Extend)
@grouped(Parse)
@grouped(ParseKv)
def _row_wise(plan: Where | Extend | Parse | ParseKv, name: str, executor: Executor) -> GroupStep:
    """Rows by themselves: the group column is one more that passes."""
    return carried(replace(plan, schema=with_column(plan.schema, name)), executor)


@grouped(Project)
def _project(plan: Project, name: str, executor: Executor) -> GroupStep:
    """One more item."""
    items = (*plan.items, (name, ColumnRef(name=name, type=Type.LONG)))
    return carried(replace(plan, items=items, schema=with_column(plan.schema, name)), executor)


@grouped(Serialize)
def _serialize(plan: Serialize, name: str, executor: Executor) -> GroupStep:
    """The same rows."""
    names = (*plan.schema.names, name)
    return lambda batch, count: batch.select(names)


@grouped(MvExpand)
def _mv_expand(plan: MvExpand, name: str, executor: Executor) -> GroupStep:
    """Elements stay in the group of their row."""
    executor.prepare([i.expr for i in plan.items])
    schema = with_column(plan.schema, name)

    def step(batch: Batch, count: int) -> Batch:
        pieces = [piece.select(schema.names) for piece, _ in expand(plan, executor, batch)]
        return concat_batches(pieces, schema)

    return step


@grouped(Sort)
def _sort(plan: Sort, name: str, executor: Executor) -> GroupStep:
    """Sorted by the keys, then gathered by group; with a limit, the first rows of each group."""
    executor.prepare([k.expr for k in plan.keys])
    limit = executor.constant(plan.limit)
    names = (*plan.schema.names, name)

    def step(batch: Batch, count: int) -> Batch:
        if batch.rows > 1:
            frame = executor.evaluator.frame(batch)
            order = sort_indices([(frame.column(k.expr), k) for k in plan.keys]).to_numpy(zero_copy_only=False).astype(np.int64)
            order = order[stable_order(ids_of(batch, name)[order], count)]
            batch = batch.select(names).take(order)
        return keep_first(batch.select(names), name, limit)

    return step


@grouped(Take)
def _take(plan: Take, name: str, executor: Executor) -> GroupStep:
    """The first rows of each group."""
    limit = max(0, int(executor.constant(plan.count) or 0))
    names = (*plan.schema.names, name)
    return lambda batch, count: keep_first(batch.select(names), name, limit)


@grouped(Count)
def _count(plan: Count, name: str, executor: Executor) -> GroupStep:
    """A row for every group, also for one without rows."""
    out = plan.schema.names[0]

    def step(batch: Batch, count: int) -> Batch:
        rows = np.bincount(ids_of(batch, name), minlength=count).astype(np.int64)
        return Batch({out: pa.array(rows), name: pa.array(np.arange(count))}, count)

    return step


@grouped(Summarize)
def _summarize(plan: Summarize, name: str, executor: Executor) -> GroupStep:
    """The group is one more key. Without written keys every group gives its row, also one without rows."""
    key = (name, ColumnRef(name=name, type=Type.LONG))
    work = Aggregation(replace(plan, keys=(key, *plan.keys), schema=with_column(plan.schema, name)), executor)
    nothing = Aggregation(plan, executor)

    def step(batch: Batch, count: int) -> Batch:
        results = work.finish(work.update(batch))
        if plan.keys:
            return results
        empty = nothing.finish(nothing.update(Batch.empty(plan.input.schema))) if results.rows < count else results
        return spread(results, empty, name, count)

    return step


# ---------------------------------------------------------------- window functions

#: where each function takes the condition under which it begins anew
_RESTART = {"row_number": 1, "row_cumsum": 1, "row_rank_dense": 1, "row_rank_min": 1, "row_window_session": 3}


@grouped(Window)
def _window(plan: Window, name: str, executor: Executor) -> GroupStep:
    """Each call begins anew with each group."""
    executor.prepare([c for _, c in plan.calls])
    names = (*plan.schema.names, name)

    def step(batch: Batch, count: int) -> Batch:
        if not batch.rows:
            return Batch.empty(with_column(plan.schema, name))
        frame = executor.evaluator.frame(batch)
        place = places(ids_of(batch, name))
        columns = {}
        for out, call in plan.calls:
            args = [frame.value(a) for a in call.args]
            column = _shifted(call, args, place, batch.rows) if call.function in ("prev", "next") else _restarted(call, args, place, batch, executor)
            columns[out] = storage.plain(column).fill_null("") if call.type is Type.STRING and column.null_count else column
        return batch.with_columns(columns).select(names)

    return step


def _shifted(call: WindowCall, args: list[Any], place: np.ndarray, rows: int) -> pa.Array:
    """prev and next: a row of the same group at a distance, or the default."""
    values = args[0] if isinstance(args[0], pa.Array) else pa.repeat(args[0], rows)
    distance = args[1].as_py() if len(args) > 1 else 1
    step = -distance if call.function == "prev" else distance
    at = np.arange(rows) + step
    inside = (at >= 0) & (at < rows)
    inside[inside] = (at - place[np.where(inside, at, 0)])[inside] == (np.arange(rows) - place)[inside]
    default = args[2].as_py() if len(args) > 2 else None
    filler = storage.nulls(1, call.type) if default is None else storage.plain(pa.array([default], storage.arrow_type(call.type)))
    return concat_arrays([values, filler], call.args[0].type).take(pa.array(np.where(inside, at, rows)))


def _restarted(call: WindowCall, args: list[Any], place: np.ndarray, batch: Batch, executor: Executor) -> pa.Array:
    """A running function with a condition to begin anew at the first row of each group; one that takes no condition is run group by group."""
    context = Call(tuple(a.type for a in call.args), call.type, batch.rows, executor.session)
    kernel: Any = call.overload.kernel
    at = _RESTART.get(call.function)
    plain = [storage.plain(a) if isinstance(a, pa.Array) else a for a in args]
    if at is not None:
        begins = place == 0
        if len(plain) > at:
            own = plain[at]
            begins |= np.full(batch.rows, bool(own.as_py())) if isinstance(own, pa.Scalar) else own.fill_null(False).to_numpy(zero_copy_only=False)
        given = [*plain[:at], *[None] * (at - len(plain)), pa.array(begins)]
        return kernel(context, None, *given)[0]
    starts = [*np.flatnonzero(place == 0).tolist(), batch.rows]
    parts = []
    for start, stop in pairwise(starts):
        own = [a.slice(start, stop - start) if isinstance(a, pa.Array) else a for a in plain]
        parts.append(kernel(replace(context, rows=stop - start), None, *own)[0])
    return concat_arrays(parts, call.type)
