"""Rows as dicts to columns of text cells, with the kinds of their values; many small blocks joined to bigger ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from kqlpy.columns import dynamic
from kqlpy.sources.evidence import Evidence, Kind, size_of, times_of_text
from kqlpy.sources.json_rows import SourceReal

__all__ = ["Gathered", "Row", "TextColumn", "Wanted", "columns_of", "few_values"]

Row = dict[str, Any]
Wanted = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Cells as text (null where absent) and the kinds among them; None when all are strings that nobody looked into yet."""

    texts: pa.Array
    kinds: Evidence | None = None


def text_column(values: list[Any]) -> TextColumn:
    """The text cells of JSON values."""
    types = set(map(type, values))
    if types <= _STRINGS:
        return TextColumn(_strings(values))
    kinds = _kinds(values, types)
    return TextColumn(_strings([v if v is None or type(v) is str else cell(v) for v in values]), kinds)


def cell(value: Any) -> str:
    """A JSON value as the text of a cell."""
    if type(value) is SourceReal:
        return value.text
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int or type(value) is float:
        return str(value)
    return dynamic.dumps(value)


_STRINGS = frozenset({str, type(None)})
_KINDS = {bool: Kind.BOOL, SourceReal: Kind.REAL, float: Kind.REAL, dict: Kind.NESTED, list: Kind.NESTED}


def _kinds(values: list[Any], types: set[type]) -> Evidence:
    found = {_KINDS[type_] for type_ in types if type_ in _KINDS}
    if int in types:
        numbers = [value for value in values if type(value) is int]
        found |= {size_of(value) for value in (min(numbers), max(numbers))}
        if len(found & _SIZES) == 2:
            found |= {size_of(value) for value in numbers}
    if str in types and any(type(value) is str and value.strip() for value in values):
        found.add(Kind.TEXT)
    return frozenset(found)


_SIZES = {Kind.INT, Kind.BIG, Kind.HUGE}


def _strings(values: Sequence[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # half of a surrogate pair
        whole = [v if v is None else v.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for v in values]
        return pa.array(whole, pa.string())


@dataclass
class Gathered:
    """Columns of several small blocks of rows, one behind the other."""

    rows: int = 0
    _columns: dict[str, list[TextColumn]] = field(default_factory=dict)
    _lengths: dict[str, int] = field(default_factory=dict)

    def add(self, rows: int, columns: Mapping[str, TextColumn | None]) -> None:
        """Append a block."""
        for key, column in columns.items():
            if column is None:
                continue
            self._fill(key)
            self._columns[key].append(column)
            self._lengths[key] += rows
        self.rows += rows

    def _fill(self, key: str) -> None:
        """Nulls for the rows so far that lack the key."""
        missing = self.rows - self._lengths.get(key, 0)
        columns = self._columns.setdefault(key, [])
        if missing:
            columns.append(TextColumn(pa.nulls(missing, pa.string())))
        self._lengths[key] = self.rows

    def columns(self) -> dict[str, TextColumn]:
        """One column for each key of any block."""
        found = {}
        for key, columns in self._columns.items():
            self._fill(key)
            texts = few_values(pa.chunked_array([column.texts for column in columns]))
            found[key] = TextColumn(texts, _joined_kinds(columns))
        return found


def _joined_kinds(columns: list[TextColumn]) -> Evidence | None:
    told = [column.kinds for column in columns if column.kinds is not None]
    if not told:
        return None
    strings = [column.texts for column in columns if column.kinds is None]
    return frozenset().union(*told, *map(times_of_text, strings))


def few_values(texts: pa.ChunkedArray) -> pa.Array:
    """The column as one array; as a dictionary where a sample of it repeats itself."""
    if len(texts) >= _SAMPLE * 2:
        step = len(texts) // _SAMPLE
        sample = texts.take(pa.array(range(0, step * _SAMPLE, step), pa.int64()))
        if len(sample.unique()) <= _SAMPLE // 4:
            texts = texts.dictionary_encode().unify_dictionaries()
    return pa.concat_arrays(texts.chunks)


_SAMPLE = 512


def columns_of(rows: list[Row], wanted: Wanted) -> dict[str, TextColumn | None]:
    """Each key, in the order in which they first occur, with its column; None for one that is not wanted."""
    keys: dict[str, Any] = {}
    for row in rows:
        keys.update(row)
    return {key: text_column([row.get(key) for row in rows]) if wanted(key) else None for key in keys}
