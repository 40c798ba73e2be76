"""A part is one file of a table, or a table in memory: what it has, before the table gives its columns their types.

`Part` is the protocol; `TextPart` is the common half of CSV and JSON files, whose cells are all text and come in blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Protocol

import pyarrow as pa

from kqlpy.schema import Column
from kqlpy.sources import evidence as kinds
from kqlpy.sources import messages
from kqlpy.sources.evidence import Evidence
from kqlpy.sources.headers import Header
from kqlpy.sources.portal_time import TimeStyle, day_first, may_be_day_first
from kqlpy.sources.reports import FileLog
from kqlpy.sources.table import Chunk, Predicate, Task
from kqlpy.sources.values import Converted, from_text
from kqlpy.sources.zones import iana_zone
from kqlpy.types import Type

__all__ = ["Block", "Part", "TextPart", "note_failures"]


class Part(Protocol):
    """The rows of one file."""

    log: FileLog

    def names(self) -> tuple[str, ...]:
        """The columns, in order."""

    def own_types(self) -> Mapping[str, Type]:
        """The columns whose type the file itself tells (all of a Parquet file, none of a CSV file)."""

    def evidence(self, names: Collection[str]) -> Mapping[str, Evidence]:
        """What the values of the other columns say about their types; reads the whole file."""

    def rows(self) -> int | None:
        """The number of rows where it is known."""

    def tasks(self, columns: Sequence[Column], predicates: Sequence[Predicate], batch_rows: int) -> Iterator[Task]:
        """Tasks that give these columns, all of which the part has."""


@dataclass(frozen=True)
class Block:
    """Some rows of a text file: each column as text, null where the cell is absent, and what non-text values it held.

    `kinds` has an entry for a column with values that are not JSON strings; for a CSV file it is None.
    """

    number: int
    first_row: int
    rows: int
    columns: Mapping[str, pa.Array]
    kinds: Mapping[str, Evidence] | None = None

    def column(self, name: str) -> pa.Array:
        """The texts of a column; all null where the block has none."""
        found = self.columns.get(name)
        return pa.nulls(self.rows, pa.string()) if found is None else found

    def evidence(self, name: str) -> Evidence:
        """What this block says about the column."""
        texts = self.column(name)
        if texts.null_count == len(texts):
            return frozenset()
        if self.kinds is None:
            return kinds.of_text(texts)
        found = self.kinds.get(name)
        return kinds.times_of_text(texts) if found is None else found


def note_failures(log: FileLog, column: Column, block: Block, converted: Converted, line: int | None) -> pa.Array:
    """The converted array; its lost values go into the log."""
    if converted.failed is not None and len(converted.failed):
        first = int(converted.failed[0])
        example = block.column(column.name)[first].as_py()
        log.fail(column.name, column.type, block.number, len(converted.failed), str(example), block.first_row + first, line)
    return converted.array


@dataclass
class TextPart:
    """A CSV or JSON file. Small ones are kept as text after the first reading, and their converted columns too; big ones are read anew."""

    log: FileLog
    keep: bool = True
    _blocks: list[Block] | None = None
    _evidence: dict[str, Evidence] = field(default_factory=dict)
    _styles: dict[str, TimeStyle] = field(default_factory=dict)
    _converted: dict[tuple[int, Column], pa.Array] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def headers(self) -> tuple[Header, ...]:
        """The columns of the file."""
        raise NotImplementedError

    def read(self, names: Collection[str]) -> Iterator[Block]:
        """The file's rows from the start; the blocks hold at least the named columns that they have."""
        raise NotImplementedError

    def line_of(self, row: int) -> int | None:
        """The line of the file where a row (from 0) begins."""
        raise NotImplementedError

    def names(self) -> tuple[str, ...]:
        """The columns in order."""
        return tuple(header.name for header in self.headers())

    def own_types(self) -> Mapping[str, Type]:
        """Text files tell no types."""
        return {}

    def rows(self) -> int | None:
        """Known after the first reading."""
        return self.log.rows

    def blocks(self, names: Collection[str]) -> Iterator[Block]:
        """The blocks, from memory if the file is kept there."""
        if not self.keep:
            yield from self.read(names)
            return
        with self._lock:
            if self._blocks is None:
                self._blocks = list(self.read(self.names()))
                self.log.rows = sum(block.rows for block in self._blocks)
        yield from self._blocks

    def evidence(self, names: Collection[str]) -> Mapping[str, Evidence]:
        """The evidence of the named columns over the whole file; a time zone behind the name says datetime."""
        missing = [name for name in names if name not in self._evidence]
        if missing:
            found: dict[str, Evidence] = dict.fromkeys(missing, frozenset())
            for block in self.blocks(missing):
                found.update({name: found[name] | block.evidence(name) for name in missing})
            zoned = {header.name for header in self.headers() if header.zone}
            found.update({name: kinds.of_type(Type.DATETIME) for name in missing if name in zoned})
            self._evidence.update(found)
        return {name: self._evidence[name] for name in names}

    def tasks(self, columns: Sequence[Column], predicates: Sequence[Predicate], batch_rows: int) -> Iterator[Task]:
        """One task for each block."""
        styles = {c.name: self._style(c.name) for c in columns if c.type is Type.DATETIME}
        for block in self.blocks([c.name for c in columns]):
            yield partial(self._convert, block, tuple(columns), styles)

    def _convert(self, block: Block, columns: tuple[Column, ...], styles: Mapping[str, TimeStyle]) -> Chunk:
        arrays = {}
        for column in columns:
            array = self._converted.get((block.number, column)) if self.keep else None
            if array is None:
                converted = from_text(block.column(column.name), column.type, styles.get(column.name, TimeStyle()))
                lost = converted.failed
                line = None if lost is None or not len(lost) else self.line_of(block.first_row + int(lost[0]))
                array = note_failures(self.log, column, block, converted, line)
                if self.keep:
                    self._converted[block.number, column] = array
            arrays[column.name] = array
        return Chunk(arrays, block.rows)

    def _style(self, name: str) -> TimeStyle:
        if name not in self._styles:
            header = next(h for h in self.headers() if h.name == name)
            zone = iana_zone(header.zone) if header.zone else ""
            if zone is None:
                raise messages.zone_unknown(self.log.file, header.raw, header.zone or "")
            self._styles[name] = TimeStyle(self._day_first(name), zone or None)
        return self._styles[name]

    def _day_first(self, name: str) -> bool:
        """Decided for the whole column; only a column that begins with such dates is read through for it."""
        for block in self.blocks([name]):
            texts = block.column(name)
            if block.number == 0 and not may_be_day_first(texts):
                return False
            if day_first(texts):
                return True
        return False


