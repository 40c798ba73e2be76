"""Dynamic values as scalars: what `to...()` and `mv-expand ... to typeof()` answer."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import dynamic, lanes
from kqlpy.columns.dynamic_casts import cast_items, from_dynamic, gettype, path_to
from kqlpy.columns.ticks import format_timespan
from kqlpy.types import Type

from .strategies import columns, same
from .test_dynamic import documents, dynamic_columns, lane_columns, steps

TYPES = [Type.BOOL, Type.INT, Type.LONG, Type.REAL, Type.DECIMAL, Type.STRING, Type.DATETIME, Type.TIMESPAN, Type.GUID]
HELD = ["1", "1.5", '"3"', "true", None, "[1]", '{"a":1}', '"x"']


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        (Type.INT, [1, 1, 3, 1, None, None, None, None]),
        (Type.LONG, [1, 1, 3, 1, None, None, None, None]),
        (Type.REAL, [1.0, 1.5, 3.0, 1.0, None, None, None, None]),
        (Type.BOOL, [True, True, True, True, None, None, None, None]),
        (Type.STRING, ["1", "1.5", "3", "true", "", "[1]", '{"a":1}', "x"]),
        (Type.GUID, [None] * 8),
    ],
)
def test_converts_as_what_it_holds(type_: Type, expected: list[object]) -> None:
    assert same(from_dynamic(pa.array(HELD), type_).to_pylist(), expected)


def test_text_inside_becomes_times() -> None:
    column = pa.array(['"1.02:03:04"', '"1d"', "864000000000", '"x"'])
    found = [None if value is None else format_timespan(value) for value in from_dynamic(column, Type.TIMESPAN).to_pylist()]
    assert found == ["1.02:03:04", "1.00:00:00", "1.00:00:00", None]
    assert from_dynamic(pa.array(['"0001-01-02"', "5", "-1"]), Type.DATETIME).to_pylist() == [864000000000, 5, None]


@pytest.mark.parametrize(
    ("text", "long", "int_"),
    [("1e30", 2**63 - 1, 2**31 - 1), ("-1e30", -(2**63), -(2**31)), ("9999999999", 9999999999, 1410065407), ("99999999999999999999", None, None)],
)
def test_numbers_out_of_range(text: str, long: int | None, int_: int | None) -> None:
    column = pa.array([text])
    assert from_dynamic(column, Type.LONG).to_pylist() == [long]
    assert from_dynamic(column, Type.INT).to_pylist() == [int_]


def test_gettype() -> None:
    column = pa.array(["1", "1.5", '"x"', "true", None, "[1]", "{}"])
    assert gettype(column).to_pylist() == ["long", "double", "string", "bool", "null", "array", "dictionary"]
    assert gettype(pa.array([[1], None], pa.list_(pa.int64()))).to_pylist() == ["array", "null"]


@pytest.mark.parametrize("type_", TYPES)
@given(column=dynamic_columns, path=steps)
def test_a_path_converts_in_one_go(type_: Type, column: pa.Array, path: tuple[str | int, ...]) -> None:
    assert same(path_to(column, path, type_).to_pylist(), from_dynamic(dynamic.path(column, path), type_).to_pylist())


@pytest.mark.parametrize("type_", TYPES)
@given(column=lane_columns())
def test_a_lane_converts_like_its_text(type_: Type, column: pa.Array) -> None:
    assert same(from_dynamic(column, type_).to_pylist(), from_dynamic(dynamic.to_text(column), type_).to_pylist())


ELEMENTS = ["1", "2.5", "-2.5", '"2"', "true", None]


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        (Type.LONG, [1, 2, -2, None, None, None]),
        (Type.INT, [1, 2, -2, None, None, None]),
        (Type.REAL, [1.0, 2.5, -2.5, None, None, None]),
        (Type.BOOL, [True, None, None, None, True, None]),
        (Type.STRING, ["1", "2.5", "-2.5", "2", "true", ""]),
        (Type.TIMESPAN, [None] * 6),
        (Type.DECIMAL, [None] * 6),
    ],
)
def test_mv_expand_does_not_read_numbers_from_text(type_: Type, expected: list[object]) -> None:
    assert same(cast_items(pa.array(ELEMENTS), Type.DYNAMIC, type_).to_pylist(), expected)


def test_mv_expand_reads_datetimes_and_guids_from_text_alone() -> None:
    column = pa.array(['"0001-01-02"', "5", None])
    assert cast_items(column, Type.DYNAMIC, Type.DATETIME).to_pylist() == [864000000000, None, None]
    assert cast_items(pa.array(['"x"']), Type.DYNAMIC, Type.GUID).to_pylist() == [None]


@pytest.mark.parametrize("type_", [*TYPES, Type.DYNAMIC])
@given(column=lane_columns())
def test_lane_items_cast_like_their_text(type_: Type, column: pa.Array) -> None:
    items, plain = dynamic.array_items(column), dynamic.array_items(dynamic.to_text(column))
    found, expected = cast_items(items.elements, items.type, type_), cast_items(plain.elements, plain.type, type_)
    assert found.type == expected.type
    assert same(found.to_pylist(), expected.to_pylist())


@given(columns(documents, pa.string()), st.sampled_from(TYPES))
def test_a_dictionary_casts_like_plain_text(column: pa.Array, type_: Type) -> None:
    found = cast_items(column.dictionary_encode(), Type.DYNAMIC, type_)
    assert same(found.to_pylist(), cast_items(column, Type.DYNAMIC, type_).to_pylist())


def test_elements_of_a_string_lane_need_no_json() -> None:
    column = pa.array([['a"b', None], [], None], lanes.arrow_type(Type.STRING))
    assert path_to(column, (0,), Type.STRING).to_pylist() == ['a"b', "", ""]
