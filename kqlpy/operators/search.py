"""search: rows of many tables in which a text stands, with the name of their table in `$table`.

https://learn.microsoft.com/kusto/query/search-operator
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.tables import nothing
from kqlpy.operators import operator
from kqlpy.operators.search_tables import piped_source, searched, sources
from kqlpy.operators.union import option, union_plan
from kqlpy.plan.nodes import Plan
from kqlpy.syntax import ast

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__: list[str] = []

_KINDS = ("default", "case_insensitive", "case_sensitive")


@operator(ast.Search)
def bind(node: ast.Search, plan: Plan | None, binder: Binder) -> Plan:
    """A union of filtered tables; rows that were searched before keep the `$table` that they have."""
    kind = option(node.params, "kind") or "default"
    if kind not in _KINDS:
        span = next(p.value.span for p in node.params if p.name == "kind")
        binder.report(messages.search_kind(kind, _KINDS, span))
    tables = [piped_source(plan, "search_arg")] if plan is not None else sources(binder, node.tables, node, "search_arg")
    if not tables:
        return nothing()
    found = searched(binder, tables, node.predicate, case_sensitive=kind == "case_sensitive")
    if plan is not None and "$table" in plan.schema:
        return found[0].plan
    return union_plan([(s.name, s.plan) for s in found], "outer", "$table", node)
