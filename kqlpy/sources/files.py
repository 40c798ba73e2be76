"""A data file as bytes: opening, unpacking gzip and zstd, and saying clearly why it cannot be read."""

from __future__ import annotations

import codecs
import io
import os
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from kqlpy.sources import messages
from kqlpy.sources.detect import Format, detect

__all__ = ["DataFile", "readable", "reading"]

_HEAD = 4096


@contextmanager
def reading(file: str, kind: str | None = None) -> Iterator[None]:
    """Turn refusals to read a file, wherever they come up, into one clear error; those of pyarrow too for a file of a given `kind`."""
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise messages.broken_file(file, "compressed data", str(error)) from error
    except OSError as error:
        if error.errno is None and kind is not None:
            raise messages.broken_file(file, kind, _first_line(error)) from error
        raise messages.unreadable(file, error.strerror or str(error)) from error
    except pa.ArrowException as error:
        if kind is None:
            raise
        raise messages.broken_file(file, kind, _first_line(error)) from error


def readable(path: str) -> str:
    """A path or name as text; bytes in it that are not UTF-8 show as U+FFFD."""
    return path if path.isascii() else os.fsencode(path).decode(errors="replace")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


@dataclass(frozen=True, eq=False)
class DataFile:
    """A file of a table; `partition` holds the columns that folder names such as `day=2024-05-01` stand for.

    `known` is False for a file in a table's folder that is no data file, by its name.
    """

    path: Path
    partition: Mapping[str, str] = field(default_factory=dict)
    known: bool = True

    @property
    def shown(self) -> str:
        """The path for messages."""
        return readable(str(self.path))

    @property
    def size(self) -> int:
        """Bytes on disk."""
        with reading(self.shown):
            return self.path.stat().st_size

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes, unpacked; text as UTF-8 without a byte order mark."""
        with reading(self.shown), ExitStack() as stack:
            stream: IO[bytes] = stack.enter_context(self.path.open("rb"))
            packed = detect(stream.read(8))
            stream.seek(0)
            yield _plain_text(stack.enter_context(_unpacked(stream, packed)))

    @contextmanager
    def arrow_source(self) -> Iterator[Any]:
        """The unpacked bytes for pyarrow's readers: the path itself where nothing has to be unpacked or recoded."""
        with reading(self.shown), self.path.open("rb") as stream:
            start = stream.read(8)
        as_it_is = detect(start) not in (Format.GZIP, Format.ZSTD) and start[:2] not in _UTF16
        if as_it_is and self.shown == str(self.path):  # pyarrow opens no file whose name is not UTF-8
            yield str(self.path)
            return
        with self.open() as stream:
            yield pa.PythonFile(stream, mode="r")

    def read(self) -> bytes:
        """All bytes, unpacked."""
        with self.open() as stream:
            return stream.read()

    def format(self) -> Format:
        """What the (unpacked) content is. Pipes and devices, which may never end, are refused."""
        with reading(self.shown):
            if not stat.S_ISREG(self.path.stat().st_mode):
                raise messages.unreadable(self.shown, "it is not a file")
        with self.open() as stream:
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
        return io.BufferedReader(_Raw(pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd")))
    return stream


def _plain_text(stream: Any) -> IO[bytes]:
    """Without a byte order mark; UTF-16 (as PowerShell and Excel write it) recoded to UTF-8."""
    start = stream.peek(3)[:3]
    if start[:2] in _UTF16:
        return io.BytesIO(stream.read().decode("utf-16", "replace").encode())
    if start == codecs.BOM_UTF8:
        stream.read(3)
    found: IO[bytes] = stream
    return found


_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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
