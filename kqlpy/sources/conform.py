"""Arrow columns of any type to the storage form of a KQL type, without copying where the forms agree."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, storage, ticks, time_kernels
from kqlpy.columns.real_kernels import format_reals
from kqlpy.columns.scalar_text import format_decimal
from kqlpy.schema import Column
from kqlpy.sources import messages
from kqlpy.sources.plain_values import as_json
from kqlpy.sources.portal_time import PLAIN, TimeStyle
from kqlpy.sources.reports import FileLog, Place
from kqlpy.sources.values import Converted, from_text, through_dictionary
from kqlpy.types import Type, parse_type

__all__ = ["column_types", "conform", "natural_type", "one_array", "settle"]


def settle(array: pa.Array, column: Column, log: FileLog, first: int) -> pa.Array:
    """`array` as the column's type; lost values go into the log. `first` is the number of its first row in the file."""
    converted = conform(array, column.type)
    if converted.failed is not None and len(converted.failed):
        row = int(converted.failed[0])
        log.fail(column, first, len(converted.failed), Place(_shown(array[row]), first + row))
    return converted.array


def _shown(value: pa.Scalar) -> str:
    """The value for a report; a count where Python's datetime cannot hold it."""
    try:
        return str(value.as_py())
    except (OverflowError, ValueError):
        return f"{value.cast(pa.int64()).as_py()} ({value.type})"


def column_types(schema: pa.Schema, file: str) -> dict[str, Type]:
    """The KQL types of an Arrow schema's columns by name; an error where two have one name."""
    found: dict[str, Type] = {}
    for field in schema:
        if field.name in found:
            raise messages.repeated_column(file, field.name)
        found[field.name] = _field_type(field, file)
    return found


def _field_type(field: pa.Field, file: str) -> Type:
    """As the field's metadata `kql.type` says, else by its Arrow type."""
    text = (field.metadata or {}).get(b"kql.type")
    found = (parse_type(text.decode()) if text else None) or natural_type(field.type)
    if found is None:
        raise messages.unsupported_type(file, field.name, str(field.type))
    return found


def natural_type(arrow: pa.DataType) -> Type | None:
    """The KQL type that an Arrow type stands for; None when there is none (runs, unions)."""
    if pa.types.is_dictionary(arrow):
        return natural_type(arrow.value_type)
    if isinstance(arrow, pa.BaseExtensionType):
        return Type.GUID if arrow.extension_name == "arrow.uuid" else natural_type(arrow.storage_type)
    return next((type_ for test, type_ in _NATURAL if test(arrow)), None)


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array; dictionaries of several chunks become one."""
    if column.num_chunks == 1:
        return column.chunk(0)
    if column.num_chunks == 0:
        return pa.array([], column.type)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return pa.concat_arrays(column.chunks)


def conform(array: pa.Array, type_: Type, style: TimeStyle = PLAIN) -> Converted:
    """`array` as a column of `type_`; values that the type cannot hold become null and are told by position."""
    if isinstance(array, pa.ExtensionArray):
        array = _unwrapped(array)
    t, arrow = pa.types, array.type
    if t.is_null(arrow):
        return Converted(storage.nulls(len(array), type_))
    if t.is_dictionary(arrow):
        return through_dictionary(array, type_, lambda values: conform(values, type_, style))
    if t.is_large_string(arrow) or t.is_string_view(arrow):
        return from_text(array.cast(pa.string()), type_, style)
    if t.is_string(arrow):
        return from_text(array, type_, style)
    direct = _direct(array, type_)
    return from_text(to_text(array), type_, style) if direct is None else direct


def _unwrapped(array: pa.ExtensionArray) -> pa.Array:
    if array.type.extension_name != "arrow.uuid":
        return array.storage
    texts = [None if value is None else str(uuid.UUID(bytes=value)) for value in array.storage.to_pylist()]
    return pa.array(texts, pa.string())


def _direct(array: pa.Array, type_: Type) -> Converted | None:
    """The column where Arrow's own type is close to the wanted one, else None."""
    t, arrow = pa.types, array.type
    if type_ is Type.DATETIME and (t.is_timestamp(arrow) or t.is_date(arrow)):
        return _instants(array)
    if type_ is Type.TIMESPAN and (t.is_duration(arrow) or t.is_time(arrow)):
        return _durations(array)
    if type_ is Type.TIMESPAN and t.is_int64(arrow):
        return Converted(array)
    if type_ in _NUMBERS and _is_number(arrow):
        return _number(array, type_)
    if type_ is Type.BOOL and t.is_boolean(arrow):
        return Converted(array)
    if type_ is Type.BOOL and (t.is_integer(arrow) or t.is_floating(arrow)):
        return Converted(pc.not_equal(array, pa.scalar(0, arrow)))
    if type_ is Type.DYNAMIC and t.is_nested(arrow):
        return Converted(_dynamic(array))
    return None


def _is_number(arrow: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(arrow) or pa.types.is_floating(arrow) or pa.types.is_decimal(arrow) or pa.types.is_boolean(arrow)
    )


def _instants(array: pa.Array) -> Converted:
    """Ticks of timestamps and dates; what lies outside the years 1 to 9999 is lost."""
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s"))
    try:
        return Converted(time_kernels.from_timestamps(array))
    except OverflowError:
        low, high = (ticks.MIN_DATETIME - ticks.EPOCH_TICKS, ticks.MAX_DATETIME - ticks.EPOCH_TICKS)
        kept, failed = _without_outliers(array, low, high)
        return Converted(time_kernels.from_timestamps(kept), failed)


def _durations(array: pa.Array) -> Converted:
    try:
        return Converted(time_kernels.from_durations(array))
    except OverflowError:
        kept, failed = _without_outliers(array, ticks.MIN_TIMESPAN, ticks.MAX_TIMESPAN)
        return Converted(time_kernels.from_durations(kept), failed)


def _without_outliers(array: pa.Array, low: int, high: int) -> tuple[pa.Array, np.ndarray]:
    """The array with null for counts outside `low` to `high` ticks, and where these were."""
    per_unit = {"s": 10_000_000, "ms": 10_000, "us": 10}[array.type.unit]
    counts = array.view(pa.int64())
    outside = pc.or_(pc.less(counts, -(-low // per_unit)), pc.greater(counts, high // per_unit)).fill_null(False)
    return pc.if_else(outside, pa.scalar(None, array.type), array), np.flatnonzero(outside.to_numpy(zero_copy_only=False))


def _number(array: pa.Array, type_: Type) -> Converted | None:
    target = storage.arrow_type(type_)
    if array.type == target:
        return Converted(array)
    if pa.types.is_floating(array.type) and type_ is Type.DECIMAL:
        return None  # its digits as text, not its binary value
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int32())
    try:
        return Converted(array.cast(target, safe=type_ is not Type.REAL))
    except pa.ArrowInvalid:
        return None


def _dynamic(array: pa.Array) -> pa.Array:
    """A list of plain values as a list lane, other nested values as JSON text."""
    lane = _lane(array.type)
    if lane is None:
        return _json_texts(array)
    return array if array.type == lane else array.cast(lane)


def _lane(arrow: pa.DataType) -> pa.DataType | None:
    t = pa.types
    if not (t.is_list(arrow) or t.is_large_list(arrow) or t.is_fixed_size_list(arrow)):
        return None
    inner = arrow.value_type
    if t.is_integer(inner) and not t.is_uint64(inner):
        return pa.list_(pa.int64())
    if t.is_float32(inner) or t.is_float64(inner):
        return pa.list_(pa.float64())
    if t.is_string(inner) or t.is_large_string(inner) or t.is_string_view(inner):
        return pa.list_(pa.string())
    return pa.list_(pa.bool_()) if t.is_boolean(inner) else None


def _json_texts(array: pa.Array) -> pa.Array:
    values = array.to_pylist(maps_as_pydicts="lossy")
    return pa.array([None if value is None else dynamic.dumps(as_json(value)) for value in values], pa.string())


def to_text(array: pa.Array) -> pa.Array:
    """Every value as KQL's `tostring()` writes it; null stays null."""
    t, arrow = pa.types, array.type
    if t.is_boolean(arrow) or t.is_integer(arrow):
        return array.cast(pa.string())
    if t.is_floating(arrow):
        return format_reals(array.cast(pa.float64()))
    if t.is_decimal(arrow):
        return _each(array, format_decimal)
    if t.is_timestamp(arrow) or t.is_date(arrow):
        return time_kernels.format_datetimes(_instants(array).array)
    if t.is_duration(arrow) or t.is_time(arrow):
        return time_kernels.format_timespans(_durations(array).array)
    if t.is_nested(arrow):
        return _json_texts(array)
    return _each(array, lambda value: value.decode("utf-8", "replace"))


def _each(array: pa.Array, write: Callable[[Any], str]) -> pa.Array:
    return pa.array([None if value is None else write(value) for value in array.to_pylist()], pa.string())


_NUMBERS = frozenset({Type.INT, Type.LONG, Type.REAL, Type.DECIMAL})
_T = pa.types
_NATURAL: tuple[tuple[Callable[[pa.DataType], bool], Type], ...] = (
    (_T.is_boolean, Type.BOOL),
    (_T.is_int64, Type.LONG),
    (_T.is_uint32, Type.LONG),
    (_T.is_uint64, Type.LONG),
    (_T.is_integer, Type.INT),
    (_T.is_floating, Type.REAL),
    (_T.is_decimal, Type.DECIMAL),
    (_T.is_string, Type.STRING),
    (_T.is_large_string, Type.STRING),
    (_T.is_string_view, Type.STRING),
    (_T.is_timestamp, Type.DATETIME),
    (_T.is_date, Type.DATETIME),
    (_T.is_duration, Type.TIMESPAN),
    (_T.is_time, Type.TIMESPAN),
    (_T.is_null, Type.DYNAMIC),
    (_T.is_list, Type.DYNAMIC),
    (_T.is_large_list, Type.DYNAMIC),
    (_T.is_fixed_size_list, Type.DYNAMIC),
    (_T.is_struct, Type.DYNAMIC),
    (_T.is_map, Type.DYNAMIC),
    (_T.is_binary, Type.STRING),
    (_T.is_large_binary, Type.STRING),
    (_T.is_fixed_size_binary, Type.STRING),
    (_T.is_binary_view, Type.STRING),
)
