"""Window functions, given the rows in several batches, equal a plain loop over all rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import storage
from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions import windows  # noqa: F401
from kqlpy.functions.registry import WINDOWS, Call
from kqlpy.types import Type

Rows = list[tuple[Any, ...]]


def run(name: str, types: tuple[Type, ...], rows: Rows, cuts: list[int], *constants: Any) -> list[Any]:
    """The function's column for rows cut into batches; constants follow the columns unless the row type says otherwise."""
    function = WINDOWS[name]
    kernel = function.overloads[0].kernel
    edges = [0, *sorted(min(c, len(rows)) for c in cuts), len(rows)]
    if function.extra.get("whole"):
        edges = [0, len(rows)]
    state, found = None, []
    for number, (start, end) in enumerate(pairwise(edges)):
        part = rows[start:end]
        columns = [encode(storage.to_array([r[i] for r in part], t), number) for i, t in enumerate(types)]
        column, state = kernel(Call((*types, *(Type.LONG for _ in constants)), types[0], len(part), None), state, *columns, *constants)
        assert len(column) == len(part)
        found += storage.plain(column).to_pylist()
    return found


def encode(array: pa.Array, number: int) -> pa.Array:
    return array.dictionary_encode() if array.type == pa.string() and number % 2 else array


def same(left: Any, right: Any) -> bool:
    return bool(left == right) or (isinstance(left, float) and isinstance(right, float) and math.isnan(left) and math.isnan(right))


CUTS = st.lists(st.integers(0, 12), max_size=3)
MARKS = st.none() | st.booleans()
LONGS = st.none() | st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1)
REALS = st.none() | st.sampled_from([0.1, 0.2, 0.7, -1.5, math.nan, math.inf])
TEXTS = st.sampled_from(["", "a", "b"])
SHORT = {"max_size": 12}


def rows_of(*cells: st.SearchStrategy[Any]) -> st.SearchStrategy[Rows]:
    return st.lists(st.tuples(*cells), **SHORT)


@given(rows_of(MARKS), CUTS, st.integers(-2, 5))
def test_row_number_restarts(rows: Rows, cuts: list[int], start: int) -> None:
    expected, number = [], start - 1
    for (mark,) in rows:
        number = start if mark else number + 1
        expected.append(number)
    kernel = WINDOWS["row_number"].overloads[0].kernel
    state, found = None, []
    edges = [0, *sorted(min(c, len(rows)) for c in cuts), len(rows)]
    for left, right in pairwise(edges):
        marks = pa.array([r[0] for r in rows[left:right]], pa.bool_())
        column, state = kernel(Call((), Type.LONG, right - left, None), state, pa.scalar(start), marks)
        found += column.to_pylist()
    assert found == expected


@pytest.mark.parametrize("type_", [Type.LONG, Type.REAL])
@given(data=st.data())
def test_row_cumsum_restarts_wraps_and_skips_nulls(type_: Type, data: st.DataObject) -> None:
    rows = data.draw(rows_of(LONGS if type_ is Type.LONG else REALS, MARKS))
    expected, total = [], 0 if type_ is Type.LONG else 0.0
    for value, mark in rows:
        total = (value or 0) if mark else total + (value or 0)
        total = (total + 2**63) % 2**64 - 2**63 if type_ is Type.LONG else float(total)
        expected.append(total)
    found = run("row_cumsum", (type_, Type.BOOL), rows, data.draw(CUTS))
    assert all(same(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(("type_", "cells"), [(Type.LONG, LONGS), (Type.STRING, TEXTS)])
@given(data=st.data())
def test_prev_and_next_look_across_batches(type_: Type, cells: Any, data: st.DataObject) -> None:
    rows, offset = data.draw(rows_of(cells)), data.draw(st.integers(0, 4))
    cuts, flat = data.draw(CUTS), [row[0] for row in rows]
    missing = "" if type_ is Type.STRING else None
    before = [flat[i - offset] if i >= offset else missing for i in range(len(flat))]
    after = [flat[i + offset] if i + offset < len(flat) else missing for i in range(len(flat))]
    assert run("prev", (type_,), rows, cuts, pa.scalar(offset)) == before
    assert run("next", (type_,), rows, cuts, pa.scalar(offset)) == after


def test_prev_and_next_take_a_default_of_the_columns_type() -> None:
    rows = [(1.5,), (2.5,)]
    assert run("prev", (Type.REAL,), rows, [1], pa.scalar(1), pa.scalar(-1)) == [-1.0, 1.5]
    assert run("next", (Type.REAL,), rows, [], pa.scalar(1), pa.scalar(-1)) == [2.5, -1.0]


def test_a_negative_offset_is_refused() -> None:
    with pytest.raises(KqlUnsupportedError, match="negative offset"):
        run("prev", (Type.LONG,), [(1,)], [], pa.scalar(-1))


def dense(rows: Rows) -> list[int]:
    found, rank, last = [], 0, object()
    for value, mark in rows:
        rank = 1 if mark else rank + (last is not value and not same(last, value))
        last = value
        found.append(rank)
    return found


def minimal(rows: Rows) -> list[int]:
    found, rank, place, last = [], 0, 0, object()
    for value, mark in rows:
        place = 1 if mark else place + 1
        rank = place if mark or not (last is value or same(last, value)) else rank
        last = value
        found.append(rank)
    return found


@pytest.mark.parametrize(("name", "oracle"), [("row_rank_dense", dense), ("row_rank_min", minimal)])
@pytest.mark.parametrize(("type_", "cells"), [(Type.LONG, st.none() | st.integers(0, 2)), (Type.STRING, TEXTS), (Type.REAL, REALS)])
@given(data=st.data())
def test_ranks(type_: Type, cells: Any, name: str, oracle: Callable[[Rows], list[int]], data: st.DataObject) -> None:
    rows = data.draw(rows_of(cells, MARKS))
    assert run(name, (type_, Type.BOOL), rows, data.draw(CUTS)) == oracle(rows)


def test_a_session_ends_by_length_by_gap_by_restart_and_after_null() -> None:
    minute = 600_000_000
    times = [0, 4, 8, 12, 30, None, 31, 32]
    marks = [False, False, False, False, False, False, False, True]
    kernel = WINDOWS["row_window_session"].overloads[0].kernel
    column = pa.array([None if t is None else t * minute for t in times], pa.int64())
    limits = pa.scalar(10 * minute), pa.scalar(5 * minute)
    found, _ = kernel(Call((), Type.DATETIME, 8, None), None, column, *limits, pa.array(marks))
    assert [None if t is None else t // minute for t in found.to_pylist()] == [0, 0, 0, 12, 30, None, 31, 32]
