"""session_count: how many sessions begin in each bin of an analysis period.

The reference prints a chart of its example. Its bins are multiples of the bin width, not steps from the start, and an id that comes again
after exactly the lookback window goes on with its session.

https://learn.microsoft.com/kusto/query/session-count-plugin
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.columns.storage import arrow_type
from kqlpy.engine.batch import Batch
from kqlpy.engine.groups import group
from kqlpy.functions.aggregates.inputs import numbers, valid_rows
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.plugins.grid import steps_of
from kqlpy.functions.plugins.timeline import timeline_columns
from kqlpy.functions.registry import plugin
from kqlpy.types import Type

__all__: list[str] = []


@plugin(
    "(IdColumn: column notdynamic, TimelineColumn: column summable, Start: const summable, End: const summable, Bin: const summable, "
    "LookBackWindow: const summable, *Dimension: column notdynamic) -> table",
    columns=lambda call: timeline_columns(call, ("count_sessions", Type.LONG)),
    page="session-count-plugin",
)
def session_count(call: PluginCall, rows: Batch) -> Batch:
    """For each bin: the sessions that begin in it, which are rows whose id was not seen in the lookback window before them, be it before the start.

    >>> range t from 0 to 9 step 1 | where t in (1, 2, 5, 9) | extend id = 1 | evaluate session_count(id, t, 0, 9, 10, 3)
    2
    """
    timeline, dimensions = call.column("TimelineColumn"), call.columns("Dimension")
    start, end, width, window = (call.constant(name) for name in ("Start", "End", "Bin", "LookBackWindow"))
    if None in (start, end, width, window) or width <= 0:
        raise messages.positive_step(call.name, "Bin", call.span)
    rows = _known(rows, timeline.name, call.column("IdColumn").name)
    times, _ = numbers(rows.columns[timeline.name])
    who = group([rows.columns[c.name] for c in (call.column("IdColumn"), *dimensions)], rows.rows)
    order = np.lexsort((times, who.ids))
    sorted_times, sorted_ids = times[order], who.ids[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (sorted_ids[1:] != sorted_ids[:-1]) | (sorted_times[1:] - sorted_times[:-1] > window)
    chosen = order[begins & (sorted_times >= start) & (sorted_times <= end)]
    steps = steps_of(times[chosen], 0, width)
    begun = rows.take(chosen)
    cells = group([pa.array(steps), *(begun.columns[c.name] for c in dimensions)], begun.rows)
    shown = np.argsort(steps[cells.first], kind="stable")
    first = cells.first[shown]
    columns = {timeline.name: pa.array(steps[first] * width).cast(arrow_type(timeline.type), safe=False)}
    columns.update({c.name: begun.columns[c.name].take(pa.array(first)) for c in dimensions})
    return Batch({**columns, "count_sessions": pa.array(cells.sizes[shown])}, len(first))


def _known(rows: Batch, *names: str) -> Batch:
    """The rows that have a value in all these columns."""
    for name in names:
        valid = valid_rows(rows.columns[name])
        rows = rows if valid is None else rows.filter(pa.array(valid))
    return rows
