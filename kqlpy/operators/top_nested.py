"""top-nested: the values with the greatest aggregate, and within each of them the next level's, and so on.

`with others` adds rows for the rows that did not make it: at the level where they fell out and at all levels below it, those levels that say `with others` show
their text and the aggregate over these rows, the other levels show null.

https://learn.microsoft.com/kusto/query/top-nested-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.naming import Names, free_name, result_name
from kqlpy.binding.scalars import convert_to
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch
from kqlpy.engine.evaluate import broadcast
from kqlpy.engine.groups import group, stable_order
from kqlpy.operators import lower, operator
from kqlpy.operators.print import Values
from kqlpy.operators.sort import Key, sort_indices
from kqlpy.operators.summarize import bind_aggregates, summarize_plan
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import ColumnRef, Expression, columns_of
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Level", "TopNested", "leading"]

Ints = npt.NDArray[np.int64]
_ID = "\x00node"


@dataclass(frozen=True, slots=True)
class Level:
    """A level: how many values to keep (None: all), the expression that gives them, the text for others, the aggregate, and its order."""

    count: Expression | None
    name: str
    of: Expression
    others: Expression | None
    by_name: str
    by: Expression
    descending: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class TopNested(UnaryPlan):
    """Two columns for each level: the value and its aggregate."""

    levels: tuple[Level, ...]
    makes_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """What all levels read."""
        return (frozenset(columns_of(*(e for level in self.levels for e in (level.of, level.by)))),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns."""
        return self.narrowed(wanted)

    def details(self) -> str:
        """The levels."""
        return ", ".join(f"{show(level.of)} by {show(level.by)}" for level in self.levels)


# ---------------------------------------------------------------- binding


@operator(ast.TopNested)
def bind(node: ast.TopNested, plan: Plan, binder: Binder) -> Plan:
    """An aggregate without a name is called `aggregated_` and the name of its level."""
    taken: set[str] = set()
    levels = [_level(binder, clause, plan, taken) for clause in node.clauses]
    columns = [c for level in levels for c in (Column(level.name, level.of.type), Column(level.by_name, level.by.type))]
    return TopNested(input=plan, levels=tuple(levels), schema=Schema(tuple(columns)), span=node.span)


def _level(binder: Binder, clause: ast.TopNestedClause, plan: Plan, taken: set[str]) -> Level:
    count = binder.constant(clause.count, frozenset({Type.LONG, Type.INT})) if clause.count is not None else None
    value = clause.of.value if isinstance(clause.of, ast.Assign) else clause.of
    of = binder.expression(value, binder.context(plan, windows=False))
    name = _free(clause.of.names[0] if isinstance(clause.of, ast.Assign) else result_name(value), taken)
    others = convert_to(binder, binder.constant(clause.others), of.type) if clause.others is not None else None
    items = bind_aggregates(binder, (clause.by,), plan, Names(), [])
    by_name = _free(clause.by.names[0] if isinstance(clause.by, ast.Assign) else f"aggregated_{name}", taken)
    if len(items) != 1:
        binder.report(messages.unsupported("top-nested by an aggregate with several columns", clause.by.span))
    elif items[0][1].type is Type.DYNAMIC:
        binder.report(messages.type_expected("a value that can be ordered", Type.DYNAMIC, clause.by.span))
    return Level(count, name, of, others, by_name, items[0][1], clause.descending is not False)


def _free(name: str, taken: set[str]) -> str:
    name = free_name(name or "Column1", taken)
    taken.add(name)
    return name


# ---------------------------------------------------------------- running


@dataclass(frozen=True)
class _Nodes:
    """The kept values of one level: for each its parent (a node of the level above), value and aggregate."""

    parents: Ints
    values: pa.Array
    aggregates: pa.Array


@lower(TopNested)
def run(plan: TopNested, executor: Executor) -> Iterator[Batch]:
    """Level by level; a row belongs to one node of each level until it falls out."""
    whole = executor.table(plan.input, "top-nested")
    if not whole.rows:
        return
    work = _Nesting(plan, executor, whole)
    nodes: list[_Nodes] = []
    rest: list[Batch] = []
    at = np.zeros(whole.rows, np.int64)
    for depth, level in enumerate(plan.levels):
        kept, within = work.level(level, at)
        if any(below.others is not None for below in plan.levels[depth:]):
            rest.insert(0, work.others(depth, np.where((at >= 0) & (within < 0), at, -1), nodes))
        nodes.append(kept)
        at = within
    yield work.leaves(nodes).select(plan.schema.names)
    for batch in rest:
        if batch.rows:
            yield batch.select(plan.schema.names)


class _Nesting:
    """The rows of one top-nested. A row's node is its number in a level, -1 when it has fallen out."""

    def __init__(self, plan: TopNested, executor: Executor, whole: Batch) -> None:
        executor.prepare([e for level in plan.levels for e in (level.of, level.by)])
        self.plan = plan
        self.executor = executor
        self.whole = whole
        self.frame = executor.evaluator.frame(whole)

    def level(self, level: Level, parents: Ints) -> tuple[_Nodes, Ints]:
        """The kept values under each parent, and the node of each row among them."""
        rows = np.flatnonzero(parents >= 0)
        values = self.frame.column(level.of).take(pa.array(rows))
        groups = group([pa.array(parents[rows]), values], len(rows))
        parent_of = parents[rows][groups.first]
        ids = np.full(self.whole.rows, -1, np.int64)
        ids[rows] = groups.ids
        aggregates = self._aggregate(level, ids, groups.count)
        order = leading(aggregates, level.descending)
        order = order[stable_order(parent_of[order], int(parent_of.max(initial=0)) + 1)]
        limit = self.executor.constant(level.count)
        if limit is not None:
            sorted_parents = parent_of[order]
            begins = np.searchsorted(sorted_parents, sorted_parents)
            order = order[np.arange(len(order)) - begins < limit]
        number = np.full(groups.count + 1, -1, np.int64)
        number[order] = np.arange(len(order))
        at = pa.array(order)
        first = values.take(pa.array(groups.first))
        return _Nodes(parent_of[order], first.take(at), aggregates.take(at)), number[ids]

    def _aggregate(self, level: Level, ids: Ints, count: int) -> pa.Array:
        """The aggregate of each node 0 .. count - 1 over its rows."""
        rows = np.flatnonzero(ids >= 0)
        batch = self.whole.take(pa.array(rows)).with_columns({_ID: pa.array(ids[rows])})
        source = Values(batch=batch, schema=Schema((*self.plan.input.schema.columns, Column(_ID, Type.LONG))))
        key = (_ID, ColumnRef(name=_ID, type=Type.LONG))
        result = self.executor.table(summarize_plan(source, [key], [("by", level.by)]))
        place = np.empty(count, np.int64)
        place[result.columns[_ID].to_numpy(zero_copy_only=False)] = np.arange(result.rows)
        return result.columns["by"].take(pa.array(place))

    def leaves(self, nodes: list[_Nodes]) -> Batch:
        """A row for each node of the last level, with the nodes above it."""
        count = len(nodes[-1].parents)
        return self._rows(nodes, np.arange(count), count)

    def _rows(self, nodes: list[_Nodes], at: Ints, count: int) -> Batch:
        """The columns of nodes of the deepest given level and of the nodes above them."""
        columns: dict[str, pa.Array] = {}
        for level, kept in reversed(list(zip(self.plan.levels, nodes, strict=False))):
            taken = pa.array(at)
            columns[level.name] = kept.values.take(taken)
            columns[level.by_name] = kept.aggregates.take(taken)
            at = kept.parents[at]
        return Batch(columns, count)

    def others(self, depth: int, fallen: Ints, nodes: list[_Nodes]) -> Batch:
        """A row for each parent from which rows fell out at this level."""
        parents, ids = np.unique(fallen[fallen >= 0], return_inverse=True)
        rows = np.full(len(fallen), -1, np.int64)
        rows[fallen >= 0] = ids
        columns = dict(self._rows(nodes, parents, len(parents)).columns)
        for level in self.plan.levels[depth:]:
            if level.others is None or not len(parents):
                columns[level.name] = storage.nulls(len(parents), level.of.type)
                columns[level.by_name] = storage.nulls(len(parents), level.by.type)
            else:
                value = storage.scalar(self.executor.constant(level.others), level.of.type)
                columns[level.name] = broadcast(value, len(parents), level.of.type)
                columns[level.by_name] = self._aggregate(level, rows, len(parents))
        return Batch(columns, len(parents))


def leading(values: pa.Array, descending: bool) -> Ints:
    """Positions by value; of equal ones the later first, which is the engine's choice where it is known (recorded answers: top-nested-operator, top-hitters)."""
    backwards = np.arange(len(values))[::-1]
    key = Key(ColumnRef(name="", type=Type.UNKNOWN), descending, not descending)
    order: Ints = backwards[sort_indices([(values.take(pa.array(backwards)), key)]).to_numpy(zero_copy_only=False).astype(np.int64)]
    return order
