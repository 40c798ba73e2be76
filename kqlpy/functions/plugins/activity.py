"""activity_counts_metrics, activity_metrics, new_activity_metrics: who comes, who stays and who leaves, step by step.

Steps in which nobody was active give no row; real rules rely on it, for they take a single row as "nothing before".

https://learn.microsoft.com/kusto/query/activity-counts-metrics-plugin
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.engine.batch import Batch, concat_arrays
from kqlpy.engine.groups import group
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.plugins.timeline import Activity, Ints, activity, distinct, members, timeline_columns
from kqlpy.functions.registry import plugin
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

__all__: list[str] = []

_WHO = "IdColumn: column notdynamic, TimelineColumn: column summable"
_PERIOD = f"{_WHO}, Start: const summable, End: const summable"


def _count_columns(call: PluginCall) -> Schema:
    names = ("count", "dcount", "new_dcount", "aggregated_dcount")
    return timeline_columns(call, *((n, Type.LONG) for n in names), by_calendar="Step")


@plugin(
    f"({_PERIOD}, Step: const scalar, *Dimension: column notdynamic) -> table", columns=_count_columns, page="activity-counts-metrics-plugin"
)
def activity_counts_metrics(call: PluginCall, rows: Batch) -> Batch:
    """For each step: its rows, its distinct ids, those not seen in any step before, and all distinct ids so far.

    >>> range t from 0 to 3 step 1 | evaluate activity_counts_metrics(t, t, 0, 3, 4) | project dcount
    4
    """
    found = activity(call, rows, "Step")
    cells = group([pa.array(found.dims.ids), pa.array(found.steps)], found.rows.rows)
    dims, steps = found.dims.ids[cells.first], found.steps[cells.first]
    seen = _seen(found)
    at = members((seen[0], seen[2]), (dims, steps))
    new = np.bincount(at[_firsts(seen)], minlength=len(dims))
    order = np.lexsort((steps, dims))
    total = np.cumsum(new[order])
    starts = np.flatnonzero(np.append(True, np.diff(dims[order]) != 0)) if len(order) else np.zeros(0, np.int64)
    before = np.append(0, total)[starts]
    total -= np.repeat(before, np.diff(np.append(starts, len(order))))
    aggregated = np.empty_like(total)
    aggregated[order] = total
    return found.result(dims, steps, cells.sizes, np.bincount(at, minlength=len(dims)), new, aggregated)


def _seen(found: Activity) -> tuple[Ints, Ints, Ints]:
    """The distinct (dimensions, id, step)."""
    known = found.ids >= 0
    dims, ids, steps = distinct(found.dims.ids[known], found.ids[known], found.steps[known])
    return dims, ids, steps


def _firsts(seen: tuple[Ints, Ints, Ints]) -> Ints:
    """For each id (and dimensions) the row of `seen` with its first step."""
    order = np.argsort(seen[2], kind="stable")
    pairs = group([pa.array(seen[0][order]), pa.array(seen[1][order])], len(order))
    firsts: Ints = order[pairs.first]
    return firsts


def _rate_columns(call: PluginCall) -> Schema:
    counts = [(name, Type.LONG) for name in ("dcount_values", "dcount_newvalues")]
    return timeline_columns(call, *counts, ("retention_rate", Type.REAL), ("churn_rate", Type.REAL), by_calendar="Step")


@plugin(
    [f"({_PERIOD}, Step: const scalar, *Dimension: column notdynamic) -> table", f"({_WHO}, Window: const summable = ?, End: const summable = ?) -> table"],
    columns=_rate_columns,
    page="activity-metrics-plugin",
)
def activity_metrics(call: PluginCall, rows: Batch) -> Batch:
    """For each step: its distinct ids, those not seen in the step before, and the shares of the step before that stayed and that left (NaN if it was empty).

    >>> range t from 0 to 3 step 1 | evaluate activity_metrics(t, t, 0, 3, 4) | project dcount_newvalues
    4
    """
    if not call.given("Step"):
        raise messages.unsupported("`activity_metrics` without a start and an end", call.span)
    found = activity(call, rows, "Step")
    seen = _seen(found)
    dims, steps = distinct(found.dims.ids, found.steps)
    at = members((seen[0], seen[2]), (dims, steps))
    values = np.bincount(at, minlength=len(dims))
    stayed = members((seen[0], seen[1], seen[2] - 1), seen) >= 0
    retained = np.bincount(at[stayed], minlength=len(dims))
    previous = members((dims, steps - 1), (dims, steps))
    base = np.where(previous >= 0, values[previous], 0).astype(np.float64) if len(values) else np.zeros(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return found.result(dims, steps, values, values - retained, retained / base, (base - retained) / base)


# ---------------------------------------------------------------- cohorts


def _cohort_columns(call: PluginCall) -> Schema:
    timeline, *dimensions = timeline_columns(call, by_calendar="Window")
    counts = [Column(f"dcount_{n}_values", Type.LONG) for n in ("new", "retained", "churn")]
    rates = [Column("retention_rate", Type.REAL), Column("churn_rate", Type.REAL)]
    ends = [Column(f"from_{timeline.name}", timeline.type), Column(f"to_{timeline.name}", timeline.type)]
    return Schema((*ends, *dimensions, *counts, *rates))


@plugin(
    f"({_PERIOD}, Window: const scalar, Cohort: const scalar = ?, *Dimension: column notdynamic, lookback: table = ?) -> table",
    columns=_cohort_columns,
    page="new-activity-metrics-plugin",
)
def new_activity_metrics(call: PluginCall, rows: Batch) -> Batch:
    """For each step in which ids appear for the first time and each step from there on: how many of them are there again.

    `dcount_new_values` counts ids of the later step that were not seen up to the first one. Ids of the table `lookback` count as seen before the start.

    >>> range t from 0 to 3 step 1 | evaluate new_activity_metrics(t, t, 0, 3, 4) | project dcount_retained_values
    4
    """
    found = activity(call, rows, "Window")
    dims, ids, steps = _seen(found)
    firsts = _firsts((dims, ids, steps))
    first = steps[firsts][members((dims, ids), (dims[firsts], ids[firsts]))]
    first = np.where(_looked_back(found, ids), -1, first)
    last = found.last()
    cohort_dims, cohort_steps = distinct(dims[first >= 0], first[first >= 0])
    if call.given("Cohort"):
        chosen = cohort_steps == found.grid.number(np.array([call.constant("Cohort")]))
        cohort_dims, cohort_steps = cohort_dims[chosen], cohort_steps[chosen]
    parts = [_cohort(dim, step, last, dims, first, steps) for dim, step in zip(cohort_dims.tolist(), cohort_steps.tolist(), strict=True)]
    table = np.concatenate(parts) if parts else np.zeros((0, 6), np.int64)
    return _cohort_rows(call, found, table)


def _cohort(dim: int, step: int, last: int, dims: Ints, first: Ints, steps: Ints) -> Ints:
    """Rows (dimensions, from, to, size, new, retained) of one cohort; a pass over the ids for each, of which there are few."""
    to = np.arange(step, last + 1)
    mine = dims == dim
    size = int(((first == step) & (steps == step) & mine).sum())
    retained = np.bincount(steps[mine & (first == step)] - step, minlength=len(to))
    new = np.bincount(steps[mine & (first > step)] - step, minlength=len(to))
    new[0] = size
    return np.stack([np.full(len(to), dim), np.full(len(to), step), to, np.full(len(to), size), new, retained], axis=1)


def _looked_back(found: Activity, ids: Ints) -> np.ndarray:
    """Which ids stand in the lookback table, under the id column's name."""
    table = found.call.tables.get("lookback")
    if table is None:
        return np.zeros(len(ids), np.bool_)
    column = found.call.column("IdColumn")
    if column.name not in table.columns:
        raise messages.missing_columns(found.call.name, [column.name], found.call.span)
    own = found.rows.columns[column.name]
    both = group([concat_arrays([own, table.columns[column.name]], column.type)], found.rows.rows + table.rows).ids
    known = np.zeros(len(both) + 1, np.bool_)
    known[found.ids[np.isin(both[: found.rows.rows], both[found.rows.rows :])]] = True
    looked: np.ndarray = known[ids]
    return looked


def _cohort_rows(call: PluginCall, found: Activity, table: Ints) -> Batch:
    dims, start, to, size, new, retained = (table[:, i] for i in range(6))
    names = call.result.names
    columns = {names[0]: found.times_of(start), names[1]: found.times_of(to)}
    at = pa.array(found.dims.first[dims])
    columns.update({c.name: found.rows.columns[c.name].take(at) for c in call.columns("Dimension")})
    values = (new, retained, size - retained, retained / np.maximum(size, 1), (size - retained) / np.maximum(size, 1))
    columns.update({name: pa.array(value) for name, value in zip(names[-5:], values, strict=True)})
    return Batch(columns, len(table))
