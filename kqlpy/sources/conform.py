"""Arrow columns of any type to the storage form of a KQL type, without copying where the forms agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage, ticks
from kqlpy.schema import Column
from kqlpy.sources import messages
from kqlpy.sources.portal_time import TimeStyle
from kqlpy.sources.reports import FileLog
from kqlpy.sources.values import Converted, from_text, through_dictionary
from kqlpy.types import Type, parse_type

__all__ = ["conform", "field_type", "natural_type", "one_array", "settle"]


def settle(array: pa.Array, column: Column, log: FileLog, first: int) -> pa.Array:
    """`array` as the column's type; lost values go into the log. `first` is the number of its first row in the file."""
    converted = conform(array, column.type)
    if converted.failed is not None and len(converted.failed):
        row = int(converted.failed[0])
        log.fail(column.name, column.type, first, len(converted.failed), str(array[row].as_py()), first + row, None)
    return converted.array


def field_type(field: pa.Field, file: str) -> Type:
    """The KQL type of an Arrow field: as its metadata `kql.type` says, else by its Arrow type."""
    told = told_type(field)
    found = told or natural_type(field.type)
    if found is None:
        raise messages.unsupported_type(file, field.name, str(field.type))
    return found


def told_type(field: pa.Field) -> Type | None:
    """The KQL type that a field's metadata names."""
    text = (field.metadata or {}).get(b"kql.type")
    return parse_type(text.decode()) if text else None


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array; dictionaries of several chunks become one."""
    if column.num_chunks == 1:
        return column.chunk(0)
    if column.num_chunks == 0:
        return pa.array([], column.type)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return pa.concat_arrays(column.chunks)


def natural_type(arrow: pa.DataType) -> Type | None:
    """The KQL type that an Arrow type stands for; None when there is none (binary)."""
    t = pa.types
    if t.is_dictionary(arrow):
        return natural_type(arrow.value_type)
    if isinstance(arrow, pa.BaseExtensionType):
        return Type.GUID if arrow.extension_name == "arrow.uuid" else natural_type(arrow.storage_type)
    for test, type_ in _NATURAL:
        if test(arrow):
            return type_
    return Type.INT if t.is_integer(arrow) else None


_NATURAL: tuple[tuple[Callable[[pa.DataType], bool], Type], ...] = (
    (pa.types.is_boolean, Type.BOOL),
    (pa.types.is_int64, Type.LONG),
    (pa.types.is_uint32, Type.LONG),
    (pa.types.is_uint64, Type.LONG),
    (pa.types.is_floating, Type.REAL),
    (pa.types.is_decimal, Type.DECIMAL),
    (lambda a: pa.types.is_string(a) or pa.types.is_large_string(a) or pa.types.is_string_view(a), Type.STRING),
    (pa.types.is_timestamp, Type.DATETIME),
    (pa.types.is_date, Type.DATETIME),
    (pa.types.is_duration, Type.TIMESPAN),
    (pa.types.is_time, Type.TIMESPAN),
    (pa.types.is_nested, Type.DYNAMIC),
    (pa.types.is_null, Type.DYNAMIC),
)


def conform(array: pa.Array, type_: Type, style: TimeStyle = TimeStyle()) -> Converted:  # noqa: B008
    """`array` as a column of `type_`; values that the type cannot hold become null and are told by position."""
    if isinstance(array, pa.ExtensionArray):
        array = _unwrapped(array)
    arrow = array.type
    if pa.types.is_null(arrow):
        return Converted(storage.nulls(len(array), type_))
    if pa.types.is_dictionary(arrow):
        return through_dictionary(array, type_, lambda values: conform(values, type_, style))
    if pa.types.is_large_string(arrow) or pa.types.is_string_view(arrow):
        array, arrow = array.cast(pa.string()), pa.string()
    if pa.types.is_string(arrow):
        return from_text(array, type_, style)
    direct = _direct(array, type_)
    if direct is not None:
        return direct
    return from_text(to_text(array), type_, style)


def _unwrapped(array: pa.ExtensionArray) -> pa.Array:
    if array.type.extension_name == "arrow.uuid":
        import uuid

        return pa.array([None if v is None else str(v if isinstance(v, uuid.UUID) else uuid.UUID(bytes=v)) for v in array.to_pylist()], pa.string())
    return array.storage


def _direct(array: pa.Array, type_: Type) -> Converted | None:
    """The column where Arrow's own type is close to the wanted one, else None."""
    t, arrow = pa.types, array.type
    if type_ is Type.DATETIME and t.is_timestamp(arrow):
        return _ticks(array.view(pa.int64()), arrow.unit, ticks.EPOCH_TICKS)
    if type_ is Type.DATETIME and t.is_date(arrow):
        days = array.cast(pa.date32()).view(pa.int32()).cast(pa.int64())
        return _ticks(days, "D", ticks.EPOCH_TICKS)
    if type_ is Type.TIMESPAN and (t.is_duration(arrow) or t.is_time64(arrow)):
        return _ticks(array.view(pa.int64()), arrow.unit, 0)
    if type_ is Type.TIMESPAN and t.is_time32(arrow):
        return _ticks(array.view(pa.int32()).cast(pa.int64()), arrow.unit, 0)
    if type_ in _NUMBERS and (t.is_integer(arrow) or t.is_floating(arrow) or t.is_decimal(arrow)):
        return _number(array, type_)
    if type_ is Type.BOOL and t.is_boolean(arrow):
        return Converted(array)
    if type_ is Type.BOOL and (t.is_integer(arrow) or t.is_floating(arrow)):
        return Converted(pc.not_equal(array, pa.scalar(0, arrow)))
    if type_ is Type.DYNAMIC and t.is_nested(arrow):
        return Converted(_dynamic(array))
    return None


_NUMBERS = frozenset({Type.INT, Type.LONG, Type.REAL, Type.DECIMAL})
_UNITS = {"s": 10_000_000, "ms": 10_000, "us": 10, "D": 864_000_000_000}


def _ticks(counts: pa.Array, unit: str, origin: int) -> Converted:
    """Counts of a unit as ticks from `origin`; what lies outside the years 1 to 9999 is lost."""
    values = counts.fill_null(0).to_numpy() if counts.null_count else counts.to_numpy()
    factor = _UNITS.get(unit)
    moved = values // 100 if factor is None else values * factor
    if origin:
        moved = moved + origin
    limit = (ticks.MAX_DATETIME - ticks.EPOCH_TICKS if origin else 2**63 - 1) // (factor or 1)
    lowest = -(ticks.EPOCH_TICKS // factor) if origin and factor else -limit
    outside = np.zeros(0, bool)
    if factor is not None and len(values) and (values.max() > limit or values.min() < lowest):
        outside = (values > limit) | (values < lowest)
    mask = counts.is_null().to_numpy(zero_copy_only=False) if counts.null_count else None
    if not outside.any():
        return Converted(pa.array(moved, pa.int64(), mask=mask))
    return Converted(pa.array(moved, pa.int64(), mask=outside if mask is None else mask | outside), np.flatnonzero(outside))


def _number(array: pa.Array, type_: Type) -> Converted | None:
    target = storage.arrow_type(type_)
    if array.type == target:
        return Converted(array)
    if pa.types.is_floating(array.type) and array.type != pa.float64():
        array = array.cast(pa.float64())
        if type_ is Type.REAL:
            return Converted(array)
    try:
        return Converted(array.cast(target, safe=type_ is not Type.REAL))
    except pa.ArrowInvalid:
        return None


def _dynamic(array: pa.Array) -> pa.Array:
    """A list of plain values as a list lane, other nested values as JSON text."""
    lane = _lane(array.type)
    if lane is not None:
        return array if array.type == lane else array.cast(lane)
    return pa.array([None if v is None else _json(v) for v in array.to_pylist(maps_as_pydicts="lossy")], pa.string())


def _lane(arrow: pa.DataType) -> pa.DataType | None:
    t = pa.types
    if not (t.is_list(arrow) or t.is_large_list(arrow) or t.is_fixed_size_list(arrow)):
        return None
    inner = arrow.value_type
    if t.is_signed_integer(inner) or t.is_uint8(inner) or t.is_uint16(inner) or t.is_uint32(inner):
        return pa.list_(pa.int64())
    if t.is_float32(inner) or t.is_float64(inner):
        return pa.list_(pa.float64())
    if t.is_string(inner) or t.is_large_string(inner) or t.is_string_view(inner):
        return pa.list_(pa.string())
    return pa.list_(pa.bool_()) if t.is_boolean(inner) else None


def to_text(array: pa.Array) -> pa.Array:
    """Every value as KQL's `tostring()` writes it; null stays null."""
    t, arrow = pa.types, array.type
    if t.is_boolean(arrow) or t.is_integer(arrow):
        return array.cast(pa.string())
    if t.is_timestamp(arrow) or t.is_date(arrow):
        return _written(_direct(array, Type.DATETIME), ticks.format_datetime_iso)
    if t.is_duration(arrow) or t.is_time(arrow):
        return _written(_direct(array, Type.TIMESPAN), ticks.format_timespan)
    if t.is_nested(arrow):
        return pa.array([None if v is None else _json(v) for v in array.to_pylist(maps_as_pydicts="lossy")], pa.string())
    if t.is_binary(arrow) or t.is_large_binary(arrow) or t.is_fixed_size_binary(arrow) or t.is_binary_view(arrow):
        return pa.array([None if v is None else v.decode("utf-8", "replace") for v in array.to_pylist()], pa.string())
    return pa.array([None if v is None else _plain_number(v) for v in array.to_pylist()], pa.string())


def _written(converted: Converted | None, write: Callable[[int], str]) -> pa.Array:
    assert converted is not None
    return pa.array([None if v is None else write(v) for v in converted.array.to_pylist()], pa.string())


def _plain_number(value: Any) -> str:
    text = str(value)
    return text[:-2] if isinstance(value, float) and text.endswith(".0") else text


def _json(value: Any) -> str:
    from kqlpy.columns import dynamic

    return dynamic.dumps(value)
