"""Rows to groups: dense group ids for one or more key columns, and the numpy reductions over them that aggregates share.

Null is a key of its own, NaN too. Ids follow the order in which groups are first seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Groups", "codes_of", "group", "one_group"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """`ids[i]` is the group (0..count-1) of row i; `first[g]` the first row of group g."""

    ids: Ints
    count: int
    first: Ints
    memo: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def sizes(self) -> Ints:
        """Rows per group."""
        if "sizes" not in self.memo:
            self.memo["sizes"] = np.bincount(self.ids, minlength=self.count).astype(np.int64)
        sizes: Ints = self.memo["sizes"]
        return sizes

    @property
    def order(self) -> Ints:
        """Row numbers sorted by group, rows of a group in input order."""
        if "order" not in self.memo:
            self.memo["order"] = np.argsort(self.ids, kind="stable")
        order: Ints = self.memo["order"]
        return order

    @property
    def starts(self) -> Ints:
        """Where each group starts in `order`, plus the end."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    def sum(self, values: npt.NDArray[Any], valid: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[Any]:
        """Sum per group; integers wrap in 64 bits, no floats in between. Rows where `valid` is false count as 0."""
        if valid is not None:
            values = np.where(valid, values, values.dtype.type(0))
        if values.dtype.kind == "f":
            return np.bincount(self.ids, weights=values, minlength=self.count)
        if self._exact_in_float(values):
            return np.bincount(self.ids, weights=values, minlength=self.count).astype(np.int64)
        totals = np.zeros(self.count, np.int64)
        np.add.at(totals, self.ids, values)
        return totals

    def _exact_in_float(self, values: npt.NDArray[Any]) -> bool:
        """True when sums of these integers stay below 2**53, so that adding them as floats loses nothing."""
        if not len(values):
            return True
        top = max(abs(int(values.max())), abs(int(values.min())))
        return top * len(values) < 2**53

    def count_where(self, mask: npt.NDArray[np.bool_]) -> Ints:
        """Rows per group for which the mask holds."""
        if mask.all():
            return self.sizes
        return np.bincount(self.ids[mask], minlength=self.count).astype(np.int64)

    def select(self, mask: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
        """(ids, row numbers) of the rows that the mask keeps."""
        rows = np.flatnonzero(mask)
        return self.ids[rows], rows


def one_group(rows: int) -> Groups:
    """All rows in one group (also when there are none)."""
    return Groups(np.zeros(rows, np.int64), 1, np.zeros(1, np.int64))


def group(keys: Sequence[pa.Array], rows: int) -> Groups:
    """Groups of equal key tuples. Without rows there are no groups."""
    if not rows:
        return Groups(np.zeros(0, np.int64), 0, np.zeros(0, np.int64))
    codes, size = codes_of(keys[0])
    for key in keys[1:]:
        more, more_size = codes_of(key)
        if size * more_size > 2**62:
            codes, size = _dense(codes, size)
        codes, size = codes * more_size + more, size * more_size
    ids, first = _first_seen(codes, size)
    return Groups(ids, len(first), first)


def codes_of(key: pa.Array) -> tuple[Ints, int]:
    """Integer codes (equal value, equal code; null has one too) and their exclusive upper bound."""
    if pa.types.is_dictionary(key.type):
        return _dictionary_codes(key)
    if pa.types.is_boolean(key.type):
        codes = pc.fill_null(key.cast(pa.int8()), 2).to_numpy(zero_copy_only=False).astype(np.int64)
        return codes, 3
    if pa.types.is_integer(key.type) and len(key):
        found = _integer_codes(key)
        if found is not None:
            return found
    if pa.types.is_floating(key.type):
        key = pc.if_else(pc.equal(key, 0.0), 0.0, key)
    if pa.types.is_list(key.type):
        from kqlpy.columns import dynamic

        key = dynamic.to_text(key)
    encoded = key.dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), max(1, len(encoded.dictionary))


def _integer_codes(key: pa.Array) -> tuple[Ints, int] | None:
    """Codes straight from the values when they lie close together or are all multiples of a step (bins of time)."""
    if key.null_count:
        valid = key.is_valid().to_numpy(zero_copy_only=False)
        values = key.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        if not valid.any():
            return np.zeros(len(key), np.int64), 1
        low, high = int(values[valid].min()), int(values[valid].max())
    else:
        valid = None
        values = key.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
        low, high = int(values.min()), int(values.max())
    span = high - low
    limit = max(1 << 16, 4 * len(values))
    step = 1
    if span > limit:
        sample = values[:1024] if valid is None else values[:1024][valid[:1024]]
        step = int(np.gcd.reduce(np.abs(sample - low))) or 1 if span < 2**62 else 1
        if step == 1 or span // step > limit or ((values if valid is None else values[valid]) - low).astype(np.int64).__mod__(step).any():
            return None
    codes = values - low
    if step != 1:
        codes //= step
    if valid is not None:
        codes = np.where(valid, codes + 1, 0)
    return codes, span // step + 2


def _dictionary_codes(key: pa.DictionaryArray) -> tuple[Ints, int]:
    """Codes of a dictionary column, equal for equal values though the dictionary may repeat them."""
    values = key.dictionary
    encoded = values.dictionary_encode(null_encoding="encode")
    mapping = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    size = max(1, len(encoded.dictionary))
    indices = key.indices
    if indices.null_count:
        null_code = encoded.dictionary.index(pa.scalar(None, values.type)).as_py() if encoded.dictionary.null_count else -1
        if null_code < 0:
            null_code, size = size, size + 1
        mapping = np.append(mapping, null_code)
        indices = pc.fill_null(indices, len(values))
    raw = indices.to_numpy(zero_copy_only=False)
    if len(mapping) and mapping[-1] == len(mapping) - 1 and len(encoded.dictionary) == len(values):
        return raw.astype(np.int64), size
    return mapping[raw], size


def _dense(codes: Ints, size: int) -> tuple[Ints, int]:
    """The same codes without gaps."""
    ids, first = _first_seen(codes, size)
    return ids, max(1, len(first))


def _first_seen(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """Dense ids in order of first appearance, and the first row of each."""
    rows = len(codes)
    if size <= max(1 << 16, 8 * rows):
        first = np.full(size, rows, np.int64)
        first[codes[::-1]] = np.arange(rows - 1, -1, -1)
        used = np.flatnonzero(first < rows)
        order = used[np.argsort(first[used], kind="stable")]
        ids = np.empty(size, np.int64)
        ids[order] = np.arange(len(order))
        return ids[codes], first[order]
    encoded = pa.array(codes).dictionary_encode()
    dense = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    count = len(encoded.dictionary)
    first = np.empty(count, np.int64)
    first[dense[::-1]] = np.arange(rows - 1, -1, -1)
    return dense, first
