"""top-hitters: the most frequent values."""

from __future__ import annotations

from tests.operators.group_helpers import columns, refusal, rows

T = 'datatable(g:string, v:int)["a", 1, "a", 1, "b", 9, "c", 2, "a", 1, "c", 2] | '


def test_rows_are_counted() -> None:
    assert columns(T + "top-hitters 2 of g") == ["g:string", "approximate_count_g:long"]
    assert rows(T + "top-hitters 2 of g") == [("a", 3), ("c", 2)]


def test_weights_are_summed_in_their_own_type() -> None:
    assert columns(T + "top-hitters 2 of g by v") == ["g:string", "approximate_sum_v:int"]
    assert rows(T + "top-hitters 2 of g by v") == [("b", 9), ("c", 4)]


def test_only_a_column_can_be_counted() -> None:
    assert refusal(T + "top-hitters 2 of strcat(g, v)") == "the name of a column is expected here"
