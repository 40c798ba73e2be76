"""A second engine, slow and plain: runs bound plans row by row, with rows as dicts. Only the parser and the binder are shared with the real one.

`answer(text, tables)` binds a query and gives its result in the form of `compare.py`. Tables are `strategies.Table`s or anything with `columns`
and `rows` like them. Rows are unordered where KQL promises no order, as in the real engine: compare accordingly.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from kqlpy.api import Engine
from kqlpy.columns.json_text import dumps
from kqlpy.columns.scalar_text import format_decimal
from kqlpy.columns.ticks import format_datetime_iso, format_timespan
from kqlpy.engine.row_functions import python_values
from kqlpy.operators.extend import Extend, Serialize
from kqlpy.operators.join import LEFT_ONLY, RIGHT_ONLY, Join
from kqlpy.operators.make_series import MakeSeries
from kqlpy.operators.mv_expand import MvExpand
from kqlpy.operators.print import Print, Range, Values
from kqlpy.operators.project import Project
from kqlpy.operators.scan import Scan
from kqlpy.operators.sort import Count, Sort, Take
from kqlpy.operators.summarize import Summarize
from kqlpy.operators.union import Union
from kqlpy.operators.where import Where
from kqlpy.operators.window import Window
from kqlpy.plan.expressions import AggregateCall, Expression, WindowCall, rewrite
from kqlpy.plan.expressions import Constant as Known
from kqlpy.plan.nodes import Plan, SharedScan
from kqlpy.session import Session
from kqlpy.testing.compare import Answer
from kqlpy.testing.reference_aggregates import AGGREGATES, json_real
from kqlpy.testing.reference_scalars import Row, Rows, Scalars
from kqlpy.types import Type

__all__ = ["Reference", "TableLike", "answer"]


class TableLike(Protocol):
    """What the reference reads: `columns` names and types, `rows` in the values of `reference_scalars.py`."""

    @property
    def columns(self) -> Mapping[str, Type]: ...

    @property
    def rows(self) -> Rows: ...


def answer(text: str, tables: Mapping[str, TableLike] | None = None, now: dt.datetime | None = None, engine: Engine | None = None) -> Answer:
    """The result of a query by plain evaluation. `engine` binds it; its catalog must know the tables."""
    engine = engine or Engine()
    prepared = engine.plan(text, now)
    plan = prepared.bound.results[0].plan
    rows = Reference(engine.session(now), tables or {}).run(plan)
    types = [c.type for c in plan.schema]
    return Answer(prepared.schema, [[cell(row[c.name], t) for c, t in zip(plan.schema, types, strict=True)] for row in rows])


def cell(value: Any, type_: Type) -> Any:
    """A value as `compare.py` shows it."""
    if value is None:
        return None
    if type_ is Type.DATETIME:
        return format_datetime_iso(value)
    if type_ is Type.TIMESPAN:
        return format_timespan(value)
    return format_decimal(value) if type_ is Type.DECIMAL else value


class Reference:
    """One query's evaluation."""

    def __init__(self, session: Session, tables: Mapping[str, TableLike]) -> None:
        self.tables = tables
        self.scalars = Scalars(session, self.run)
        self._shared: dict[int, Rows] = {}

    def run(self, plan: Plan) -> Rows:
        """The plan's rows, each with the columns of its schema in order."""
        rows: Rows = getattr(self, f"_{type(plan).__name__.lower()}")(plan)
        return [{name: row[name] for name in plan.schema.names} for row in rows]

    def value(self, expr: Expression | None, row: Row) -> Any:
        """An expression's value."""
        return None if expr is None else self.scalars.value(expr, row)

    # ------------------------------------------------------------ sources

    def _values(self, plan: Values) -> Rows:
        columns = [python_values(plan.batch.columns[c.name], c.type) for c in plan.schema]
        return [dict(zip(plan.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def _scan(self, plan: Scan) -> Rows:
        return self.tables[plan.name].rows

    def _print(self, plan: Print) -> Rows:
        return [{name: self.value(expr, {}) for name, expr in plan.items}]

    def _range(self, plan: Range) -> Rows:
        start, stop, step = (self.value(e, {}) for e in (plan.start, plan.stop, plan.step))
        rows: Rows = []
        while step and (start + step * len(rows) <= stop if step > 0 else start + step * len(rows) >= stop):
            rows.append({plan.schema.names[0]: start + step * len(rows)})
        return rows

    def _sharedscan(self, plan: SharedScan) -> Rows:
        key = id(plan.shared)
        if key not in self._shared:
            self._shared[key] = self.run(plan.shared.plan)
        return self._shared[key]

    # ------------------------------------------------------------ one row at a time

    def _where(self, plan: Where) -> Rows:
        return [row for row in self.run(plan.input) if self.value(plan.predicate, row) is True]

    def _extend(self, plan: Extend) -> Rows:
        return [{**row, **{name: self.value(expr, row) for name, expr in plan.items}} for row in self.run(plan.input)]

    def _project(self, plan: Project) -> Rows:
        return [{name: self.value(expr, row) for name, expr in plan.items} for row in self.run(plan.input)]

    def _serialize(self, plan: Serialize) -> Rows:
        return self.run(plan.input)

    # ------------------------------------------------------------ order and number

    def _sort(self, plan: Sort) -> Rows:
        rows = self.run(plan.input)
        for key in reversed(plan.keys):
            values = [self.value(key.expr, row) for row in rows]
            marked = [(v is None or v != v, v is None) for v in values]
            known = [i for i, (missing, _) in enumerate(marked) if not missing]
            known.sort(key=lambda i: values[i], reverse=key.descending)
            if key.descending:
                known = _stable(known, values)
            nulls = [i for i, (_, null) in enumerate(marked) if null]
            nans = [i for i, (missing, null) in enumerate(marked) if missing and not null]
            order = [*nulls, *nans, *known] if key.nulls_first else [*known, *nans, *nulls]
            rows = [rows[i] for i in order]
        return rows if plan.limit is None else rows[: max(0, self.value(plan.limit, {}))]

    def _take(self, plan: Take) -> Rows:
        return self.run(plan.input)[: max(0, self.value(plan.count, {}))]

    def _count(self, plan: Count) -> Rows:
        return [{plan.schema.names[0]: len(self.run(plan.input))}]

    def _window(self, plan: Window) -> Rows:
        rows = [dict(row) for row in self.run(plan.input)]
        for name, call in plan.calls:
            for row, value in zip(rows, self._window_values(call, rows), strict=True):
                row[name] = value
        return rows

    def _window_values(self, call: WindowCall, rows: Rows) -> list[Any]:
        args = [[self.value(arg, row) for row in rows] for arg in call.args]
        empty = "" if call.type is Type.STRING else None
        match call.function:
            case "prev" | "next":
                step = args[1][0] if len(args) > 1 and rows else 1
                default = args[2] if len(args) > 2 else [empty] * len(rows)
                places = [i - step if call.function == "prev" else i + step for i in range(len(rows))]
                return [args[0][at] if 0 <= at < len(rows) else default[i] for i, at in enumerate(places)]
            case "row_number":
                return list(_row_numbers(args, len(rows)))
            case "row_cumsum":
                return list(_running_sums(args, call.type))
            case "row_rank_dense" | "row_rank":
                return list(_dense_ranks(args))
            case _:
                raise NotImplementedError(call.function)

    # ------------------------------------------------------------ groups

    def _summarize(self, plan: Summarize) -> Rows:
        return self._grouped(plan.keys, plan.aggregates, self.run(plan.input))

    def _grouped(self, keys: tuple[tuple[str, Expression], ...], aggregates: tuple[tuple[str, Expression], ...], rows: Rows) -> Rows:
        groups: dict[tuple[str, ...], tuple[Row, Rows]] = {}
        for row in rows:
            found = {name: self.value(expr, row) for name, expr in keys}
            groups.setdefault(tuple(_key(v) for v in found.values()), (found, []))[1].append(row)
        if not keys and not groups:
            groups[()] = ({}, [])
        return [{**found, **{name: self._aggregate(expr, members) for name, expr in aggregates}} for found, members in groups.values()]

    def _aggregate(self, expr: Expression, rows: Rows) -> Any:
        """An aggregate, or an expression over aggregates, of some rows."""
        if not isinstance(expr, AggregateCall):

            def known(part: Expression) -> Expression | None:
                return _as_constant(self._aggregate(part, rows), part.type) if isinstance(part, AggregateCall) else None

            return self.value(rewrite(expr, known), {})
        args = [tuple(self.value(arg, row) for arg in expr.args) for row in rows]
        type_ = expr.args[0].type if expr.args else Type.LONG
        result = AGGREGATES[expr.function](args, type_, expr.type)
        if expr.part is None:
            return result[0] if isinstance(result, tuple) else result
        return result[expr.part] if result else "" if expr.type is Type.STRING else None

    def _makeseries(self, plan: MakeSeries) -> Rows:
        rows = self.run(plan.input)
        start, stop, step = (self.value(e, {}) for e in (plan.start, plan.stop, plan.step))
        if start is None or stop is None or plan.inclusive:
            raise NotImplementedError("make-series without from and to")
        count = max(0, -int((start - stop) // step))
        inside = []
        for row in rows:
            at = self.value(plan.axis[1], row)
            if at is not None and start <= at < stop:
                inside.append((int((at - start) // step), row))
        if not inside and not plan.nonempty:
            return []
        groups: dict[tuple[str, ...], tuple[Row, dict[int, Rows]]] = {}
        for number, row in inside:
            keys = {name: self.value(expr, row) for name, expr in plan.keys}
            groups.setdefault(tuple(map(_key, keys.values())), (keys, {}))[1].setdefault(number, []).append(row)
        axis = [_json(start + step * i, plan.axis[1].type) for i in range(count)]
        return [self._series(plan, keys, members, axis) for keys, members in (groups or {(): ({}, {})}).values()]

    def _series(self, plan: MakeSeries, keys: Row, members: dict[int, Rows], axis: list[Any]) -> Row:
        row = dict(keys)
        for series in plan.series:
            type_ = series.expr.type
            default: Any = 0.0 if type_ is Type.REAL else 0
            if series.default is not None:
                default = self.value(series.default, {})
            row[series.name] = [_json(self._aggregate(series.expr, members[i]), type_) if i in members else default for i in range(len(axis))]
        row[plan.axis[0]] = axis
        return row

    # ------------------------------------------------------------ several tables and several rows

    def _union(self, plan: Union) -> Rows:
        rows: Rows = []
        for leg in plan.legs:
            own = dict(leg.columns)
            for row in self.run(leg.plan):
                found = {c.name: row[own[c.name]] if c.name in own else "" if c.type is Type.STRING else None for c in plan.schema}
                rows.append({**found, plan.source: leg.source} if plan.source else found)
        return rows

    def _join(self, plan: Join) -> Rows:
        left, right = self.run(plan.left), self.run(plan.right)
        left_keys = [[_key(self.value(x, row)) for x, _ in plan.on] for row in left]
        right_keys = [[_key(self.value(y, row)) for _, y in plan.on] for row in right]
        if plan.kind in LEFT_ONLY:
            return [row for row, key in zip(left, left_keys, strict=True) if (key in right_keys) == (plan.kind == "leftsemi")]
        if plan.kind in RIGHT_ONLY:
            return [row for row, key in zip(right, right_keys, strict=True) if (key in left_keys) == (plan.kind == "rightsemi")]
        rows: Rows = []
        seen: list[list[str]] = []
        for row, key in zip(left, left_keys, strict=True):
            if plan.kind == "innerunique" and key in seen:
                continue
            seen.append(key)
            matches = [other for other, k in zip(right, right_keys, strict=True) if k == key]
            rows += [self._pair(plan, row, other) for other in matches]
            if not matches and plan.kind in ("leftouter", "fullouter"):
                rows.append(self._pair(plan, row, None))
        if plan.kind in ("rightouter", "fullouter"):
            rows += [self._pair(plan, None, row) for row, key in zip(right, right_keys, strict=True) if key not in left_keys]
        return rows

    def _pair(self, plan: Join, left: Row | None, right: Row | None) -> Row:
        row: Row = {}
        for side, columns, schema in ((left, plan.left_out, plan.left.schema), (right, plan.right_out, plan.right.schema)):
            for out, name in columns:
                row[out] = side[name] if side is not None else "" if schema.by_name[name] is Type.STRING else None
        return row

    def _mvexpand(self, plan: MvExpand) -> Rows:
        rows: Rows = []
        for row in self.run(plan.input):
            expanded = [(item, _items(self.value(item.expr, row), item.pairs)) for item in plan.items]
            length = max(len(items) for _, items in expanded)
            for at in range(length if plan.limit is None else min(length, plan.limit)):
                found = {item.name: _element(items[at] if at < len(items) else None, item.type) for item, items in expanded}
                rows.append({**row, **found, **({plan.index: at} if plan.index else {})})
        return rows


def _key(value: Any) -> str:
    """What tells keys apart: null from all values, one NaN not from another, 0.0 not from -0.0."""
    return repr(value + 0.0 if isinstance(value, float) else value)


def _stable(order: list[int], values: list[Any]) -> list[int]:
    """Positions in descending order with equal values in the order of the input."""
    return sorted(order, key=lambda i: (_Reverse(values[i]), i))


class _Reverse:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Reverse) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reverse) and bool(self.value == other.value)


def _row_numbers(args: list[list[Any]], count: int) -> Iterator[int]:
    start = args[0][0] if args and count else 1
    number = start - 1
    for i in range(count):
        number = start if len(args) > 1 and args[1][i] is True else number + 1
        yield number


def _running_sums(args: list[list[Any]], type_: Type) -> Iterator[Any]:
    total: Any = 0.0 if type_ is Type.REAL else 0
    for i, value in enumerate(args[0]):
        if len(args) > 1 and args[1][i] is True:
            total = 0.0 if type_ is Type.REAL else 0
        total += value or 0
        yield total if type_ is not Type.INT else (total + 2**31) % 2**32 - 2**31


def _dense_ranks(args: list[list[Any]]) -> Iterator[int]:
    rank = 0
    for i, value in enumerate(args[0]):
        if i == 0 or (len(args) > 1 and args[1][i] is True):
            rank = 1
        elif repr(value) != repr(args[0][i - 1]):
            rank += 1
        yield rank


def _as_constant(value: Any, type_: Type) -> Known:
    return Known(value=dumps(value) if type_ is Type.DYNAMIC and value is not None else value, type=type_)


def _json(value: Any, type_: Type) -> Any:
    return cell(value, type_) if type_ in (Type.DATETIME, Type.TIMESPAN) else json_real(value)


def _items(value: Any, pairs: bool) -> list[Any]:
    if isinstance(value, dict):
        return [[k, v] if pairs else {k: v} for k, v in value.items()]
    return value if isinstance(value, list) else [value]


def _element(value: Any, type_: Type) -> Any:
    """A JSON element as `to typeof(type_)` converts it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match type_:
        case Type.DYNAMIC:
            return value
        case Type.LONG | Type.INT:
            return int(value) if number else None
        case Type.REAL:
            return float(value) if number else None
        case Type.STRING:
            return "" if value is None else value if isinstance(value, str) else dumps(value)
        case _:
            raise NotImplementedError(f"mv-expand to typeof({type_})")
