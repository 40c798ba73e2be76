"""A data file as bytes: opening, unpacking gzip and zstd, and saying clearly why it cannot be read."""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from kqlpy.sources import messages
from kqlpy.sources.detect import Format, detect

__all__ = ["DataFile", "reading"]

_HEAD = 4096


@contextmanager
def reading(file: str) -> Iterator[None]:
    """Turn the operating system's refusals, wherever they come up, into one clear error."""
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise messages.broken_file(file, "compressed data", str(error)) from error
    except OSError as error:
        raise messages.unreadable(file, error.strerror or str(error)) from error


@dataclass(frozen=True, eq=False)
class DataFile:
    """A file of a table; `partition` holds the columns that folder names such as `day=2024-05-01` stand for."""

    path: Path
    partition: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The path for messages."""
        return str(self.path)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        with reading(self.shown):
            return self.path.stat().st_size

    def open(self) -> IO[bytes]:
        """The bytes, unpacked; as UTF-8 where they are UTF-16."""
        with reading(self.shown):
            stream: IO[bytes] = self.path.open("rb")
            packed = detect(stream.read(8))
            stream.seek(0)
            return _plain_text(_unpacked(stream, packed))

    def arrow_source(self) -> Any:
        """The unpacked bytes for pyarrow's readers: the path itself where nothing has to be unpacked or recoded."""
        with reading(self.shown), self.path.open("rb") as stream:
            start = stream.read(8)
        plain = detect(start) not in (Format.GZIP, Format.ZSTD) and start[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        import pyarrow as pa

        return str(self.path) if plain else pa.PythonFile(self.open(), mode="r")

    def format(self) -> Format:
        """What the (unpacked) content is."""
        with reading(self.shown), self.open() as stream:
            return detect(stream.read(_HEAD))

    @property
    def packed(self) -> bool:
        """True for gzip and zstd files."""
        with reading(self.shown), self.path.open("rb") as stream:
            return detect(stream.read(8)) in (Format.GZIP, Format.ZSTD)


def _unpacked(stream: IO[bytes], packed: Format) -> IO[bytes]:
    if packed is Format.GZIP:
        import gzip

        return io.BufferedReader(gzip.GzipFile(fileobj=stream))
    if packed is Format.ZSTD:
        import pyarrow as pa

        unpacked: Any = pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd")
        return io.BufferedReader(_Raw(unpacked))
    return stream


def _plain_text(stream: IO[bytes]) -> IO[bytes]:
    """Without a byte order mark; UTF-16 (as PowerShell and Excel write it) recoded to UTF-8."""
    buffered: Any = stream  # both kinds of stream that come here can peek
    start = buffered.peek(3)[:3]
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return io.BytesIO(buffered.read().decode("utf-16", "replace").encode())
    if start == codecs.BOM_UTF8:
        buffered.read(3)
    return buffered  # type: ignore[no-any-return]


class _Raw(io.RawIOBase):
    """A pyarrow stream as a raw Python stream."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
