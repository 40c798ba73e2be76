"""Table name -> rows: the files of a data folder, tables in memory, and the schemas that are known without data."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from os import PathLike
from pathlib import Path
from threading import RLock
from typing import Any

from kqlpy.schema import Schema
from kqlpy.sources.files import DataFile
from kqlpy.sources.folder import files_of_table, home_of, list_tables, list_watchlists, refused_file
from kqlpy.sources.given_schemas import SCHEMA_FILE, GivenSchema, given_schemas, read_schemas
from kqlpy.sources.parts import Part
from kqlpy.sources.read_options import PLAINLY, ReadOptions
from kqlpy.sources.reports import Ledger, LoadReport
from kqlpy.sources.schemas import known_tables, table_schema
from kqlpy.sources.table import Chunk, Predicate, Table, Task
from kqlpy.sources.united import UnitedTable
from kqlpy.sources.watchlists import Watchlist
from kqlpy.types import Type

__all__ = ["Catalog", "Chunk", "GivenSchema", "LoadReport", "Predicate", "Table", "Task"]


class Catalog:
    """The tables that a query can name.

    `folder` is a data folder (or a file, an archive, a pattern); `tables` maps names to in-memory tables or to places of files, which hide
    files of the same name in the folder; `watchlists` likewise. `schemas` maps names to columns, [[name, type], ...] or {name: type}, or is
    a file of such; it goes before `_schemas.json` in the folder and before the shipped schemas (which `bundled=False` leaves out).
    Nothing is read before a table is asked for.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        tables: Mapping[str, Any] | None = None,
        schemas: Mapping[str, GivenSchema] | str | Path | None = None,
        *,
        watchlists: Mapping[str, Any] | None = None,
        bundled: bool = True,
        options: ReadOptions = PLAINLY,
    ) -> None:
        self._folder = None if folder is None else Path(folder)
        self._given = dict(tables or {})
        self._given_watchlists = dict(watchlists or {})
        self._given_schemas = given_schemas(schemas)
        self._bundled = bundled
        self._options = options
        self._ledger = Ledger(strict=options.strict)
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

    def columns_in_files(self, name: str) -> frozenset[str]:
        """The columns of a table that its files have, without those that only a schema declares."""
        table = self.table(name)
        return table.in_files if isinstance(table, UnitedTable) else frozenset()

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
        return {} if self._folder is None else list_tables(self._folder, self._is_known, self._spelled)

    @cached_property
    def _watchlist_files(self) -> dict[str, list[DataFile]]:
        return {} if self._folder is None else list_watchlists(home_of(self._folder))

    @cached_property
    def _schemas(self) -> dict[str, Schema]:
        path = None if self._folder is None else home_of(self._folder) / SCHEMA_FILE
        return (read_schemas(path) if path and path.is_file() else {}) | self._given_schemas

    def declared_only(self) -> dict[str, Schema]:
        """The schemas that were given, or lie beside the data, by name."""
        return dict(self._schemas)

    def _is_known(self, name: str) -> bool:
        """True for a table that is one by its name alone."""
        return name.endswith("_CL") or self._declared(name) is not None

    def _spelled(self, lower: str) -> str | None:
        """How the known table is written whose name is this in lower case."""
        names = (*(known_tables() if self._bundled else ()), *self._schemas)
        return next((name for name in names if name.lower() == lower), None)

    def _declared(self, name: str) -> Schema | None:
        if name in self._schemas:
            return self._schemas[name]
        return table_schema(name) if self._bundled else None

    def _parts(
        self, name: str, given: Mapping[str, Any], files: Mapping[str, list[DataFile]], declared: Schema | None
    ) -> list[Part] | None:
        if name in given and not isinstance(given[name], str | PathLike):
            from kqlpy.sources.memory import memory_part

            return [memory_part(name, given[name], self._ledger.log(name, f"{name} (in memory)"), declared)]
        found = files_of_table(Path(given[name]), name) if name in given else files.get(name)
        if found is not None:
            return self._open(name, found, declared)
        if self._folder is not None:
            refused_file(self._folder, name, dict(files))
        return None

    def _open(self, name: str, files: list[DataFile], declared: Schema | None) -> list[Part]:
        from kqlpy.sources.open_part import open_part

        logs = {file: self._ledger.log(name, file.shown) for file in files}
        for file, log in logs.items():
            if not file.known:
                log.note("not read: its name does not end like that of a data file")
        return [open_part(file, log, declared, self._options) for file, log in logs.items() if file.known]
