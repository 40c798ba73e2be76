"""The catalog: which tables there are, what their columns are called and typed, and what scans give."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kqlpy.columns import ticks
from kqlpy.sources.catalog import Catalog, Predicate
from kqlpy.sources.table import chunks
from kqlpy.types import Type
from tests.sources.helpers import at, rows_of


def test_known_table_has_its_declared_columns_first(tmp_path: Path) -> None:
    (tmp_path / "AzureActivity.jsonl").write_text('{"Zebra": 1, "Caller": "a", "TimeGenerated": "2021-04-15T14:47:06.117Z"}\n')
    table = Catalog(tmp_path).table("AzureActivity")
    assert table is not None
    assert table.schema.names[:2] == ("ActivityStatus", "ActivityStatusValue")
    assert table.schema.columns[-1].name == "Zebra"
    assert rows_of(table, "TimeGenerated", "Caller", "Level", "Authorization_d", "Zebra") == [
        (at("2021-04-15T14:47:06.117Z"), "a", "", None, 1)
    ]


def test_unknown_table_is_inferred(tmp_path: Path) -> None:
    (tmp_path / "Mine.csv").write_text("t,n,r,b,s\n2021-04-15T14:47:06Z,1,1.5,true,x\n,,,,\n")
    table = Catalog(tmp_path).table("Mine")
    assert table is not None
    assert table.schema.pairs() == [("t", "datetime"), ("n", "long"), ("r", "real"), ("b", "bool"), ("s", "string")]
    assert rows_of(table) == [(at("2021-04-15T14:47:06Z"), 1, 1.5, True, "x"), (None, None, None, None, "")]


def test_parquet_rows_and_pruning(tmp_path: Path) -> None:
    moments = pa.array([0, 1_000_000, 2_000_000, 3_000_000], pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"TimeGenerated": moments, "x": ["a", None, "c", "d"]}), tmp_path / "T.parquet", row_group_size=2)
    table = Catalog(tmp_path).table("T")
    assert table is not None
    assert table.rows == 4
    assert rows_of(table, "x") == [("a",), ("",), ("c",), ("d",)]
    later = [Predicate("TimeGenerated", ">=", ticks.EPOCH_TICKS + 20_000_000)]
    assert [chunk.rows for task in table.scan(["TimeGenerated"], later) for chunk in chunks(task)] == [2]
    assert [chunk.rows for task in table.scan([]) for chunk in chunks(task)] == [2, 2]


def test_files_of_a_folder_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "T").mkdir()
    (tmp_path / "T" / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "T" / "b.json").write_text(json.dumps([{"x": 1.5, "z": {"k": [1]}}]))
    table = Catalog(tmp_path).table("T")
    assert table is not None
    assert table.schema.pairs() == [("x", "real"), ("y", "long"), ("z", "dynamic")]
    assert rows_of(table) == [(1.0, 2, None), (1.5, None, '{"k":[1]}')]


def test_in_memory_table_hides_the_file(tmp_path: Path) -> None:
    (tmp_path / "T.csv").write_text("x\n1\n")
    table = Catalog(tmp_path, tables={"T": pa.table({"y": [2]})}).table("T")
    assert table is not None
    assert table.schema.pairs() == [("y", "long")]


@pytest.mark.parametrize(("name", "near"), [("securityevent", "SecurityEvent"), ("AzureActivty", "AzureActivity")])
def test_near_names(name: str, near: str) -> None:
    assert Catalog().near(name)[0] == near


def test_schema_of_a_table_without_data() -> None:
    schema = Catalog().schema_of("SecurityEvent")
    assert schema is not None
    assert schema.by_name["TimeGenerated"] is Type.DATETIME
    assert Catalog().table("SecurityEvent") is None
