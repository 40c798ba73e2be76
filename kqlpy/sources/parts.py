"""A part is one file of a table, or a table in memory: what it has, before the table gives its columns their types.

`Part` is the protocol; `TextPart` is the common half of CSV and JSON files, whose cells are all text and come in blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import RLock
from typing import Protocol

import pyarrow as pa

from kqlpy.schema import Column, Schema
from kqlpy.sources import evidence as kinds
from kqlpy.sources import messages
from kqlpy.sources.evidence import Evidence
from kqlpy.sources.headers import Header
from kqlpy.sources.portal_time import PLAIN, TimeStyle, day_first, may_be_day_first
from kqlpy.sources.reports import FileLog
from kqlpy.sources.row_columns import TextColumn
from kqlpy.sources.table import Chunk, Predicate, Task
from kqlpy.sources.values import from_text
from kqlpy.sources.zones import iana_zone
from kqlpy.types import Type

__all__ = ["Block", "Part", "TextPart"]


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

    def tasks(
        self, columns: Sequence[Column], predicates: Sequence[Predicate], batch_rows: int, limit: int | None
    ) -> Iterator[Task]:
        """Tasks that give these columns, all of which the part has."""


@dataclass(frozen=True)
class Block:
    """Some rows of a text file: columns of text cells under the keys of the file.

    `cells`: where a column's kinds are None, text may stand for numbers and booleans (CSV), not only for times (JSON).
    """

    number: int
    first_row: int
    rows: int
    columns: Mapping[str, TextColumn]
    cells: bool = False

    def texts(self, key: str) -> pa.Array:
        """The texts of a column; all null where the block has none."""
        found = self.columns.get(key)
        return pa.nulls(self.rows, pa.string()) if found is None else found.texts

    def evidence(self, key: str) -> Evidence:
        """What this block says about the column."""
        found = self.columns.get(key)
        if found is None:
            return frozenset()
        if found.kinds is not None:
            return found.kinds
        return kinds.of_text(found.texts) if self.cells else kinds.times_of_text(found.texts)


class TextPart:
    """A CSV or JSON file. Small ones are kept as text after the first reading, and their converted columns too; big ones are read anew."""

    def __init__(self, log: FileLog, declared: Schema | None, *, keep: bool) -> None:
        self.log = log
        self.declared = declared
        self.keep = keep
        self._blocks: list[Block] | None = None
        self._evidence: dict[str, Evidence] = {}
        self._styles: dict[str, TimeStyle] = {}
        self._converted: dict[tuple[int, Column], pa.Array] = {}
        self._lock = RLock()

    def headers(self) -> Mapping[str, Header]:
        """The columns of the file by name."""
        raise NotImplementedError

    def read(self, keys: Collection[str] | None) -> Iterator[Block]:
        """The file's rows from the start; the blocks hold at least the columns with these keys (None: all)."""
        raise NotImplementedError

    def line_of(self, row: int) -> int | None:
        """The line of the file where a row (from 0) begins."""
        raise NotImplementedError

    def names(self) -> tuple[str, ...]:
        """The columns in order."""
        return tuple(self.headers())

    def own_types(self) -> Mapping[str, Type]:
        """Text files tell no types."""
        return {}

    def rows(self) -> int | None:
        """Known after the first reading."""
        return self.log.rows

    def blocks(self, keys: Collection[str]) -> Iterator[Block]:
        """The blocks, from memory if the file is kept there."""
        if self.keep:
            yield from self.kept()
        else:
            yield from self.read(keys)

    def kept(self) -> list[Block]:
        """All blocks; read at the first call."""
        with self._lock:
            if self._blocks is None:
                self._blocks = list(self.read(None))
                self.log.rows = sum(block.rows for block in self._blocks)
            return self._blocks

    def evidence(self, names: Collection[str]) -> Mapping[str, Evidence]:
        """The evidence of the named columns over the whole file; a time zone behind the name says datetime."""
        headers = self.headers()
        missing = [name for name in names if name not in self._evidence]
        self._evidence.update({name: kinds.of_type(Type.DATETIME) for name in missing if headers[name].zone})
        missing = [name for name in missing if not headers[name].zone]
        if missing:
            self._evidence.update(self.survey({name: headers[name].key for name in missing}))
        return {name: self._evidence[name] for name in names}

    def survey(self, keys: Mapping[str, str]) -> Mapping[str, Evidence]:
        """The evidence of columns (name -> key) from all blocks."""
        found: dict[str, Evidence] = dict.fromkeys(keys, frozenset())
        rows = 0
        for block in self.blocks(keys.values()):
            rows += block.rows
            found = {name: seen | block.evidence(keys[name]) for name, seen in found.items()}
        self.log.rows = rows
        return found

    def tasks(
        self, columns: Sequence[Column], predicates: Sequence[Predicate], batch_rows: int, limit: int | None
    ) -> Iterator[Task]:
        """One task for each block."""
        headers = self.headers()
        styles = {c.name: self._style(headers[c.name]) for c in columns if c.type is Type.DATETIME}
        keys = {c.name: headers[c.name].key for c in columns}
        for block in self.blocks(keys.values()):
            yield partial(self._convert, block, tuple(columns), keys, styles)

    def _convert(
        self, block: Block, columns: tuple[Column, ...], keys: Mapping[str, str], styles: Mapping[str, TimeStyle]
    ) -> Chunk:
        return Chunk({c.name: self._column(block, c, keys[c.name], styles.get(c.name, PLAIN)) for c in columns}, block.rows)

    def _column(self, block: Block, column: Column, key: str, style: TimeStyle) -> pa.Array:
        known = self._converted.get((block.number, column))
        if known is not None:
            return known
        texts = block.texts(key)
        array, failed = from_text(texts, column.type, style)
        if failed is not None:
            row = block.first_row + int(failed[0])
            self.log.fail(column, block.number, len(failed), texts[int(failed[0])].as_py(), row, self.line_of(row))
        if self.keep:
            self._converted[block.number, column] = array
        return array

    def _style(self, header: Header) -> TimeStyle:
        if header.name not in self._styles:
            zone = iana_zone(header.zone) if header.zone else ""
            if zone is None:
                raise messages.zone_unknown(self.log.file, header.raw, header.zone or "")
            if zone:
                self.log.note(f"column `{header.name}`: times in the zone [{header.zone}] are converted to UTC")
            self._styles[header.name] = TimeStyle(self._day_first(header.key), zone or None)
        return self._styles[header.name]

    def _day_first(self, key: str) -> bool:
        """Decided for the whole column; only a column that begins with such dates is read through for it."""
        for block in self.blocks([key]):
            texts = block.texts(key)
            if block.number == 0 and not may_be_day_first(texts):
                return False
            if day_first(texts):
                return True
        return False
