"""The parts of a moment (year, hour, week ...), the days of the week, and the beginnings and ends of periods."""

from __future__ import annotations

import pyarrow as pa

from kqlpy.columns import calendar_kernels as calendar
from kqlpy.columns.numpy_bridge import from_numpy, to_numpy, valid_mask
from kqlpy.columns.ticks import TICKS_PER_DAY
from kqlpy.functions.operators_arithmetic import datetimes
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.time import as_column, unit_of
from kqlpy.functions.vectors import Value, any_null, blank, elementwise

__all__: list[str] = []

_DATE = "(date: datetime) -> int"
# The official front end types some parts as int that the engine answers as long; the engine is followed.
_LONG = "(date: datetime) -> long"
_PERIOD = "(date: datetime, offset: long = ?) -> datetime"
_FIXED = {"day": (TICKS_PER_DAY, 0), "week": (7 * TICKS_PER_DAY, TICKS_PER_DAY)}
"""Periods of one length: their ticks, and by how much they begin before 0001-01-01."""


@scalar(_LONG)
def getyear(date: pa.Array) -> pa.Array:
    """The year.

    >>> print getyear(datetime(2015-10-12))
    2015
    """
    return calendar.date_part("year", date)


@scalar(_LONG, aliases=("getmonth",), obsolete="")
def monthofyear(date: pa.Array) -> pa.Array:
    """The month, 1 to 12.

    >>> print monthofyear(datetime(2015-12-14))
    12
    """
    return calendar.date_part("month", date)


@scalar(_DATE)
def dayofmonth(date: pa.Array) -> pa.Array:
    """The day within the month, from 1.

    >>> print dayofmonth(datetime(2015-12-14))
    14
    """
    return calendar.date_part("day", date)


@scalar(_DATE)
def dayofyear(date: pa.Array) -> pa.Array:
    """The day within the year, from 1.

    >>> print dayofyear(datetime(2020-12-31))
    366
    """
    return calendar.date_part("dayofyear", date)


@scalar("(date: datetime) -> timespan")
def dayofweek(date: pa.Array) -> pa.Array:
    """Whole days since Sunday, as a timespan.

    >>> print dayofweek(datetime(1970-05-11))
    1.00:00:00
    """
    return calendar.day_of_week(date)


@scalar(_LONG)
def hourofday(date: pa.Array) -> pa.Array:
    """The hour, 0 to 23.

    >>> print hourofday(datetime(2015-12-14 18:54))
    18
    """
    return calendar.date_part("hour", date)


@scalar(_DATE)
def week_of_year(date: pa.Array) -> pa.Array:
    """The week by ISO 8601: weeks begin on Monday, the first one has the year's first Thursday.

    >>> print week_of_year(datetime(2021-01-03))
    53
    """
    return calendar.date_part("week_of_year", date)


@scalar(_DATE, obsolete="week_of_year")
def weekofyear(date: pa.Array) -> pa.Array:
    """The week in the older way: weeks begin on Sunday, the first one has the year's first Wednesday.

    >>> print weekofyear(datetime(2007-01-01))
    1
    """
    days = to_numpy(date) // TICKS_PER_DAY
    wednesday = days - (days + 1) % 7 + 3
    ticks = from_numpy(wednesday * TICKS_PER_DAY, valid_mask(date))
    day = calendar.DATE_PARTS["dayofyear"](to_numpy(ticks))
    return from_numpy((day - 1) // 7 + 1, valid_mask(date))


@scalar("(part: const string, date: datetime) -> long", context=True)
def datetime_part(call: Call, part: Value, date: Value) -> pa.Array:
    """A part of the moment by name; `millisecond` and smaller give the whole fraction of the second in that unit.

    >>> print datetime_part("quarter", datetime(2017-10-30))
    4
    """
    return calendar.date_part(unit_of(part, tuple(calendar.DATE_PARTS)), as_column(date, call.rows))


@scalar("(part: const string, date: datetime) -> long", obsolete="datetime_part", context=True)
def datepart(call: Call, part: Value, date: Value) -> pa.Array:
    """A part of the moment by name, as `datetime_part`.

    >>> print datepart("hour", datetime(2017-10-30 01:02))
    1
    """
    return datetime_part(call, part, date)


def _boundary(call: Call, period: str, date: Value, offset: Value | None, *, end: bool) -> pa.Array:
    """The first or last tick of each date's period, moved by whole periods."""
    find = calendar.end_of if end else calendar.start_of
    moments = as_column(date, call.rows)
    if offset is None and period in _FIXED and not end:
        size, shift = _FIXED[period]
        return datetimes(elementwise(lambda ticks: (ticks + shift) // size * size - shift, moments))
    if offset is None:
        return find(period, moments)
    if isinstance(offset, pa.Scalar):
        return blank(find(period, moments, offset.as_py() or 0), any_null(offset))
    return find(period, moments, offset)


@scalar(_PERIOD, naming="first", context=True)
def startofday(call: Call, date: Value, offset: Value | None = None) -> pa.Array:
    """Midnight at the beginning of the day, moved by so many days.

    >>> print startofday(datetime(2020-06-15 13:45), -1)
    2020-06-14T00:00:00.0000000Z
    """
    return _boundary(call, "day", date, offset, end=False)


@scalar(_PERIOD, context=True)
def startofweek(call: Call, date: Value, offset: Value | None = None) -> pa.Array:
    """The beginning of the week, which is on Sunday, moved by so many weeks.

    >>> print startofweek(datetime(2017-01-01 10:10))
    2017-01-01T00:00:00.0000000Z
    """
    return _boundary(call, "week", date, offset, end=False)


@scalar(_PERIOD, context=True)
def startofmonth(call: Call, date: Value, offset: Value | None = None) -> pa.Array:
    """The beginning of the month, moved by so many months.

    >>> print startofmonth(datetime(2020-06-15), -13)
    2019-05-01T00:00:00.0000000Z
    """
    return _boundary(call, "month", date, offset, end=False)


@scalar(_PERIOD, context=True)
def startofyear(call: Call, date: Value, offset: Value | None = None) -> pa.Array:
    """The beginning of the year, moved by so many years.

    >>> print startofyear(datetime(2020-06-15))
    2020-01-01T00:00:00.0000000Z
    """
    return _boundary(call, "year", date, offset, end=False)


@scalar(_PERIOD, context=True)
def endofday(call: Call, date: Value, offset: Value | None = None) -> pa.Array:
    """The last tick of the day, moved by so many days.

    >>> print endofday(datetime(2017-01-01), -1)
    2016-12-31T23:59:59.9999999Z
    """
    return _boundary(call, "day", date, offset, end=True)


@scalar(_PERIOD, context=True)
def endofweek(call: Call, date: Value, offset: Value | None = None) -> pa.Array:
    """The last tick of the week, which is on Saturday, moved by so many weeks.

    >>> print endofweek(datetime(2020-06-15))
    2020-06-20T23:59:59.9999999Z
    """
    return _boundary(call, "week", date, offset, end=True)


@scalar(_PERIOD, context=True)
def endofmonth(call: Call, date: Value, offset: Value | None = None) -> pa.Array:
    """The last tick of the month, moved by so many months.

    >>> print endofmonth(datetime(2020-02-15))
    2020-02-29T23:59:59.9999999Z
    """
    return _boundary(call, "month", date, offset, end=True)


@scalar(_PERIOD, context=True)
def endofyear(call: Call, date: Value, offset: Value | None = None) -> pa.Array:
    """The last tick of the year, moved by so many years.

    >>> print endofyear(datetime(2020-06-15))
    2020-12-31T23:59:59.9999999Z
    """
    return _boundary(call, "year", date, offset, end=True)
