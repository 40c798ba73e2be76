"""top-nested: the greatest values, level by level."""

from __future__ import annotations

from tests.operators.group_helpers import columns, refusal, rows

T = """let T = datatable(state:string, source:string, place:string, v:long)[
  "K", "law", "a", 5, "K", "law", "b", 3, "K", "pub", "c", 7, "K", "x", "d", 1, "T", "law", "e", 10, "T", "pub", "f", 4, "T", "y", "g", 9, "M", "law", "h", 2];
T | """


def test_each_level_gives_a_value_and_its_aggregate() -> None:
    query = T + "top-nested 2 of state by sum(v), top-nested 1 of source by most = max(v)"
    assert columns(query) == ["state:string", "aggregated_state:long", "source:string", "most:long"]
    assert rows(query) == [("T", 23, "law", 10), ("K", 16, "pub", 7)]


def test_without_a_number_all_values_are_kept() -> None:
    assert rows(T + "top-nested of state by sum(v) asc") == [("M", 2), ("K", 16), ("T", 23)]


def test_aggregates_can_be_computed_with() -> None:
    assert rows(T + "top-nested 1 of label = strcat(source, '!') by sum(v) * 1.0 / count()") == [("y!", 9.0)]


def test_others_are_what_did_not_make_it() -> None:
    assert rows(T + "top-nested 1 of state with others = 'others' by sum(v)") == [("T", 23), ("others", 18)]


def test_there_are_no_others_when_all_values_made_it() -> None:
    assert len(rows(T + "top-nested 9 of state with others = 'others' by sum(v)")) == 3


def test_levels_without_others_show_null_beside_others() -> None:
    query = T + "top-nested 2 of state with others='-' by sum(v), top-nested 2 of source by sum(v), top-nested 1 of place with others='...' by sum(v)"
    assert rows(query) == [
        ("T", 23, "law", 10, "e", 10), ("T", 23, "y", 9, "g", 9), ("K", 16, "law", 8, "a", 5), ("K", 16, "pub", 7, "c", 7),
        ("K", 16, "law", 8, "...", 3),
        ("T", 23, "", None, "...", 4), ("K", 16, "", None, "...", 1),
        ("-", 2, "", None, "...", 2),
    ]  # fmt: skip


def test_no_rows_give_none() -> None:
    assert rows(T + "where v > 100 | top-nested 2 of state with others='-' by sum(v)") == []


def test_the_order_is_an_aggregate() -> None:
    assert refusal(T + "top-nested 2 of state by v") == "the column `v` stands outside an aggregate"
