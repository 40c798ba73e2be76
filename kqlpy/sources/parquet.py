"""Parquet files: one task for each row group, pruned by its statistics, strings of few values kept as dictionaries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import pyarrow as pa

from kqlpy.columns import ticks
from kqlpy.schema import Column
from kqlpy.sources import messages
from kqlpy.sources.conform import field_type, one_array, settle
from kqlpy.sources.evidence import Evidence
from kqlpy.sources.files import DataFile, reading
from kqlpy.sources.pruning import ALL_NULL, Bounds, may_match
from kqlpy.sources.reports import FileLog
from kqlpy.sources.table import Chunk, Predicate, Task
from kqlpy.types import Type

__all__ = ["ParquetPart"]


class ParquetPart:
    """A Parquet file; its footer is read once."""

    def __init__(self, file: DataFile, log: FileLog) -> None:
        self.log = log
        self._file = file

    @cached_property
    def _footer(self) -> Any:
        from pyarrow import parquet

        with reading(self._file.shown):
            try:
                with parquet.ParquetFile(self._file.path) as opened:
                    return opened.metadata, opened.schema_arrow
            except pa.ArrowException as error:
                raise messages.broken_file(self._file.shown, "Parquet", _first_line(error)) from error

    @property
    def _metadata(self) -> Any:
        return self._footer[0]

    @property
    def _arrow(self) -> pa.Schema:
        return self._footer[1]

    @cached_property
    def _leaves(self) -> dict[str, int]:
        """Where the plain columns stand in the file; nested ones have several leaves and are not in it."""
        group = self._metadata.schema
        return {group.column(i).path: i for i in range(len(group)) if group.column(i).path in self._arrow.names}

    def names(self) -> tuple[str, ...]:
        """The file's columns."""
        return tuple(self._arrow.names)

    def own_types(self) -> Mapping[str, Type]:
        """All columns bring their type."""
        return {field.name: field_type(field, self.log.file) for field in self._arrow}

    def evidence(self, names: Collection[str]) -> Mapping[str, Evidence]:
        """Not asked: the file tells its types."""
        return {}

    def rows(self) -> int | None:
        """From the footer."""
        return int(self._metadata.num_rows)

    def tasks(self, columns: Sequence[Column], predicates: Sequence[Predicate], batch_rows: int) -> Iterator[Task]:
        """One task for each row group that may hold matching rows."""
        self.log.rows = self.rows()
        types = {p.column: t for p in predicates if (t := next((c.type for c in columns if c.name == p.column), None))}
        groups = [g for g in range(self._metadata.num_row_groups) if may_match(predicates, self._bounds(g, types))]
        dictionaries = [c.name for c in columns if self._few_values(c.name)]
        first = 0
        for group in groups:
            yield partial(self._read, group, tuple(columns), dictionaries, len(groups) == 1, first)
            first += self._metadata.row_group(group).num_rows

    def _read(self, group: int, columns: tuple[Column, ...], dictionaries: list[str], threads: bool, first: int) -> Chunk:
        rows = self._metadata.row_group(group).num_rows
        if not columns:
            return Chunk({}, rows)
        from pyarrow import parquet

        with reading(self._file.shown):
            try:
                with parquet.ParquetFile(self._file.path, metadata=self._metadata, read_dictionary=dictionaries) as opened:
                    read = opened.read_row_group(group, columns=[c.name for c in columns], use_threads=threads)
            except pa.ArrowException as error:
                raise messages.broken_file(self._file.shown, "Parquet", _first_line(error)) from error
        return Chunk({c.name: settle(one_array(read.column(c.name)), c, self.log, first) for c in columns}, rows)

    def _few_values(self, name: str) -> bool:
        """True when the column's chunks are dictionary encoded without falling back to plain text.

        The encodings do not tell a fallback, the size does: codes take at most some bits a row, and writers give up dictionaries of about a megabyte.
        """
        at = self._leaves.get(name)
        if at is None or not pa.types.is_string(self._arrow.field(name).type):
            return False
        for group in range(self._metadata.num_row_groups):
            chunk = self._metadata.row_group(group).column(at)
            values, size = max(chunk.num_values, 1), chunk.total_uncompressed_size
            if not chunk.has_dictionary_page or size > 8 * values or size - _DICTIONARY_BYTES > 2.5 * values:
                return False
        return True

    def _bounds(self, group: int, types: Mapping[str, Type]) -> dict[str, Bounds]:
        found: dict[str, Bounds] = {}
        for name, type_ in types.items():
            at = self._leaves.get(name)
            if at is not None:
                chunk = self._metadata.row_group(group).column(at)
                bounds = _bounds(chunk.statistics, self._arrow.field(name).type, type_)
                if bounds is not None:
                    found[name] = bounds
        return found


_DICTIONARY_BYTES = 1_100_000
_TICKS = {"s": (10_000_000, 1), "ms": (10_000, 1), "us": (10, 1), "ns": (1, 100)}


def _bounds(statistics: Any, arrow: pa.DataType, type_: Type) -> Bounds | None:
    """Bounds from a column chunk's statistics, where its values keep their order in storage form; else None."""
    if statistics is None:
        return None
    nulls = statistics.null_count != 0 if statistics.has_null_count else True
    if not statistics.has_min_max:
        return ALL_NULL if statistics.has_null_count and not statistics.num_values and type_ is not Type.STRING else None
    low, high = statistics.min_raw, statistics.max_raw
    if pa.types.is_timestamp(arrow) and type_ is Type.DATETIME and isinstance(low, int):
        factor, divisor = _TICKS[arrow.unit]
        return Bounds(*(v * factor // divisor + ticks.EPOCH_TICKS for v in (low, high)), nulls)
    if pa.types.is_signed_integer(arrow) and type_ in (Type.INT, Type.LONG):
        return Bounds(low, high, nulls)
    if pa.types.is_string(arrow) and type_ is Type.STRING:
        lowest, highest = (v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in (low, high))
        return Bounds("" if nulls else lowest, highest, False)
    return None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
