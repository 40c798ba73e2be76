"""The formats for machines, on one row of every type."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kqlpy
from kqlpy.output.writers import WRITERS

EVERY_TYPE = r"""
print b = true, i = int(7), l = 9007199254740993, r = 0.1, m = decimal(1.50), s = "a \"q\", b|c", d = datetime(2024-05-01 10:00:00.1234567), t = 1d + 2ms,
    g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642), bag = dynamic({"a": [1, null]}), text = dynamic("x")
"""
NULLS = "print b = bool(null), l = long(null), r = real(nan), s = '', d = datetime(null), t = time(null), bag = dynamic(null)"


def written(format: str, query: str) -> bytes:
    out = io.BytesIO()
    WRITERS[format](kqlpy.query(query), out)
    return out.getvalue()


def test_json_names_types_and_keeps_values() -> None:
    result = json.loads(written("json", EVERY_TYPE))
    assert [column["type"] for column in result["columns"]] == [
        "bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic", "dynamic",
    ]  # fmt: skip
    assert result["rows"] == [[
        True, 7, 9007199254740993, 0.1, "1.5", 'a "q", b|c', "2024-05-01T10:00:00.1234567Z", "1.00:00:00.0020000",
        "74be27de-1e4e-49d9-b579-fe0b331d3642", {"a": [1, None]}, "x",
    ]]  # fmt: skip


def test_json_of_nulls() -> None:
    assert json.loads(written("json", NULLS))["rows"] == [[None, None, "NaN", "", None, None, None]]


def test_json_of_no_rows() -> None:
    assert json.loads(written("json", "print x = 1 | where x > 1")) == {"columns": [{"name": "x", "type": "long"}], "rows": []}


@pytest.mark.parametrize(("value", "text"), [("real(+inf)", "Infinity"), ("real(-inf)", "-Infinity"), ("real(nan)", "NaN")])
def test_json_of_reals_that_json_lacks(value: str, text: str) -> None:
    assert json.loads(written("json", f"print {value}"))["rows"] == [[text]]


def test_jsonl_is_an_object_a_line() -> None:
    assert written("jsonl", "range x from 1 to 2 step 1") == b'{"x":1}\n{"x":2}\n'


def test_csv_follows_rfc_4180() -> None:
    assert written("csv", 'print a = "x,y", b = "say \\"hi\\"", c = "two\\nlines", d = dynamic("plain"), e = dynamic([1])') == (
        b'a,b,c,d,e\r\n"x,y","say ""hi""","two\nlines",plain,[1]\r\n'
    )


def test_csv_of_nulls_is_empty() -> None:
    assert written("csv", NULLS) == b"b,l,r,s,d,t,bag\r\n,,NaN,,,,\r\n"


def test_markdown_escapes_pipes_and_lines() -> None:
    assert written("markdown", 'print n = 1, s = "a|b\\nc"').decode() == "| n | s |\n| ---: | --- |\n| 1 | a\\|b\\nc |\n"


def test_parquet_names_kql_types() -> None:
    table = pq.read_table(io.BytesIO(written("parquet", EVERY_TYPE)))
    assert table.schema.field("bag").metadata == {b"kql.type": b"dynamic"}
    assert pa.types.is_timestamp(table.schema.field("d").type)


def test_a_result_of_many_portions_is_whole() -> None:
    rows = json.loads(written("json", "range x from 1 to 50000 step 1"))["rows"]
    assert rows == [[x] for x in range(1, 50_001)]
