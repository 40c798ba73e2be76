"""Tables given as Python objects: Arrow tables, pandas and Polars frames, any Arrow stream, lists of dicts, dicts of columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from kqlpy.schema import Column, Schema
from kqlpy.sources import messages
from kqlpy.sources.conform import column_types, one_array, settle
from kqlpy.sources.evidence import Evidence
from kqlpy.sources.headers import Header, read_headers
from kqlpy.sources.parts import Block, Part, Request, TextPart
from kqlpy.sources.plain_values import object_column
from kqlpy.sources.reports import FileLog
from kqlpy.sources.table import Chunk, Task
from kqlpy.types import Type

__all__ = ["ArrowPart", "RowsPart", "memory_part"]


def memory_part(name: str, value: Any, log: FileLog, declared: Schema | None) -> Part:
    """The part that a table-like object is."""
    if isinstance(value, list | tuple) and all(isinstance(row, Mapping) for row in value):
        return RowsPart(value, log, declared)
    if isinstance(value, Mapping) and value and not hasattr(value, "__arrow_c_stream__"):
        columns = {str(key): list(column) for key, column in value.items()}
        if len({len(column) for column in columns.values()}) > 1:
            raise messages.bad_table_value(name, "a dict of columns that differ in length")
        return RowsPart([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], log, declared)
    try:
        return ArrowPart(_as_arrow(name, value), log)
    except (pa.ArrowException, TypeError) as error:
        # Object columns of mixed Python values: Arrow has no type for them, text has.
        if hasattr(value, "to_dict") and hasattr(value, "columns"):
            return RowsPart(value.to_dict("records"), log, declared)
        raise messages.bad_table_value(name, f"{type(value).__name__} ({error})") from error


def _as_arrow(name: str, value: Any) -> pa.Table:
    if isinstance(value, pa.Table):
        return value
    if isinstance(value, pa.RecordBatch):
        return pa.Table.from_batches([value])
    if type(value).__module__.partition(".")[0] == "pandas":
        return pa.Table.from_pandas(value, preserve_index=any(level is not None for level in value.index.names))
    if hasattr(value, "__arrow_c_stream__"):
        return pa.table(value)
    raise messages.bad_table_value(name, type(value).__name__)


class ArrowPart:
    """An Arrow table in memory."""

    def __init__(self, table: pa.Table, log: FileLog) -> None:
        self.log = log
        self._table = table

    def names(self) -> tuple[str, ...]:
        """The table's columns."""
        return tuple(self._table.schema.names)

    def own_types(self) -> Mapping[str, Type]:
        """All columns bring their type."""
        return column_types(self._table.schema, self.log.file)

    def evidence(self, names: Collection[str]) -> Mapping[str, Evidence]:
        """Not asked: the table tells its types."""
        return {}

    def rows(self) -> int | None:
        """The number of rows."""
        return int(self._table.num_rows)

    def tasks(self, request: Request) -> Iterator[Task]:
        """One task for each `batch_rows` rows."""
        self.log.rows = self._table.num_rows
        wanted = self._table.select(request.names)
        for start in range(0, self._table.num_rows, request.batch_rows):
            rows = min(request.batch_rows, self._table.num_rows - start)
            yield partial(self._convert, wanted, request.columns, start, rows)

    def _convert(self, wanted: pa.Table, columns: tuple[Column, ...], start: int, rows: int) -> Chunk:
        part = wanted.slice(start, rows)
        return Chunk({c.name: settle(one_array(part.column(i)), c, self.log, start) for i, c in enumerate(columns)}, rows)


class RowsPart(TextPart):
    """A list of dicts."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], log: FileLog, declared: Schema | None) -> None:
        super().__init__(log, declared, keep=True)
        self._rows = rows
        keys = dict.fromkeys(str(key) for row in rows for key in row)
        self._headers = read_headers(keys, declared, unique=True)

    def headers(self) -> Mapping[str, Header]:
        """All keys of all rows, in the order in which they first occur."""
        return self._headers

    def read(self, keys: Collection[str] | None) -> Iterator[Block]:
        """One block of all rows."""
        if self._rows:
            columns = {h.key: object_column([row.get(h.key) for row in self._rows]) for h in self._headers.values()}
            yield Block(0, 0, len(self._rows), columns)

    def line_of(self, row: int) -> int | None:
        """There are no lines."""
        return None
