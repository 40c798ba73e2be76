"""CSV and TSV files: pyarrow's reader, and Python's own for files whose rows differ in length."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

import pyarrow as pa

from kqlpy.schema import Schema
from kqlpy.sources import messages
from kqlpy.sources.files import DataFile
from kqlpy.sources.headers import Header, read_headers
from kqlpy.sources.parts import Block, TextPart
from kqlpy.sources.read_options import PLAINLY, ReadOptions
from kqlpy.sources.reports import FileLog
from kqlpy.sources.row_columns import TextColumn, few_values

__all__ = ["CsvPart"]

_BLOCK_ROWS = 65_536
_BLOCK_BYTES = 2 << 20
_HEAD = 1 << 16


class CsvPart(TextPart):
    """A text file with a header line and one separator."""

    def __init__(self, file: DataFile, log: FileLog, declared: Schema | None, options: ReadOptions = PLAINLY, *, keep: bool = True) -> None:
        super().__init__(log, declared, options, keep=keep)
        self._file = file
        self._foreign = False
        self._is_checked = False

    def headers(self) -> Mapping[str, Header]:
        """The header line's columns."""
        return self._headers

    @cached_property
    def _headers(self) -> dict[str, Header]:
        first = next(self._rows(), None)
        if first is None:
            raise messages.empty_file(self._file.shown)
        headers = read_headers(first[1], self.declared, unique=False)
        renamed = [header.name for header in headers.values() if not header.zone and header.raw.strip() != header.name]
        if renamed:
            self.log.note(f"columns without a name of their own are called {', '.join(renamed)}")
        return headers

    @cached_property
    def _head(self) -> str:
        with self._file.open() as stream:
            return stream.read(_HEAD).decode("utf-8", "replace")

    @cached_property
    def _separator(self) -> str:
        told = _DIRECTIVE.match(self._head)
        return told[1] if told else _separator(self._head.lstrip("\r\n"), whole=len(self._head) < _HEAD)

    # ------------------------------------------------------------ rows

    def read(self, keys: Collection[str] | None) -> Iterator[Block]:
        """Blocks of text columns, through pyarrow as far as the rows are regular."""
        wanted = [name for name in self._headers if keys is None or name in keys]
        at = _Position()
        if self._head[:1] in "\r\n" or _DIRECTIVE.match(self._head):
            yield from self._irregular(wanted, at)
            return
        try:
            yield from self._regular(wanted, at)
            return
        except pa.ArrowInvalid as error:
            self._foreign = self._foreign or "UTF8" in str(error)
            again = "UTF8" in str(error)
        try:
            # Rows up to the first foreign byte read the same through the decoder, so that the reading goes on behind them.
            yield from self._regular(wanted, at) if again else self._irregular(wanted, at)
        except pa.ArrowInvalid:
            yield from self._irregular(wanted, at)

    def _regular(self, wanted: list[str], at: _Position) -> Iterator[Block]:
        """pyarrow's reading, from a position on."""
        last: str | None = None
        for batches in _joined(self._batches(wanted, at.row)):
            table = pa.Table.from_batches(batches)
            columns = {name: TextColumn(few_values(table.column(name))) for name in wanted}
            block = Block(at.number, at.row, table.num_rows, columns, cells=True)
            last = table.column(list(self._headers)[-1])[-1].as_py()
            at.pass_over(block)
            yield block
        self._check_end(last)

    def _batches(self, wanted: list[str], skipped: int) -> Iterator[pa.RecordBatch]:
        from pyarrow import csv as arrow_csv

        names = list(self._headers)
        options = arrow_csv.ReadOptions(column_names=names, skip_rows_after_names=1, block_size=_BLOCK_BYTES, use_threads=False)
        parsing = arrow_csv.ParseOptions(delimiter=self._separator, newlines_in_values=True)
        converting = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), include_columns=list(dict.fromkeys([*wanted, names[-1]])), strings_can_be_null=False
        )
        foreign = self._note_foreign if self._foreign else None
        with self._file.arrow_source(foreign) as source, arrow_csv.open_csv(source, options, parsing, converting) as reader:
            for batch in reader:
                rest = batch.slice(skipped)
                skipped -= min(skipped, batch.num_rows)
                if rest.num_rows:
                    yield rest

    def _irregular(self, wanted: list[str], at: _Position) -> Iterator[Block]:
        """Python's reading, from a position on: short rows are filled with absent cells, surplus cells left out, both counted."""
        rows = islice(self._rows(), at.row + 1, None)
        width = len(self._headers)
        short, surplus = _Lines(), _Lines()
        last: str | None = None
        while taken := list(islice(rows, _BLOCK_ROWS)):
            short.add([line for line, cells in taken if len(cells) < width])
            surplus.add([line for line, cells in taken if len(cells) > width])
            columns = {name: _cells(taken, place) for place, name in enumerate(self._headers) if name in wanted}
            block = Block(at.number, at.row, len(taken), columns, cells=True)
            last = taken[-1][1][-1]
            at.pass_over(block)
            yield block
        self._check_end(last)
        if short.count:
            self.log.note(f"{short} fewer cells than the header; the missing cells are empty")
        if surplus.count:
            self.log.lose(f"{surplus} more cells than the header; the surplus cells are left out")

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows as lists of cells with their lines, the header first; empty lines are skipped."""
        csv.field_size_limit(sys.maxsize)
        before = 0
        with self._file.open(self._note_foreign) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
            reader = csv.reader(text, delimiter=self._separator)
            if _DIRECTIVE.match(self._head):
                next(reader)
            try:
                for row in reader:
                    if row:
                        yield before + 1, row
                    before = reader.line_num
            except csv.Error as error:
                raise messages.broken_file(self._file.shown, "CSV", f"line {before + 1}: {error}") from error

    def _note_foreign(self) -> None:
        self.log.note("bytes that are not UTF-8 are read as Windows-1252")

    def line_of(self, row: int) -> int | None:
        """Found by counting from the start of the file."""
        return next((line for line, _ in islice(self._rows(), row + 1, None)), None)

    # ------------------------------------------------------------ the end

    def _check_end(self, last: str | None) -> None:
        """Tell that the last cell begins with a quote that is never closed: the file is cut short, or all rows behind the quote are in that cell.

        `last` is the last cell of the last row. Readers of CSV take such a cell for a long text; only the file's own end tells.
        """
        if self._is_checked or last is None or not ("\n" in last or "\r" in last):
            return
        written = b'"' + last.replace('"', '""').encode()
        if self._tail(len(written)) == written:
            first = self._line_count() - last.count("\n")
            count = len(last.splitlines())
            self.log.lose(f"the quote that begins a cell in line {first} is never closed; all {count:,} lines to the end of the file are in that cell")
        self._is_checked = True

    def _tail(self, size: int) -> bytes:
        """The last bytes of the text."""
        found = b""
        with self._file.open(self._note_foreign if self._foreign else None) as stream:
            while piece := stream.read(1 << 20):
                found = (found + piece)[-size:]
        return found

    def _line_count(self) -> int:
        """Line ends in the text, and one for what follows the last of them."""
        with self._file.open() as stream:
            return 1 + sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 20), b""))


# The first line that Excel writes to tell the separator.
_DIRECTIVE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


class _Position:
    """How far a file was read: the number of the next block and of its first row."""

    def __init__(self) -> None:
        self.number = 0
        self.row = 0

    def pass_over(self, block: Block) -> None:
        """Stand behind a block."""
        self.number, self.row = block.number + 1, block.first_row + block.rows


class _Lines:
    """How many rows there are of some kind, and the line of the first."""

    def __init__(self) -> None:
        self.count = 0
        self._first: int | None = None

    def add(self, lines: list[int]) -> None:
        """Count the rows of these lines."""
        self.count += len(lines)
        if self._first is None and lines:
            self._first = lines[0]

    def __str__(self) -> str:
        return f"1 row (line {self._first}) has" if self.count == 1 else f"{self.count:,} rows (the first in line {self._first}) have"


def _joined(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Batches that together have about as many rows as a block."""
    taken: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        taken.append(batch)
        rows += batch.num_rows
        if rows >= _BLOCK_ROWS:
            yield taken
            taken, rows = [], 0
    if rows:
        yield taken


def _cells(rows: list[tuple[int, list[str]]], at: int) -> TextColumn:
    cells: list[Any] = [row[at] if at < len(row) else None for _, row in rows]
    return TextColumn(pa.array(cells, pa.string()))


def _separator(head: str, *, whole: bool) -> str:
    """The separator that splits the first rows alike, of several the one that the header has most of; a comma if there is none."""

    def likeness(separator: str) -> tuple[float, int]:
        rows = [row for row in islice(csv.reader(io.StringIO(head, newline=""), delimiter=separator), 11) if row]
        rows = rows if whole or len(rows) == 11 else rows[:-1] or rows
        width = len(rows[0])
        return (sum(len(row) == width for row in rows) / len(rows) if width > 1 else 0.0, width)

    csv.field_size_limit(sys.maxsize)
    return max(",\t;|", key=likeness) if head.strip() else ","
