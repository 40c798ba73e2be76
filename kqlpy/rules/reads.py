"""What a bound query reads: tables without data, and how far back in time it looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kqlpy.operators.scan import Missing, Scan
from kqlpy.operators.where import Where
from kqlpy.plan.expressions import Apply, ColumnRef, Constant, Expression, walk
from kqlpy.plan.nodes import Plan, SharedScan
from kqlpy.plan.optimizer import subqueries
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.api import Prepared
    from kqlpy.sources.table import Table

__all__ = ["TIMES", "look_back", "missing_tables", "tables_read"]

_HOUR = 36_000_000_000
_DAY = 24 * _HOUR
#: The columns that hold the time of an event: of Log Analytics, and of Defender.
TIMES = ("TimeGenerated", "Timestamp")


def missing_tables(prepared: Prepared) -> list[str]:
    """The tables that the query cannot do without and that have no data here, in the order of their first reading."""
    return list(dict.fromkeys(node.name for node in _nodes(prepared) if isinstance(node, Missing) and not node.lenient))


def tables_read(prepared: Prepared) -> list[Table]:
    """The tables with data that the query reads, each once, lets and sub-queries included."""
    return list({id(node.table): node.table for node in _nodes(prepared) if isinstance(node, Scan)}.values())


def look_back(prepared: Prepared) -> dt.timedelta | None:
    """The furthest that a filter of the query on the time of events reaches back from its clock; None when there is no such filter.

    A bound at the start of a day or an hour, as `startofday(ago(14d))`, counts as the whole days or hours that are meant.
    """
    lowest = min((ticks for node in _nodes(prepared) if isinstance(node, Where) for ticks in _bounds(node.predicate)), default=None)
    if lowest is None or lowest <= 0 or lowest > prepared.now:
        return None
    seen = prepared.now - lowest
    rounding = next((unit for unit in (_DAY, _HOUR) if lowest % unit == 0 and seen > unit), 1)
    return dt.timedelta(microseconds=seen // rounding * rounding // 10)


def _bounds(predicate: Expression) -> Iterator[int]:
    """The constants that a time must be at least."""
    for part in walk(predicate):
        match part:
            case Apply(function=">" | ">=" | "between", args=(ColumnRef(name=name), Constant(type=Type.DATETIME, value=int(low)), *_)) if name in TIMES:
                yield low
            case Apply(function="<" | "<=", args=(Constant(type=Type.DATETIME, value=int(low)), ColumnRef(name=name))) if name in TIMES:
                yield low


def _nodes(prepared: Prepared) -> Iterator[Plan]:
    """Every node of the query once, lets and sub-queries included."""
    seen: set[int] = set()
    stack = [result.plan for result in prepared.bound.results]
    while stack:
        plan = stack.pop()
        if id(plan) in seen:
            continue
        seen.add(id(plan))
        yield plan
        inner = (plan.shared.plan,) if isinstance(plan, SharedScan) else ()
        stack.extend(reversed((*inner, *plan.inputs(), *subqueries(plan))))
