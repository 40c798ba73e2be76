"""The shipped schemas."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from kqlpy.sources.schemas import known_tables, stored_functions, table_schema
from kqlpy.types import Type


def test_columns_and_types_of_a_table() -> None:
    schema = table_schema("SecurityEvent")
    assert schema is not None
    assert schema.by_name["EventID"] is Type.INT
    assert schema.by_name["Account"] is Type.STRING
    assert schema.by_name["TimeGenerated"] is Type.DATETIME


@pytest.mark.parametrize("name", ["", "Security", "securityevent", "EventID", "SecurityEvent\t", "a\nb"])
def test_other_names_are_unknown(name: str) -> None:
    assert table_schema(name) is None


def test_every_known_table_has_distinct_columns() -> None:
    assert len(known_tables()) > 1000
    for name in known_tables():
        schema = table_schema(name)
        assert schema is not None
        assert len(schema.by_name) == len(schema) > 0


def test_stored_functions() -> None:
    functions = stored_functions()
    watchlist = functions["_GetWatchlist"]
    assert watchlist.parameters == "(watchlistAlias:string, searchKeys:dynamic=dynamic([]))"
    assert watchlist.schema is not None
    assert watchlist.schema.open
    assert "SearchKey" in watchlist.schema
    assert functions["FileProfile"].body is not None
    assert functions["ASIM_GetSourceBySourceType"].returns is Type.DYNAMIC
    session = functions["_Im_NetworkSession"].schema
    assert session is not None
    assert not session.open
    assert session.by_name["TimeGenerated"] is Type.DATETIME


def build_tool() -> ModuleType:
    """The tool that writes the shipped files."""
    path = Path(__file__).parents[2] / "tools" / "build_schemas.py"
    spec = importlib.util.spec_from_file_location("build_schemas", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_lines_that_the_tool_writes() -> None:
    tool = build_tool()
    tables = {"B ": [["x", "string"], ["y", "int"]], "B": [["z", "real"], ["x", "int"]], "not a name": [["x", "int"]]}
    assert tool.table_lines(tables) == ["B\tx\ty:int\tz:real"]
    functions = {
        "f": {"params": "(a:int)", "columns": [["x", "int"]]},
        "g": {"params": "()", "columns": [["x", "int"]], "open": True},
        "h": {"params": "(a:int)", "returns": "string"},
    }
    assert tool.function_lines(functions) == [
        "@1\tcolumns\tx:int",
        "f\ttable\t(a:int)\t@1",
        "g\topen\t()\t@1",
        "h\tscalar\t(a:int)\tstring",
    ]
