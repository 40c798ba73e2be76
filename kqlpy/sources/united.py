"""A table as the union of its parts: one schema over all of them, nulls where a part lacks a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from threading import RLock

import numpy as np
import pyarrow as pa

from kqlpy.columns import storage
from kqlpy.schema import Column, Schema
from kqlpy.sources.evidence import Evidence, of_type, resolve
from kqlpy.sources.parts import FetchingPart, Part, Request
from kqlpy.sources.pruning import ALL_NULL, Bounds, may_match, usable
from kqlpy.sources.table import ROW, Chunk, Predicate, Task, chunks
from kqlpy.types import Type

__all__ = ["UnitedTable"]

_PART_ROWS = 1 << 40
"""Rows of a part for the numbers in the column `ROW`: more than a file can hold."""


class UnitedTable:
    """The rows of all parts: declared columns first, in their order and with their types, then others as the parts bring them."""

    def __init__(self, name: str, parts: Sequence[Part], declared: Schema | None) -> None:
        self._name = name
        self._parts = tuple(parts)
        self._declared = declared
        self._lock = RLock()

    @property
    def name(self) -> str:
        """The table's name."""
        return self._name

    @property
    def schema(self) -> Schema:
        """The columns; working out undeclared ones of text files reads these files."""
        with self._lock:
            return self._schema

    @cached_property
    def _schema(self) -> Schema:
        declared = self._declared or Schema()
        seen: dict[str, Evidence] = {}
        for part in self._parts:
            own = part.own_types()
            names = [name for name in part.names() if name not in declared]
            told = {name: of_type(own[name]) for name in names if name in own}
            found = {**told, **part.evidence([name for name in names if name not in own])}
            for name in names:
                seen[name] = seen.get(name, frozenset()) | found[name]
        custom = self._name.endswith("_CL")
        extra = [Column(name, resolve(evidence, name, custom=custom)) for name, evidence in seen.items()]
        self._note_guesses(extra)
        return Schema((*declared.columns, *extra))

    def _note_guesses(self, extra: list[Column]) -> None:
        for part in self._parts:
            own, names = part.own_types(), set(part.names())
            part.log.guess((c.name, c.type) for c in extra if c.name in names and own.get(c.name) is not c.type)

    @property
    def in_files(self) -> frozenset[str]:
        """The columns that some part has; the other declared ones are null in all rows."""
        return frozenset(name for part in self._parts for name in part.names())

    @property
    def rows(self) -> int | None:
        """The sum over the parts, if all know it."""
        counts = [part.rows() for part in self._parts]
        return None if any(count is None for count in counts) else sum(count for count in counts if count is not None)

    def scan(
        self, columns: Sequence[str], predicates: Sequence[Predicate] = (), *, batch_rows: int = 65_536, limit: int | None = None
    ) -> Iterator[Task]:
        """The parts' tasks one after another."""
        wanted = self.schema.select(name for name in columns if name != ROW).columns
        hints = usable(predicates, self.schema.by_name)
        for number, part in enumerate(self._parts):
            has = set(part.names())
            if may_match(hints, self._absent(hints, has)):
                own = tuple(c for c in wanted if c.name in has)
                fill = tuple(c for c in wanted if c.name not in has)
                for task in part.tasks(Request(own, hints, batch_rows, limit, number * _PART_ROWS if ROW in columns else None)):
                    yield partial(_completed, task, tuple(columns), fill) if fill else task

    @property
    def fetches(self) -> bool:
        """True for files that can be read from the middle."""
        return all(isinstance(part, FetchingPart) for part in self._parts)

    def fetch(self, columns: Sequence[str], rows: np.ndarray) -> Iterator[tuple[np.ndarray, Task]]:
        """The tasks of the parts that the rows are in."""
        wanted = self.schema.select(columns).columns
        for number in np.unique(rows // _PART_ROWS).tolist():
            part, at = self._parts[number], np.flatnonzero(rows // _PART_ROWS == number)
            assert isinstance(part, FetchingPart)
            has = set(part.names())
            fill = tuple(c for c in wanted if c.name not in has)
            for found, task in part.fetch(Request(tuple(c for c in wanted if c.name in has)), rows[at] % _PART_ROWS):
                yield at[found], partial(_completed, task, tuple(columns), fill) if fill else task

    def _absent(self, predicates: Sequence[Predicate], has: set[str]) -> Mapping[str, Bounds]:
        """A column that a part lacks is null in all its rows; a string is empty."""
        types = self.schema.by_name
        names = {p.column for p in predicates} - has
        return {name: Bounds("", "", nulls=False) if types[name] is Type.STRING else ALL_NULL for name in names}


def _completed(task: Task, names: Sequence[str], fill: tuple[Column, ...]) -> Iterator[Chunk]:
    for chunk in chunks(task):
        filled: dict[str, pa.Array] = {c.name: _empty(chunk.rows, c.type) for c in fill}
        yield Chunk({name: filled[name] if name in filled else chunk.columns[name] for name in names}, chunk.rows)


def _empty(rows: int, type_: Type) -> pa.Array:
    """A column of nulls; the empty strings of an absent string column are one value and codes."""
    if type_ is Type.STRING:
        return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()).fill_null(0), pa.array([""]))
    return storage.nulls(rows, type_)
