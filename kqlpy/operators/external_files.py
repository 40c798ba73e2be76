"""The files behind `externaldata`: which local file stands for an address, and its records as columns.

A user maps an address, or the beginning of one, to a local file or folder, or to nothing: then it has no records.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from kqlpy.columns import dynamic, storage
from kqlpy.columns.convert import convert
from kqlpy.columns.dynamic_casts import from_dynamic
from kqlpy.engine.batch import Batch
from kqlpy.environment.messages import not_mapped
from kqlpy.errors import KqlDataError, KqlUnsupportedError
from kqlpy.schema import Column
from kqlpy.sources.files import DataFile, reading
from kqlpy.sources.json_rows import JsonTextError, rows_of_text
from kqlpy.types import Type

__all__ = ["format_of", "is_empty", "local_file", "records"]

_SEPARATORS = {"csv": ",", "tsv": "\t", "tsve": "\t", "psv": "|", "scsv": ";", "sohsv": "\x01"}
_BLOCK_ROWS = 65_536


def local_file(address: str, files: Mapping[str, Path | None]) -> Path | None:
    """The file that stands for an address, given exactly or by the longest beginning that is mapped to a folder; None where it has no records.

    What an address carries to get access (`?sig=...`, `;managed_identity=...`) does not count unless it was mapped with it.
    """
    plain = address.partition(";")[0]
    for given in (address, plain, plain.partition("?")[0]):
        if given in files:
            path = files[given]
            return path.expanduser() if path else None
    plain = plain.partition("?")[0]
    for beginning in sorted(files, key=len, reverse=True):
        if beginning and plain.startswith(beginning):
            mapped = files[beginning]
            if mapped is None:
                return None
            folder = mapped.expanduser().resolve()
            found = (folder / unquote(plain[len(beginning) :]).lstrip("/")).resolve()
            if found.is_relative_to(folder):
                return found
    raise not_mapped(plain)


def is_empty(address: str, files: Mapping[str, Path | None]) -> bool:
    """True when the address is mapped to no records."""
    try:
        return local_file(address, files) is None
    except KqlDataError:
        return False


def format_of(address: str) -> str:
    """The format that the ending of an address tells; csv if it tells none."""
    name = address.partition(";")[0].partition("?")[0].lower().removesuffix(".gz").removesuffix(".zst").removesuffix(".zip")
    ending = name.rpartition(".")[2]
    return "json" if ending in ("jsonl", "ndjson") else ending if ending in _READERS else "csv"


def records(path: Path, format_: str, columns: Sequence[Column], *, skip_first: bool) -> Iterator[Batch]:
    """The file's records as batches of the declared columns."""
    reader = _READERS.get(format_)
    if reader is None:
        raise KqlUnsupportedError(f"kqlpy does not read the format `{format_}`", code="KQLPY001", hint=f"formats: {', '.join(_READERS)}")
    yield from reader(_External(DataFile(path), format_, columns, skip_first))


@dataclass(frozen=True, slots=True)
class _External:
    file: DataFile
    format: str
    columns: Sequence[Column]
    skip_first: bool

    def text(self) -> str:
        return self.file.read().decode("utf-8", "replace")


def _texts(columns: Sequence[Column], cells: list[list[str]]) -> Batch:
    """Columns by position; what a row lacks is empty."""
    found = {}
    for at, column in enumerate(columns):
        texts = pa.array([row[at] if at < len(row) else "" for row in cells], pa.string())
        found[column.name] = convert(texts, Type.STRING, column.type)
    return Batch(found, len(cells))


def _separated(external: _External) -> Iterator[Batch]:
    """Python's reader, because rows of feeds differ in length; about 1 us a cell."""
    csv.field_size_limit(sys.maxsize)
    with external.file.open() as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
        filled = (row for row in csv.reader(text, delimiter=_SEPARATORS[external.format]) if row)
        rows = islice(filled, int(external.skip_first), None)
        try:
            while block := list(islice(rows, _BLOCK_ROWS)):
                yield _texts(external.columns, block)
        except csv.Error as error:
            raise KqlDataError(f"{external.file.shown} cannot be read as {external.format}: {error}", code="KQLPY022") from error


def _lines(external: _External) -> Iterator[Batch]:
    lines = [[line] for line in external.text().replace("\r\n", "\n").split("\n") if line]
    yield _texts(external.columns, lines[int(external.skip_first) :])


def _whole(external: _External) -> Iterator[Batch]:
    yield _texts(external.columns, [[external.text()]])


def _objects(external: _External) -> Iterator[Batch]:
    """Objects one after another or in an array; columns by the names of properties."""
    try:
        rows = [value for _, value in rows_of_text(external.text().lstrip())]
    except JsonTextError as error:
        raise KqlDataError(
            f"{external.file.shown}, line {error.line}, column {error.column}: not valid JSON: {error.reason}", code="KQLPY022"
        ) from error
    objects = [row if isinstance(row, dict) else {} for row in rows]
    found = {}
    for column in external.columns:
        values = dynamic.from_values([row.get(column.name) for row in objects])
        found[column.name] = values if column.type is Type.DYNAMIC else from_dynamic(values, column.type)
    yield Batch(found, len(objects))


def _parquet(external: _External) -> Iterator[Batch]:
    """Columns by name; one that the file lacks is null."""
    import pyarrow.parquet as pq

    from kqlpy.sources.conform import conform, one_array

    with reading(external.file.shown, "Parquet"):
        held = set(pq.read_schema(external.file.path).names)
        table = pq.read_table(external.file.path, columns=[c.name for c in external.columns if c.name in held], partitioning=None)
    found = {}
    for column in external.columns:
        if column.name in held:
            array = conform(one_array(table.column(column.name)), column.type).array
            found[column.name] = array.fill_null("") if column.type is Type.STRING else array
        else:
            found[column.name] = storage.nulls(table.num_rows, column.type)
    yield Batch(found, table.num_rows)


_READERS: dict[str, Callable[[_External], Iterator[Batch]]] = {
    **dict.fromkeys(_SEPARATORS, _separated),
    "txt": _lines,
    "raw": _whole,
    "json": _objects,
    "singlejson": _objects,
    "multijson": _objects,
    "parquet": _parquet,
}
