"""find: rows of several tables, which columns they have, and what is packed."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

import kqlpy
from kqlpy import KqlError

FIRST = pa.table({"Id": ["a", "b"], "Level": ["Error", "Info"], "Version": ["v1", "v2"]})
SECOND = pa.table({"Id": ["a", "c"], "Level": ["Error", "Error"], "Name": ["n1", "n2"]})
OTHER = pa.table({"Id": [1, 2], "Size": [10, 20]})
TABLES = {"First": FIRST, "Second": SECOND, "Other": OTHER}


def found(query: str) -> list[dict[str, Any]]:
    """The rows of an answer, bags parsed."""
    answer = kqlpy.query(query, TABLES).to_pylist()
    return [{k: json.loads(v) if k == "pack_" else v for k, v in row.items()} for row in answer]


def test_common_columns_are_shown_and_the_rest_is_packed() -> None:
    assert found('find in (First, Second) where Id == "a"') == [
        {"source_": "First", "Id": "a", "Level": "Error", "pack_": {"Version": "v1"}},
        {"source_": "Second", "Id": "a", "Level": "Error", "pack_": {"Name": "n1"}},
    ]


def test_tables_without_the_predicates_columns_are_left_out() -> None:
    assert found('find in (First, Second) where Name == "n2"') == [{"source_": "Second", "Id": "c", "Level": "Error", "Name": "n2"}]


def test_columns_of_the_predicate_follow_the_common_ones() -> None:
    rows = found('find in (First, Second) where Name == "n2" or Version == "v2"')
    assert list(rows[0]) == ["source_", "Id", "Level", "Name", "Version"]
    assert [(r["source_"], r["Name"], r["Version"]) for r in rows] == [("First", "", "v2"), ("Second", "n2", "")]


def test_project_chooses_and_converts_columns() -> None:
    assert found("find in (First, Other) where Size > 10 or Level == 'Info' project Id:string, Size") == [
        {"source_": "First", "Id": "b", "Size": None},
        {"source_": "Other", "Id": "2", "Size": 20},
    ]


def test_pack_holds_what_is_not_shown() -> None:
    assert found('find in (First) where Id == "b" project Level, pack(*)') == [
        {"source_": "First", "Level": "Info", "pack_": {"Id": "b", "Version": "v2"}}
    ]


def test_a_column_of_several_types_stands_once_for_each() -> None:
    rows = found('find in (First, Other) where Id == "b" or Size == 10')
    assert [(r["source_"], r["Id_string"], r["Id_long"]) for r in rows] == [("First", "b", None), ("Other", "", 1)]


def test_a_term_is_looked_for_in_all_columns_of_all_tables() -> None:
    assert [r["source_"] for r in found('find "error"')] == ["First", "Second", "Second"]
    assert [r["source_"] for r in found('find in (F*) where * has "v2"')] == ["First"]


def test_the_source_column_can_be_renamed() -> None:
    assert found('find withsource=T in (First) where Id == "a" project Id') == [{"T": "First", "Id": "a"}]


def test_project_away_drops_columns() -> None:
    assert found('find in (First) where Id == "a" project-away Level, Version') == [{"source_": "First", "Id": "a"}]


def test_a_column_that_no_table_has_is_refused() -> None:
    with pytest.raises(KqlError, match="is named `Nope`"):
        found("find in (First, Second) where Nope == 1")
    with pytest.raises(KqlError, match="no column is named `Nope`"):
        found('find in (First, Second) where Id == "a" project Nope')


def test_a_table_with_very_many_columns_is_packed() -> None:
    engine = kqlpy.Engine(tables={"Wide": [{"s": "needle", **{f"c{i}": i for i in range(900)}}]})
    assert engine.query("find 'needle'").num_rows == 1
    assert engine.query("Wide | project bag = pack_all() | project array_length(bag_keys(bag))")[0].to_pylist() == [901]
