"""Conditions after a `join kind=innerunique` that choose among its left rows.

The join keeps one left row of each key, and which one is not promised. Kusto applies a later condition on left columns before it
chooses, so that a row that meets the condition stands for its key when there is one; a plan that filtered afterwards would lose the key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kqlpy.operators.extend import Extend
from kqlpy.operators.join import Join
from kqlpy.operators.project import Project
from kqlpy.operators.where import Where
from kqlpy.plan.expressions import Apply, ColumnRef, Expression, columns_of, is_volatile, rewrite
from kqlpy.plan.nodes import Plan, SharedScan

__all__ = ["choose_left_rows"]


def choose_left_rows(plan: Plan, only_reader: Callable[[SharedScan], bool], conditions: tuple[Expression, ...] = ()) -> Plan:
    """The plan with the conditions of filters repeated on the left side of `innerunique` joins below them; `conditions` are those of the filters above."""

    def below(input_: Plan, known: Iterable[Expression] = ()) -> Plan:
        return choose_left_rows(input_, only_reader, tuple(known))

    match plan:
        case Join(kind="innerunique"):
            names = {name for name, _ in plan.left_out}
            chosen = _filter(plan.left, [c for c in conditions if columns_of(c) and columns_of(c) <= names])
            return plan.over((below(chosen), below(plan.right)))
        case Where():
            own = (c for c in _conditions(plan.predicate) if not is_volatile(c))
            return plan.over((below(plan.input, (*own, *conditions)),))
        case Extend():
            made = {name for name, _ in plan.items}
            return plan.over((below(plan.input, (c for c in conditions if not columns_of(c) & made)),))
        case Project():
            return plan.over((below(plan.input, _renamed(plan, conditions)),))
        case SharedScan() if only_reader(plan):
            return below(plan.shared.plan, conditions)
        case _:
            return plan.over(tuple(below(i) for i in plan.inputs()))


def _conditions(predicate: Expression) -> list[Expression]:
    """The operands of a chain of `and`."""
    if isinstance(predicate, Apply) and predicate.function == "and":
        return [c for arg in predicate.args for c in _conditions(arg)]
    return [predicate]


def _filter(plan: Plan, conditions: list[Expression]) -> Plan:
    for condition in conditions:
        plan = Where(input=plan, predicate=condition, schema=plan.schema, span=condition.span)
    return plan


def _renamed(plan: Project, conditions: Iterable[Expression]) -> list[Expression]:
    """The conditions that read columns the projection passes on, over the columns of its input."""
    sources = {name: item for name, item in plan.items if isinstance(item, ColumnRef)}

    def change(expr: Expression) -> Expression | None:
        return sources[expr.name] if isinstance(expr, ColumnRef) else None

    return [rewrite(c, change) for c in conditions if columns_of(c) <= sources.keys()]
