"""What the tests of sources share: reading a whole table as Python values, and a folder of files written on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kqlpy.columns import ticks
from kqlpy.sources.catalog import Catalog, Predicate, Table
from kqlpy.sources.table import chunks

Row = tuple[Any, ...]


def rows_of(table: Table | None, *columns: str, predicates: Sequence[Predicate] = (), limit: int | None = None) -> list[Row]:
    """All rows of some columns (none: all columns), as Python values in storage form."""
    assert table is not None
    names = columns or table.schema.names
    found: list[Row] = []
    for chunk in (chunk for task in table.scan(names, predicates, limit=limit) for chunk in chunks(task)):
        assert list(chunk.columns) == list(names)
        lists = [chunk.columns[name].to_pylist() for name in names]
        assert all(len(values) == chunk.rows for values in lists)
        found += list(zip(*lists, strict=True)) if lists else [()] * chunk.rows
    return found


def at(text: str) -> int:
    """Ticks of a datetime text."""
    found = ticks.parse_datetime(text)
    assert found is not None
    return found


def folder(path: Path, **files: str | bytes) -> Path:
    """Write files into a folder; in a name `__` stands for the point."""
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (path / name.replace("__", ".")).write_bytes(data)
    return path


def load(path: Path, content: str | bytes, ending: str = "csv", **options: Any) -> Catalog:
    """A catalog whose only table is T, a file of this content."""
    return Catalog(folder(path, **{f"T__{ending.replace('.', '__')}": content}), **options)


def table_of(path: Path, content: str | bytes, ending: str = "csv", **options: Any) -> Table:
    """The table of such a file."""
    table = load(path, content, ending, **options).table("T")
    assert table is not None
    return table
