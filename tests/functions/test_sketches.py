"""Stored sketches: counts, ranks and percentiles of small ones are exact."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions import sketches
from kqlpy.functions.aggregates.sketches import digest_value
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type


def call(result: Type) -> Call:
    return Call((Type.DYNAMIC, Type.REAL), result, 1, Session.at())


def digest(values: list[int], type_: str = "long") -> list[Any]:
    return digest_value((type_, {value: values.count(value) for value in values}))


def hll(*hashes: int) -> list[Any]:
    return [[1024, 14], [str(code) for code in hashes], []]


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1), st.integers(-9, 9))
def test_rank_counts_values_up_to_one(values: list[int], value: int) -> None:
    rank = sum(one <= value for one in values)
    assert sketches.rank_tdigest(digest(values), value) == rank
    assert sketches.percentrank_tdigest(digest(values), value) == rank * 100 / len(values)


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1), st.integers(0, 100))
def test_percentile_is_the_nearest_rank(values: list[int], percentage: int) -> None:
    place = max(-(-percentage * len(values) // 100), 1) - 1
    assert sketches.percentile_tdigest(call(Type.DYNAMIC), digest(values), float(percentage)) == sorted(values)[place]


def test_weights_count() -> None:
    assert sketches.percentile_tdigest(call(Type.DYNAMIC), [[7, "real"], [1.0, 2.0], [1, 2]], 50.0) == 2.0


def test_the_type_asked_for() -> None:
    hour = digest([36_000_000_000], "timespan")
    assert sketches.percentile_tdigest(call(Type.DYNAMIC), hour, 50.0) == "01:00:00"
    assert sketches.percentile_tdigest(call(Type.TIMESPAN), hour, 50.0, "timespan") == 36_000_000_000
    assert sketches.percentile_tdigest(call(Type.DATETIME), hour, 50.0, "datetime") is None
    assert sketches.percentile_tdigest(call(Type.REAL), digest([3]), 50.0, "real") == 3.0
    assert sketches.percentiles_array_tdigest(digest([1, 2, 3]), [0, 50, 100]) == [1, 2, 3]


def test_merging_unites() -> None:
    assert sketches.dcount_hll(sketches.hll_merge(hll(1, 2), None, hll(2, 3))) == 3
    assert sketches.rank_tdigest(sketches.tdigest_merge(digest([1, 5]), digest([2])), 2) == 2
    assert sketches.hll_merge(None, [1]) is None
    assert sketches.tdigest_merge(None, None) is None


def test_counters_of_the_real_engine_are_refused() -> None:
    with pytest.raises(KqlUnsupportedError, match="counters"):
        sketches.dcount_hll([[1024, 14], [], [1, 0, 3]])
