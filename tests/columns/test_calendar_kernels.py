"""Date parts and periods of whole columns against the standard library's calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import calendar_kernels
from kqlpy.columns.ticks import MAX_DATETIME, TICKS_PER_DAY, TICKS_PER_HOUR, format_datetime_iso, from_civil, parse_datetime, to_civil

from .strategies import columns, datetimes

PARTS: dict[str, Callable[[int], int]] = {
    "year": lambda value: to_civil(value)[0],
    "quarter": lambda value: (to_civil(value)[1] + 2) // 3,
    "month": lambda value: to_civil(value)[1],
    "day": lambda value: to_civil(value)[2],
    "dayofyear": lambda value: the_date(value).timetuple().tm_yday,
    "week_of_year": lambda value: the_date(value).isocalendar()[1],
    "hour": lambda value: value // TICKS_PER_HOUR % 24,
    "minute": lambda value: value // 600_000_000 % 60,
    "second": lambda value: value // 10_000_000 % 60,
    "millisecond": lambda value: value % 10_000_000 // 10_000,
    "microsecond": lambda value: value % 10_000_000 // 10,
    "nanosecond": lambda value: value % 10_000_000 * 100,
}


def the_date(value: int) -> date:
    return date(*to_civil(value)[:3])


def at(*texts: str) -> pa.Array:
    return pa.array([parse_datetime(text) for text in texts])


def shown(column: pa.Array) -> list[str | None]:
    return [None if value is None else format_datetime_iso(value) for value in column.to_pylist()]


def test_every_part_has_an_oracle() -> None:
    assert PARTS.keys() == calendar_kernels.DATE_PARTS.keys()


@pytest.mark.parametrize("part", PARTS)
@given(column=columns(datetimes, pa.int64()))
def test_date_part(part: str, column: pa.Array) -> None:
    expected = [None if value is None else PARTS[part](value) for value in column.to_pylist()]
    assert calendar_kernels.date_part(part, column).to_pylist() == expected


@given(columns(datetimes, pa.int64()))
def test_day_of_week_counts_from_sunday(column: pa.Array) -> None:
    expected = [None if value is None else the_date(value).isoweekday() % 7 * TICKS_PER_DAY for value in column.to_pylist()]
    assert calendar_kernels.day_of_week(column).to_pylist() == expected


def start(period: str, value: int, offset: int) -> int | None:
    year, month, _, _ = to_civil(value)
    if period in ("day", "week"):
        weekday = the_date(value).isoweekday() % 7 if period == "week" else 0
        days = value // TICKS_PER_DAY - weekday + offset * (7 if period == "week" else 1)
        return days * TICKS_PER_DAY if 0 <= days * TICKS_PER_DAY <= MAX_DATETIME else None
    months = year * 12 + (month - 1 if period == "month" else 0) + offset * (1 if period == "month" else 12)
    return from_civil(months // 12, months % 12 + 1, 1)


@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
@given(column=columns(datetimes, pa.int64()), offset=st.integers(-9, 9) | st.integers())
def test_start_of_a_period(period: str, column: pa.Array, offset: int) -> None:
    near = max(min(offset, 10**8), -(10**8))
    expected = [None if value is None else start(period, value, near) for value in column.to_pylist()]
    assert calendar_kernels.start_of(period, column, offset).to_pylist() == expected


@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
@given(column=columns(datetimes, pa.int64()))
def test_a_period_ends_a_tick_before_the_next(period: str, column: pa.Array) -> None:
    nexts = calendar_kernels.start_of(period, column, 1).to_pylist()
    ends = calendar_kernels.end_of(period, column).to_pylist()
    assert [end for end, following in zip(ends, nexts, strict=True) if following is not None] == [
        following - 1 for following in nexts if following is not None
    ]


def test_offsets_may_differ_by_row() -> None:
    column = at("2020-06-15 13:45", "2020-06-15", "2020-06-15")
    found = calendar_kernels.start_of("week", column, pa.array([-2, 3, None]))
    assert shown(found) == ["2020-05-31T00:00:00.0000000Z", "2020-07-05T00:00:00.0000000Z", None]


def test_the_last_period_ends_with_the_calendar() -> None:
    assert calendar_kernels.end_of("year", at("9999-12-31")).to_pylist() == [MAX_DATETIME]
    assert calendar_kernels.end_of("week", at("9999-12-31")).to_pylist() == [None]


def test_adding_months_keeps_to_the_month_end() -> None:
    found = calendar_kernels.add_months(at("2020-03-31", "2020-05-31", "2020-02-29"), pa.array([-1, -15, 12]))
    assert shown(found) == ["2020-02-29T00:00:00.0000000Z", "2019-02-28T00:00:00.0000000Z", "2021-02-28T00:00:00.0000000Z"]


@given(columns(datetimes, pa.int64()), st.integers(-30, 30))
def test_add_months(column: pa.Array, months: int) -> None:
    assert calendar_kernels.add_months(column, months).to_pylist() == [
        None if value is None else months_later(value, months) for value in column.to_pylist()
    ]


def months_later(value: int, months: int) -> int | None:
    year, month, day, rest = to_civil(value)
    count = year * 12 + month - 1 + months
    tries = (from_civil(count // 12, count % 12 + 1, day - less, rest) for less in range(4) if day > less)
    return next((found for found in tries if found is not None), None)


def test_period_numbers_count_boundaries() -> None:
    late, early = at("2017-10-29"), at("2017-09-30 23:59")
    passed = {
        period: calendar_kernels.period_number(period, late)[0].as_py() - calendar_kernels.period_number(period, early)[0].as_py()
        for period in calendar_kernels.PERIODS
    }
    assert passed == {"day": 29, "week": 5, "month": 1, "quarter": 1, "year": 0}
