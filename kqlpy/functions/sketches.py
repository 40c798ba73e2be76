"""Functions over stored sketches: the dynamic values that the aggregates `hll` and `tdigest` make.

Their form and how they are united is in `aggregates/sketches.py`. Sketches made here hold every value, so that nothing is
estimated; an hll of the real engine that has given up its hashes for counters is refused.
"""

from __future__ import annotations

from typing import Any

from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions.aggregates.sketches import Digest, digest_value, hashes_of, read_digest, unite_digests
from kqlpy.functions.arrays import item
from kqlpy.functions.refusals import UNDOCUMENTED
from kqlpy.functions.registry import SCALARS, Call, declare, scalar
from kqlpy.types import Type

__all__: list[str] = []

_TICKS = (Type.DATETIME, Type.TIMESPAN)


@scalar("(hll: array) -> long", rows=True, naming="name_first", page="dcount-hll-function")
def dcount_hll(hll: Any) -> int | None:
    """Number of distinct values that an hll stands for; null for what is none.

    >>> range x from 1 to 10 step 1 | summarize h = hll(x % 4) | project dcount_hll(h)
    4
    """
    return len(set(_hashes(hll))) if _is_hll(hll) else None


@scalar(
    "(hll: array, +more: array) -> dynamic",
    rows=True, nulls="kernel", naming="prefix_only", prefix="hll_merged_result", page="hll-merge-function",
)  # fmt: skip
def hll_merge(*hlls: Any) -> list[Any] | None:
    """One hll of several; what is no hll adds nothing.

    >>> range x from 1 to 10 step 1 | extend y = x + 5 | summarize a = hll(x), b = hll(y) | project dcount_hll(hll_merge(a, b))
    15
    """
    known = [hll for hll in hlls if _is_hll(hll)]
    hashes = dict.fromkeys(code for hll in known for code in _hashes(hll))
    return [known[0][0], [str(code) for code in hashes], []] if known else None


@scalar("(hll: array, value: scalar = ?) -> bool", rows=True, nulls="kernel")
def hll_isvalid(hll: Any, value: Any = None) -> bool:
    """True when the value is an hll.

    >>> print hll_isvalid(dynamic([1, 2]))
    False
    """
    return _is_hll(hll)


declare(SCALARS, "__hll_normalize", "(hll: dynamic, +more: dynamic) -> dynamic", why=UNDOCUMENTED, naming="first")


@scalar(
    ["(tdigest: array, percentile: real) -> dynamic", "(tdigest: array, percentile: real, type: const type) -> typeof"],
    rows=True, context=True, naming="name_first", page="percentile-tdigest-function",
)  # fmt: skip
def percentile_tdigest(call: Call, tdigest: Any, percentile: float, type_: Any = None) -> Any:
    """The value below or at which the percentage of a tdigest's values lie, as dynamic or of the type asked for.

    >>> range x from 1 to 10 step 1 | summarize t = tdigest(x) | project percentile_tdigest(t, 50, typeof(long))
    5
    """
    digest = read_digest(tdigest)
    value = None if digest is None else _at(digest, percentile)
    if digest is None or value is None:
        return None
    held = Type(digest[0])
    return item(value, held) if call.result is Type.DYNAMIC else _as(value, held, call.result)


_ARRAY = ["(tdigest: array, +percentile: real) -> dynamic", "(tdigest: array, percentiles: array) -> dynamic"]


@scalar(_ARRAY, rows=True, naming="prefix", prefix="percentile_tdigest", page="percentile-array-tdigest-function")
def percentiles_array_tdigest(tdigest: Any, *percentiles: Any) -> list[Any] | None:
    """Several percentiles of a tdigest, as an array.

    >>> range x from 1 to 10 step 1 | summarize t = tdigest(x) | project percentiles_array_tdigest(t, 50, 90)
    [5,9]
    """
    digest = read_digest(tdigest)
    wanted = percentiles[0] if percentiles and isinstance(percentiles[0], list) else percentiles
    return None if digest is None else [item(_at(digest, one), Type(digest[0])) for one in wanted]


@scalar("(digest: array, value: scalar) -> real", rows=True, page="rank-tdigest-function")
def rank_tdigest(digest: Any, value: Any) -> float | None:
    """How many of a tdigest's values are smaller than or equal to the value.

    >>> range x from 1 to 1000 step 1 | summarize t = tdigest(x) | project rank_tdigest(t, 685)
    685.0
    """
    found = read_digest(digest)
    if found is None or isinstance(value, str | list | dict):
        return None
    return float(sum(weight for known, weight in found[1].items() if known <= value))


@scalar("(digest: array, value: scalar) -> real", rows=True, page="percentrank-tdigest-function")
def percentrank_tdigest(digest: Any, value: Any) -> float | None:
    """The share, from 0 to 100, of a tdigest's values that are smaller than or equal to the value.

    >>> range x from 1 to 1000 step 1 | summarize t = tdigest(x) | project percentrank_tdigest(t, 250)
    25.0
    """
    found, rank = read_digest(digest), rank_tdigest(digest, value)
    total = sum(found[1].values()) if found else 0
    return None if rank is None or not total else rank * 100 / total


@scalar(
    "(tdigest: array, +more: array) -> dynamic",
    rows=True, nulls="kernel", naming="prefix_only", prefix="tdigests_merge_result",
    aliases=("merge_tdigest",), obsolete="", page="merge-tdigest-function",
)  # fmt: skip
def tdigest_merge(*digests: Any) -> list[Any] | None:
    """One tdigest of several; what is no tdigest adds nothing.

    >>> range x from 1 to 5 step 1 | summarize a = tdigest(x), b = tdigest(x + 5) | project rank_tdigest(tdigest_merge(a, b), 7)
    7.0
    """
    united = unite_digests(map(read_digest, digests))
    return None if united is None else digest_value(united)


@scalar("(digest: array, value: scalar = ?) -> bool", rows=True, nulls="kernel")
def tdigest_isvalid(digest: Any, value: Any = None) -> bool:
    """True when the value is a tdigest.

    >>> print tdigest_isvalid(dynamic([1, 2]))
    False
    """
    return read_digest(digest) is not None


def _is_hll(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(isinstance(part, list) for part in value)


def _hashes(hll: Any) -> list[int]:
    if hll[2]:
        raise KqlUnsupportedError("kqlpy cannot read an hll of the real engine that holds counters", code="KQLPY001")
    return hashes_of(hll)


def _at(digest: Digest, percentile: float) -> Any:
    """The first value with which the values up to it have the percentage of the whole weight."""
    total = sum(digest[1].values())
    wanted = max(-(-percentile * total // 100), 1)
    reached = 0
    for value in sorted(digest[1]):
        reached += digest[1][value]
        if reached >= wanted:
            return value
    return None


def _as(value: Any, held: Type, wanted: Type) -> Any:
    """A value of a tdigest as a value of another type; null where that makes no sense."""
    if wanted is Type.STRING:
        return str(item(value, held))
    if held in _TICKS or wanted in _TICKS:
        return value if held is wanted else None
    if wanted in (Type.INT, Type.LONG):
        return int(value)
    return float(value) if wanted is Type.REAL else None
