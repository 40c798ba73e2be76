"""Window functions inside extend, where, project and serialize: computed by a node of their own, below the operator that uses them.

The node carries a small state from batch to batch; only a function that looks ahead (`next`) needs all rows at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kqlpy.columns import storage
from kqlpy.engine.batch import Batch
from kqlpy.functions.registry import WINDOWS, Call
from kqlpy.operators import lower
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import ColumnRef, Expression, WindowCall, columns_of, rewrite, walk
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.engine.executor import Executor

__all__ = ["Window", "take_out_windows"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Window(UnaryPlan):
    """The input's columns and one more for each call, under names that no query can write."""

    calls: tuple[tuple[str, WindowCall], ...]
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The wanted columns of the input, and the arguments of the wanted calls."""
        own = {name for name, _ in self.calls}
        return ((wanted - own) | columns_of(*(call for _, call in self.calls)),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted calls and columns."""
        calls = tuple((n, c) for n, c in self.calls if n in wanted)
        if not calls:
            return self.input
        return replace(self, calls=calls, schema=self.schema.only(wanted))

    def details(self) -> str:
        """The calls."""
        return ", ".join(show(call) for _, call in self.calls)


def take_out_windows(exprs: Sequence[Expression], plan: Plan) -> tuple[list[Expression], Plan]:
    """The expressions with window calls replaced by columns of a Window node over `plan`; inner calls first."""
    result = list(exprs)
    if all(isinstance(e, ColumnRef) for e in result):
        return result, plan
    while True:
        calls = [p for e in result for p in walk(e) if isinstance(p, WindowCall) and not any(isinstance(i, WindowCall) for a in p.args for i in walk(a))]
        if not calls:
            return result, plan
        named: dict[WindowCall, str] = {}
        base = len(plan.schema)
        for call in calls:
            named.setdefault(call, f"\x00window{base + len(named)}")
        columns = tuple(Column(name, call.type) for call, name in named.items())
        schema = Schema((*plan.schema.columns, *columns), plan.schema.open)
        plan = Window(input=plan, calls=tuple((n, c) for c, n in named.items()), schema=schema)

        def change(expr: Expression, named: dict[WindowCall, str] = named) -> Expression | None:
            if isinstance(expr, WindowCall) and expr in named:
                return ColumnRef(name=named[expr], type=expr.type)
            return None

        result = [rewrite(e, change) for e in result]


@lower(Window)
def run(plan: Window, executor: Executor) -> Iterator[Batch]:
    """Batch by batch, in order."""
    executor.prepare([c for _, c in plan.calls])
    whole = any(WINDOWS[c.function].extra.get("whole") for _, c in plan.calls)
    source = iter([executor.table(plan.input, "next")]) if whole else executor.run(plan.input)
    states: dict[str, Any] = {}
    names = plan.schema.names
    for batch in source:
        if not batch.rows:
            continue
        frame = executor.evaluator.frame(batch)
        columns = {}
        for name, call in plan.calls:
            args = [_plain(frame.value(a)) for a in call.args]
            context = Call(tuple(a.type for a in call.args), call.type, batch.rows, executor.session)
            kernel = call.overload.kernel
            assert kernel is not None
            column, states[name] = kernel(context, states.get(name), *args)
            if call.type is Type.STRING and column.null_count:
                column = storage.plain(column).fill_null("")
            columns[name] = column
        yield from executor.split(batch.with_columns(columns).select(names)) if whole else (batch.with_columns(columns).select(names),)


def _plain(value: pa.Array | pa.Scalar) -> pa.Array | pa.Scalar:
    return storage.plain(value) if isinstance(value, pa.Array) else value
