"""Excel workbooks, read with openpyxl (extra `excel`): the first sheet with rows, and further sheets with the same header.

Excel splits long tables over sheets; a sheet of another kind is left out, and that is told. Cells bring their own kind: a number that
Excel stores as text stays text. openpyxl gives rows one by one, at about 10 us a cell; what is done here for each row is little beside that.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Any

import pyarrow as pa

from kqlpy.schema import Schema
from kqlpy.sources import messages
from kqlpy.sources.files import DataFile, reading
from kqlpy.sources.headers import Header, read_headers
from kqlpy.sources.parts import Block, TextPart
from kqlpy.sources.plain_values import cell_text, object_column
from kqlpy.sources.read_options import PLAINLY, ReadOptions
from kqlpy.sources.reports import FileLog
from kqlpy.sources.row_columns import TextColumn

__all__ = ["WorkbookPart"]

_BLOCK_ROWS = 65_536
_Cells = tuple[Any, ...]
_Row = tuple[int, _Cells]


class WorkbookPart(TextPart):
    """The rows of a workbook."""

    def __init__(self, file: DataFile, log: FileLog, declared: Schema | None, options: ReadOptions = PLAINLY) -> None:
        self._file = file
        super().__init__(log, declared, options, keep=True)

    def headers(self) -> Mapping[str, Header]:
        """The first row with cells."""
        return self._headers

    @cached_property
    def _headers(self) -> dict[str, Header]:
        with self._opened() as book:
            for _, header, _ in _tables(book):
                return read_headers(header, self.declared, unique=False)
        raise messages.empty_file(self._file.shown)

    def read(self, keys: Collection[str] | None) -> Iterator[Block]:
        """Blocks of cells."""
        names = list(self._headers)
        number = first = 0
        rows = (cells for _, cells in self._rows())
        while taken := list(islice(rows, _BLOCK_ROWS)):
            columns = {name: _column(taken, at) for at, name in enumerate(names) if keys is None or name in keys}
            yield Block(number, first, len(taken), columns)
            first += len(taken)
            number += 1

    def line_of(self, row: int) -> int | None:
        """The row's number in its sheet."""
        return next((number for number, _ in islice(self._rows(), row, None)), None)

    def _rows(self) -> Iterator[_Row]:
        """The rows under the header, on all sheets that repeat it."""
        header: list[str] | None = None
        left_out = []
        with self._opened() as book:
            for title, names, rows in _tables(book):
                if header is None or names == header:
                    header = names
                    yield from self._counted(rows, len(names))
                else:
                    left_out.append(title)
        if left_out:
            self.log.lose(f"sheets with other columns than the first are left out: {', '.join(left_out)}")

    def _counted(self, rows: Iterator[_Row], width: int) -> Iterator[_Row]:
        surplus = 0
        for number, cells in rows:
            surplus += any(cell is not None for cell in cells[width:])
            yield number, cells[:width]
        if surplus:
            self.log.lose(f"{surplus:,} row{' has' if surplus == 1 else 's have'} cells to the right of the header, which are left out")

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            import openpyxl
        except ImportError:
            raise messages.no_reader(self._file.shown, "an Excel workbook", "openpyxl", "excel") from None
        with warnings.catch_warnings(), reading(self._file.shown), self._file.seekable.open("rb") as stream:
            warnings.simplefilter("ignore")  # of styles and validations, which no query sees
            book = self._reading(lambda: openpyxl.load_workbook(stream, read_only=True, data_only=True))
            try:
                yield _Book(book, self._reading)
            finally:
                book.close()

    def _reading(self, step: Callable[[], Any]) -> Any:
        """A step of openpyxl, which raises whatever the damage leads to: a wrong key, a wrong tag, a wrong zip file."""
        try:
            return step()
        except StopIteration:
            raise
        except Exception as error:
            raise messages.broken_file(self._file.shown, "an Excel workbook", str(error).partition("\n")[0] or type(error).__name__) from error


class _Book:
    """An open workbook whose rows are read under the part's care for errors."""

    def __init__(self, book: Any, reading: Callable[[Callable[[], Any]], Any]) -> None:
        self._book = book
        self._reading = reading

    def sheets(self) -> list[Any]:
        """The sheets that a reader sees; all where all are hidden."""
        found = list(self._book.worksheets)
        return [sheet for sheet in found if sheet.sheet_state == "visible"] or found

    def rows(self, sheet: Any) -> Iterator[_Row]:
        """The rows of a sheet that hold anything, with their numbers from 1."""
        sheet.reset_dimensions()  # some writers say that the sheet is one cell large
        rows = self._reading(lambda: sheet.iter_rows(values_only=True))
        number = 0
        while True:
            try:
                cells = self._reading(lambda: next(rows))
            except StopIteration:
                return
            number += 1
            if any(cell is not None for cell in cells):
                yield number, cells


def _tables(book: _Book) -> Iterator[tuple[str, list[str], Iterator[_Row]]]:
    """Each sheet that has a header: its title, the header and the rows under it."""
    for sheet in book.sheets():
        rows = book.rows(sheet)
        first = next(rows, None)
        if first is not None:
            names = [_unescaped(cell_text(cell) or "") for cell in first[1]]
            while not names[-1]:
                names.pop()
            yield sheet.title, names, rows


def _column(rows: list[_Cells], at: int) -> TextColumn:
    cells = [row[at] if at < len(row) else None for row in rows]
    if set(map(type, cells)) <= {str, type(None)}:
        return TextColumn(pa.array([cell and _unescaped(cell) for cell in cells], pa.string()))
    return object_column([_unescaped(cell) if isinstance(cell, str) else cell for cell in cells])


def _unescaped(text: str) -> str:
    """Excel writes characters that XML cannot hold as `_x000D_`."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
