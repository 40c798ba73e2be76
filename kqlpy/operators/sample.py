"""sample and sample-distinct: some rows, or some values of a column, whichever.

https://learn.microsoft.com/kusto/query/sample-operator and https://learn.microsoft.com/kusto/query/sample-distinct-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from kqlpy.binding import messages
from kqlpy.binding.absent import with_keys
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch, concat_arrays, concat_batches
from kqlpy.operators import lower, operator
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import Expression
from kqlpy.plan.nodes import Plan, RowsPlan, UnaryPlan
from kqlpy.schema import Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Sample", "SampleDistinct"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample(RowsPlan):
    """Rows drawn by chance, each as likely as any other, in the input's order."""

    count: Expression

    def details(self) -> str:
        """How many."""
        return show(self.count)


@operator(ast.Sample)
def bind_sample(node: ast.Sample, plan: Plan, binder: Binder) -> Plan:
    """A constant number of rows."""
    count = binder.constant(node.count, frozenset({Type.LONG, Type.INT}))
    return Sample(input=plan, count=count, schema=plan.schema, span=node.span)


@lower(Sample)
def run_sample(plan: Sample, executor: Executor) -> Iterator[Batch]:
    """Every row draws a number, and the rows with the smallest stay; no more than a few times the sample is held."""
    wanted = max(0, int(executor.constant(plan.count) or 0))
    if not wanted:
        return
    generator = np.random.default_rng(executor.session.seed)
    kept: list[Batch] = []
    draws = np.zeros(0)
    for batch in executor.run(plan.input):
        if not batch.rows:
            continue
        kept.append(batch.select(plan.schema.names))
        draws = np.concatenate([draws, generator.random(batch.rows)])
        if len(draws) > 4 * wanted + 100_000:
            kept, draws = _smallest(plan, kept, draws, wanted)
    if kept:
        kept, _ = _smallest(plan, kept, draws, wanted)
        yield from executor.split(kept[0])


def _smallest(plan: Sample, kept: list[Batch], draws: np.ndarray, wanted: int) -> tuple[list[Batch], np.ndarray]:
    whole = concat_batches(kept, plan.schema)
    if len(draws) <= wanted:
        return [whole], draws
    rows = np.sort(np.argpartition(draws, wanted)[:wanted])
    return [whole.take(rows)], draws[rows]


# ---------------------------------------------------------------- sample-distinct


@dataclass(frozen=True, kw_only=True, eq=False)
class SampleDistinct(UnaryPlan):
    """The first distinct values of one column; reading stops when there are enough."""

    count: Expression

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The column, whatever is wanted."""
        return (frozenset(self.schema.names),)

    def details(self) -> str:
        """How many of which column."""
        return f"{show(self.count)} of {', '.join(self.schema.names)}"


@operator(ast.SampleDistinct)
def bind_distinct(node: ast.SampleDistinct, plan: Plan, binder: Binder) -> Plan:
    """Of a column that is not dynamic."""
    plan = with_keys(binder, plan, (node.of,))
    count = binder.constant(node.count, frozenset({Type.LONG, Type.INT}))
    if not isinstance(node.of, ast.Name):
        binder.report(messages.not_a_column(node.of.span))
        return SampleDistinct(input=plan, count=count, schema=Schema(open=True), span=node.span)
    name = node.of.name
    type_ = plan.schema.by_name.get(name, Type.UNKNOWN)
    if name not in plan.schema and not plan.schema.open:
        binder.report(messages.unknown_column(name, node.of.span, plan.schema.names))
    if type_ is Type.DYNAMIC:
        binder.report(messages.type_expected("other than dynamic", type_, node.of.span, "convert it, as with tostring(...)"))
    return SampleDistinct(input=plan, count=count, schema=Schema.of([(name, type_)]), span=node.span)


@lower(SampleDistinct)
def run_distinct(plan: SampleDistinct, executor: Executor) -> Iterator[Batch]:
    """Null is a value too."""
    wanted = max(0, int(executor.constant(plan.count) or 0))
    column = plan.schema.columns[0]
    found = storage.to_array([], column.type)
    for batch in executor.run(plan.input) if wanted else ():
        new = pc.unique(storage.plain(batch.columns[column.name]))
        found = pc.unique(concat_arrays([found, new], column.type)) if len(found) else new
        if len(found) >= wanted:
            break
    values = found.slice(0, wanted)
    yield Batch({column.name: values}, len(values))
