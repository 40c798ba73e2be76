"""What a filter on computed values says about the columns of a table, once the lists it compares with are known.

`extend h = bin(TimeGenerated, 1h) | where h in (AnomalyHours)` needs only rows whose TimeGenerated lies in one of those hours, so a
scan may skip the parts of a file that lie outside. Hints never decide: every row is filtered again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.operators.extend import Extend
from kqlpy.operators.project import Project
from kqlpy.operators.where import Where
from kqlpy.plan.expressions import Apply, ColumnRef, Constant, Expression, ListQuery, Membership
from kqlpy.plan.nodes import Plan
from kqlpy.sources.table import Predicate
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.engine.executor import Executor

__all__ = ["runtime_hints"]

_RANGED = frozenset({Type.DATETIME, Type.TIMESPAN, Type.INT, Type.LONG})


def runtime_hints(chain: list[Plan], executor: Executor) -> list[Predicate]:
    """Hints for the scan under a chain of row-wise nodes (lowest first)."""
    known: dict[str, tuple[str, int]] | None = None
    hints: list[Predicate] = []
    for node in chain:
        match node:
            case Where(predicate=predicate):
                hints.extend(_hints(predicate, known, executor))
            case Extend(items=items):
                known = _renamed(items, known, keep=True)
            case Project(items=items):
                known = _renamed(items, known, keep=False)
            case _:
                break
    return hints


def _source(name: str, known: dict[str, tuple[str, int]] | None) -> tuple[str, int] | None:
    """(scan column, width of the bins it was put into) behind a column; None when it is something else."""
    return (name, 1) if known is None else known.get(name, None if "" in known else (name, 1))


def _renamed(items: tuple[tuple[str, Expression], ...], known: dict[str, tuple[str, int]] | None, *, keep: bool) -> dict[str, tuple[str, int]]:
    """What the columns are after an extend or project. The key "" says that other columns are not the scan's any more."""
    found: dict[str, tuple[str, int]] = dict(known or {}) if keep else {"": ("", 0)}
    for name, expr in items:
        source = _monotone(expr, known)
        if source is not None:
            found[name] = source
        else:
            found[name] = ("", 0)
    return found


def _monotone(expr: Expression, known: dict[str, tuple[str, int]] | None) -> tuple[str, int] | None:
    match expr:
        case ColumnRef(name=name):
            return _source(name, known)
        case Apply(function="bin" | "floor", args=(ColumnRef(name=name, type=type_), Constant(value=int(step)))) if type_ in _RANGED and step > 0:
            source = _source(name, known)
            return (source[0], step) if source is not None and source[1] == 1 else None
        case _:
            return None


def _hints(expr: Expression, known: dict[str, tuple[str, int]] | None, executor: Executor) -> Iterator[Predicate]:
    match expr:
        case Apply(function="and", args=args):
            for arg in args:
                yield from _hints(arg, known, executor)
        case Membership(op="in", left=left, items=(ListQuery(type=type_) as item,)) if left.type is type_ and type_ in _RANGED:
            source = _monotone(left, known)
            if source is not None and source[0]:
                yield from _span(source, item, executor)


def _span(source: tuple[str, int], item: ListQuery, executor: Executor) -> Iterator[Predicate]:
    batch = executor.query(item.plan)
    column: pa.Array = batch.columns[item.plan.schema.names[0]]
    found: Any = pc.min_max(column)
    low, high = found["min"].as_py(), found["max"].as_py()
    if low is None:
        low, high = 1, 0
    yield Predicate(source[0], ">=", low)
    yield Predicate(source[0], "<=", high + source[1] - 1)
