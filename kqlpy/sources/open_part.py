"""A data file as a part of a table, by what its first bytes say it is."""

from __future__ import annotations

from kqlpy.schema import Schema
from kqlpy.sources import messages
from kqlpy.sources.archives import archive, is_workbook
from kqlpy.sources.detect import Format, is_text_table
from kqlpy.sources.files import DataFile
from kqlpy.sources.members import places_of
from kqlpy.sources.partitions import PartitionedPart
from kqlpy.sources.parts import Part
from kqlpy.sources.read_options import PLAINLY, ReadOptions
from kqlpy.sources.reports import FileLog

__all__ = ["open_part"]

# Bigger text files are read anew for every scan instead of being kept in memory.
_KEEP_BYTES = 512 << 20


def open_part(file: DataFile, log: FileLog, declared: Schema | None, options: ReadOptions = PLAINLY) -> Part:
    """The part for one file; only the first bytes of the file are read here."""
    part = _open(file, log, declared, options)
    return PartitionedPart(part, file.partition) if file.partition else part


def _open(file: DataFile, log: FileLog, declared: Schema | None, options: ReadOptions) -> Part:
    match _expected(file):
        case Format.PARQUET:
            from kqlpy.sources.parquet import ParquetPart

            return ParquetPart(file, log)
        case Format.ARROW | Format.ARROW_STREAM:
            from kqlpy.sources.arrow_file import ArrowFilePart

            return ArrowFilePart(file, log)
        case Format.JSON:
            from kqlpy.sources.json import JsonPart

            return JsonPart(file, log, declared, options, keep=file.text_size <= _KEEP_BYTES)
        case Format.CSV:
            from kqlpy.sources.csv import CsvPart

            return CsvPart(file, log, declared, options, keep=file.text_size <= _KEEP_BYTES)
        case Format.ZIP if is_workbook(file.seekable):
            from kqlpy.sources.workbook import WorkbookPart

            return WorkbookPart(file, log, declared, options)
        case Format.EVTX:
            from kqlpy.sources.event_log import EventLogPart

            return EventLogPart(file, log, declared, options)
        case Format.EMPTY:
            raise messages.empty_file(file.shown)
        case Format.ZIP | Format.TAR as found:
            names = [place.member.name for place in places_of(archive(file.seekable).members)]
            raise messages.packed_file(file.shown, str(found), names)
        case Format.SEVEN_ZIP | Format.RAR as found:
            raise messages.packed_file(file.shown, str(found))
        case found:
            raise messages.not_a_table(file.shown, str(found))


def _expected(file: DataFile) -> Format:
    """The content decides, but text that is plainly no CSV file is broken JSON in a file named so; likewise the binary formats."""
    found = file.format
    if found not in (Format.CSV, Format.BINARY) or (found is Format.CSV and is_text_table(file.start)):
        return found
    for format_, endings in _ENDINGS.items():
        if any(ending in file.endings for ending in endings):
            return format_
    return found


_ENDINGS = {
    Format.JSON: (".json", ".jsonl", ".ndjson"),
    Format.PARQUET: (".parquet",),
    Format.ARROW: (".arrow", ".feather", ".ipc"),
    Format.ZIP: (".zip", ".xlsx", ".xlsm"),
    Format.TAR: (".tar", ".tgz", ".tbz2", ".txz", ".tzst"),
    Format.EVTX: (".evtx",),
}
