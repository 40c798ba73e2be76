"""Python objects as text cells and as JSON values: what `datetime`, `Decimal`, `UUID` and their kin are in a table."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from kqlpy.columns import dynamic, ticks
from kqlpy.columns.reals import format_real
from kqlpy.columns.scalar_text import format_decimal

__all__ = ["as_json", "cell_text", "ticks_of"]

_EPOCH = dt.datetime(1, 1, 1)


def ticks_of(moment: dt.datetime) -> int:
    """Ticks of a Python datetime; one without a zone is UTC."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return _span(moment - _EPOCH)


def _span(delta: dt.timedelta) -> int:
    return (delta.days * 86_400 + delta.seconds) * ticks.TICKS_PER_SECOND + delta.microseconds * ticks.TICKS_PER_MICROSECOND


def cell_text(value: Any) -> str | None:
    """The text of a cell, as a file would hold it; None for null."""
    if value is None or isinstance(value, str):
        return value
    plain = as_json(value)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, float):
        return format_real(plain) if math.isfinite(plain) else str(plain)
    return str(plain) if isinstance(plain, int | str) else None if plain is None else dynamic.dumps(plain)


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
