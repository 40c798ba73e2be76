"""Times as exports write them: ISO 8601, the portal's month-first or day-first form, epoch numbers, another zone than UTC.

What `todatetime()` reads is in `kqlpy/columns`; here is what only files contain. The order of day and month is decided once
for a column of a file (`day_first`), all else value by value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import ticks
from kqlpy.sources.zones import to_utc

__all__ = ["TimeStyle", "day_first", "may_be_day_first", "parse_times"]


@dataclass(frozen=True, slots=True)
class TimeStyle:
    """How a column of one file writes its times: `4/11` is 4 November, and an IANA zone for times that do not name their own (None: UTC)."""

    day_first: bool = False
    zone: str | None = None


def day_first(texts: pa.Array) -> bool:
    """True when some date in the column can only be read with the day first."""
    return bool(pc.any(pc.match_substring_regex(texts, _DAY_FIRST)).as_py())


def may_be_day_first(texts: pa.Array) -> bool:
    """True when some value begins like a date whose order of day and month is open."""
    return bool(pc.any(pc.match_substring_regex(texts, _OPEN_ORDER)).as_py())


def parse_times(texts: pa.Array, style: TimeStyle) -> pa.Array:
    """Ticks in UTC; null for a null and for what is not a time."""
    encoded = texts.dictionary_encode()
    values = [_time(text, style) for text in encoded.dictionary.to_pylist()]
    return pa.array(values, pa.int64()).take(encoded.indices)


def _time(text: str, style: TimeStyle) -> int | None:
    if _EPOCH.fullmatch(text):
        return _epoch(float(text) if "." in text else int(text))
    if style.day_first:
        text = _SWAP.sub(r"\2\1", text, count=1)
    value = ticks.parse_datetime(text)
    if value is None:
        # A real export holds `3/31/2022, 14:51:35.857 PM`: the hour speaks for itself.
        value = ticks.parse_datetime(_LATE_HOUR.sub(r"\1", text))
    if value is None or style.zone is None or _OWN_ZONE.search(text):
        return value
    return to_utc(value, style.zone)


def _epoch(number: float) -> int | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by size."""
    for bound, unit in ((1e11, ticks.TICKS_PER_SECOND), (1e14, ticks.TICKS_PER_MILLISECOND), (1e17, ticks.TICKS_PER_MICROSECOND)):
        if abs(number) < bound:
            return ticks.EPOCH_TICKS + round(number * unit)
    return ticks.EPOCH_TICKS + int(number) // 100 if abs(number) < 1e19 else None


_DAY_FIRST = r"^\s*(1[3-9]|2\d|3[01])[/.-]\d{1,2}[/.-]\d{4}"
_OPEN_ORDER = r"^\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
_EPOCH = re.compile(r"\d{9,19}(\.\d+)?", re.ASCII)
_OWN_ZONE = re.compile(r"(?:[Zz]|[+-]\d\d:?\d\d|UTC|GMT)\s*$")
_SWAP = re.compile(r"^\s*(\d{1,2}[/.-])(\d{1,2}[/.-])")
_LATE_HOUR = re.compile(r"\b((?:1[3-9]|2[0-3]|0?0):\d\d(?::\d\d(?:\.\d+)?)?)\s*[AaPp][Mm]")
