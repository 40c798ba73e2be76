"""Group ids and reductions against plain loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.engine.groups import Groups, distinct_pairs, group, one_group, stable_order


def plain_groups(rows: list[tuple[Any, ...]]) -> tuple[list[int], list[int]]:
    """Ids in order of first appearance, and the first row of each."""
    seen: dict[Any, int] = {}
    first = []
    ids = []
    for number, row in enumerate(rows):
        key = tuple("nan" if isinstance(v, float) and math.isnan(v) else (type(v).__name__, v) for v in row)
        if key not in seen:
            seen[key] = len(seen)
            first.append(number)
        ids.append(seen[key])
    return ids, first


LONGS = st.none() | st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1, 36_000_000_000, 72_000_000_000])
REALS = st.none() | st.sampled_from([0.0, -0.0, math.nan, math.inf, 1.5])
TEXTS = st.sampled_from(["", "a", "b", "é"])


@given(st.lists(st.tuples(LONGS, REALS, TEXTS, st.none() | st.booleans()), max_size=30), st.permutations(range(4)), st.booleans())
def test_groups_are_numbered_as_they_are_seen(rows: list[tuple[Any, ...]], order: list[int], encoded: bool) -> None:
    types = [pa.int64(), pa.float64(), pa.string(), pa.bool_()]
    columns = [pa.array([row[i] for row in rows], types[i]) for i in order]
    if encoded:
        columns = [c.dictionary_encode() if c.type == pa.string() else c for c in columns]
    groups = group(columns, len(rows))
    ids, first = plain_groups([tuple(row[i] for i in order) for row in rows])
    assert (groups.ids.tolist(), groups.first.tolist(), groups.count) == (ids, first, len(first))


@given(st.lists(st.integers(0, 3) | st.none(), max_size=20), st.sampled_from([["a", "b", "a", "c"], ["a", None, "b", "b"]]))
def test_a_dictionary_may_repeat_values_and_hold_null(codes: list[int | None], values: list[str | None]) -> None:
    column = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(values, pa.string()))
    groups = group([column], len(codes))
    ids, first = plain_groups([(None if code is None else values[code],) for code in codes])
    assert (groups.ids.tolist(), groups.first.tolist()) == (ids, first)


@pytest.mark.parametrize("bound", [1, 2, 70_000, 2**33])
@given(data=st.data())
def test_stable_order_keeps_equal_codes_in_place(bound: int, data: st.DataObject) -> None:
    codes = data.draw(st.lists(st.integers(0, bound - 1) | st.sampled_from([0, bound - 1]), max_size=20))
    assert stable_order(np.array(codes, np.int64), bound).tolist() == sorted(range(len(codes)), key=codes.__getitem__)


GROUPED = st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**63), 2**63 - 1), st.booleans()), max_size=20)


def grouped(rows: list[tuple[int, int, bool]]) -> tuple[Groups, Any, Any]:
    ids = np.array([row[0] for row in rows], np.int64)
    return Groups(ids, 4, np.zeros(4, np.int64)), np.array([r[1] for r in rows], np.int64), np.array([r[2] for r in rows], np.bool_)


@given(GROUPED)
def test_sums_wrap_and_skip_what_is_not_valid(rows: list[tuple[int, int, bool]]) -> None:
    groups, values, mask = grouped(rows)
    wanted = [sum(v for i, v, keep in rows if i == g and keep) for g in range(4)]
    assert groups.sum(values, mask).tolist() == [(n + 2**63) % 2**64 - 2**63 for n in wanted]
    assert groups.count_where(mask).tolist() == [sum(i == g and keep for i, _, keep in rows) for g in range(4)]


@given(GROUPED, st.booleans())
def test_extremes_and_first_rows(rows: list[tuple[int, int, bool]], greatest: bool) -> None:
    groups, values, mask = grouped(rows)
    best, found = groups.extreme(values, greatest, mask)
    for g in range(4):
        kept = [v for i, v, keep in rows if i == g and keep]
        assert found[g] == bool(kept)
        assert not kept or best[g] == (max(kept) if greatest else min(kept))
    first = [next((n for n, (i, _, keep) in enumerate(rows) if i == g and keep), -1) for g in range(4)]
    assert groups.first_where(mask).tolist() == first


@given(st.lists(st.tuples(st.integers(0, 2), TEXTS), max_size=20))
def test_distinct_pairs_are_sorted_by_group_and_row(rows: list[tuple[int, str]]) -> None:
    groups = Groups(np.array([i for i, _ in rows], np.int64), 3, np.zeros(3, np.int64))
    _, first = plain_groups(rows)
    found = distinct_pairs(groups, pa.array([text for _, text in rows], pa.string()))
    assert found.tolist() == sorted(first, key=lambda n: (rows[n][0], n))


def test_nothing_has_no_groups_but_one_group_without_keys() -> None:
    assert group([pa.array([], pa.int64())], 0).count == 0
    assert (one_group(0).count, one_group(0).sizes.tolist()) == (1, [0])


def test_many_wide_keys_do_not_overflow() -> None:
    columns = [pa.array(np.arange(3000) % (7 + i)).cast(pa.string()) for i in range(3)]
    columns += [pa.array((np.arange(3000) * 7919 * (i + 1)) % 100_003) for i in range(5)]
    groups = group(columns, 3000)
    assert groups.ids.tolist() == plain_groups(list(zip(*(c.to_pylist() for c in columns), strict=True)))[0]
