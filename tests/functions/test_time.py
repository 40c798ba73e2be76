"""Functions of time: bins, periods and formats equal plain Python by row; the clock, parts and zones answer as Kusto does."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kqlpy
from kqlpy.columns.ticks import TICKS_PER_DAY, TICKS_PER_SECOND, to_civil
from kqlpy.errors import KqlSemanticError
from kqlpy.functions import bins, time, time_formats, time_parts, time_zones
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type

from .values import LONGS, MOMENTS, SPANS, answer, maybe, pairs

Rows = list[tuple[Any, Any]]


def call(*types: Type, result: Type = Type.DATETIME, rows: int = 1) -> Call:
    return Call(types, result, rows, Session.at())


def columns(rows: Rows) -> tuple[pa.Array, pa.Array]:
    left, right = (pa.array([row[i] for row in rows], pa.int64()) for i in (0, 1))
    return left, right


def wrap(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


@given(pairs(LONGS, LONGS))
def test_bins_of_longs_floor_where_the_way_down_stays_in_range(rows: Rows) -> None:
    rows = [row for row in rows if None in row or row[0] >= 0 or row[0] - abs(row[1]) >= -(2**63)]
    found = bins.bin_(call(Type.LONG, Type.LONG, result=Type.LONG, rows=len(rows)), *columns(rows))
    assert found.to_pylist() == [None if None in row or row[1] == 0 else wrap(row[0] // row[1] * row[1]) for row in rows]


@given(pairs(MOMENTS, SPANS))
def test_bins_of_moments_need_a_positive_size(rows: Rows) -> None:
    assert bins.bin_time(*columns(rows)).to_pylist() == [
        None if None in row or row[1] <= 0 else row[0] - row[0] % row[1] for row in rows
    ]


@given(st.lists(maybe(MOMENTS), min_size=1, max_size=6))
def test_old_weeks_begin_on_sunday_and_hold_a_wednesday(moments: list[int | None]) -> None:
    def week(ticks: int) -> int:
        days = ticks // TICKS_PER_DAY
        wednesday = days - (days + 1) % 7 + 3
        year = to_civil(min(wednesday, 3_652_058) * TICKS_PER_DAY)[0]
        first = dt.date(year, 1, 1).toordinal() - 1
        return (wednesday - first) // 7 + 1

    found = time_parts.weekofyear(pa.array(moments, pa.int64())).to_pylist()
    inside = [m is None or m < 3_155_370_000_000_000_000 for m in moments]
    expected = [None if m is None else week(m) for m in moments]
    assert [f for f, i in zip(found, inside, strict=True) if i] == [e for e, i in zip(expected, inside, strict=True) if i]


@given(st.lists(maybe(MOMENTS), min_size=1, max_size=6))
def test_formats_of_moments(moments: list[int | None]) -> None:
    def text(ticks: int) -> str:
        year, month, day, rest = to_civil(ticks)
        seconds = rest // TICKS_PER_SECOND
        hour = seconds // 3600
        fraction = rest % TICKS_PER_SECOND // 10_000
        return f"{year % 100}|{year:04}-{month:02}-{day} {(hour + 11) % 12 + 1}:{seconds // 60 % 60:02}.{fraction:03} {'PM' if hour > 11 else 'AM'}"

    found = time_formats.format_datetime(
        call(Type.DATETIME, Type.STRING, rows=len(moments)), pa.array(moments, pa.int64()), pa.scalar("y|yyyy-MM-d h:mm.fff tt")
    )
    assert found.to_pylist() == ["" if m is None else text(m) for m in moments]


@given(pairs(MOMENTS, st.integers(-(10**7), 10**7)), st.sampled_from(["day", "hour", "second", "week", "millisecond"]))
def test_adding_fixed_periods(rows: Rows, unit: str) -> None:
    length = {"day": 1, "week": 7}.get(unit, 0) * TICKS_PER_DAY or {"hour": 3600, "second": 1, "millisecond": 0.001}[unit] * TICKS_PER_SECOND
    found = time.datetime_add(call(rows=len(rows)), pa.scalar(unit), columns(rows)[1], columns(rows)[0])
    moved = [None if None in row else row[0] + row[1] * int(length) for row in rows]
    assert found.to_pylist() == [m if m is not None and 0 <= m <= 3_155_378_975_999_999_999 else None for m in moved]


@given(st.lists(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2100, 1, 1)), min_size=1, max_size=5), st.sampled_from(["Europe/Paris", "Asia/Kolkata"]))
def test_local_time_of_a_moment(moments: list[dt.datetime], zone: str) -> None:
    def ticks(moment: dt.datetime) -> int:
        return (moment - dt.datetime(1, 1, 1)) // dt.timedelta(microseconds=1) * 10

    column = pa.array([ticks(m) for m in moments])
    found = time_zones.datetime_utc_to_local(call(rows=len(moments)), column, pa.scalar(zone)).to_pylist()
    local = [m.replace(tzinfo=dt.UTC).astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None) for m in moments]
    assert found == [ticks(m) for m in local]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("bin(datetime(2007-01-03 13:45), 7d)", "2007-01-01T00:00:00.0000000Z"),
        ("bin(0.3, 0.1)", "0.2"),
        ("bin(7, 2.5)", "5.0"),
        ("bin(7.5, 0)", "NaN"),
        ("bin(7, -5)", "10"),
        ("bin(real(+inf), 1.0)", "inf"),
        ("floor(7.9, 1)", "7.0"),
        ("bin_at(6.5, 2.5, 7)", "4.5"),
        ("bin_at(1h, 1d, 12h)", "-12:00:00"),
        ("bin_at(datetime(2017-05-17 10:20), 7d, datetime(2017-06-04))", "2017-05-14T00:00:00.0000000Z"),
        ("around(5, 4, 1)", "True"),
        ("now() - ago(1h)", "01:00:00"),
        ("now(-2d) == ago(2d)", "True"),
        ("startofweek(datetime(2017-01-01 10:10))", "2017-01-01T00:00:00.0000000Z"),
        ("endofmonth(datetime(2020-02-15))", "2020-02-29T23:59:59.9999999Z"),
        ("endofyear(datetime(9999-02-15))", "9999-12-31T23:59:59.9999999Z"),
        ("startofmonth(datetime(2020-06-15), -13)", "2019-05-01T00:00:00.0000000Z"),
        ("week_of_year(datetime(2021-01-03))", "53"),
        ("dayofweek(datetime(1970-05-11))", "1.00:00:00"),
        ("datetime_part('dayOfYear', datetime(2017-10-30))", "303"),
        ("datetime_part('nanosecond', datetime(2017-10-30 01:02:03.7654321))", "765432100"),
        ("datetime_add('month', -1, datetime(2020-03-31))", "2020-02-29T00:00:00.0000000Z"),
        ("datetime_diff('year', datetime(2017-01-01), datetime(2000-12-31))", "17"),
        ("datetime_diff('week', datetime(2017-10-29), datetime(2017-09-30 23:59))", "5.0"),
        ("datetime_diff('hour', datetime(2017-10-31 01:00), datetime(2017-10-30 23:59))", "2"),
        ("datetime_diff('day', datetime(2020-01-01 23:00), datetime(2020-01-01 01:00))", "0"),
        ("datetime_diff('microsecond', datetime(2020-01-01 00:00:00.000002), datetime(2020-01-01 00:00:00.0000005))", "2"),
        ("make_datetime(2017, 10, 1, 12, 11, 0.1234567)", "2017-10-01T12:11:00.1234567Z"),
        ("make_timespan(1, 12, 30, 55.123)", "1.12:30:55.1230000"),
        ("make_timespan(2, 30)", "02:30:00"),
        ("unixtime_seconds_todatetime(1546300800.5)", "2019-01-01T00:00:00.5000000Z"),
        ("unixtime_nanoseconds_todatetime(1546300800123456789)", "2019-01-01T00:00:00.1234567Z"),
        ("datetime_local_to_utc(datetime(2022-03-27 02:00), 'Europe/Brussels')", "2022-03-27T00:00:00.0000000Z"),
        ("format_datetime(datetime(2009-06-05), 'h hh H HH')", "12 12 0 00"),
        ("format_datetime(datetime(2009-06-05 03:04:05), 'ss.FFF')", "05."),
        ("format_datetime(datetime(2009-06-05), 'ddd')", "055"),
        ("format_datetime(datetime(2009-06-05 03:04:05), 'yyyy-MM-ddTHH:mm:ssZ')", "2009-06-05T03:04:05Z"),
        ("format_datetime(datetime(null), 'yyyy')", ""),
        ("format_timespan(time(29.09:00:05.12345), 'ddd.h:mm:ss [fffffff]')", "029.9:00:05 [1234500]"),
        ("format_timespan(-2h - 30m, 'hh:mm')", "-02:30"),
    ],
)
def test_answers(expression: str, expected: str) -> None:
    assert answer(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "bin(7, 0)", "bin(datetime(2020-01-01), -1h)", "make_datetime(2020, 13, 1)", "make_timespan(25, 70)", "make_timespan(-1, -2)",
        "datetime_add('year', 9000, datetime(2020-01-01))", "unixtime_seconds_todatetime(9223372036854775807)",
        "datetime_utc_to_local(datetime(2020-01-01), 'No/Where')", "startofday(datetime(0001-01-01), -1)", "around(long(null), 4, 1)",
    ],
)  # fmt: skip
def test_null_answers(expression: str) -> None:
    assert answer(f"isnull({expression})") == "True"


def test_automatic_bins_take_size_and_start_from_options() -> None:
    query = "set query_bin_auto_size = 1h; set query_bin_auto_at = datetime(2017-01-01 00:05); print t = tostring(bin_auto(datetime(2017-01-01 01:30)))"
    assert kqlpy.query(query)["t"][0].as_py() == "2017-01-01T01:05:00.0000000Z"


@pytest.mark.parametrize("expression", ["datetime_part('week', now())", "datetime_add('age', 1, now())", "bin_auto(5)"])
def test_refusals(expression: str) -> None:
    with pytest.raises(KqlSemanticError):
        kqlpy.query(f"print {expression}")
