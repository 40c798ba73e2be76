"""facet: the values of each of several columns with their counts, each column as a result of its own.

https://learn.microsoft.com/kusto/query/facet-operator
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.absent import with_keys
from kqlpy.operators import operator
from kqlpy.operators.fork import branch, several
from kqlpy.plan.expressions import ColumnRef
from kqlpy.plan.nodes import Plan, Shared, SharedScan
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__: list[str] = []


@operator(ast.Facet)
def bind(node: ast.Facet, plan: Plan, binder: Binder) -> Plan:
    """The sub-pipeline's rows first, if there is one; then for each column its values and how often they occur."""
    plan = with_keys(binder, plan, node.items)
    shared = Shared(plan, "facet")
    results: list[tuple[str, Plan]] = []
    if node.subquery is not None:
        source = SharedScan(schema=plan.schema, shared=shared, name="facet", span=node.span)
        results.append(("", branch(binder, node.subquery.operators, source, "the `with` of facet")))
    for item in node.items:
        source = SharedScan(schema=plan.schema, shared=shared, name="facet", span=node.span)
        column = binder.expression(item, binder.context(source, windows=False))
        if not isinstance(column, ColumnRef):
            if column.type is not Type.UNKNOWN:
                binder.report(messages.not_a_column(item.span))
            continue
        count = ast.Assign((f"count_{column.name}",), ast.Call("count", (), name_span=item.span, span=item.span), span=item.span)
        counted = binder.pipeline((ast.Summarize((count,), (item,), span=item.span),), source)
        results.append(("", counted))
    return several(binder, results) if results else plan
