"""Conditions after a `join kind=innerunique` that choose among its left rows.

The join keeps one left row of each key, and which one is not promised. Kusto applies a later condition on left columns before it
chooses, so that a row that meets the condition stands for its key when there is one; a plan that filtered afterwards would lose the key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kqlpy.operators.extend import Extend
from kqlpy.operators.join import Join
from kqlpy.operators.project import Project
from kqlpy.operators.where import Where
from kqlpy.plan.expressions import Apply, ColumnRef, Expression, columns_of, is_volatile, rewrite
from kqlpy.plan.nodes import Plan, SharedScan

__all__ = ["choose_left_rows"]


def choose_left_rows(where: Where, only_reader: Callable[[SharedScan], bool]) -> Plan:
    """The filter with its conditions repeated on the left side of an `innerunique` join below it, where there is one."""
    conditions = [c for c in _conditions(where.predicate) if not is_volatile(c)]
    return replace(where, input=_descend(where.input, conditions, only_reader))


def _conditions(predicate: Expression) -> list[Expression]:
    """The operands of a chain of `and`."""
    if isinstance(predicate, Apply) and predicate.function == "and":
        return [c for arg in predicate.args for c in _conditions(arg)]
    return [predicate]


def _descend(plan: Plan, conditions: list[Expression], only_reader: Callable[[SharedScan], bool]) -> Plan:
    if not conditions:
        return plan
    match plan:
        case Join(kind="innerunique"):
            names = {name for name, _ in plan.left_out}
            return replace(plan, left=_filter(plan.left, [c for c in conditions if columns_of(c) and columns_of(c) <= names]))
        case Where():
            return replace(plan, input=_descend(plan.input, conditions, only_reader))
        case Extend():
            own = {name for name, _ in plan.items}
            return replace(plan, input=_descend(plan.input, [c for c in conditions if not columns_of(c) & own], only_reader))
        case Project():
            return replace(plan, input=_descend(plan.input, _renamed(plan, conditions), only_reader))
        case SharedScan() if only_reader(plan):
            return _descend(plan.shared.plan, conditions, only_reader)
        case _:
            return plan


def _filter(plan: Plan, conditions: list[Expression]) -> Plan:
    for condition in conditions:
        plan = Where(input=plan, predicate=condition, schema=plan.schema, span=condition.span)
    return plan


def _renamed(plan: Project, conditions: list[Expression]) -> list[Expression]:
    """The conditions that read columns the projection passes on, over the columns of its input."""
    sources = {name: item for name, item in plan.items if isinstance(item, ColumnRef)}

    def change(expr: Expression) -> Expression | None:
        return sources[expr.name] if isinstance(expr, ColumnRef) else None

    return [rewrite(c, change) for c in conditions if columns_of(c) <= sources.keys()]
