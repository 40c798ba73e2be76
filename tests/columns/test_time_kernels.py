"""Columns of datetimes and timespans against the one-value functions."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import ticks, time_kernels
from kqlpy.columns.ticks import format_datetime_iso, format_timespan, parse_datetime, parse_timespan

from .strategies import columns, datetimes, timespans

iso_texts = datetimes.map(format_datetime_iso)
"""ISO text of every length, and text that is nearly ISO."""
near_iso = st.builds(
    lambda text, length, tail: text[:length] + tail,
    iso_texts,
    st.integers(8, 28),
    st.sampled_from(["", "Z", "z", "+02:00", "-11:30", "+15:00", " ", "x"]),
)


@given(columns(datetimes, pa.int64()))
def test_format_datetimes(column: pa.Array) -> None:
    expected = [None if value is None else format_datetime_iso(value) for value in column.to_pylist()]
    assert time_kernels.format_datetimes(column).to_pylist() == expected


def test_datetimes_beyond_the_calendar_have_no_text() -> None:
    assert time_kernels.format_datetimes(pa.array([-1, ticks.MAX_DATETIME + 1, 0])).is_valid().to_pylist() == [False, False, True]


@given(columns(timespans, pa.int64()))
def test_format_timespans(column: pa.Array) -> None:
    expected = [None if value is None else format_timespan(value) for value in column.to_pylist()]
    assert time_kernels.format_timespans(column).to_pylist() == expected


@given(columns(st.one_of(near_iso, st.sampled_from(["", "2 Dec 2022", "4/28/2021, 2:32:14 PM", "x"])), pa.string()))
def test_parse_datetimes(column: pa.Array) -> None:
    expected = [None if text is None else parse_datetime(text) for text in column.to_pylist()]
    assert time_kernels.parse_datetimes(column).to_pylist() == expected


@given(st.lists(near_iso, min_size=1, max_size=5), st.integers(0, 15))
def test_parse_datetimes_of_many_rows(texts: list[str], start: int) -> None:
    column = pa.array(texts * 20).slice(start)
    assert time_kernels.parse_datetimes(column).to_pylist() == [parse_datetime(text) for text in column.to_pylist()]


@given(columns(iso_texts, pa.string()))
def test_parse_datetimes_of_a_dictionary(column: pa.Array) -> None:
    expected = time_kernels.parse_datetimes(column).to_pylist()
    assert time_kernels.parse_datetimes(column.dictionary_encode()).to_pylist() == expected


clocks = st.builds(
    "{}{}{}:{}:{}{}".format, st.sampled_from(["", "", "-", "+"]), st.sampled_from(["", "0.", "12.", "9999999.", "1:"]), st.integers(0, 30),
    st.integers(0, 70), st.integers(0, 99), st.sampled_from(["", ".", ".5", ".0000001", ".12345678"]),
)  # fmt: skip


@given(columns(st.one_of(timespans.map(format_timespan), clocks, st.sampled_from(["", "1d", "x"])), pa.string()))
def test_parse_timespans(column: pa.Array) -> None:
    expected = [None if text is None else parse_timespan(text) for text in column.to_pylist()]
    assert time_kernels.parse_timespans(column).to_pylist() == expected


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@given(data=st.data())
def test_timestamps_come_and_go_exactly(unit: str, data: st.DataObject) -> None:
    low, high = ("1678-01-01", "2262-01-01") if unit == "ns" else ("0001-01-01", "9999-12-31 23:59:59")
    values = st.integers(parse_datetime(low) or 0, parse_datetime(high) or 0)
    column = data.draw(columns(values, pa.int64()))
    step = {"s": 10_000_000, "ms": 10_000, "us": 10, "ns": 1}[unit]
    stamps = time_kernels.to_timestamps(column, unit)
    assert stamps.type == pa.timestamp(unit, "UTC")
    expected = [None if value is None else value - value % step for value in column.to_pylist()]
    assert time_kernels.from_timestamps(stamps).to_pylist() == expected


def test_dates_become_midnights() -> None:
    found = time_kernels.from_timestamps(pa.array([0, None, 1], pa.date32()))
    assert found.to_pylist() == [ticks.EPOCH_TICKS, None, ticks.EPOCH_TICKS + ticks.TICKS_PER_DAY]


def test_nanoseconds_below_a_tick_are_cut_towards_the_past() -> None:
    found = time_kernels.from_timestamps(pa.array([-1, 199], pa.timestamp("ns")))
    assert found.to_pylist() == [ticks.EPOCH_TICKS - 1, ticks.EPOCH_TICKS + 1]


def test_a_timestamp_outside_the_calendar_is_reported() -> None:
    with pytest.raises(OverflowError, match="1 values lie outside the years 1 to 9999, the first in row 1"):
        time_kernels.from_timestamps(pa.array([None, 10**12], pa.timestamp("s")))


def test_a_datetime_outside_nanoseconds_is_reported() -> None:
    with pytest.raises(OverflowError, match="nanosecond count, the first in row 0"):
        time_kernels.to_timestamps(pa.array([0, None]), "ns")


@given(columns(st.integers(-(2**50), 2**50), pa.int64()))
def test_durations_come_and_go_exactly(column: pa.Array) -> None:
    assert time_kernels.from_durations(time_kernels.to_durations(column)).to_pylist() == column.to_pylist()
