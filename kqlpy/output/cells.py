"""The values of a result column as JSON values and as text.

A column comes as `engine/result.py` leaves it: dates as timestamps (ISO text where no timestamp can hold them), timespans as durations or ticks, dynamic as JSON text.
"""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

from kqlpy.columns import time_kernels
from kqlpy.columns.scalar_text import format_decimal
from kqlpy.types import Type, parse_type

__all__ = ["clean", "json_values", "kql_type", "texts"]


def kql_type(field: pa.Field) -> Type:
    """The KQL type that a result field names."""
    named = (field.metadata or {}).get(b"kql.type", b"dynamic").decode()
    return parse_type(named) or Type.DYNAMIC


def json_values(column: pa.Array, type_: Type) -> list[Any]:
    """Values for `orjson`: dates and timespans as their text, reals that JSON cannot hold as `"NaN"`, `"Infinity"`, dynamic as it is."""
    match type_:
        case Type.DATETIME | Type.TIMESPAN:
            return _times(column, type_)
        case Type.REAL:
            return [value if value is None or math.isfinite(value) else _odd_real(value) for value in column.to_pylist()]
        case Type.DECIMAL:
            return [None if value is None else format_decimal(value) for value in column.to_pylist()]
        case Type.DYNAMIC:
            import orjson

            return [None if value is None else orjson.Fragment(value) for value in column.to_pylist()]
        case _:
            found: list[Any] = column.to_pylist()
            return found


def texts(column: pa.Array, type_: Type) -> list[str | None]:
    """What people read: a string inside dynamic stands without quotes, null is None."""
    match type_:
        case Type.DATETIME | Type.TIMESPAN:
            return _times(column, type_)
        case Type.BOOL:
            return [None if value is None else ("true" if value else "false") for value in column.to_pylist()]
        case Type.REAL:
            return [None if value is None else (repr(value) if math.isfinite(value) else _odd_real(value)) for value in column.to_pylist()]
        case Type.DECIMAL:
            return [None if value is None else format_decimal(value) for value in column.to_pylist()]
        case Type.DYNAMIC:
            return [None if value is None else _unquoted(value) for value in column.to_pylist()]
        case _:
            return [None if value is None else str(value) for value in column.to_pylist()]


def clean(text: str) -> str:
    """The text on one line and without characters that a terminal would obey; they show as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _SHORT.get(c) or f"\\u{ord(c):04x}" for c in text)


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _times(column: pa.Array, type_: Type) -> list[Any]:
    """Datetimes and timespans in the form of `tostring()`."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_timestamp(column.type):
        column = time_kernels.format_datetimes(time_kernels.from_timestamps(column))
    elif pa.types.is_duration(column.type):
        column = time_kernels.format_timespans(time_kernels.from_durations(column))
    elif type_ is Type.TIMESPAN and pa.types.is_integer(column.type):
        column = time_kernels.format_timespans(column)
    found: list[Any] = column.to_pylist()
    return found


def _odd_real(value: float) -> str:
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _unquoted(text: str) -> str:
    """JSON text, and a JSON string as the text that it holds."""
    if not text.startswith('"'):
        return text
    import orjson

    return str(orjson.loads(text))
