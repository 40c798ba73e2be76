"""Dynamic columns in all their forms against Python objects."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import dynamic, lanes
from kqlpy.columns.json_text import JsonValue, dumps
from kqlpy.columns.ticks import format_datetime_iso, parse_datetime
from kqlpy.types import Type

from .strategies import columns, datetimes, json_values, longs, reals, same, texts

steps = st.lists(st.sampled_from(["a", "b", "", "é"]) | st.integers(-3, 3), min_size=1, max_size=3).map(tuple)
documents = json_values.filter(lambda value: value is not None).map(dumps)
LANE_ELEMENTS: dict[Type, st.SearchStrategy[object]] = {
    Type.LONG: longs,
    Type.REAL: reals,
    Type.STRING: texts,
    Type.BOOL: st.booleans(),
    Type.DATETIME: datetimes,
}


@st.composite
def lane_columns(draw: st.DrawFn) -> pa.Array:
    type_ = draw(st.sampled_from(list(LANE_ELEMENTS)))
    return draw(columns(st.lists(st.none() | LANE_ELEMENTS[type_], max_size=3), lanes.arrow_type(type_)))


dynamic_columns = st.one_of(
    columns(documents, pa.string()), columns(documents, pa.string()).map(lambda column: column.dictionary_encode()), lane_columns()
)


def follow(value: JsonValue, path: tuple[str | int, ...]) -> JsonValue:
    """The oracle of paths."""
    for step in path:
        try:
            value = value[step]  # type: ignore[index,call-overload]
        except (KeyError, IndexError, TypeError):
            return None
        if isinstance(value, str) and not isinstance(step, str | int):
            return None
    return value


def reached(value: JsonValue, path: tuple[str | int, ...]) -> JsonValue:
    """Paths do not reach into strings, which Python would index."""
    for index, step in enumerate(path):
        if isinstance(follow(value, path[:index]), str):
            return None
        del step
    return follow(value, path)


def as_json(values: list[JsonValue]) -> list[str | None]:
    return [None if value is None else dumps(value) for value in values]


@given(dynamic_columns)
def test_text_holds_the_same_values(column: pa.Array) -> None:
    text = dynamic.text_of(column)
    assert text.type == pa.string()
    assert text.to_pylist() == as_json(dynamic.values(column))


@given(columns(documents, pa.string()))
def test_values_and_back(column: pa.Array) -> None:
    assert dynamic.from_values(dynamic.values(column)).equals(column)


@given(dynamic_columns, steps)
def test_path(column: pa.Array, path: tuple[str | int, ...]) -> None:
    expected = as_json([reached(value, path) for value in dynamic.values(column)])
    assert dynamic.text_of(dynamic.path(column, path)).to_pylist() == expected


@given(dynamic_columns, st.data())
def test_element_by_a_column_of_positions(column: pa.Array, data: st.DataObject) -> None:
    index = data.draw(st.lists(st.none() | st.integers(-4, 4), min_size=len(column), max_size=len(column)))
    rows = zip(dynamic.values(column), index, strict=True)
    expected = as_json([None if step is None else reached(value, (step,)) for value, step in rows])
    assert dynamic.element(column, pa.array(index, pa.int64())).to_pylist() == expected


@given(dynamic_columns, st.data())
def test_element_by_a_column_of_names(column: pa.Array, data: st.DataObject) -> None:
    index = data.draw(st.lists(st.sampled_from(["a", "b", "", "é"]), min_size=len(column), max_size=len(column)))
    rows = zip(dynamic.values(column), index, strict=True)
    expected = as_json([reached(value, (step,)) for value, step in rows])
    assert dynamic.element(column, pa.array(index, pa.string())).to_pylist() == expected


@given(st.lists(dynamic_columns, max_size=3))
def test_concat(parts: list[pa.Array]) -> None:
    found = dynamic.text_of(dynamic.concat(parts))
    assert found.to_pylist() == [text for part in parts for text in dynamic.text_of(part).to_pylist()]


@given(lane_columns())
def test_a_lane_comes_back_from_its_text(column: pa.Array) -> None:
    type_ = dynamic.lane_type(column)
    assert type_ is not None
    assert same(dynamic.to_lane(dynamic.to_text(column), type_).to_pylist(), column.to_pylist())


def items_of(value: JsonValue, pairs: bool) -> list[JsonValue]:
    if value is None:
        return []
    if isinstance(value, dict):
        return [[key, item] if pairs else {key: item} for key, item in value.items()]
    return value if isinstance(value, list) else [value]


@given(dynamic_columns, st.booleans())
def test_array_items(column: pa.Array, pairs: bool) -> None:
    found = dynamic.array_items(column, pairs)
    items = found.elements if found.type is Type.DYNAMIC else lanes.elements_to_json(found.elements, found.type)
    rows = [items_of(value, pairs) for value in dynamic.values(column)]
    assert found.offsets.tolist() == [sum(map(len, rows[:count])) for count in range(len(rows) + 1)]
    assert items.to_pylist() == as_json([item for row in rows for item in row])


def test_parse_json_column() -> None:
    column = pa.array(['{"a": 1}', "x", "", "null", '{"a": 1}'])
    assert dynamic.parse_json_column(column).to_pylist() == ['{"a":1}', '"x"', None, None, '{"a":1}']


def test_long_integers_stay_exact() -> None:
    column = pa.array(['{"a":12345678901234567890123}', '{"a":1}'])
    assert dynamic.path(column, ("a",)).to_pylist() == ["12345678901234567890123", "1"]


def test_a_datetime_lane_shows_iso_text() -> None:
    noon = parse_datetime("2020-01-02 12:00") or 0
    column = pa.array([[noon, None]], lanes.arrow_type(Type.DATETIME))
    assert dynamic.values(column) == [[format_datetime_iso(noon), None]]
    assert dynamic.path(column, (0,)).to_pylist() == ['"2020-01-02T12:00:00.0000000Z"']


@pytest.mark.parametrize(
    ("text", "expected"),
    [('[1,2.5,"3","NaN",null,true]', [1.0, 2.5, None, "nan", None, None]), ('{"a":1}', None), ("5", None), (None, None)],
)
def test_to_lane_of_reals(text: str | None, expected: list[object] | None) -> None:
    found = dynamic.to_lane(pa.array([text], pa.string()), Type.REAL).to_pylist()[0]
    shown = found if found is None else ["nan" if item != item else item for item in found]
    assert shown == expected


def test_a_slice_of_a_large_dictionary_reads_only_its_own() -> None:
    column = pa.array(['{"a":1}', '{"a":2}', '{"a":3}']).dictionary_encode().slice(2)
    assert dynamic.path(column, ("a",)).to_pylist() == ["3"]


@given(columns(st.one_of(texts, documents, st.sampled_from(["null", " ", '{"a":1E400}'])), pa.string(), nulls=False), steps)
def test_a_path_reads_unparsed_text_as_parse_json_does(column: pa.Array, path: tuple[str | int, ...]) -> None:
    # So `parse_json(s).a` needs no JSON text in between.
    assert dynamic.path(column, path).equals(dynamic.path(dynamic.parse_json_column(column), path))


@given(columns(st.one_of(texts, documents), pa.string(), nulls=False))
def test_parse_json_column_is_parse_json_of_each_text(column: pa.Array) -> None:
    assert dynamic.parse_json_column(column).to_pylist() == [dynamic.parse_json(text) for text in column.to_pylist()]
