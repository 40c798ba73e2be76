"""Rows to groups: dense group ids for one or more key columns, and the numpy reductions over them that aggregates share.

Null is a key of its own, NaN too. Ids follow the order in which groups are first seen.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Groups", "codes_of", "distinct_pairs", "group", "one_group", "stable_order"]

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_TABLE = 1 << 23
"""Entries of a table by code that is filled only in places; beyond it, or when it would be very sparse, codes are hashed."""


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
            self.memo["order"] = stable_order(self.ids, self.count)
        order: Ints = self.memo["order"]
        return order

    @property
    def starts(self) -> Ints:
        """Where each group starts in `order`, plus the end."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    def where(self, mask: Mask) -> Groups:
        """The same groups over the rows that the mask keeps; groups may become empty, `first` is not theirs any more."""
        return Groups(self.ids[mask], self.count, self.first)

    def sum(self, values: npt.NDArray[Any], valid: Mask | None = None) -> npt.NDArray[Any]:
        """Sum per group; integers wrap in 64 bits, no floats in between. Rows where `valid` is false count as 0."""
        if valid is not None:
            values = np.where(valid, values, values.dtype.type(0))
        if values.dtype.kind == "f":
            return np.bincount(self.ids, weights=values, minlength=self.count).astype(np.float64, copy=False)
        totals = np.zeros(self.count, np.int64)
        np.add.at(totals, self.ids, values)
        return totals

    def count_where(self, mask: Mask | None) -> Ints:
        """Rows per group for which the mask holds (all rows without one)."""
        if mask is None or mask.all():
            return self.sizes
        return np.bincount(self.ids[mask], minlength=self.count).astype(np.int64)

    def extreme(self, values: npt.NDArray[Any], greatest: bool, valid: Mask | None = None) -> tuple[npt.NDArray[Any], Mask]:
        """The greatest or smallest valid value per group, and which groups have one; NaN beats every number either way."""
        ids = self.ids
        if valid is not None:
            values, ids = values[valid], ids[valid]
        best = np.full(self.count, _worst(values.dtype, greatest), values.dtype)
        with np.errstate(invalid="ignore"):
            (np.maximum if greatest else np.minimum).at(best, ids, values)
        found = np.zeros(self.count, np.bool_)
        found[ids] = True
        return best, found

    def first_where(self, mask: Mask | None = None) -> Ints:
        """The first row per group that the mask keeps; -1 where there is none."""
        rows = np.arange(len(self.ids)) if mask is None else np.flatnonzero(mask)
        found = np.full(self.count, -1, np.int64)
        found[self.ids[rows[::-1]]] = rows[::-1]
        return found


def _worst(dtype: np.dtype[Any], greatest: bool) -> Any:
    if dtype.kind == "f":
        return -np.inf if greatest else np.inf
    if dtype.kind == "b":
        return not greatest
    limits = np.iinfo(dtype)
    return limits.min if greatest else limits.max


def one_group(rows: int) -> Groups:
    """All rows in one group (also when there are none)."""
    return Groups(np.zeros(rows, np.int64), 1, np.zeros(1, np.int64))


def stable_order(codes: Ints, bound: int) -> Ints:
    """Positions sorted by code (0 <= code < bound), equal codes in input order.

    numpy sorts 16-bit keys by radix, twenty times as fast as wider ones, so wider codes are sorted 16 bits at a time.
    """
    if bound <= 1:
        return np.arange(len(codes))
    order = np.argsort(codes.astype(np.uint16), kind="stable")
    shift = 16
    while bound > 1 << shift:
        digits = (codes[order] >> shift).astype(np.uint16)
        order = order[np.argsort(digits, kind="stable")]
        shift += 16
    return order


def group(keys: Sequence[pa.Array], rows: int) -> Groups:
    """Groups of equal key tuples. Without rows there are no groups."""
    if not rows:
        return Groups(np.zeros(0, np.int64), 0, np.zeros(0, np.int64))
    codes, size = codes_of(keys[0])
    for key in keys[1:]:
        codes, size = _combine(codes, size, *codes_of(key))
    ids, first = _first_seen(codes, size)
    return Groups(ids, len(first), first)


def distinct_pairs(groups: Groups, values: pa.Array) -> Ints:
    """The rows that hold a value for the first time in their group, sorted by group and then by row."""
    if not len(groups.ids):
        return np.zeros(0, np.int64)
    codes, size = _combine(groups.ids, groups.count, *codes_of(values))
    rows = _first_seen(codes, size)[1]
    return rows if groups.count == 1 else rows[stable_order(groups.ids[rows], groups.count)]


def _combine(codes: Ints, size: int, more: Ints, more_size: int) -> tuple[Ints, int]:
    """Codes of pairs."""
    if size * more_size > 2**62:
        codes, size = _dense(codes, size)
    if size * more_size > 2**62:
        more, more_size = _dense(more, more_size)
    return codes * more_size + more, size * more_size


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
    values, valid = _integers(key)
    known = values if valid is None else values[valid]
    if not len(known):
        return np.zeros(len(key), np.int64), 1
    low, span = int(known.min()), int(known.max()) - int(known.min())
    limit = max(1 << 16, 4 * len(values))
    step = 1
    if span > limit:
        step = _common_step(known, low, span)
        if step == 1 or span // step > limit:
            return None
    codes = values - low
    if step != 1:
        codes //= step
    if valid is not None:
        codes = np.where(valid, codes + 1, 0)
    return codes, span // step + 2


def _integers(key: pa.Array) -> tuple[Ints, Mask | None]:
    if not key.null_count:
        return key.to_numpy(zero_copy_only=False).astype(np.int64, copy=False), None
    valid = key.is_valid().to_numpy(zero_copy_only=False)
    return key.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64, copy=False), valid


def _common_step(values: Ints, low: int, span: int) -> int:
    """A step that divides all differences from `low`; 1 when a sample shows none."""
    if span >= 2**62:
        return 1
    step = int(np.gcd.reduce(values[:1024] - low)) or 1
    return step if step != 1 and not ((values - low) % step).any() else 1


def _dictionary_codes(key: pa.DictionaryArray) -> tuple[Ints, int]:
    """Codes of a dictionary column, equal for equal values though the dictionary may repeat them."""
    mapping, size = _distinct_values(key.dictionary)
    indices = key.indices
    if indices.null_count:
        null_code = pc.index(key.dictionary.is_null(), True).as_py()
        if null_code < 0:
            null_code, size = size, size + 1
        elif mapping is not None:
            null_code = int(mapping[null_code])
        mapping = np.append(np.arange(len(key.dictionary)) if mapping is None else mapping, null_code)
        indices = pc.fill_null(indices, len(key.dictionary))
    raw = indices.to_numpy(zero_copy_only=False)
    return (raw.astype(np.int64) if mapping is None else mapping[raw]), size


_KNOWN: OrderedDict[tuple[int, ...], tuple[pa.Array, Ints | None, int]] = OrderedDict()
_KNOWN_LOCK = Lock()
_KNOWN_SIZE = 16


def _distinct_values(values: pa.Array) -> tuple[Ints | None, int]:
    """(position -> code, number of codes) of a dictionary's values; None where each value stands there once.

    Batches of one part of a file share a dictionary, so the last few answers are kept, with the dictionaries
    themselves: while they live, nothing else can stand at their addresses.
    """
    key = (*(b.address for b in values.buffers() if b is not None), values.offset, len(values))
    with _KNOWN_LOCK:
        if key in _KNOWN:
            _KNOWN.move_to_end(key)
            return _KNOWN[key][1:]
    encoded = values.dictionary_encode(null_encoding="encode")
    size = max(1, len(encoded.dictionary))
    mapping = None if len(encoded.dictionary) == len(values) else encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    with _KNOWN_LOCK:
        _KNOWN[key] = (values, mapping, size)
        while len(_KNOWN) > _KNOWN_SIZE:
            _KNOWN.popitem(last=False)
    return mapping, size


def _dense(codes: Ints, size: int) -> tuple[Ints, int]:
    """The same codes without gaps."""
    ids, first = _first_seen(codes, size)
    return ids, max(1, len(first))


def _first_seen(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """Dense ids in order of first appearance, and the first row of each."""
    if size > max(_TABLE if size <= 128 * len(codes) else 1 << 16, 8 * len(codes)):
        encoded = pa.array(codes).dictionary_encode()
        codes, size = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), len(encoded.dictionary)
    rows = np.arange(len(codes), dtype=np.int32 if len(codes) < 2**31 else np.int64)
    first_of = np.empty(size, rows.dtype)
    first_of[codes[::-1]] = rows[::-1]
    first = np.flatnonzero(first_of[codes] == rows)
    id_of = first_of
    id_of[codes[first]] = rows[: len(first)]
    return id_of[codes].astype(np.int64), first
