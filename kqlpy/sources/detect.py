"""What a file is, judged by its first bytes; its name decides only which separator a text table may have."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

__all__ = ["SUFFIXES", "Format", "detect", "table_name"]


class Format(StrEnum):
    """The formats that can be told apart by content."""

    PARQUET = "Parquet"
    ARROW = "Arrow"
    ARROW_STREAM = "Arrow stream"
    JSON = "JSON"
    CSV = "CSV"
    GZIP = "gzip"
    ZSTD = "zstd"
    ZIP = "ZIP"
    EMPTY = "empty"
    BINARY = "binary"


SUFFIXES = frozenset({".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".ipc"})
PACKED = frozenset({".gz", ".zst"})
_MAGIC = (
    (b"PAR1", Format.PARQUET), (b"ARROW1", Format.ARROW), (b"\xff\xff\xff\xff", Format.ARROW_STREAM), (b"\x1f\x8b", Format.GZIP),
    (b"\x28\xb5\x2f\xfd", Format.ZSTD), (b"PK\x03\x04", Format.ZIP), (b"PK\x05\x06", Format.ZIP),
)  # fmt: skip
_JSON = re.compile(rb'(\xef\xbb\xbf)?\s*(\{\s*["}]|\[\s*[\[{\]]|[\[{]\s*$)')


def table_name(path: Path) -> str | None:
    """The table that a file in the data folder is, by its name; None when its ending is none of a data file."""
    name = path.name
    for packed in PACKED:
        name = name.removesuffix(packed)
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and f".{suffix.lower()}" in SUFFIXES and stem else None


def detect(head: bytes) -> Format:
    """The format of a file that begins with `head` (a few hundred bytes are enough)."""
    if not head:
        return Format.EMPTY
    for magic, format_ in _MAGIC:
        if head.startswith(magic):
            return format_
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
        return Format.JSON if _JSON.match(text) else Format.CSV
    if not head.strip():
        return Format.EMPTY
    if _JSON.match(head):
        return Format.JSON
    return Format.BINARY if b"\0" in head else Format.CSV
