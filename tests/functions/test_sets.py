"""Arrays as sets: membership by column equals membership row by row; order and equality of values."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic
from kqlpy.functions import sets
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type

ITEMS = st.lists(st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from([1.0, 2.5, "1", "a", ""])), max_size=5)


def call(type_: Type) -> Call:
    return Call((Type.DYNAMIC, type_), Type.BOOL, 1, Session.at())


def holds(items: list[Any], value: Any) -> bool | None:
    if value is None:
        return None
    return any(item == value and isinstance(item, bool) == isinstance(value, bool) for item in items)


@settings(deadline=None)
@given(ITEMS, st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1))
def test_a_constant_array_and_a_column_of_numbers(items: list[Any], values: list[int | None]) -> None:
    found = sets.set_has_element(call(Type.LONG), pa.scalar(dynamic.dumps(items)), pa.array(values, pa.int64()))
    assert found.to_pylist() == [holds(items, value) for value in values]


@settings(deadline=None)
@given(ITEMS, st.lists(st.sampled_from(["", "a", "1", "x"]), min_size=1))
def test_a_constant_array_and_a_column_of_texts(items: list[Any], values: list[str]) -> None:
    found = sets.set_has_element(call(Type.STRING), pa.scalar(dynamic.dumps(items)), pa.array(values))
    assert found.to_pylist() == [holds(items, value) for value in values]


@settings(deadline=None)
@given(st.lists(ITEMS, min_size=1), st.integers(0, 3))
def test_a_column_of_arrays_and_a_constant(rows: list[list[Any]], value: int) -> None:
    found = sets.set_has_element(call(Type.LONG), dynamic.from_values(rows), pa.scalar(value))
    assert found.to_pylist() == [holds(row, value) for row in rows]


LONGS = st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=4)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), LONGS), min_size=1), st.integers(0, 3))
def test_typed_lists_and_a_constant(rows: list[Any], value: int) -> None:
    found = sets.set_has_element(call(Type.LONG), pa.array(rows, pa.list_(pa.int64())), pa.scalar(value))
    assert found.to_pylist() == [None if row is None else value in row for row in rows]


def test_values_keep_the_order_first_seen() -> None:
    assert sets.set_union(["A4", "A2", "A7", "A2"], ["A1", "A4"], None) == ["A4", "A2", "A7", "A1"]
    assert sets.set_intersect([3, 1, 2, 3], [2, 3]) == [3, 2]
    assert sets.set_difference([3, 1, 2, 3], [2], [4]) == [3, 1]
    assert sets.set_difference([1], [1]) == []


def test_one_is_neither_true_nor_text() -> None:
    assert sets.set_difference([1, True, "1", 1.0], [1]) == [True, "1"]


def test_bags_are_equal_whatever_the_order_of_keys() -> None:
    assert sets.set_union([{"a": 1, "b": 2}], [{"b": 2, "a": 1}]) == [{"a": 1, "b": 2}]


def test_equality_and_jaccard_index_ignore_repetition() -> None:
    assert sets.set_equals([1, 2, 2], [2, 1]) is True
    assert sets.set_equals([1], [1, 2]) is False
    assert sets.jaccard_index([1, 2, 3, 3], [1, 2, 3, 4]) == 0.75
    assert math.isnan(sets.jaccard_index([], []))
    assert sets.set_equals({}, []) is None
