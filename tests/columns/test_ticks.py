"""Texts of datetimes and timespans, one value at a time."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given

from kqlpy.columns import ticks
from kqlpy.columns.ticks import format_datetime_iso, format_timespan, parse_datetime, parse_timespan, parse_timespan_literal

from .strategies import datetimes, timespans

NOON = parse_datetime("2021-11-29 12:00")


def iso(text: str) -> str | None:
    found = parse_datetime(text, NOON)
    return None if found is None else format_datetime_iso(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2014-05-25T08:20:03.123456Z", "2014-05-25T08:20:03.1234560Z"),
        ("2014-05-25T08:20:03.123456", "2014-05-25T08:20:03.1234560Z"),
        ("2014-05-25T08:20", "2014-05-25T08:20:00.0000000Z"),
        ("2014-11-08 15:55:55", "2014-11-08T15:55:55.0000000Z"),
        ("2014-11-08", "2014-11-08T00:00:00.0000000Z"),
        ("Sat, 8 Nov 14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z"),
        ("8 Nov 14 15:05", "2014-11-08T15:05:00.0000000Z"),
        ("Saturday, 08-Nov-14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z"),
        ("08-Nov-14 15:05 GMT", "2014-11-08T15:05:00.0000000Z"),
        ("2014-11-08T15:05 GMT", "2014-11-08T15:05:00.0000000Z"),
        ("Fri, 02 Dec 2022 13:45:56 GMT", "2022-12-02T13:45:56.0000000Z"),
        ("2 Dec 2022", "2022-12-02T00:00:00.0000000Z"),
        ("Dec 2, 2022", "2022-12-02T00:00:00.0000000Z"),
        ("20221202", "2022-12-02T00:00:00.0000000Z"),
        ("2022/12/02", "2022-12-02T00:00:00.0000000Z"),
    ],
)
def test_reads_the_documented_formats(text: str, expected: str) -> None:
    assert iso(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12-02-2022", "2022-12-02T00:00:00.0000000Z"),
        ("2/3/2022", "2022-02-03T00:00:00.0000000Z"),
        ("2.3.2022", "2022-02-03T00:00:00.0000000Z"),
        ("13-01-2022", None),
        ("4/28/2021, 2:32:14.029 PM", "2021-04-28T14:32:14.0290000Z"),
        ("12:30:00 AM", "2021-11-29T00:30:00.0000000Z"),
    ],
)
def test_reads_american_dates_month_first(text: str, expected: str | None) -> None:
    assert iso(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017 - 08 - 01", "2017-08-01T00:00:00.0000000Z"),
        ("2025, 6, 14", "2025-06-14T00:00:00.0000000Z"),
        ("2017,10,01,12,11,0.1234567", "2017-10-01T12:11:00.1234567Z"),
        (" 2020-1-5 ", "2020-01-05T00:00:00.0000000Z"),
        ("8:05", "2021-11-29T08:05:00.0000000Z"),
    ],
)
def test_reads_the_loose_forms_of_literals(text: str, expected: str) -> None:
    assert iso(text) == expected


@pytest.mark.parametrize("text", ["", "x", "null", "2020-02-30", "2020-13-01", "10.0.0.1", "2020.5", "5", "2020-01-01 25:00", "1,000"])
def test_other_text_is_no_datetime(text: str) -> None:
    assert iso(text) is None


def test_an_offset_moves_to_utc() -> None:
    assert iso("2022-12-02T13:45:56+02:00") == "2022-12-02T11:45:56.0000000Z"


def test_an_offset_may_not_leave_the_calendar() -> None:
    assert iso("0001-01-01T00:00:00+01:00") is None


def test_digits_beyond_the_tick_are_cut() -> None:
    assert iso("2020-01-01T00:00:00.123456789Z") == "2020-01-01T00:00:00.1234567Z"


def test_a_time_without_a_date_needs_today() -> None:
    assert parse_datetime("8:05") is None


@given(datetimes)
def test_datetime_text_reads_back(value: int) -> None:
    assert parse_datetime(format_datetime_iso(value)) == value


@given(timespans)
def test_timespan_text_reads_back(value: int) -> None:
    assert parse_timespan(format_timespan(value)) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1d", "1.00:00:00"),
        ("90s", "00:01:30"),
        ("-1d", "-1.00:00:00"),
        ("13:00", "13:00:00"),
        ("00:00:00.001", "00:00:00.0010000"),
        (" 1.00:00:00 ", "1.00:00:00"),
        ("-1.02:03:04.5", "-1.02:03:04.5000000"),
        ("100.00:00:00", "100.00:00:00"),
        ("1.5", None),
        ("10", None),
        ("25:00:00", None),
        ("abc", None),
        ("", None),
        ("10675200.00:00:00", None),
    ],
)
def test_totimespan_text(text: str, expected: str | None) -> None:
    found = parse_timespan(text)
    assert (None if found is None else format_timespan(found)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", "2.00:00:00"),
        ("1.5h", "01:30:00"),
        ("0.3d", "07:12:00"),
        ("15 seconds", "00:00:15"),
        ("25min", "00:25:00"),
        ("10microseconds", "00:00:00.0000100"),
        ("1tick", "00:00:00.0000001"),
        ("150nanoseconds", "00:00:00.0000001"),
        ("0.12:34:56.7", "12:34:56.7000000"),
        ("29.09:00:05.12345", "29.09:00:05.1234500"),
        ("1week", None),
    ],
)
def test_timespan_literals(text: str, expected: str | None) -> None:
    found = parse_timespan_literal(text)
    assert (None if found is None else format_timespan(found)) == expected


def test_the_parser_needs_no_arrow() -> None:
    code = "import sys, kqlpy.columns.ticks; sys.exit('pyarrow' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_epoch() -> None:
    assert ticks.from_civil(1970, 1, 1) == ticks.EPOCH_TICKS
    assert ticks.to_civil(ticks.MAX_DATETIME)[:3] == (9999, 12, 31)
