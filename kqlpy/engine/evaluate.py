"""Values of bound expressions over a batch.

A `Frame` is one batch under evaluation; it remembers what it has computed, so that `(a, b) = f(x)` computes `f` once. This is the one place
where kernels are called: here constants stay scalars, what reads one dictionary-encoded column alone is computed on the dictionary's
values (once for all batches that share the dictionary), and plain row functions run once per distinct row.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.engine.batch import Batch
from kqlpy.engine.budget import limit_error
from kqlpy.errors import KqlError, KqlUnsupportedError
from kqlpy.functions.registry import SCALARS, Call, Overload
from kqlpy.plan.expressions import (
    Apply,
    ColumnRef,
    Constant,
    Convert,
    Expression,
    ListQuery,
    Membership,
    PathAccess,
    ScalarQuery,
    columns_of,
    is_volatile,
)
from kqlpy.session import Session
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.plan.nodes import Plan

__all__ = ["Evaluator", "Frame"]

type_is_dictionary = pa.types.is_dictionary
Value: TypeAlias = pa.Array | pa.Scalar
_KNOWN_VALUES = 64


class Evaluator:
    """Evaluates bound expressions; `query` runs a sub-plan (for `toscalar` and lists from tables) and must be cached by its owner."""

    def __init__(self, session: Session, query: Callable[[Plan], Batch] | None = None) -> None:
        self.session = session
        self.query = query
        self._sources: dict[int, tuple[Expression, str | None]] = {}
        self._known: OrderedDict[tuple[int, ...], tuple[Expression, pa.Array, Value]] = OrderedDict()
        self._lock = Lock()

    def frame(self, batch: Batch) -> Frame:
        """A batch to evaluate expressions over."""
        return Frame(self, batch)

    def source(self, expr: Expression) -> str | None:
        """The one column that an expression reads, if its value follows from that column's; else None."""
        if id(expr) not in self._sources:
            names = columns_of(expr)
            self._sources[id(expr)] = (expr, names.pop() if len(names) == 1 and not is_volatile(expr) else None)
        return self._sources[id(expr)][1]

    def of_values(self, expr: Expression, values: pa.Array, compute: Callable[[], Value]) -> Value:
        """What `compute` gives for an expression over the values of a dictionary; the last few answers are kept, as batches of a file share dictionaries."""
        key = (id(expr), *(b.address for b in values.buffers() if b is not None), values.offset, len(values))
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key][2]
        found = compute()
        with self._lock:
            self._known[key] = (expr, values, found)
            while len(self._known) > _KNOWN_VALUES:
                self._known.popitem(last=False)
        return found

    def constant(self, expr: Expression) -> Any:
        """The value (Python form, see `columns/storage.py`) of an expression that reads no columns."""
        if isinstance(expr, Constant):
            return expr.value
        value = self.frame(Batch({}, 1)).value(expr)
        if isinstance(value, pa.Array):
            value = storage.plain(value)[0]
        if expr.type is Type.DYNAMIC and pa.types.is_list(value.type):
            from kqlpy.columns import dynamic

            return dynamic.to_text(pa.array([value.as_py()], value.type))[0].as_py()
        return value.as_py()


class Frame:
    """One batch under evaluation."""

    def __init__(self, evaluator: Evaluator, batch: Batch) -> None:
        self.evaluator = evaluator
        self.batch = batch
        self._memo: dict[Any, Any] = {}
        self._inner: dict[str, Frame] = {}

    def column(self, expr: Expression) -> pa.Array:
        """The expression's value for every row, as an array of the batch's length."""
        value = self.value(expr)
        if isinstance(value, pa.Scalar):
            return broadcast(value, self.batch.rows, expr.type)
        return value

    def mask(self, expr: Expression) -> pa.Array:
        """A bool expression as a filter mask (nulls stay nulls)."""
        return storage.plain(self.column(expr))

    def value(self, expr: Expression) -> Value:
        """The expression's value: an array, or a scalar when it is the same for all rows."""
        if isinstance(expr, Apply | Convert | PathAccess | Membership):
            name = self.evaluator.source(expr)
            if name is not None and self._is_dictionary(name):
                return self._remember(("values", id(expr)), lambda expr: self._of_dictionary(expr, name), expr)
        match expr:
            case ColumnRef():
                return self.batch.columns[expr.name]
            case Constant():
                return storage.scalar(expr.value, expr.type)
            case Apply():
                # A call without arguments is known by itself: each written `rand()` draws its own numbers.
                return self._remember(("apply", expr.function, id(expr.overload), id(expr.args or expr), expr.part), self._apply, expr)
            case Convert():
                return self._remember(("convert", id(expr)), self._convert, expr)
            case PathAccess():
                return self._remember(("path", id(expr)), self._path, expr)
            case Membership():
                from kqlpy.engine.membership import membership

                return membership(self, expr)
            case ScalarQuery():
                return self._query_value(expr)
            case ListQuery():
                raise AssertionError("a list of a sub-query is read by its operator")
            case _:
                raise AssertionError(f"not a row expression: {type(expr).__name__}")

    def _remember(self, key: Any, compute: Callable[[Any], Value], expr: Expression) -> Value:
        if key not in self._memo:
            self._memo[key] = compute(expr)
        found: Value = self._memo[key]
        return found

    def _is_dictionary(self, name: str) -> bool:
        """Whether a column has fewer values than rows, and is held so."""
        column = self.batch.columns[name]
        return type_is_dictionary(column.type) and len(column.dictionary) <= len(column)

    def _of_dictionary(self, expr: Expression, name: str) -> Value:
        """The value of an expression over the one dictionary column that it reads: computed on the values, spread over the rows."""
        column = self.batch.columns[name]
        indices, values = column.indices, column.dictionary
        if indices.null_count:
            indices = pc.fill_null(indices, len(values))
            values = pa.concat_arrays([values, pa.nulls(1, values.type)])

        def compute() -> Value:
            if name not in self._inner:
                self._inner[name] = self.evaluator.frame(Batch({name: values}, len(values)))
            found = self._inner[name].value(expr)
            return found if isinstance(found, pa.Scalar) else storage.plain(found)

        return spread(self.evaluator.of_values(expr, values, compute), indices)

    def _query_value(self, expr: ScalarQuery) -> pa.Scalar:
        batch = self.evaluator.query(expr.plan) if self.evaluator.query else None
        if batch is None or not batch.rows or not len(expr.plan.schema):
            return storage.scalar(None, expr.type)
        first = batch.columns[expr.plan.schema.names[0]]
        cell = storage.plain(first.slice(0, 1))
        if pa.types.is_list(cell.type):
            from kqlpy.columns import dynamic

            cell = dynamic.to_text(cell)
        return cell[0]

    def _convert(self, expr: Convert) -> Value:
        from kqlpy.columns import lanes
        from kqlpy.columns.convert import convert

        if isinstance(expr.value, PathAccess):
            return self._path_to(expr.value, expr.type)
        if expr.value.type is Type.STRING and expr.type is Type.DYNAMIC:
            return lift(self.value(expr.value), lanes.quote)
        return lift(self.value(expr.value), lambda array: convert(array, expr.value.type, expr.type, self.evaluator.session.now))

    def _path(self, expr: PathAccess) -> Value:
        from kqlpy.columns import dynamic

        return lift(self._path_base(expr), lambda array: dynamic.path(array, expr.steps))

    def _path_to(self, expr: PathAccess, type_: Type) -> Value:
        """`to...(d.a.b)`, without JSON text in between."""
        from kqlpy.columns.dynamic_casts import path_to

        now = self.evaluator.session.now
        return lift(self._path_base(expr), lambda array: path_to(array, expr.steps, type_, now))

    def _path_base(self, expr: PathAccess) -> Value:
        """The dynamic value that a path goes into; text that is only read as JSON for it stays text."""
        base = expr.base
        if isinstance(base, Apply) and SCALARS[base.function].extra.get("reads_json") and base.args[0].type is Type.STRING:
            return self.value(base.args[0])
        return self.value(base)

    def _apply(self, expr: Apply) -> Value:
        overload = expr.overload
        if overload.kernel is None:
            return self._refused(expr)
        if len(expr.args) == 1 and isinstance(expr.args[0], PathAccess) and SCALARS[expr.function].extra.get("converts"):
            return self._path_to(expr.args[0], expr.type)
        args = [self.value(a) for a in expr.args]
        types = tuple(a.type for a in expr.args)
        try:
            result = self._call(overload, args, types, expr)
        except KqlError as error:
            error.span = error.span or expr.span
            raise
        return result

    def _refused(self, expr: Apply) -> Value:
        """No values for no rows; a function that is not run is refused with the first row."""
        if self.batch.rows == 0:
            return storage.nulls(0, expr.type)
        why = SCALARS[expr.function].why
        raise KqlUnsupportedError(f"kqlpy does not run the function `{expr.function}`", code="KQLPY001", span=expr.span, hint=why)

    def _call(self, overload: Overload, args: list[Value], types: tuple[Type, ...], expr: Apply) -> Value:
        arrays = [a for a in args if isinstance(a, pa.Array)]
        if not arrays and (not args or SCALARS[expr.function].volatile) and overload.context:
            return self._kernel(overload, args, types, expr, self.batch.rows)
        if not arrays:
            row = [pa.array([args[0].as_py()], args[0].type), *args[1:]] if args else []
            return self._checked(storage.plain(self._kernel(overload, row, types, expr, 1)), expr)[0]
        args = [storage.plain(a) if isinstance(a, pa.Array) else a for a in args]
        return self._kernel(overload, args, types, expr, self.batch.rows)

    def _checked(self, array: pa.Array, expr: Apply) -> pa.Array:
        """One value, unless it is a text beyond all bounds."""
        limit = self.evaluator.session.limits.text
        if array.nbytes > limit:
            raise limit_error(expr.function, f"{limit:,} bytes in one value", "text", expr.span)
        return array

    def _kernel(self, overload: Overload, args: list[Value], types: tuple[Type, ...], expr: Apply, rows: int) -> pa.Array:
        assert overload.kernel is not None
        result_type = overload.parts[expr.part][1] if expr.part is not None and overload.parts else expr.type
        call = Call(types, expr.type, rows, self.evaluator.session)
        if overload.rows:
            from kqlpy.engine.row_functions import run_rows

            return run_rows(overload, args, types, result_type, call, expr.part)
        if not overload.lanes:
            args = [as_text(a) if t is Type.DYNAMIC else a for a, t in zip(args, types, strict=False)]
        elif overload.flat:
            args = [as_lists(a) if t is Type.DYNAMIC else a for a, t in zip(args, types, strict=False)]
        key = ("parts", id(overload), id(expr.args), rows)
        if expr.part is not None and key in self._memo:
            return self._memo[key][expr.part]
        result = overload.kernel(call, *args) if overload.context else overload.kernel(*args)
        if isinstance(result, tuple):
            self._memo[key] = result
            return result[expr.part or 0]
        return fit(result, result_type, rows)


def as_text(value: Value) -> Value:
    """A dynamic value in JSON text form."""
    if isinstance(value, pa.Array) and pa.types.is_list(value.type):
        from kqlpy.columns import dynamic

        return dynamic.to_text(value)
    return value


def as_lists(value: Value) -> Value:
    """A dynamic column of flat arrays as typed lists."""
    if isinstance(value, pa.Array):
        from kqlpy.columns.flat_arrays import as_lane

        return as_lane(value)
    return value


def fit(result: Any, type_: Type, rows: int) -> pa.Array:
    """A kernel's answer as an array in the type's storage form (an int32 answer for a long column is widened)."""
    if isinstance(result, pa.ChunkedArray):
        result = result.combine_chunks()
    if isinstance(result, pa.Scalar):
        result = broadcast(result, rows, type_)
    wanted = storage.arrow_type(type_)
    if result.type == wanted or type_is_dictionary(result.type) or pa.types.is_list(result.type):
        return result
    return result.cast(wanted)


def broadcast(value: pa.Scalar, rows: int, type_: Type) -> pa.Array:
    """A constant as a column. A long text is held once, as a dictionary."""
    if pa.types.is_string(value.type) and value.is_valid and rows > 1:
        return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), pa.array([value.as_py()], pa.string()))
    if not value.is_valid:
        return storage.nulls(rows, type_)
    return pa.repeat(value, rows)


def lift(value: Value, compute: Callable[[pa.Array], pa.Array]) -> Value:
    """Apply a pure one-column computation; to the distinct values alone when the column is dictionary encoded."""
    if isinstance(value, pa.Scalar):
        return storage.plain(compute(pa.array([value.as_py()], value.type)))[0]
    if not type_is_dictionary(value.type):
        return compute(value)
    indices, values = value.indices, value.dictionary
    if len(values) > len(value):
        return compute(value.dictionary_decode())
    if indices.null_count:
        indices = pc.fill_null(indices, len(values))
        values = pa.concat_arrays([values, pa.nulls(1, values.type)])
    return spread(storage.plain(compute(values)), indices)


def spread(found: Value, indices: pa.Array) -> Value:
    """What was computed on a dictionary's values, for each row; texts stay a dictionary."""
    if isinstance(found, pa.Scalar):
        return found
    if pa.types.is_string(found.type) and not found.null_count:
        return pa.DictionaryArray.from_arrays(indices, found)
    return found.take(indices)


def constants_of(args: Sequence[Value]) -> tuple[Any, ...]:
    """Python values of the scalar arguments, None at arrays."""
    return tuple(a.as_py() if isinstance(a, pa.Scalar) else None for a in args)
