"""Typed lists, the fast form of dynamic arrays whose elements all have one type.

A lane is list<int64> (long), list<double> (real), list<string> (string), list<bool> (bool), or list<uint64>, which
by our convention holds datetimes as ticks. A null element is a JSON null, a null list a dynamic null. Functions that
make arrays (`split`, `make_list`, `make-series`, `range`) produce lanes; `to_text` turns them into JSON text.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import time_kernels
from kqlpy.columns.json_text import JsonValue
from kqlpy.columns.quoting import quote
from kqlpy.columns.real_kernels import format_reals
from kqlpy.columns.ticks import parse_datetime
from kqlpy.types import Type

__all__ = [
    "arrow_type",
    "element_at",
    "element_reader",
    "elements_to_json",
    "elements_to_text",
    "is_lane",
    "lane_type",
    "lane_values",
    "make_lane",
    "parts",
    "quote",
    "to_text",
]

_ELEMENTS: dict[Type, pa.DataType] = {
    Type.LONG: pa.int64(),
    Type.REAL: pa.float64(),
    Type.STRING: pa.string(),
    Type.BOOL: pa.bool_(),
    Type.DATETIME: pa.uint64(),
}
_TYPES: dict[pa.DataType, Type] = {held: type_ for type_, held in _ELEMENTS.items()}


def is_lane(array: pa.Array) -> bool:
    """Whether a dynamic column is held as typed lists."""
    return bool(pa.types.is_list(array.type))


def lane_type(array: pa.Array) -> Type | None:
    """The KQL type of a lane's elements; None when the column is held as JSON text."""
    return _TYPES.get(array.type.value_type) if is_lane(array) else None


def arrow_type(type_: Type) -> pa.DataType:
    """The Arrow type of a lane with elements of this type."""
    return pa.list_(_ELEMENTS[type_])


def make_lane(offsets: np.ndarray, elements: pa.Array, type_: Type, valid: np.ndarray | None = None) -> pa.Array:
    """A lane from `rows + 1` offsets into an array of elements (int64 ticks for datetimes).

    `valid` marks the rows that are not null; a null row has no elements.
    """
    held = elements.cast(_ELEMENTS[type_])
    starts = pa.array(offsets.astype(np.int32, copy=False), pa.int32())
    mask = None if valid is None else pa.array(~valid)
    return pa.ListArray.from_arrays(starts, held, mask=mask)


def parts(array: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The elements of all rows one after another, and `rows + 1` offsets into them; null rows have no elements.

    Datetimes come as int64 ticks, the other types as they are held.
    """
    elements = array.flatten()
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(array) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return (elements.cast(pa.int64()) if pa.types.is_uint64(elements.type) else elements), offsets


def lane_values(array: pa.Array) -> list[JsonValue]:
    """The rows as Python lists; datetimes as their seven-digit ISO text."""
    if lane_type(array) is Type.DATETIME:
        elements, offsets = parts(array)
        array = make_lane(offsets, time_kernels.format_datetimes(elements), Type.STRING, _valid(array))
    return array.to_pylist()  # type: ignore[no-any-return]


def to_text(array: pa.Array) -> pa.Array:
    """The JSON text of each row: `[1,2]`; null for a null row."""
    elements, offsets = parts(array)
    items = elements_to_json(elements, lane_type(array) or Type.LONG).fill_null("null")
    joined = pc.binary_join(make_lane(offsets, items, Type.STRING), ",")
    text = pc.binary_join_element_wise("[", joined, "]", "")
    return text if array.null_count == 0 else pc.if_else(array.is_valid(), text, pa.scalar(None, pa.string()))


def elements_to_json(elements: pa.Array, type_: Type) -> pa.Array:
    """The JSON text of each element of a lane, as dynamic values of their own; a null element stays null."""
    text = elements_to_text(elements, type_)
    if type_ is Type.STRING:
        return quote(text)
    quoted = pc.binary_join_element_wise('"', text, '"', "")
    if type_ is Type.DATETIME:
        return quoted
    return pc.if_else(pc.is_finite(elements), text, quoted) if type_ is Type.REAL else text


def elements_to_text(elements: pa.Array, type_: Type) -> pa.Array:
    """The text of each element, as `tostring()` shows it when it is a dynamic value; a null element stays null."""
    if type_ is Type.STRING:
        return elements
    if type_ is Type.DATETIME:
        return time_kernels.format_datetimes(elements)
    if type_ is not Type.REAL:
        return elements.cast(pa.string())
    text = format_reals(elements)
    # Inside a dynamic value infinities have the names that JSON output gives them.
    infinite = pc.fill_null(pc.is_inf(elements), False)
    return pc.replace_substring(text, "inf", "Infinity") if pc.any(infinite).as_py() else text


def element_at(array: pa.Array, index: int | np.ndarray) -> pa.Array:
    """The element at a position (or at one position per row) of each list; null beyond its ends.

    A negative position counts from the end. Datetimes come as int64 ticks, other types as they are held.
    """
    elements, offsets = parts(array)
    lengths = np.diff(offsets)
    position = np.where(np.asarray(index) < 0, lengths + index, index)
    inside = (position >= 0) & (position < lengths)
    return elements.take(pa.array(offsets[:-1] + np.where(inside, position, 0), mask=~inside))


def element_reader(type_: Type) -> Callable[[JsonValue], object]:
    """What turns a JSON value into an element of such a lane; None for a value of another type."""
    return _READERS[type_]


def _read_long(value: JsonValue) -> int | None:
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _read_real(value: JsonValue) -> float | None:
    if isinstance(value, str):
        return _NAMED_REALS.get(value)
    return float(value) if type(value) in (int, float) else None  # type: ignore[arg-type]


def _read_datetime(value: JsonValue) -> int | None:
    return parse_datetime(value) if isinstance(value, str) else None


_NAMED_REALS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_READERS: dict[Type, Callable[[JsonValue], object]] = {
    Type.LONG: _read_long,
    Type.REAL: _read_real,
    Type.STRING: lambda value: value if isinstance(value, str) else None,
    Type.BOOL: lambda value: value if isinstance(value, bool) else None,
    Type.DATETIME: _read_datetime,
}


def _valid(array: pa.Array) -> np.ndarray:
    valid: np.ndarray = array.is_valid().to_numpy(zero_copy_only=False)
    return valid
