"""Making and moving moments: the clock, unix times, datetimes from parts, adding and counting periods, time zones.

The parts of a moment and the beginnings of periods are in `time_parts.py`, text forms in `time_formats.py`, bins in `bins.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import calendar_kernels as calendar
from kqlpy.columns.civil import days_from_months
from kqlpy.columns.ticks import (
    EPOCH_TICKS,
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    TICKS_PER_MILLISECOND,
    TICKS_PER_MINUTE,
    TICKS_PER_SECOND,
)
from kqlpy.errors import KqlSemanticError
from kqlpy.functions.operators_arithmetic import datetimes
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.vectors import Value, any_null, blank, constant_of, elementwise, to_type, vector
from kqlpy.types import Type

__all__ = ["as_column", "unit_of"]


@scalar("(offset: timespan = ?) -> datetime", context=True)
def now(call: Call, offset: Value | None = None) -> pa.Array | pa.Scalar:
    """The moment at which the query runs, the same everywhere in it, plus the offset.

    >>> print now() == now()
    True
    """
    clock = pa.scalar(call.session.now, pa.int64())
    return clock if offset is None else datetimes(pc.add(clock, offset))


@scalar("(timespan: timespan) -> datetime", context=True)
def ago(call: Call, timespan: pa.Array) -> pa.Array:
    """The moment that lies a timespan before the query's.

    >>> print now() - ago(1h)
    01:00:00
    """
    return datetimes(pc.subtract(pa.scalar(call.session.now, pa.int64()), timespan))


def as_column(value: Value, rows: int) -> pa.Array:
    """The value as a column."""
    return pa.repeat(value, rows) if isinstance(value, pa.Scalar) else value


_UNITS = {
    "week": 7 * TICKS_PER_DAY,
    "day": TICKS_PER_DAY,
    "hour": TICKS_PER_HOUR,
    "minute": TICKS_PER_MINUTE,
    "second": TICKS_PER_SECOND,
    "millisecond": TICKS_PER_MILLISECOND,
    "microsecond": 10,
}
_MONTHS = {"year": 12, "quarter": 3, "month": 1}
_PERIODS = (*_MONTHS, *_UNITS, "nanosecond")
_FAR = 4_000_000_000_000_000_000
"""Ticks beyond any datetime that can be added to one without overflow."""


def unit_of(part: Value, allowed: tuple[str, ...]) -> str:
    """The name of a part in lower case; an error when it is none of the allowed."""
    name = str(constant_of(part)).lower()
    if name not in allowed:
        raise KqlSemanticError(f"`{name}` is no part of a datetime here; write one of {', '.join(allowed)}", code="KS112")
    return name


@scalar("(part: const string, value: integer, datetime: datetime) -> datetime", context=True)
def datetime_add(call: Call, part: Value, value: Value, moment: Value) -> pa.Array:
    """The moment moved by so many periods; a day that the month lacks becomes its last. Null outside the years 1 to 9999.

    >>> print datetime_add("month", -1, datetime(2020-03-31))
    2020-02-29T00:00:00.0000000Z
    """
    unit = unit_of(part, _PERIODS)
    if unit in _MONTHS:
        return _add_months(as_column(moment, call.rows), value, _MONTHS[unit])
    return datetimes(elementwise(lambda ticks, count: ticks + _moved(count, unit), moment, to_type(value, pa.int64())))


def _add_months(moments: pa.Array, value: Value, months: int) -> pa.Array:
    moved = np.clip(vector(to_type(value, pa.int64())), -1_000_000, 1_000_000) * months
    count = int(moved) if isinstance(value, pa.Scalar) else pa.array(moved)
    return blank(calendar.add_months(moments, count), any_null(value))


def _moved(count: Any, unit: str) -> Any:
    """Ticks of so many units, cut where a datetime would leave its range anyway."""
    if unit == "nanosecond":
        return count // 100
    limit = _FAR // _UNITS[unit]
    return np.clip(count, -limit, limit) * _UNITS[unit]


def _difference_type(types: tuple[Type, ...], values: tuple[Any, ...]) -> Type:
    # Kusto counts weeks as a real number, everything else as long (documented query, answered by the emulator).
    return Type.REAL if str(values[0]).lower() == "week" else Type.LONG


@scalar("(part: const string, datetime1: datetime, datetime2: datetime) -> long", result=_difference_type)
def datetime_diff(part: Value, later: Value, earlier: Value) -> pa.Array:
    """How many boundaries of the period lie between the moments, negative when the first is earlier; weeks come as a real.

    >>> print datetime_diff("year", datetime(2017-01-01), datetime(2016-12-31))
    1
    """
    unit = unit_of(part, _PERIODS)
    if unit == "nanosecond":
        return pc.multiply(pc.subtract(later, earlier), 100)
    return pc.subtract(_number(unit, later), _number(unit, earlier))


def _number(unit: str, moment: Value) -> Value:
    """The number of the period in which the moment lies."""
    if isinstance(moment, pa.Scalar):
        return _number(unit, pa.array([moment.as_py()], pa.int64()))[0]
    if unit in calendar.PERIODS:
        return calendar.period_number(unit, moment)
    return elementwise(lambda ticks: ticks // _UNITS[unit], moment)


@scalar(
    "(year: number, month: number, day: number, hour: number = ?, minute: number = ?, second: number = ?) -> datetime",
    naming="only",
)
def make_datetime(
    year: Value, month: Value, day: Value, hour: Value | None = None, minute: Value | None = None, second: Value | None = None
) -> pa.Array:
    """The moment with these parts; null when there is no such date or time. What is less than a tick is cut.

    >>> print make_datetime(2017, 10, 1, 12, 11, 0.1234567)
    2017-10-01T12:11:00.1234567Z
    """
    zero = pa.scalar(0, pa.int64())
    dates = [to_type(v, pa.float64()) for v in (year, month, day)]
    clock = [to_type(zero if v is None else v, pa.float64()) for v in (hour, minute, second)]
    return _valid(elementwise(_assembled, *dates, *clock))


def _assembled(year: Any, month: Any, day: Any, hour: Any, minute: Any, second: Any) -> Any:
    """Ticks of the parts, -1 where they make no moment."""
    year, month, day = (np.trunc(np.clip(np.nan_to_num(v, nan=-1.0), -1, 20_000)).astype(np.int64) for v in (year, month, day))
    fits = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1)
    year, month = np.where(fits, year, 1), np.where(fits, month, 1)
    first = days_from_months((year - 1) * 12 + month - 1)
    after = days_from_months((year - 1) * 12 + month)
    clock = _clock(hour, minute, second)
    fits &= (day <= after - first) & (clock >= 0)
    return np.where(fits, (first + day - 1) * TICKS_PER_DAY + clock, -1)


def _clock(hour: Any, minute: Any, second: Any) -> Any:
    """Ticks of a time of day, -1 where it is none."""
    fits = (hour >= 0) & (hour < 24) & (minute >= 0) & (minute < 60) & (second >= 0) & (second < 60)
    whole = np.trunc(np.where(fits, hour, 0)) * TICKS_PER_HOUR + np.trunc(np.where(fits, minute, 0)) * TICKS_PER_MINUTE
    # Rounded first, so that a decimal fraction which a double holds a hair too small keeps its last tick.
    fraction = np.trunc(np.round(np.where(fits, second, 0) * TICKS_PER_SECOND, 4))
    return np.where(fits, whole + fraction, -1).astype(np.int64)


def _valid(ticks: pa.Array) -> pa.Array:
    return blank(ticks, pc.less(ticks, 0))


@scalar("(value: scalar) -> datetime", name="make_datetime", naming="only", context=True)
def make_datetime_of(call: Call, value: pa.Array) -> pa.Array:
    """The value converted as `todatetime` does.

    >>> print make_datetime("2017-10-01")
    2017-10-01T00:00:00.0000000Z
    """
    from kqlpy.columns.convert import convert

    return convert(value, call.types[0], Type.DATETIME, call.session.now)


@scalar("(hours: number, minutes: number, seconds: number = ?) -> timespan", name="make_timespan", naming="only")
def make_timespan_hours(hours: Value, minutes: Value, seconds: Value | None = None) -> pa.Array:
    """The timespan of so many hours, minutes and seconds; null for a part outside its range, such as 25 hours.

    >>> print make_timespan(2, 30)
    02:30:00
    """
    return make_timespan(pa.scalar(0, pa.int64()), hours, minutes, pa.scalar(0, pa.int64()) if seconds is None else seconds)


@scalar("(days: number, hours: number, minutes: number, seconds: number) -> timespan", naming="only")
def make_timespan(days: Value, hours: Value, minutes: Value, seconds: Value) -> pa.Array:
    """The timespan of so many days, hours, minutes and seconds; null for a part outside its range.

    >>> print make_timespan(1, 12, 30, 55.123)
    1.12:30:55.1230000
    """

    def assemble(day: Any, hour: Any, minute: Any, second: Any) -> Any:
        clock = _clock(hour, minute, second)
        fits = (day >= 0) & (day <= 10_675_198) & (clock >= 0)
        return np.where(fits, np.trunc(np.where(fits, day, 0)).astype(np.int64) * TICKS_PER_DAY + clock, -1)

    return _valid(elementwise(assemble, *(to_type(v, pa.float64()) for v in (days, hours, minutes, seconds))))


@scalar("(value: scalar) -> timespan", name="make_timespan", naming="only", context=True)
def make_timespan_of(call: Call, value: pa.Array) -> pa.Array:
    """The value converted as `totimespan` does.

    >>> print make_timespan("1.00:00:00")
    1.00:00:00
    """
    from kqlpy.columns.convert import convert

    return convert(value, call.types[0], Type.TIMESPAN)


def _from_unix(number: pa.Array, ticks_per_unit: int) -> pa.Array:
    """Datetimes from a count of units since 1970; null outside the years 1 to 9999."""
    limit = _FAR // ticks_per_unit
    if pa.types.is_integer(number.type):
        units = to_type(number, pa.int64())
        return datetimes(elementwise(lambda n: np.clip(n, -limit, limit) * ticks_per_unit + EPOCH_TICKS, units))

    def moments(n: Any) -> Any:
        whole = np.floor(np.clip(np.nan_to_num(n, nan=limit), -limit, limit))
        return whole.astype(np.int64) * ticks_per_unit + np.round((n - whole) * ticks_per_unit).astype(np.int64) + EPOCH_TICKS

    return datetimes(elementwise(moments, to_type(number, pa.float64())))


@scalar("(number: number) -> datetime")
def unixtime_seconds_todatetime(number: pa.Array) -> pa.Array:
    """The moment so many seconds after 1970-01-01.

    >>> print unixtime_seconds_todatetime(1546300800)
    2019-01-01T00:00:00.0000000Z
    """
    return _from_unix(number, TICKS_PER_SECOND)


@scalar("(number: number) -> datetime")
def unixtime_milliseconds_todatetime(number: pa.Array) -> pa.Array:
    """The moment so many milliseconds after 1970-01-01.

    >>> print unixtime_milliseconds_todatetime(1546300800000)
    2019-01-01T00:00:00.0000000Z
    """
    return _from_unix(number, TICKS_PER_MILLISECOND)


@scalar("(number: number) -> datetime")
def unixtime_microseconds_todatetime(number: pa.Array) -> pa.Array:
    """The moment so many microseconds after 1970-01-01.

    >>> print unixtime_microseconds_todatetime(1546300800000000)
    2019-01-01T00:00:00.0000000Z
    """
    return _from_unix(number, 10)


@scalar("(number: number) -> datetime")
def unixtime_nanoseconds_todatetime(number: pa.Array) -> pa.Array:
    """The moment so many nanoseconds after 1970-01-01, cut to whole ticks.

    >>> print unixtime_nanoseconds_todatetime(1546300800000000000)
    2019-01-01T00:00:00.0000000Z
    """
    whole = to_type(number if pa.types.is_integer(number.type) else to_type(number, pa.float64()), pa.int64())
    return datetimes(elementwise(lambda n: n // 100 + EPOCH_TICKS, whole))
