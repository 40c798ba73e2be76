"""A made-up table in the engine's own storage form, for measuring kernels: the same columns with mostly distinct or with repeated values.

Columns of few texts are dictionaries, as the readers of files give them. One text in 200 has a letter beyond ASCII, and text holds quotes and
backslashes: what a fast path leaves to a slow one must show in the figures.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from kqlpy.columns import storage
from kqlpy.columns.ticks import TICKS_PER_DAY, TICKS_PER_SECOND, format_datetime_iso, format_timespan, from_civil
from kqlpy.schema import Schema
from kqlpy.sources.catalog import Catalog
from kqlpy.sources.table import Chunk, Predicate, Table, Task
from kqlpy.types import Type

__all__ = ["COLUMNS", "KernelTables", "MadeTable", "made_table"]

_START = from_civil(2024, 1, 1) or 0
_BROWSERS = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/{}.0.0.0 Safari/537.36", "curl/7.{}.0")


def _ticks(i: int) -> int:
    return _START + i * 25_000_001 % (30 * TICKS_PER_DAY)


def _json(i: int) -> str:
    return f'{{"AuthPkg":"{("NTLM", "Kerberos", "Negotiate")[i % 3]}","Net":{{"port":{1024 + i},"addr":"10.{i >> 16}.{i >> 8 & 255}.{i & 255}"}},"ok":true}}'


COLUMNS: dict[str, tuple[Type, Callable[[int], object]]] = {
    "number": (Type.LONG, lambda i: i),
    "group": (Type.LONG, lambda i: i % 1000),
    "size": (Type.REAL, lambda i: i * 1.37),
    "flag": (Type.BOOL, lambda i: i % 3 == 0),
    "seen": (Type.DATETIME, _ticks),
    "later": (Type.DATETIME, lambda i: _ticks(i * 7)),
    "span": (Type.TIMESPAN, lambda i: i * 1_234_567),
    "key": (Type.GUID, lambda i: str(uuid.UUID(int=i * 2**70))),
    "text": (Type.STRING, lambda i: f'C:\\Win\\svchost.exe -k netsvcs -s "svc{i}" -p {i % 5000} /u:user{i}{"é" if i % 200 == 7 else ""}'),
    "name": (Type.STRING, lambda i: f"CONTOSO\\user{i}"),
    "path": (Type.STRING, lambda i: f"C:\\Program Files\\App{i}\\bin\\tool{i % 50}.exe"),
    "url": (Type.STRING, lambda i: f"https://host{i % 100}.example.com/a%20b/page{i}?user=u{i}&page={i % 7}#top"),
    "query": (Type.STRING, lambda i: f"user=u{i}&page={i % 7}&q=a%20b"),
    "ip": (Type.STRING, lambda i: f"{10 if i % 2 else 203}.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"),
    "digits": (Type.STRING, lambda i: str(i)),
    "when": (Type.STRING, lambda i: format_datetime_iso(_ticks(i))),
    "clock": (Type.STRING, lambda i: format_timespan(i * 10 * TICKS_PER_SECOND)),
    "csv": (Type.STRING, lambda i: f'{i},"b,{i}",c'),
    "xml": (Type.STRING, lambda i: f"<e id='{i}'><a>1</a><b>x{i}</b></e>"),
    "base64": (Type.STRING, lambda i: base64.b64encode(f"Write-Host user{i}".encode()).decode()),
    "agent": (Type.STRING, lambda i: _BROWSERS[i % 2].format(i % 90 + i // 90_000)),
    "json": (Type.STRING, _json),
    "bag": (Type.DYNAMIC, _json),
    "list": (Type.DYNAMIC, lambda i: f'["user{i}","b","c{i % 10}"]'),
    "numbers": (Type.DYNAMIC, lambda i: f"[{i},2,{i % 10}]"),
}


class MadeTable:
    """A table that is scanned in batches, as those of files are."""

    def __init__(self, rows: int, repeated: bool) -> None:
        self.name = "T"
        self.schema = Schema.of((name, type_) for name, (type_, _) in COLUMNS.items())
        self.rows: int | None = rows
        self._repeated = repeated
        self._columns: dict[str, pa.Array] = {}

    def column(self, name: str) -> pa.Array:
        """The column's values: row `i` holds the value of `i`, or of one of 1,000 numbers."""
        if name not in self._columns:
            type_, value = COLUMNS[name]
            rows = self.rows or 0
            values = storage.to_array([value(i) for i in range(1000 if self._repeated else rows)], type_)
            if self._repeated:
                codes = pa.array((np.arange(rows) * 7919 % 1000).astype(np.int32))
                values = pa.DictionaryArray.from_arrays(codes, values) if pa.types.is_string(values.type) else values.take(codes)
            self._columns[name] = values
        return self._columns[name]

    def renew(self) -> None:
        """Put the columns elsewhere in memory, so that nothing is known of them from earlier runs."""
        self._columns = {name: _copied(column) for name, column in self._columns.items()}

    def scan(
        self, columns: Sequence[str], predicates: Sequence[Predicate] = (), *, batch_rows: int = 65_536, limit: int | None = None
    ) -> Iterator[Task]:
        """One task for each batch."""
        rows = self.rows or 0
        for start in range(0, rows, batch_rows):
            count = min(batch_rows, rows - start)
            pieces = {name: self.column(name).slice(start, count) for name in columns}
            yield lambda pieces=pieces, count=count: Chunk(pieces, count)


def _copied(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(column.indices, _copied(column.dictionary))
    return pa.concat_arrays([column.slice(0, 1), column.slice(1)])


def made_table(rows: int, *, repeated: bool) -> MadeTable:
    """The table, with mostly distinct values or with 1,000 values in each column."""
    return MadeTable(rows, repeated)


class KernelTables(Catalog):
    """A catalog whose only table is `T`."""

    def __init__(self, table: MadeTable) -> None:
        super().__init__(bundled=False)
        self.made = table

    def table(self, name: str) -> Table | None:
        """The made table under its name."""
        return self.made if name == "T" else None
