"""Plugins that look back from each step: sliding_window_counts, activity_engagement, active_users_count, rolling_percentile.

Rows before the start count where a window reaches back to them.

https://learn.microsoft.com/kusto/query/sliding-window-counts-plugin
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.columns.storage import plain
from kqlpy.engine.batch import Batch
from kqlpy.engine.groups import group, one_group, stable_order
from kqlpy.functions.aggregates.inputs import numbers, sort_keys, valid_rows
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.plugins.grid import steps_of
from kqlpy.functions.plugins.timeline import activity, distinct, expand, grid_of, members, timeline_columns
from kqlpy.functions.registry import plugin
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

__all__: list[str] = []

_WHO = "IdColumn: column notdynamic, TimelineColumn: column summable"
_PERIOD = "Start: const summable, End: const summable"
_DIMENSIONS = "*Dimension: column notdynamic"


@plugin(
    f"({_WHO}, {_PERIOD}, LookBackWindow: const summable, Step: const scalar, {_DIMENSIONS}) -> table",
    columns=lambda call: timeline_columns(call, ("Count", Type.LONG), ("Dcount", Type.LONG)),
    page="sliding-window-counts-plugin",
)
def sliding_window_counts(call: PluginCall, rows: Batch) -> Batch:
    """For each step: rows and distinct ids of the window that ends with it. The window is cut to whole steps; steps with an empty window give no row.

    >>> range t from 0 to 3 step 1 | evaluate sliding_window_counts(t, t, 0, 3, 2, 1) | where t == 3 | project Count
    2
    """
    step, window = call.constant("Step"), call.constant("LookBackWindow")
    length = int(window // step) if step else 0
    found = activity(call, rows, "Step", before=max(0, (length - 1) * step) if step else 0)
    last = found.last()
    cells = group([pa.array(found.dims.ids), pa.array(found.steps)], found.rows.rows)
    own = (found.dims.ids[cells.first], np.arange(cells.count), found.steps[cells.first])
    dims, source, steps = _from_start(expand(own, last, length))
    shown = distinct(dims, steps)
    at = members((dims, steps), shown)
    counts = np.bincount(at, weights=cells.sizes[source], minlength=len(shown[0])).astype(np.int64)
    known = found.ids >= 0
    seen = distinct(found.dims.ids[known], found.ids[known], found.steps[known])
    dims, _, steps = distinct(*_from_start(expand(seen, last, length)))
    distinct_ids = np.bincount(members((dims, steps), shown), minlength=len(shown[0]))
    return found.result(*shown, counts, distinct_ids)


def _from_start(tuples: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """The tuples whose step, the last of them, is not before the start."""
    return tuple(codes[tuples[-1] >= 0] for codes in tuples)


@plugin(
    [
        f"({_WHO}, InnerActivityWindow: const summable, OuterActivityWindow: const summable) -> table",
        f"({_WHO}, {_PERIOD}, InnerActivityWindow: const summable, OuterActivityWindow: const summable, {_DIMENSIONS}) -> table",
    ],
    columns=lambda call: timeline_columns(
        call, ("dcount_activities_inner", Type.LONG), ("dcount_activities_outer", Type.LONG), ("activity_ratio", Type.REAL)
    ),
    page="activity-engagement-plugin",
)
def activity_engagement(call: PluginCall, rows: Batch) -> Batch:
    """For each inner window with activity: its distinct ids, those of the outer window that ends with it, and their ratio.

    >>> range t from 0 to 3 step 1 | evaluate activity_engagement(t, t, 0, 3, 1, 2) | where t == 3 | project activity_ratio
    0.5
    """
    if not call.given("Start"):
        raise messages.unsupported("`activity_engagement` without a start and an end", call.span)
    inner, outer = call.constant("InnerActivityWindow"), call.constant("OuterActivityWindow")
    if inner and outer % inner:
        raise messages.unsupported("`activity_engagement` with an outer window that is no multiple of the inner one", call.span)
    found = activity(call, rows, "InnerActivityWindow", before=max(0, outer - inner))
    last = found.last()
    known = found.ids >= 0
    seen = distinct(found.dims.ids[known], found.ids[known], found.steps[known])
    dims, _, steps = _from_start(seen)
    shown = distinct(dims, steps)
    inside = np.bincount(members((dims, steps), shown), minlength=len(shown[0]))
    dims, _, steps = distinct(*_from_start(expand(seen, last, int(outer // inner))))
    at = members((dims, steps), shown)
    around = np.bincount(at[at >= 0], minlength=len(shown[0]))
    return found.result(*shown, inside, around, inside / np.maximum(around, 1))


@plugin(
    f"({_WHO}, {_PERIOD}, LookbackWindow: const summable, Period: const summable, ActivePeriods: const summable, Bin: const scalar, {_DIMENSIONS}) -> table",
    columns=lambda call: timeline_columns(call, ("dcount", Type.LONG), by_calendar="Bin"),
    page="active-users-count-plugin",
)
def active_users_count(call: PluginCall, rows: Batch) -> Batch:
    """For each bin: the distinct ids that, at an appearance in it, were seen in enough periods of the lookback window that ends with that appearance's period.

    >>> range t from 0 to 3 step 1 | extend id = 1 | evaluate active_users_count(id, t, 2, 3, 3, 1, 3, 2)
    1
    """
    period, window = call.constant("Period"), call.constant("LookbackWindow")
    found = activity(call, rows, "Period", before=window)
    grid = grid_of(call, "Bin")
    length = max(1, int(-(-window // period)))
    known = found.ids >= 0
    seen = distinct(found.dims.ids[known], found.ids[known], found.steps[known])
    reach = int(seen[2].max()) if len(seen[2]) else 0
    at = members(expand(seen, reach, length), seen)
    active = np.bincount(at[at >= 0], minlength=len(seen[0])) >= call.constant("ActivePeriods")
    mine = members((found.dims.ids, found.ids, found.steps), seen)
    rows_active = (mine >= 0) & active[mine] & (found.times >= found.start) if len(active) else np.zeros(found.rows.rows, np.bool_)
    bins = grid.number(found.times[rows_active])
    dims, _, steps = distinct(found.dims.ids[rows_active], found.ids[rows_active], bins)
    shown = distinct(dims, steps)
    counts = np.bincount(members((dims, steps), shown), minlength=len(shown[0]))
    return replace(found, grid=grid).result(*shown, counts)


# ---------------------------------------------------------------- rolling_percentile


def _rolling_columns(call: PluginCall) -> Schema:
    value = call.column("ValueColumn")
    bins, percentile = call.constant("BinsPerWindow"), call.constant("Percentile")
    shown = int(percentile) if isinstance(percentile, float) and percentile.is_integer() else percentile
    name = f"rolling_{bins}_percentile_{value.name}_{shown}"
    return Schema((call.column("IndexColumn"), *call.columns("Dimension"), Column(name, value.type)))


@plugin(
    "(ValueColumn: column summable, Percentile: const number, IndexColumn: column summable, BinSize: const summable, BinsPerWindow: const integer, "
    "*Dimension: column notdynamic) -> table",
    columns=_rolling_columns,
    page="rolling-percentile-plugin",
)
def rolling_percentile(call: PluginCall, rows: Batch) -> Batch:
    """For each bin: the percentile (by nearest rank) of the values of the window of bins that ends with it. Bins after the last value give no row.

    >>> range t from 1 to 4 step 1 | evaluate rolling_percentile(t, 50, t, 1, 3) | where t == 4 | project rolling_3_percentile_t_50
    3
    """
    index, value = call.column("IndexColumn"), call.column("ValueColumn")
    width, length = call.constant("BinSize"), int(call.constant("BinsPerWindow"))
    if not width or width <= 0:
        raise messages.positive_step(call.name, "BinSize", call.span)
    times, timed = numbers(rows.columns[index.name])
    known = valid_rows(rows.columns[value.name])
    keep = np.ones(rows.rows, np.bool_) if timed is None else timed
    rows = rows.filter(pa.array(keep if known is None else keep & known))
    times, _ = numbers(rows.columns[index.name])
    keys = [rows.columns[c.name] for c in call.columns("Dimension")]
    groups = group(keys, rows.rows) if keys else one_group(rows.rows)
    steps = steps_of(times, 0, width)
    last = int(steps.max()) if len(steps) else 0
    dims, source, steps = expand((groups.ids, np.arange(rows.rows), steps), last, length)
    call.budget.check_rows(call.name, len(dims))
    cells = group([pa.array(dims), pa.array(steps)], len(dims))
    rank = np.argsort(np.argsort(sort_keys(rows.columns[value.name])[0], kind="stable"), kind="stable")
    order = stable_order(rank[source], max(1, rows.rows))
    order = order[stable_order(cells.ids[order], cells.count)]
    nearest = np.maximum(1, np.ceil(call.constant("Percentile") * cells.sizes / 100)).astype(np.int64)
    picked = pa.array(source[order[cells.starts[:-1] + np.minimum(nearest, cells.sizes) - 1]])
    first = pa.array(groups.first[dims[cells.first]])
    names = call.result.names
    columns = {names[0]: pa.array(steps[cells.first] * width).cast(rows.columns[index.name].type, safe=False)}
    columns.update({c.name: rows.columns[c.name].take(first) for c in call.columns("Dimension")})
    columns[names[-1]] = plain(rows.columns[value.name]).take(picked)
    return Batch(columns, cells.count)
