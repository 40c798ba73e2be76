"""The options that say how files are read: declared schemas, files of a table, the zone of local times, whether lost values are errors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from kqlpy.cli.guard import UsageError

__all__ = ["Schemas", "Strict", "TableFiles", "Write", "Zone", "reading"]

Schemas: TypeAlias = Annotated[
    Path | None, typer.Option("--schemas", metavar="FILE", help="Declared columns, as `kqlpy schema --write` writes them.", show_default=False)
]
Strict: TypeAlias = Annotated[bool, typer.Option("--strict", help="A value that its column's type cannot hold is an error, not a null.")]
TableFiles: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="NAME=FILES", help="The files of a table: a file, a folder, an archive, or a pattern in quotes.", show_default=False),
]
Write: TypeAlias = Annotated[
    Path | None, typer.Option("--write", metavar="FILE", help="Write the columns to a file; as _schemas.json in the folder they hold from then on.", show_default=False)
]
Zone: TypeAlias = Annotated[
    str | None, typer.Option("--zone", metavar="ZONE", help="The zone of times in columns headed [Local Time], such as Europe/Berlin.", show_default=False)
]


def reading(schemas: Path | None, strict: bool, tables: Iterable[str] | None, zone: str | None) -> dict[str, object]:
    """The engine's arguments for these settings."""
    found: dict[str, object] = {"schemas": schemas, "strict": strict, "tables": _places(tables), "zone": zone}
    return {name: value for name, value in found.items() if value}


def _places(written: Iterable[str] | None) -> dict[str, Path]:
    found = {}
    for text in written or ():
        name, equals, place = text.partition("=")
        if not (name and equals and place):
            raise UsageError(f"--table {text}: write NAME=FILES")
        found[name] = Path(place).expanduser()
    return found
