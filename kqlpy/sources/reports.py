"""What loading a file met with: rows, guessed column types, values that did not fit their type, remarks.

A `Ledger` gathers what the readers note while queries run, from any thread; `LoadReport` is what a caller sees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from kqlpy.schema import Column
from kqlpy.types import Type

__all__ = ["FailedValues", "FileLog", "Ledger", "LoadReport"]


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
    """What was seen of one file so far; only columns that some query read have been looked at."""

    table: str
    file: str
    rows: int | None
    guessed: tuple[tuple[str, Type], ...]
    failed: tuple[FailedValues, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Failure:
    count: int
    example: str
    row: int
    line: int | None


@dataclass
class FileLog:
    """The notes on one file."""

    table: str
    file: str
    rows: int | None = None
    guessed: dict[str, Type] = field(default_factory=dict)
    _failures: dict[tuple[str, Type], dict[int, _Failure]] = field(default_factory=dict)
    _notes: dict[str, None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, text: str) -> None:
        """Remember a remark; the same remark counts once."""
        with self._lock:
            self._notes[text] = None

    def guess(self, columns: Iterable[tuple[str, Type]]) -> None:
        """Remember columns whose type was worked out from the values."""
        with self._lock:
            self.guessed.update(columns)

    def fail(self, column: Column, block: int, count: int, example: str, row: int, line: int | None) -> None:
        """Remember the failed values of one block of rows; reading the block again counts once."""
        with self._lock:
            self._failures.setdefault((column.name, column.type), {})[block] = _Failure(count, example, row, line)

    def report(self) -> LoadReport:
        """The notes so far."""
        with self._lock:
            failed = tuple(_total(column, type_, list(blocks.values())) for (column, type_), blocks in self._failures.items())
            return LoadReport(self.table, self.file, self.rows, tuple(self.guessed.items()), failed, tuple(self._notes))


def _total(column: str, type_: Type, blocks: list[_Failure]) -> FailedValues:
    first = min(blocks, key=lambda failure: failure.row)
    return FailedValues(column, type_, sum(failure.count for failure in blocks), first.example, first.line)


class Ledger:
    """The notes on all files of a catalog."""

    def __init__(self) -> None:
        self._logs: dict[tuple[str, str], FileLog] = {}
        self._lock = Lock()

    def log(self, table: str, file: str) -> FileLog:
        """The notes on one file of a table."""
        with self._lock:
            return self._logs.setdefault((table, file), FileLog(table, file))

    def reports(self) -> list[LoadReport]:
        """One report for each file that was looked at."""
        with self._lock:
            logs = list(self._logs.values())
        return [log.report() for log in logs]
