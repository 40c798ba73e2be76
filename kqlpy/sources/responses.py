"""Answers of query services saved as files: rows that are wrapped in an object, with or without a list of typed columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kqlpy.types import Type, parse_type

__all__ = ["Rows", "frames", "is_frame", "unwrapped", "wrapped"]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as objects, and the columns' types where the answer tells them.

    `others`: how many further results with rows the answer holds. `error`: what the service said instead of the rest of the rows.
    """

    rows: list[Any]
    types: dict[str, Type]
    others: int = 0
    error: str = ""


def unwrapped(value: Any) -> Rows:
    """The rows of the only object in a file: those that it wraps, or itself.

    Known are the Kusto and Log Analytics answer (`tables`, v1), advanced hunting (`schema` and `results`), and any object with
    one list of objects under a usual key or as its only member.
    """
    members = {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}
    tables = members.get("tables")
    if isinstance(tables, list) and tables and all(isinstance(table, dict) for table in tables):
        found = _first(_results(tables))
        return replace(found, error=found.error or _error(members.get("error")))
    results, columns = _objects(members.get("results")), _objects(members.get("schema"))
    if results is not None and columns is not None:
        return Rows(results, _types(columns))
    for key, item in members.items():
        rows = _objects(item) if len(members) == 1 or key in _WRAPPERS else None
        if rows is not None:
            return Rows(rows, {})
    return Rows([value], {})


_WRAPPERS = frozenset({"value", "records", "results", "rows", "data", "table", "events", "items"})


def wrapped(value: Any) -> list[Any] | None:
    """The rows of one of many objects that are nothing but a list of records, as event hubs and trails of cloud accounts hold them."""
    if isinstance(value, dict) and len(value) == 1:
        key, item = next(iter(value.items()))
        return _objects(item) if key.lower() == "records" else None
    return None


def is_frame(value: Any) -> bool:
    """True for the first value of a Kusto v2 answer."""
    return isinstance(value, dict) and "FrameType" in value


def frames(values: list[Any]) -> Rows:
    """The primary result of a Kusto v2 answer, which is an array of frames; a progressive answer sends its rows in fragments."""
    found = [frame for frame in values if isinstance(frame, dict)]
    tables = [frame for frame in found if frame.get("FrameType") == "DataTable"] + list(_in_fragments(found))
    primary = [frame for frame in tables if frame.get("TableKind") == "PrimaryResult"]
    answer = _first(primary or tables[:1])
    ended = next((frame for frame in found if frame.get("FrameType") == "DataSetCompletion" and frame.get("HasErrors")), None)
    return answer if ended is None else replace(answer, error=_error(ended.get("OneApiErrors")))


def _in_fragments(found: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Tables whose rows come in frames of their own, to be appended or to replace those before."""
    open_tables: dict[Any, dict[str, Any]] = {}
    for frame in found:
        table = open_tables.get(frame.get("TableId"))
        if frame.get("FrameType") == "TableHeader":
            open_tables[frame.get("TableId")] = {**frame, "Rows": []}
        elif frame.get("FrameType") == "TableFragment" and table is not None:
            kept = [] if frame.get("TableFragmentType") == "DataReplace" else table["Rows"]
            table["Rows"] = kept + list(frame.get("Rows") or [])
    yield from open_tables.values()


def _results(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables that are results: in a v1 answer of several tables the last one says what each is."""
    last = _table(tables[-1])
    if len(tables) > 2 and {"Ordinal", "Kind"} <= set(last.types):
        ordinals = [row.get("Ordinal") for row in last.rows if row.get("Kind") == "QueryResult"]
        return [tables[at] for at in ordinals if isinstance(at, int) and at < len(tables)] or tables[:1]
    return tables[:1]


def _first(tables: list[dict[str, Any]]) -> Rows:
    """The first result; of the others, how many have rows."""
    found = [_table(table) for table in tables]
    return replace(found[0], others=sum(bool(other.rows) for other in found[1:])) if found else Rows([], {})


def _objects(value: Any) -> list[dict[str, Any]] | None:
    """The value if it is a list of objects only."""
    return value if isinstance(value, list) and all(isinstance(item, dict) for item in value) else None


def _table(table: dict[str, Any]) -> Rows:
    """A table with a list of columns and rows as arrays; what stands for a row and is none says that the query failed there."""
    members = {key.lower(): item for key, item in table.items()}
    columns, rows = _objects(members.get("columns")), members.get("rows")
    if columns is None or not isinstance(rows, list):
        return Rows([table], {})
    types = _types(columns)
    other = next((row for row in rows if not isinstance(row, list)), None)
    read = [dict(zip(types, row, strict=False)) for row in rows if isinstance(row, list)]
    return Rows(read, types, error="" if other is None else _error(other))


def _error(value: Any) -> str:
    """The first sentence of what a service says about an error, however deep it lies; "" when it says nothing."""
    if isinstance(value, str):
        return value.strip().partition("\n")[0]
    if isinstance(value, list):
        return next((text for text in map(_error, value) if text), "")
    if isinstance(value, dict):
        members = {key.lower(): item for key, item in value.items()}
        return next((text for text in (_error(members.get(key)) for key in _TOLD_BY) if text), "")
    return ""


_TOLD_BY = ("@message", "message", "error", "exceptions", "oneapierrors", "code")


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
