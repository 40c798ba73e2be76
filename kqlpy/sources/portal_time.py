"""Times as exports write them: ISO 8601, the portal's month-first or day-first form, epoch numbers, another zone than UTC.

What `todatetime()` reads is in `kqlpy/columns`; here is what only files contain. The order of day and month is decided once
for a column of a file (`day_first`), all else value by value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import ticks, time_kernels
from kqlpy.columns.distinct import map_distinct
from kqlpy.sources.zones import to_utc

__all__ = ["PLAIN", "TimeStyle", "day_first", "may_be_day_first", "parse_times"]


@dataclass(frozen=True, slots=True)
class TimeStyle:
    """How a column of one file writes its times.

    `day_first`: `4/11` is 4 November. `zone`: the IANA zone of times that do not name their own (None: UTC).
    """

    day_first: bool = False
    zone: str | None = None


PLAIN = TimeStyle()


def may_be_day_first(texts: pa.Array) -> bool:
    """True when some value begins like a date whose order of day and month is open."""
    return bool(pc.any(pc.match_substring_regex(_distinct(texts), _OPEN_ORDER)).as_py())


def day_first(texts: pa.Array) -> bool:
    """True when some date in the column can only be read with the day first."""
    return bool(pc.any(pc.match_substring_regex(_distinct(texts), _DAY_FIRST)).as_py())


def _distinct(texts: pa.Array) -> pa.Array:
    return texts.dictionary if pa.types.is_dictionary(texts.type) else texts


def parse_times(texts: pa.Array, style: TimeStyle) -> pa.Array:
    """Ticks in UTC of a string column; null for a null and for what is not a time."""
    if style.zone is not None:
        zone = style.zone
        return map_distinct(texts, lambda text: _in_zone(text, style, zone), pa.int64())
    if style.day_first:
        texts = pc.replace_substring_regex(texts, _SWAP, r"\2\1\3", max_replacements=1)
    found = time_kernels.parse_datetimes(texts)
    if found.null_count == texts.null_count:
        return found
    failed = pc.and_(texts.is_valid(), found.is_null())
    return pc.replace_with_mask(found, failed, map_distinct(texts.filter(failed), _mended, pa.int64()))


def _in_zone(text: str, style: TimeStyle, zone: str) -> int | None:
    swapped = re.sub(_SWAP, r"\2\1\3", text, count=1) if style.day_first else text
    value = ticks.parse_datetime(swapped)
    value = _mended(swapped) if value is None else value
    return value if value is None or _OWN_ZONE.search(text) else to_utc(value, zone)


def _mended(text: str) -> int | None:
    """A time that `todatetime()` does not read: an epoch number, or an hour over 12 in spite of AM or PM."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        whole, _, fraction = text.partition(".")
        return _epoch(int(whole), fraction)
    # A real export holds `3/31/2022, 14:51:35.857 PM`: the hour speaks for itself.
    return ticks.parse_datetime(_LATE_HOUR.sub(r"\1", text))


def _epoch(number: int, fraction: str) -> int | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by size."""
    for bound, digits in ((10**11, 7), (10**14, 4), (10**17, 1)):
        if number < bound:
            return ticks.EPOCH_TICKS + number * int(10**digits) + int((fraction + "0" * digits)[:digits])
    return ticks.EPOCH_TICKS + number // 100


_OPEN_ORDER = r"^\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
_DAY_FIRST = r"^\s*(1[3-9]|2\d|3[01])[/.-]\d{1,2}[/.-]\d{4}"
_SWAP = r"^\s*(\d{1,2}[/.-])(\d{1,2}[/.-])(\d{4})"
_EPOCH = re.compile(r"\d{9,19}(\.\d+)?", re.ASCII)
_OWN_ZONE = re.compile(r"(?:[Zz]|[+-]\d\d:?\d\d|UTC|GMT)\s*$")
_LATE_HOUR = re.compile(r"\b((?:1[3-9]|2[0-3]):\d\d(?::\d\d(?:\.\d+)?)?)\s*[AaPp][Mm]")
