"""Answers of query services saved as files: rows that are wrapped in an object, with or without a list of typed columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kqlpy.types import Type, parse_type

__all__ = ["Rows", "frames", "unwrapped"]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as objects, and the columns' types where the answer tells them."""

    rows: list[Any]
    types: dict[str, Type]


def unwrapped(value: Any) -> Rows:
    """The rows of the only object in a file: those that it wraps, or itself.

    Known are the Kusto and Log Analytics answer (`tables`, v1), advanced hunting (`schema` and `results`), and any object with
    one list of objects under a usual key or as its only member.
    """
    members = {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}
    tables = members.get("tables")
    if isinstance(tables, list) and tables and isinstance(tables[0], dict):
        return _table(tables[0])
    results, columns = _objects(members.get("results")), _objects(members.get("schema"))
    if results is not None and columns is not None:
        return Rows(results, _types(columns))
    for key, item in members.items():
        rows = _objects(item) if len(members) == 1 or key in _WRAPPERS else None
        if rows is not None:
            return Rows(rows, {})
    return Rows([value], {})


_WRAPPERS = frozenset({"value", "records", "results", "rows", "data", "table", "events", "items"})


def frames(values: list[Any]) -> Rows | None:
    """The primary result of a Kusto v2 answer, which is an array of frames; None when the array is no such answer."""
    if not values or not isinstance(values[0], dict) or "FrameType" not in values[0]:
        return None
    tables = [frame for frame in values if isinstance(frame, dict) and frame.get("FrameType") == "DataTable"]
    primary = [frame for frame in tables if frame.get("TableKind") == "PrimaryResult"]
    return _table((primary or tables)[0]) if tables else Rows([], {})


def _objects(value: Any) -> list[dict[str, Any]] | None:
    """The value if it is a list of objects only."""
    return value if isinstance(value, list) and all(isinstance(item, dict) for item in value) else None


def _table(table: dict[str, Any]) -> Rows:
    """A table with a list of columns and rows as arrays; what is no array (an error in between) the caller refuses."""
    members = {key.lower(): item for key, item in table.items()}
    columns, rows = _objects(members.get("columns")), members.get("rows")
    if columns is None or not isinstance(rows, list):
        return Rows([table], {})
    types = _types(columns)
    return Rows([dict(zip(types, row, strict=False)) if isinstance(row, list) else row for row in rows], types)


def _types(columns: list[dict[str, Any]]) -> dict[str, Type]:
    return dict(_named_types(columns))


def _named_types(columns: list[dict[str, Any]]) -> Iterator[tuple[str, Type]]:
    for column in columns:
        members = {key.lower(): item for key, item in column.items()}
        name = members.get("name") or members.get("columnname")
        text = str(members.get("type") or members.get("columntype") or members.get("datatype") or "").lower()
        # .NET names such as System.Data.SqlTypes.SqlDecimal; a bool is an SByte there.
        word = text.rpartition(".")[2].removeprefix("sql")
        yield str(name), _NET_TYPES.get(word) or parse_type(word) or Type.STRING


_NET_TYPES = {"sbyte": Type.BOOL, "object": Type.DYNAMIC, "single": Type.REAL}
