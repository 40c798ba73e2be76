"""sequence_detect: where conditions come true one after the other, each within a time of the one before.

The reference's example shows every pair of a first and a second event, also several for one event, and no pair twice. Whether events at the same
time follow each other it does not show: where that matters, the call is refused.

https://learn.microsoft.com/kusto/query/sequence-detect-plugin
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.naming import free_name
from kqlpy.engine.batch import Batch
from kqlpy.engine.groups import Groups, group, one_group
from kqlpy.functions.aggregates.inputs import numbers, truth, valid_rows
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.plugins.timeline import Ints
from kqlpy.functions.registry import plugin
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

__all__: list[str] = []


def _columns(call: PluginCall) -> Schema:
    """The dimensions, the time of each step, and how long it all took."""
    time = call.column("TimelineColumn")
    used = {c.name for c in call.columns("Dimension")}
    steps = []
    for label in call.labels:
        steps.append(Column(free_name(f"{label}_{time.name}", used), time.type))
        used.add(steps[-1].name)
    return Schema((*call.columns("Dimension"), *steps, Column("Duration", Type.TIMESPAN)))


@dataclass(frozen=True)
class _Events:
    """The distinct times of a step: group of dimensions and time, sorted by both."""

    dims: Ints
    times: Ints

    def span(self, dims: Ints, low: Ints, high: Ints) -> tuple[Ints, Ints]:
        """For each (group, low, high) the positions from and up to which events of that group lie between low and high, both included."""
        moments = np.unique(self.times)
        size = len(moments) + 1
        keys = self.dims * size + np.searchsorted(moments, self.times)
        from_ = np.searchsorted(keys, dims * size + np.searchsorted(moments, low))
        to = np.searchsorted(keys, dims * size + np.searchsorted(moments, high, side="right"))
        return from_, to


@plugin(
    "(TimelineColumn: column summable, MaxSequenceStepWindow: const summable, MaxSequenceSpan: const summable, +Expr: bool, "
    "*Dimension: column notdynamic) -> table",
    columns=_columns,
    labels="Expr",
    page="sequence-detect-plugin",
)
def sequence_detect(call: PluginCall, rows: Batch) -> Batch:
    """Every sequence of rows that meet the conditions in their order: no step later than the first window, the last not later than the second.

    >>> datatable(t:datetime, s:string)["2024-05-01", "a", "2024-05-02", "b"] | evaluate sequence_detect(t, 2d, 5d, a = s == "a", b = s == "b")
    1.00:00:00
    """
    step, span = call.constant("MaxSequenceStepWindow"), call.constant("MaxSequenceSpan")
    if not rows.rows or step is None or span is None:
        return Batch.empty(call.result)
    if call.column("TimelineColumn").type is not Type.DATETIME:
        raise messages.unsupported(f"`{call.name}` over a timeline that is no datetime", call.span)
    keys = [rows.columns[c.name] for c in call.columns("Dimension")]
    dims = group(keys, rows.rows) if keys else one_group(rows.rows)
    first, *others = (_events(call, rows, dims, number) for number in range(len(call.arguments["Expr"])))
    chains = [first.times]
    groups = first.dims
    for events in others:
        low, high = chains[-1], np.minimum(chains[-1] + step, chains[0] + span)
        from_, to = events.span(groups, low, high)
        counts = np.maximum(to - from_, 0)
        call.budget.check_rows(call.name, int(counts.sum()))
        at = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(from_, counts)
        groups = np.repeat(groups, counts)
        chains = [*(np.repeat(times, counts) for times in chains), events.times[at]]
    if any((later == earlier).any() for earlier, later in pairwise(chains)):
        raise messages.unsupported(f"`{call.name}` over steps at the same time", call.span, "the reference does not say whether such steps follow each other")
    return _result(call, rows, dims, groups, chains)


def _events(call: PluginCall, rows: Batch, dims: Groups, number: int) -> _Events:
    """Where and when a condition is true."""
    assert call.evaluate is not None
    column = rows.columns[call.column("TimelineColumn").name]
    hits, timed = truth(call.evaluate(rows, call.arguments["Expr"][number])), valid_rows(column)
    hits = hits if timed is None else hits & timed
    pairs = np.unique(np.stack([dims.ids[hits], numbers(column)[0][hits]]), axis=1)
    return _Events(pairs[0], pairs[1])


def _result(call: PluginCall, rows: Batch, dims: Groups, groups: Ints, chains: list[Ints]) -> Batch:
    """The sequences in the order of their times."""
    order = np.lexsort(chains[::-1])
    at = pa.array(dims.first[groups[order]])
    columns = {c.name: rows.columns[c.name].take(at) for c in call.columns("Dimension")}
    steps = call.result.names[len(columns) : -1]
    columns.update({name: pa.array(times[order]) for name, times in zip(steps, chains, strict=True)})
    columns[call.result.names[-1]] = pa.array((chains[-1] - chains[0])[order])
    return Batch(columns, len(order))
