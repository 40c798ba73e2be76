"""Parquet files: one task for each row group, pruned by its statistics, strings of few values kept as dictionaries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa

from kqlpy.columns import ticks
from kqlpy.schema import Column
from kqlpy.sources.conform import column_types, one_array, settle
from kqlpy.sources.evidence import Evidence
from kqlpy.sources.files import DataFile, reading
from kqlpy.sources.parts import Request
from kqlpy.sources.pruning import ALL_NULL, Bounds, any_row_matches, may_match
from kqlpy.sources.reports import FileLog
from kqlpy.sources.table import ROW, Chunk, Predicate, Task
from kqlpy.types import Type

__all__ = ["ParquetPart"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request and how to meet it: `judged` columns are read first to try `hints` on, `dictionaries` are read as such."""

    request: Request
    judged: tuple[Column, ...]
    hints: tuple[Predicate, ...]
    dictionaries: list[str]
    threads: bool


def _judged(request: Request, hints: Sequence[Predicate]) -> tuple[Column, ...]:
    """The columns that predicates name; none where reading them first would spare no others."""
    named = {hint.column for hint in hints}
    found = tuple(column for column in request.columns if column.name in named)
    return found if len(found) < len(request.columns) else ()


class ParquetPart:
    """A Parquet file; its footer is read once."""

    def __init__(self, file: DataFile, log: FileLog) -> None:
        self.log = log
        self._file = file

    @cached_property
    def _footer(self) -> Any:
        from pyarrow import parquet

        with reading(self._file.shown, "Parquet"), parquet.ParquetFile(self._file.seekable) as opened:
            return opened.metadata, opened.schema_arrow

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
        return column_types(self._arrow, self.log.file)

    def evidence(self, names: Collection[str]) -> Mapping[str, Evidence]:
        """Not asked: the file tells its types."""
        return {}

    def rows(self) -> int | None:
        """From the footer."""
        return int(self._metadata.num_rows)

    def tasks(self, request: Request) -> Iterator[Task]:
        """One task for each row group that may hold matching rows."""
        self.log.rows = self.rows()
        types = {c.name: c.type for c in request.columns}
        hints = tuple(p for p in request.predicates if p.column in types)
        # For few rows dictionaries would be read whole, values and all.
        few = request.limit is not None and request.limit <= _FETCHED_AT_ONCE
        dictionaries = [] if few else [name for name in request.names if self._few_values(name)]
        groups = [g for g in range(self._metadata.num_row_groups) if may_match(hints, self._bounds(g, types, hints))]
        asked = _Asked(request, _judged(request, hints), hints, dictionaries, len(groups) == 1)
        for group in groups:
            yield partial(self._read, group, asked, self._first_rows[group])

    @cached_property
    def _first_rows(self) -> list[int]:
        """The number of the first row of each row group."""
        counts = [self._metadata.row_group(group).num_rows for group in range(self._metadata.num_row_groups)]
        return [0, *accumulate(counts)]

    def _read(self, group: int, asked: _Asked, first: int) -> Iterator[Chunk]:
        """A row group, piece by piece: decoding it whole costs more in fresh memory than in work."""
        rows = self._metadata.row_group(group).num_rows
        request = asked.request
        if not request.columns:
            yield self._numbered(Chunk({}, rows), request, first)
            return
        size = request.batch_rows if request.limit is None else min(request.batch_rows, max(1, request.limit))
        with self._opened(asked.dictionaries) as opened:
            whole = asked.judged if request.limit is None else ()
            found = self._chunk(_group(opened, group, whole, asked.threads), whole, first).columns if whole else {}
            if whole and not any_row_matches(asked.hints, found):
                return
            rest = tuple(c for c in request.columns if c.name not in found)
            at = 0
            reuse = _Dictionaries()
            for batch in opened.iter_batches(size, [group], [c.name for c in rest], use_threads=asked.threads):
                table = pa.Table.from_batches([reuse.same(batch)])
                pieces = {
                    **{n: c.slice(at, batch.num_rows) for n, c in found.items()},
                    **self._chunk(table, rest, first + at).columns,
                }
                yield self._numbered(Chunk({c.name: pieces[c.name] for c in request.columns}, batch.num_rows), request, first + at)
                at += batch.num_rows
                if request.limit is not None and at >= request.limit:
                    return

    def _numbered(self, chunk: Chunk, request: Request, first: int) -> Chunk:
        if request.first_row is None:
            return chunk
        start = request.first_row + first
        return Chunk({**chunk.columns, ROW: pa.array(np.arange(start, start + chunk.rows))}, chunk.rows)

    def fetch(self, request: Request, rows: np.ndarray) -> Iterator[tuple[np.ndarray, Task]]:
        """One task for each row group that some of the rows are in."""
        groups = np.searchsorted(self._first_rows, rows, "right") - 1
        dictionaries = [name for name in request.names if self._few_values(name)]
        wanted = np.unique(groups).tolist()
        for group in wanted:
            at = np.flatnonzero(groups == group)
            yield at, partial(self._fetch, group, request.columns, rows[at] - self._first_rows[group], dictionaries, len(wanted) == 1)

    def _fetch(self, group: int, columns: Sequence[Column], rows: np.ndarray, dictionaries: list[str], threads: bool) -> Chunk:
        """The rows of a group, in the order in which they are asked for; nothing is decoded behind the last of them."""
        order = np.argsort(rows, kind="stable")
        wanted, at = rows[order], 0
        found: list[pa.Table] = []
        with self._opened(dictionaries) as opened:
            for batch in opened.iter_batches(_FETCHED_AT_ONCE, [group], [c.name for c in columns], use_threads=threads):
                inside = wanted[(wanted >= at) & (wanted < at + batch.num_rows)] - at
                at += batch.num_rows
                if len(inside):
                    found.append(pa.Table.from_batches([batch]).take(pa.array(inside)))
                if at > wanted[-1]:
                    break
        chunk = self._chunk(pa.concat_tables(found), columns, self._first_rows[group])
        back = pa.array(np.argsort(order, kind="stable"))
        return Chunk({name: column.take(back) for name, column in chunk.columns.items()}, len(rows))

    @contextmanager
    def _opened(self, dictionaries: list[str]) -> Iterator[Any]:
        """The file, opened anew: a reader must not be used by two threads."""
        from pyarrow import parquet

        options = {"metadata": self._metadata, "read_dictionary": dictionaries}
        with reading(self._file.shown, "Parquet"), parquet.ParquetFile(self._file.seekable, **options) as opened:
            yield opened

    def _chunk(self, table: pa.Table, columns: Sequence[Column], first: int) -> Chunk:
        arrays = {c.name: settle(one_array(table.column(c.name)), c, self.log, first) for c in columns}
        return Chunk(arrays, table.num_rows)

    def _few_values(self, name: str) -> bool:
        """True when the column is dictionary encoded and its chunks did not fall back to plain text.

        The encodings do not tell a fallback, the size does: codes take at most some bits a row, and writers give
        up dictionaries of about a megabyte.
        """
        at = self._leaves.get(name)
        if at is None or not pa.types.is_string(self._arrow.field(name).type):
            return False
        chunks = [self._metadata.row_group(group).column(at) for group in range(self._metadata.num_row_groups)]
        values = sum(chunk.num_values for chunk in chunks)
        size = sum(chunk.total_uncompressed_size for chunk in chunks)
        codes = sum(max(0, chunk.total_uncompressed_size - _DICTIONARY_BYTES) for chunk in chunks)
        return all(chunk.has_dictionary_page for chunk in chunks) and size <= 8 * values and codes <= 2.5 * values

    def _bounds(self, group: int, types: Mapping[str, Type], hints: Sequence[Predicate]) -> dict[str, Bounds]:
        found: dict[str, Bounds] = {}
        for name in {hint.column for hint in hints}:
            at = self._leaves.get(name)
            if at is not None:
                chunk = self._metadata.row_group(group).column(at)
                bounds = _bounds(chunk.statistics, self._arrow.field(name).type, types[name])
                if bounds is not None:
                    found[name] = bounds
        return found


_FETCHED_AT_ONCE = 65_536
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
        first, last = (count * factor // divisor + ticks.EPOCH_TICKS for count in (low, high))
        return Bounds(first, last, nulls)
    if pa.types.is_signed_integer(arrow) and type_ in (Type.INT, Type.LONG):
        return Bounds(low, high, nulls)
    if pa.types.is_string(arrow) and type_ is Type.STRING:
        try:  # a bound that was cut short need not be text
            lowest, highest = (v.decode() if isinstance(v, bytes) else v for v in (low, high))
        except UnicodeDecodeError:
            return None
        return Bounds("" if nulls else lowest, highest, nulls=False)
    return None


class _Dictionaries:
    """Batches of a row group each bring a copy of the same dictionary; later copies are replaced by the first."""

    def __init__(self) -> None:
        self._first: dict[str, pa.Array] = {}

    def same(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with dictionaries that were seen before."""
        columns = []
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if pa.types.is_dictionary(column.type):
                first = self._first.setdefault(name, column.dictionary)
                if first is not column.dictionary and first.equals(column.dictionary):
                    column = pa.DictionaryArray.from_arrays(column.indices, first)
                else:
                    self._first[name] = column.dictionary
            columns.append(column)
        return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _group(opened: Any, group: int, columns: Sequence[Column], threads: bool) -> pa.Table:
    return opened.read_row_group(group, columns=[c.name for c in columns], use_threads=threads)
