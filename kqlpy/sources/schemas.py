"""The shipped schemas of known tables and the signatures of stored functions.

Both files are plain text, one table or function a line, so that one line can be found without reading the rest;
`tools/build_schemas.py` makes them. Columns are separated by tabs; a type stands after the last colon and is `string` where
there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

from kqlpy.schema import Column, Schema
from kqlpy.types import Type

__all__ = ["StoredFunction", "is_stored_function", "known_tables", "stored_functions", "table_schema"]


@dataclass(frozen=True, slots=True)
class StoredFunction:
    """A function that a workspace offers: its parameter list as KQL text, and what it returns.

    One of: `schema` (a table; `schema.open` when the data may bring further columns), `returns` (a scalar), `body` (KQL text).
    """

    name: str
    parameters: str
    schema: Schema | None = None
    returns: Type | None = None
    body: str | None = None


@lru_cache(maxsize=256)
def table_schema(name: str) -> Schema | None:
    """The known columns of a table; None for an unknown table."""
    data = _tables()
    start = data.find(f"\n{name}\t".encode())
    if start < 0 or "\t" in name or "\n" in name:
        return None
    line = data[start + 1 : data.index(b"\n", start + 1)].decode()
    return _schema(line.split("\t")[1:])


@lru_cache(maxsize=1)
def known_tables() -> tuple[str, ...]:
    """The names of all known tables, sorted."""
    return tuple(line.partition("\t")[0] for line in _tables().decode().split("\n") if line)


def is_stored_function(name: str) -> bool:
    """True for a known stored function; asked for every name of a query, so the file is only searched, not read."""
    return f"\n{name}\t".encode() in _functions() and not name.startswith("@")


@lru_cache(maxsize=1)
def stored_functions() -> Mapping[str, StoredFunction]:
    """All known stored functions by name."""
    shared: dict[str, Schema] = {}
    found: dict[str, StoredFunction] = {}
    for line in _functions().decode().split("\n")[1:]:
        if not line:
            continue
        name, kind, *rest = line.split("\t")
        if kind == "columns":
            shared[name] = _schema(rest)
        else:
            found[name] = _function(name, kind, rest, shared)
    return MappingProxyType(found)


def _function(name: str, kind: str, rest: list[str], shared: Mapping[str, Schema]) -> StoredFunction:
    parameters, result = rest
    match kind:
        case "scalar":
            return StoredFunction(name, parameters, returns=Type(result))
        case "body":
            return StoredFunction(name, parameters, body=result)
        case "open":
            return StoredFunction(name, parameters, Schema(shared[result].columns, open=True))
    return StoredFunction(name, parameters, shared[result])


def _schema(fields: list[str]) -> Schema:
    columns = []
    for field in fields:
        name, _, type_ = field.rpartition(":")
        columns.append(Column(name, Type(type_)) if name else Column(field, Type.STRING))
    return Schema(tuple(columns))


@lru_cache(maxsize=1)
def _tables() -> bytes:
    return b"\n" + _read("tables.tsv")


@lru_cache(maxsize=1)
def _functions() -> bytes:
    return b"\n" + _read("functions.tsv")


def _read(file: str) -> bytes:
    return resources.files("kqlpy.sources").joinpath("data", file).read_bytes()
