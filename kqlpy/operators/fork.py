"""fork: several results from the same rows. The first one is the query's, the others follow it in `BoundQuery.results`.

https://learn.microsoft.com/kusto/query/fork-operator
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.operators import operator
from kqlpy.plan.nodes import Plan, Shared, SharedScan
from kqlpy.syntax import ast

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["branch", "one_result", "several"]

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


def branch(binder: Binder, operators: tuple[ast.Operator, ...], source: Plan, where: str) -> Plan:
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
    for written in node.branches:
        source = SharedScan(schema=plan.schema, shared=shared, name="fork", span=written.span)
        result = branch(binder, written.query.operators, source, "a branch of fork")
        results.append((written.name or binder.memo.get(("as", id(getattr(result, "shared", None))), ""), result))
    return several(binder, results)
