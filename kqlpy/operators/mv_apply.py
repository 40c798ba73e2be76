"""mv-apply: expands arrays as mv-expand does and runs a sub-pipeline over the elements of each row.

The sub-pipeline sees the elements, their index, and the other columns of the row as constants. The output is the input's columns, but for those that
were expanded under their own name, and the sub-pipeline's columns; one that has the name of an input column takes its place. A row whose arrays are
empty has no elements and gives nothing, as with mv-expand.

https://learn.microsoft.com/kusto/query/mv-apply-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kqlpy.engine.batch import Batch, concat_batches
from kqlpy.operators import lower, operator
from kqlpy.operators.fork import one_result
from kqlpy.operators.grouped import (
    GroupStep,
    compile_groups,
    constant_in_group,
    group_rows,
    grouped,
    hidden,
    ids_of,
    reached,
    run_each,
    with_column,
)
from kqlpy.operators.mv_expand import Item, MvExpand, bind_expand, expand
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import ColumnRef, columns_of
from kqlpy.plan.nodes import Plan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["MvApply"]

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class MvApply(Plan):
    """`outer` and `inner` pair each output column with the column of the input or of the sub-pipeline `query`; `key` is the leaf of `query`."""

    input: Plan
    items: tuple[Item, ...]
    limit: int | None
    index: str | None
    key: int
    query: Plan
    outer: Pairs
    inner: Pairs

    def inputs(self) -> tuple[Plan, ...]:
        """The rows, and the sub-pipeline over its leaf."""
        return (self.input, self.query)

    def with_inputs(self, inputs: tuple[Plan, ...]) -> Plan:
        """The same expansion of other rows."""
        return replace(self, input=inputs[0], query=inputs[1])

    def leaf_columns(self, wanted: frozenset[str]) -> frozenset[str]:
        """The columns that the leaf must have so that the sub-pipeline can give the wanted ones of its own."""
        return reached(self.query, wanted, self.key)

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """Wanted columns of the input and those that arrays and sub-pipeline read; the wanted columns of the sub-pipeline."""
        inner = frozenset(own for out, own in self.inner if out in wanted)
        outer = frozenset(own for out, own in self.outer if out in wanted)
        expanded = {i.name for i in self.items} | {self.index}
        return outer | columns_of(*(i.expr for i in self.items)) | (self.leaf_columns(inner) - expanded), inner

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns of both."""
        outer = tuple(p for p in self.outer if p[0] in wanted)
        inner = tuple(p for p in self.inner if p[0] in wanted)
        return replace(self, outer=outer, inner=inner, schema=self.schema.only(wanted))

    def details(self) -> str:
        """The arrays."""
        return ", ".join(f"{i.name} = {show(i.expr)} to {i.type}" for i in self.items)


# ---------------------------------------------------------------- binding


@operator(ast.MvApply)
def bind(node: ast.MvApply, plan: Plan, binder: Binder) -> Plan:
    """The sub-pipeline is bound over the expanded rows, which are in the order of their arrays."""
    expanded = bind_expand(binder, node.items, plan, node.params, node.limit, None, node)
    leaf = group_rows(binder, expanded.schema, ordered=True)
    one_result(binder, node.subquery.operators, "mv-apply")
    query = binder.pipeline(node.subquery.operators, leaf)
    applied = {e.expr.name for e, w in zip(expanded.items, node.items, strict=True) if isinstance(w.value, ast.Name) and isinstance(e.expr, ColumnRef)}
    columns = {c.name: c for c in plan.schema if c.name not in applied}
    produced = {i.name for i in expanded.items} | {expanded.index}
    inner: dict[str, str] = {}
    for column in query.schema:
        passed = column.name in columns and column.name not in produced and constant_in_group(query, column.name, leaf.key)
        if not passed:
            columns[column.name] = Column(column.name, column.type)
            inner[column.name] = column.name
    schema = Schema(tuple(columns.values()), plan.schema.open or query.schema.open)
    return MvApply(
        input=plan, items=expanded.items, limit=expanded.limit, index=expanded.index, key=leaf.key, query=query, schema=schema, span=node.span,
        outer=tuple((n, n) for n in columns if n not in inner), inner=tuple(inner.items()),
    )  # fmt: skip


# ---------------------------------------------------------------- running


@lower(MvApply)
def run(plan: MvApply, executor: Executor) -> Iterator[Batch]:
    """The rows of a batch are expanded together; many groups go through the sub-pipeline at once where it allows that."""
    apply = _Apply(plan, executor)
    if apply.step is None:
        for batch in executor.run(plan.input):
            yield from apply.run(batch)
        return
    for results in executor.stream(plan.input, lambda batch: list(apply.run(batch))):
        executor.budget.check_time()
        yield from results


class _Apply:
    """The work of one mv-apply on a batch."""

    def __init__(self, plan: MvApply, executor: Executor) -> None:
        self.plan = plan
        self.executor = executor
        executor.prepare([i.expr for i in plan.items])
        self.step = compile_groups(plan.query, plan.key, executor)
        self.names = plan.leaf_columns(frozenset(plan.query.schema.names))
        # Arrays are put under the names of their elements, so that expanding does not repeat a whole array for each of its elements.
        items = tuple(replace(i, expr=ColumnRef(name=i.name, type=i.expr.type)) for i in plan.items)
        self.expansion = MvExpand(input=plan.input, items=items, limit=plan.limit, index=plan.index, schema=Schema())

    def run(self, batch: Batch) -> Iterator[Batch]:
        """The results for the rows of a batch, in batches of bounded size."""
        frame = self.executor.evaluator.frame(batch)
        arrays = {i.name: frame.column(i.expr) for i in self.plan.items}
        others = {n: c for n, c in batch.columns.items() if n in self.names}
        for elements, rows in expand(self.expansion, self.executor, Batch({**others, **arrays}, batch.rows)):
            begins = np.concatenate([[True], rows[1:] != rows[:-1]])
            yield self._results(batch, elements, rows[begins], np.cumsum(begins) - 1)

    def _results(self, batch: Batch, elements: Batch, origin: np.ndarray, ids: np.ndarray) -> Batch:
        """The sub-pipeline's rows beside the columns of the rows that they come from."""
        name = hidden(self.plan.key)
        elements = elements.with_columns({name: pa.array(ids)})
        if self.step is not None:
            result = self.step(elements, len(origin))
        else:
            result = run_each(self.plan.query, self.plan.key, self.executor, elements, len(origin))
        at = pa.array(origin[ids_of(result, name)])
        columns = {out: batch.columns[own].take(at) for out, own in self.plan.outer}
        columns.update({out: result.columns[own] for out, own in self.plan.inner})
        return Batch({n: columns[n] for n in self.plan.schema.names}, result.rows)


@grouped(MvApply)
def _nested(plan: MvApply, name: str, executor: Executor) -> GroupStep | None:
    """Inside another sub-pipeline: the group of the outer one is a column like others."""
    schema = with_column(plan.schema, name)
    apply = _Apply(replace(plan, outer=(*plan.outer, (name, name)), schema=schema), executor)
    if apply.step is None:
        return None
    return lambda batch, count: concat_batches(list(apply.run(batch)), schema)
