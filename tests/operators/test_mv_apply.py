"""mv-apply: elements of each row through a sub-pipeline, beside the row's other columns."""

from __future__ import annotations

from tests.operators.group_helpers import columns, refusal, rows

T = 'let T = datatable(id:int, d:dynamic)[1, dynamic([5, 1, 3]), 2, dynamic([]), 3, dynamic(null), 4, dynamic([4, 10])]; T | '


def test_every_element_stands_beside_the_columns_of_its_row() -> None:
    query = T + "mv-apply e = d to typeof(long) on (where e > 3)"
    assert columns(query) == ["id:int", "d:dynamic", "e:long"]
    assert rows(query) == [(1, "[5,1,3]", 5), (4, "[4,10]", 4), (4, "[4,10]", 10)]


def test_an_array_under_its_own_name_is_hidden() -> None:
    assert columns(T + "mv-apply d to typeof(long) on (summarize s = sum(d))") == ["id:int", "s:long"]


def test_a_column_of_the_sub_pipeline_takes_the_place_of_one_of_the_same_name() -> None:
    query = T + "mv-apply e = d to typeof(long) on (summarize id = max(e))"
    assert columns(query) == ["id:long", "d:dynamic"]
    assert rows(query) == [(5, "[5,1,3]"), (None, None), (10, "[4,10]")]


def test_an_empty_array_gives_no_row_and_null_gives_one_null_element() -> None:
    assert rows(T + "mv-apply e = d to typeof(long) on (summarize n = count() | project n) | project id, n") == [(1, 3), (3, 1), (4, 2)]


def test_summarize_without_keys_keeps_rows_whose_elements_were_all_removed() -> None:
    query = T + "mv-apply e = d to typeof(long) on (where e > 4 | summarize l = make_list(e), n = count()) | project id, l, n"
    assert rows(query) == [(1, "[5]", 1), (3, "[]", 0), (4, "[10]", 1)]


def test_count_keeps_rows_whose_elements_were_all_removed() -> None:
    assert rows(T + "mv-apply e = d to typeof(long) on (where e > 100 | count) | project id, Count") == [(1, 0), (3, 0), (4, 0)]


def test_summarize_by_key_gives_a_row_for_each_key_of_each_row() -> None:
    query = T + "where id != 3 | mv-apply e = d to typeof(long) on (summarize n = count() by odd = e % 2) | project id, odd, n"
    assert rows(query) == [(1, 1, 3), (4, 0, 2)]


def test_top_and_take_count_anew_for_each_row() -> None:
    assert rows(T + "mv-apply e = d to typeof(long) on (top 1 by e) | project id, e") == [(1, 5), (3, None), (4, 10)]
    assert rows(T + "mv-apply e = d to typeof(long) on (take 2) | project id, e") == [(1, 5), (1, 1), (3, None), (4, 4), (4, 10)]


def test_window_functions_begin_anew_for_each_row() -> None:
    query = T + "where id != 3 | mv-apply e = d to typeof(long) on (sort by e asc | extend n = row_number(), p = prev(e), f = next(e), s = row_cumsum(e))"
    assert rows(query + " | project id, e, n, p, f, s") == [
        (1, 1, 1, None, 3, 1), (1, 3, 2, 1, 5, 4), (1, 5, 3, 3, None, 9), (4, 4, 1, None, 10, 4), (4, 10, 2, 4, None, 14),
    ]  # fmt: skip


def test_several_arrays_are_padded_with_null() -> None:
    query = 'print a = dynamic([1, 2]), b = dynamic(["x"]) | mv-apply p = a to typeof(long), q = b to typeof(string) on (project p, q)'
    assert rows(query) == [("[1,2]", '["x"]', 1, "x"), ("[1,2]", '["x"]', 2, "")]


def test_with_itemindex_and_limit() -> None:
    assert rows(T + "mv-apply with_itemindex=i e = d to typeof(long) limit 2 on (where i == 1) | project id, e, i") == [(1, 1, 1), (4, 10, 1)]


def test_outer_columns_can_be_read() -> None:
    assert rows(T + "where id != 3 | mv-apply e = d to typeof(long) on (summarize s = sum(e * id)) | project s") == [(9,), (56,)]


def test_mv_apply_inside_mv_apply() -> None:
    query = "print d = dynamic([[1, 2], [3]]) | mv-apply a = d on (mv-apply b = a to typeof(long) on (summarize s = sum(b)) | summarize l = make_list(s))"
    assert rows(query + " | project l") == [("[3,3]",)]


def test_a_sub_pipeline_that_cannot_run_for_all_rows_at_once_runs_row_by_row() -> None:
    query = T + "mv-apply e = d to typeof(long) on (join kind=inner (range e from 3 to 5 step 1) on e) | project id, e"
    assert rows(query) == [(1, 5), (1, 3), (4, 4)]


def test_the_rows_of_the_sub_pipeline_under_a_name() -> None:
    query = T + "where id == 1 | mv-apply e = d to typeof(long) on (as P | extend share = e * 1.0 / toscalar(P | summarize sum(e))) | project share"
    assert [round(share, 3) for (share,) in rows(query)] == [0.556, 0.111, 0.333]


def test_operators_with_several_results_are_refused() -> None:
    assert refusal(T + "mv-apply e = d on (fork (take 1) (count))") == "the operator `fork` cannot stand in mv-apply"
