"""Which tables the files of an archive are: as if it were unpacked where it lies, unless the names say more.

An archive named as a known table is that table; so is one that holds a single file, or files that differ only in numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from kqlpy.sources.archives import Member
from kqlpy.sources.detect import table_name

__all__ = ["PARTITION", "Known", "Place", "partition_columns", "places_of", "tables_of"]

Known = Callable[[str], bool]
#: Folder names such as `day=2024-05-01`, `2024` and `2024-05` are parts of a table.
PARTITION = re.compile(r"[A-Za-z_]\w*=.*|\d{1,4}|\d{4}-\d\d(-\d\d)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A file in an archive and its path inside its table; `is_data` is False where its ending is none of a data file."""

    path: PurePosixPath
    member: Member
    is_data: bool

    @property
    def first(self) -> str:
        """The first folder, or the name."""
        return self.path.parts[0]

    @property
    def table(self) -> str:
        """The table that the path alone names."""
        return self.first if len(self.path.parts) > 1 else table_name(self.path) or self.path.name

    def below(self) -> Place:
        """Without the first folder."""
        return replace(self, path=PurePosixPath(*self.path.parts[1:]))


def partition_columns(folders: Iterable[str]) -> dict[str, str]:
    """The folder names as columns; a layout with repeated keys (`y=/m=/d=/h=/m=`) only says when the file was written."""
    pairs = [name.partition("=")[::2] for name in folders if "=" in name]
    found = dict(pairs)
    return found if len(found) == len(pairs) else {}


def places_of(members: Iterable[Member]) -> list[Place]:
    """The files of an archive; not hidden ones, and no notes in Markdown. A single file need not look like one of data."""
    paths = [(PurePosixPath(member.name.replace("\\", "/").lstrip("/")), member) for member in members]
    kept = [(path, member) for path, member in paths if path.suffix.lower() != ".md" and not path.name.startswith((".", "_")) and not _is_hidden(path)]
    return [Place(path, member, table_name(path) is not None or len(kept) == 1) for path, member in kept]


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith((".", "_")) and part != "." for part in path.parts[:-1])


def tables_of(stem: str, members: Iterable[Member], known: Known) -> dict[str, list[Place]]:
    """Table name -> its files of an archive called `stem`."""
    places = places_of(members)
    if not any(place.is_data for place in places):
        return {}
    root, places = _without_root(places)
    data = [place for place in places if place.is_data]
    if known(stem):
        return {stem: places}
    if root is not None and known(root):
        return {root: places}
    if not any(known(place.table) for place in data):
        if len(data) == 1:
            return {stem: places}
        if root is not None or _are_parts(data):
            return {root or stem: places}
    found: dict[str, list[Place]] = {}
    for place in data:
        found.setdefault(place.table, []).append(place.below() if len(place.path.parts) > 1 else place)
    return found


def _without_root(places: list[Place]) -> tuple[str | None, list[Place]]:
    """The folder that holds everything, if there is one, and the files as seen from it; a partition's folder is none."""
    root = None
    while all(len(place.path.parts) > 1 and place.first == places[0].first for place in places) and not PARTITION.fullmatch(places[0].first):
        root = places[0].first
        places = [place.below() for place in places]
    return root, places


def _are_parts(places: list[Place]) -> bool:
    """True for folders of partitions, and for files such as `part-0001.json` and `part-0002.json`."""
    if any(PARTITION.fullmatch(place.first) for place in places if len(place.path.parts) > 1):
        return True
    return len({re.sub(r"[\d-]+", "0", place.table) for place in places}) == 1
