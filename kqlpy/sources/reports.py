"""What loading a file met with: rows, guessed column types, values that did not fit their type, remarks.

A `Ledger` gathers what the readers note while queries run, from any thread; `LoadReport` is what a caller sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import RLock

from kqlpy.errors import KqlDataError
from kqlpy.schema import Column
from kqlpy.sources import messages
from kqlpy.types import Type

__all__ = ["FailedValues", "FileLog", "Ledger", "LoadReport", "Place", "Places"]


@dataclass(frozen=True, slots=True)
class FailedValues:
    """Values of a column that are null because its type cannot hold them; `example` is the first, on `line` (None: not known)."""

    column: str
    type: Type
    count: int
    example: str
    line: int | None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was seen of one file so far; only columns that some query read have been looked at.

    `guessed`: columns that no schema declares, with the type that their values suggest. `notes`: what else a reader of the results should know.
    """

    table: str
    file: str
    rows: int | None
    guessed: tuple[tuple[str, Type], ...]
    failed: tuple[FailedValues, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The first of some values in a block of rows: its text and its row (from 0) in the file."""

    example: str
    row: int


@dataclass(frozen=True, slots=True)
class _Seen:
    count: int
    place: Place


@dataclass
class Places:
    """Values of some kind, by the blocks of rows that hold them; reading a block again counts once."""

    _blocks: dict[int, _Seen] = field(default_factory=dict)

    def add(self, block: int, count: int, place: Place) -> None:
        """Remember those of one block."""
        self._blocks[block] = _Seen(count, place)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(seen.count for seen in self._blocks.values())

    @property
    def first(self) -> Place:
        """The first one in the file."""
        return min((seen.place for seen in self._blocks.values()), key=lambda place: place.row)


@dataclass
class FileLog:
    """The notes on one file. `line_of` finds the line of a row, which may mean to read the file again; `strict` makes a lost value an error."""

    table: str
    file: str
    strict: bool = False
    rows: int | None = None
    line_of: Callable[[int], int | None] = lambda _: None
    guessed: dict[str, Type] = field(default_factory=dict)
    _failed: dict[Column, Places] = field(default_factory=dict)
    _odd: dict[str, Places] = field(default_factory=dict)
    _open_dates: dict[str, str] = field(default_factory=dict)
    _lines: dict[int, int | None] = field(default_factory=dict)
    _notes: dict[str, None] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def note(self, text: str) -> None:
        """Remember a remark; the same remark counts once."""
        with self._lock:
            self._notes[text] = None

    def lose(self, text: str) -> None:
        """Remember a remark that says that something of the file is not in the table."""
        if self.strict:
            raise messages.not_strict(self.file, text)
        self.note(text)

    def guess(self, columns: Iterable[tuple[str, Type]]) -> None:
        """Remember columns whose type was worked out from the values."""
        with self._lock:
            self.guessed.update(columns)

    def fail(self, column: Column, block: int, count: int, place: Place) -> None:
        """Remember the values of a block that the column's type cannot hold."""
        if self.strict:
            raise messages.value_failed(self.file, self._line(place.row), column.name, str(column.type), place.example)
        with self._lock:
            self._failed.setdefault(column, Places()).add(block, count, place)

    def odd_hours(self, column: str, block: int, count: int, place: Place) -> None:
        """Remember times whose hour contradicts their AM or PM."""
        with self._lock:
            self._odd.setdefault(column, Places()).add(block, count, place)

    def open_dates(self, column: str, example: str) -> None:
        """Remember a column whose dates do not say which number is the month."""
        with self._lock:
            self._open_dates[column] = example

    def report(self) -> LoadReport:
        """The notes so far."""
        with self._lock:
            failed = [
                FailedValues(column.name, column.type, found.count, found.first.example, self._line(found.first.row))
                for column, found in self._failed.items()
            ]
            return LoadReport(self.table, self.file, self.rows, tuple(self.guessed.items()), tuple(failed), tuple(self._remarks()))

    def _remarks(self) -> Iterable[str]:
        yield from self._notes
        if self._open_dates:
            yield messages.open_dates(list(self._open_dates), next(iter(self._open_dates.values())))
        for column, found in self._odd.items():
            yield messages.odd_hours(column, found.count, found.first.example)

    def _line(self, row: int) -> int | None:
        """The line of a row; None where it cannot be told any more."""
        if row not in self._lines:
            found = None
            with suppress(KqlDataError, ValueError):
                found = self.line_of(row)
            self._lines[row] = found
        return self._lines[row]


class Ledger:
    """The notes on all files of a catalog."""

    def __init__(self, *, strict: bool = False) -> None:
        self._logs: dict[tuple[str, str], FileLog] = {}
        self._lock = RLock()
        self._strict = strict

    def log(self, table: str, file: str) -> FileLog:
        """The notes on one file of a table."""
        with self._lock:
            return self._logs.setdefault((table, file), FileLog(table, file, self._strict))

    def reports(self) -> list[LoadReport]:
        """One report for each file that was looked at."""
        with self._lock:
            logs = list(self._logs.values())
        return [log.report() for log in logs]
