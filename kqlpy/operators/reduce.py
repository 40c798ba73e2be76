"""reduce: groups of similar texts. It is bound, so that a query around it can be checked, and refused with the first row.

How the engine forms the groups is not published: what the reference says of `threshold` and `characters` contradicts the answers it prints, so
any grouping would be a guess.

https://learn.microsoft.com/kusto/query/reduce-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.engine.batch import Batch
from kqlpy.engine.refusal import nothing_unless
from kqlpy.operators import lower, operator, refused
from kqlpy.operators.union import option
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import Expression
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Reduce"]

WHY = "how Kusto groups the texts is not published"
_COLUMNS = (Column("Pattern", Type.STRING), Column("Count", Type.LONG), Column("Representative", Type.STRING))


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduce(UnaryPlan):
    """Patterns of texts, how many texts each stands for, and one of them; with kind=source beside the input's columns."""

    by: Expression

    def details(self) -> str:
        """The texts."""
        return show(self.by)


@refused(ast.Reduce, WHY)
@operator(ast.Reduce)
def bind(node: ast.Reduce, plan: Plan, binder: Binder) -> Plan:
    """Texts only."""
    written = node.by.value if isinstance(node.by, ast.Assign) else node.by
    by = binder.expression(written, binder.context(plan, windows=False))
    if by.type not in (Type.STRING, Type.UNKNOWN):
        binder.report(messages.type_expected("string", by.type, written.span, "tostring(...) makes one"))
    kind = option(node.params, "kind")
    if kind not in (None, "source"):
        span = next(p.value.span for p in node.params if p.name == "kind")
        binder.report(messages.reduce_kind(kind or "", span))
    names = {c.name for c in _COLUMNS}
    before = tuple(c for c in plan.schema if c.name not in names) if kind == "source" else ()
    return Reduce(input=plan, by=by, schema=Schema((*before, *_COLUMNS), bool(before) and plan.schema.open), span=node.span)


@lower(Reduce)
def run(plan: Reduce, executor: Executor) -> Iterator[Batch]:
    """No rows for no rows; anything else is refused by name."""
    error = messages.unsupported("the operator `reduce`", plan.span, f"{WHY}; extract(...) with summarize can group them by a rule of your own")
    return nothing_unless(executor.run(plan.input), error)
