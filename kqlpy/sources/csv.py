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
from kqlpy.sources.reports import FileLog
from kqlpy.sources.row_columns import TextColumn, few_values

__all__ = ["CsvPart"]

_BLOCK_ROWS = 65_536
_BLOCK_BYTES = 2 << 20


class CsvPart(TextPart):
    """A text file with a header line and one separator."""

    def __init__(
        self, file: DataFile, log: FileLog, declared: Schema | None, *, keep: bool = True, zones_as_utc: bool = False
    ) -> None:
        super().__init__(log, declared, keep=keep, zones_as_utc=zones_as_utc)
        self._file = file

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
            return stream.read(1 << 16).decode("utf-8", "replace")

    @cached_property
    def _separator(self) -> str:
        told = _DIRECTIVE.match(self._head)
        return told[1] if told else _separator(self._head.lstrip("\r\n"))

    def read(self, keys: Collection[str] | None) -> Iterator[Block]:
        """Blocks of text columns, through pyarrow as far as the rows are regular."""
        wanted = [name for name in self._headers if keys is None or name in keys]
        number = given = 0
        if self._head[:1] in "\r\n" or _DIRECTIVE.match(self._head):
            yield from self._irregular(wanted, number, given)
            return
        try:
            for batches in _joined(self._regular(wanted)):
                table = pa.Table.from_batches(batches)
                columns = {name: TextColumn(few_values(table.column(name))) for name in wanted}
                yield Block(number, given, table.num_rows, columns, cells=True)
                given += table.num_rows
                number += 1
        except pa.ArrowInvalid as error:
            if "UTF8" in str(error):
                self.log.note("bytes that are not UTF-8; U+FFFD stands for them")
            yield from self._irregular(wanted, number, given)

    def _regular(self, wanted: list[str]) -> Iterator[pa.RecordBatch]:
        from pyarrow import csv as arrow_csv

        names = list(self._headers)
        options = arrow_csv.ReadOptions(column_names=names, skip_rows_after_names=1, block_size=_BLOCK_BYTES, use_threads=False)
        parsing = arrow_csv.ParseOptions(delimiter=self._separator, newlines_in_values=True)
        converting = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), include_columns=wanted or names[:1], strings_can_be_null=False
        )
        with self._file.arrow_source() as source, arrow_csv.open_csv(source, options, parsing, converting) as reader:
            yield from reader

    def _irregular(self, wanted: list[str], number: int, given: int) -> Iterator[Block]:
        """The rows from `given` on: short ones filled with absent cells, surplus cells left out, both counted."""
        rows = (cells for _, cells in islice(self._rows(), given + 1, None))
        width = len(self._headers)
        short = surplus = 0
        while taken := list(islice(rows, _BLOCK_ROWS)):
            short += sum(len(row) < width for row in taken)
            surplus += sum(len(row) > width for row in taken)
            columns = {name: _cells(taken, at) for at, name in enumerate(self._headers) if name in wanted}
            yield Block(number, given, len(taken), columns, cells=True)
            given += len(taken)
            number += 1
        if short:
            self.log.note(f"{short} rows have fewer cells than the header; the missing cells are empty")
        if surplus:
            self.log.note(f"{surplus} rows have more cells than the header; the surplus cells are left out")

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows as lists of cells with their lines, the header first; empty lines are skipped."""
        csv.field_size_limit(sys.maxsize)
        before = 0
        with self._file.open() as stream:
            # Bytes that are not UTF-8 stay visible: a data file is not thrown away for one of them.
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

    def line_of(self, row: int) -> int | None:
        """Found by counting from the start of the file."""
        return next((line for line, _ in islice(self._rows(), row + 1, None)), None)


# The first line that Excel writes to tell the separator.
_DIRECTIVE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


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


def _cells(rows: list[list[str]], at: int) -> TextColumn:
    cells: list[Any] = [row[at] if at < len(row) else None for row in rows]
    return TextColumn(pa.array(cells, pa.string()))


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
