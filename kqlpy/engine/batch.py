"""A batch of rows: named Arrow columns of one length, each in the storage form of its KQL type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.schema import Schema
from kqlpy.types import Type

__all__ = ["Batch", "concat_arrays", "concat_batches"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns by name and the number of rows (a batch may have rows and no columns)."""

    columns: Mapping[str, pa.Array]
    rows: int

    def select(self, names: Iterable[str]) -> Batch:
        """The named columns."""
        return Batch({name: self.columns[name] for name in names}, self.rows)

    def with_columns(self, columns: Mapping[str, pa.Array]) -> Batch:
        """This batch with columns added or replaced."""
        return Batch({**self.columns, **columns}, self.rows)

    def filter(self, mask: pa.Array) -> Batch:
        """The rows where `mask` is true (null counts as false)."""
        kept = pc.sum(mask).as_py() or 0
        if kept == self.rows:
            return self
        if kept == 0:
            return self.slice(0, 0)
        if not mask.null_count:
            return Batch({n: c.filter(mask) for n, c in self.columns.items()}, kept)
        mask = pc.fill_null(mask, False)
        return Batch({n: c.filter(mask) for n, c in self.columns.items()}, kept)

    def take(self, indices: pa.Array | np.ndarray) -> Batch:
        """Rows by position; a null position gives a row of nulls (empty strings in string columns must be restored by the caller)."""
        at = pa.array(indices) if isinstance(indices, np.ndarray) else indices
        return Batch({n: c.take(at) for n, c in self.columns.items()}, len(at))

    def slice(self, offset: int, length: int) -> Batch:
        """A range of rows, without copying."""
        rows = max(0, min(length, self.rows - offset))
        return Batch({n: c.slice(offset, length) for n, c in self.columns.items()}, rows)

    @property
    def nbytes(self) -> int:
        """Bytes that the columns refer to."""
        return sum(c.nbytes for c in self.columns.values())

    @classmethod
    def empty(cls, schema: Schema) -> Batch:
        """No rows of these columns."""
        return cls({c.name: pa.array([], storage.arrow_type(c.type)) for c in schema}, 0)


def concat_arrays(arrays: Sequence[pa.Array], type_: Type) -> pa.Array:
    """One array from several that may differ in physical form (dictionary or not, list lane or text)."""
    if len(arrays) == 1:
        return arrays[0]
    kinds = {a.type for a in arrays}
    if len(kinds) == 1 and not pa.types.is_dictionary(arrays[0].type):
        return pa.concat_arrays(arrays)
    if all(pa.types.is_dictionary(a.type) for a in arrays):
        if len({_place(a.dictionary) for a in arrays}) == 1:
            indices = [a.indices.cast(pa.int32()) for a in arrays]
            return pa.DictionaryArray.from_arrays(pa.concat_arrays(indices), arrays[0].dictionary)
        unified = pa.chunked_array([_small(a) for a in arrays]).unify_dictionaries()
        return pa.concat_arrays(unified.chunks)
    if type_ is Type.DYNAMIC:
        from kqlpy.columns import dynamic

        return dynamic.concat(list(arrays))
    return pa.concat_arrays([storage.plain(a) for a in arrays])


def _place(array: pa.Array) -> tuple[int, ...]:
    """Where an array is held: batches of one part of a file share their dictionaries."""
    return (*(b.address for b in array.buffers() if b is not None), array.offset, len(array))


def _small(array: pa.DictionaryArray) -> pa.DictionaryArray:
    """The array with int32 codes, whatever its own width."""
    if array.type.index_type == pa.int32():
        return array
    return pa.DictionaryArray.from_arrays(array.indices.cast(pa.int32()), array.dictionary)


def concat_batches(batches: Sequence[Batch], schema: Schema) -> Batch:
    """One batch from several of the same schema."""
    if not batches:
        return Batch.empty(schema)
    if len(batches) == 1:
        return batches[0]
    filled = [b for b in batches if b.rows] or list(batches[:1])
    columns = {c.name: concat_arrays([b.columns[c.name] for b in filled], c.type) for c in schema if c.name in filled[0].columns}
    return Batch(columns, sum(b.rows for b in filled))
