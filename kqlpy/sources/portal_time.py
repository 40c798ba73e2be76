"""Times as exports write them: ISO 8601, the portal's month-first or day-first form, epoch numbers, another zone than UTC.

What `todatetime()` reads is in `kqlpy/columns`; here is what only files contain. The order of day and month is decided once
for a column of a file (`order_of`); a value that cannot be read so is read the other way round.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import ticks, time_kernels
from kqlpy.columns.distinct import map_distinct
from kqlpy.sources.zones import to_utc

__all__ = ["PLAIN", "Order", "TimeStyle", "Times", "order_of", "parse_times"]


@dataclass(frozen=True, slots=True)
class TimeStyle:
    """How a column of one file writes its times.

    `day_first`: `4/11` is 4 November. `zone`: the IANA zone of times that do not name their own (None: UTC).
    """

    day_first: bool = False
    zone: str | None = None


PLAIN = TimeStyle()


@dataclass(frozen=True, slots=True)
class Order:
    """What a column's dates say about the order of day and month: an example of a date that leaves it open, and proof of either order."""

    example: str | None = None
    day_first: bool = False
    month_first: bool = False

    def __or__(self, other: Order) -> Order:
        return Order(self.example or other.example, self.day_first or other.day_first, self.month_first or other.month_first)

    @property
    def is_open(self) -> bool:
        """True where the dates could be read either way."""
        return self.example is not None and not self.day_first and not self.month_first


def order_of(texts: pa.Array) -> Order:
    """What these values say; an empty `Order` for a column without such dates."""
    values = texts.dictionary if pa.types.is_dictionary(texts.type) else texts
    values = values.filter(pc.match_substring_regex(values, _OPEN_ORDER))
    if not len(values):
        return Order()

    def any_of(shape: str) -> bool:
        return bool(pc.any(pc.match_substring_regex(values, shape)).as_py())

    # No country writes the month first with points between.
    return Order(values[0].as_py(), any_of(_DAY_FIRST) or any_of(_POINTS), any_of(_MONTH_FIRST))


class Times(NamedTuple):
    """Ticks in UTC, null for a null and for what is no time; and the rows whose hour contradicts their AM or PM."""

    array: pa.Array
    odd: np.ndarray | None = None


def parse_times(texts: pa.Array, style: TimeStyle) -> Times:
    """A string column as times."""
    texts = _plain_spaces(texts)
    swapped = pc.replace_substring_regex(texts, _SWAP, r"\2\1\3", max_replacements=1) if style.day_first else texts
    array, odd = time_kernels.parse_datetimes(swapped), None
    if array.null_count > texts.null_count:
        failed = pc.and_(texts.is_valid(), array.is_null())
        rest = texts.filter(failed)
        mended = map_distinct(rest, partial(_mended, day_first=style.day_first), pa.int64())
        array = pc.replace_with_mask(array, failed, mended)
        late = pc.and_(pc.match_substring_regex(rest, _LATE_HOUR.pattern), mended.is_valid()).to_numpy(zero_copy_only=False)
        rows: np.ndarray = np.flatnonzero(failed.to_numpy(zero_copy_only=False))[late]
        odd = rows if len(rows) else None
    return Times(array if style.zone is None else _in_utc(array, texts, style.zone), odd)


def _plain_spaces(texts: pa.Array) -> pa.Array:
    """Browsers write a narrow blank before AM and PM."""
    if pc.any(pc.match_substring_regex(texts, _WIDE_SPACE)).as_py():
        return pc.replace_substring_regex(texts, _WIDE_SPACE, " ")
    return texts


def _in_utc(array: pa.Array, texts: pa.Array, zone: str) -> pa.Array:
    """Local times in UTC, except those that name a zone themselves."""
    local = pc.and_(array.is_valid(), pc.invert(pc.match_substring_regex(texts, _OWN_ZONE))).fill_null(False)
    return pc.replace_with_mask(array, local, map_distinct(array.filter(local), lambda value: to_utc(int(value), zone), pa.int64()))


def _mended(text: str, *, day_first: bool) -> int | None:
    """A time that `todatetime()` does not read: a number, the other order of day and month, an hour over 12 in spite of AM or PM."""
    text = _HALF_DAY.sub(lambda match: f" {match[1]}m", text.strip())
    counted = _WRAPPED.fullmatch(text)
    if counted is not None:
        return ticks.EPOCH_TICKS + int(counted[1]) * 10_000
    if _NUMBER.fullmatch(text):
        whole, _, fraction = text.partition(".")
        return _instant(int(whole), fraction)
    swapped = re.sub(_SWAP, r"\2\1\3", text, count=1)
    for form in (swapped, text) if day_first else (text, swapped):
        # A real export holds `3/31/2022, 14:51:35.857 PM`: the hour speaks for itself.
        for candidate in (form, _LATE_HOUR.sub(r"\1", form)):
            found: int | None = ticks.parse_datetime(candidate)
            if found is not None:
                return found
    return None


def _instant(number: int, fraction: str) -> int | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, or what Windows and .NET count from 1601 and year 1, told apart by size."""
    for bound, digits in ((10**11, 7), (10**14, 4), (10**17, 1)):
        if number < bound:
            return ticks.EPOCH_TICKS + number * int(10**digits) + int((fraction + "0" * digits)[:digits])
    for (low, high), start in _COUNTS:
        if low <= number < high:
            return number + start
    return ticks.EPOCH_TICKS + number // 100


_OPEN_ORDER = r"^\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b"
_DAY_FIRST = r"^\s*(1[3-9]|2\d|3[01])[/.-]"
_MONTH_FIRST = r"^\s*\d{1,2}[/-](1[3-9]|2\d|3[01])[/-]"
_POINTS = r"^\s*\d{1,2}\.\d{1,2}\."
_SWAP = r"^\s*(\d{1,2}[/.-])(\d{1,2}[/.-])(\d{4})"
_NUMBER = re.compile(r"\d{9,19}(\.\d+)?", re.ASCII)
_WRAPPED = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/", re.ASCII)
_WIDE_SPACE = "[\u00a0\u202f]"
_HALF_DAY = re.compile(r"\s*\b([AaPp])\.\s?[Mm]\.?")
_OWN_ZONE = r"(?:[Zz]|UTC|GMT|:\d\d(?:[.,]\d+)?\s*[+-]\d\d:?\d\d)\s*$"
_LATE_HOUR = re.compile(r"\b((?:1[3-9]|2[0-3]):\d\d(?::\d\d(?:\.\d+)?)?)\s*[AaPp]\.?[Mm]\.?")
#: FILETIME counts since 1601, .NET since year 1; both in 100 ns, here for the years 1990 to 2100.
_COUNTS = (
    ((122_756_256_000_000_000, 157_469_184_000_000_000), 504_911_232_000_000_000),
    ((627_667_488_000_000_000, 662_380_416_000_000_000), 0),
)
