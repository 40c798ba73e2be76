"""Documents read by their shapes against documents read one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic, json_shapes
from kqlpy.columns.dynamic_casts import convert_values, path_to
from kqlpy.columns.json_text import JsonValue, dumps, parse_json, read_json
from kqlpy.types import Type

from .strategies import columns, json_values

KEYS = ["a", "b", "c d", "é", "", 'q"', "a.b"]
SCALARS = st.sampled_from(["1", "-1", "0", "-0", "1.5", "1.50", "-0.0", "0.25", "1e3", "12345678901234567890", "99999.123456789", "0.0001", "1.0"]) | st.sampled_from(
    ['"x"', '""', '"\\u0061"', '"\\n\\\\"', '"say \\"a\\":1"', '"é"', '"12"', '"null"', "true", "false", "null", '"2024-01-02"']
)


def written(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Objects and arrays as text; now and then with a key twice or a blank."""
    pairs = st.lists(st.builds(lambda key, colon, value: f"{json.dumps(key, ensure_ascii=False)}{colon}{value}", st.sampled_from(KEYS), st.sampled_from([":", ":", ":", ": "]), inner), max_size=3)
    return st.one_of(pairs.map(lambda items: "{" + ",".join(items) + "}"), st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]"))


DOCUMENTS = st.one_of(st.recursive(SCALARS, written, max_leaves=8), json_values.map(dumps), st.text("{}[]:,\"a1- ", max_size=6))
PATHS = st.lists(st.sampled_from(["a", "b", "c d", "é", "", "a.b"]) | st.integers(-2, 2), min_size=1, max_size=3).map(tuple)
TYPES = st.sampled_from([Type.STRING, Type.LONG, Type.INT, Type.REAL, Type.BOOL, Type.DATETIME, Type.TIMESPAN, Type.DECIMAL, Type.GUID, Type.DYNAMIC])


@pytest.fixture(autouse=True, scope="module")
def _few_rows_suffice() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_shapes, "_FEWEST_ROWS", 1)
        yield


def reached(value: JsonValue, path: tuple[str | int, ...]) -> JsonValue:
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


@given(columns(DOCUMENTS, pa.string()))
def test_parse_json(column: pa.Array) -> None:
    expected = [None if text is None else parse_json(text) for text in column.to_pylist()]
    assert dynamic.text_of(dynamic.parse_json_column(column)).to_pylist() == expected


@settings(max_examples=200)
@given(columns(DOCUMENTS, pa.string()), PATHS)
def test_path(column: pa.Array, path: tuple[str | int, ...]) -> None:
    found = [None if text is None else reached(read_json(text), path) for text in column.to_pylist()]
    assert dynamic.text_of(dynamic.path(column, path)).to_pylist() == [None if value is None else dumps(value) for value in found]


@settings(max_examples=200)
@given(columns(DOCUMENTS, pa.string()), PATHS, TYPES)
def test_path_to_a_type(column: pa.Array, path: tuple[str | int, ...], type_: Type) -> None:
    found = [None if text is None else reached(read_json(text), path) for text in column.to_pylist()]
    expected = convert_values(found, type_).to_pylist()
    assert path_to(column, path, type_).to_pylist() == ["" if one is None and type_ is Type.STRING else one for one in expected]


def test_a_column_of_one_shape_stays_as_it_is() -> None:
    column = pa.array([f'{{"a":{i},"b":["x{i}"]}}' for i in range(200)])
    assert dynamic.parse_json_column(column) is column


def test_rows_of_few_shapes_are_all_known() -> None:
    texts = [f'{{"a":{i},"b":[{",".join([str(i)] * (i % 4))}]}}' if i % 3 else f'{{"c":null,"d":{{"e":"{i}"}}}}' for i in range(300)]
    shapes = json_shapes.shapes_of(pa.array(texts))
    assert shapes is not None
    assert len(shapes.shapes) == 2
    assert shapes.known.all()


def test_many_shapes_are_left_alone() -> None:
    assert json_shapes.shapes_of(pa.array([f'{{"key{i}":1}}' for i in range(300)])) is None
