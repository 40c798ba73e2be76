"""Plugins over the weeks, months and years of a timeline."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.functions.plugins.grid import calendar
from kqlpy.session import ticks_of
from tests.operators.group_helpers import refusal, rows

EVENTS = """let T = datatable(id:string, t:datetime)["a", "2024-01-01", "b", "2024-01-31", "a", "2024-03-01", "c", "2024-03-31 23:59", "a", "2024-04-01"]; T
| evaluate """
UTC = dt.UTC


def start_of(unit: str, moment: dt.datetime) -> dt.datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "week":
            return day - dt.timedelta(days=(day.weekday() + 1) % 7)
        case "month":
            return day.replace(day=1)
        case _:
            return day.replace(day=1, month=1)


@given(st.sampled_from(["week", "month", "year"]), *(st.datetimes(dt.datetime(1900, 1, 8), dt.datetime(2100, 1, 1)) for _ in range(2)))
def test_steps_begin_where_the_calendar_says(unit: str, one: dt.datetime, other: dt.datetime) -> None:
    first, time = start_of(unit, one.replace(tzinfo=UTC)), other.replace(tzinfo=UTC)
    grid = calendar(unit, ticks_of(first))
    assert grid is not None
    assert grid.begin(grid.number([ticks_of(time)])).tolist() == [ticks_of(start_of(unit, time))]


def test_activity_by_month() -> None:
    call = "activity_counts_metrics(id, t, datetime(2024-01-01), datetime(2024-04-30), 'month') | project format_datetime(t, 'yyyy-MM-dd'), ['count'], new_dcount"
    assert rows(EVENTS + call) == [("2024-01-01", 2, 2), ("2024-03-01", 2, 1), ("2024-04-01", 1, 0)]


def test_who_stays_from_month_to_month() -> None:
    call = "activity_metrics(id, t, datetime(2024-01-01), datetime(2024-04-30), 'month') | project dcount_values, dcount_newvalues, retention_rate"
    found = rows(EVENTS + call)
    assert [row[:2] for row in found] == [(2, 2), (2, 2), (1, 0)]
    assert found[2][2] == 0.5


def test_cohorts_by_year() -> None:
    call = "new_activity_metrics(id, t, datetime(2024-01-01), datetime(2025-01-01), 'year') | project from_t, to_t, dcount_new_values, dcount_retained_values"
    assert [row[2:] for row in rows(EVENTS + call)] == [(3, 3), (0, 0)]


def test_active_users_by_week() -> None:
    call = "active_users_count(id, t, datetime(2023-12-31), datetime(2024-04-30), 7d, 1d, 1, 'week') | project format_datetime(t, 'yyyy-MM-dd'), dcount"
    assert rows(EVENTS + call) == [("2023-12-31", 1), ("2024-01-28", 1), ("2024-02-25", 1), ("2024-03-31", 2)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("activity_metrics(id, t, datetime(2024-01-02), now(), 'month')", "kqlpy does not run `activity_metrics` from a start inside a month"),
        ("activity_metrics(id, t, datetime(2024-01-01), now(), 'day')", "`activity_metrics`: `Step` must be one of week, month, year"),
        ("sliding_window_counts(id, t, datetime(2024-01-01), now(), 31d, 'month')", "kqlpy does not run `sliding_window_counts` over weeks, months or years"),
    ],
)
def test_what_is_refused(call: str, message: str) -> None:
    assert refusal(EVENTS + call) == message
