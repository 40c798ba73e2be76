"""An index from key tuples to row groups: what the build side of a join is turned into."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.engine.groups import group
from kqlpy.types import Type

__all__ = ["KeyIndex", "missing_rows"]

Ints = npt.NDArray[np.int64]
DENSE = 8_000_000


class KeyIndex:
    """Groups of equal keys among `rows` rows. `order[starts[g] : starts[g] + sizes[g]]` are the rows of group g; `ids` the group of each row."""

    def __init__(self, keys: Sequence[pa.Array], rows: int) -> None:
        groups = group(keys, rows)
        self.count = groups.count
        self.ids: Ints = groups.ids
        self.sizes: Ints = groups.sizes
        # The engine gives the matches of a row from the last right row to the first (fuzz answers with ordered lookups).
        self.order: Ints = len(groups.ids) - 1 - np.argsort(groups.ids[::-1], kind="stable")
        self.starts: Ints = groups.starts[:-1]
        first = pa.array(groups.first)
        self._distinct = [_distinct(storage.plain(k.take(first))) for k in keys] if rows else []
        self._table: Ints | None = None
        self._codes: Ints | None = None
        self._groups: Ints | None = None
        if rows:
            self._pack(keys, first)

    @property
    def nbytes(self) -> int:
        """Bytes held besides the rows."""
        return int(self.ids.nbytes + self.order.nbytes + sum(d.nbytes for d in self._distinct))

    def _pack(self, keys: Sequence[pa.Array], first: pa.Array) -> None:
        """From the combined code of a key tuple to its group: a dense table when it is small, else sorted codes."""
        codes, size = self._combine([k.take(first) for k in keys])
        if size <= max(DENSE // 8, min(DENSE, 16 * self.count)):
            table = np.full(size, -1, np.int64)
            table[codes] = np.arange(self.count)
            self._table = table
            return
        order = np.argsort(codes, kind="stable")
        self._codes, self._groups = codes[order], order

    def _combine(self, keys: Sequence[pa.Array]) -> tuple[Ints, int]:
        """One integer for each key tuple, -1 when a part is not among the indexed values."""
        codes: Ints | None = None
        bad: npt.NDArray[np.bool_] | None = None
        size = 1
        for key, values in zip(keys, self._distinct, strict=True):
            found = _find(key, values)
            bad = found < 0 if bad is None else bad | (found < 0)
            codes = found if codes is None else codes * len(values) + found
            size *= max(1, len(values))
            if size > 2**62:
                raise OverflowError("join keys with too many distinct combinations")
        assert codes is not None
        assert bad is not None
        return np.where(bad, -1, codes), size

    def lookup(self, keys: Sequence[pa.Array], rows: int) -> Ints:
        """For each key tuple its group, or -1."""
        if not self.count:
            return np.full(rows, -1, np.int64)
        codes, _ = self._combine(keys)
        if self._table is not None:
            return np.where(codes >= 0, self._table[codes], -1)
        assert self._codes is not None
        assert self._groups is not None
        at = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        return np.where((codes >= 0) & (self._codes[at] == codes), self._groups[at], -1)


def _distinct(values: pa.Array) -> pa.Array:
    return pc.unique(_comparable(values))


def _comparable(values: pa.Array) -> pa.Array:
    """-0.0 equals 0.0 as a key."""
    if pa.types.is_floating(values.type):
        return pc.if_else(pc.equal(values, 0.0), 0.0, values)
    return values


def _find(key: pa.Array, values: pa.Array) -> Ints:
    """Positions in `values`, -1 where absent; null finds null."""
    if pa.types.is_dictionary(key.type):
        if not key.indices.null_count and len(key.dictionary) <= 4 * len(key):
            mapping = _find(key.dictionary, values)
            found: Ints = mapping[key.indices.to_numpy(zero_copy_only=False)]
            return found
        key = key.dictionary_decode()
    at = pc.index_in(_comparable(key), value_set=values)
    positions: Ints = pc.fill_null(at, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return positions


def missing_rows(column: pa.Array, at: pa.Array, type_: Type) -> pa.Array:
    """Rows of a column by position, where a null position gives a null, and an empty string in a string column."""
    if not at.null_count:
        return column.take(at)
    if type_ is not Type.STRING:
        return column.take(at)
    if pa.types.is_dictionary(column.type):
        values = pa.concat_arrays([column.dictionary, pa.array([""], column.dictionary.type)])
        indices = pc.fill_null(column.indices.take(at), pa.scalar(len(column.dictionary), column.indices.type))
        return pa.DictionaryArray.from_arrays(indices, values)
    return column.take(at).fill_null("")
