"""What the reports on loaded files say, in lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kqlpy.sources import messages
from kqlpy.sources.reports import LoadReport
from kqlpy.types import Type

__all__ = ["remarks"]


def remarks(reports: Iterable[LoadReport]) -> list[str]:
    """For each table what was guessed about it, then for each file what did not fit and what else was met with."""
    tables: dict[str, list[LoadReport]] = {}
    for report in reports:
        tables.setdefault(report.table, []).append(report)
    return [text for name, files in tables.items() for text in (*_guesses(name, files), *_of_files(files))]


def _guesses(table: str, files: list[LoadReport]) -> Iterator[str]:
    guessed = dict(pair for report in files for pair in report.guessed)
    if guessed:
        counts = [report.rows for report in files]
        rows = None if None in counts else sum(count for count in counts if count is not None)
        # Strings, which lose nothing, come last: only the first columns are named.
        columns = sorted(guessed.items(), key=lambda column: column[1] is Type.STRING)
        yield messages.guessed_types(table, rows, len(files), [(name, str(type_)) for name, type_ in columns])


def _of_files(files: list[LoadReport]) -> Iterator[str]:
    for report in files:
        for failed in report.failed:
            yield messages.failed_values(report.file, failed.line, failed.column, str(failed.type), failed.count, failed.example)
        yield from (f"{report.file}: {note}" for note in report.notes)
