"""Table name -> rows: the files of a data folder, tables in memory, and the schemas that are known without data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any

from kqlpy.schema import Column, Schema
from kqlpy.sources import messages
from kqlpy.sources.files import DataFile, reading
from kqlpy.sources.folder import list_tables, list_watchlists, refused_file
from kqlpy.sources.parts import Part
from kqlpy.sources.reports import Ledger, LoadReport
from kqlpy.sources.schemas import known_tables, table_schema
from kqlpy.sources.table import Chunk, Predicate, Table, Task
from kqlpy.sources.united import UnitedTable
from kqlpy.sources.watchlists import Watchlist
from kqlpy.types import Type, parse_type

__all__ = ["Catalog", "Chunk", "GivenSchema", "LoadReport", "Predicate", "Table", "Task"]

GivenSchema = Sequence[Sequence[str]] | Mapping[str, str]
_SCHEMA_FILE = "_schemas.json"


class Catalog:
    """The tables that a query can name.

    `folder` is a data folder; `tables` maps names to in-memory tables, which hide files of the same name; `watchlists` likewise.
    `schemas` maps names to columns, [[name, type], ...] or {name: type}, and goes before `_schemas.json` in the folder and before
    the shipped schemas (which `bundled=False` leaves out). `zones_as_utc` takes times in a portal column of another zone as UTC.
    Nothing is read before a table is asked for.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        tables: Mapping[str, Any] | None = None,
        schemas: Mapping[str, GivenSchema] | None = None,
        *,
        watchlists: Mapping[str, Any] | None = None,
        bundled: bool = True,
        zones_as_utc: bool = False,
    ) -> None:
        self._folder = None if folder is None else Path(folder)
        self._given = dict(tables or {})
        self._given_watchlists = dict(watchlists or {})
        self._given_schemas = {name: _schema(name, columns) for name, columns in (schemas or {}).items()}
        self._bundled = bundled
        self._zones_as_utc = zones_as_utc
        self._ledger = Ledger()
        self._tables: dict[str, Table] = {}
        self._watchlists: dict[str, Table] = {}
        self._lock = RLock()

    def names(self) -> list[str]:
        """The tables that have data, sorted."""
        return sorted({*self._given, *self._files})

    def table(self, name: str) -> Table | None:
        """The table of exactly this name; None when there is no data for it."""
        with self._lock:
            if name not in self._tables:
                declared = self._declared(name)
                parts = self._parts(name, self._given, self._files, declared)
                if parts is None:
                    return None
                self._tables[name] = UnitedTable(name, parts, declared)
            return self._tables[name]

    def schema_of(self, name: str) -> Schema | None:
        """The columns of a table that has data or is known by schema."""
        table = self.table(name)
        return self._declared(name) if table is None else table.schema

    def watchlist(self, alias: str) -> Table | None:
        """The watchlist of this alias: its columns are strings, SearchKey stands in front; None when there is none."""
        with self._lock:
            if alias not in self._watchlists:
                parts = self._parts(alias, self._given_watchlists, self._watchlist_files, None)
                if parts is None:
                    return None
                names = dict.fromkeys(name for part in parts for name in part.names())
                texts = Schema.of((name, Type.STRING) for name in names)
                self._watchlists[alias] = Watchlist(UnitedTable(alias, parts, texts))
            return self._watchlists[alias]

    def watchlist_names(self) -> list[str]:
        """The aliases of all watchlists, sorted."""
        return sorted({*self._given_watchlists, *self._watchlist_files})

    def near(self, name: str) -> list[str]:
        """Names that look like `name`, best first: tables with data, then known ones."""
        own = self.names()
        lower = {n.lower(): n for n in (*(known_tables() if self._bundled else ()), *self._schemas, *own)}
        same = [lower[name.lower()]] if name.lower() in lower else []
        close = [lower[n] for n in get_close_matches(name.lower(), lower, n=5, cutoff=0.75)]
        return sorted(dict.fromkeys(same + close), key=lambda n: n not in own)[:3]

    def reports(self) -> list[LoadReport]:
        """What loading met with so far, one report for each file that was looked at."""
        return self._ledger.reports()

    @cached_property
    def _files(self) -> dict[str, list[DataFile]]:
        return {} if self._folder is None else list_tables(self._folder)

    @cached_property
    def _watchlist_files(self) -> dict[str, list[DataFile]]:
        return {} if self._folder is None else list_watchlists(self._folder)

    @cached_property
    def _schemas(self) -> dict[str, Schema]:
        path = None if self._folder is None else self._folder / _SCHEMA_FILE
        return (_read_schemas(path) if path and path.is_file() else {}) | self._given_schemas

    def _declared(self, name: str) -> Schema | None:
        if name in self._schemas:
            return self._schemas[name]
        return table_schema(name) if self._bundled else None

    def _parts(
        self, name: str, given: Mapping[str, Any], files: Mapping[str, list[DataFile]], declared: Schema | None
    ) -> list[Part] | None:
        if name in given:
            from kqlpy.sources.memory import memory_part

            return [memory_part(name, given[name], self._ledger.log(name, f"{name} (in memory)"), declared)]
        if name in files:
            from kqlpy.sources.open_part import open_part

            logs = {file: self._ledger.log(name, file.shown) for file in files[name]}
            for file, log in logs.items():
                if not file.known:
                    log.note("not read: its name does not end like that of a data file")
            return [open_part(file, log, declared, zones_as_utc=self._zones_as_utc) for file, log in logs.items() if file.known]
        if self._folder is not None:
            refused_file(self._folder, name)
        return None


def _read_schemas(path: Path) -> dict[str, Schema]:
    with reading(str(path)):
        data = path.read_bytes()
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise messages.bad_json(str(path), error.lineno, error.colno, error.msg) from error
    except (RecursionError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "it is nested too deeply"
        raise messages.bad_json(str(path), 1, 1, reason) from error
    if not isinstance(found, dict):
        raise messages.bad_schema_file(str(path))
    return {name: _schema(name, columns) for name, columns in found.items()}


def _schema(table: str, columns: GivenSchema) -> Schema:
    pairs: Iterable[Sequence[str]] = list(columns.items()) if isinstance(columns, Mapping) else columns
    try:
        return Schema(tuple(Column(name, _type(table, name, type_)) for name, type_ in pairs))
    except (TypeError, ValueError) as error:
        raise messages.bad_schema_file(f"the schema of {table}") from error


def _type(table: str, column: str, text: str) -> Type:
    found = parse_type(text)
    if found is None:
        raise messages.bad_schema_type(table, column, text, [t for t in Type if t is not Type.UNKNOWN])
    return found
