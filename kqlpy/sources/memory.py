"""Tables given as Python objects: Arrow, pandas or Polars frames, anything with an Arrow stream, or a list of dicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from kqlpy.schema import Column
from kqlpy.sources import messages
from kqlpy.sources.conform import field_type, one_array, settle
from kqlpy.sources.evidence import Evidence
from kqlpy.sources.reports import FileLog
from kqlpy.sources.table import Chunk, Predicate, Task
from kqlpy.types import Type

__all__ = ["ArrowPart", "as_arrow"]


class ArrowPart:
    """An Arrow table in memory (or a mapped Arrow file)."""

    def __init__(self, table: pa.Table, log: FileLog) -> None:
        self.log = log
        self._table = table

    def names(self) -> tuple[str, ...]:
        """The table's columns."""
        return tuple(self._table.schema.names)

    def own_types(self) -> Mapping[str, Type]:
        """All columns bring their type."""
        return {field.name: field_type(field, self.log.file) for field in self._table.schema}

    def evidence(self, names: Collection[str]) -> Mapping[str, Evidence]:
        """Not asked: the table tells its types."""
        return {}

    def rows(self) -> int | None:
        """The number of rows."""
        return int(self._table.num_rows)

    def tasks(
        self, columns: Sequence[Column], predicates: Sequence[Predicate], batch_rows: int, limit: int | None
    ) -> Iterator[Task]:
        """One task for each `batch_rows` rows."""
        self.log.rows = self._table.num_rows
        wanted = self._table.select([c.name for c in columns])
        for start in range(0, self._table.num_rows, batch_rows):
            rows = min(batch_rows, self._table.num_rows - start)
            yield partial(self._convert, wanted, tuple(columns), start, rows)

    def _convert(self, wanted: pa.Table, columns: tuple[Column, ...], start: int, rows: int) -> Chunk:
        part = wanted.slice(start, rows)
        return Chunk({c.name: settle(one_array(part.column(i)), c, self.log, start) for i, c in enumerate(columns)}, rows)


def as_arrow(name: str, value: Any) -> pa.Table:
    """An Arrow table of any supported table-like object."""
    if isinstance(value, pa.Table):
        return value
    if isinstance(value, pa.RecordBatch):
        return pa.Table.from_batches([value])
    if hasattr(value, "__arrow_c_stream__"):
        return pa.table(value)
    if isinstance(value, list):
        return pa.Table.from_pylist(value)
    raise messages.bad_table_value(name, type(value).__name__)
