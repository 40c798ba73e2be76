"""Files in folders such as `day=2024-05-01`: the folder's name is a column of one value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from urllib.parse import unquote

import pyarrow as pa

from kqlpy.sources import evidence as kinds
from kqlpy.sources.evidence import Evidence
from kqlpy.sources.parts import Part, Request
from kqlpy.sources.pruning import ALL_NULL, Bounds, may_match
from kqlpy.sources.table import Chunk, Task, chunks
from kqlpy.sources.values import from_text
from kqlpy.types import Type

__all__ = ["PartitionedPart"]


class PartitionedPart:
    """A part with constant columns beside its own; a column that the file has itself is the file's."""

    def __init__(self, part: Part, constants: Mapping[str, str]) -> None:
        self.log = part.log
        self._part = part
        self._constants = {name: _text(value) for name, value in constants.items() if name not in part.names()}

    def names(self) -> tuple[str, ...]:
        """The file's columns, then the folders'."""
        return (*self._part.names(), *self._constants)

    def own_types(self) -> Mapping[str, Type]:
        """Those of the file."""
        return self._part.own_types()

    def evidence(self, names: Collection[str]) -> Mapping[str, Evidence]:
        """Of the file's columns and of the folders' names."""
        own = [name for name in names if name not in self._constants]
        found = dict(self._part.evidence(own)) if own else {}
        return found | {name: _evidence(name, self._constants[name]) for name in names if name in self._constants}

    def rows(self) -> int | None:
        """As the file."""
        return self._part.rows()

    def tasks(self, request: Request) -> Iterator[Task]:
        """The file's tasks with the constant columns added; none where a predicate rules the constant out."""
        constants = {
            c.name: from_text(self._constants[c.name], c.type).array for c in request.columns if c.name in self._constants
        }
        bounds = {name: _bounds(value[0].as_py()) for name, value in constants.items()}
        if not may_match(request.predicates, bounds):
            return
        own = tuple(column for column in request.columns if column.name not in constants)
        for task in self._part.tasks(Request(own, request.predicates, request.batch_rows, request.limit)):
            yield partial(_with_constants, task, request.names, constants)


def _evidence(name: str, value: pa.Array) -> Evidence:
    """`month=05` is a number, although other texts with a leading zero are codes."""
    text = value[0].as_py()
    if name.lower() in _PARTS_OF_TIME and text is not None and text.isdecimal():
        return frozenset({kinds.Kind.INT})
    return kinds.of_text(value)


_PARTS_OF_TIME = frozenset({"year", "month", "day", "hour", "minute", "y", "m", "d", "h"})


def _text(value: str) -> pa.Array:
    return pa.array([None if value == "__HIVE_DEFAULT_PARTITION__" else unquote(value)], pa.string())


def _bounds(value: object) -> Bounds:
    return ALL_NULL if value is None else Bounds(value, value, nulls=False)


def _with_constants(task: Task, names: list[str], constants: Mapping[str, pa.Array]) -> Iterator[Chunk]:
    for chunk in chunks(task):
        codes = pa.nulls(chunk.rows, pa.int32()).fill_null(0)
        spread = {name: value.take(codes) for name, value in constants.items()}
        yield Chunk({name: spread[name] if name in spread else chunk.columns[name] for name in names}, chunk.rows)
