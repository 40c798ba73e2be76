"""Columns of ticks: read from text, written as text, and moved to and from Arrow timestamps.

Calendar arithmetic on ticks is in `calendar_kernels.py`; the text of one value in `ticks.py`. Arrow's own timestamps
cannot hold the seventh digit over the years 1 to 9999, so the work is done on the numbers themselves.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.civil import civil_from_days
from kqlpy.columns.distinct import map_distinct
from kqlpy.columns.divide import divide
from kqlpy.columns.iso_kernels import parse_uniform
from kqlpy.columns.numpy_bridge import from_numpy, string_bytes, string_offsets, to_numpy, used_bytes, valid_mask
from kqlpy.columns.ticks import (
    EPOCH_TICKS,
    MAX_DATETIME,
    MAX_TIMESPAN,
    MIN_DATETIME,
    MIN_TIMESPAN,
    TICKS_PER_DAY,
    TICKS_PER_SECOND,
    parse_datetime,
    parse_timespan,
)

__all__ = [
    "format_datetimes",
    "format_timespans",
    "from_durations",
    "from_timestamps",
    "parse_datetimes",
    "parse_timespans",
    "to_durations",
    "to_timestamps",
    "valid_datetimes",
]

_ZERO = ord("0")


def valid_datetimes(values: np.ndarray, valid: np.ndarray | None) -> pa.Array:
    """Datetimes from ticks; null where `valid` is false or the ticks lie outside the years 1 to 9999."""
    inside = (values >= MIN_DATETIME) & (values <= MAX_DATETIME)
    if inside.all():
        return from_numpy(values, valid)
    return from_numpy(values, inside if valid is None else inside & valid)


def format_datetimes(array: pa.Array) -> pa.Array:
    """The `tostring()` text of each datetime, `2020-01-02T03:04:05.6000000Z`; null for null and beyond the range."""
    ticks, valid = to_numpy(array), valid_mask(array)
    inside = (ticks >= MIN_DATETIME) & (ticks <= MAX_DATETIME)
    if not inside.all():
        valid = inside if valid is None else inside & valid
        ticks = np.where(inside, ticks, 0)
    text = np.empty((len(ticks), 28), np.uint8)
    text[:] = np.frombuffer(b"0000-00-00T00:00:00.0000000Z", np.uint8)
    days, rest = np.divmod(ticks, TICKS_PER_DAY)
    year, month, day = civil_from_days(days)
    for start, width, numbers in ((0, 4, year), (5, 2, month), (8, 2, day)):
        _write_digits(text, start, width, numbers)
    _write_clock(text, 11, rest)
    _write_digits(text, 20, 7, rest % TICKS_PER_SECOND)
    return _fixed_width(text, valid)


def _write_digits(text: np.ndarray, start: int, width: int, numbers: np.ndarray) -> None:
    rest = numbers.astype(np.uint32)
    for column in range(start + width - 1, start - 1, -1):
        tens = rest // np.uint32(10)
        text[:, column] = rest - tens * np.uint32(10) + np.uint32(_ZERO)
        rest = tens


def _write_clock(text: np.ndarray, start: int, ticks_of_day: np.ndarray) -> None:
    seconds = (ticks_of_day // TICKS_PER_SECOND).astype(np.uint32)
    minutes = seconds // np.uint32(60)
    _write_digits(text, start, 2, minutes // np.uint32(60))
    _write_digits(text, start + 3, 2, minutes % np.uint32(60))
    _write_digits(text, start + 6, 2, seconds % np.uint32(60))


def _fixed_width(text: np.ndarray, valid: np.ndarray | None) -> pa.Array:
    """A string array of rows that all have the same number of bytes."""
    rows, width = text.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32) if rows else np.zeros(1, np.int32)
    array = pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text))
    return array if valid is None else pc.if_else(pa.array(valid), array, pa.scalar(None, pa.string()))


def format_timespans(array: pa.Array) -> pa.Array:
    """The `tostring()` text of each timespan, `[-][d.]hh:mm:ss[.fffffff]`; null for null."""
    ticks = to_numpy(array)
    # As unsigned numbers even the smallest timespan has a magnitude.
    size = np.where(ticks < 0, 0 - ticks.astype(np.uint64), ticks.astype(np.uint64))
    days, rest = np.divmod(size, np.uint64(TICKS_PER_DAY))
    clock = np.full((len(ticks), 8), ord(":"), np.uint8)
    _write_clock(clock, 0, rest.astype(np.int64))
    fraction = np.full((len(ticks), 8), ord("."), np.uint8)
    parts_of_second = rest.astype(np.int64) % TICKS_PER_SECOND
    _write_digits(fraction, 1, 7, parts_of_second)
    day_text = pc.binary_join_element_wise(pa.array(days).cast(pa.string()), "")
    text = pc.binary_join_element_wise(
        pc.if_else(pa.array(ticks < 0), "-", ""),
        pc.if_else(pa.array(days > 0), pc.binary_join_element_wise(day_text, ".", ""), ""),
        _fixed_width(clock, None),
        pc.if_else(pa.array(parts_of_second > 0), _fixed_width(fraction, None), ""),
        "",
    )
    return text if array.null_count == 0 else pc.if_else(array.is_valid(), text, pa.scalar(None, pa.string()))


def parse_timespans(texts: pa.Array) -> pa.Array:
    """`totimespan()` of a string column; null for text that is no timespan.

    Texts such as `-1.02:03:04.5` are read with array arithmetic, all others once per distinct value, at a few microseconds each.
    """
    common = to_numpy(pc.match_substring_regex(texts, _CLOCK).fill_null(False))
    return divide(texts, common, _parse_clocks, lambda others: map_distinct(others, parse_timespan, pa.int64()))


_CLOCK = r"^-?(?:[0-9]{1,7}\.)?[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]{1,7})?$"


def _parse_clocks(texts: pa.Array) -> pa.Array:
    data, offsets = used_bytes(texts), string_offsets(texts).astype(np.int64)
    starts, ends = offsets[:-1] - offsets[0], offsets[1:] - offsets[0]
    minus = data[starts] == ord("-")
    starts = starts + minus
    colons = np.flatnonzero(data == ord(":")).reshape(-1, 2)
    points = np.append(np.flatnonzero(data == ord(".")), len(data))
    first, last = points[np.searchsorted(points, starts)], points[np.searchsorted(points, colons[:, 1])]
    hour_starts = np.where(first < colons[:, 0], first + 1, starts)
    second_ends = np.minimum(last, ends)
    days, hours = _number(data, starts, hour_starts - 1, 7), _number(data, hour_starts, colons[:, 0], 2)
    minutes, seconds = _number(data, colons[:, 0] + 1, colons[:, 1], 2), _number(data, colons[:, 1] + 1, second_ends, 2)
    fraction = _number(data, second_ends + 1, ends, 7) * 10 ** (7 - np.clip(ends - second_ends - 1, 0, 7))
    ticks = days * TICKS_PER_DAY + ((hours * 60 + minutes) * 60 + seconds) * TICKS_PER_SECOND + fraction
    return pa.array(np.where(minus, -ticks, ticks), mask=(hours > 23) | (minutes > 59) | (seconds > 59))


def _number(data: np.ndarray, starts: np.ndarray, stops: np.ndarray, most: int) -> np.ndarray:
    """The numbers that the digits from `starts` to `stops` say, at most so many; 0 for none."""
    total = np.zeros(len(starts), np.int64)
    for place in range(most):
        at = starts + place
        inside = at < stops
        digit = data[np.where(inside, at, 0)] & 15
        total = np.where(inside, total * 10 + digit, total)
    return total


def parse_datetimes(texts: pa.Array, today: int | None = None) -> pa.Array:
    """`todatetime()` of a string column; null for text that is no datetime.

    ISO text of the commonest lengths is read with array arithmetic, all other text once per distinct value.
    """
    if pa.types.is_dictionary(texts.type):
        return parse_datetimes(texts.dictionary, today).take(texts.indices)
    ticks, known = _parse_iso(texts)
    rest = pc.and_(pa.array(~known), pc.greater(pc.fill_null(pc.binary_length(texts), 0), 0))
    found = pa.array(ticks, mask=~known)
    if not pc.any(rest).as_py():
        return found
    others = map_distinct(texts.filter(rest), lambda text: parse_datetime(text, today), pa.int64())
    return pc.replace_with_mask(found, rest, others)


def _parse_iso(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Ticks and a mask of the rows that are ISO text; work goes by groups of rows with the same length."""
    rows = len(texts)
    ticks, known = np.zeros(rows, np.int64), np.zeros(rows, bool)
    offsets, data = string_offsets(texts), string_bytes(texts)
    lengths = np.diff(offsets)
    if texts.null_count:
        lengths = np.where(to_numpy(texts.is_valid()), lengths, 0)
    for length in np.flatnonzero(np.bincount(lengths.clip(0, 64), minlength=1)[:64]).tolist():
        if length < 10 or length > 35:
            continue
        chosen = np.flatnonzero(lengths == length)
        # Sixteen rows cost as much by arrays as one by one.
        if len(chosen) < 16:
            continue
        ticks[chosen], known[chosen] = parse_uniform(_matrix(data, offsets, chosen, length))
    return ticks, known


def _matrix(data: np.ndarray, offsets: np.ndarray, chosen: np.ndarray, length: int) -> np.ndarray:
    """The bytes of some rows of one length, a row of the matrix each."""
    if len(chosen) == len(offsets) - 1:
        return data[offsets[0] : offsets[-1]].reshape(-1, length)
    starts = offsets[:-1][chosen]
    found: np.ndarray = data[starts[:, None] + np.arange(length, dtype=np.int32)]
    return found


def from_timestamps(array: pa.Array) -> pa.Array:
    """Ticks of an Arrow timestamp, date32 or date64 column; OverflowError beyond the years 1 to 9999.

    Nanoseconds are cut to ticks of 100 ns, towards the past.
    """
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s"))
    counts, valid = _counts(array), valid_mask(array)
    low, high = _scale(MIN_DATETIME - EPOCH_TICKS, array.type.unit), _scale(MAX_DATETIME - EPOCH_TICKS, array.type.unit)
    _refuse_outside((counts < low) | (counts > high + (99 if array.type.unit == "ns" else 0)), array, "the years 1 to 9999")
    return from_numpy(_to_ticks(counts, array.type.unit) + EPOCH_TICKS, valid)


def to_timestamps(array: pa.Array, unit: str = "ns", zone: str | None = "UTC") -> pa.Array:
    """An Arrow timestamp column from datetimes; OverflowError for values that the unit cannot hold.

    Units coarser than a tick cut what they cannot hold, towards the past.
    """
    ticks, valid = to_numpy(array), valid_mask(array)
    return _from_ticks(ticks - EPOCH_TICKS, valid, array, unit).cast(pa.timestamp(unit, zone))


def from_durations(array: pa.Array) -> pa.Array:
    """Ticks of an Arrow duration, time32 or time64 column; OverflowError for what 64 bits of ticks cannot hold."""
    counts, valid = _counts(array), valid_mask(array)
    low, high = _scale(MIN_TIMESPAN, array.type.unit), _scale(MAX_TIMESPAN, array.type.unit)
    if array.type.unit != "ns":
        _refuse_outside((counts < low) | (counts > high), array, "the range of a timespan")
    return from_numpy(_to_ticks(counts, array.type.unit), valid)


def to_durations(array: pa.Array, unit: str = "ns") -> pa.Array:
    """An Arrow duration column from timespans; OverflowError for values that the unit cannot hold."""
    return _from_ticks(to_numpy(array), valid_mask(array), array, unit).cast(pa.duration(unit))


_TICKS_PER_UNIT = {"s": TICKS_PER_SECOND, "ms": TICKS_PER_SECOND // 1000, "us": 10}


def _counts(array: pa.Array) -> np.ndarray:
    width = array.type.bit_width
    return to_numpy(array.view(pa.int32()).cast(pa.int64()) if width == 32 else array.view(pa.int64()))


def _scale(ticks: int, unit: str) -> int:
    return ticks * 100 if unit == "ns" else ticks // _TICKS_PER_UNIT[unit]


def _to_ticks(counts: np.ndarray, unit: str) -> np.ndarray:
    found: np.ndarray = counts // 100 if unit == "ns" else counts * _TICKS_PER_UNIT[unit]
    return found


def _from_ticks(ticks: np.ndarray, valid: np.ndarray | None, array: pa.Array, unit: str) -> pa.Array:
    if unit == "ns":
        limit = MAX_TIMESPAN // 100
        _refuse_outside((ticks > limit) | (ticks < -limit), array, "the range of a nanosecond count")
        return from_numpy(ticks * 100, valid)
    return from_numpy(ticks // _TICKS_PER_UNIT[unit], valid)


def _refuse_outside(outside: np.ndarray, array: pa.Array, limits: str) -> None:
    if array.null_count:
        outside = outside & to_numpy(array.is_valid())
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise OverflowError(f"{int(outside.sum())} values lie outside {limits}, the first in row {first}")
