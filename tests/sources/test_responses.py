"""Saved answers of query services, records of event hubs, and JSON that comes in pieces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.errors import KqlDataError
from kqlpy.sources import json_rows, open_part
from kqlpy.sources.json_rows import JsonTextError, Values
from kqlpy.sources.read_options import ReadOptions
from tests.sources.helpers import load, rows_of, table_of

COLUMN = [{"ColumnName": "a", "ColumnType": "long"}]


def v1(*rows: Any, **more: Any) -> dict[str, Any]:
    """A table of a v1 answer."""
    return {"TableName": "Table_0", "Columns": [{"ColumnName": "a", "DataType": "Int64"}], "Rows": list(rows), **more}


def frame(kind: str, **members: Any) -> dict[str, Any]:
    """A frame of a v2 answer."""
    return {"FrameType": kind, **members}


def test_a_progressive_answer(tmp_path: Path) -> None:
    frames = [
        frame("DataSetHeader", IsProgressive=True),
        frame("DataTable", TableId=0, TableKind="QueryProperties", Columns=[], Rows=[]),
        frame("TableHeader", TableId=1, TableKind="PrimaryResult", Columns=COLUMN),
        frame("TableFragment", TableId=1, TableFragmentType="DataAppend", Rows=[[7]]),
        frame("TableFragment", TableId=1, TableFragmentType="DataReplace", Rows=[[1]]),
        frame("TableProgress", TableId=1, TableProgress=50),
        frame("TableFragment", TableId=1, TableFragmentType="DataAppend", Rows=[[2]]),
        frame("TableCompletion", TableId=1, RowCount=2),
        frame("DataSetCompletion", HasErrors=False),
    ]
    table = table_of(tmp_path, json.dumps(frames), "json")
    assert table.schema.pairs() == [("a", "long")]
    assert rows_of(table) == [(1,), (2,)]


def test_the_table_of_contents_tells_which_tables_are_results(tmp_path: Path) -> None:
    columns = [{"ColumnName": name} for name in ("Ordinal", "Kind", "Name")]
    contents = {"Columns": columns, "Rows": [[1, "QueryResult", "PrimaryResult"], [0, "QueryProperties", "x"], [2, "QueryStatus", "y"]]}
    catalog = load(tmp_path, json.dumps({"Tables": [v1([7]), v1([1], [2]), v1([8]), contents]}), "json")
    assert rows_of(catalog.table("T")) == [(1,), (2,)]
    assert catalog.reports()[0].notes == ()


def test_further_results_are_told(tmp_path: Path) -> None:
    frames = [frame("DataTable", TableKind="PrimaryResult", Columns=COLUMN, Rows=[[number]]) for number in range(3)]
    catalog = load(tmp_path, json.dumps(frames), "json")
    assert rows_of(catalog.table("T")) == [(0,)]
    assert catalog.reports()[0].notes == ("the answer holds 3 results with rows; only the first is read",)
    with pytest.raises(KqlDataError, match="only the first is read"):
        rows_of(load(tmp_path, json.dumps(frames), "json", options=ReadOptions(strict=True)).table("T"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"Tables": [v1([1], {"Exceptions": ["Query result set has exceeded the limit\nmore"]})]}, "Query result set has exceeded the limit"),
        ({"tables": [{"name": "PrimaryResult", "columns": [{"name": "a", "type": "long"}], "rows": [[1]]}], "error": {"code": "PartialError"}}, "PartialError"),
        (
            [
                frame("DataSetHeader"), frame("DataTable", TableKind="PrimaryResult", Columns=COLUMN, Rows=[[1]]),
                frame("DataSetCompletion", HasErrors=True, OneApiErrors=[{"error": {"code": "E_X", "@message": "too large"}}]),
            ],
            "too large",
        ),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_complete_is_refused(tmp_path: Path, answer: object, reason: str) -> None:
    with pytest.raises(KqlDataError, match=f"is the answer to a query that failed: {reason}"):
        rows_of(table_of(tmp_path, json.dumps(answer), "json"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"records": [{"a": 1}, {"a": 2}]}\n{"records": []}\n{"records": [{"a": 3}]}\n', [1, 2, 3]),
        ('{"Records": [{"a": 1}]}', [1]),
        ('[{"a": 1}]\n[]\n[{"a": 2}]', [1, 2]),
        ('{"records": [{"a": 1}]}\n{"a": 2}\n', [1, 2]),
    ],
)
def test_several_lists_of_rows(tmp_path: Path, text: str, expected: list[int]) -> None:
    assert rows_of(table_of(tmp_path, text, "json"), "a") == [(value,) for value in expected]


def test_rows_that_hold_lists_of_objects_stay_rows(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, '{"value": [{"a": 1}]}\n{"value": [{"a": 2}]}\n', "json")) == [('[{"a":1}]',), ('[{"a":2}]',)]


# ---------------------------------------------------------------- pieces

documents = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 99999) | st.text(max_size=6) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(values=st.lists(documents, max_size=6), size=st.integers(1, 40), indent=st.sampled_from([None, 1]), as_array=st.booleans())
def test_values_do_not_depend_on_where_pieces_end(values: list[Any], size: int, indent: int | None, as_array: bool) -> None:
    if not as_array and values and isinstance(values[0], list):
        values = values[1:]
    texts = [json.dumps(value, indent=indent, ensure_ascii=False) for value in values]
    text = "[" + ",\n".join(texts) + "]" if as_array else " ".join(texts)
    if not as_array and text.startswith("["):
        return
    whole = [(line, json.dumps(value)) for line, value in Values([text])]
    pieces = [(line, json.dumps(value)) for line, value in Values(text[at : at + size] for at in range(0, len(text), size))]
    assert pieces == whole
    assert [json.loads(value) for _, value in whole] == values


@pytest.mark.parametrize("text", ['[{"a": 1},\n {"a": tru}]', '[{"a": 1},\n {"a": "x}]', '[1\n 2]', '[{"a": 1},\n', '{"a": 1}\n {"b" 2}', '[1] x', '["\\q"]'])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_place_of_a_mistake_does_not_depend_on_pieces(text: str, size: int) -> None:
    found = []
    for pieces in ([text], [text[at : at + size] for at in range(0, len(text), size)]):
        with pytest.raises(JsonTextError) as raised:
            list(Values(pieces))
        found.append((raised.value.line, raised.value.column, raised.value.reason))
    assert found[0] == found[1]


@pytest.mark.parametrize("keep", [512 << 20, 0])
@pytest.mark.parametrize(
    ("text", "line"), [('{"a": "' + "x" * 5000 + '"}', 1), ('[{"a": 1},\n{"a": "' + "x" * 5000 + '"}]', 2), ('{"a": 1}\n{"a": "' + "x" * 5000 + '"}\n', 2)]
)
def test_a_value_too_long_to_hold_is_refused(tmp_path: Path, text: str, line: int, keep: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_part, "_KEEP_BYTES", keep)
    for name, size in (("LONGEST", 1000), ("_PIECE", 500)):
        monkeypatch.setattr(json_rows, name, size)
    monkeypatch.setattr("kqlpy.sources.json._PIECE", 500)
    with pytest.raises(KqlDataError, match=rf"KD022 .*T\.json, line {line}: one value is longer than 0 MB"):
        rows_of(table_of(tmp_path, text, "json"))


def test_no_more_than_one_row_of_an_array_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "LONGEST", 1000)
    monkeypatch.setattr("kqlpy.sources.json._PIECE", 500)
    rows = [{"a": number, "b": "x" * 100} for number in range(500)]
    assert rows_of(table_of(tmp_path, json.dumps(rows), "json"), "a") == [(number,) for number in range(500)]
