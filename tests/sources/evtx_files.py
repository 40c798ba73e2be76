"""Windows event logs made up for tests: a file header, one chunk, and events as binary XML without templates."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["MadeUpEvent", "event_log"]

_CHUNK = 1 << 16
_FIRST_RECORD = 512
#: 2024-05-01T10:00:00Z in 100 ns since 1601.
START = 133_590_312_000_000_000


@dataclass(frozen=True)
class MadeUpEvent:
    """What an event says; `data` as (name, text) pairs, a name may be ""."""

    id: int
    data: Sequence[tuple[str, str]] = ()
    channel: str = "Security"
    provider: str = "Microsoft-Windows-Security-Auditing"
    level: int = 0
    user: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


def event_log(events: Sequence[MadeUpEvent]) -> bytes:
    """The bytes of a log with these events, a second apart."""
    chunk = bytearray(_CHUNK)
    at = last = _FIRST_RECORD
    for number, event in enumerate(events, 1):
        last = at
        record = _record(number, event, at)
        chunk[at : at + len(record)] = record
        at += len(record)
    assert at <= _CHUNK
    struct.pack_into("<8sQQQQIIII", chunk, 0, b"ElfChnk\0", 1, len(events), 1, len(events), 128, last, at, zlib.crc32(chunk[_FIRST_RECORD:at]))
    struct.pack_into("<I", chunk, 124, zlib.crc32(bytes(chunk[:120]) + bytes(chunk[128:_FIRST_RECORD])))
    header = bytearray(4096)
    struct.pack_into("<8sQQQIHHHH", header, 0, b"ElfFile\0", 0, 0, len(events) + 1, 128, 1, 3, 4096, 1)
    struct.pack_into("<I", header, 124, zlib.crc32(header[:120]))
    return bytes(header + chunk)


def _record(number: int, event: MadeUpEvent, at: int) -> bytes:
    written = START + number * 10_000_000
    head = struct.pack("<IQQ", 0, number, written)
    xml = b"\x0f\x01\x01\x00" + _event(event, number, at + 4 + len(head) + 4) + b"\x00"
    size = 4 + len(head) + len(xml) + 4
    size += -size % 8
    body = struct.pack("<IQQ", size, number, written) + xml
    return b"**\0\0" + body.ljust(size - 8, b"\0") + struct.pack("<I", size)


def _event(event: MadeUpEvent, number: int, at: int) -> bytes:
    seconds = f"{number:02d}"
    system = [
        ("Provider", {"Name": event.provider}, ""),
        ("EventID", {}, str(event.id)),
        ("Version", {}, "1"),
        ("Level", {}, str(event.level)),
        ("Task", {}, "12544"),
        ("Opcode", {}, "0"),
        ("Keywords", {}, "0x8020000000000000"),
        ("TimeCreated", {"SystemTime": f"2024-05-01T10:00:{seconds}.123456Z"}, ""),
        ("EventRecordID", {}, str(number)),
        ("Execution", {"ProcessID": "4", "ThreadID": "8"}, ""),
        ("Channel", {}, event.channel),
        ("Computer", {}, "ws01.contoso.example"),
        ("Security", {"UserID": event.user} if event.user else {}, ""),
    ]
    data = [("Data", {"Name": name} if name else {}, text) for name, text in event.data]
    return _element(at, "Event", {}, [("System", {}, system), ("EventData", {}, data)])


def _element(at: int, name: str, attributes: Mapping[str, str], content: object) -> bytes:
    """An element that begins at a place of the chunk, where names are found by their offset."""
    start = b"\x41" if attributes else b"\x01"
    body = _name(at + 5, name)
    if attributes:
        listed = b""
        for index, (key, value) in enumerate(attributes.items()):
            token = b"\x46" if index < len(attributes) - 1 else b"\x06"
            listed += token + _name(at + 5 + len(body) + 4 + len(listed) + 1, key) + _value(value)
        body += struct.pack("<I", len(listed)) + listed
    body += b"\x02"
    if isinstance(content, str):
        body += _value(content) if content else b""
    else:
        assert isinstance(content, list)
        for child in content:
            body += _element(at + 5 + len(body), *child)
    body += b"\x04"
    return start + struct.pack("<I", len(body)) + body


def _name(at: int, name: str) -> bytes:
    """A name that is written where it is used."""
    return struct.pack("<IIHH", at + 4, 0, 0, len(name)) + name.encode("utf-16-le") + b"\0\0"


def _value(text: str) -> bytes:
    return b"\x05\x01" + struct.pack("<H", len(text)) + text.encode("utf-16-le")
