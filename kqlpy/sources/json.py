"""JSON files: an array of objects, one object a line, one object, or an object that wraps the rows."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

import pyarrow as pa

from kqlpy.schema import Schema
from kqlpy.sources import messages
from kqlpy.sources.evidence import Evidence, Kind, size_of
from kqlpy.sources.files import DataFile, reading
from kqlpy.sources.headers import Header, read_headers
from kqlpy.sources.parts import Block, TextPart
from kqlpy.sources.reports import FileLog

__all__ = ["JsonPart", "SourceReal", "text_columns"]

_BLOCK_ROWS = 65_536


class SourceReal(float):
    """A real that remembers how it was written: `1.10` stays `1.10` where its column turns out to be text."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> SourceReal:
        """From the digits in the file."""
        self = super().__new__(cls, text)
        self.text = text
        return self


class JsonPart(TextPart):
    """A JSON file of any shape."""

    def __init__(self, file: DataFile, log: FileLog, declared: Schema | None, keep: bool) -> None:
        super().__init__(log, keep)
        self._file = file
        self._declared = declared

    def headers(self) -> tuple[Header, ...]:
        """All keys of all rows, in the order in which they first occur."""
        return self._headers

    @cached_property
    def _headers(self) -> tuple[Header, ...]:
        keys: dict[str, None] = {}
        for _, rows in self._row_blocks():
            for row in rows:
                keys.update(dict.fromkeys(row))
        return read_headers(keys, self._declared)

    def read(self, names: Collection[str]) -> Iterator[Block]:
        """Blocks of text columns."""
        wanted = [header for header in self._headers if header.name in names]
        given = 0
        for number, (_, rows) in enumerate(self._row_blocks()):
            columns, found = text_columns(rows, {header.raw: header.name for header in wanted})
            yield Block(number, given, len(rows), columns, found)
            given += len(rows)

    def line_of(self, row: int) -> int | None:
        """Found by reading the file again."""
        for first, (lines, rows) in _counted(self._row_blocks()):
            if row < first + len(rows):
                return lines[row - first]
        return None

    def _row_blocks(self) -> Iterator[tuple[list[int], list[dict[str, Any]]]]:
        """Blocks of rows with the lines where they begin."""
        lines: list[int] = []
        rows: list[dict[str, Any]] = []
        for line, row in self._rows():
            if type(row) is not dict:
                raise messages.not_objects(self._file.shown, line, _described(row))
            lines.append(line)
            rows.append(row)
            if len(rows) == _BLOCK_ROWS:
                yield lines, rows
                lines, rows = [], []
        if rows:
            yield lines, rows

    def _rows(self) -> Iterator[tuple[int, Any]]:
        with reading(self._file.shown), self._file.open() as stream:
            data = stream.read()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise messages.broken_file(self._file.shown, "UTF-8 text", f"at byte {error.start}: {error.reason}") from error
        try:
            yield from _rows_of(text)
        except json.JSONDecodeError as error:
            raise messages.bad_json(self._file.shown, error.lineno, error.colno, error.msg) from error


def _counted(blocks: Iterable[tuple[list[int], list[dict[str, Any]]]]) -> Iterator[tuple[int, tuple[list[int], list[dict[str, Any]]]]]:
    first = 0
    for block in blocks:
        yield first, block
        first += len(block[1])


_DECODER = json.JSONDecoder(parse_float=SourceReal, strict=False)
_SPACE = re.compile(r"\s*")
_SPACE_COMMA = re.compile(r"\s*,?\s*")


def _rows_of(text: str) -> Iterator[tuple[int, Any]]:
    """The rows with their lines, whatever the shape of the text."""
    start = _SPACE.match(text).end()  # type: ignore[union-attr]
    if text[start : start + 1] == "[":
        yield from _elements(text, start)
        return
    values = _values(text, start)
    line, first = next(values)
    second = next(values, None)
    if second is None:
        yield from unwrapped(line, first)
        return
    yield line, first
    yield second
    yield from values


def _values(text: str, at: int) -> Iterator[tuple[int, Any]]:
    """JSON values one after another."""
    line, counted = 1, 0
    while at < len(text):
        line, counted = line + text.count("\n", counted, at), at
        value, at = _DECODER.raw_decode(text, at)
        yield line, value
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]


def _elements(text: str, at: int) -> Iterator[tuple[int, Any]]:
    """The elements of the array that begins at `at`."""
    line, counted = 1, 0
    at = _SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, at = _DECODER.raw_decode(text, at)
        yield line, value
        after = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        match text[after : after + 1]:
            case ",":
                at = _SPACE.match(text, after + 1).end()  # type: ignore[union-attr]
            case "]":
                at = after
            case _:
                raise json.JSONDecodeError("a comma or `]` is missing", text, after)
    rest = _SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    if rest < len(text):
        raise json.JSONDecodeError("there is more text after the array", text, rest)


def unwrapped(line: int, value: Any) -> Iterator[tuple[int, Any]]:
    """The rows of the only value in a file: those that it wraps, or itself."""
    if isinstance(value, dict):
        for key, rows in value.items():
            if key.lower() == "tables" and rows and isinstance(rows, list) and isinstance(rows[0], dict):
                yield from ((line, row) for row in _kusto_rows(rows[0]))
                return
            if (len(value) == 1 or key.lower() in _WRAPPERS) and isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
                yield from ((line, row) for row in rows)
                return
    yield line, value


_WRAPPERS = frozenset({"value", "records", "results", "rows", "data", "table"})


def _kusto_rows(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of a Kusto v1 response table."""
    parts = {key.lower(): value for key, value in table.items()}
    names = [{k.lower(): v for k, v in column.items()}.get("name") or column.get("ColumnName") for column in parts["columns"]]
    for row in parts["rows"]:
        yield dict(zip(names, row, strict=True))


def _described(value: Any) -> str:
    return {list: "an array", str: "a text", type(None): "null", bool: "true or false"}.get(type(value), "a number")


def text_columns(rows: list[dict[str, Any]], names: dict[str, str]) -> tuple[dict[str, pa.Array], dict[str, Evidence]]:
    """Each key's values as a text column under its name, and the kinds of the columns with other values than strings."""
    columns: dict[str, pa.Array] = {}
    kinds: dict[str, Evidence] = {}
    for key, name in names.items():
        values = [row.get(key) for row in rows]
        types = set(map(type, values))
        if not types <= _PLAIN:
            kinds[name] = _kinds(values, types)
            values = [value if value is None or type(value) is str else _text(value) for value in values]
        columns[name] = _strings(values)
    return columns, kinds


_PLAIN = frozenset({str, type(None)})


def _strings(values: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([v if v is None else v.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for v in values], pa.string())


def _kinds(values: list[Any], types: set[type]) -> Evidence:
    found: set[Kind] = {_KINDS[type_] for type_ in types if type_ in _KINDS}
    if int in types:
        found |= {size_of(str(value)) for value in values if type(value) is int}
    if str in types and any(type(value) is str and value.strip() for value in values):
        found.add(Kind.TEXT)
    return frozenset(found)


_KINDS = {bool: Kind.BOOL, SourceReal: Kind.REAL, float: Kind.REAL, dict: Kind.NESTED, list: Kind.NESTED}


def _text(value: Any) -> str:
    if type(value) is SourceReal:
        return value.text
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int or type(value) is float:
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
