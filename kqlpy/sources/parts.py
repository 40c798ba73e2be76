"""A part is one file of a table, or a table in memory: what it has, before the table gives its columns their types.

`Part` is the protocol; `TextPart` is the common half of CSV and JSON files, whose cells are all text and come in blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from threading import RLock
from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow as pa

from kqlpy.schema import Column, Schema
from kqlpy.sources import evidence as kinds
from kqlpy.sources import messages
from kqlpy.sources.evidence import Evidence
from kqlpy.sources.headers import Header
from kqlpy.sources.portal_time import PLAIN, Order, TimeStyle, order_of
from kqlpy.sources.read_options import PLAINLY, ReadOptions
from kqlpy.sources.reports import FileLog, Place
from kqlpy.sources.row_columns import TextColumn
from kqlpy.sources.table import Chunk, Predicate, Task
from kqlpy.sources.values import from_text
from kqlpy.sources.zones import iana_zone
from kqlpy.types import Type

__all__ = ["Block", "FetchingPart", "Part", "Request", "TextPart"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a scan asks of a part: these columns, all of which it has; the rest as in `Table.scan`.

    `first_row`: a `FetchingPart` shall give `ROW` too, counted from this number.
    """

    columns: tuple[Column, ...]
    predicates: tuple[Predicate, ...] = ()
    batch_rows: int = 65_536
    limit: int | None = None
    first_row: int | None = None

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]


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

    def tasks(self, request: Request) -> Iterator[Task]:
        """Tasks that give the columns asked for."""


@runtime_checkable
class FetchingPart(Part, Protocol):
    """A part of which single rows can be read again."""

    def fetch(self, request: Request, rows: np.ndarray) -> Iterator[tuple[np.ndarray, Task]]:
        """As `FetchingTable.fetch`, for rows counted from the part's first."""


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
    """A CSV or JSON file: kept as text after the first reading, with its converted columns, or read anew for every scan."""

    def __init__(self, log: FileLog, declared: Schema | None, options: ReadOptions = PLAINLY, *, keep: bool) -> None:
        self.log = log
        self.log.line_of = self.line_of
        self.declared = declared
        self.options = options
        self.keep = keep
        self._blocks: list[Block] | None = None
        self._keys: frozenset[str] | None = None
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
            yield from self.kept(frozenset(keys))
            return
        rows = 0
        for block in self.read(keys):
            yield block
            rows += block.rows
        self.log.rows = rows

    def kept(self, keys: frozenset[str] | None = None) -> list[Block]:
        """All blocks with at least these columns (None: all). The first reading takes no more than is asked for, the second all."""
        with self._lock:
            if self._blocks is None or not self._has(keys):
                self._keys = keys if self._blocks is None else None
                self._blocks = list(self.read(self._keys))
                self.log.rows = sum(block.rows for block in self._blocks)
            return self._blocks

    def _has(self, keys: frozenset[str] | None) -> bool:
        return self._keys is None or (keys is not None and keys <= self._keys)

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
        for block in self.blocks(keys.values()):
            found = {name: seen | block.evidence(keys[name]) for name, seen in found.items()}
        return found

    def tasks(self, request: Request) -> Iterator[Task]:
        """One task for each block."""
        headers = self.headers()
        if self.keep:
            self.kept(frozenset(headers[c.name].key for c in request.columns))
        self._learn_styles([headers[c.name] for c in request.columns if c.type is Type.DATETIME])
        plans = [(c, headers[c.name].key, self._styles[c.name] if c.type is Type.DATETIME else PLAIN) for c in request.columns]
        for block in self.blocks([key for _, key, _ in plans]):
            yield partial(self._convert, block, plans)

    def _convert(self, block: Block, plans: list[tuple[Column, str, TimeStyle]]) -> Chunk:
        return Chunk({column.name: self._column(block, column, key, style) for column, key, style in plans}, block.rows)

    def _column(self, block: Block, column: Column, key: str, style: TimeStyle) -> pa.Array:
        known = self._converted.get((block.number, column))
        if known is not None:
            return known
        texts = block.texts(key)
        array, failed, odd = from_text(texts, column.type, style)
        if failed is not None and len(failed):
            self.log.fail(column, block.number, len(failed), _place(block, texts, failed))
        if odd is not None and len(odd):
            self.log.odd_hours(column.name, block.number, len(odd), _place(block, texts, odd))
        if self.keep:
            self._converted[block.number, column] = array
        return array

    def _learn_styles(self, headers: Collection[Header]) -> None:
        """Find out how columns write their times: the order of day and month holds for the whole column, so all its rows are looked at."""
        with self._lock:
            missing = [header for header in headers if header.name not in self._styles]
            zones = {header.name: self._zone(header) for header in missing}
            orders = self._orders([header.key for header in missing]) if missing else {}
            for header in missing:
                order = orders[header.key]
                if order.is_open and order.example:
                    self.log.open_dates(header.name, order.example)
                self._styles[header.name] = TimeStyle(order.day_first, zones[header.name])

    def _orders(self, keys: Collection[str]) -> dict[str, Order]:
        """A file that is not kept is read through only for columns that begin with dates of an open order."""
        found = dict.fromkeys(keys, Order())
        for block in self.blocks(keys):
            found = {key: order | order_of(block.texts(key)) for key, order in found.items()}
            if block.number == 0 and not self.keep and all(order == Order() for order in found.values()):
                break
        return found

    def _zone(self, header: Header) -> str | None:
        """The IANA zone of a column's times; None for UTC."""
        own = None if header.zone is None else iana_zone(header.zone)
        if header.zone is None or own == "":
            return None
        chosen = "" if self.options.as_utc else own or (iana_zone(self.options.zone) if self.options.zone is not None else None)
        if chosen is None:
            raise messages.zone_unknown(self.log.file, header.raw, header.zone)
        told = f" as {self.options.zone}" if own is None and chosen else ""
        self.log.note(f"column `{header.name}`: times in the zone [{header.zone}] are {'converted to UTC' if chosen else 'taken as UTC'}{told}")
        return chosen or None


def _place(block: Block, texts: pa.Array, rows: np.ndarray) -> Place:
    """The first of some rows of a block."""
    first = int(rows[0])
    return Place(texts[first].as_py(), block.first_row + first)
