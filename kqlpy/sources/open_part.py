"""A data file as a part of a table, by what its first bytes say it is."""

from __future__ import annotations

from kqlpy.schema import Schema
from kqlpy.sources import messages
from kqlpy.sources.detect import Format
from kqlpy.sources.files import DataFile
from kqlpy.sources.partitions import PartitionedPart
from kqlpy.sources.parts import Part
from kqlpy.sources.reports import FileLog

__all__ = ["open_part"]

# Bigger text files are read anew for every scan instead of being kept in memory.
_KEEP_BYTES = 512 << 20


def open_part(file: DataFile, log: FileLog, declared: Schema | None, *, zones_as_utc: bool) -> Part:
    """The part for one file; only the first bytes of the file are read here."""
    part = _open(file, log, declared, zones_as_utc)
    return PartitionedPart(part, file.partition) if file.partition else part


def _open(file: DataFile, log: FileLog, declared: Schema | None, zones_as_utc: bool) -> Part:
    found = file.format()
    keep = file.size * (8 if file.packed else 1) <= _KEEP_BYTES
    match _expected(file, found):
        case Format.PARQUET:
            from kqlpy.sources.parquet import ParquetPart

            return ParquetPart(file, log)
        case Format.ARROW | Format.ARROW_STREAM:
            from kqlpy.sources.arrow_file import ArrowFilePart

            return ArrowFilePart(file, log)
        case Format.JSON:
            from kqlpy.sources.json import JsonPart

            return JsonPart(file, log, declared, keep=keep, zones_as_utc=zones_as_utc)
        case Format.CSV:
            from kqlpy.sources.csv import CsvPart

            return CsvPart(file, log, declared, keep=keep, zones_as_utc=zones_as_utc)
        case Format.EMPTY:
            raise messages.empty_file(file.shown)
        case Format.ZIP:
            raise messages.packed_file(file.shown, "ZIP")
    raise messages.not_a_table(file.shown, "binary data")


def _expected(file: DataFile, found: Format) -> Format:
    """The content decides, but text in a file named as JSON is broken JSON and no CSV file; likewise the binary formats."""
    if found not in (Format.CSV, Format.BINARY):
        return found
    suffixes = [suffix.lower() for suffix in file.path.suffixes]
    for format_, endings in _ENDINGS.items():
        if any(ending in suffixes for ending in endings):
            return format_
    return found


_ENDINGS = {
    Format.JSON: (".json", ".jsonl", ".ndjson"),
    Format.PARQUET: (".parquet",),
    Format.ARROW: (".arrow", ".feather", ".ipc"),
}
