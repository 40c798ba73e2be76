"""Local times: `datetime_utc_to_local`, `datetime_local_to_utc` and the list of time zones, which Python's `zoneinfo` knows."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.json_text import dumps
from kqlpy.columns.numpy_bridge import to_numpy, valid_mask
from kqlpy.columns.ticks import TICKS_PER_DAY, TICKS_PER_MICROSECOND, TICKS_PER_MINUTE
from kqlpy.columns.time_kernels import valid_datetimes
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.time import as_column
from kqlpy.functions.vectors import Value

__all__: list[str] = []

_BUCKETS = (TICKS_PER_DAY, 15 * TICKS_PER_MINUTE, 1)
_START = datetime(1, 1, 1)


@scalar("(from: datetime, timezone: string) -> datetime", context=True)
def datetime_utc_to_local(call: Call, moment: Value, timezone: Value) -> pa.Array:
    """The local time in a zone such as `Europe/Paris` at a moment in UTC; null for a zone that is not known.

    >>> print datetime_utc_to_local(datetime(2020-02-02 19:00), "Europe/Paris")
    2020-02-02T20:00:00.0000000Z
    """
    return _by_zone(as_column(moment, call.rows), timezone, local=False)


@scalar("(from: datetime, timezone: string) -> datetime", context=True)
def datetime_local_to_utc(call: Call, moment: Value, timezone: Value) -> pa.Array:
    """The moment in UTC of a local time; where clocks are set, it is read by the time that holds afterwards.

    >>> print datetime_local_to_utc(datetime(2022-03-27 02:00), "Europe/Brussels")
    2022-03-27T00:00:00.0000000Z
    """
    return _by_zone(as_column(moment, call.rows), timezone, local=True)


@scalar("() -> dynamic", context=True)
def datetime_list_timezones(call: Call) -> pa.Scalar:
    """The names of all time zones, as an array.

    >>> print array_index_of(datetime_list_timezones(), "US/Pacific") > 0
    True
    """
    return pa.scalar(dumps([*sorted(zoneinfo.available_timezones())]))


def _by_zone(moments: pa.Array, timezone: Value, *, local: bool) -> pa.Array:
    if isinstance(timezone, pa.Scalar):
        return _shifted(moments, str(timezone.as_py()), local)
    result = pa.nulls(len(moments), pa.int64())
    for name in pc.unique(timezone).to_pylist():
        result = pc.if_else(pc.equal(timezone, name), _shifted(moments, name, local), result)
    return result


def _shifted(moments: pa.Array, name: str, local: bool) -> pa.Array:
    """The moments moved by the zone's offset."""
    zone = _zone(name)
    if zone is None:
        return pa.nulls(len(moments), pa.int64())
    ticks = to_numpy(moments)
    offsets = _offsets(zone, ticks, local, _BUCKETS)
    return valid_datetimes(ticks - offsets if local else ticks + offsets, valid_mask(moments))


def _offsets(zone: zoneinfo.ZoneInfo, ticks: np.ndarray, local: bool, sizes: tuple[int, ...]) -> np.ndarray:
    """The offset at each moment; asked once per day, and more often only on days when it changes."""
    size, *smaller = sizes
    buckets, places = np.unique(ticks // size, return_inverse=True)
    first = np.array([_offset(zone, int(bucket) * size, local) for bucket in buckets], np.int64)
    if not smaller:
        return first[places]
    last = np.array([_offset(zone, (int(bucket) + 1) * size - 1, local) for bucket in buckets], np.int64)
    offsets, changing = first[places], (first != last)[places]
    if changing.any():
        offsets[changing] = _offsets(zone, ticks[changing], local, tuple(smaller))
    return offsets


def _offset(zone: zoneinfo.ZoneInfo, ticks: int, local: bool) -> int:
    """How far the zone is ahead of UTC, in ticks, at a moment in UTC or at a local time."""
    moment = _START + timedelta(microseconds=max(ticks, 0) // TICKS_PER_MICROSECOND)
    try:
        there = moment.replace(tzinfo=zone, fold=1) if local else moment.replace(tzinfo=UTC).astimezone(zone)
    except OverflowError:
        return 0
    ahead = there.utcoffset() or timedelta(0)
    return round(ahead.total_seconds() * 1_000_000) * TICKS_PER_MICROSECOND


@cache
def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
