"""Arrow files (Feather version 2) and Arrow streams: one task for each record batch, mapped instead of read where possible."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

import pyarrow as pa

from kqlpy.schema import Column
from kqlpy.sources.conform import column_types, settle
from kqlpy.sources.detect import Format
from kqlpy.sources.evidence import Evidence
from kqlpy.sources.files import DataFile, reading
from kqlpy.sources.parts import Request
from kqlpy.sources.reports import FileLog
from kqlpy.sources.table import Chunk, Task
from kqlpy.types import Type

__all__ = ["ArrowFilePart"]


class ArrowFilePart:
    """An Arrow file of either kind."""

    def __init__(self, file: DataFile, log: FileLog) -> None:
        self.log = log
        self._file = file

    @cached_property
    def _batches(self) -> tuple[pa.Schema, list[pa.RecordBatch]]:
        """All batches; those of an uncompressed file stay on disk until they are used."""
        from pyarrow import ipc

        with reading(self._file.shown, "Arrow"):
            source: Any = pa.memory_map(str(self._file.seekable))
            if self._file.format is Format.ARROW_STREAM:
                stream = ipc.open_stream(source)
                return stream.schema, list(stream)
            reader = ipc.open_file(source)
            return reader.schema, [reader.get_batch(i) for i in range(reader.num_record_batches)]

    def names(self) -> tuple[str, ...]:
        """The file's columns."""
        return tuple(self._batches[0].names)

    def own_types(self) -> Mapping[str, Type]:
        """All columns bring their type."""
        return column_types(self._batches[0], self.log.file)

    def evidence(self, names: Collection[str]) -> Mapping[str, Evidence]:
        """Not asked: the file tells its types."""
        return {}

    def rows(self) -> int | None:
        """From the batches."""
        return sum(int(batch.num_rows) for batch in self._batches[1])

    def tasks(self, request: Request) -> Iterator[Task]:
        """One task for each `batch_rows` rows of each batch."""
        self.log.rows = self.rows()
        first = 0
        for batch in self._batches[1]:
            for start in range(0, batch.num_rows, request.batch_rows):
                yield partial(self._convert, batch.slice(start, request.batch_rows), request.columns, first + start)
            first += batch.num_rows

    def _convert(self, batch: pa.RecordBatch, columns: tuple[Column, ...], first: int) -> Chunk:
        return Chunk({c.name: settle(batch.column(c.name), c, self.log, first) for c in columns}, batch.num_rows)
