"""A data file as bytes: opening it where it lies, unpacking it, and saying clearly why it cannot be read."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePath
from typing import IO, Any

import pyarrow as pa

from kqlpy.sources import messages
from kqlpy.sources.archives import Member, Spool, archive, is_workbook, spooled
from kqlpy.sources.detect import Format, detect, plain_name, wide_encoding
from kqlpy.sources.unpack import STREAMS, as_utf8, peeked, unpacked

__all__ = ["DataFile", "readable", "reading"]

#: So many times its packed size a text may take.
_RATIO = 8


@contextmanager
def reading(file: str, kind: str | None = None) -> Iterator[None]:
    """Turn refusals to read a file, wherever they come up, into one clear error; those of pyarrow too for a file of a given `kind`."""
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise messages.broken_file(file, "compressed data", str(error)) from error
    except OSError as error:
        if error.errno is None:
            raise messages.broken_file(file, kind or "compressed data", _first_line(error)) from error
        raise messages.unreadable(file, error.strerror or str(error)) from error
    except pa.ArrowException as error:
        if kind is None:
            raise
        raise messages.broken_file(file, kind, _first_line(error)) from error
    except Exception as error:
        if type(error).__name__ != "LZMAError":  # lzma is imported where it is used
            raise
        raise messages.broken_file(file, "compressed data", _first_line(error)) from error


def readable(path: str) -> str:
    """A path or name as text; bytes in it that are not UTF-8 show as U+FFFD."""
    return path if path.isascii() else os.fsencode(path).decode(errors="replace")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


@dataclass(frozen=True, eq=False)
class DataFile:
    """A file of a table, on disk or in an archive (`member`); `partition` holds the columns that folder names such as `day=2024-05-01` stand for.

    `known` is False for a file in a table's folder that is no data file, by its name. `shared` is True for a file whose rows belong to
    several tables, of which each takes its own.
    """

    path: Path
    partition: Mapping[str, str] = field(default_factory=dict)
    known: bool = True
    member: Member | None = None
    shared: bool = False

    @property
    def shown(self) -> str:
        """The path for messages; that of a file in an archive goes on behind the archive's."""
        path = readable(str(self.path))
        return path if self.member is None else f"{path}/{self.member.name}"

    @property
    def endings(self) -> list[str]:
        """The endings of the name in lower case, without those of packed files; of a file in an archive, its own."""
        member = self.member or (self._only_member if detect(self._head) is Format.ZIP else None)
        name = self.path.name if member is None else member.name
        return [suffix.lower() for suffix in PurePath(plain_name(name)).suffixes]

    @cached_property
    def size(self) -> int:
        """Bytes on disk, or unpacked from an archive."""
        if self.member is not None:
            return self.member.size
        with reading(self.shown):
            return self.path.stat().st_size

    @property
    def text_size(self) -> int:
        """About how many bytes the unpacked content has."""
        return self.size * (_RATIO if self.packed else 1)

    @contextmanager
    def raw(self) -> Iterator[IO[bytes]]:
        """The bytes as they lie, unpacked only from an archive. Pipes and devices, which may never end, are refused."""
        with reading(self.shown), ExitStack() as stack:
            if not stat.S_ISREG(self.path.stat().st_mode):
                raise messages.unreadable(self.shown, "it is not a file")
            if self.member is not None:
                yield stack.enter_context(archive(self.path).open(self.member))
                return
            yield stack.enter_context(self.path.open("rb"))

    @contextmanager
    def unpacked(self) -> Iterator[IO[bytes]]:
        """The bytes with all packing removed; a zip file that holds nothing but one file is packing too."""
        with self.raw() as stream, reading(self.shown), ExitStack() as stack:
            inner = unpacked(stream)
            only = self._only_member if inner is stream and detect(peeked(inner)) is Format.ZIP else None
            yield inner if only is None else unpacked(stack.enter_context(archive(self.path).open(only)))

    @contextmanager
    def open(self, foreign: Callable[[], None] | None = None) -> Iterator[IO[bytes]]:
        """The text as UTF-8 without a byte order mark; `foreign` as for `as_utf8`."""
        with self.unpacked() as stream, reading(self.shown):
            yield as_utf8(stream, foreign)

    @cached_property
    def _only_member(self) -> Member | None:
        if self.member is not None or is_workbook(self.path):
            return None
        members = archive(self.path).members
        return members[0] if len(members) == 1 else None

    @contextmanager
    def arrow_source(self, foreign: Callable[[], None] | None = None) -> Iterator[Any]:
        """The text for pyarrow's readers: the file itself where nothing has to be unpacked or recoded."""
        if self.is_plain and foreign is None and self.shown == str(self.path):  # pyarrow opens no file whose name is not UTF-8
            with reading(self.shown), pa.OSFile(str(self.path), "rb") as file:  # a path alone would be unpacked by its ending
                yield file
            return
        with self.open(foreign) as stream:
            yield pa.PythonFile(stream, mode="r")

    @cached_property
    def is_plain(self) -> bool:
        """True when the bytes on disk are the content, in UTF-8 if they are text."""
        return self.member is None and not self.packed and wide_encoding(self._head) is None

    @cached_property
    def seekable(self) -> Path:
        """A path of the unpacked bytes, for formats that are not read from front to back: the file's own, or that of a temporary copy."""
        if self.member is None and not self.packed:
            return self.path
        return self._copy.path

    @cached_property
    def _copy(self) -> Spool:
        with self.unpacked() as stream, reading(self.shown):
            return spooled(stream)

    def read(self) -> bytes:
        """All bytes, unpacked; text as UTF-8."""
        with self.open() as stream:
            return stream.read()

    @cached_property
    def start(self) -> bytes:
        """The first bytes of the unpacked content."""
        with self.unpacked() as stream, reading(self.shown):
            return peeked(stream)

    @property
    def format(self) -> Format:
        """What the unpacked content is."""
        return detect(self.start)

    @cached_property
    def _head(self) -> bytes:
        with self.raw() as stream, reading(self.shown):
            return peeked(stream)

    @property
    def packed(self) -> bool:
        """True for a file in one of the formats that pack one file; a zip file with a single file among them."""
        found = detect(self._head)
        return found in STREAMS or (found is Format.ZIP and self.member is None and self._only_member is not None)
