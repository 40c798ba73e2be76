"""Plugins: their examples, the small ones, and schema_merge."""

from __future__ import annotations

import pytest

from kqlpy.functions.registry import PLUGINS, Function, load
from tests import forms
from tests.operators.group_helpers import columns, refusal, rows

load()
RUN = [pytest.param(plugin, id=name) for name, plugin in PLUGINS.items() if plugin.executes]


@pytest.mark.parametrize("plugin", RUN)
def test_example_shows_what_the_query_gives(plugin: Function) -> None:
    """The value under `>>> ` is what the last column holds."""
    examples = list(forms.examples(plugin.doc))
    assert examples
    for example in examples:
        assert forms.shown(example.query) == example.shown


@pytest.mark.parametrize(("before", "after", "found"), [(1, 1, [1, 2, 6, 7, 8]), (0, 2, [1, 2, 3, 7, 8, 9]), (2, 0, [1, 5, 6, 7])])
def test_rows_near_keeps_rows_around_each_hit(before: int, after: int, found: list[int]) -> None:
    query = f"range x from 1 to 9 step 1 | evaluate rows_near(x == 1 or x == 7, {before}, {after})"
    assert [x for (x,) in rows(query)] == found


def test_narrow_writes_each_value_as_text() -> None:
    query = "datatable(s:string, t:datetime, n:long, b:bool)['x', datetime(2020-01-01), long(null), true, '', datetime(null), 5, false] | evaluate narrow()"
    assert rows(query) == [
        (0, "s", "x"), (0, "t", "2020-01-01 00:00:00.0000000"), (0, "n", "[null]"), (0, "b", "True"),
        (1, "s", ""), (1, "t", "[null]"), (1, "n", "5"), (1, "b", "False"),
    ]  # fmt: skip


def test_narrow_of_no_rows_has_its_columns() -> None:
    assert columns("datatable(s:string)[] | evaluate narrow()") == ["Row:long", "Column:string", "Value:string"]


def test_dcount_intersect_counts_common_values_row_by_row() -> None:
    query = """range x from 0 to 59 step 1 | summarize h2 = hll(iff(x % 2 == 0, x, 0)), h3 = hll(iff(x % 3 == 0, x, 0)), h5 = hll(iff(x % 5 == 0, x, 0))
      by odd = x % 2 | sort by odd asc | evaluate dcount_intersect(h2, h3, h5) | project s0, s1, s2"""
    assert rows(query) == [(30, 10, 2), (1, 1, 1)]


UNION = "union (datatable({0})[] | getschema), (datatable({1})[] | getschema) | evaluate schema_merge({2})"


@pytest.mark.parametrize(
    ("first", "second", "option", "found"),
    [
        ("a:string, b:int", "a:string, b:int, c:long", "", [("a", 0), ("b", 1), ("c", 2)]),
        ("a:string, b:int", "a:string, c:long, b:int", "", [("a", 0), ("c", 1), ("b", -1)]),
        ("a:string, b:int", "a:string, c:long, b:int", "PreserveOrder=false", [("a", 0), ("c", 1), ("b", 2)]),
    ],
)
def test_schema_merge_keeps_or_questions_the_order(first: str, second: str, option: str, found: list[tuple[str, int]]) -> None:
    assert [row[:2] for row in rows(UNION.format(first, second, option))] == found


def test_schema_merge_marks_columns_out_of_order() -> None:
    assert rows(UNION.format("a:string, b:int", "a:string, c:long, b:int", "") + " | where ColumnName == 'b'") == [
        ("b", -1, "ERROR(unknown CSL type:ERROR(columns are out of order))", "ERROR(columns are out of order)")
    ]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("a:string", "a:long", "kqlpy does not run `schema_merge` of different types for the column `a`"),
        ("a:string, b:int", "a:string, c:int", "kqlpy does not run `schema_merge` of different columns at the same place"),
    ],
)
def test_schema_merge_refuses_what_is_not_settled(first: str, second: str, message: str) -> None:
    assert refusal(UNION.format(first, second, "")) == message
