"""Watchlists: files in the folder `_watchlists` and in-memory tables, as `_GetWatchlist` reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from kqlpy.schema import Column, Schema
from kqlpy.sources.table import Chunk, Predicate, Table, Task, chunks
from kqlpy.types import Type

__all__ = ["FOLDER", "SEARCH_KEY", "Watchlist"]

FOLDER = "_watchlists"
SEARCH_KEY = "SearchKey"


class Watchlist:
    """A table with the column SearchKey in front, which repeats the first column unless the file has its own."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._has_key = SEARCH_KEY in table.schema
        columns = table.schema.columns
        self._first = columns[0].name if columns else ""
        key = () if self._has_key or not columns else (Column(SEARCH_KEY, Type.STRING),)
        self._schema = Schema((*key, *columns))

    @property
    def name(self) -> str:
        """The watchlist's alias."""
        return self._table.name

    @property
    def schema(self) -> Schema:
        """SearchKey, then the file's columns."""
        return self._schema

    @property
    def rows(self) -> int | None:
        """As the file."""
        return self._table.rows

    def scan(
        self, columns: Sequence[str], predicates: Sequence[Predicate] = (), *, batch_rows: int = 65_536, limit: int | None = None
    ) -> Iterator[Task]:
        """The file's rows."""
        sources = {name: self._first if name == SEARCH_KEY and not self._has_key else name for name in columns}
        hints = [hint for hint in predicates if hint.column in self._table.schema]
        for task in self._table.scan(list(dict.fromkeys(sources.values())), hints, batch_rows=batch_rows, limit=limit):
            yield partial(_renamed, task, sources)


def _renamed(task: Task, sources: dict[str, str]) -> Iterator[Chunk]:
    for chunk in chunks(task):
        yield Chunk({name: chunk.columns[source] for name, source in sources.items()}, chunk.rows)
