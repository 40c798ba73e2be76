"""The data folder: which files are which table. Listing is cheap; no file is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kqlpy.sources import messages
from kqlpy.sources.detect import table_name
from kqlpy.sources.files import DataFile, readable
from kqlpy.sources.watchlists import FOLDER

__all__ = ["list_tables", "list_watchlists", "refused_file"]


def list_tables(folder: Path) -> dict[str, list[DataFile]]:
    """Table name -> its files: `<Table>.<ending>`, and those of a folder `<Table>/`; not names that start with `_` or `.`."""
    if not folder.is_dir():
        raise messages.bad_folder(str(folder), "there is no such folder" if not folder.exists() else "it is not a folder")
    found: dict[str, list[DataFile]] = {}
    for path in _entries(folder):
        if path.is_dir():
            files = list(_files_of(path)) if _is_table_folder(path) else []
            if any(file.known for file in files):
                found.setdefault(readable(path.name), []).extend(files)
        else:
            name = table_name(path)
            if name is not None:
                found.setdefault(readable(name), []).append(DataFile(path))
    return found


def list_watchlists(folder: Path) -> dict[str, list[DataFile]]:
    """Alias -> its file, from the folder `_watchlists` beside the tables."""
    inner = folder / FOLDER
    return list_tables(inner) if inner.is_dir() else {}


def refused_file(folder: Path, table: str) -> None:
    """Say so when the table's only file is of a kind that is not read."""
    for path in _entries(folder) if folder.is_dir() else []:
        if path.name.removeprefix(table).lower() in _ARCHIVES:
            raise messages.packed_file(str(path), path.name.removeprefix(f"{table}.").lower())
        if path.name.removeprefix(table).lower() in _OTHERS:
            raise messages.not_a_table(str(path), _OTHERS[path.suffix.lower()])


_ARCHIVES = frozenset({".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar"})
_OTHERS = {".log": "plain text", ".txt": "plain text", ".evtx": "a Windows event log", ".xlsx": "a workbook", ".xml": "XML"}


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted((p for p in folder.iterdir() if not p.name.startswith(("_", "."))), key=lambda p: p.name)
    except OSError as error:
        raise messages.bad_folder(str(folder), error.strerror or str(error)) from error


def _is_table_folder(folder: Path) -> bool:
    """A folder of data files, or of partition folders such as `day=2024-05-01` or `2024`; one of other folders is no table."""
    return any(
        bool(_PARTITION.fullmatch(path.name)) if path.is_dir() else table_name(path) is not None for path in _entries(folder)
    )


def _files_of(folder: Path, partition: tuple[tuple[str, str], ...] = (), above: tuple[tuple[int, int], ...] = ()) -> Iterator[DataFile]:
    """The files in and below a folder; a link back to a folder above leads nowhere."""
    found = folder.stat()
    within = (*above, (found.st_dev, found.st_ino))
    if within[-1] in above:
        return
    for path in _entries(folder):
        if path.is_dir():
            key, equals, value = path.name.partition("=")
            yield from _files_of(path, (*partition, (key, value)) if equals else partition, within)
        elif path.suffix.lower() != ".md":
            yield DataFile(path, _columns_of(partition), known=table_name(path) is not None)


def _columns_of(partition: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The folder names as columns; a layout with repeated keys (`y=/m=/d=/h=/m=`) only says when the file was written."""
    found = dict(partition)
    return found if len(found) == len(partition) else {}


_PARTITION = re.compile(r"[A-Za-z_]\w*=.*|\d{1,4}|\d{4}-\d\d(-\d\d)?")
