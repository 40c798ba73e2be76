"""externaldata: local files in place of addresses, in every format."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kqlpy import Engine, KqlDataError, KqlError

ADDRESS = "https://host/folder/feed"


def read(content: str | bytes, columns: str, properties: str = "", *, address: str = ADDRESS, tmp_path: Path) -> list[tuple[Any, ...]]:
    """The records of a file with this content."""
    path = tmp_path / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    engine = Engine(options={"external": {address: path}})
    query = f"externaldata({columns})[@'{address}'] {properties}"
    return [tuple(row.values()) for row in engine.query(query).to_pylist()]


def test_columns_of_csv_go_by_position(tmp_path: Path) -> None:
    content = 'head,er\nx,1\n"y,z",2,more\n\nshort\n'
    found = read(content, "a:string, b:long", "with (format='csv', ignoreFirstRecord=true)", tmp_path=tmp_path)
    assert found == [("x", 1), ("y,z", 2), ("short", None)]


@pytest.mark.parametrize(("format_", "separator"), [("tsv", "\t"), ("psv", "|"), ("scsv", ";")])
def test_other_separators(format_: str, separator: str, tmp_path: Path) -> None:
    assert read(f"a{separator}b,c", "x:string, y:string", f"with (format='{format_}')", tmp_path=tmp_path) == [("a", "b,c")]


def test_txt_gives_lines_and_raw_the_whole(tmp_path: Path) -> None:
    assert read("a,b\r\n\nc\n", "x:string", "with (format=txt)", tmp_path=tmp_path) == [("a,b",), ("c",)]
    assert read("a\nb", "x:string", "with (format=raw)", tmp_path=tmp_path) == [("a\nb",)]


def test_columns_of_json_go_by_name(tmp_path: Path) -> None:
    content = '{"a":"x","b":1,"d":{"z":[1]}}\n{"a":5,"b":"7"}\n'
    assert read(content, "b:long, a:string, d:dynamic", "with (format='json')", tmp_path=tmp_path) == [(1, "x", '{"z":[1]}'), (7, "5", None)]
    assert read('[\n{"a":"x"},\n{"a":null}]', "a:string", "with (format='multijson')", tmp_path=tmp_path) == [("x",), ("",)]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"n": [1, 2], "s": ["a", None]}), path)
    engine = Engine(options={"external": {ADDRESS: str(path)}})
    query = f"externaldata(s:string, n:long, more:real)['{ADDRESS}'] with (format='parquet')"
    assert [tuple(row.values()) for row in engine.query(query).to_pylist()] == [("a", 1, None), ("", 2, None)]


def test_the_ending_tells_the_format_and_packed_files_are_unpacked(tmp_path: Path) -> None:
    assert read(gzip.compress(b"a\tb"), "x:string, y:string", address=f"{ADDRESS}.tsv.gz", tmp_path=tmp_path) == [("a", "b")]
    assert read("a,b", "x:string, y:string", tmp_path=tmp_path) == [("a", "b")]


def test_what_gives_access_is_no_part_of_the_address(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1\n")
    engine = Engine(options={"external": {"https://host/a.csv": tmp_path / "a.csv"}})
    query = "externaldata(n:long)[h'https://host/a.csv?sig=x', 'https://host/a.csv;managed_identity=system'] | summarize sum(n)"
    assert engine.query(query).to_pylist() == [{"sum_n": 2}]


def test_a_beginning_stands_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b c.csv").write_text("1\n")
    engine = Engine(options={"external": {"https://host/data/": tmp_path}})
    assert engine.query("externaldata(n:long)['https://host/data/sub/b%20c.csv']").to_pylist() == [{"n": 1}]
    with pytest.raises(KqlDataError, match="fetches nothing"):
        engine.query("externaldata(n:long)['https://host/data/../../etc/passwd']")


def test_unmapped_addresses_bind_and_are_refused_when_read() -> None:
    engine = Engine()
    query = "externaldata(a:string, n:long)['https://host/x.csv']"
    assert engine.plan(query).schema == [("a", "string"), ("n", "long")]
    with pytest.raises(KqlDataError) as caught:
        engine.query(query)
    assert caught.value.message == "externaldata asks for https://host/x.csv, and kqlpy fetches nothing from a network"
    assert '"https://host/x.csv": "path/to/file"' in (caught.value.hint or "")


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(KqlError, match="does not read the format `avro`"):
        read("", "a:string", "with (format='avro')", tmp_path=tmp_path)
    with pytest.raises(KqlError, match="not valid JSON"):
        read('{"a":', "a:string", "with (format='json')", tmp_path=tmp_path)
    with pytest.raises(KqlError, match="the column `a` is given twice"):
        read("", "a:string, a:long", tmp_path=tmp_path)
