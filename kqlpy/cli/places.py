"""Where a result may be written: to a place that can be written to, and not onto something that is read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.guard import UsageError

if TYPE_CHECKING:
    from kqlpy.cli.settings import Settings

__all__ = ["check_place"]

_PACKED = (".gz", ".zst", ".zip", ".bz2", ".xz", ".7z")


def check_place(path: Path, settings: Settings, inputs: Iterable[Path] = ()) -> None:
    """Refuse, before anything runs, a place where a file could not or should not be written. `inputs`: rules and queries that are read."""
    from kqlpy.output.target import check_target

    reason = check_target(path)
    if reason is None and path.suffix.lower() in _PACKED:
        reason = "files are not packed; leave the ending out"
    if reason is None and path.is_file():
        reason = _read_from(path, settings, inputs)
    if reason is not None:
        raise UsageError(f"cannot write {path}: {reason}")


def _read_from(path: Path, settings: Settings, inputs: Iterable[Path]) -> str | None:
    """Why a file that is there must stay as it is: it is read."""
    place = Path(os.path.realpath(path))
    for read in (*inputs, *_options(settings)):
        if place == Path(os.path.realpath(read)) or (read.is_dir() and place.is_relative_to(os.path.realpath(read))):
            return f"it is read as {'a part of ' + str(read) if read.is_dir() else 'input'}"
    return None


def _options(settings: Settings) -> Iterator[Path]:
    """The files and folders that options name."""
    for given in (settings.data, settings.functions, settings.options.get("file_profile")):
        if isinstance(given, Path):
            yield given
    for name in ("external", "databases"):
        pairs = settings.options.get(name)
        yield from (Path(str(path)) for path in pairs.values() if path) if isinstance(pairs, dict) else ()
