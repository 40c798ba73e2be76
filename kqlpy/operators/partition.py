"""partition: a sub-pipeline for the rows of each value of a column, the results one after the other.

In the form `{ query }` the sub-query brings its own tables and sees nothing of the input but the value of the column. Hints say how Kusto should run it and
change nothing here; nor is there a limit to the number of values.

https://learn.microsoft.com/kusto/query/partition-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.absent import with_keys
from kqlpy.binding.scope import LetScalar, Scope
from kqlpy.engine.batch import Batch
from kqlpy.engine.groups import group
from kqlpy.operators import lower, operator
from kqlpy.operators.fork import one_result
from kqlpy.operators.grouped import compile_groups, group_rows, hidden, reached, run_each
from kqlpy.operators.project import select_plan
from kqlpy.plan.expressions import ColumnRef, ScalarQuery
from kqlpy.plan.nodes import Plan
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Partition"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Partition(Plan):
    """The results of `query`, a plan over the leaf `key`, for the rows of each value of the column `by`."""

    input: Plan
    by: str
    key: int
    query: Plan

    def inputs(self) -> tuple[Plan, ...]:
        """The rows, and the sub-pipeline over its leaf."""
        return (self.input, self.query)

    def with_inputs(self, inputs: tuple[Plan, ...]) -> Plan:
        """The same partition of other rows."""
        return replace(self, input=inputs[0], query=inputs[1])

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """What the sub-pipeline reads, and the column with the values."""
        return reached(self.query, wanted, self.key) | {self.by}, wanted

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns of the sub-pipeline."""
        return self.narrowed(wanted)

    def details(self) -> str:
        """The column."""
        return self.by


@operator(ast.Partition)
def bind(node: ast.Partition, plan: Plan, binder: Binder) -> Plan:
    """The column's value also has its name where tables inside the sub-query are bound."""
    plan = with_keys(binder, plan, (node.by,))
    by = binder.expression(node.by, binder.context(plan, windows=False))
    if not isinstance(by, ColumnRef):
        if by.type is not Type.UNKNOWN:
            binder.report(messages.not_a_column(node.by.span))
        return plan
    if by.type is Type.DYNAMIC:
        binder.report(messages.type_expected("a scalar to partition by", by.type, node.by.span, f"convert it before: extend {by.name} = tostring({by.name})"))
    leaf = group_rows(binder, plan.schema, ordered=plan.serialized)
    value = ScalarQuery(plan=select_plan(leaf, [by.name]), type=by.type, span=node.by.span)
    one_result(binder, node.subquery.operators, "partition")
    outer, binder.scope = binder.scope, Scope(binder.scope, columns_first=binder.scope.columns_first)
    if node.braces or outer.columns_first:
        binder.scope.names[by.name] = LetScalar(value)
    try:
        query = binder.bind_table(node.subquery) if node.braces else binder.pipeline(node.subquery.operators, leaf)
    finally:
        binder.scope = outer
    return Partition(input=plan, by=by.name, key=leaf.key, query=query, schema=query.schema, span=node.span)


@lower(Partition)
def run(plan: Partition, executor: Executor) -> Iterator[Batch]:
    """All rows are gathered by value; all values go through the sub-pipeline at once where it allows that."""
    step = compile_groups(plan.query, plan.key, executor)
    whole = executor.table(plan.input, "partition")
    groups = group([whole.columns[plan.by]], whole.rows)
    rows = whole.take(pa.array(groups.order)).with_columns({hidden(plan.key): pa.array(groups.ids[groups.order])})
    if step is not None:
        result = step(rows, groups.count)
    else:
        result = run_each(plan.query, plan.key, executor, rows, groups.count)
    yield from executor.split(result.select(plan.schema.names))
