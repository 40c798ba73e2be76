"""Which files of a folder are which table, partition folders, watchlists and the schema file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kqlpy.errors import KqlDataError
from kqlpy.sources.catalog import Catalog, Predicate
from kqlpy.sources.table import chunks
from tests.sources.helpers import at, folder, rows_of


def put(path: Path, content: str = "x\n1\n") -> None:
    """Write a file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_names_of_tables(tmp_path: Path) -> None:
    for name in (
        "A.csv",
        "A.json",
        "B C.CSV",
        "D/x.csv",
        "E/deep/x.csv",
        "F/day=1/x.csv",
        "G/2021/05/x.csv",
        "_h.csv",
        ".i.csv",
        "README.md",
        "x.txt",
    ):
        put(tmp_path / name, "{}" if name.endswith("json") else "x\n1\n")
    assert Catalog(tmp_path).names() == ["A", "B C", "D", "F", "G"]


def test_files_of_both_kinds_are_united(tmp_path: Path) -> None:
    put(tmp_path / "A.csv", "x\n1\n")
    put(tmp_path / "A" / "more.csv", "x\n2\n")
    put(tmp_path / "A" / "deep" / "most.json", '{"x": 3}')
    assert sorted(rows_of(Catalog(tmp_path).table("A"))) == [(1,), (2,), (3,)]


def test_links_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    put(tmp_path / "A" / "a.csv")
    put(tmp_path / "B" / "b.csv")
    (tmp_path / "A" / "self").symlink_to(tmp_path / "A")
    (tmp_path / "A" / "other").symlink_to(tmp_path / "B")
    (tmp_path / "B" / "other").symlink_to(tmp_path / "A")
    assert rows_of(Catalog(tmp_path).table("A")) == [(1,), (1,)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_no_data_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "A.csv")
    with pytest.raises(KqlDataError, match=r"cannot read .*A\.csv: it is not a file"):
        Catalog(tmp_path).table("A")


@pytest.mark.skipif(os.name != "posix", reason="names are Unicode")
def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    put(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.csv")))
    catalog = Catalog(tmp_path)
    assert catalog.names() == ["\ufffd"]
    assert rows_of(catalog.table("\ufffd")) == [(1,)]


@pytest.mark.parametrize(("content", "problem"), [(b"[" * 100_000, "nested too deeply"), (b"\xff{}", "not UTF-8 text")])
def test_a_schema_file_that_cannot_be_read(content: bytes, problem: str, tmp_path: Path) -> None:
    (tmp_path / "_schemas.json").write_bytes(content)
    with pytest.raises(KqlDataError, match=problem):
        Catalog(tmp_path).table("T")


def test_other_files_in_a_tables_folder_are_reported(tmp_path: Path) -> None:
    put(tmp_path / "A" / "a.csv")
    put(tmp_path / "A" / "b.log")
    put(tmp_path / "A" / "README.md")
    catalog = Catalog(tmp_path)
    assert rows_of(catalog.table("A")) == [(1,)]
    assert [(Path(r.file).name, r.notes) for r in catalog.reports() if r.notes] == [
        ("b.log", ("not read: its name does not end like that of a data file",))
    ]


def test_partition_folders_are_columns(tmp_path: Path) -> None:
    put(tmp_path / "T" / "day=2024-05-01" / "host=a%20b" / "x.csv", "n\n1\n")
    put(tmp_path / "T" / "day=2024-05-02" / "host=__HIVE_DEFAULT_PARTITION__" / "x.csv", "n,host\n2,own\n")
    table = Catalog(tmp_path).table("T")
    assert table is not None
    assert table.schema.pairs() == [("n", "long"), ("day", "datetime"), ("host", "string")]
    assert rows_of(table) == [(1, at("2024-05-01"), "a b"), (2, at("2024-05-02"), "own")]
    assert rows_of(table, "n", "day", predicates=[Predicate("day", ">", at("2024-05-01"))]) == [(2, at("2024-05-02"))]
    assert rows_of(table, "n", predicates=[Predicate("day", ">", at("2024-05-01"))])[-1] == (2,)
    assert [chunk.rows for task in table.scan([]) for chunk in chunks(task)] == [1, 1]


def test_folders_of_the_log_export_are_no_columns(tmp_path: Path) -> None:
    put(tmp_path / "T" / "y=2024" / "m=05" / "d=01" / "h=10" / "m=00" / "PT05M.json", '{"n": 1}\n{"n": 2}\n')
    table = Catalog(tmp_path).table("T")
    assert table is not None
    assert table.schema.names == ("n",)


def test_watchlist(tmp_path: Path) -> None:
    put(tmp_path / "_watchlists" / "Hosts.csv", "Host,Score\nweb-1,05\n")
    catalog = Catalog(tmp_path, watchlists={"Mine": [{"SearchKey": "k", "v": 1}]})
    assert catalog.names() == []
    assert catalog.watchlist_names() == ["Hosts", "Mine"]
    hosts = catalog.watchlist("Hosts")
    assert hosts is not None
    assert hosts.schema.pairs() == [("SearchKey", "string"), ("Host", "string"), ("Score", "string")]
    assert rows_of(hosts) == [("web-1", "web-1", "05")]
    assert rows_of(hosts, "SearchKey") == [("web-1",)]
    assert rows_of(catalog.watchlist("Mine")) == [("k", "1")]
    assert catalog.watchlist("Other") is None


def test_schema_file_beside_the_data(tmp_path: Path) -> None:
    put(tmp_path / "T.csv", "x,y\n1,2\n")
    put(tmp_path / "_schemas.json", json.dumps({"T": [["z", "long"], ["x", "string"]], "U": {"a": "double"}}))
    catalog = Catalog(tmp_path)
    assert rows_of(catalog.table("T")) == [(None, "1", 2)]
    unread = catalog.schema_of("U")
    assert unread is not None
    assert unread.pairs() == [("a", "real")]
    given = Catalog(tmp_path, schemas={"T": {"x": "real"}}).table("T")
    assert rows_of(given) == [(1.0, 2)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"T": [["x", "text"]]}', "schema of T: `text`, given for column `x`, is no KQL type"),
        ('{"T": [["x"]]}', "the schema of T is not a list of columns"),
        ("[]", "_schemas.json is not a list of columns"),
        ('{"T": ', "_schemas.json, line 1, column 7: not valid JSON"),
    ],
)
def test_bad_schema_file(tmp_path: Path, content: str, message: str) -> None:
    put(tmp_path / "_schemas.json", content)
    with pytest.raises(KqlDataError) as raised:
        Catalog(tmp_path).schema_of("T")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("name", "message"), [("T.7z", "is a 7z archive"), ("T.rar", "is a rar archive"), ("T.log", "holds plain text"), ("T.xls", "holds a workbook in the format")]
)
def test_a_file_of_a_kind_that_is_not_read_is_named_when_asked_for(tmp_path: Path, name: str, message: str) -> None:
    put(tmp_path / name)
    catalog = Catalog(tmp_path)
    assert catalog.names() == []
    with pytest.raises(KqlDataError) as raised:
        catalog.table("T")
    assert f"{name} {message}" in str(raised.value)


def test_absent_folder(tmp_path: Path) -> None:
    with pytest.raises(KqlDataError, match="there is no such folder"):
        Catalog(tmp_path / "none").names()
    put(tmp_path / "file")
    with pytest.raises(KqlDataError, match="it is not a folder"):
        Catalog(tmp_path / "file").names()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    put(tmp_path / "T.csv")
    (tmp_path / "T.csv").chmod(0)
    with pytest.raises(KqlDataError, match=r"cannot read .*T\.csv: Permission denied"):
        Catalog(tmp_path).table("T")


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    folder(tmp_path, T__csv="x\n1\n")
    catalog = Catalog(tmp_path)
    assert catalog.names() == ["T"]
    (tmp_path / "T.csv").unlink()
    with pytest.raises(KqlDataError, match=r"cannot read .*T\.csv: No such file"):
        catalog.table("T")


def test_folders_of_exported_tables(tmp_path: Path) -> None:
    inner = Path("WorkspaceResourceId=", "subscriptions", "0f6b", "workspaces", "lab", "y=2024", "m=05", "d=01", "h=10", "m=00", "PT05M.json")
    put(tmp_path / "am-securityevent" / inner, '{"EventID": 1}\n{"EventID": 2}\n')
    put(tmp_path / "am-mine_cl" / inner, '{"x": 1}\n')
    put(tmp_path / "am-other" / inner, '{"x": 1}\n')
    catalog = Catalog(tmp_path, schemas={"Mine_CL": {"x": "string"}})
    assert catalog.names() == ["Mine_CL", "SecurityEvent", "am-other"]
    assert rows_of(catalog.table("SecurityEvent"), "EventID") == [(1,), (2,)]
    assert rows_of(catalog.table("Mine_CL")) == [("1",)]


def test_parts_of_a_time_are_numbers(tmp_path: Path) -> None:
    put(tmp_path / "T" / "year=2024" / "month=05" / "site=007" / "x.csv", "n\n1\n")
    put(tmp_path / "T" / "year=2024" / "month=10" / "site=7" / "x.csv", "n\n2\n")
    table = Catalog(tmp_path).table("T")
    assert table is not None
    assert table.schema.pairs() == [("n", "long"), ("year", "long"), ("month", "long"), ("site", "string")]
    assert rows_of(table) == [(1, 2024, 5, "007"), (2, 2024, 10, "7")]


def test_files_whose_ending_says_nothing_are_tables_by_their_content(tmp_path: Path) -> None:
    put(tmp_path / "Mongo_CL.log", '{"a_s": 1}\n{"a_s": 2}\n')
    put(tmp_path / "Hosts.txt", "name\tip\nws01\t192.0.2.1\nws02\t192.0.2.2\n")
    put(tmp_path / "Cef.log", "CEF:0|vendor|product|1|100|name|5|src=192.0.2.1\nCEF:0|vendor|product|1|100|name|5|src=192.0.2.1\n")
    put(tmp_path / "syslog.log", "May  1 10:00:00 ws01 sshd[1]: Failed, again\nMay  1 10:00:01 ws01 sshd[1]: Failed, again\n")
    put(tmp_path / "notes.txt", "buy milk\n")
    put(tmp_path / "T" / "a.log", '{"x": 1}')
    put(tmp_path / "T" / "b.log", "plain")
    catalog = Catalog(tmp_path)
    assert catalog.names() == ["Hosts", "Mongo_CL", "T"]
    assert rows_of(catalog.table("Hosts")) == [("ws01", "192.0.2.1"), ("ws02", "192.0.2.2")]
    assert rows_of(catalog.table("T")) == [(1,)]


def test_one_file_or_a_pattern_instead_of_a_folder(tmp_path: Path) -> None:
    put(tmp_path / "A.csv", "x\n1\n")
    put(tmp_path / "B.csv", "x\n2\n")
    put(tmp_path / "C.json", '{"x": 3}')
    assert Catalog(tmp_path / "A.csv").names() == ["A"]
    assert Catalog(tmp_path / "*.csv").names() == ["A", "B"]
    assert rows_of(Catalog(str(tmp_path / "?.json")).table("C")) == [(3,)]
    put(tmp_path / "_schemas.json", '{"A": {"x": "string"}}')
    put(tmp_path / "_watchlists" / "W.csv", "k\n1\n")
    assert rows_of(Catalog(tmp_path / "A.csv").table("A")) == rows_of(Catalog(tmp_path / "?.csv").table("A")) == [("1",)]
    assert Catalog(tmp_path / "*.csv").watchlist_names() == ["W"]
    with pytest.raises(KqlDataError, match="nothing matches the pattern"):
        Catalog(tmp_path / "*.parquet").names()


def test_the_files_of_a_table_may_be_given(tmp_path: Path) -> None:
    put(tmp_path / "query_data.csv", "x\n1\n")
    put(tmp_path / "query_data (1).csv", "x\n2\n")
    put(tmp_path / "more" / "deep" / "z.json", '{"x": 3}')
    places = {"One": tmp_path / "query_data.csv", "Both": str(tmp_path / "query_data*.csv"), "Folder": tmp_path / "more", "All": str(tmp_path / "**" / "*.*")}
    catalog = Catalog(tmp_path / "more", tables=places)
    assert {name: sorted(rows_of(catalog.table(name))) for name in places} == {
        "One": [(1,)], "Both": [(1,), (2,)], "Folder": [(3,)], "All": [(1,), (2,), (3,)],
    }  # fmt: skip
    with pytest.raises(KqlDataError, match="table T: there is no data file at"):
        Catalog(tables={"T": tmp_path / "none.csv"}).table("T")


def test_files_of_one_table_whose_types_clash_are_united(tmp_path: Path) -> None:
    put(tmp_path / "T.csv", "a,b,c,d\n1,true,5,2024-05-01\n")
    put(tmp_path / "T.json", '{"a": 2.5, "b": "yes", "c": {"k": 1}, "d": "soon"}')
    table = Catalog(tmp_path).table("T")
    assert table is not None
    assert table.schema.pairs() == [("a", "real"), ("b", "string"), ("c", "dynamic"), ("d", "string")]
    assert rows_of(table) == [(1.0, "true", "5", "2024-05-01"), (2.5, "yes", '{"k":1}', "soon")]
