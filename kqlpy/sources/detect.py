"""What a file is, judged by its first bytes; its name decides only which table it is and which separator a text table may have."""

from __future__ import annotations

import csv
import io
import re
from enum import StrEnum
from pathlib import PurePath

__all__ = ["ARCHIVES", "HEAD", "OPEN_ENDINGS", "PACKED", "SUFFIXES", "Format", "archive_stem", "detect", "is_text_table", "plain_name", "table_name"]

#: So many first bytes tell every format.
HEAD = 4096


class Format(StrEnum):
    """The formats that can be told apart by content."""

    PARQUET = "Parquet"
    ARROW = "Arrow"
    ARROW_STREAM = "Arrow stream"
    JSON = "JSON"
    CSV = "CSV"
    GZIP = "gzip"
    ZSTD = "zstd"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZIP = "zip"
    TAR = "tar"
    EVTX = "a Windows event log"
    XLS = "a workbook in the format before 2007"
    SEVEN_ZIP = "7z"
    RAR = "rar"
    EMPTY = "empty"
    BINARY = "binary data"


#: Endings of data files, of packed ones, of archives, and those that say nothing about the content.
SUFFIXES = frozenset({".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".ipc", ".xlsx", ".xlsm", ".evtx"})
PACKED = frozenset({".gz", ".zst", ".bz2", ".xz"})
ARCHIVES = frozenset({".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tzst"})
OPEN_ENDINGS = frozenset({".log", ".txt"})
_MAGIC = (
    (b"PAR1", Format.PARQUET), (b"ARROW1", Format.ARROW), (b"\xff\xff\xff\xff", Format.ARROW_STREAM), (b"\x1f\x8b", Format.GZIP),
    (b"\x28\xb5\x2f\xfd", Format.ZSTD), (b"BZh", Format.BZIP2), (b"\xfd7zXZ\0", Format.XZ), (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP), (b"ElfFile\0", Format.EVTX), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format.XLS),
    (b"7z\xbc\xaf\x27\x1c", Format.SEVEN_ZIP), (b"Rar!\x1a\x07", Format.RAR),
)  # fmt: skip
_JSON = re.compile(rb'(\xef\xbb\xbf)?\s*(\{\s*["}]|\[\s*[\[{\]]|[\[{]\s*$)')


def plain_name(name: str) -> str:
    """The name without the endings of packed files."""
    stem, dot, suffix = name.rpartition(".")
    while dot and stem and f".{suffix.lower()}" in PACKED:
        name = stem
        stem, dot, suffix = name.rpartition(".")
    return name


def table_name(path: PurePath, endings: frozenset[str] = SUFFIXES) -> str | None:
    """The table that a file in the data folder is, by its name; None when its ending is none of a data file."""
    name = plain_name(path.name)
    stem, dot, suffix = name.rpartition(".")
    if dot and stem and f".{suffix.lower()}" in endings:
        return stem
    # `SecurityEvent.gz` tells nothing of what is packed.
    return name if name != path.name and not dot else None


def archive_stem(name: str) -> str | None:
    """The name of an archive without its endings; None for another file."""
    stem, dot, suffix = name.rpartition(".")
    if dot and stem and f".{suffix.lower()}" in ARCHIVES:
        return stem
    inner, dot, suffix = plain_name(name).rpartition(".")
    return inner if dot and inner and suffix.lower() == "tar" else None


def detect(head: bytes) -> Format:
    """The format of a file that begins with `head`, its first `HEAD` bytes or all of them."""
    if not head:
        return Format.EMPTY
    for magic, format_ in _MAGIC:
        if head.startswith(magic):
            return format_
    if head[257:262] == b"ustar":
        return Format.TAR
    encoding = wide_encoding(head)
    if encoding is not None:
        head = head[: len(head) // 2 * 2].decode(encoding, "replace").encode()
    if not head.strip():
        return Format.EMPTY
    if _JSON.match(head):
        return Format.JSON
    return Format.BINARY if b"\0" in head else Format.CSV


def wide_encoding(head: bytes) -> str | None:
    """The name of the UTF-16 that a text begins with: a byte order mark, or Latin letters with a zero byte each; None for other text."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    sample = head[:256]
    if len(sample) < 4:
        return None
    even, odd, half = sample[::2].count(0), sample[1::2].count(0), len(sample) // 2
    found = "utf-16-le" if odd * 5 >= half * 4 and even * 10 < half else "utf-16-be" if even * 5 >= half * 4 and odd * 10 < half else None
    text = sample[: half * 2].decode(found, "replace") if found else ""
    return found if all(character.isprintable() or character in "\t\r\n" for character in text) else None


def is_text_table(head: bytes) -> bool:
    """True when text in a file whose ending says something else begins like a CSV file: names in the first row, as many cells in the next ones."""
    text = head.decode(wide_encoding(head) or "utf-8-sig", "replace")
    if "\n" not in text.strip():
        return False
    for separator in ",\t;|":
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row]
        whole = rows[:-1] if len(head) >= HEAD else rows
        if whole and _are_names(whole[0]) and all(len(row) == len(whole[0]) for row in whole[1:4]):
            return True
    return False


def _are_names(cells: list[str]) -> bool:
    names = [cell.strip() for cell in cells if cell.strip()]
    return len(names) > 1 and len(set(names)) == len(names) and all(_NAME.fullmatch(name) for name in names)


_NAME = re.compile(r"[A-Za-z_$][\w .$-]*(\[[^\[\]]+\])?")
