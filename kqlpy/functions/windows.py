"""Functions over an ordered row set: row_number, row_cumsum, prev, next and their kin.

A window kernel is called batch by batch with the state that it returned before (None at first):

    kernel(call, state, *args) -> (column, state)

`args` are arrays of the batch's length or scalars for constants. A function declared with `whole=True` needs rows ahead of the batch: it is given the
whole row set as one batch.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.columns.storage import DECIMAL, arrow_type
from kqlpy.engine.batch import concat_arrays
from kqlpy.engine.groups import codes_of
from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions.registry import Call, window
from kqlpy.types import Type

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def restarts(restart: Any, rows: int) -> Mask:
    """A restart argument as a numpy mask; a null condition does not restart, a missing one never does."""
    if restart is None or isinstance(restart, pa.Scalar):
        return np.full(rows, restart is not None and bool(restart.as_py()))
    mask: Mask = pc.fill_null(storage.plain(restart), False).to_numpy(zero_copy_only=False)
    return mask


def column(value: pa.Array | pa.Scalar, rows: int) -> pa.Array:
    """An argument as an array, also when it is a constant."""
    if isinstance(value, pa.Array):
        return value
    return pa.repeat(value, rows) if value.is_valid else pa.nulls(rows, value.type)


def last_marked(marks: Mask) -> Ints:
    """The nearest marked row at or before each row; -1 where there is none."""
    found: Ints = np.maximum.accumulate(np.where(marks, np.arange(len(marks)), -1))
    return found


@window("(start: const long = 1, restart: bool = false) -> long")
def row_number(call: Call, state: Any, start: Any = None, restart: Any = None) -> tuple[pa.Array, Any]:
    """Position of the row, counted from `start`; counts anew where `restart` is true.

    >>> range x from 1 to 3 step 1 | extend n = row_number()
    1, 2, 3
    """
    first = 1 if start is None or not start.is_valid else start.as_py()
    rows = np.arange(call.rows, dtype=np.int64)
    count = first if state is None else state
    if restart is None:
        return pa.array(rows + count), count + call.rows
    base = last_marked(restarts(restart, call.rows))
    numbers = np.where(base >= 0, rows - base + first, rows + count)
    return pa.array(numbers), int(numbers[-1]) + 1 if call.rows else count


@window("(term: number, restart: bool = false) -> first")
def row_cumsum(call: Call, state: Any, term: Any, restart: Any = None) -> tuple[pa.Array, Any]:
    """Sum of the values up to and with this row, begun anew where `restart` is true; a null adds nothing. Integers wrap around.

    >>> datatable(x:long)[1, 2, 3] | serialize s = row_cumsum(x)
    1, 3, 6
    """
    values = storage.plain(column(term, call.rows))
    marks = restarts(restart, call.rows)
    if values.type == DECIMAL:
        return _decimal_sums(values, marks, state or Decimal(0))
    plain = values.fill_null(0).to_numpy(zero_copy_only=False)
    sums = _real_sums(plain, marks, state or 0.0) if plain.dtype.kind == "f" else _integer_sums(plain, marks, state or 0)
    return pa.array(sums), sums[-1] if call.rows else state


def _integer_sums(values: npt.NDArray[Any], marks: Mask, carried: Any) -> npt.NDArray[Any]:
    with np.errstate(over="ignore"):
        running = np.cumsum(values, dtype=values.dtype)
        base = last_marked(marks)
        before = np.where(base >= 0, (running - values)[base], -values.dtype.type(carried))
        return running - before  # type: ignore[no-any-return]


def _real_sums(values: npt.NDArray[Any], marks: Mask, carried: float) -> npt.NDArray[Any]:
    # Each stretch is added by itself: the difference of two long sums would not have the same last digits.
    sums = np.empty_like(values)
    edges = [0, *np.flatnonzero(marks).tolist(), len(values)]
    for start, end in pairwise(edges):
        if start < end:
            stretch = values[start:end].copy()
            if start == 0 and not marks[0]:
                stretch[0] += carried
            np.cumsum(stretch, out=sums[start:end])
    return sums


def _decimal_sums(values: pa.Array, marks: Mask, total: Decimal) -> tuple[pa.Array, Decimal]:
    sums = []
    for value, mark in zip(values.to_pylist(), marks.tolist(), strict=True):
        total = (Decimal(0) if mark else total) + (value or Decimal(0))
        sums.append(total)
    return pa.array(sums, DECIMAL), total


_SHIFT = "(value: scalar, offset: const long = 1, default: const scalar = ?) -> first"


@window(_SHIFT)
def prev(call: Call, state: Any, value: Any, offset: Any = None, default: Any = None) -> tuple[pa.Array, Any]:
    """Value of the row `offset` rows before this one; `default` (else null, or the empty string) where there is none.

    >>> datatable(x:long)[1, 2, 3] | serialize p = prev(x)
    null, 1, 2
    """
    distance, values = _distance("prev", offset), column(value, call.rows)
    before = _filler(values, call.types[0], distance, default) if state is None else state
    joined = concat_arrays([before, values], call.types[0])
    return joined.slice(0, call.rows), joined.slice(call.rows)


@window(_SHIFT, whole=True)
def next(call: Call, state: Any, value: Any, offset: Any = None, default: Any = None) -> tuple[pa.Array, Any]:
    """Value of the row `offset` rows after this one; `default` (else null, or the empty string) where there is none.

    >>> datatable(x:long)[1, 2, 3] | serialize n = next(x)
    2, 3, null
    """
    distance, values = _distance("next", offset), column(value, call.rows)
    after = _filler(values, call.types[0], min(distance, call.rows), default)
    return concat_arrays([values.slice(distance), after], call.types[0]), None


def _distance(name: str, offset: Any) -> int:
    distance = 1 if offset is None else offset.as_py()
    if distance is None or distance < 0:
        raise KqlUnsupportedError(f"kqlpy does not run `{name}` with a negative offset", code="KQLPY001")
    return int(distance)


def _filler(values: pa.Array, type_: Type, rows: int, default: Any) -> pa.Array:
    """Default values in the form of the column, so that joining them changes nothing."""
    given = None if default is None else default.as_py()
    if given is None:
        filler = storage.nulls(rows, type_)
    else:
        filler = pa.repeat(storage.scalar(Decimal(str(given)) if type_ is Type.DECIMAL else given, type_), rows)
    return filler.dictionary_encode() if pa.types.is_dictionary(values.type) else filler


class _Rank(NamedTuple):
    """Where a ranking stands: the last term (one row), the rows since the restart, the rank."""

    last: pa.Array
    row: int
    rank: int


_RANK = "(term: notdynamic, restart: bool = false) -> long"


@window(_RANK)
def row_rank_dense(call: Call, state: _Rank | None, term: Any, restart: Any = None) -> tuple[pa.Array, _Rank | None]:
    """Rank of the row: one more wherever `term` differs from the row before; 1 at the beginning and where `restart` is true.

    >>> datatable(x:long)[2, 3, 3, 9] | serialize r = row_rank_dense(x)
    1, 2, 2, 3
    """
    values, marks = column(term, call.rows), restarts(restart, call.rows)
    steps = np.cumsum(_changes(call, state, values) | marks)
    base = last_marked(marks)
    ranks = steps + np.where(base >= 0, 1 - steps[base], 0 if state is None else state.rank)
    return pa.array(ranks), _Rank(values[-1:], 0, int(ranks[-1])) if call.rows else state


@window(_RANK)
def row_rank_min(call: Call, state: _Rank | None, term: Any, restart: Any = None) -> tuple[pa.Array, _Rank | None]:
    """Rank of the row: the number of the first of the adjacent rows with the same `term`, counted from the beginning or the last `restart`.

    >>> datatable(x:long)[2, 3, 3, 9] | serialize r = row_rank_min(x)
    1, 2, 2, 4
    """
    values, marks = column(term, call.rows), restarts(restart, call.rows)
    rows, base = np.arange(1, call.rows + 1), last_marked(marks)
    places = rows + np.where(base >= 0, -base, 0 if state is None else state.row)
    heads = last_marked(_changes(call, state, values) | marks)
    ranks = np.where(heads >= 0, places[heads], 0 if state is None else state.rank)
    return pa.array(ranks), _Rank(values[-1:], int(places[-1]), int(ranks[-1])) if call.rows else state


@window("(term: notdynamic, dense: const bool = true) -> long", obsolete="row_rank_dense")
def row_rank(call: Call, state: _Rank | None, term: Any, dense: Any = None) -> tuple[pa.Array, _Rank | None]:
    """Rank of the row; the old name of `row_rank_dense`.

    >>> datatable(x:long)[2, 3, 3, 9] | serialize r = row_rank(x)
    1, 2, 2, 3
    """
    if dense is not None and not dense.as_py():
        raise KqlUnsupportedError("kqlpy does not run `row_rank` with dense = false; use row_rank_min", code="KQLPY001")
    ranked: tuple[pa.Array, _Rank | None] = row_rank_dense(call, state, term)
    return ranked


def _changes(call: Call, state: _Rank | None, values: pa.Array) -> Mask:
    """Rows whose term differs from that of the row before; the very first row counts as different. Null equals null."""
    joined = values if state is None else concat_arrays([state.last, values], call.types[0])
    codes, _ = codes_of(joined)
    if state is None:
        return np.concatenate([[True], codes[1:] != codes[:-1]])[: len(codes)]
    return codes[1:] != codes[:-1]  # type: ignore[no-any-return]


@window("(time: datetime, max_from_first: timespan, max_between: timespan, restart: bool = false) -> first")
def row_window_session(
    call: Call, state: Any, time: Any, max_from_first: Any, max_between: Any, restart: Any = None
) -> tuple[pa.Array, Any]:
    """Start of the session that the row belongs to.

    A session ends before a row that is `max_from_first` or more after its start, `max_between` or more after the row before, or where `restart` is true.
    A null time has no session, and the next time begins one.

    >>> print t = range(datetime(2024-01-01), datetime(2024-01-01 00:20), 10m) | mv-expand t to typeof(datetime) | serialize s = row_window_session(t, 20m, 15m)
    2024-01-01T00:00:00.0000000Z, 2024-01-01T00:00:00.0000000Z, 2024-01-01T00:20:00.0000000Z
    """
    times, longest, gaps = (storage.plain(column(a, call.rows)).to_pylist() for a in (time, max_from_first, max_between))
    start, before = state or (None, None)
    starts: list[int | None] = []
    for now, limit, gap, mark in zip(times, longest, gaps, restarts(restart, call.rows).tolist(), strict=True):
        if now is None:
            start = None
        elif mark or start is None or _reached(now, start, limit) or _reached(now, before, gap):
            start = now
        before = now
        starts.append(start)
    return pa.array(starts, arrow_type(Type.DATETIME)), (start, before)


def _reached(now: int, since: int | None, limit: int | None) -> bool:
    return since is not None and limit is not None and now - since >= limit
