"""pivot: against plain loops, and the aggregates' answers for combinations without rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kqlpy
from tests.operators.group_helpers import columns, refusal, rows

T = "datatable(S:string, E:string, n:long)['b','x',1, 'a','x',2, 'b','y',3, 'b','x',4] | evaluate "


@pytest.mark.parametrize(
    ("call", "names", "found"),
    [
        ("pivot(S)", ["E:string", "n:long", "b:long", "a:long"], [("x", 1, 1, 0), ("x", 2, 0, 1), ("y", 3, 1, 0), ("x", 4, 1, 0)]),
        ("pivot(S, sum(n))", ["E:string", "b:long", "a:long"], [("x", 5, 2), ("y", 3, 0)]),
        ("pivot(S, max(n), E)", ["E:string", "b:long", "a:long"], [("x", 4, 2), ("y", 3, None)]),
        ("pivot(S, any(E), n)", ["n:long", "b:string", "a:string"], [(1, "x", ""), (2, "", "x"), (3, "y", ""), (4, "x", "")]),
        ("pivot(S, make_set(n), E)", ["E:string", "b:dynamic", "a:dynamic"], [("x", "[1,4]", "[2]"), ("y", "[3]", "[]")]),
        ("pivot(S, sum(n * 2), E)", ["E:string", "b:long", "a:long"], [("x", 10, 4), ("y", 6, 0)]),
        ("pivot(n > 2, count(), E)", None, "the name of a column is expected here"),
        ("pivot(S, count(), E) : (E: string, a: long, zz: long)", ["E:string", "a:long", "zz:long"], [("x", 1, 0), ("y", 0, 0)]),
        ("pivot(S, count(), E) : (*, b: long)", ["E:string", "b:long"], [("x", 2), ("y", 1)]),
        ("pivot(S, count(), E) : (a: real)", None, "the schema after the call does not fit: `pivot` gives `a` as long, not real"),
    ],
)
def test_turned_rows(call: str, names: list[str] | None, found: Any) -> None:
    if names is None:
        assert refusal(T + call) == found
    else:
        assert (columns(T + call), rows(T + call)) == (names, found)


def test_values_of_any_type_become_names() -> None:
    query = "datatable(t:datetime, b:bool)[datetime(2020-01-01), true, datetime(2020-01-01), false] | evaluate pivot("
    assert columns(query + "t)") == ["b:bool", "2020-01-01T00:00:00.0000000Z:long"]
    assert columns(query + "b)") == ["t:datetime", "True:long", "False:long"]


def test_no_rows_give_only_the_columns_that_stay() -> None:
    assert columns("datatable(a:string, b:string)[] | evaluate pivot(a)") == ["b:string"]


def test_a_value_with_the_name_of_a_column_is_told() -> None:
    assert refusal("datatable(a:string, b:string)['b', 'x'] | evaluate pivot(a)") == "`pivot` makes columns that are there already: `b`"


ROWS = st.lists(st.tuples(st.sampled_from("pqr"), st.sampled_from("xyz"), st.sampled_from([1, 2])), min_size=1, max_size=12)


@given(ROWS)
def test_counts_equal_a_plain_loop(data: list[tuple[str, str, int]]) -> None:
    table = [{"a": a, "b": b, "c": c} for a, b, c in data]
    found = kqlpy.Engine(tables={"T": table}).query("T | evaluate pivot(a)")
    values = list(dict.fromkeys(a for a, _, _ in data))
    counts = Counter(data)
    assert found.schema.names == ["b", "c", *values]
    assert [tuple(r.values()) for r in found.to_pylist()] == [
        (b, c, *(counts[a, b, c] for a in values)) for b, c in dict.fromkeys((b, c) for _, b, c in data)
    ]
