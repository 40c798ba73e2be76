"""Functions over dynamic arrays: JSON text and typed lists give the same answer as one row after the other."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic
from kqlpy.functions import array_sort, arrays
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type

LISTS = st.lists(st.one_of(st.none(), st.lists(st.one_of(st.none(), st.integers(-9, 9)), max_size=5)), min_size=1, max_size=8)
_ITEMS = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from(["", "a", '"', "é"]), st.lists(st.integers(), max_size=2))
MIXED = st.lists(_ITEMS, max_size=4)
LONGS = pa.list_(pa.int64())


def call(*types: Type, rows: int = 1) -> Call:
    return Call(types, Type.DYNAMIC, rows, Session.at())


def forms(rows: list[Any]) -> list[pa.Array]:
    """The same rows as JSON text and as typed lists."""
    return [dynamic.from_values(rows), pa.array(rows, LONGS)]


def slice_of(items: list[Any] | None, start: int, end: int) -> list[Any] | None:
    if items is None:
        return None
    size = len(items)
    first, last = (at + size if at < 0 else at for at in (start, end))
    return [item for at, item in enumerate(items) if first <= at <= last]


@settings(deadline=None)
@given(LISTS)
def test_length(rows: list[Any]) -> None:
    for column in forms(rows):
        assert arrays.array_length(column).to_pylist() == [None if row is None else len(row) for row in rows]


@settings(deadline=None)
@given(LISTS, st.integers(-7, 7), st.integers(-7, 7))
def test_slice_clips_and_counts_from_the_end(rows: list[Any], start: int, end: int) -> None:
    for column in forms(rows):
        found = arrays.array_slice(column, pa.scalar(start), pa.scalar(end))
        assert dynamic.values(found) == [slice_of(row, start, end) for row in rows]


@settings(deadline=None)
@given(LISTS)
def test_slice_with_positions_by_row(rows: list[Any]) -> None:
    starts = [at % 4 - 2 for at in range(len(rows))]
    for column in forms(rows):
        found = arrays.array_slice(column, pa.array(starts), pa.scalar(-1))
        assert dynamic.values(found) == [slice_of(row, start, -1) for row, start in zip(rows, starts, strict=True)]


@settings(deadline=None)
@given(LISTS)
def test_concat_skips_nulls(rows: list[Any]) -> None:
    for first in forms(rows):
        for second in forms(rows[::-1]):
            expected = [(one or []) + [7] + (two or []) for one, two in zip(rows, rows[::-1], strict=True)]
            assert dynamic.values(arrays.array_concat(first, pa.scalar("[7]"), second)) == expected


def test_concat_skips_what_is_no_array() -> None:
    column = pa.array(['{"a":1}', "[10,[20]]", "[]", None, '"["'])
    found = arrays.array_concat(column, pa.scalar("[99]"))
    assert found.to_pylist() == ["[99]", "[10,[20],99]", "[99]", "[99]", "[99]"]


@settings(deadline=None)
@given(LISTS)
def test_sum_is_null_when_an_element_is_no_number(rows: list[Any]) -> None:
    expected = [None if row is None or None in row else float(sum(row)) for row in rows]
    for column in forms(rows):
        assert arrays.array_sum(column).to_pylist() == expected


@settings(deadline=None)
@given(LISTS, st.booleans(), st.booleans())
def test_sorting_typed_lists_equals_sorting_text(rows: list[Any], descending: bool, nulls_last: bool) -> None:
    kernel = array_sort.array_sort_desc if descending else array_sort.array_sort_asc
    for column in forms(rows):
        (found,) = kernel(call(Type.DYNAMIC, Type.BOOL), column, pa.scalar(nulls_last))
        for row, answer in zip(rows, dynamic.values(found), strict=True):
            known = sorted((item for item in row or [] if item is not None), reverse=descending)
            nulls = [None] * (len(row or []) - len(known))
            assert answer == (None if row is None else known + nulls if nulls_last else nulls + known)


def test_sorting_takes_other_arrays_along() -> None:
    first, second = pa.array(["[3,1,2]", "[2,1]", '"x"']), pa.array(['["c","a","b"]', "[1]", "[]"])
    found = array_sort.array_sort_asc(call(Type.DYNAMIC, Type.DYNAMIC), first, second)
    assert [part.to_pylist() for part in found] == [["[1,2,3]", "[1,2]", None], ['["a","b","c"]', None, None]]


def test_numbers_sort_before_texts_and_other_values() -> None:
    (found,) = array_sort.array_sort_asc(call(Type.DYNAMIC), pa.array(['[{"a":1},"b",2.5,"B",1]']))
    assert found.to_pylist() == ['[1,2.5,"B","b",{"a":1}]']


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20), st.integers(-3, 3)), min_size=1))
def test_range_of_longs(rows: list[tuple[int, int, int]]) -> None:
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    found = arrays.range_(call(Type.LONG, Type.LONG, Type.LONG), *columns)
    expected = [list(range(a, b + (1 if by > 0 else -1), by)) if by else None for a, b, by in rows]
    assert dynamic.values(found) == expected


def test_range_of_times_steps_by_an_hour() -> None:
    hour = 36_000_000_000
    spans = arrays.range_(call(Type.TIMESPAN, Type.TIMESPAN), pa.array([hour]), pa.scalar(2 * hour))
    assert dynamic.text_of(spans).to_pylist() == ['["01:00:00","02:00:00"]']
    moments = arrays.range_(call(Type.DATETIME, Type.DATETIME), pa.array([0]), pa.scalar(hour))
    assert dynamic.text_of(moments).to_pylist() == ['["0001-01-01T00:00:00.0000000Z","0001-01-01T01:00:00.0000000Z"]']


def test_range_is_cut_off_at_a_million() -> None:
    found = arrays.range_(call(Type.LONG, Type.LONG), pa.array([1]), pa.scalar(10**12))
    assert arrays.array_length(found).to_pylist() == [1_048_576]


@settings(deadline=None)
@given(st.lists(MIXED, min_size=1))
def test_packed_values_read_back(rows: list[list[Any]]) -> None:
    numbers = pa.array(list(range(len(rows))))
    found = arrays.pack_array(call(Type.DYNAMIC, Type.LONG), dynamic.from_values(rows), numbers)
    assert dynamic.values(found) == [[row, at] for at, row in enumerate(rows)]


def test_packing_one_type_makes_a_typed_list() -> None:
    found = arrays.pack_array(call(Type.LONG, Type.INT), pa.array([1, None]), pa.scalar(3, pa.int32()))
    assert (found.type, dynamic.values(found)) == (LONGS, [[1, 3], [None, 3]])


def test_packed_times_are_text() -> None:
    found = arrays.pack_array(call(Type.LONG, Type.TIMESPAN, Type.STRING), pa.array([1]), pa.array([20_000_000]), pa.scalar('a"'))
    assert found.to_pylist() == ['[1,"00:00:02","a\\""]']


def test_repeat() -> None:
    found = arrays.repeat(call(Type.STRING, Type.LONG), pa.array(["a", "b", "c"]), pa.array([2, 0, -1]))
    assert dynamic.values(found) == [["a", "a"], [], None]
    found = arrays.repeat(call(Type.DYNAMIC, Type.LONG), pa.array(["{}", None]), pa.scalar(2))
    assert dynamic.values(found) == [[{}, {}], [None, None]]


def test_search_compares_numbers_by_value_but_not_with_bools() -> None:
    assert arrays.array_index_of(call(Type.DYNAMIC, Type.REAL), [5, 15], 15.0) == 1
    assert arrays.array_index_of(call(Type.DYNAMIC, Type.LONG), [True, "1"], 1) == -1
    assert arrays.array_index_of(call(Type.DYNAMIC, Type.STRING), ["a", "b", "a"], "a", 1) == 2
    assert arrays.array_index_of(call(Type.DYNAMIC, Type.STRING), ["a", "b", "a"], "a", -3, 1) == 0
    assert arrays.array_index_of(call(Type.DYNAMIC, Type.STRING), ["a"], "a", 0, -2) is None


def test_rotating_and_shifting() -> None:
    three = call(Type.DYNAMIC, Type.LONG)
    assert arrays.array_rotate_left([1, 2, 3], 4) == [2, 3, 1]
    assert arrays.array_rotate_right([1, 2, 3], 1) == [3, 1, 2]
    assert arrays.array_rotate_left([], 1) == []
    assert arrays.array_shift_left(three, [1, 2, 3], 1) == [2, 3, None]
    assert arrays.array_shift_right(three, [1, 2, 3], 9) == [None, None, None]
    assert arrays.array_shift_left(three, ["a", "b"], -1) == ["", "a"]


def test_conditions_that_are_neither_bool_nor_number_give_null() -> None:
    types = call(Type.DYNAMIC, Type.LONG, Type.DYNAMIC)
    assert arrays.array_iff(types, [True, 0, 50, "x", None], 1, [4, 5]) == [1, 5, 1, None, None]


def test_splitting() -> None:
    assert arrays.array_split([1, 2, 3], [1, -1]) == [[1], [2], [3]]
    assert arrays.array_split([1, 2, 3], 9) == [[1, 2, 3], []]


def test_zip_fills_up_with_null() -> None:
    assert arrays.zip_(["A", 1, 1.5], [{}, "B"]) == [["A", {}], [1, "B"], [1.5, None]]


def test_treepath_names_all_elements_once() -> None:
    assert arrays.treepath({"l": [100, {"x": "y"}]}) == ["['l']", "['l'][0]", "['l'][0]['x']"]
