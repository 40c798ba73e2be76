"""What the plugins over a timeline share: who was active in which step of an analysis period.

Steps begin at the start of the period, which both its ends belong to. Rows without a time are left out; a missing id is no id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.columns.storage import arrow_type
from kqlpy.engine.batch import Batch
from kqlpy.engine.groups import Groups, group, one_group
from kqlpy.functions.aggregates.inputs import numbers, valid_rows
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.plugins.grid import CALENDAR, Grid, Ints, calendar, steps_of_width
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

__all__ = ["Activity", "Ints", "activity", "distinct", "expand", "grid_of", "members", "timeline_columns"]

_NUMBERS = frozenset({Type.INT, Type.LONG, Type.REAL})


def timeline_columns(call: PluginCall, *counts: tuple[str, Type], by_calendar: str = "") -> Schema:
    """The timeline, the dimensions, and what is counted; checks that start, end and steps fit the timeline.

    `by_calendar` names the parameter that may be a week, month or year.
    """
    timeline = call.column("TimelineColumn")
    moments, spans = ("Start", "End"), ("Step", "Bin", "Window", "LookBackWindow", "LookbackWindow", "Period", "InnerActivityWindow", "OuterActivityWindow")
    for parameter in (*moments, *spans):
        given = call.type(parameter)
        wanted = Type.TIMESPAN if parameter in spans and timeline.type is Type.DATETIME else timeline.type
        if Type.UNKNOWN in (given, wanted) or given is wanted or {given, wanted} <= _NUMBERS:
            continue
        if given is Type.STRING and timeline.type is Type.DATETIME:
            _check_calendar(call, parameter, parameter == by_calendar)
            continue
        raise messages.argument_type(call.name, f"`{parameter}`", str(wanted), given, call.span)
    if timeline.type is Type.DECIMAL:
        raise messages.unsupported(f"`{call.name}` over a timeline of type decimal", call.span)
    return Schema((timeline, *call.columns("Dimension"), *(Column(n, t) for n, t in counts)))


def _check_calendar(call: PluginCall, parameter: str, allowed: bool) -> None:
    if not allowed:
        raise messages.unsupported(f"`{call.name}` over weeks, months or years", call.span)
    if call.constant(parameter) not in CALENDAR:
        raise messages.allowed_values(call.name, parameter, CALENDAR, call.span)


@dataclass(frozen=True)
class Activity:
    """Rows of the period: their time, step number, id (-1 for none) and group of dimensions."""

    call: PluginCall
    rows: Batch
    times: npt.NDArray[Any]
    start: Any
    grid: Grid
    steps: Ints
    ids: Ints
    dims: Groups

    def result(self, dims: Ints, steps: Ints, *counts: npt.NDArray[Any]) -> Batch:
        """Result rows in the order of their step."""
        order = np.argsort(steps, kind="stable")
        names = self.call.result.names
        dimensions = self.call.columns("Dimension")
        first = pa.array(self.dims.first[dims[order]])
        columns = {names[0]: self.times_of(steps[order])}
        columns.update({c.name: self.rows.columns[c.name].take(first) for c in dimensions})
        columns.update({name: pa.array(count[order]) for name, count in zip(names[1 + len(dimensions) :], counts, strict=True)})
        return Batch(columns, len(order))

    def last(self) -> int:
        """The number of the step that holds the end."""
        return int(self.grid.number(np.array([self.call.constant("End")]))[0])

    def times_of(self, steps: Ints) -> pa.Array:
        """Where steps begin."""
        return pa.array(self.grid.begin(steps)).cast(arrow_type(self.call.column("TimelineColumn").type), safe=False)


def activity(call: PluginCall, rows: Batch, step: str, before: Any = 0) -> Activity:
    """The rows between start and end, and those up to `before` earlier; `step` names the parameter with the width of a step."""
    timeline = call.column("TimelineColumn")
    times, valid = numbers(rows.columns[timeline.name])
    start, end = call.constant("Start"), call.constant("End")
    grid = grid_of(call, step)
    inside = (times >= start - before) & (times <= end)
    rows = rows.filter(pa.array(inside if valid is None else inside & valid))
    times, _ = numbers(rows.columns[timeline.name])
    times = times if times.dtype.kind == "f" else times.astype(np.int64)
    dims = _groups([rows.columns[c.name] for c in call.columns("Dimension")], rows.rows)
    ids = rows.columns[call.column("IdColumn").name]
    codes, known = group([ids], rows.rows).ids, valid_rows(ids)
    return Activity(call, rows, times, start, grid, grid.number(times), codes if known is None else np.where(known, codes, -1), dims)


def grid_of(call: PluginCall, step: str) -> Grid:
    """The steps that a parameter tells: of its width, or of its week, month or year, of which the start must be the first moment."""
    start, end, width = call.constant("Start"), call.constant("End"), call.constant(step)
    if None in (start, end, width) or (not isinstance(width, str) and width <= 0):
        raise messages.positive_step(call.name, step, call.span)
    if not isinstance(width, str):
        return steps_of_width(start, width)
    grid = calendar(width, start)
    if grid is None:
        raise messages.unsupported(f"`{call.name}` from a start inside a {width}", call.span, f"begin with startof{width}(...)")
    return grid


def _groups(columns: list[pa.Array], rows: int) -> Groups:
    return group(columns, rows) if columns else one_group(rows)


def distinct(*codes: Ints) -> tuple[Ints, ...]:
    """The distinct tuples of codes, in order of first appearance."""
    first = group([pa.array(c) for c in codes], len(codes[0])).first
    return tuple(c[first] for c in codes)


def expand(tuples: tuple[Ints, ...], last: int | Ints, length: int) -> tuple[Ints, ...]:
    """Each tuple with its last code c repeated for c, c + 1 ... as long as given, but not beyond `last`."""
    *others, steps = tuples
    counts = np.maximum(0, np.minimum(length, np.asarray(last) - steps + 1))
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return (*(np.repeat(o, counts) for o in others), np.repeat(steps, counts) + within)


def members(wanted: tuple[Ints, ...], known: tuple[Ints, ...]) -> Ints:
    """For each tuple its position among the known, distinct ones; -1 where it is not known."""
    count = len(known[0])
    groups = group([pa.array(np.concatenate(pair)) for pair in zip(known, wanted, strict=True)], count + len(wanted[0]))
    position = np.full(groups.count + 1, -1, np.int64)
    position[groups.ids[:count]] = np.arange(count)
    found: Ints = position[groups.ids[count:]]
    return found
