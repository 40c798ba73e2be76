"""JSON files as parts of a table: lines through orjson; other shapes, and what it would not read exactly, by `json_rows.py`."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import chain, islice
from typing import Any

import orjson

from kqlpy.columns.json_text import has_long_number
from kqlpy.schema import Schema
from kqlpy.sources import messages
from kqlpy.sources.evidence import Evidence, Kind
from kqlpy.sources.files import DataFile
from kqlpy.sources.headers import Header, read_headers
from kqlpy.sources.json_rows import LONGEST, JsonTextError, LongValueError, Values, exact, read_lines
from kqlpy.sources.parts import Block, TextPart
from kqlpy.sources.read_options import PLAINLY, ReadOptions
from kqlpy.sources.reports import FileLog
from kqlpy.sources.responses import Rows, frames, is_frame, unwrapped, wrapped
from kqlpy.sources.row_columns import Gathered, Row, TextColumn, Wanted, columns_of
from kqlpy.sources.unpack import LENIENT
from kqlpy.types import Type

__all__ = ["JsonPart"]

_BLOCK_ROWS = 65_536
# So many rows fit the processor's cache: reading them and making columns of them is twice as fast as with 16,384.
_STEP = 1024
_HEAD = 1 << 16
_PIECE = 8 << 20
_Line = tuple[int, bytes]
_Columns = dict[str, TextColumn | None]
_Step = tuple[int, _Columns]


class JsonPart(TextPart):
    """A JSON file of any shape; the first reading finds all keys."""

    def __init__(self, file: DataFile, log: FileLog, declared: Schema | None, options: ReadOptions = PLAINLY, *, keep: bool = True) -> None:
        super().__init__(log, declared, options, keep=keep)
        self._file = file
        self._types: dict[str, Type] = {}

    def headers(self) -> Mapping[str, Header]:
        """All keys of all rows, in the order in which they first occur."""
        with self._lock:
            return self._headers

    @cached_property
    def _headers(self) -> dict[str, Header]:
        if self.keep:
            keys = dict.fromkeys(key for block in self.kept() for key in block.columns)
        else:
            keys, self._found = self._first_reading()
        return read_headers(chain(self._types, (key for key in keys if key not in self._types)), self.declared, unique=True)

    def own_types(self) -> Mapping[str, Type]:
        """Those that a saved answer of a query service tells."""
        return {name: self._types[header.key] for name, header in self.headers().items() if header.key in self._types}

    def survey(self, keys: Mapping[str, str]) -> Mapping[str, Evidence]:
        """From the blocks in memory, or as the first reading noted it."""
        if self.keep:
            return super().survey(keys)
        return {name: self._found.get(key, frozenset()) for name, key in keys.items()}

    def _first_reading(self) -> tuple[dict[str, None], dict[str, Evidence]]:
        """All keys, and the evidence of those that are not declared."""
        keys: dict[str, None] = {}
        found: dict[str, Evidence] = {}
        rows = 0
        declared = self.declared or Schema()
        for count, columns in self._steps(lambda key: key not in declared):
            keys.update(dict.fromkeys(columns))
            block = Block(0, rows, count, {key: column for key, column in columns.items() if column is not None})
            found.update({key: found.get(key, frozenset()) | block.evidence(key) for key in block.columns})
            rows += count
        self.log.rows = rows
        return keys, found

    def read(self, keys: Collection[str] | None) -> Iterator[Block]:
        """Blocks of many steps each."""
        number = first = 0
        steps = self._steps((lambda _: True) if keys is None else frozenset(keys).__contains__)
        while True:
            gathered = Gathered()
            for rows, columns in steps:
                gathered.add(rows, columns)
                if gathered.rows >= _BLOCK_ROWS:
                    break
            if not gathered.rows:
                return
            yield Block(number, first, gathered.rows, gathered.columns())
            first += gathered.rows
            number += 1

    def line_of(self, row: int) -> int | None:
        """Found by reading the file again."""
        if self._has_lines:
            with self._file.open() as stream:
                numbers = (number for lines in read_lines(stream) for number, _ in lines)
                return next(islice(numbers, row, None), None)
        return None if self._types else next((line for line, _ in islice(self._values(), row, None)), None)

    def _steps(self, wanted: Wanted) -> Iterator[_Step]:
        """Columns of about a thousand rows each."""
        try:
            if self._has_lines:
                yield from self._line_steps(wanted)
                return
            rows = self._values()
            while step := [self._row(line, value) for line, value in islice(rows, _STEP)]:
                yield len(step), columns_of(step, wanted)
        except LongValueError as error:
            raise messages.long_value(self._file.shown, error.line, error.reason) from error
        except JsonTextError as error:
            raise messages.bad_json(self._file.shown, error.line, error.column, error.reason) from error

    def _line_steps(self, wanted: Wanted) -> Iterator[_Step]:
        with self._file.open() as stream:
            lines = chain.from_iterable(read_lines(stream))
            while step := list(islice(lines, _STEP)):
                yield len(step), self._columns(step, wanted)

    def _columns(self, lines: list[_Line], wanted: Wanted) -> _Columns:
        """orjson's reading, unless a column needs to know how its reals were written, or a number may not have fitted."""
        try:
            rows = [orjson.loads(line) for _, line in lines]
        except orjson.JSONDecodeError:
            return self._exact_columns(lines, wanted)
        if set(map(type, rows)) != {dict}:
            return self._exact_columns(lines, wanted)
        columns = columns_of(rows, wanted)
        kinds = {key: column.kinds for key, column in columns.items() if column and column.kinds is not None}
        rounded = any(Kind.REAL in found and not self._is_real(key) for key, found in kinds.items())
        nested = any(Kind.NESTED in found for found in kinds.values())
        if rounded or (nested and has_long_number(b"".join(line for _, line in lines))):
            return self._exact_columns(lines, wanted)
        return columns

    def _is_real(self, key: str) -> bool:
        return self.declared is not None and self.declared.by_name.get(key) is Type.REAL

    def _exact_columns(self, lines: list[_Line], wanted: Wanted) -> _Columns:
        return columns_of([self._row(number, exact(self._decoded(line, number), number)) for number, line in lines], wanted)

    def _row(self, line: int, value: Any) -> Row:
        if type(value) is not dict:
            raise messages.not_objects(self._file.shown, line, _KINDS_OF_VALUE.get(type(value), "a number"))
        return value

    def _decoded(self, data: bytes, line: int) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            self._note_foreign()
            return data.decode("utf-8", LENIENT)

    def _note_foreign(self) -> None:
        self.log.note("bytes that are not UTF-8 are read as Windows-1252")

    @cached_property
    def _has_lines(self) -> bool:
        """True when the first line is a whole object of a row and not the only one."""
        with self._file.open() as stream:
            head = stream.read(_HEAD)
            if not head.lstrip().startswith(b"{"):
                return False
            while len(_lines_in(head)) < 2 and len(head) <= LONGEST and (piece := stream.read(len(head))):
                head += piece
        lines = _lines_in(head)
        if len(lines) < 2 or not lines[1].startswith(b"{"):
            return False
        try:
            first = exact(lines[0].decode("utf-8", "replace"), 1)
        except JsonTextError:
            return False
        return isinstance(first, dict) and wrapped(first) is None

    def _values(self) -> Iterator[tuple[int, Any]]:
        """The rows of a file that is not one of lines, with the lines where they begin."""
        with self._file.open(self._note_foreign) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
            yield from self._unwrapped(Values(iter(lambda: text.read(_PIECE), "")))

    def _unwrapped(self, values: Values) -> Iterator[tuple[int, Any]]:
        """The rows that answers and other objects wrap, or the values themselves."""
        found = iter(values)
        start = list(islice(found, 2))
        if values.is_array:
            answer = frames([value for _, value in chain(start, found)]) if is_frame(start[0][1] if start else None) else None
        else:
            answer = unwrapped(start[0][1]) if len(start) == 1 else None
        if answer is not None:
            self._note_answer(answer)
            self._types = answer.types
            yield from ((start[0][0], row) for row in answer.rows)
            return
        for line, value in chain(start, found):
            rows = None if values.is_array else wrapped(value)
            yield from ((line, row) for row in ([value] if rows is None else rows))

    def _note_answer(self, answer: Rows) -> None:
        if answer.error:
            raise messages.failed_answer(self._file.shown, answer.error)
        if answer.others:
            self.log.lose(f"the answer holds {answer.others + 1} results with rows; only the first is read")


def _lines_in(head: bytes) -> list[bytes]:
    return [line.strip() for line in head.split(b"\n") if line.strip()]


_KINDS_OF_VALUE = {list: "an array", str: "a text", type(None): "null", bool: "true or false"}
