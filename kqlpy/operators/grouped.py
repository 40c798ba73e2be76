"""A sub-pipeline run separately for each group of rows: what mv-apply and partition share.

The sub-pipeline is bound over a `GroupRows` leaf that stands for the rows of the group at hand. Running it group by group would be slow, so
`compile_groups` makes one function of it that works on the rows of many groups at once: they carry a hidden column with the number of their group,
rows of a group stand together, and groups in ascending order. An operator's room says with `@grouped(Node)` how its node keeps groups apart;
a sub-pipeline with any other node is run once for each group by `run_each`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kqlpy.engine.batch import Batch
from kqlpy.operators import ROWWISE, lower
from kqlpy.operators.print import Values
from kqlpy.plan.expressions import ColumnRef, Expression, ListQuery, ScalarQuery
from kqlpy.plan.nodes import Plan, Shared, SharedScan
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["GroupRows", "GroupStep", "compile_groups", "group_rows", "grouped", "hidden", "keep_first", "reached", "run_each", "spread", "with_column"]

Ints = npt.NDArray[np.int64]
#: the rows of groups 0 .. count - 1, and the count -> the rows that the groups' sub-pipelines give
GroupStep = Callable[[Batch, int], Batch]
_F = TypeVar("_F", bound="Callable[..., GroupStep | None]")
_FORMS: dict[type, Callable[..., GroupStep | None]] = {}


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupRows(Plan):
    """The rows of the group at hand; `key` tells the leaves of nested sub-pipelines apart."""

    key: int
    ordered: bool = False

    @property
    def serialized(self) -> bool:
        """As the rows that are grouped."""
        return self.ordered

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns."""
        return self.narrowed(wanted)


def group_rows(binder: Binder, schema: Schema, *, ordered: bool) -> GroupRows:
    """A new leaf."""
    key = binder.memo["groups"] = binder.memo.get("groups", 0) + 1
    return GroupRows(schema=schema, key=key, ordered=ordered)


@lower(GroupRows)
def run_leaf(plan: GroupRows, executor: Executor) -> Iterator[Batch]:
    """A leaf has no rows of its own; it is asked for them only where a constant is wanted before any group is known."""
    from kqlpy.binding import messages

    raise messages.unsupported("a value of the group at hand where a constant is needed", plan.span)


def grouped(node: type) -> Callable[[_F], _F]:
    """Register how a node works on many groups at once, over its (first) input.

    `form(plan, name of the group column, executor) -> GroupStep`, or None where this node must be run group by group.
    """

    def keep(form: _F) -> _F:
        _FORMS[node] = form
        return form

    return keep


def hidden(key: int) -> str:
    """The name of the column that holds the group of each row."""
    return f"\x00group{key}"


def with_column(schema: Schema, name: str) -> Schema:
    """The schema with the group column behind its own."""
    return Schema((*schema.columns, Column(name, Type.LONG)), schema.open)


# ---------------------------------------------------------------- many groups at once


def compile_groups(query: Plan, key: int, executor: Executor) -> GroupStep | None:
    """The sub-pipeline as one function over the rows of many groups; None when one of its nodes cannot keep groups apart."""
    nodes: list[Plan] = []
    node = query
    while not (isinstance(node, GroupRows) and node.key == key):
        if type(node) not in _FORMS or any(reads(q, key) for q in (*_subqueries(node), *node.inputs()[1:])):
            return None
        nodes.append(node)
        node = node.inputs()[0]
    name = hidden(key)
    steps: list[GroupStep] = []
    for plan in reversed(nodes):
        step = _FORMS[type(plan)](plan, name, executor)
        if step is None:
            return None
        steps.append(step)
    columns = [*node.schema.names, name]

    def work(batch: Batch, count: int) -> Batch:
        batch = batch.select(columns)
        for step in steps:
            batch = step(batch, count)
        return batch

    return work


def carried(plan: Plan, executor: Executor) -> GroupStep:
    """The step of a row-wise node that has been told of the group column."""
    work = ROWWISE[type(plan)](plan, executor)
    return lambda batch, count: work(batch)


def ids_of(batch: Batch, name: str) -> Ints:
    """The group of each row."""
    ids: Ints = batch.columns[name].to_numpy(zero_copy_only=False)
    return ids


def keep_first(batch: Batch, name: str, limit: int | None) -> Batch:
    """The first rows of each group."""
    if limit is None or not batch.rows:
        return batch
    return batch.filter(pa.array(places(ids_of(batch, name)) < limit))


def places(ids: Ints) -> Ints:
    """The position of each row in its group, from 0."""
    rows = np.arange(len(ids))
    begins = np.concatenate([[True], ids[1:] != ids[:-1]])[: len(ids)]
    return rows - np.maximum.accumulate(np.where(begins, rows, 0))


def spread(results: Batch, empty: Batch, name: str, count: int) -> Batch:
    """One row for every group: its result, or for a group without rows the result `empty`."""
    from kqlpy.engine.batch import concat_arrays

    found = np.full(count, results.rows)
    found[ids_of(results, name)] = np.arange(results.rows)
    if results.rows == count:
        return results if (found == np.arange(count)).all() else results.take(found)
    at = pa.array(found)
    columns = {n: concat_arrays([c, empty.columns[n]], Type.DYNAMIC if _is_json(c) else Type.STRING).take(at) for n, c in results.columns.items() if n != name}
    return Batch({**columns, name: pa.array(np.arange(count))}, count)


def _is_json(column: pa.Array) -> bool:
    return bool(pa.types.is_list(column.type))


# ---------------------------------------------------------------- what a sub-pipeline reads


def _subqueries(plan: Plan) -> Iterator[Plan]:
    from kqlpy.plan.optimizer import subqueries

    return subqueries(plan)


def _children(plan: Plan) -> Iterator[Plan]:
    """Inputs, shared plans, sub-queries of expressions."""
    if isinstance(plan, SharedScan):
        yield plan.shared.plan
    yield from plan.inputs()
    yield from _subqueries(plan)


def reads(plan: Plan, key: int) -> bool:
    """True when the rows of the group can influence the plan."""
    return (isinstance(plan, GroupRows) and plan.key == key) or any(reads(child, key) for child in _children(plan))


def _has_leaf(plan: Plan) -> bool:
    return isinstance(plan, GroupRows) or any(_has_leaf(child) for child in _children(plan))


def reached(plan: Plan, wanted: frozenset[str], key: int) -> frozenset[str]:
    """The columns of the group's rows that a plan needs so that it can give the wanted ones."""
    if isinstance(plan, GroupRows) and plan.key == key:
        return wanted
    if isinstance(plan, SharedScan):
        return reached(plan.shared.plan, frozenset(plan.shared.plan.schema.names), key)
    found: frozenset[str] = frozenset()
    for child, needed in zip(plan.inputs(), plan.need(wanted), strict=True):
        found |= reached(child, needed, key)
    for query in _subqueries(plan):
        found |= reached(query, frozenset(query.schema.names), key)
    return found


def constant_in_group(plan: Plan, name: str, key: int) -> bool:
    """True when a column is surely the leaf's column of that name, untouched."""
    from kqlpy.operators.extend import Extend, Serialize
    from kqlpy.operators.mv_expand import MvExpand
    from kqlpy.operators.project import Project
    from kqlpy.operators.sort import Sort, Take
    from kqlpy.operators.where import Where

    match plan:
        case GroupRows():
            return plan.key == key and name in plan.schema
        case Where() | Sort() | Take() | Serialize():
            return constant_in_group(plan.input, name, key)
        case Extend(items=items):
            return name not in dict(items) and constant_in_group(plan.input, name, key)
        case MvExpand(items=expanded):
            return name not in {i.name for i in expanded} | {plan.index} and constant_in_group(plan.input, name, key)
        case Project(items=items):
            item = dict(items).get(name)
            return isinstance(item, ColumnRef) and item.name == name and constant_in_group(plan.input, name, key)
        case _:
            return False


# ---------------------------------------------------------------- one group at a time


def run_each(query: Plan, key: int, executor: Executor, batch: Batch, count: int) -> Batch:
    """The results of the sub-pipeline, run once for each group: the way for nodes that cannot keep groups apart."""
    from kqlpy.engine.batch import concat_batches

    name = hidden(key)
    bounds = np.searchsorted(ids_of(batch, name), np.arange(count + 1))
    once = _Once(key, executor)
    parts = []
    for group in range(count):
        executor.budget.check_time()
        rows = batch.slice(int(bounds[group]), int(bounds[group + 1] - bounds[group]))
        result = executor.table(once.over(query, rows)).select(query.schema.names)
        parts.append(result.with_columns({name: pa.array(np.full(result.rows, group, np.int64))}))
    return concat_batches(parts, with_column(query.schema, name))


class _Once:
    """Puts rows in the place of the leaf; what does not depend on them is computed once and kept."""

    def __init__(self, key: int, executor: Executor) -> None:
        self.key = key
        self.executor = executor
        self.kept: dict[int, tuple[Plan, Plan]] = {}
        self.shared: dict[int, Shared] = {}

    def over(self, query: Plan, rows: Batch) -> Plan:
        """The plan of one group."""
        self.shared = {}
        return self._put(query, rows)

    def _put(self, plan: Plan, rows: Batch) -> Plan:
        if isinstance(plan, GroupRows) and plan.key == self.key:
            return Values(batch=rows.select(plan.schema.names), schema=plan.schema)
        if not reads(plan, self.key):
            return self._keep(plan)
        if isinstance(plan, SharedScan):
            return replace(plan, shared=self._share(plan.shared, rows))
        from kqlpy.plan.optimizer import with_subqueries

        inputs = tuple(self._put(i, rows) for i in plan.inputs())
        plan = plan.with_inputs(inputs) if inputs else plan
        if any(reads(q, self.key) for q in _subqueries(plan)):
            plan = with_subqueries(plan, lambda query: self._query(query, rows))
        return plan

    def _keep(self, plan: Plan) -> Plan:
        """Rows that are the same for all groups; plans of constants stay as they are, and so do sub-pipelines over groups of their own."""
        if (not plan.inputs() and not isinstance(plan, SharedScan)) or _has_leaf(plan):
            return plan
        if id(plan) not in self.kept:
            self.kept[id(plan)] = (plan, Values(batch=self.executor.table(plan).select(plan.schema.names), schema=plan.schema))
        return self.kept[id(plan)][1]

    def _share(self, shared: Shared, rows: Batch) -> Shared:
        if id(shared) not in self.shared:
            self.shared[id(shared)] = Shared(self._put(shared.plan, rows), shared.name, shared.materialize)
        return self.shared[id(shared)]

    def _query(self, query: ScalarQuery | ListQuery, rows: Batch) -> Expression:
        """A sub-query of an expression bound to the rows."""
        return replace(query, plan=self._put(self.executor.improved(query.plan), rows)) if reads(query.plan, self.key) else query
