"""The calendar over columns of datetimes: parts of dates, starts and ends of periods, months added and counted.

Everything is exact over the years 1 to 9999; what leaves that range becomes null. Weeks begin on Sunday, except that
`week_of_year` numbers them as ISO 8601 does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from kqlpy.columns.civil import civil_from_days, days_from_civil, days_from_months
from kqlpy.columns.numpy_bridge import from_numpy, to_numpy, valid_mask
from kqlpy.columns.ticks import TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND
from kqlpy.columns.time_kernels import valid_datetimes

__all__ = ["DATE_PARTS", "PERIODS", "add_months", "date_part", "day_of_week", "end_of", "period_number", "start_of"]


def date_part(part: str, array: pa.Array) -> pa.Array:
    """A part of each datetime as long; `part` is one of `DATE_PARTS`, in lower case. Null for null.

    `month` counts from 1, `day` within the month, `second` within the minute; `millisecond`, `microsecond` and
    `nanosecond` give the whole fraction of the second in that unit.
    """
    return from_numpy(DATE_PARTS[part](to_numpy(array)).astype(np.int64, copy=False), valid_mask(array))


def day_of_week(array: pa.Array) -> pa.Array:
    """`dayofweek()`: the time since Sunday began, in whole days, as a timespan."""
    return from_numpy(_weekday(to_numpy(array) // TICKS_PER_DAY) * TICKS_PER_DAY, valid_mask(array))


def start_of(period: str, array: pa.Array, offset: pa.Array | int = 0) -> pa.Array:
    """The first tick of the `day`, `week`, `month` or `year`, moved by `offset` whole periods (a number or a column)."""
    return _boundary(period, array, offset, 0)


def end_of(period: str, array: pa.Array, offset: pa.Array | int = 0) -> pa.Array:
    """The last tick of the `day`, `week`, `month` or `year`, moved by `offset` whole periods (a number or a column)."""
    return _boundary(period, array, offset, 1)


def _boundary(period: str, array: pa.Array, offset: pa.Array | int, ends: int) -> pa.Array:
    valid = valid_mask(array)
    numbers = PERIODS[period](to_numpy(array) // TICKS_PER_DAY)
    if isinstance(offset, int):
        moved = numbers + min(max(offset, -_FAR), _FAR)
    else:
        moved = numbers + to_numpy(offset).astype(np.int64).clip(-_FAR, _FAR)
        valid = _both(valid, valid_mask(offset))
    days = _PERIOD_STARTS[period](moved + ends)
    inside = (days >= 0) & (days <= _LAST_DAY + ends)
    ticks = np.where(inside, days, -1) * TICKS_PER_DAY - ends
    return valid_datetimes(ticks, valid)


def period_number(period: str, array: pa.Array) -> pa.Array:
    """The number of the `day`, `week`, `month`, `quarter` or `year` that holds each datetime, on one running count.

    The difference of two such numbers is how many boundaries of that period lie between, as `datetime_diff` counts.
    """
    return from_numpy(PERIODS[period](to_numpy(array) // TICKS_PER_DAY), valid_mask(array))


def add_months(array: pa.Array, months: pa.Array | int) -> pa.Array:
    """Each datetime moved by whole months; a day that the new month lacks becomes its last day.

    https://learn.microsoft.com/kusto/query/datetime-add-function
    """
    days, rest = np.divmod(to_numpy(array), TICKS_PER_DAY)
    valid = valid_mask(array)
    if isinstance(months, int):
        count = np.array([min(max(months, -_FAR), _FAR)])
    else:
        count = to_numpy(months).astype(np.int64).clip(-_FAR, _FAR)
        valid = _both(valid, valid_mask(months))
    moved = _months(days) + count
    start = days_from_months(moved)
    length = days_from_months(moved + 1) - start
    days = start + np.minimum(civil_from_days(days)[2], length) - 1
    inside = (days >= 0) & (days <= _LAST_DAY)
    return valid_datetimes(np.where(inside, days, -1) * TICKS_PER_DAY + np.where(inside, rest, 0), valid)


def _both(left: np.ndarray | None, right: np.ndarray | None) -> np.ndarray | None:
    if left is None or right is None:
        return left if right is None else right
    both: np.ndarray = left & right
    return both


def _months(days: np.ndarray) -> np.ndarray:
    """Months counted from 0001-01."""
    year, month, _ = civil_from_days(days)
    found: np.ndarray = (year - 1) * 12 + (month - 1)
    return found


def _year(days: np.ndarray) -> np.ndarray:
    return civil_from_days(days)[0]


def _year_start(years: np.ndarray) -> np.ndarray:
    return days_from_civil(years, _ONE, _ONE)


def _weekday(days: np.ndarray) -> np.ndarray:
    """0 for Sunday; 0001-01-01 is a Monday."""
    found: np.ndarray = (days + 1) % 7
    return found


def _iso_week(days: np.ndarray) -> np.ndarray:
    """The ISO 8601 week: the one whose Thursday falls in the year."""
    thursday = days - days % 7 + 3
    found: np.ndarray = (thursday - _year_start(_year(thursday))) // 7 + 1
    return found


def _of_day(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda ticks: function(ticks // TICKS_PER_DAY)


def _within(unit: int, whole: int) -> Callable[[np.ndarray], np.ndarray]:
    """How many units have passed since the last whole, both in ticks."""
    return lambda ticks: ticks % whole // unit


_ONE = np.ones(1, np.int64)
_LAST_DAY = 3_652_058
"""9999-12-31 counted from 0001-01-01."""
_FAR = 10_000_000
"""More periods than the calendar has days: offsets are cut here so that they cannot overflow."""

PERIODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "day": lambda days: days,
    "week": lambda days: (days + 1) // 7,
    "month": _months,
    "quarter": lambda days: _months(days) // 3,
    "year": _year,
}
"""The number of the period that holds a day, by its name."""
_PERIOD_STARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "day": lambda numbers: numbers,
    "week": lambda numbers: numbers * 7 - 1,
    "month": days_from_months,
    "quarter": lambda numbers: days_from_months(numbers * 3),
    "year": _year_start,
}

DATE_PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "year": _of_day(_year),
    "quarter": _of_day(lambda days: _months(days) % 12 // 3 + 1),
    "month": _of_day(lambda days: civil_from_days(days)[1]),
    "week_of_year": _of_day(_iso_week),
    "day": _of_day(lambda days: civil_from_days(days)[2]),
    "dayofyear": _of_day(lambda days: days - _year_start(_year(days)) + 1),
    "hour": _within(TICKS_PER_HOUR, TICKS_PER_DAY),
    "minute": _within(TICKS_PER_MINUTE, TICKS_PER_HOUR),
    "second": _within(TICKS_PER_SECOND, TICKS_PER_MINUTE),
    "millisecond": _within(10_000, TICKS_PER_SECOND),
    "microsecond": _within(10, TICKS_PER_SECOND),
    "nanosecond": lambda ticks: ticks % TICKS_PER_SECOND * 100,
}
"""What computes a part from ticks, by its name."""
