"""Other workspaces, clusters and databases as local folders: `workspace("x").T`, `cluster("c").database("d").T`.

Without a mapping every place means the one data folder. A place is known by the name of its database or workspace; letter case does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from kqlpy.sources.catalog import Catalog
from kqlpy.sources.read_options import PLAINLY, ReadOptions

__all__ = ["Databases"]


class Databases:
    """Name -> catalog of a folder. `given` maps names to folders (or to catalogs)."""

    def __init__(self, given: object = None, options: ReadOptions = PLAINLY) -> None:
        pairs = given.items() if isinstance(given, Mapping) else ()
        self._catalogs = {str(name).lower(): place if isinstance(place, Catalog) else Catalog(Path(str(place)), options=options) for name, place in pairs}

    def __bool__(self) -> bool:
        return bool(self._catalogs)

    def find(self, names: Iterable[str]) -> Catalog | None:
        """The catalog of a place told by its names, the innermost first (database before cluster); None when no folder is given for it."""
        return next((self._catalogs[name.lower()] for name in names if name.lower() in self._catalogs), None)

    def catalogs(self) -> list[Catalog]:
        """All catalogs, in the order given."""
        return list(self._catalogs.values())
