"""Tables seen through a window of time: only rows whose time lies in it, which is TimeGenerated, else Timestamp (in tables of Defender). Nothing else of a
catalog changes.

The binder asks the catalog for every table that a query reads, in sub-queries, functions and unions as well, so the window holds for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.environment.databases import Databases
from kqlpy.schema import Schema
from kqlpy.sources.catalog import Catalog
from kqlpy.sources.table import Chunk, Predicate, Table, Task, chunks
from kqlpy.types import Type

__all__ = ["TIMES", "WindowedCatalog", "WindowedDatabases"]

TIMES = ("TimeGenerated", "Timestamp")


class WindowedCatalog(Catalog):
    """The tables of another catalog with the rows from `start` to `end` (ticks, both included); watchlists are seen whole."""

    def __init__(self, inner: Catalog, start: int, end: int) -> None:
        super().__init__()
        self._inner = inner
        self._window = (start, end)

    def names(self) -> list[str]:
        """As the other catalog."""
        return self._inner.names()

    def table(self, name: str) -> Table | None:
        """The table of this name, through the window if it has times."""
        found = self._inner.table(name)
        times = [] if found is None else [time for time in TIMES if found.schema.by_name.get(time) is Type.DATETIME]
        return found if found is None or not times else _WindowedTable(found, tuple(times), *self._window)

    def schema_of(self, name: str) -> Schema | None:
        """As the other catalog."""
        return self._inner.schema_of(name)

    def watchlist(self, alias: str) -> Table | None:
        """As the other catalog."""
        return self._inner.watchlist(alias)

    def watchlist_names(self) -> list[str]:
        """As the other catalog."""
        return self._inner.watchlist_names()

    def near(self, name: str) -> list[str]:
        """As the other catalog."""
        return self._inner.near(name)


class WindowedDatabases(Databases):
    """Other places, seen through the same window."""

    def __init__(self, inner: Databases, start: int, end: int) -> None:
        super().__init__()
        self._inner = inner
        self._window = (start, end)

    def __bool__(self) -> bool:
        return bool(self._inner)

    def find(self, names: Iterable[str]) -> Catalog | None:
        """The catalog of a place, through the window."""
        found = self._inner.find(names)
        return None if found is None else WindowedCatalog(found, *self._window)

    def catalogs(self) -> list[Catalog]:
        """As they are: what loading met with does not depend on the window."""
        return self._inner.catalogs()


class _WindowedTable:
    def __init__(self, inner: Table, times: tuple[str, ...], start: int, end: int) -> None:
        self._inner = inner
        self._times = times
        self._start, self._end = start, end

    @property
    def name(self) -> str:
        """The table's name."""
        return self._inner.name

    @property
    def schema(self) -> Schema:
        """The table's columns."""
        return self._inner.schema

    @property
    def rows(self) -> int | None:
        """Not known before the times are read."""
        return None

    def scan(
        self, columns: Sequence[str], predicates: Sequence[Predicate] = (), *, batch_rows: int = 65_536, limit: int | None = None
    ) -> Iterator[Task]:
        """The table's tasks, each followed by the filter; a limit on rows does not reach the table, whose first rows may lie outside."""
        read = list(dict.fromkeys((*columns, *self._times)))
        bounds = [Predicate(time, sign, bound) for time in self._times for sign, bound in ((">=", self._start), ("<=", self._end)) if len(self._times) == 1]
        for task in self._inner.scan(read, (*predicates, *bounds), batch_rows=batch_rows):
            yield partial(self._filtered, task, tuple(columns))

    def _filtered(self, task: Task, columns: tuple[str, ...]) -> Iterator[Chunk]:
        for chunk in chunks(task):
            times = pc.coalesce(*(chunk.columns[time] for time in self._times))
            inside = pc.and_(pc.greater_equal(times, pa.scalar(self._start)), pc.less_equal(times, pa.scalar(self._end))).fill_null(False)
            kept = pc.sum(inside).as_py() or 0
            if kept == chunk.rows:
                yield Chunk({name: chunk.columns[name] for name in columns}, chunk.rows)
            elif kept:
                yield Chunk({name: chunk.columns[name].filter(inside) for name in columns}, kept)
