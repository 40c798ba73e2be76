"""Times as texts and literals, where the clock has a say."""

from __future__ import annotations

import datetime as dt

import pytest

import kqlpy

NOW = dt.datetime(2031, 5, 6, 7, 8, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("expression", "clock"),
    [
        ("datetime(8:00)", "08:00:00"),
        ("datetime(21:05:06.5)", "21:05:06.5000000"),
        ("todatetime('8:00')", "08:00:00"),
        ("todatetime('9:30 PM')", "21:30:00"),
        ("make_datetime('07:01:02')", "07:01:02"),
        ("todatetime(dynamic('6:05'))", "06:05:00"),
        ("todatetime(dynamic({'at': '6:05'}).at)", "06:05:00"),
        ("datetime(23:30) + 1h", "1.00:30:00"),
    ],
)
def test_a_time_of_day_is_today(expression: str, clock: str) -> None:
    answer = kqlpy.query(f"print tostring({expression} - startofday(now()))", now=NOW)
    assert answer.column(0).to_pylist() == [clock]


def test_a_time_of_day_in_a_column_is_today() -> None:
    answer = kqlpy.query("datatable(t: string)['8:00', '2020-02-03 8:00', '25:00', ''] | project tostring(todatetime(t))", now=NOW)
    assert answer.column(0).to_pylist() == ["2031-05-06T08:00:00.0000000Z", "2020-02-03T08:00:00.0000000Z", "", ""]
