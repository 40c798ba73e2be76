"""basket, against all combinations of values; sequence_detect, against plain loops."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kqlpy
from tests.operators.group_helpers import columns, refusal, rows

ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([1, 2, None]), st.sampled_from(["", "x", "y"])), min_size=1, max_size=12)
EVENTS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(-5, 12), st.sampled_from("xy")), min_size=1, max_size=14)
HOUR = 36_000_000_000


def evaluated(names: str, data: list[tuple[Any, ...]], call: str) -> list[tuple[Any, ...]]:
    """The rows of a call over rows with these columns."""
    table = [dict(zip(names.split(), row, strict=True)) for row in data]
    schemas = {"T": [[n, "long" if n in ("t", "n") else "string"] for n in names.split()]}
    found = kqlpy.Engine(tables={"T": table}, schemas=schemas).query(f"T | evaluate {call}")
    return [tuple(r.values()) for r in found.to_pylist()]


# ---------------------------------------------------------------- basket


def closed(data: list[tuple[Any, ...]], share: float, most: int) -> set[tuple[Any, ...]]:
    """(rows, values with None for any) of each closed pattern that at most `most` values make."""
    found = set()
    for size in range(most + 1):
        for places in combinations(range(3), size):
            for values in product(*({row[p] for row in data} for p in places)):
                own = [row for row in data if all(row[p] == v for p, v in zip(places, values, strict=True))]
                if len(own) < max(1, share * len(data) - 1e-9):
                    continue
                shared = tuple({row[p] for row in own}.pop() if len({row[p] for row in own}) == 1 else "*" for p in range(3))
                if shared != ("*",) * 3:
                    found.add((len(own), *shared))
    return found


@given(ROWS, st.sampled_from([0.1, 0.3, 0.5, 1.0]), st.integers(1, 3))
def test_basket_gives_the_closed_patterns(data: list[tuple[Any, ...]], share: float, most: int) -> None:
    data = [(s, -1 if n is None else n, t) for s, n, t in data]
    found = evaluated("s n t2", data, f"basket({share}, '~', {most}, '*', long(-9))")
    assert {(count, s, "*" if n == -9 else n, t) for _, count, _, s, n, t in found} == closed(data, share, most)
    assert len(found) == len(closed(data, share, most))


def test_basket_leaves_out_what_follows_from_other_values() -> None:
    query = """range i from 1 to 100 step 1
    | extend type = iff(i <= 42, "Hail", iff(i <= 64, "Wind", strcat("other", i))), damage = iff(i % 4 == 0, "YES", "NO"), crops = iff(i % 8 == 0, 5, 0)
    | project-away i | evaluate basket(0.2) | project Count, Percent, type, damage, crops"""
    assert rows(query) == [
        (88, 88.0, "", "", 0),
        (75, 75.0, "", "NO", 0),
        (42, 42.0, "Hail", "", None),
        (37, 37.0, "Hail", "", 0),
        (32, 32.0, "Hail", "NO", 0),
        (25, 25.0, "", "YES", None),
        (22, 22.0, "Wind", "", None),
    ]


def test_basket_rounds_shares_and_numbers_patterns() -> None:
    query = 'datatable(a:string, b:long)["x", 1, "x", 1, "y", 2] | evaluate basket(0.3, "~", "~", "*", long(0))'
    assert rows(query) == [(0, 2, 66.7, "x", 1), (1, 1, 33.3, "y", 2)]
    assert columns(query) == ["SegmentId:long", "Count:long", "Percent:real", "a:string", "b:long"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("basket(2)", "`basket`: `Threshold` must lie between 0.015 and 1"),
        ("basket(0.1, n)", "kqlpy does not run `basket` with weights"),
    ],
)
def test_what_basket_does_not_take(call: str, message: str) -> None:
    assert refusal(f"print n = 1, s = 'a' | evaluate {call}") == message


def test_basket_refuses_dynamic_columns_and_names_of_its_own() -> None:
    assert refusal("print d = dynamic([1]) | evaluate basket()") == "kqlpy does not run `basket` over dynamic columns"
    assert refusal("print Count = 1 | evaluate basket()") == "`basket` makes columns that are there already: `Count`"


# ---------------------------------------------------------------- sequence_detect

TABLE = "let T = datatable(h:long, s:string, k:string)[{}] | project t = datetime(2024-05-01) + h * 1h, s, k; "


def sequences(data: list[tuple[int, str, str]], call: str) -> list[tuple[Any, ...]]:
    """The rows of sequence_detect, times as hours."""
    written = ", ".join(f"{h}, '{s}', '{k}'" for h, s, k in data)
    query = TABLE.format(written) + f"T | evaluate {call} | project-away Duration"
    start = "datetime(2024-05-01)"
    return rows(f"{query} | project k, a = (a_t - {start}) / 1h, b = (b_t - {start}) / 1h, c = (c_t - {start}) / 1h")


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("xy")), min_size=1, max_size=12, unique_by=lambda pair: pair[0]), st.data())
def test_sequence_detect(times: list[tuple[int, str]], draw: st.DataObject) -> None:
    data = [(h, draw.draw(st.sampled_from("abcz")), k) for h, k in times]
    step, span = draw.draw(st.integers(1, 5)), draw.draw(st.integers(1, 8))
    wanted = [
        (k, float(a), float(b), float(c))
        for (a, first, k), (b, second, k2), (c, third, k3) in product(data, repeat=3)
        if (first, second, third) == ("a", "b", "c") and k == k2 == k3 and a < b < c and b - a <= step and c - b <= step and c - a <= span
    ]
    call = f"sequence_detect(t, {step}h, {span}h, a = s == 'a', b = s == 'b', c = s == 'c', k)"
    assert sorted(sequences(data, call)) == sorted(wanted)


def test_sequences_are_given_once_and_in_time() -> None:
    query = """datatable(t:datetime, s:string)["2024-05-02", "b", "2024-05-01", "a", "2024-05-01", "a", "2024-05-01 06:00", "a"]
    | evaluate sequence_detect(t, 1d, 2d, a = s == "a", b = s == "b")"""
    assert [row[2] // HOUR if isinstance(row[2], int) else row[2].total_seconds() / 3600 for row in rows(query)] == [24.0, 18.0]
    assert columns(query) == ["a_t:datetime", "b_t:datetime", "Duration:timespan"]


def test_steps_at_the_same_time_are_refused() -> None:
    query = 'datatable(t:datetime, s:string)["2024-05-01", "a", "2024-05-01", "b"] | evaluate sequence_detect(t, 1d, 1d, a = s == "a", b = s == "b")'
    assert refusal(query) == "kqlpy does not run `sequence_detect` over steps at the same time"


def test_only_a_timeline_of_datetimes_has_sequences() -> None:
    query = "print t = 1 | evaluate sequence_detect(t, 1, 1, a = t == 1, b = t == 2)"
    assert refusal(query) == "kqlpy does not run `sequence_detect` over a timeline that is no datetime"
