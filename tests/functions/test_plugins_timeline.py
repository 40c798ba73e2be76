"""Plugins over a timeline, against plain loops over rows of (id, time, dimension)."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import kqlpy

Rows = list[tuple[str, int, str]]
DATA = st.lists(st.tuples(st.sampled_from("abc"), st.integers(-4, 9), st.sampled_from("xy")), min_size=1, max_size=14)
START, END = 0, 7


def evaluated(data: Rows, call: str) -> list[tuple[Any, ...]]:
    """The rows of a call over the data, sorted."""
    table = [{"id": i, "t": t, "d": d} for i, t, d in data]
    found = kqlpy.Engine(tables={"T": table}).query(f"T | evaluate {call}")
    return sorted((tuple(r.values()) for r in found.to_pylist()), key=str)


def within(data: Rows, before: int = 0) -> Rows:
    """The rows of the analysis period, and some before it."""
    return [row for row in data if START - before <= row[1] <= END]


def ids(data: Rows, dim: str, steps: set[int], width: int) -> set[str]:
    """Who was active in some steps."""
    return {i for i, t, d in data if d == dim and (t - START) // width in steps}


def cells(data: Rows, width: int) -> list[tuple[int, str]]:
    """(step, dimension) with activity."""
    return sorted({((t - START) // width, d) for _, t, d in data})


@given(DATA, st.integers(1, 3))
def test_activity_counts_metrics(data: Rows, width: int) -> None:
    own = within(data)
    wanted = []
    for step, dim in cells(own, width):
        now, before = ids(own, dim, {step}, width), ids(own, dim, set(range(step)), width)
        count = sum(d == dim and (t - START) // width == step for _, t, d in own)
        wanted.append((START + step * width, dim, count, len(now), len(now - before), len(now | before)))
    assert evaluated(data, f"activity_counts_metrics(id, t, {START}, {END}, {width}, d)") == sorted(wanted, key=str)


@given(DATA, st.integers(1, 3))
def test_activity_metrics(data: Rows, width: int) -> None:
    own = within(data)
    wanted = []
    for step, dim in cells(own, width):
        now, before = ids(own, dim, {step}, width), ids(own, dim, {step - 1}, width)
        kept = len(now & before) / len(before) if before else math.nan
        wanted.append((START + step * width, dim, len(now), len(now - before), kept, len(before - now) / len(before) if before else math.nan))
    assert str(evaluated(data, f"activity_metrics(id, t, {START}, {END}, {width}, d)")) == str(sorted(wanted, key=str))


@given(DATA, st.integers(1, 2), st.integers(1, 3))
def test_sliding_window_counts(data: Rows, width: int, length: int) -> None:
    wanted = []
    for step in range((END - START) // width + 1):
        for dim in "xy":
            steps = set(range(step - length + 1, step + 1))
            rows = [i for i, t, d in data if t <= END and d == dim and (t - START) // width in steps]
            if rows:
                wanted.append((START + step * width, dim, len(rows), len(set(rows))))
    assert evaluated(data, f"sliding_window_counts(id, t, {START}, {END}, {length * width}, {width}, d)") == sorted(wanted, key=str)


@given(DATA, st.integers(1, 2), st.integers(1, 3))
def test_activity_engagement(data: Rows, width: int, length: int) -> None:
    early = [row for row in data if row[1] <= END]
    wanted = []
    for step, dim in cells(within(data), width):
        inner, outer = ids(early, dim, {step}, width), ids(early, dim, set(range(step - length + 1, step + 1)), width)
        wanted.append((START + step * width, dim, len(inner), len(outer), len(inner) / len(outer)))
    assert evaluated(data, f"activity_engagement(id, t, {START}, {END}, {width}, {length * width}, d)") == sorted(wanted, key=str)


@given(DATA, st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
def test_active_users_count(data: Rows, window: int, periods: int, width: int) -> None:
    counted: dict[tuple[int, str], set[str]] = {}
    for i, t, d in within(data):
        seen = {other for j, other, e in data if (j, e) == (i, d) and t - window < other <= t}
        if len(seen) >= periods:
            counted.setdefault(((t - START) // width, d), set()).add(i)
    wanted = [(START + step * width, dim, len(who)) for (step, dim), who in counted.items()]
    assert evaluated(data, f"active_users_count(id, t, {START}, {END}, {window}, 1, {periods}, {width}, d)") == sorted(wanted, key=str)


@given(DATA, st.integers(1, 3))
def test_new_activity_metrics(data: Rows, width: int) -> None:
    own = within(data)
    last = (END - START) // width
    wanted = []
    for start, dim in cells(own, width):
        cohort = ids(own, dim, {start}, width) - ids(own, dim, set(range(start)), width)
        for step in range(start, last + 1) if cohort else ():
            now = ids(own, dim, {step}, width)
            new = cohort if step == start else now - ids(own, dim, set(range(start + 1)), width)
            kept = len(cohort & now)
            share = (kept / len(cohort), (len(cohort) - kept) / len(cohort))
            wanted.append((START + start * width, START + step * width, dim, len(new), kept, len(cohort) - kept, *share))
    assert evaluated(data, f"new_activity_metrics(id, t, {START}, {END}, {width}, d)") == sorted(wanted, key=str)


def test_one_cohort_and_ids_seen_before() -> None:
    data = [("a", 0, "x"), ("b", 0, "x"), ("a", 1, "x"), ("c", 1, "x")]
    assert [row[:3] for row in evaluated(data, "new_activity_metrics(id, t, 0, 1, 1, 1)")] == [(1, 1, 1)]
    call = "new_activity_metrics(id, t, 0, 1, 1, 0, d, (T | where id == 'b' | project id))"
    assert [row[:5] for row in evaluated(data, call)] == [(0, 0, "x", 1, 1), (0, 1, "x", 1, 1)]


@given(DATA, st.integers(1, 3), st.integers(1, 3), st.sampled_from([0, 25, 50, 90, 100]))
def test_rolling_percentile(data: Rows, width: int, length: int, percentile: int) -> None:
    wanted = []
    last = max(t // width for _, t, _ in data)
    for step in range(-9, last + 1):
        for dim in "xy":
            values = sorted(t for _, t, d in data if d == dim and step - length < t // width <= step)
            if values:
                rank = max(1, math.ceil(percentile * len(values) / 100))
                wanted.append((step * width, dim, values[rank - 1]))
    assert evaluated(data, f"rolling_percentile(t, {percentile}, t, {width}, {length}, d)") == sorted(wanted, key=str)


def test_times_keep_their_type() -> None:
    query = "range t from datetime(2024-05-17) to datetime(2024-05-18) step 12h | evaluate activity_counts_metrics(t, t, datetime(2024-05-17), datetime(2024-05-18), 1d)"
    found = kqlpy.query(query + " | project text = tostring(t), dcount")
    assert [tuple(r.values()) for r in found.to_pylist()] == [("2024-05-17T00:00:00.0000000Z", 2), ("2024-05-18T00:00:00.0000000Z", 1)]


def test_a_missing_id_is_a_row_but_no_id() -> None:
    query = "datatable(t:long, id:guid)[0, guid(null), 0, guid(12e8b78d-55b4-46ae-b068-26d7a0080254)] | evaluate activity_counts_metrics(id, t, 0, 1, 1)"
    assert [tuple(r.values()) for r in kqlpy.query(query).to_pylist()] == [(0, 2, 1, 1, 1)]
