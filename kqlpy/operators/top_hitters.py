"""top-hitters: the values that occur most often, or have the greatest sum of weights. Kusto approximates where data is large; here counts are exact.

https://learn.microsoft.com/kusto/query/top-hitters-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.absent import with_keys
from kqlpy.binding.context import Context
from kqlpy.binding.naming import result_name
from kqlpy.binding.scalars import convert_to
from kqlpy.engine.batch import Batch
from kqlpy.operators import lower, operator
from kqlpy.operators.project import project_plan
from kqlpy.operators.summarize import summarize_plan
from kqlpy.operators.top_nested import leading
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import ColumnRef, Expression
from kqlpy.plan.nodes import Plan, RowsPlan
from kqlpy.syntax import ast
from kqlpy.types import NUMERIC, Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["TopHitters"]


@dataclass(frozen=True, kw_only=True, eq=False)
class TopHitters(RowsPlan):
    """The first rows of the input by the greatest value of the column `by`."""

    count: Expression
    by: str
    makes_order = True

    def reads(self) -> frozenset[str]:
        """The column that orders."""
        return frozenset({self.by})

    def details(self) -> str:
        """How many of what."""
        return f"{show(self.count)} by {self.by}"


@operator(ast.TopHitters)
def bind(node: ast.TopHitters, plan: Plan, binder: Binder) -> Plan:
    """The columns are the value and `approximate_count_` or `approximate_sum_` with a name behind it."""
    plan = with_keys(binder, plan, (node.of,))
    count = binder.constant(node.count, frozenset({Type.LONG, Type.INT}))
    context = binder.context(plan, windows=False)
    of = binder.expression(node.of, context)
    if not isinstance(of, ColumnRef) or isinstance(node.of, ast.Assign):
        if of.type is not Type.UNKNOWN:
            binder.report(messages.not_a_column(node.of.span))
        return plan
    if node.by is None:
        name, type_, total = f"approximate_count_{of.name}", Type.LONG, _aggregate(binder, "count", (), node, context)
    else:
        weight = binder.expression(node.by, context)
        if weight.type not in NUMERIC and weight.type is not Type.UNKNOWN:
            binder.report(messages.type_expected("a number", weight.type, node.by.span))
        written = node.by.names[0] if isinstance(node.by, ast.Assign) else result_name(node.by)
        name, type_, total = f"approximate_sum_{written}", weight.type, _aggregate(binder, "sum", (node.by,), node, context)
    counted = summarize_plan(plan, [(of.name, of)], [(name, total)], node.span)
    if total.type is not type_:
        value = convert_to(binder, ColumnRef(name=name, type=total.type), type_)
        counted = project_plan(counted, [(of.name, of), (name, value)])
    return TopHitters(input=counted, count=count, by=name, schema=counted.schema, span=node.span)


def _aggregate(binder: Binder, name: str, args: tuple[ast.Expr, ...], node: ast.Node, context: Context) -> Expression:
    return binder.expression(ast.Call(name, args, name_span=node.span, span=node.span), replace(context, aggregates=True))


@lower(TopHitters)
def run(plan: TopHitters, executor: Executor) -> Iterator[Batch]:
    """All counts are needed before the first is known."""
    whole = executor.table(plan.input, "top-hitters")
    limit = max(0, int(executor.constant(plan.count) or 0))
    if whole.rows and limit:
        yield whole.take(pa.array(leading(whole.columns[plan.by], True)[:limit])).select(plan.schema.names)
