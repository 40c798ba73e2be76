"""Streams of bytes: gzip, zstd, bzip2 and xz unpacked, text as UTF-8 whatever it was written in. Nothing is read ahead of its use."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from typing import IO, Any, cast

import pyarrow as pa

from kqlpy.sources.detect import HEAD, Format, detect, wide_encoding

__all__ = ["LENIENT", "STREAMS", "as_utf8", "peeked", "unpacked"]

#: The error handler that reads a byte that is not UTF-8 as Windows-1252, in which older Windows programs write.
LENIENT = "kqlpy-windows-1252"


def _windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(LENIENT, _windows_1252)


def _gzip(stream: IO[bytes]) -> Any:
    import gzip

    return gzip.GzipFile(fileobj=stream, mode="rb")


def _zstd(stream: IO[bytes]) -> Any:
    return _Raw(pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"))


def _bzip2(stream: IO[bytes]) -> Any:
    import bz2

    return bz2.BZ2File(stream)


def _xz(stream: IO[bytes]) -> Any:
    import lzma

    return lzma.LZMAFile(stream)


#: The formats of one packed file, and how each is opened.
STREAMS: dict[Format, Callable[[IO[bytes]], Any]] = {
    Format.GZIP: _gzip, Format.ZSTD: _zstd, Format.BZIP2: _bzip2, Format.XZ: _xz,
}  # fmt: skip


def peeked(stream: IO[bytes]) -> bytes:
    """The first bytes of a stream that stands at its start; they stay unread."""
    found: bytes = cast(io.BufferedReader, stream).peek(HEAD)[:HEAD]
    return found


def unpacked(stream: IO[bytes]) -> IO[bytes]:
    """The stream with all packing removed, however often it was packed."""
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), HEAD) if not isinstance(stream, io.BufferedReader) else stream
    found = STREAMS.get(detect(peeked(buffered)))
    return buffered if found is None else unpacked(io.BufferedReader(found(buffered), 1 << 17))


def as_utf8(stream: IO[bytes], foreign: Callable[[], None] | None = None) -> IO[bytes]:
    """The text as UTF-8 without a byte order mark. With `foreign`, bytes that are not UTF-8 are read as Windows-1252, and it is called."""
    head = peeked(stream)
    encoding = wide_encoding(head)
    if encoding is not None:
        return io.BufferedReader(_Recoded(stream, codecs.getincrementaldecoder(encoding)("replace")), 1 << 17)
    if head.startswith(codecs.BOM_UTF8):
        stream.read(3)
    return stream if foreign is None else io.BufferedReader(_Recoded(stream, _Mixed(foreign)), 1 << 17)


class _Mixed:
    """Decodes UTF-8 with bytes of Windows-1252 among it."""

    def __init__(self, foreign: Callable[[], None]) -> None:
        self._foreign = foreign
        self._strict = codecs.getincrementaldecoder("utf-8")()
        self._lenient = codecs.getincrementaldecoder("utf-8")(LENIENT)

    def decode(self, data: bytes, final: bool = False) -> str:
        try:
            return self._strict.decode(data, final)
        except UnicodeDecodeError:
            self._foreign()
            self._lenient.setstate(self._strict.getstate())
            text = self._lenient.decode(data, final)
            self._strict.setstate(self._lenient.getstate())
            return text


class _Recoded(io.RawIOBase):
    """A stream of text, recoded piece by piece."""

    def __init__(self, stream: IO[bytes], decoder: Any) -> None:
        self._stream = stream
        self._decoder = decoder
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            data = self._stream.read(1 << 17)
            self._rest = self._decoder.decode(data, not data).encode("utf-8", "replace")
            if not data:
                break
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


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
