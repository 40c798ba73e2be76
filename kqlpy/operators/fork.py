"""fork and facet: several results from the same rows. The first one is the query's, the others follow it in `BoundQuery.results`.

https://learn.microsoft.com/kusto/query/fork-operator
https://learn.microsoft.com/kusto/query/facet-operator
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.operators import operator
from kqlpy.operators.project import select_plan
from kqlpy.plan.expressions import ColumnRef
from kqlpy.plan.nodes import Plan, Shared, SharedScan
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["one_result"]

_ALLOWED = (
    ast.As, ast.Count, ast.Distinct, ast.ExecuteAndCache, ast.Extend, ast.Where, ast.Invoke, ast.MvExpand, ast.Parse, ast.ParseKv, ast.Project,
    ast.ProjectAway, ast.ProjectByNames, ast.ProjectKeep, ast.ProjectRename, ast.ProjectReorder, ast.Reduce, ast.SampleDistinct, ast.Sample, ast.Sort,
    ast.Summarize, ast.Take, ast.TopHitters, ast.TopNested, ast.Top,
)  # fmt: skip


def one_result(binder: Binder, operators: tuple[ast.Operator, ...], where: str) -> None:
    """Report operators with several results where only one can be used."""
    for op in operators:
        if isinstance(op, ast.Fork | ast.Facet):
            binder.report(messages.operator_not_allowed(type(op).__name__.lower(), where, op.span))


def _branch(binder: Binder, operators: tuple[ast.Operator, ...], source: Plan, where: str) -> Plan:
    """A branch; operators that bring other tables or change order by group may not stand in one."""
    for op in operators:
        if not isinstance(op, _ALLOWED):
            keyword = "".join(f"-{c.lower()}" if c.isupper() else c for c in type(op).__name__).lstrip("-")
            binder.report(messages.operator_not_allowed(keyword, where, op.span))
    return binder.pipeline(operators, source)


def several(binder: Binder, results: list[tuple[str, Plan]]) -> Plan:
    """The first of several named results; the binder is told of the others."""
    from kqlpy.binding.binder import Result

    (_, first), *others = results
    binder.memo["results", id(first)] = tuple(Result(plan, name) for name, plan in others)
    return first


@operator(ast.Fork)
def bind_fork(node: ast.Fork, plan: Plan, binder: Binder) -> Plan:
    """Each branch sees all rows."""
    shared = Shared(plan, "fork")
    results = []
    for branch in node.branches:
        source = SharedScan(schema=plan.schema, shared=shared, name="fork", span=branch.span)
        result = _branch(binder, branch.query.operators, source, "a branch of fork")
        results.append((branch.name or binder.memo.get(("as", id(getattr(result, "shared", None))), ""), result))
    return several(binder, results)


@operator(ast.Facet)
def bind_facet(node: ast.Facet, plan: Plan, binder: Binder) -> Plan:
    """The sub-pipeline's rows first, if there is one; then for each column its values and how often they occur."""
    shared = Shared(plan, "facet")
    results: list[tuple[str, Plan]] = []
    if node.subquery is not None:
        source = SharedScan(schema=plan.schema, shared=shared, name="facet", span=node.span)
        results.append(("", _branch(binder, node.subquery.operators, source, "the `with` of facet")))
    for item in node.items:
        source = SharedScan(schema=plan.schema, shared=shared, name="facet", span=node.span)
        column = binder.expression(item, binder.context(source, windows=False))
        if not isinstance(column, ColumnRef):
            if column.type is not Type.UNKNOWN:
                binder.report(messages.not_a_column(item.span))
            continue
        count = ast.Assign((f"count_{column.name}",), ast.Call("count", (), name_span=item.span, span=item.span), span=item.span)
        counted = binder.pipeline((ast.Summarize((count,), (item,), span=item.span),), source)
        results.append(("", select_plan(counted, counted.schema.names)))
    return several(binder, results) if results else plan
