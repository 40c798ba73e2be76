"""How the operator scan is bound: `step.column` becomes a column of the state, everything else is an ordinary expression over the row.

https://learn.microsoft.com/kusto/query/scan-operator
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from kqlpy.binding import messages
from kqlpy.binding.context import Context
from kqlpy.binding.scalars import convert_to
from kqlpy.operators import operator
from kqlpy.operators.scan_steps import Held, ScanSteps, Step, state_name
from kqlpy.operators.sort import bind_keys
from kqlpy.operators.union import option
from kqlpy.plan.expressions import Constant, Expression
from kqlpy.plan.nodes import Plan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import NUMERIC, Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__: list[str] = []


@operator(ast.Scan)
def bind(node: ast.Scan, plan: Plan, binder: Binder) -> Plan:
    """The columns of the input, the declared ones, and the number of the match when it is asked for."""
    declared = [_declare(binder, d) for d in node.declarations]
    for declaration in node.declarations:
        if declaration.name in plan.schema:
            binder.report(messages.duplicate_column(declaration.name, declaration.span))
    columns = Schema((*plan.schema.columns, *(Column(n, e.type) for n, e in declared)), plan.schema.open)
    steps = _Steps(binder, node, columns)
    bound = tuple(steps.bind(number, step) for number, step in enumerate(node.steps))
    match_id = option(node.params, "with_match_id")
    schema = Schema((*columns.columns, *([Column(match_id, Type.LONG)] if match_id else [])), columns.open)
    context = binder.context(plan, windows=False)
    keys, plan = bind_keys(binder, node.order_by, plan) if node.order_by else ([], plan)
    return ScanSteps(
        input=plan, steps=bound, declared=tuple(declared), held=tuple(steps.held.items()), match_id=match_id, schema=schema, span=node.span,
        by=tuple(binder.expression(e, context) for e in node.partition_by), keys=tuple(keys),
    )  # fmt: skip


def _declare(binder: Binder, node: ast.ScanDeclaration) -> tuple[str, Expression]:
    """A declared column and its default."""
    type_ = node.type or Type.STRING
    if node.default is None:
        return node.name, Constant(type=type_, value="" if type_ is Type.STRING else None)
    return node.name, convert_to(binder, binder.constant(node.default), type_)


class _Steps:
    """Binds the steps of one scan and notes which columns of matched rows they read."""

    def __init__(self, binder: Binder, node: ast.Scan, columns: Schema) -> None:
        self.binder = binder
        self.columns = columns
        self.declared = {d.name for d in node.declarations}
        self.numbers = {s.name: i for i, s in enumerate(node.steps)}
        self.held: dict[Held, Type] = {}
        for index, step in enumerate(node.steps):
            if self.numbers[step.name] != index:
                binder.report(messages.duplicate_name(step.name, step.span))

    def bind(self, number: int, step: ast.ScanStep) -> Step:
        """One step; only the states of it and the steps before can be read."""
        if step.optional:
            self.binder.report(messages.unsupported("`optional` steps of scan", step.span))
        condition = self.binder.predicate(*self._prepared(step.condition, number))
        assignments = tuple(self._assign(a, number) for a in step.assignments)
        output = (step.output or "all").lower()
        if output not in ("all", "last", "none"):
            self.binder.report(messages.unknown_name(output, step.span, ("all", "last", "none"), "output of a step"))
        return Step(step.name, condition, assignments, output)

    def _assign(self, node: ast.Assign, number: int) -> tuple[str, Expression]:
        name = node.names[0]
        value = self.binder.expression(*self._prepared(node.value, number))
        if name not in self.columns:
            if not self.columns.open:
                self.binder.report(messages.unknown_column(name, node.span, self.columns.names))
            return name, value
        wanted = self.columns.by_name[name]
        if value.type is not wanted and not {value.type, wanted} <= NUMERIC and Type.UNKNOWN not in (value.type, wanted):
            self.binder.report(messages.type_expected(str(wanted), value.type, node.value.span))
        return name, convert_to(self.binder, value, wanted)

    def _prepared(self, node: ast.Expr, number: int) -> tuple[ast.Expr, Context]:
        """The expression with `step.column` as a name, and the columns that it can see."""
        replaced: ast.Expr = self._replaced(node, number)
        seen = [Column(state_name(h), t) for h, t in self.held.items()]
        return replaced, Context(Schema((*self.columns.columns, *seen), self.columns.open))

    def _replaced(self, value: Any, number: int) -> Any:
        """A part of the tree with `step.column` replaced."""
        if type(value) is tuple:
            return tuple(self._replaced(v, number) for v in value)
        if not isinstance(value, ast.Node):
            return value
        if isinstance(value, ast.Member | ast.Index) and isinstance(value.base, ast.Name) and value.base.name in self.numbers:
            return self._state(value, self.numbers[value.base.name], number)
        if isinstance(value, ast.Name) and value.name in self.declared:
            self.binder.report(messages.unsupported(f"the declared column `{value.name}` without the name of a step", value.span))
        changed = {f.name: self._replaced(getattr(value, f.name), number) for f in fields(value)}
        return replace(value, **changed)

    def _state(self, node: ast.Member | ast.Index, step: int, number: int) -> ast.Expr:
        """A column of the row that last matched a step."""
        part = node.member if isinstance(node, ast.Member) else node.index
        name = part.name if isinstance(part, ast.Name) else str(getattr(part, "value", ""))
        type_ = self.columns.by_name.get(name)
        if type_ is None and not self.columns.open:
            self.binder.report(messages.unknown_column(name, part.span, self.columns.names))
        if step > number:
            self.binder.report(messages.unsupported("a step that reads the state of a later step", node.span))
        held = (step, name)
        self.held.setdefault(held, type_ or Type.UNKNOWN)
        return ast.Name(state_name(held), span=node.span)
