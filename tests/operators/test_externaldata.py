"""externaldata: local files in place of addresses, in every format."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kqlpy import Engine, KqlDataError, KqlError
from kqlpy.engine.result import warnings_of

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
    with pytest.raises(KqlDataError, match="nothing is fetched"):
        engine.query("externaldata(n:long)['https://host/data/../../etc/passwd']")


def test_unmapped_addresses_bind_and_are_refused_when_read() -> None:
    engine = Engine()
    query = "externaldata(a:string, n:long)['https://host/x.csv']"
    assert engine.plan(query).schema == [("a", "string"), ("n", "long")]
    with pytest.raises(KqlDataError) as caught:
        engine.query(query)
    assert caught.value.message == "externaldata asks for https://host/x.csv, and nothing is fetched from the network unless allowed"
    assert "--external https://host/x.csv=PATH" in (caught.value.hint or "")


def test_an_address_mapped_to_nothing_has_no_records_and_a_remark_says_so() -> None:
    engine = Engine(options={"external": {"https://host/": None}})
    found = engine.query("externaldata(a:string)['https://host/x.csv?sig=secret'] | count")
    assert found.to_pylist() == [{"Count": 0}]
    assert warnings_of(found) == ["externaldata of https://host/x.csv: no records, as the options say"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A web server over a folder with one feed; it counts what it is asked."""
    (tmp_path / "feed.csv.gz").write_bytes(gzip.compress(b"a,1\nb,2\n"))

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{web.server_port}"
        web.shutdown()
        thread.join()


def test_feeds_are_fetched_where_that_is_allowed(server: str) -> None:
    query = f"let f = externaldata(a:string, n:long)['{server}/feed.csv.gz']; f | join f on a | summarize sum(n), sum(n1)"
    assert Engine(options={"network": True}).query(query).to_pylist() == [{"sum_n": 3, "sum_n1": 3}]
    with pytest.raises(KqlDataError, match="unless allowed"):
        Engine().query(query)


@pytest.mark.parametrize(
    ("address", "reason"),
    [("{server}/none.csv", "the server answers 404"), ("file:///etc/passwd", "only http and https"), ("http://127.0.0.1:1/a.csv", "cannot be fetched"), ("http://[x/a", "Invalid")],
)
def test_what_cannot_be_fetched_is_refused_with_the_reason(address: str, reason: str, server: str) -> None:
    with pytest.raises(KqlDataError, match=reason):
        Engine(options={"network": True}).query(f"externaldata(a:string)['{address.format(server=server)}']")


def test_a_feed_without_end_is_given_up(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kqlpy.environment.network.MAX_BYTES", 10)
    with pytest.raises(KqlDataError, match="more than 10 bytes"):
        Engine(options={"network": True}).query(f"externaldata(a:string)['{server}/feed.csv.gz']")


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(KqlError, match="does not read the format `avro`"):
        read("", "a:string", "with (format='avro')", tmp_path=tmp_path)
    with pytest.raises(KqlError, match="not valid JSON"):
        read('{"a":', "a:string", "with (format='json')", tmp_path=tmp_path)
    with pytest.raises(KqlError, match="the column `a` is given twice"):
        read("", "a:string, a:long", tmp_path=tmp_path)
