"""The options that say what surrounds a query: times to fill in, external files, other databases, profiles of files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from kqlpy.cli.guard import UsageError
from kqlpy.cli.moments import moment_of

if TYPE_CHECKING:
    from kqlpy.source import Source

__all__ = ["Database", "End", "External", "Network", "Profiles", "Start", "fill_in", "surroundings"]

Start: TypeAlias = Annotated[str | None, typer.Option("--start", metavar="TIME", help="What {{StartTimeISO}} in a query means: a time, or a length of time before the clock such as 7d.", show_default=False)]
End: TypeAlias = Annotated[str | None, typer.Option("--end", metavar="TIME", help="What {{EndTimeISO}} in a query means; with --start alone, the clock.", show_default=False)]
External: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--external", metavar="URL=PATH", help="The local file (or folder) for an address of externaldata; no PATH: no records.", show_default=False),
]
Network: TypeAlias = Annotated[bool, typer.Option("--allow-network", help="Fetch what externaldata names and --external does not.")]
Database: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--database", metavar="NAME=FOLDER", help="The data folder of another workspace, cluster or database.", show_default=False),
]
Profiles: TypeAlias = Annotated[Path | None, typer.Option("--file-profile", metavar="FILE", help="File with what FileProfile() knows, by hash.", show_default=False)]


def surroundings(
    start: str | None, end: str | None, external: Iterable[str] | None, database: Iterable[str] | None, profiles: Path | None, network: bool = False
) -> dict[str, object]:
    """The engine's options for these settings."""
    found: dict[str, object] = {
        "start": _time("--start", start),
        "end": _time("--end", end),
        "external": _files(external),
        "network": network,
        "databases": _folders(database),
        "file_profile": _profiles(profiles),
    }
    return {name: value for name, value in found.items() if value}


def fill_in(source: Source, options: Mapping[str, object], clock: dt.datetime | None) -> Source:
    """The query with the times of `--start` and `--end` in the place of their placeholders; a clock of None is the present."""
    from kqlpy.environment.placeholders import filled

    return filled(source, options, clock or dt.datetime.now(dt.UTC))


def _time(option: str, written: str | None) -> dt.datetime | dt.timedelta | None:
    """A moment, or a length of time before the clock."""
    if written is None:
        return None
    from kqlpy.cli.settings import import_pyarrow_lean

    import_pyarrow_lean()
    from kqlpy.rules.durations import parse_duration

    return parse_duration(written) or moment_of(option, written, "2024-05-01T12:00:00Z, or as a length of time before the clock, such as 7d")


def _pairs(option: str, form: str, written: Iterable[str] | None, *, may_be_empty: bool = False) -> dict[str, str]:
    """The pairs of a repeated option; an address may itself hold `=`, a path hardly."""
    found = {}
    for text in written or ():
        name, equals, value = text.rpartition("=")
        if not (name and equals and (value or may_be_empty)):
            raise UsageError(f"{option} {text}: write {form}")
        found[name] = value
    return found


def _files(written: Iterable[str] | None) -> dict[str, str]:
    found = _pairs("--external", "URL=PATH", written, may_be_empty=True)
    for address, path in found.items():
        if path and not Path(path).exists():
            raise UsageError(f"--external {address}={path}: there is no file {path}")
    return found


def _profiles(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise UsageError(f"--file-profile {path}: there is no such file")
    return path


def _folders(written: Iterable[str] | None) -> dict[str, str]:
    found = _pairs("--database", "NAME=FOLDER", written)
    for name, folder in found.items():
        if not Path(folder).expanduser().is_dir():
            raise UsageError(f"--database {name}={folder}: there is no such folder")
    return {name: str(Path(folder).expanduser()) for name, folder in found.items()}
