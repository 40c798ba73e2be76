"""CSV and TSV files: pyarrow's reader, and Python's own for files whose rows differ in length."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import IO, Any

import pyarrow as pa

from kqlpy.schema import Schema
from kqlpy.sources import messages
from kqlpy.sources.files import DataFile, reading
from kqlpy.sources.headers import Header, read_headers
from kqlpy.sources.parts import Block, TextPart
from kqlpy.sources.reports import FileLog

__all__ = ["CsvPart"]

_BLOCK_ROWS = 65_536
_BLOCK_BYTES = 8 << 20


class CsvPart(TextPart):
    """A text file with a header line and one separator."""

    def __init__(self, file: DataFile, log: FileLog, declared: Schema | None, keep: bool) -> None:
        super().__init__(log, keep)
        self._file = file
        self._declared = declared

    def headers(self) -> tuple[Header, ...]:
        """The header line's columns."""
        return self._headers

    @cached_property
    def _headers(self) -> tuple[Header, ...]:
        first = next(self._rows(), None)
        if first is None:
            raise messages.empty_file(self._file.shown)
        return read_headers(first, self._declared)

    @cached_property
    def _separator(self) -> str:
        with reading(self._file.shown), self._file.open() as stream:
            head = stream.read(1 << 16).decode("utf-8-sig", "replace")
        return _separator(head)

    def read(self, names: Collection[str]) -> Iterator[Block]:
        """Blocks of text columns, through pyarrow as far as the rows are regular."""
        given = 0
        number = 0
        try:
            for batch in self._regular(names):
                if batch.num_rows:
                    yield Block(number, given, batch.num_rows, dict(zip(batch.schema.names, batch.columns, strict=True)))
                    given += batch.num_rows
                    number += 1
        except pa.ArrowInvalid:
            yield from self._irregular(number, given)

    def _regular(self, names: Collection[str]) -> Iterator[pa.RecordBatch]:
        from pyarrow import csv as arrow_csv

        all_names = list(self.names())
        wanted = [name for name in all_names if name in names]
        with reading(self._file.shown), self._file.open() as stream:
            reader = arrow_csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                read_options=arrow_csv.ReadOptions(
                    column_names=all_names, skip_rows_after_names=1, block_size=_BLOCK_BYTES, use_threads=False
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=self._separator, newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(all_names, pa.string()),
                    include_columns=wanted or all_names[:1],
                    strings_can_be_null=False,
                ),
            )
            yield from reader

    def _irregular(self, number: int, given: int) -> Iterator[Block]:
        """The rows from `given` on, short ones filled with absent cells."""
        rows = self._rows()
        next(rows)
        for _ in range(given):
            next(rows)
        width = len(self._headers)
        surplus = 0
        while True:
            taken = [row for row, _ in zip(rows, range(_BLOCK_ROWS), strict=False)]
            if not taken:
                break
            surplus += sum(len(row) > width for row in taken)
            yield self._block(number, given, taken, width)
            given += len(taken)
            number += 1
        if surplus:
            self.log.note(f"{surplus} rows have more cells than the header; the surplus cells are left out")

    def _block(self, number: int, given: int, rows: list[list[str]], width: int) -> Block:
        short = sum(len(row) < width for row in rows)
        if short:
            self.log.note(f"rows with fewer cells than the header: {short} in the block from row {given + 1}; the missing cells are empty")
        padded = [row if len(row) >= width else row + [None] * (width - len(row)) for row in rows]  # type: ignore[list-item]
        columns: dict[str, Any] = {}
        for at, header in enumerate(self._headers):
            columns[header.name] = pa.array([row[at] for row in padded], pa.string())
        return Block(number, given, len(rows), columns)

    def _rows(self) -> Iterator[list[str]]:
        """The rows as lists of cells, the header first; empty lines are skipped."""
        for _, row in self._numbered():
            yield row

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        with reading(self._file.shown), self._file.open() as stream:
            reader = _reader(stream, self._separator)
            before = 0
            try:
                for row in reader:
                    if row:
                        yield before + 1, row
                    before = reader.line_num
            except UnicodeDecodeError as error:
                raise messages.broken_file(self._file.shown, "UTF-8 text", f"after line {before}: {error.reason}") from error
            except csv.Error as error:
                raise messages.broken_file(self._file.shown, "CSV", f"line {before + 1}: {error}") from error

    def line_of(self, row: int) -> int | None:
        """Found by counting from the start of the file."""
        for at, (line, _) in enumerate(self._numbered()):
            if at == row + 1:
                return line
        return None


def _reader(stream: IO[bytes], separator: str) -> Any:
    csv.field_size_limit(sys.maxsize)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    return csv.reader(text, delimiter=separator)


def _separator(head: str) -> str:
    """The separator that the header line has most of, outside quotes; a comma if there is none."""
    counts = dict.fromkeys(",\t;|", 0)
    quoted = False
    for character in head:
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            break
        elif not quoted and character in counts:
            counts[character] += 1
    return max(counts, key=counts.__getitem__)
