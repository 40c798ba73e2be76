"""Python objects as text cells and as JSON values: what `datetime`, `Decimal`, `UUID` and their kin are in a table."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from kqlpy.columns import dynamic, ticks
from kqlpy.columns.reals import format_real
from kqlpy.columns.scalar_text import format_decimal
from kqlpy.session import ticks_of
from kqlpy.sources.evidence import Kind, size_of
from kqlpy.sources.row_columns import TextColumn

__all__ = ["as_json", "cell_text", "object_column"]

_EPOCH = dt.datetime(1, 1, 1)


def _span(delta: dt.timedelta) -> int:
    return (delta.days * 86_400 + delta.seconds) * ticks.TICKS_PER_SECOND + delta.microseconds * ticks.TICKS_PER_MICROSECOND


def cell_text(value: Any) -> str | None:
    """The text of a cell, as a file would hold it; None for null."""
    if value is None or isinstance(value, str):
        return value
    if _is_missing(value):
        return None
    plain = as_json(value)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, float):
        return format_real(plain) if math.isfinite(plain) else str(plain)
    return str(plain) if isinstance(plain, int | str) else None if plain is None else dynamic.dumps(plain)


def object_column(values: list[Any]) -> TextColumn:
    """Python values as a column; a string is text whatever it looks like, and NaN among other things than numbers is missing."""
    kinds = {kind_of(value) for value in values} - {None}
    if Kind.REAL in kinds and not kinds <= _NUMBERS:
        values = [None if isinstance(value, float) and math.isnan(value) else value for value in values]
        kinds = {kind_of(value) for value in values} - {None}
    texts = pa.array([cell_text(value) for value in values], pa.string())
    return TextColumn(texts, frozenset(kind for kind in kinds if kind is not None))


_NUMBERS = {Kind.INT, Kind.BIG, Kind.HUGE, Kind.REAL, Kind.DECIMAL}


def kind_of(value: Any) -> Kind | None:
    """The kind of a Python value; None for a missing one."""
    if hasattr(value, "dtype") and hasattr(value, "item"):
        value = value.item()
    match value:
        case None:
            return None
        case str() | bytes():
            return Kind.TEXT if value.strip() else None
        case bool():
            return Kind.BOOL
        case int():
            return size_of(value)
        case float():
            return Kind.REAL
        case dt.date():  # a datetime is one
            return None if _is_missing(value) else Kind.DATETIME
        case dt.timedelta() | dt.time():
            return Kind.TIMESPAN
        case Decimal():
            return Kind.DECIMAL
        case UUID():
            return Kind.GUID
    return None if _is_missing(value) else Kind.NESTED


def _is_missing(value: Any) -> bool:
    """pandas' own kinds of null."""
    return type(value).__name__ in ("NAType", "NaTType")


def as_json(value: Any) -> Any:
    """The value as JSON can hold it: times, timespans and guids as their KQL text, a decimal as a number or its digits."""
    match value:
        case None | bool() | str() | int() | float():
            return value
        case dt.datetime():
            return ticks.format_datetime_iso(ticks_of(value))
        case dt.date():
            return ticks.format_datetime_iso(ticks_of(dt.datetime(value.year, value.month, value.day)))
        case dt.timedelta():
            return ticks.format_timespan(_span(value))
        case dt.time():
            return ticks.format_timespan(_span(dt.datetime.combine(_EPOCH, value.replace(tzinfo=None)) - _EPOCH))
        case Decimal():
            return format_decimal(value) if value.is_finite() else str(value)
        case UUID():
            return str(value)
        case bytes():
            return value.decode("utf-8", "replace")
        case Mapping():
            return {str(key): as_json(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [as_json(item) for item in value]
    if hasattr(value, "item"):  # a numpy scalar
        return as_json(value.item())
    if hasattr(value, "tolist"):
        return as_json(value.tolist())
    return str(value)
