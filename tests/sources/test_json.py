"""JSON files of every shape."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic
from kqlpy.errors import KqlDataError
from kqlpy.sources import open_part
from kqlpy.sources.json_rows import read_lines
from tests.sources.helpers import at, load, rows_of, table_of


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}, {"a": 2}]',
        '{"a": 1}\n{"a": 2}\n',
        '\ufeff{"a": 1}\r\n\r\n  {"a": 2}',
        '{\n  "a": 1\n}\n{\n  "a": 2\n}\n',
        '{"a": 1} {"a": 2}',
        '{"table": [{"a": 1}, {"a": 2}]}',
        '{"@odata.context": "x", "value": [{"a": 1}, {"a": 2}]}',
        '{"tables": [{"name": "PrimaryResult", "columns": [{"name": "a", "type": "long"}], "rows": [[1], [2]]}]}',
        '{"Tables": [{"TableName": "Table_0", "Columns": [{"ColumnName": "a", "DataType": "Int64"}], "Rows": [[1], [2]]}]}',
        '{"Stats": {}, "Schema": [{"Name": "a", "Type": "Int64"}], "Results": [{"a": 1}, {"a": 2}]}',
        '[{"FrameType": "DataSetHeader"}, {"FrameType": "DataTable", "TableKind": "QueryProperties", "Columns": [], "Rows": []},'
        '{"FrameType": "DataTable", "TableKind": "PrimaryResult", "Columns": [{"ColumnName": "a", "ColumnType": "long"}],'
        '"Rows": [[1], [2]]}, {"FrameType": "DataSetCompletion"}]',
    ],
)
def test_shapes(tmp_path: Path, text: str) -> None:
    table = table_of(tmp_path, text, "json")
    assert table.schema.pairs() == [("a", "long")]
    assert rows_of(table) == [(1,), (2,)]


def test_one_object_is_one_row(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, '{"a": "x", "b": [1, 2]}', "json")) == [("x", "[1,2]")]


def test_empty_array_has_no_rows(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, "[]", "json")) == []


def test_saved_answer_tells_the_types(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "tables": [
                {
                    "columns": [
                        {"name": "t", "type": "datetime"},
                        {"name": "r", "type": "real"},
                        {"name": "d", "type": "dynamic"},
                    ],
                    "rows": [["2020-01-01T00:00:00Z", 5, '{"a": 1}'], [None, None, None]],
                }
            ]
        }
    )
    table = table_of(tmp_path, text, "json")
    assert table.schema.pairs() == [("t", "datetime"), ("r", "real"), ("d", "dynamic")]
    assert rows_of(table) == [(at("2020-01-01"), 5.0, '{"a":1}'), (None, None, None)]


def test_keys_that_differ_between_rows(tmp_path: Path) -> None:
    table = table_of(tmp_path, '{"a": 1}\n{"b": "x", "a": null}\n', "jsonl")
    assert table.schema.names == ("a", "b")
    assert rows_of(table) == [(1, ""), (None, "x")]


@pytest.mark.parametrize(
    ("values", "type_", "expected"),
    [
        ("[5, null]", "long", [5, None]),
        ("[5, 5.5]", "real", [5.0, 5.5]),
        ('[5, ""]', "long", [5, None]),
        ('[5, "v6", 5.0, 1.10]', "string", ["5", "v6", "5.0", "1.10"]),
        ('[true, ""]', "bool", [True, None]),
        ('[true, "x"]', "string", ["true", "x"]),
        ("[9007199254740993]", "long", [9007199254740993]),
        ("[9223372036854775808]", "string", ["9223372036854775808"]),
        ("[9007199254740993, 0.5]", "string", ["9007199254740993", "0.5"]),
        ('["98"]', "string", ["98"]),
        ('["2021-04-28T14:32:14Z", ""]', "datetime", [637552171340000000, None]),
        ('["2021-04-28T14:32:14Z", "soon"]', "string", ["2021-04-28T14:32:14Z", "soon"]),
        ('[{"b": [1, 2.50]}, ""]', "dynamic", ['{"b":[1,2.5]}', None]),
        ('[{"n": 123456789012345678901234567890}]', "dynamic", ['{"n":123456789012345678901234567890}']),
        ('["{not json}"]', "string", ["{not json}"]),
        ("[null, null]", "string", ["", ""]),
    ],
)
@pytest.mark.parametrize("shape", ["array", "lines"])
def test_inferred_types(tmp_path: Path, shape: str, values: str, type_: str, expected: list[Any]) -> None:
    # The values' own texts are kept: 5.0 must not pass through a Python float here.
    items = [item.strip() for item in _split(values)]
    lines = [f'{{"x": {item}}}' for item in items]
    text = "[" + ",\n".join(lines) + "]" if shape == "array" else "\n".join([*lines, '{"x": null}'])
    table = table_of(tmp_path, text, "json")
    assert table.schema.pairs() == [("x", type_)]
    assert [row[0] for row in rows_of(table)][: len(items)] == expected


def _split(array: str) -> list[str]:
    decoder, at_, found = json.JSONDecoder(), 1, []
    while array[at_] != "]":
        _, end = decoder.raw_decode(array, at_)
        found.append(array[at_:end])
        at_ = end + 2 if array[end] == "," else end
    return found


@pytest.mark.parametrize(
    ("name", "values", "type_", "expected"),
    [
        ("Version_s", [218, 4.43, "5.4.1"], "string", ["218", "4.43", "5.4.1"]),
        ("n_d", [1, 2], "real", [1.0, 2.0]),
        ("n_d", ["", 2], "real", [None, 2.0]),
        ("id_d", [9007199254740993, 1], "long", [9007199254740993, 1]),
        ("ok_b", ["False", True], "bool", [False, True]),
        ("at_t", ["4/28/2021, 2:32:14 PM"], "datetime", [637552171340000000]),
        ("id_g", ["0F6B3C1E-6a55-4f4e-9d1c-6a7b1c2d3e4f"], "string", ["0F6B3C1E-6a55-4f4e-9d1c-6a7b1c2d3e4f"]),
    ],
)
def test_suffix_tells_the_type_in_custom_tables(
    tmp_path: Path, name: str, values: list[Any], type_: str, expected: list[Any]
) -> None:
    (tmp_path / "Mine_CL.json").write_text(json.dumps([{name: value} for value in values]))
    table = load(tmp_path, "a\n1\n").table("Mine_CL")
    assert table is not None
    assert table.schema.pairs() == [(name, type_)]
    assert [row[0] for row in rows_of(table)] == expected


def test_key_with_a_display_zone(tmp_path: Path) -> None:
    table = table_of(tmp_path, '[{"TimeGenerated [UTC]": "4/28/2021, 2:32:14.029 PM"}]', "json")
    assert table.schema.pairs() == [("TimeGenerated", "datetime")]
    assert rows_of(table) == [(at("2021-04-28T14:32:14.029"),)]


def test_dynamic_column_holds_objects_and_json_text(tmp_path: Path) -> None:
    text = '{"d": {"a": 1}}\n{"d": "{\\n \\"a\\": 1}"}\n{"d": "plain"}\n{"d": ""}\n{"d": 5}\n'
    table = table_of(tmp_path, text, "jsonl", schemas={"T": {"d": "dynamic"}})
    assert rows_of(table) == [('{"a":1}',), ('{"a":1}',), ('"plain"',), (None,), ("5",)]


def test_declared_string_keeps_an_object_as_text(tmp_path: Path) -> None:
    table = table_of(tmp_path, '{"s": {"a": [1, null]}}', "json", schemas={"T": {"s": "string"}})
    assert rows_of(table) == [('{"a":[1,null]}',)]


def test_surrogate_halves_do_not_stop_the_load(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, '{"a": "\\ud800x"}\n{"a": "\\ud83d\\ude00"}\n', "json")) == [("\ufffdx",), ("\U0001f600",)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a":1}\n{"a":2\n{"a":3}\n', "line 2, column 7: not valid JSON: the text ends too early"),
        ('[{"a":1},\n{"a":2', "line 2, column 7: not valid JSON: the text ends too early"),
        ('[{"a":1}]\n x', "line 2, column 2: not valid JSON: there is more text after the array"),
        ('{"a":1},\n{"a":2}\n', "line 1, column 8: not valid JSON: objects with commas between them need `[` before and `]` behind them"),
        ('[{"a":1} {"a":2}]', "line 1, column 10: not valid JSON: a comma or `]` is missing"),
        ('{"a":1}\n{"a":\'x\'}\n', "line 2, column 6: not valid JSON: expecting value"),
        ("hello", "line 1, column 1: not valid JSON: expecting value"),
        ("[1, 2]", "line 1: a row should be a JSON object, but here is a number"),
        ('{"a":1}\n[2]\n{"a":1}\n', "line 1, column 1"),
        ('{"a":' + "[" * 3000 + "]" * 3000 + "}", "line 1, column 1: not valid JSON: it is nested too deeply"),
    ],
)
def test_broken_files_name_the_place(tmp_path: Path, text: str, message: str) -> None:
    table = table_of(tmp_path, text, "json")
    if "column 1" in message and text.startswith('{"a":1}'):
        message = "line 2: a row should be a JSON object, but here is an array"
    with pytest.raises(KqlDataError) as raised:
        rows_of(table)
    assert message in str(raised.value)
    assert "T.json" in str(raised.value)


def test_failed_values_name_the_line(tmp_path: Path) -> None:
    lines = load(tmp_path, '{"n": 1}\n\n{"n": "x"}\n', "jsonl", schemas={"T": {"n": "int"}})
    rows_of(lines.table("T"))
    assert [(f.count, f.example, f.line) for f in lines.reports()[0].failed] == [(1, "x", 3)]


def test_failed_values_in_an_array_name_the_line(tmp_path: Path) -> None:
    array = load(tmp_path, '[\n{"n": 1},\n{"n":\n 5.7}]', "json", schemas={"T": {"n": "int"}})
    rows_of(array.table("T"))
    assert [(f.count, f.example, f.line) for f in array.reports()[0].failed] == [(1, "5.7", 3)]


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["", "2021-04-28T14:32:14Z", "5", "true"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2), max_leaves=4
)
documents = st.lists(st.dictionaries(st.sampled_from(["a", "b", "A"]), values, max_size=3), min_size=2, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=documents)
def test_lines_array_and_unkept_file_are_the_same_table(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    lines = table_of(tmp_path, "\n".join(json.dumps(row) for row in rows), "json")
    expected = rows_of(lines)
    assert len(expected) == len(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_part, "_KEEP_BYTES", 0)
        streamed = table_of(tmp_path, "\n".join(json.dumps(row) for row in rows), "json")
        assert streamed.schema == lines.schema
        assert rows_of(streamed) == expected
    array = table_of(tmp_path, json.dumps(rows), "json")
    assert array.schema == lines.schema
    assert rows_of(array) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=documents)
def test_declared_columns_hold_what_the_values_say(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    table = table_of(tmp_path, json.dumps(rows), "json", schemas={"T": {"a": "string", "b": "dynamic"}})
    for (text, document), row in zip(rows_of(table, "a", "b"), rows, strict=True):
        value = row.get("a")
        if value is None or isinstance(value, str):
            assert text == (value or "")
        elif isinstance(value, dict | list):
            assert text == dynamic.dumps(value)
        else:
            assert text == json.dumps(value)
        if isinstance(row.get("b"), dict | list):
            assert document == dynamic.dumps(row["b"])


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_lines_are_the_same_however_they_are_read(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kqlpy.sources.json_rows._PIECE", size)
    data = b'{"a":1}\n\n  \n{"a":"' + b"x" * 50 + b'"}\r\n{"b":\n2}'
    found = [line for lines in read_lines(io.BytesIO(data)) for line in lines]
    assert found == [(n, line) for n, line in enumerate(data.split(b"\n"), 1) if line.strip()]
