"""Functions over dynamic arrays: length, parts, order, search, and making arrays out of values.

Arrays held as typed lists (lanes, see `columns/lanes.py`) are computed on whole columns; JSON text is read once per distinct row.
Sorting is in `array_sort.py`, arrays as sets in `sets.py`. A dynamic value that is no array gives null, unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, lanes, ticks, time_kernels
from kqlpy.columns.flat_arrays import as_lane
from kqlpy.engine.row_functions import python_values, to_column
from kqlpy.errors import KqlRuntimeError, KqlUnsupportedError
from kqlpy.functions.registry import Call, scalar
from kqlpy.types import Type

__all__ = ["by_rows", "column", "item", "json_of", "parsed", "same", "whole"]

Value: TypeAlias = "pa.Array | pa.Scalar"
Ints = npt.NDArray[np.int64]

_LONGEST = 1_048_576
_MOST = 1 << 28


@scalar("(array: array) -> long", flat=True, aliases=("arraylength",), page="array-length-function")
def array_length(array: pa.Array) -> pa.Array:
    """Number of elements; null for what is no array.

    >>> print array_length(dynamic([1, 2, 3, "four"]))
    4
    """
    if dynamic.is_lane(array):
        return pc.list_value_length(array).cast(pa.int64())
    return by_rows(lambda items: len(items) if isinstance(items, list) else None, (array,), (Type.DYNAMIC,), Type.LONG)


@scalar("(+array: array) -> dynamic", lanes=True, page="array-concat-function")
def array_concat(*arrays: Value) -> pa.Array:
    """The elements of all arrays one after another; what is no array adds nothing.

    >>> print array_concat(dynamic([1, 2]), dynamic({"a": 1}), dynamic([3]))
    [1,2,3]
    """
    if len({a.type for a in arrays}) == 1 and pa.types.is_list(arrays[0].type):
        rows = whole(*arrays)
        return _concat_lanes([column(a, rows) for a in arrays])
    inner = []
    for text in (_texts(a) for a in arrays):
        filled = pc.fill_null(pc.and_(pc.starts_with(text, "["), pc.greater(pc.binary_length(text), 2)), False)
        piece = pc.binary_join_element_wise(",", pc.utf8_slice_codeunits(text, 1, -1), "")
        inner.append(pc.if_else(filled, piece, ""))
    joined = pc.binary_join_element_wise("[", *inner, "]", "")
    return pc.replace_substring(joined, "[,", "[", max_replacements=1)


@scalar("(array: array, start: integer, end: integer) -> dynamic", flat=True, page="array-slice-function")
def array_slice(array: Value, start: Value, end: Value) -> pa.Array:
    """The elements from `start` to `end`, both included; negative positions count from the end, those outside are cut off.

    >>> print array_slice(dynamic([1, 2, 3, 4, 5]), 2, -1)
    [3,4,5]
    """
    if isinstance(array, pa.Array) and dynamic.is_lane(array):
        return _slice_lane(array, start, end)
    return by_rows(_slice, (array, start, end), (Type.DYNAMIC, Type.LONG, Type.LONG))


@scalar(
    ["(array: array, index: integer) -> dynamic", "(array: array, indices: array) -> dynamic"],
    rows=True, page="array-split-function",
)  # fmt: skip
def array_split(array: Any, indices: Any) -> list[Any] | None:
    """The array cut in front of each position; negative positions count from the end.

    >>> print array_split(dynamic([1, 2, 3, 4, 5]), dynamic([1, 3]))
    [[1],[2,3],[4,5]]
    """
    if isinstance(indices, int):
        indices = [indices]
    if not isinstance(array, list) or not isinstance(indices, list) or not all(type(i) is int for i in indices):
        return None
    size = len(array)
    cuts = [0, *(min(max(i + size if i < 0 else i, 0), size) for i in indices), size]
    return [array[start:stop] for start, stop in pairwise(cuts)]


@scalar("(array: array) -> dynamic", rows=True, page="array-reverse-function")
def array_reverse(array: Any) -> list[Any] | None:
    """The elements from last to first.

    >>> print array_reverse(dynamic(["this", "is", "an", "example"]))
    ["example","an","is","this"]
    """
    return array[::-1] if isinstance(array, list) else None


@scalar("(array: array, rotate_count: integer) -> dynamic", rows=True, page="array-rotate-left-function")
def array_rotate_left(array: Any, rotate_count: int) -> list[Any] | None:
    """The array with its first `rotate_count` elements moved to the end; a negative count moves the other way.

    >>> print array_rotate_left(dynamic([1, 2, 3, 4, 5]), 2)
    [3,4,5,1,2]
    """
    if not isinstance(array, list):
        return None
    at = rotate_count % len(array) if array else 0
    return [*array[at:], *array[:at]]


@scalar("(array: array, rotate_count: integer) -> dynamic", rows=True, page="array-rotate-right-function")
def array_rotate_right(array: Any, rotate_count: int) -> list[Any] | None:
    """The array with its last `rotate_count` elements moved to the front; a negative count moves the other way.

    >>> print array_rotate_right(dynamic([1, 2, 3, 4, 5]), 2)
    [4,5,1,2,3]
    """
    return array_rotate_left(array, -rotate_count)


_SHIFT = "(array: array, shift_count: integer, default_value: scalar = ?) -> dynamic"


@scalar(_SHIFT, rows=True, nulls="kernel", context=True, page="array-shift-left-function")
def array_shift_left(call: Call, array: Any, shift_count: int | None, default_value: Any = None) -> list[Any] | None:
    """The array shifted to its start, filled up with `default_value` ("" in an array of strings, else null) to its old length.

    >>> print array_shift_left(dynamic([1, 2, 3, 4, 5]), 2, -1)
    [3,4,5,-1,-1]
    """
    if not isinstance(array, list) or shift_count is None:
        return None
    fill = item(default_value, call.types[2]) if len(call.types) > 2 else None
    if fill is None and array and all(isinstance(element, str) for element in array):
        fill = ""
    gap = [fill] * min(abs(shift_count), len(array))
    return [*array[len(gap) :], *gap] if shift_count >= 0 else [*gap, *array[: len(array) - len(gap)]]


@scalar(_SHIFT, rows=True, nulls="kernel", context=True, page="array-shift-right-function")
def array_shift_right(call: Call, array: Any, shift_count: int | None, default_value: Any = None) -> list[Any] | None:
    """The array shifted to its end, filled up in front with `default_value`; see `array_shift_left`.

    >>> print array_shift_right(dynamic([1, 2, 3, 4, 5]), 2)
    [null,null,1,2,3]
    """
    return array_shift_left(call, array, None if shift_count is None else -shift_count, default_value)


def _first_places(array: Value, value: Value, *window: Value) -> tuple[npt.NDArray[np.bool_], pa.Array] | None:
    """`array_index_of` a constant text or whole number in flat arrays."""
    if not isinstance(array, pa.Array) or isinstance(value, pa.Array) or window or type(value.as_py()) not in (str, int):
        return None
    lists = as_lane(array)
    held = {str: Type.STRING, int: Type.LONG}[type(value.as_py())]
    if dynamic.lane_type(lists) is not held or lists.null_count:
        return None
    elements, offsets = lanes.parts(lists)
    hits = np.flatnonzero(pc.equal(elements, value).to_numpy(zero_copy_only=False))
    first = np.append(hits, len(elements))[np.searchsorted(hits, offsets[:-1])]
    return np.ones(len(lists), bool), pa.array(np.where(first < offsets[1:], first - offsets[:-1], -1))


@scalar(
    "(array: array, value: scalar, start: integer = ?, length: integer = ?, occurrence: const integer = ?) -> long",
    rows=True, context=True, arrays=_first_places, page="array-index-of-function",
)  # fmt: skip
def array_index_of(call: Call, array: Any, value: Any, start: int = 0, length: int = -1, occurrence: int = 1) -> int | None:
    """Position of the `occurrence`-th element equal to `value` among `length` elements from `start`; -1 when there is none.

    Numbers are equal whatever their type. A negative `start` counts from the end; a `length` of -1 has no bound.

    >>> print array_index_of(dynamic(["this", "is", "an", "example", "an"]), "an", 1, -1, 2)
    4
    """
    if not isinstance(array, list) or length < -1 or occurrence < 1:
        return None
    first = max(start + len(array), 0) if start < 0 else start
    last = len(array) if length == -1 else min(first + length, len(array))
    wanted = same(item(value, call.types[1]))
    for position in range(first, last):
        if same(array[position]) == wanted:
            occurrence -= 1
            if not occurrence:
                return position
    return -1


@scalar(
    "(condition_array: array, when_true: scalar, when_false: scalar) -> dynamic",
    rows=True, nulls="kernel", context=True, aliases=("array_iif",), obsolete="", page="array-iff-function",
)  # fmt: skip
def array_iff(call: Call, condition_array: Any, when_true: Any, when_false: Any) -> list[Any] | None:
    """For each condition the element of `when_true` or `when_false` at its place, or that value itself when it is no array.

    Numbers other than 0 are true. A condition that is neither bool nor number, or an array too short, gives null.

    >>> print array_iff(dynamic([1, 0, "x"]), "yes", dynamic([4, 5, 6]))
    ["yes",5,null]
    """
    if not isinstance(condition_array, list):
        return None
    sides = (item(when_false, call.types[2]), item(when_true, call.types[1]))
    chosen: list[Any] = []
    for position, condition in enumerate(condition_array):
        side = sides[bool(condition)] if isinstance(condition, int | float) else None
        if isinstance(side, list):
            side = side[position] if position < len(side) else None
        chosen.append(side)
    return chosen


@scalar("(array: array) -> real", flat=True, obsolete="series_sum", page="array-sum-function")
def array_sum(array: pa.Array) -> pa.Array:
    """Sum of the elements as a real; null when one of them is no number.

    >>> print array_sum(dynamic([1, 2, 3, 4]))
    10.0
    """
    if dynamic.lane_type(array) in (Type.LONG, Type.REAL):
        return _sum_lane(array)
    return by_rows(_sum, (array,), (Type.DYNAMIC,), Type.REAL)


@scalar(
    "(start: summable, stop: summable, step: summable = ?) -> dynamic",
    context=True, name="range", page="range-function",
)  # fmt: skip
def range_(call: Call, start: Value, stop: Value, step: Value | None = None) -> pa.Array:
    """The values `start`, `start + step` ... up to and with `stop`, as an array; `step` is 1, or 1h for times.

    At most 1,048,576 values; the rest is cut off.

    >>> print range(1, 8, 3)
    [1,4,7]
    """
    type_ = _range_type(call.types)
    rows = whole(start, stop, step)
    usual = ticks.TICKS_PER_HOUR if type_ in (Type.DATETIME, Type.TIMESPAN) else 1
    bounds = [column(pa.scalar(usual) if v is None else v, rows) for v in (start, stop, step)]
    held = pa.float64() if type_ is Type.REAL else pa.int64()
    valid = np.logical_and.reduce([b.is_valid().to_numpy(zero_copy_only=False) for b in bounds])
    first, last, by = (b.cast(held, safe=False).fill_null(0).to_numpy(zero_copy_only=False) for b in bounds)
    valid &= by != 0
    counts = _range_counts(first, last, np.where(by == 0, 1, by), valid)
    offsets = _offsets(counts)
    places = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts)
    elements = pa.array(np.repeat(first, counts) + np.repeat(by, counts) * places)
    if type_ is Type.TIMESPAN:
        elements, type_ = time_kernels.format_timespans(elements), Type.STRING
    return dynamic.make_lane(offsets, elements, type_, valid)


@scalar(
    "(value: scalar, count: long) -> dynamic",
    context=True, lanes=True, naming="prefix", prefix="repeat", page="repeat-function",
)  # fmt: skip
def repeat(call: Call, value: Value, count: Value) -> pa.Array:
    """An array that holds `value` `count` times; null when the count is negative.

    >>> print repeat("a", 3)
    ["a","a","a"]
    """
    rows = whole(value, count)
    cells = _cells(value, call.types[0], rows)
    if cells is None:
        text = column(json_of(value, call.types[0]), rows)
        counts = column(count, rows)
        return pa.array([_repeated(t, c) for t, c in zip(text.to_pylist(), counts.to_pylist(), strict=True)], pa.string())
    elements, type_ = cells
    counts = pc.fill_null(column(count, rows), -1).to_numpy(zero_copy_only=False)
    valid = counts >= 0
    counts = np.clip(counts, 0, _LONGEST)
    return dynamic.make_lane(_offsets(counts), elements.take(pa.array(np.repeat(np.arange(rows), counts))), type_, valid)


@scalar("(array: array, +others: array) -> dynamic", rows=True, nulls="kernel", name="zip", page="zip-function")
def zip_(*arrays: Any) -> list[Any] | None:
    """An array of arrays: all first elements, all second ones and so on; the shorter arrays are filled up with null.

    >>> print zip(dynamic(["A", 1, 1.5]), dynamic([{}, "B"]))
    [["A",{}],[1,"B"],[1.5,null]]
    """
    if not any(isinstance(array, list) for array in arrays):
        return None
    lists = [array if isinstance(array, list) else [] for array in arrays]
    longest = max(map(len, lists))
    return [[one[at] if at < len(one) else None for one in lists] for at in range(longest)]


@scalar("(object: bag) -> dynamic", rows=True, naming="prefix", prefix="tree", page="treepath-function")
def treepath(object: Any) -> list[str] | None:
    """The paths to everything inside the value; `[0]` stands for all elements of an array.

    >>> print treepath(dynamic({"prop1": [1, 2, 3, 4], "prop2": "value2"}))
    ["['prop1']","['prop1'][0]","['prop2']"]
    """
    if not isinstance(object, dict | list):
        return None
    found: dict[str, None] = {}
    _walk(object, "", found)
    return list(found)


@scalar("(+value: scalar) -> dynamic", context=True, lanes=True, star=True, page="pack-array-function")
def pack_array(call: Call, *values: Value) -> pa.Array:
    """The values as an array; datetimes and timespans become text.

    >>> print pack_array(1, "2", 2s)
    [1,"2","00:00:02"]
    """
    rows = whole(*values)
    cells = [_cells(v, t, rows) for v, t in zip(values, call.types, strict=True)]
    kinds = {None if cell is None else cell[1] for cell in cells}
    kind = kinds.pop()
    if kinds or kind is None:
        texts = [_filled(json_of(v, t)) for v, t in zip(values, call.types, strict=True)]
        joined = pc.binary_join_element_wise(*[column(text, rows) for text in texts], ",")
        return pc.binary_join_element_wise("[", joined, "]", "")
    elements = pa.concat_arrays([cell[0] for cell in cells if cell])
    order = np.arange(rows * len(cells)).reshape(len(cells), rows).T.ravel()
    return dynamic.make_lane(np.arange(rows + 1) * len(cells), elements.take(pa.array(order)), kind)


def whole(*values: Value | None) -> int:
    """Rows of the columns among some arguments (1 when all are constants)."""
    return next((len(v) for v in values if isinstance(v, pa.Array)), 1)


def column(value: Value, rows: int) -> pa.Array:
    """A constant as a column."""
    if isinstance(value, pa.Array):
        return value
    if pa.types.is_list(value.type) or not value.is_valid:
        return pa.array([value.as_py()] * rows, value.type)
    return pa.repeat(value, rows)


def parsed(value: Value) -> Any:
    """The Python form of a dynamic constant."""
    return dynamic.values(pa.array([value.as_py()], value.type))[0]


def item(value: Any, type_: Type) -> Any:
    """One row's value as it stands inside a dynamic: datetimes, timespans, decimals as text."""
    if value is None:
        return None
    if type_ is Type.DATETIME:
        return ticks.format_datetime_iso(value)
    if type_ is Type.TIMESPAN:
        return ticks.format_timespan(value)
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def same(value: Any) -> Any:
    """A key that is equal for equal dynamic values: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, list):
        return ("array", *map(same, value))
    if isinstance(value, dict):
        return ("bag", frozenset((key, same(inner)) for key, inner in value.items()))
    return value


def json_of(value: Value, type_: Type) -> Value:
    """A column (or constant) as the JSON text of dynamic values; null stays null."""
    if isinstance(value, pa.Scalar):
        return json_of(pa.array([value.as_py()], value.type), type_)[0]
    match type_:
        case Type.DYNAMIC:
            return dynamic.text_of(value)
        case Type.STRING | Type.GUID | Type.UNKNOWN:
            return lanes.quote(value)
        case Type.TIMESPAN:
            return lanes.quote(time_kernels.format_timespans(value))
        case Type.DECIMAL:
            return lanes.quote(pa.array([item(v, type_) for v in value.to_pylist()], pa.string()))
        case _:
            return lanes.elements_to_json(value, type_)


def by_rows(
    function: Callable[..., Any], args: tuple[Value, ...], types: tuple[Type, ...], result: Type = Type.DYNAMIC
) -> pa.Array:
    """A plain function over the rows of columns and constants; null for any null.

    It is called once per distinct value when only one argument is a column.
    """
    columns = [i for i, a in enumerate(args) if isinstance(a, pa.Array)]
    fixed = [None if i in columns else [_python(a, t)] for i, (a, t) in enumerate(zip(args, types, strict=True))]
    if len(columns) == 1 and not pa.types.is_list(args[columns[0]].type):
        encoded = args[columns[0]].dictionary_encode(null_encoding="encode")
        return _each(function, fixed, {columns[0]: encoded.dictionary}, types, result).take(encoded.indices)
    return _each(function, fixed, {i: args[i] for i in columns}, types, result)


def _each(
    function: Callable[..., Any], fixed: list[Any], columns: dict[int, pa.Array], types: tuple[Type, ...], result: Type
) -> pa.Array:
    rows = len(next(iter(columns.values())))
    lists = [python_values(columns[i], types[i]) if i in columns else one * rows for i, one in enumerate(fixed)]
    return to_column([None if None in row else function(*row) for row in zip(*lists, strict=True)], result)


def _python(value: Value, type_: Type) -> Any:
    return python_values(pa.array([value.as_py()], value.type), type_)[0]


def _texts(value: Value) -> Value:
    return json_of(value, Type.DYNAMIC)


def _filled(texts: Value) -> Value:
    return pc.fill_null(texts, "null")


def _slice(array: Any, start: int, end: int) -> list[Any] | None:
    if not isinstance(array, list):
        return None
    size = len(array)
    first = max(start + size if start < 0 else start, 0)
    return array[first : max((end + size if end < 0 else end) + 1, 0)]


def _slice_lane(array: pa.Array, start: Value, end: Value) -> pa.Array:
    rows = len(array)
    elements, offsets = lanes.parts(array)
    sizes = np.diff(offsets)
    bounds = [column(v, rows).cast(pa.int64()) for v in (start, end)]
    valid = np.logical_and.reduce([a.is_valid().to_numpy(zero_copy_only=False) for a in (array, *bounds)])
    first, last = (b.fill_null(0).to_numpy(zero_copy_only=False) for b in bounds)
    first = np.maximum(np.where(first < 0, first + sizes, first), 0)
    last = np.minimum(np.where(last < 0, last + sizes, last), sizes - 1)
    counts = np.where(valid, np.maximum(last - first + 1, 0), 0)
    places = _offsets(counts)
    taken = np.arange(places[-1]) + np.repeat(offsets[:-1] + first - places[:-1], counts)
    return dynamic.make_lane(places, elements.take(pa.array(taken)), dynamic.lane_type(array) or Type.LONG, valid)


def _concat_lanes(arrays: list[pa.Array]) -> pa.Array:
    parts = [lanes.parts(array) for array in arrays]
    sizes = [np.diff(offsets) for _, offsets in parts]
    offsets = _offsets(np.add.reduce(sizes))
    order = np.empty(offsets[-1], np.int64)
    base, starts = 0, offsets[:-1].copy()
    for (elements, own), size in zip(parts, sizes, strict=True):
        order[np.arange(len(elements)) + np.repeat(starts - own[:-1], size)] = base + np.arange(len(elements))
        base += len(elements)
        starts += size
    taken = pa.concat_arrays([elements for elements, _ in parts]).take(pa.array(order))
    return dynamic.make_lane(offsets, taken, dynamic.lane_type(arrays[0]) or Type.LONG)


def _sum(array: Any) -> float | None:
    if not isinstance(array, list) or not all(type(element) in (int, float) for element in array):
        return None
    return float(sum(map(float, array)))


def _sum_lane(array: pa.Array) -> pa.Array:
    elements, offsets = lanes.parts(array)
    numbers = elements.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
    rows = np.repeat(np.arange(len(array)), np.diff(offsets))
    sums = np.bincount(rows, weights=numbers, minlength=len(array))
    valid = array.is_valid().to_numpy(zero_copy_only=False).copy()
    if elements.null_count:
        valid[rows[elements.is_null().to_numpy(zero_copy_only=False)]] = False
    return pa.array(sums, mask=~valid)


def _range_type(types: tuple[Type, ...]) -> Type:
    """What kind of elements a range has."""
    first, rest = types[0], set(types)
    if first is Type.DATETIME and types[1] is Type.DATETIME and set(types[2:]) <= {Type.TIMESPAN}:
        return Type.DATETIME
    if rest == {Type.TIMESPAN}:
        return Type.TIMESPAN
    if rest <= {Type.INT, Type.LONG}:
        return Type.LONG
    if rest <= {Type.INT, Type.LONG, Type.REAL}:
        return Type.REAL
    raise KqlUnsupportedError(f"kqlpy does not run `range` over {', '.join(types)}", code="KQLPY001")


def _range_counts(first: Any, last: Any, by: Any, valid: npt.NDArray[np.bool_]) -> Ints:
    """How many values each range has."""
    with np.errstate(all="ignore"):
        rough = (last.astype(np.float64) - first.astype(np.float64)) / by
        small = np.isfinite(rough) & (np.abs(rough) < _LONGEST + 1)
        exact = np.floor_divide(np.where(small, last - first, 0), by) + 1
    counts = np.where(small, exact, np.where(rough > 0, _LONGEST, 0)).astype(np.int64)
    return np.where(valid, np.clip(counts, 0, _LONGEST), 0)


def _offsets(counts: Ints) -> Ints:
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    if offsets[-1] > _MOST:
        raise KqlRuntimeError(f"arrays of {offsets[-1]:,} elements in one batch are more than {_MOST:,}", code="KQLPY002")
    return offsets


def _repeated(text: str | None, count: int | None) -> str | None:
    if count is None or count < 0:
        return None
    return "[" + ",".join(["null" if text is None else text] * min(count, _LONGEST)) + "]"


def _cells(value: Value, type_: Type, rows: int) -> tuple[pa.Array, Type] | None:
    """The values as elements of a lane and the lane's type; None for dynamic values."""
    array = column(value, rows)
    match type_:
        case Type.DYNAMIC | Type.UNKNOWN:
            return None
        case Type.INT | Type.LONG:
            return array.cast(pa.int64()), Type.LONG
        case Type.TIMESPAN:
            return time_kernels.format_timespans(array), Type.STRING
        case Type.DECIMAL:
            return pa.array([item(v, type_) for v in array.to_pylist()], pa.string()), Type.STRING
        case Type.GUID:
            return array, Type.STRING
        case _:
            return array, type_


def _walk(value: Any, path: str, found: dict[str, None]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            found[f"{path}['{key}']"] = None
            _walk(inner, f"{path}['{key}']", found)
    elif isinstance(value, list):
        for inner in value:
            found[f"{path}[0]"] = None
            _walk(inner, f"{path}[0]", found)
