"""where (filter): keeps the rows for which a predicate is true; null counts as false.

https://learn.microsoft.com/kusto/query/where-operator
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kqlpy.engine.batch import Batch
from kqlpy.operators import operator, rowwise
from kqlpy.operators.window import take_out_windows
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import Constant, Expression, columns_of
from kqlpy.plan.nodes import Plan, RowsPlan
from kqlpy.syntax import ast

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Where"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Where(RowsPlan):
    """Rows for which the predicate is true."""

    predicate: Expression
    keeps_order = True

    def reads(self) -> frozenset[str]:
        """What the predicate reads."""
        return frozenset(columns_of(self.predicate))

    def details(self) -> str:
        """The predicate."""
        return show(self.predicate)


@operator(ast.Where)
def bind(node: ast.Where, plan: Plan, binder: Binder) -> Plan:
    """The predicate must be bool; window functions in it are computed first."""
    predicate = binder.predicate(node.predicate, binder.context(plan))
    (predicate,), input_ = take_out_windows([predicate], plan)
    return Where(input=input_, predicate=predicate, schema=plan.schema, span=node.span)


@rowwise(Where)
def compile_where(plan: Where, executor: Executor) -> Callable[[Batch], Batch]:
    """Filter a batch; only wanted columns are copied."""
    executor.prepare([plan.predicate])
    names = plan.schema.names
    if isinstance(plan.predicate, Constant):
        keep = plan.predicate.value is True
        return lambda batch: batch.select(names) if keep else batch.select(names).slice(0, 0)
    evaluator = executor.evaluator

    def run(batch: Batch) -> Batch:
        mask = evaluator.frame(batch).mask(plan.predicate)
        return batch.select(names).filter(mask)

    return run
