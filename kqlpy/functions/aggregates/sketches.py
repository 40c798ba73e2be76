"""hll and tdigest: intermediate results of `dcount` and `percentile` that are stored and merged later.

Their dynamic values look like the real engine's but hold everything, so that nothing is estimated: `[[1024,14],[hash, ...],[]]` for hll, one 64-bit
hash for each distinct value; `[[7,type],[value, ...],[weight, ...]]` for tdigest, datetimes and timespans as ticks.
The functions that read them are in `functions/sketches.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, storage
from kqlpy.engine.groups import Groups, distinct_pairs
from kqlpy.functions.aggregates.inputs import Conditional, State, numbers, valid_rows
from kqlpy.functions.aggregates.lists import gather_lists, lists_of, merge_distinct
from kqlpy.functions.registry import Call, aggregate
from kqlpy.types import Type

__all__ = ["Digest", "hashes_of", "hll_text", "read_digest", "unite_digests"]

Digest = tuple[str, dict[float, int]]
"""The KQL type of a tdigest's values, and their weights by value."""


def hll_text(hashes: Iterable[int]) -> str:
    """An hll value of these hashes as JSON text."""
    return '[[1024,14],["' + '","'.join(map(str, hashes)) + '"],[]]'


def hashes_of(value: Any) -> list[int]:
    """The hashes in an hll value; none when it is not one."""
    if not (isinstance(value, list) and len(value) == 3 and isinstance(value[1], list)):
        return []
    return [int(item) for item in value[1]]


def _hash(values: pa.Array) -> pa.Array:
    """A 64-bit hash of each distinct value; numbers and ticks are mixed, all else is hashed as text."""
    if pa.types.is_integer(values.type):
        mixed = numbers(values)[0].astype(np.int64).view(np.uint64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        return pa.array((mixed ^ (mixed >> np.uint64(31))).view(np.int64))
    texts = values.cast(pa.string()).to_pylist()
    return pa.array([int.from_bytes(blake2b(t.encode(), digest_size=8).digest(), "little", signed=True) for t in texts], pa.int64())


class Hll:
    """The hashes of each group's distinct values."""

    @staticmethod
    def update(call: Call, groups: Groups, value: pa.Array, accuracy: Any = None) -> State:
        array = dynamic.text_of(value) if call.types[0] is Type.DYNAMIC else value
        valid = valid_rows(array)
        if valid is not None:
            groups, array = groups.where(valid), array.filter(pa.array(valid))
        rows = distinct_pairs(groups, array)
        sizes = np.bincount(groups.ids[rows], minlength=groups.count)
        return (lists_of(_hash(storage.plain(array.take(pa.array(rows)))), sizes),)

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        return (merge_distinct(groups, state[0]),)

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return pa.array([hll_text(hashes) if hashes else None for hashes in state[0].to_pylist()], pa.string())


@aggregate("(value: not_real_or_bool, accuracy: integer = ?) -> dynamic", name="hll", naming="prefix", prefix="hll")
class HllOf(Hll):
    """Intermediate result of `dcount`, for `hll_merge` and `dcount_hll`; null when there is no value.

    >>> range x from 1 to 10 step 1 | summarize h = hll(x) | project dcount_hll(h)
    10
    """


@aggregate("(value: not_real_or_bool, predicate: bool, accuracy: integer = ?) -> dynamic", name="hll_if", naming="prefix", prefix="hll_if")
class HllIf(Conditional, Hll):
    """Intermediate result of `dcount` over the rows for which the predicate is true.

    >>> range x from 1 to 10 step 1 | summarize h = hll_if(x, x > 3) | project dcount_hll(h)
    7
    """


@aggregate("(hll: array) -> dynamic", name="hll_merge", naming="prefix", prefix="hll_merge")
class HllMerge(Hll):
    """The hll values of a group united into one.

    >>> range x from 1 to 10 step 1 | summarize h = hll(x) by x % 3 | summarize m = hll_merge(h) | project dcount_hll(m)
    10
    """

    @staticmethod
    def update(call: Call, groups: Groups, value: pa.Array, accuracy: Any = None) -> State:
        hashes = [hashes_of(item) for item in dynamic.values(dynamic.text_of(value))]
        return (merge_distinct(groups, pa.array(hashes, pa.list_(pa.int64()))),)


def read_digest(value: Any) -> Digest | None:
    """The parsed form of a tdigest value; None when it is not one."""
    if not (isinstance(value, list) and len(value) == 3 and all(isinstance(part, list) for part in value)):
        return None
    type_ = value[0][1] if len(value[0]) > 1 else "real"
    return type_, dict(zip(map(_number, value[1]), value[2], strict=False))


def _number(item: Any) -> float:
    return float(item) if isinstance(item, str) else item


def digest_value(digest: Digest) -> list[Any]:
    """A tdigest as a dynamic value, its values in order."""
    type_, weights = digest
    ordered = sorted(weights, key=lambda value: (isnan(value), value))
    return [[7, type_], ordered, [weights[value] for value in ordered]]


def unite_digests(digests: Iterable[Digest | None]) -> Digest | None:
    """One tdigest of several; None when there is none."""
    united: Digest | None = None
    for digest in digests:
        if digest is not None:
            united = united or (digest[0], {})
            for value, weight in digest[1].items():
                united[1][value] = united[1].get(value, 0) + weight
    return united


class TDigest:
    """The values of each group with their weights."""

    @staticmethod
    def update(call: Call, groups: Groups, value: pa.Array, weight: pa.Array | None = None) -> State:
        values = storage.plain(value)
        if call.types[0] is Type.DECIMAL:
            values = values.cast(pa.float64())
        weights = pa.array(np.ones(len(values), np.int64)) if weight is None else storage.plain(weight).cast(pa.int64()).fill_null(0)
        keep = pc.and_(values.is_valid(), pc.greater(weights, 0))
        groups = groups.where(keep.to_numpy(zero_copy_only=False))
        order = pa.array(groups.order)
        return tuple(lists_of(column.filter(keep).take(order), groups.sizes) for column in (values, weights))

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        return tuple(lists_of(*gather_lists(groups, column)) for column in state)

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        type_ = Type.REAL if call.types[0] is Type.DECIMAL else call.types[0]
        digests = []
        for values, weights in zip(state[0].to_pylist(), state[1].to_pylist(), strict=True):
            single: list[Digest | None] = [(type_.value, {v: w}) for v, w in zip(values, weights, strict=True)]
            united = unite_digests(single)
            digests.append(None if united is None else digest_value(united))
        return dynamic.from_values(digests)


@aggregate("(value: summable, weight: integer = ?) -> dynamic", name="tdigest", naming="prefix", prefix="tdigest")
class TDigestOf(TDigest):
    """Intermediate result of `percentile`, for `tdigest_merge` and `percentile_tdigest`; null when there is no value.

    >>> range x from 1 to 10 step 1 | summarize t = tdigest(x) | project percentile_tdigest(t, 50, typeof(long))
    5
    """


class _Merge:
    """The tdigest values of each group united; the state is JSON text."""

    @staticmethod
    def update(call: Call, groups: Groups, value: pa.Array) -> State:
        found: list[list[Digest | None]] = [[] for _ in range(groups.count)]
        for id_, item in zip(groups.ids.tolist(), dynamic.values(dynamic.text_of(value)), strict=True):
            found[id_].append(read_digest(item))
        united = [unite_digests(digests) for digests in found]
        return (dynamic.from_values([None if digest is None else digest_value(digest) for digest in united]),)

    @classmethod
    def merge(cls, call: Call, groups: Groups, state: State) -> State:
        return cls.update(call, groups, state[0])

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return state[0]


@aggregate("(tdigest: array) -> dynamic", name="tdigest_merge", naming="prefix", prefix="merge_tdigests")
@aggregate("(tdigest: array) -> dynamic", name="merge_tdigest", naming="prefix", prefix="merge_tdigests")
class TDigestMerge(_Merge):
    """The tdigest values of a group united into one.

    >>> range x from 1 to 10 step 1 | summarize t = tdigest(x) by x % 3 | summarize m = tdigest_merge(t) | project percentile_tdigest(m, 50, typeof(long))
    5
    """
