"""Table name -> rows: the files of a data folder, tables in memory, and the schemas that are known without data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any

from kqlpy.schema import Column, Schema
from kqlpy.sources import messages
from kqlpy.sources.detect import Format
from kqlpy.sources.files import DataFile
from kqlpy.sources.folder import list_tables
from kqlpy.sources.parts import Part
from kqlpy.sources.reports import Ledger, LoadReport
from kqlpy.sources.schemas import known_tables, table_schema
from kqlpy.sources.table import Chunk, Predicate, Table, Task
from kqlpy.sources.united import UnitedTable
from kqlpy.types import Type, parse_type

__all__ = ["Catalog", "Chunk", "LoadReport", "Predicate", "Table", "Task"]

GivenSchema = Sequence[Sequence[str]] | Mapping[str, str]
_KEEP_BYTES = 512 << 20


class Catalog:
    """The tables that a query can name.

    `folder` is a data folder, `tables` maps names to in-memory tables (they hide files of the same name), `schemas` maps names to
    columns: [[name, type], ...] or {name: type}. Nothing is read before a table is asked for.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        tables: Mapping[str, Any] | None = None,
        schemas: Mapping[str, GivenSchema] | None = None,
        *,
        bundled: bool = True,
    ) -> None:
        self._folder = None if folder is None else Path(folder)
        self._given = dict(tables or {})
        self._schemas = {name: given_schema(name, columns) for name, columns in (schemas or {}).items()}
        self._bundled = bundled
        self._ledger = Ledger()
        self._tables: dict[str, Table] = {}
        self._lock = RLock()

    def names(self) -> list[str]:
        """The tables that have data, sorted."""
        return sorted({*self._given, *self._files})

    def table(self, name: str) -> Table | None:
        """The table of exactly this name; None when there is no data for it."""
        with self._lock:
            if name not in self._tables:
                parts = self._parts(name)
                if parts is None:
                    return None
                self._tables[name] = UnitedTable(name, parts, self._declared(name))
            return self._tables[name]

    def schema_of(self, name: str) -> Schema | None:
        """The columns of a table that has data or is known by schema."""
        table = self.table(name)
        return self._declared(name) if table is None else table.schema

    def near(self, name: str) -> list[str]:
        """Names that look like `name`, best first: tables with data, then known ones."""
        own = self.names()
        lower = {n.lower(): n for n in (*(known_tables() if self._bundled else ()), *self._schemas, *own)}
        exact = [lower[name.lower()]] if name.lower() in lower else []
        close = [lower[n] for n in get_close_matches(name.lower(), lower, n=5, cutoff=0.75)]
        return sorted(dict.fromkeys(exact + close), key=lambda n: n not in own)[:3]

    def reports(self) -> list[LoadReport]:
        """What loading met with so far, one report for each file that was looked at."""
        return self._ledger.reports()

    @cached_property
    def _files(self) -> dict[str, list[DataFile]]:
        return {} if self._folder is None else list_tables(self._folder)

    def _declared(self, name: str) -> Schema | None:
        if name in self._schemas:
            return self._schemas[name]
        return table_schema(name) if self._bundled else None

    def _parts(self, name: str) -> list[Part] | None:
        if name in self._given:
            from kqlpy.sources.memory import ArrowPart, as_arrow

            return [ArrowPart(as_arrow(name, self._given[name]), self._ledger.log(name, f"{name} (in memory)"))]
        files = self._files.get(name)
        return None if files is None else [self._part(name, file) for file in files]

    def _part(self, name: str, file: DataFile) -> Part:
        log = self._ledger.log(name, file.shown)
        declared = self._declared(name)
        keep = file.size <= _KEEP_BYTES
        match file.format():
            case Format.PARQUET:
                from kqlpy.sources.parquet import ParquetPart

                return ParquetPart(file, log)
            case Format.JSON:
                from kqlpy.sources.json import JsonPart

                return JsonPart(file, log, declared, keep=keep)
            case Format.CSV:
                from kqlpy.sources.csv import CsvPart

                return CsvPart(file, log, declared, keep=keep)
            case Format.ARROW | Format.ARROW_STREAM:
                from kqlpy.sources.arrow_file import ArrowFilePart

                return ArrowFilePart(file, log)
            case Format.EMPTY:
                raise messages.empty_file(file.shown)
            case Format.ZIP as kind:
                raise messages.packed_file(file.shown, kind)
        raise messages.not_a_table(file.shown, "binary data")


def given_schema(table: str, columns: GivenSchema) -> Schema:
    """A schema from pairs of texts."""
    pairs: Iterable[Sequence[str]] = list(columns.items()) if isinstance(columns, Mapping) else columns
    return Schema(tuple(Column(name, _type(table, name, type_)) for name, type_ in pairs))


def _type(table: str, column: str, text: str) -> Type:
    found = parse_type(text)
    if found is None:
        raise messages.bad_schema_type(table, column, text, [t for t in Type if t is not Type.UNKNOWN])
    return found
