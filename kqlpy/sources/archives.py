"""Zip and tar archives: their files by number, each opened as a stream. What is packed as a whole is unpacked once, into a temporary file.

Which tables the files are is decided in `members.py`.
"""

from __future__ import annotations

import io
import shutil
import stat
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import RLock
from typing import IO, Any

from kqlpy.errors import KqlDataError
from kqlpy.sources import messages
from kqlpy.sources.detect import Format, detect
from kqlpy.sources.unpack import peeked, unpacked

__all__ = ["Archive", "Member", "archive", "is_workbook", "spooled"]


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its name with `/`, its size unpacked, and where it stands."""

    name: str
    size: int
    at: int


class Archive:
    """An archive on disk; listed once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()

    @property
    def members(self) -> tuple[Member, ...]:
        """The files, in the archive's order."""
        with self._lock, _archive_errors(self.path):
            return self._listed[1]

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        """A file's bytes as a stream, which tells damage by raising at the latest where it ends."""
        with self._lock, _archive_errors(self.path):
            plain = self._listed[0]
        with ExitStack() as stack:
            with _archive_errors(self.path, member.name):
                stream = stack.enter_context(_zip_stream(self.path, member) if plain is None else _tar_stream(plain, member))
            with _damage(self.path, member.name):
                yield stream

    @cached_property
    def _listed(self) -> tuple[Path | None, tuple[Member, ...]]:
        """The path of the plain tar file (None for zip), and the files."""
        with self.path.open("rb") as raw:
            kind = detect(peeked(raw))
            if kind is Format.ZIP:
                return None, _zip_members(self.path)
            if kind is Format.TAR:
                return self.path, _tar_members(self.path)
            inner = unpacked(raw)
            if inner is raw or detect(peeked(inner)) is not Format.TAR:
                raise messages.broken_file(str(self.path), "an archive", "it is neither a zip nor a tar file")
            self._spool = spooled(inner)
        return self._spool.path, _tar_members(self._spool.path)


@lru_cache(maxsize=256)
def _archive(path: Path, stamp: tuple[int, int]) -> Archive:
    return Archive(path)


def archive(path: Path) -> Archive:
    """The archive at a path; the same object as long as the file does not change."""
    with _archive_errors(path):
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise messages.unreadable(str(path), "it is not a file")
    return _archive(path, (found.st_mtime_ns, found.st_size))


@contextmanager
def _archive_errors(path: Path, member: str | None = None) -> Iterator[None]:
    """Errors of opening an archive: also passwords and ways of packing that Python does not know."""
    with _damage(path, member):
        try:
            yield
        except (NotImplementedError, RuntimeError) as error:
            raise messages.broken_file(_shown(path, member), "an archive", str(error)) from error


@contextmanager
def _damage(path: Path, member: str | None) -> Iterator[None]:
    import tarfile
    import zipfile

    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        reason = str(error).replace("File is not a zip file", "its table of contents is missing, perhaps it is cut short")
        raise messages.broken_file(_shown(path, member), "an archive", reason or "it ends too early") from error
    except OSError as error:
        if error.errno is None:
            raise messages.broken_file(_shown(path, member), "an archive", str(error)) from error
        raise messages.unreadable(_shown(path, member), error.strerror or str(error)) from error


def _shown(path: Path, member: str | None) -> str:
    return str(path) if member is None else f"{path}/{member}"


# ---------------------------------------------------------------- zip


def _zip_members(path: Path) -> tuple[Member, ...]:
    import zipfile

    with zipfile.ZipFile(path) as opened:
        return tuple(Member(info.filename, info.file_size, at) for at, info in enumerate(opened.infolist()) if not info.is_dir())


@contextmanager
def _zip_stream(path: Path, member: Member) -> Iterator[IO[bytes]]:
    import zipfile

    with zipfile.ZipFile(path) as opened, opened.open(opened.infolist()[member.at]) as stream:
        yield io.BufferedReader(stream)  # type: ignore[type-var]


def is_workbook(path: Path) -> bool:
    """True for a zip file that Excel writes."""
    try:
        return any(member.name == "xl/workbook.xml" for member in archive(path).members)
    except KqlDataError:
        return False


# ---------------------------------------------------------------- tar


def _tar_members(path: Path) -> tuple[Member, ...]:
    import tarfile

    with tarfile.open(path, "r:") as opened:
        found = tuple(Member(info.name, info.size, info.offset_data) for info in opened.getmembers() if info.isreg())
        end = opened.offset
    with path.open("rb") as stream:
        # tarfile takes a damaged header for the end of the archive.
        stream.seek(end)
        if stream.read(512).strip(b"\0"):
            raise tarfile.ReadError(f"the file's header at byte {end} is damaged")
    return found


@contextmanager
def _tar_stream(path: Path, member: Member) -> Iterator[IO[bytes]]:
    with path.open("rb") as whole:
        whole.seek(member.at)
        yield io.BufferedReader(_Stretch(whole, member.size))


class _Stretch(io.RawIOBase):
    """The next bytes of a stream, as many as said."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(min(len(buffer), self._left))
        if not data and self._left:
            raise EOFError("the archive ends inside the file")
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


# ---------------------------------------------------------------- temporary files


class Spool:
    """A temporary file that is removed when nobody uses it any more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        weakref.finalize(self, _remove, path)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def spooled(stream: IO[bytes], suffix: str = "") -> Spool:
    """All bytes of a stream in a temporary file."""
    with tempfile.NamedTemporaryFile(prefix="kqlpy-", suffix=suffix, delete=False) as file:
        spool = Spool(Path(file.name))
        shutil.copyfileobj(stream, file, 1 << 20)
    return spool
