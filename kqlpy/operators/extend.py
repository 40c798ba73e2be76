"""extend and serialize: add or replace columns.

https://learn.microsoft.com/kusto/query/extend-operator
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kqlpy.binding.naming import Names
from kqlpy.engine.batch import Batch
from kqlpy.operators import lower, operator, rowwise
from kqlpy.operators.projection import Items, bind_items, written_names
from kqlpy.operators.window import take_out_windows
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import Expression, columns_of
from kqlpy.plan.nodes import Plan, RowsPlan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Extend", "Serialize"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Extend(UnaryPlan):
    """The input's columns, some replaced in place, new ones at the end. All items see the input's columns only."""

    items: tuple[tuple[str, Expression], ...]
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The wanted columns that are not computed, and what the wanted items read."""
        own = {name for name, _ in self.items}
        return ((wanted - own) | columns_of(*(e for n, e in self.items if n in wanted)),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted items and columns."""
        items = tuple((n, e) for n, e in self.items if n in wanted)
        schema = self.schema.only(wanted)
        if not items and all(n in self.input.schema for n in schema.names):
            return self.input
        return replace(self, items=items, schema=schema)

    def details(self) -> str:
        """The items."""
        return ", ".join(f"{n} = {show(e)}" for n, e in self.items)


def extend_plan(plan: Plan, items: Items, schema: Schema | None = None) -> Plan:
    """A plan with columns added or replaced; window calls in them are computed below."""
    exprs, input_ = take_out_windows([e for _, e in items], plan)
    named = tuple(zip((n for n, _ in items), exprs, strict=True))
    types = {n: e.type for n, e in items}
    columns = [Column(c.name, types[c.name]) if c.name in types else c for c in plan.schema]
    columns += [Column(n, t) for n, t in types.items() if n not in plan.schema]
    return Extend(input=input_, items=named, schema=schema or Schema(tuple(columns), plan.schema.open))


@operator(ast.Extend)
def bind(node: ast.Extend, plan: Plan, binder: Binder) -> Plan:
    """Names of items replace columns of the same name; nameless items become ColumnN."""
    names = Names(reserved=[n for n in written_names(node.items) if n not in plan.schema], avoid=plan.schema.names)
    items = bind_items(binder, node.items, binder.context(plan), names, replacing=True)
    return extend_plan(plan, items)


@rowwise(Extend)
def compile_extend(plan: Extend, executor: Executor) -> Callable[[Batch], Batch]:
    """Compute the items of a batch."""
    executor.prepare([e for _, e in plan.items])
    evaluator, names = executor.evaluator, plan.schema.names

    def run(batch: Batch) -> Batch:
        frame = evaluator.frame(batch)
        computed = {name: frame.column(expr) for name, expr in plan.items}
        return Batch({n: computed[n] if n in computed else batch.columns[n] for n in names}, batch.rows)

    return run


@dataclass(frozen=True, kw_only=True, eq=False)
class Serialize(RowsPlan):
    """The same rows, their order declared fit for window functions."""

    makes_order = True


@operator(ast.Serialize)
def bind_serialize(node: ast.Serialize, plan: Plan, binder: Binder) -> Plan:
    """serialize with items also extends."""
    serialized = Serialize(input=plan, schema=plan.schema, span=node.span)
    return bind(ast.Extend(node.items, span=node.span), serialized, binder) if node.items else serialized


@lower(Serialize)
def run_serialize(plan: Serialize, executor: Executor) -> Iterator[Batch]:
    """Rows in the order in which they come."""
    names = plan.schema.names
    return (batch.select(names) for batch in executor.run(plan.input))
