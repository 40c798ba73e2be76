"""Where a result goes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

__all__ = ["check_target", "whole_file"]


def check_target(path: Path) -> str | None:
    """Why nothing can be written there, or None."""
    try:
        return _obstacle(path)
    except OSError as error:
        return (error.strerror or str(error)).lower()


def _obstacle(path: Path) -> str | None:
    if path.is_dir():
        return "it is a folder"
    folder = _place(path).parent
    if not folder.is_dir():
        return f"there is no folder {folder if path.is_symlink() else path.parent}"
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        return "writing there is not allowed"
    return None


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A stream whose bytes become the file when the block ends well; an old file stays until then.

    Devices and pipes are written to directly; a link stays, and what it leads to is written.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    place = _place(path)
    handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name[:100]}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        os.chmod(temporary, _mode(place))
        os.replace(temporary, place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _place(path: Path) -> Path:
    """Where links lead."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, or those that a new one gets."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
