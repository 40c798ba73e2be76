"""What the executor sees of a table: a schema, and scans that give tasks.

A scan yields *tasks*: functions without arguments, independent of each other and safe to call from any thread. Called in
the order given they yield the table's rows in order. Predicates are hints: a source may leave out rows that
cannot match (`pruning.py` says which), the executor filters again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pyarrow as pa

from kqlpy.schema import Schema

__all__ = ["ROW", "Chunk", "FetchingTable", "Predicate", "Table", "Task", "chunks"]

ROW = "\x00row"
"""A column that a `FetchingTable` can be scanned for beside its own: the number by which the row can be fetched later."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Columns by name, each in the storage form of its KQL type, and the number of rows (there may be rows and no columns)."""

    columns: Mapping[str, pa.Array]
    rows: int


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition that every wanted row meets: `column op value`.

    `op` is `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` (the value is a tuple) or another KQL word, which no source uses so far.
    `value` is in the form of `columns/storage.py`: ticks for datetimes and timespans. A null row meets only `!=`.
    """

    column: str
    op: str
    value: Any


Task: TypeAlias = Callable[[], Chunk | Iterator[Chunk]]


def chunks(task: Task) -> Iterator[Chunk]:
    """What a task gives, piece by piece: a large part of a file comes in several chunks, so that it is never held whole."""
    result = task()
    if isinstance(result, Chunk):
        yield result
    else:
        yield from result


class Table(Protocol):
    """A named row set that can be scanned."""

    @property
    def name(self) -> str:
        """The table's name."""

    @property
    def schema(self) -> Schema:
        """The columns in order."""

    @property
    def rows(self) -> int | None:
        """The number of rows where it is known without reading them, else None."""

    def scan(
        self, columns: Sequence[str], predicates: Sequence[Predicate] = (), *, batch_rows: int = 65_536, limit: int | None = None
    ) -> Iterator[Task]:
        """Tasks that give the named columns; a task may give no rows, and more than `batch_rows` where the file is built so.

        `limit` says that so many rows, whichever come first, are enough: a task may then give only the first ones of its stretch.
        """


@runtime_checkable
class FetchingTable(Table, Protocol):
    """A table of which single rows can be read again, so that a query reads wide columns for the rows that are left at its end."""

    @property
    def fetches(self) -> bool:
        """Whether all its parts can; otherwise `ROW` must not be asked for."""

    def fetch(self, columns: Sequence[str], rows: np.ndarray) -> Iterator[tuple[np.ndarray, Task]]:
        """Tasks that together give the named columns of the rows with these numbers, each with the positions in `rows` that it answers."""
