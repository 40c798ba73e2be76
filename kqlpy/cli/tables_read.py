"""Which tables a bound query reads."""

from __future__ import annotations

from kqlpy.api import Prepared
from kqlpy.operators.scan import Scan
from kqlpy.plan.nodes import Plan, SharedScan
from kqlpy.plan.optimizer import subqueries

__all__ = ["tables_read"]


def tables_read(prepared: Prepared) -> list[str]:
    """The names of the tables with data, in the order of their first reading, lets and sub-queries included."""
    names: dict[str, None] = {}
    seen: set[int] = set()
    stack: list[Plan] = [result.plan for result in prepared.bound.results]
    while stack:
        plan = stack.pop()
        if id(plan) in seen:
            continue
        seen.add(id(plan))
        if isinstance(plan, Scan):
            names[plan.name] = None
        if isinstance(plan, SharedScan):
            stack.append(plan.shared.plan)
        stack.extend((*plan.inputs(), *subqueries(plan)))
    return list(names)
