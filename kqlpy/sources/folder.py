"""The data folder: which files are which table. Only archives, and files whose names say nothing, are looked into.

Instead of a folder there may be one file, one archive, or a pattern such as `exports/*.csv`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from glob import glob, has_magic
from pathlib import Path

from kqlpy.errors import KqlDataError
from kqlpy.sources import messages
from kqlpy.sources.archives import archive
from kqlpy.sources.detect import OPEN_ENDINGS, Format, archive_stem, is_text_table, plain_name, table_name
from kqlpy.sources.files import DataFile, readable
from kqlpy.sources.members import PARTITION, Known, Place, partition_columns, places_of, tables_of
from kqlpy.sources.watchlists import FOLDER

__all__ = ["files_of_table", "home_of", "list_tables", "list_watchlists", "refused_file"]

Listed = dict[str, list[DataFile]]
#: The tables that a Windows event log can be; another name says nothing, and its events go where the service would put them.
_EVENT_TABLES = ("SecurityEvent", "Event", "WindowsEvent")
_EXPORTED = "am-"


def list_tables(place: Path, known: Known = lambda _: False, spell: Callable[[str], str | None] = lambda _: None) -> Listed:
    """Table name -> its files: `<Table>.<ending>`, those of a folder `<Table>/` and of archives; not names that start with `_` or `.`.

    `known` tells the names of known tables, `spell` how a known table is written whose name is given in lower case.
    """
    found: Listed = {}
    for path in _entries(place):
        for name, files in _tables_at(path, known, spell).items():
            found.setdefault(readable(name), []).extend(files)
    return found


def _tables_at(path: Path, known: Known, spell: Callable[[str], str | None]) -> Listed:
    """The tables that one entry of the data folder brings."""
    if path.is_dir():
        files = list(_files_of(path)) if _is_table_folder(path) else []
        return {_folder_table(path.name, spell): files} if any(file.known for file in files) else {}
    stem = archive_stem(path.name)
    if stem is not None:
        return _in_archive(path, stem, known, spell)
    name = _file_table(path)
    return {} if name is None else _by_events({name: [DataFile(path)]})


def _folder_table(name: str, spell: Callable[[str], str | None]) -> str:
    """The table of a folder; `am-securityevent` is what the service calls the folder of exported events."""
    exported = name.lower().removeprefix(_EXPORTED) if name.lower().startswith(_EXPORTED) else None
    return (spell(exported) if exported else None) or name


def _in_archive(path: Path, stem: str, known: Known, spell: Callable[[str], str | None]) -> Listed:
    """The tables of an archive. One that cannot be read counts as the table of its name: who asks for that hears why."""
    try:
        members = archive(path).members
    except KqlDataError:
        return {stem: [DataFile(path)]}
    tables = tables_of(stem, members, known)
    return _by_events({_folder_table(name, spell): [_packed_file(path, place) for place in places] for name, places in tables.items()})


def _packed_file(path: Path, place: Place, above: tuple[str, ...] = ()) -> DataFile:
    return DataFile(path, partition_columns((*above, *place.path.parts[:-1])), known=place.is_data, member=place.member)


def _by_events(tables: Listed) -> Listed:
    """Windows event logs whose name is no table of events: each of two tables takes its own events from them."""
    found: Listed = {}
    for name, files in tables.items():
        for file in files:
            shared = _is_event_log(file) and len(files) == 1 and name not in _EVENT_TABLES
            for table in _EVENT_TABLES[:2] if shared else [name]:
                found.setdefault(table, []).append(replace(file, shared=shared))
    return found


def _is_event_log(file: DataFile) -> bool:
    name = file.path.name if file.member is None else file.member.name
    return plain_name(name).lower().endswith(".evtx")


def _file_table(path: Path) -> str | None:
    """The table that a file is by its name; where the name says nothing, only if the content is one."""
    name = table_name(path)
    if name is not None:
        return name
    name = table_name(path, OPEN_ENDINGS)
    return name if name is not None and _holds_rows(path) else None


def _holds_rows(path: Path) -> bool:
    file = DataFile(path)
    try:
        return file.format is Format.JSON or (file.format is Format.CSV and is_text_table(file.start))
    except KqlDataError:
        return False


def home_of(place: Path) -> Path:
    """The folder beside whose files `_schemas.json` and `_watchlists` lie: the place itself, or that of the file or pattern."""
    while not place.is_dir() and place != place.parent:
        place = place.parent
    return place


def list_watchlists(folder: Path) -> Listed:
    """Alias -> its file, from the folder `_watchlists` beside the tables."""
    inner = folder / FOLDER
    return list_tables(inner) if inner.is_dir() else {}


def files_of_table(place: Path, name: str) -> list[DataFile]:
    """All files at a place (a file, a folder, an archive, a pattern) as parts of one table."""
    paths = _matches(place) if has_magic(str(place)) and not place.exists() else [place]
    files = [file for path in paths for file in _all_files(path)] if paths[0].exists() else []
    if not files:
        raise messages.no_files(name, str(place))
    return files


def _all_files(path: Path) -> list[DataFile]:
    if path.is_dir():
        return [file for file in _files_of(path) if file.known]
    return _files_in(path) if archive_stem(path.name) is not None else [DataFile(path)]


def _files_in(path: Path, above: tuple[str, ...] = ()) -> list[DataFile]:
    """The files of an archive that is part of one table; one that cannot be read stands for itself, and says so when it is opened."""
    try:
        places = places_of(archive(path).members)
    except KqlDataError:
        return [DataFile(path)]
    return [_packed_file(path, place, above) for place in places]


def refused_file(folder: Path, table: str, found: Listed) -> None:
    """Say so when the table's only file is of a kind that is not read, or an archive of other tables."""
    for path in _entries(folder) if folder.is_dir() else []:
        if archive_stem(path.name) == table:
            raise messages.other_tables(str(path), [name for name, files in found.items() if any(file.path == path for file in files)])
        ending = path.name.removeprefix(table).lower()
        if ending in _ARCHIVES:
            raise messages.packed_file(str(path), ending.lstrip("."))
        if ending in _OTHERS:
            raise messages.not_a_table(str(path), _OTHERS[ending])


_ARCHIVES = frozenset({".7z", ".rar"})
_OTHERS = {".log": "plain text", ".txt": "plain text", ".xls": str(Format.XLS), ".xml": "XML", ".etl": "an event trace"}


def _entries(place: Path) -> list[Path]:
    """What lies in a folder, or what a pattern matches, or the one file."""
    if not place.is_dir():
        if has_magic(str(place)) and not place.exists():
            return [path for path in _matches(place) if not path.name.startswith(("_", "."))]
        if place.exists() and (archive_stem(place.name) is not None or _file_table(place) is not None):
            return [place]
        raise messages.bad_folder(str(place), "there is no such folder" if not place.exists() else "it is not a folder")
    try:
        return sorted((p for p in place.iterdir() if not p.name.startswith(("_", "."))), key=lambda p: p.name)
    except OSError as error:
        raise messages.bad_folder(str(place), error.strerror or str(error)) from error


def _matches(pattern: Path) -> list[Path]:
    found = [Path(path) for path in sorted(glob(str(pattern), recursive=True))]
    if not found:
        raise messages.bad_folder(str(pattern), "nothing matches the pattern")
    return found


def _is_table_folder(folder: Path) -> bool:
    """A folder of data files, or of partition folders such as `day=2024-05-01` or `2024`; one of other folders is no table."""
    return any(
        bool(PARTITION.fullmatch(path.name)) if path.is_dir() else _file_table(path) is not None or archive_stem(path.name) is not None
        for path in _entries(folder)
    )


def _files_of(folder: Path, above: tuple[str, ...] = (), circle: frozenset[tuple[int, int]] = frozenset()) -> Iterator[DataFile]:
    """All files in and below a folder, those of archives too; a link back to a folder above leads nowhere."""
    found = folder.stat()
    if (found.st_dev, found.st_ino) in circle:
        return
    for path in _entries(folder):
        if path.is_dir():
            yield from _files_of(path, (*above, path.name), circle | {(found.st_dev, found.st_ino)})
        elif archive_stem(path.name) is not None:
            yield from _files_in(path, above)
        elif path.suffix.lower() != ".md":
            yield DataFile(path, partition_columns(above), known=_file_table(path) is not None)
