"""partition: a sub-pipeline for the rows of each value of a column."""

from __future__ import annotations

from tests.operators.group_helpers import columns, refusal, rows

T = 'let T = datatable(g:string, x:long)["a", 3, "b", 1, "a", 2, "", 7, "a", 3]; T | '


def test_results_of_all_values_follow_each_other() -> None:
    query = T + "partition hint.strategy=native by g (summarize n = count(), l = make_list(x))"
    assert columns(query) == ["n:long", "l:dynamic"]
    assert sorted(rows(query)) == [(1, "[1]"), (1, "[7]"), (3, "[3,2,3]")]


def test_the_column_belongs_to_the_rows() -> None:
    assert sorted(rows(T + "partition by g (top 1 by x asc)")) == [("", 7), ("a", 2), ("b", 1)]


def test_window_functions_begin_anew_for_each_value() -> None:
    assert sorted(rows(T + "partition by g (sort by x asc | extend s = row_cumsum(x))")) == [("", 7, 7), ("a", 2, 2), ("a", 3, 5), ("a", 3, 8), ("b", 1, 1)]


def test_scan_runs_for_each_value() -> None:
    query = T + "partition by g (sort by x asc | scan declare (s:long=0) with (step a: true => s = a.s + x;))"
    assert sorted(rows(query)) == [("", 7, 7), ("a", 2, 2), ("a", 3, 5), ("a", 3, 8), ("b", 1, 1)]


def test_no_rows_have_no_values() -> None:
    assert rows(T + "where x > 100 | partition by g (count)") == []


def test_a_query_in_braces_sees_only_the_value() -> None:
    assert rows("range n from 1 to 3 step 1 | partition by n {range m from 1 to n step 1 | extend k = toscalar(n)}") == [
        (1, 1), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3),
    ]  # fmt: skip
    assert "no column, table, variable or function is named `g`" in refusal(T + "partition by x {print g}")


def test_the_rows_of_a_value_under_a_name() -> None:
    query = T + "partition by g (as P | extend share = x * 1.0 / toscalar(P | summarize sum(x))) | where g == 'a' | project share"
    assert rows(query) == [(0.375,), (0.25,), (0.375,)]


def test_a_dynamic_column_is_refused() -> None:
    assert refusal("print d = dynamic([1]) | partition by d (count)").startswith("a scalar to partition by is expected here")
