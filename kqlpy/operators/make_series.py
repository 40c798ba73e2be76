"""make-series: aggregates in equal steps of an axis, one array per aggregate and group.

It is a summarize by the keys and the number of the step, whose groups are then spread over the steps; steps without
rows take the default, which is 0 of the aggregate's type unless another is given. Rows outside of [from, to) do not count, and a
group that has no row inside gives no series.

https://learn.microsoft.com/kusto/query/make-series-operator
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.absent import settled
from kqlpy.binding.naming import Names, result_name
from kqlpy.binding.scalars import convert_to
from kqlpy.columns import storage, ticks
from kqlpy.engine.batch import Batch
from kqlpy.engine.groups import group, one_group
from kqlpy.operators import lower, operator
from kqlpy.operators.projection import Items, bind_items, written_names
from kqlpy.operators.summarize import Aggregation, Partial, Summarize, bind_aggregates, summarize_plan
from kqlpy.operators.union import option
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import AggregateCall, ColumnRef, Expression, columns_of, walk
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["MakeSeries", "Series"]

BIN = "\x00bin"


@dataclass(frozen=True, slots=True)
class Series:
    """One array column: what fills a step that has rows, and the default of one that has none."""

    name: str
    expr: Expression
    default: Expression | None


@dataclass(frozen=True, kw_only=True, eq=False)
class MakeSeries(UnaryPlan):
    """Keys, one array per series, the axis."""

    keys: tuple[tuple[str, Expression], ...]
    series: tuple[Series, ...]
    axis: tuple[str, Expression]
    start: Expression | None
    stop: Expression | None
    step: Expression
    inclusive: bool = False
    nonempty: bool = False

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """What keys, series and axis read."""
        used = [e for _, e in self.keys] + [s.expr for s in self.series] + [self.axis[1]]
        return (frozenset(columns_of(*used)),)

    def details(self) -> str:
        """Series, axis, keys."""
        series = ", ".join(f"{s.name} = {show(s.expr)}" for s in self.series)
        return f"{series} on {show(self.axis[1])} step {show(self.step)} by {', '.join(n for n, _ in self.keys)}"


# ---------------------------------------------------------------- binding


_WHOLE = ("long", frozenset({Type.INT, Type.LONG}))
_NUMBER = ("real", frozenset({Type.INT, Type.LONG, Type.REAL, Type.DECIMAL}))
_LENGTH = ("timespan", frozenset({Type.TIMESPAN}))
#: By the type of the axis: what its bounds and what its step may be, in words and as types.
_AXES = {
    Type.DATETIME: (("datetime", frozenset({Type.DATETIME})), _LENGTH), Type.TIMESPAN: (_LENGTH, _LENGTH), Type.INT: (_WHOLE, _WHOLE),
    Type.LONG: (_WHOLE, _WHOLE), Type.REAL: (_NUMBER, _NUMBER), Type.DECIMAL: (_NUMBER, _NUMBER),
}  # fmt: skip


@operator(ast.MakeSeries)
def bind(node: ast.MakeSeries, plan: Plan, binder: Binder) -> Plan:
    """Output: keys, aggregates in order, axis last."""
    axis_expr = node.axis.value if isinstance(node.axis, ast.Assign) else node.axis
    axis_name = node.axis.names[0] if isinstance(node.axis, ast.Assign) else result_name(axis_expr) or "Column1"
    written = [n for s in node.aggregates if isinstance(s.value, ast.Assign) for n in s.value.names]
    names = Names(reserved=[*written_names(node.by), *written, axis_name], avoid=plan.schema.names)
    keys = bind_items(binder, node.by, binder.context(plan, windows=False), names, lets_named=False)
    series = [s for item in node.aggregates for s in _bind_series(binder, item, plan, names, [n for n, _ in keys])]
    if names.explicit(axis_name) is None:
        binder.report(messages.duplicate_column(axis_name, node.axis.span))
    axis = binder.expression(axis_expr, binder.context(plan, windows=False))
    start = binder.constant(node.start) if node.start is not None else None
    stop = binder.constant(node.stop) if node.stop is not None else None
    step = binder.constant(node.step)
    axis = settled(binder, axis, Type.DATETIME if step.type is Type.TIMESPAN else step.type)
    _check_types(binder, axis, (start, stop), step)
    if axis.type in (Type.REAL, Type.DECIMAL):
        start, stop = (convert_to(binder, e, Type.REAL) if e is not None else None for e in (start, stop))
        step = convert_to(binder, step, Type.REAL)
        axis = convert_to(binder, axis, Type.REAL)
    columns = [Column(n, e.type) for n, e in keys] + [Column(s.name, Type.DYNAMIC) for s in series] + [Column(axis_name, Type.DYNAMIC)]
    return MakeSeries(
        input=plan, keys=tuple(keys), series=tuple(series), axis=(axis_name, axis), start=start, stop=stop, step=step, inclusive=node.in_range,
        nonempty=option(node.params, "kind") == "nonempty", schema=Schema(tuple(columns)), span=node.span,
    )  # fmt: skip


def _check_types(binder: Binder, axis: Expression, bounds: tuple[Expression | None, ...], step: Expression) -> None:
    """Bounds are of the axis' kind, the step is a length on it."""
    if axis.type is Type.UNKNOWN:
        return
    if axis.type not in _AXES:
        binder.report(messages.type_expected("a datetime, timespan or number", axis.type, axis.span))
        return
    (bound_words, bound_types), (step_words, step_types) = _AXES[axis.type]
    for bound in bounds:
        if bound is not None and bound.type not in bound_types | {Type.UNKNOWN}:
            binder.report(messages.type_expected(bound_words, bound.type, bound.span))
    if step.type not in step_types | {Type.UNKNOWN}:
        binder.report(messages.type_expected(step_words, step.type, step.span))


def _bind_series(binder: Binder, node: ast.SeriesAggregate, plan: Plan, names: Names, keys: list[str]) -> list[Series]:
    """One series for each column of the aggregate; `percentiles(x, 5, 95)` has two."""
    default = binder.constant(node.default) if node.default is not None else None
    items = bind_aggregates(binder, (node.value,), plan, names, keys)
    for _, expr in items:
        if expr.type is Type.DYNAMIC:
            binder.report(messages.unsupported("make-series over dynamic values", node.span))
    return [Series(name, expr, default) for name, expr in items]


# ---------------------------------------------------------------- running


@lower(MakeSeries)
def run(plan: MakeSeries, executor: Executor) -> Iterator[Batch]:
    """Summarize by keys and step number, then spread over the steps."""
    bounds = [e for e in (plan.start, plan.stop, plan.step) if e is not None]
    executor.prepare([*bounds, *(s.default for s in plan.series if s.default is not None)])
    start, stop, step = executor.constant(plan.start), executor.constant(plan.stop), executor.constant(plan.step)
    for bound, value in ((plan.start, start), (plan.stop, stop), (plan.step, step)):
        if bound is not None and isinstance(value, float) and not math.isfinite(value):
            raise messages.type_expected("a finite number", bound.type, bound.span)
    if step is None or step <= 0:
        raise messages.type_expected("a step above zero", plan.step.type, plan.step.span)
    grid = _Grid(start, stop, step, plan.inclusive)
    if grid.known:
        executor.budget.check_cells("make-series", grid.count)
    work = _Work(plan, executor, grid)
    partials = [p for p in executor.stream(plan.input, work.update) if p.rows]
    if partials:
        yield work.spread(partials)
    elif plan.nonempty and grid.known:
        yield work.defaults()


class _Grid:
    """The steps of the axis: `start + i * step` for i in 0..count-1. Without bounds it is fitted to the data."""

    def __init__(self, start: Any, stop: Any, step: Any, inclusive: bool) -> None:
        self.step = step
        self.low = start
        self.known = start is not None and stop is not None
        if inclusive and self.known:
            self.low = math.floor(start / step) * step if isinstance(start, float) else start // step * step
            stop = stop + (step if (stop - self.low) % step == 0 else 0)
        self.stop = stop
        self.count = self._steps(stop) if self.known else 0

    def _steps(self, stop: Any) -> int:
        span = stop - self.low
        return int(max(0, math.ceil(span / self.step) if isinstance(span, float) else -(-span // self.step)))

    def numbers(self, axis: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """(step number, whether the value counts) of each row; numbers count from `low`, or from 0 while it is not known."""
        axis = storage.plain(axis)
        valid = axis.is_valid().to_numpy(zero_copy_only=False)
        values = axis.fill_null(0).to_numpy(zero_copy_only=False)
        low = self.low if self.low is not None else 0
        numbers = np.floor((values - low) / self.step).astype(np.int64) if values.dtype.kind == "f" else (values - low) // self.step
        if self.low is not None:
            valid = valid & (values >= low)
        if self.stop is not None:
            valid = valid & (values < self.stop)
        return numbers, valid

    def fit(self, low: int, high: int) -> int:
        """Set bounds from the smallest and largest step number seen; gives the number that becomes step 0."""
        if self.known:
            return 0
        base = self.low if self.low is not None else 0
        first = 0 if self.low is not None else low
        self.low = base + first * self.step
        self.count = self._steps(self.stop) if self.stop is not None else high - first + 1
        return first

    def values(self, type_: Type) -> pa.Array:
        """The axis: one value per step, in the element form of a list lane."""
        steps = np.arange(self.count)
        if isinstance(self.low, float) or isinstance(self.step, float):
            return pa.array(self.low + steps * float(self.step), pa.float64())
        whole = (self.low + steps * self.step).astype(np.int64)
        if type_ is Type.DATETIME:
            return pa.array(whole.astype(np.uint64))
        if type_ is Type.TIMESPAN:
            return pa.array([ticks.format_timespan(int(v)) for v in whole], pa.string())
        return pa.array(whole)


class _Work:
    """Aggregation by keys and step, and the spreading at the end."""

    def __init__(self, plan: MakeSeries, executor: Executor, grid: _Grid) -> None:
        self.plan = plan
        self.executor = executor
        self.grid = grid
        items: Items = [(s.name, s.expr) for s in plan.series if _aggregated(s.expr)]
        keys: Items = [*plan.keys, (BIN, ColumnRef(name=BIN, type=Type.LONG))]
        built = summarize_plan(plan.input, keys, items)
        self.above = built if not isinstance(built, Summarize) else None
        self.summarize = built if isinstance(built, Summarize) else built.inputs()[0]
        assert isinstance(self.summarize, Summarize)
        self.aggregation = Aggregation(self.summarize, executor)

    def update(self, batch: Batch) -> Partial:
        """Partial states of a batch, by keys and step."""
        axis = self.executor.evaluator.frame(batch).column(self.plan.axis[1])
        numbers, valid = self.grid.numbers(axis)
        batch = batch.with_columns({BIN: pa.array(numbers)})
        return self.aggregation.update(batch if valid.all() else batch.filter(pa.array(valid)))

    def spread(self, partials: list[Partial]) -> Batch:
        """One row per key group."""
        flat = self.aggregation.finish(self.aggregation.merge(partials))
        if self.above is not None:
            from kqlpy.operators import ROWWISE

            flat = ROWWISE[type(self.above)](self.above, self.executor)(flat)
        numbers = flat.columns[BIN].to_numpy(zero_copy_only=False)
        numbers = numbers - self.grid.fit(int(numbers.min()), int(numbers.max()))
        self.executor.budget.check_cells("make-series", self.grid.count)
        keys = [flat.columns[n] for n, _ in self.plan.keys]
        groups = group(keys, flat.rows) if keys else one_group(flat.rows)
        self.executor.budget.charge("make-series", groups.count * self.grid.count * 8 * (len(self.plan.series) + 1))
        first = pa.array(groups.first)
        columns = {n: flat.columns[n].take(first) for n, _ in self.plan.keys}
        slots = groups.ids * self.grid.count + numbers
        size = groups.count * self.grid.count
        for series in self.plan.series:
            columns[series.name] = self._array(series, flat, slots, size, groups.count)
        columns[self.plan.axis[0]] = self._axis(groups.count)
        return Batch(columns, groups.count)

    def defaults(self) -> Batch:
        """The one row of defaults that `kind=nonempty` gives for no input."""
        columns = {s.name: self._array(s, None, np.zeros(0, np.int64), self.grid.count, 1) for s in self.plan.series}
        columns[self.plan.axis[0]] = self._axis(1)
        return Batch(columns, 1)

    def _axis(self, count: int) -> pa.Array:
        values = self.grid.values(self.plan.axis[1].type)
        return _lists(values.take(pa.array(np.tile(np.arange(self.grid.count), count))), count, self.grid.count)

    def _array(self, series: Series, flat: Batch | None, slots: np.ndarray, size: int, count: int) -> pa.Array:
        """The values of one series for all groups, as a list lane (JSON text where the values fit none)."""
        type_ = series.expr.type
        default, default_type = self._default(series)
        if flat is None:
            present: pa.Array = storage.to_array([], type_)
        elif _aggregated(series.expr):
            present = storage.plain(flat.columns[series.name])
        else:
            value = self.executor.constant(series.expr)
            present = pa.repeat(storage.scalar(value, type_), flat.rows)
        if default_type is Type.REAL and type_ in (Type.INT, Type.LONG):
            present, type_ = present.cast(pa.float64()), Type.REAL
        fill = storage.to_array([default], type_ if default_type in (type_, Type.LONG, Type.INT, Type.REAL) else default_type)
        if fill.type != present.type:
            fill = fill.cast(present.type)
        position = np.full(size, len(present), np.int64)
        position[slots] = np.arange(len(slots))
        values = pa.concat_arrays([present, fill]).take(pa.array(position))
        return _lists(_elements(values, type_), count, self.grid.count)

    def _default(self, series: Series) -> tuple[Any, Type]:
        if series.default is not None:
            value = self.executor.constant(series.default)
            type_ = series.expr.type
            if value is not None and type_ is Type.REAL:
                return float(value), Type.REAL
            return value, series.default.type
        zero = {Type.REAL: 0.0, Type.STRING: "", Type.BOOL: False}.get(series.expr.type, 0)
        return (None if series.expr.type in (Type.DYNAMIC, Type.GUID) else zero), series.expr.type


def _aggregated(expr: Expression) -> bool:
    return any(isinstance(p, AggregateCall) for p in walk(expr))


def _elements(values: pa.Array, type_: Type) -> pa.Array:
    """Values in the element form of a list lane; JSON text where there is none."""
    if type_ is Type.DATETIME:
        return pa.array(values.fill_null(0).to_numpy(zero_copy_only=False).astype(np.uint64), mask=values.is_null().to_numpy(zero_copy_only=False))
    if type_ is Type.TIMESPAN:
        return pa.array([None if v is None else ticks.format_timespan(v) for v in values.to_pylist()], pa.string())
    if type_ is Type.INT:
        return values.cast(pa.int64())
    if type_ is Type.DECIMAL:
        return values.cast(pa.float64())
    return values


def _lists(elements: pa.Array, count: int, length: int) -> pa.Array:
    offsets = pa.array(np.arange(count + 1, dtype=np.int32) * np.int32(length))
    return pa.ListArray.from_arrays(offsets, elements)

