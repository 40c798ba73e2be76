"""Filling the gaps of a series: `series_fill_forward`, `series_fill_backward`, `series_fill_const`, `series_fill_linear`.

An element is missing when it equals the placeholder, which is null unless the call says otherwise. The other elements stay as they
are, whatever they are, and a filled-in constant keeps its own type: 0.0 beside integers stays 0.0. Therefore only typed lists that
stay of one type are filled as a whole; everything else goes element by element.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from kqlpy.columns import dynamic, lanes
from kqlpy.columns.json_text import JsonValue
from kqlpy.functions.registry import scalar
from kqlpy.functions.series.columns import Column, Series, as_list, lane, offsets_of, one_number, packed, read, row_count
from kqlpy.types import Type

_Row = Callable[..., list[JsonValue]]


@scalar("(series: array, missing_value_placeholder: number = ?) -> first", naming="first", lanes=True)
def series_fill_forward(series: Column, missing_value_placeholder: Column | None = None) -> pa.Array:
    """The series with each gap filled with the value before it; gaps at the start stay.

    >>> print series_fill_forward(dynamic([null, 36, 41, null, null, 16]))
    [null,36,41,41,41,16]
    """
    whole = _typed(series, missing_value_placeholder)
    if whole is None:
        return _by_row(_forward, series, missing_value_placeholder)
    source, missing = whole
    return _taken(source, missing, _last_known(source, missing))


@scalar("(series: array, missing_value_placeholder: number = ?) -> first", naming="first", lanes=True)
def series_fill_backward(series: Column, missing_value_placeholder: Column | None = None) -> pa.Array:
    """The series with each gap filled with the value after it; gaps at the end stay.

    >>> print series_fill_backward(dynamic([111, null, 36, null]))
    [111,36,36,null]
    """
    whole = _typed(series, missing_value_placeholder)
    if whole is None:
        return _by_row(_backward, series, missing_value_placeholder)
    source, missing = whole
    return _taken(source, missing, _next_known(source, missing))


@scalar("(series: array, constant_value: number, missing_value_placeholder: number = ?) -> first", naming="first", lanes=True)
def series_fill_const(series: Column, constant_value: Column, missing_value_placeholder: Column | None = None) -> pa.Array:
    """The series with each gap filled with a constant.

    >>> print series_fill_const(dynamic([111, null, 36]), 0.0)
    [111,0.0,36]
    """
    whole = _typed(series, missing_value_placeholder)
    if whole is None or not _same_type(series, constant_value):
        return _by_row(_const, series, missing_value_placeholder, constant_value)
    source, missing = whole
    values = source.values if source.integers is None else source.integers
    filled = np.where(missing, one_number(constant_value), values).astype(values.dtype)
    known = None if source.known is None else source.known | missing
    return lane(filled, offsets_of(source.lengths), source.present, known)


@scalar(
    "(series: array, missing_value_placeholder: number = ?, fill_edges: bool = ?, constant_value: number = ?) -> first",
    naming="first",
    lanes=True,
)
def series_fill_linear(
    series: Column,
    missing_value_placeholder: Column | None = None,
    fill_edges: Column | None = None,
    constant_value: Column | None = None,
) -> pa.Array:
    """The series with each gap filled on the straight line between its neighbours.

    Gaps at the ends take the nearest value, unless `fill_edges` is false. A series without any value is filled with the
    constant, 0.0 by default, and stays as it is for a null one. Among integers alone the values filled in are cut to integers.

    >>> print series_fill_linear(dynamic([null, 111, null, 36, 41, null, null, 16, null]))
    [111,111,73,36,41,32,24,16,16]
    """
    constant_value = pa.scalar(0.0) if constant_value is None else constant_value
    whole = _typed(series, missing_value_placeholder)
    if whole is None or isinstance(fill_edges, pa.Array) or not _each_row_has_value(*whole):
        return _by_row(_linear, series, missing_value_placeholder, fill_edges, constant_value)
    source, missing = whole
    return _interpolated(source, missing, edges=one_number(fill_edges) is not False)


def _typed(series: Column, placeholder: Column | None) -> tuple[Series, np.ndarray] | None:
    """The series and its gaps when it is a typed list that can be filled as a whole."""
    if isinstance(series, pa.Scalar) or lanes.lane_type(series) not in (Type.LONG, Type.REAL) or isinstance(placeholder, pa.Array):
        return None
    source, absent = packed(read(series, len(series))), one_number(placeholder)
    values = source.values if source.integers is None else source.integers
    if absent is None:
        return source, np.zeros(len(values), bool) if source.known is None else ~source.known
    if source.known is not None:
        return None
    return source, values == absent


def _same_type(series: pa.Array, constant: Column) -> bool:
    """Whether the constant can stand in the series' typed list."""
    if not isinstance(constant, pa.Scalar) or not constant.is_valid:
        return False
    integral = lanes.lane_type(series) is Type.LONG
    return bool(pa.types.is_integer(constant.type) if integral else pa.types.is_floating(constant.type))


def _row_starts(source: Series) -> np.ndarray:
    """For each element the position of its row's first."""
    return np.repeat(source.starts, source.lengths)


def _last_known(source: Series, missing: np.ndarray) -> np.ndarray:
    """For each element the position of the last one in its row, up to itself, that is not missing; -1 for none."""
    last = np.maximum.accumulate(np.where(missing, -1, np.arange(len(missing)))) if len(missing) else np.zeros(0, np.int64)
    return np.where(last >= _row_starts(source), last, -1)


def _next_known(source: Series, missing: np.ndarray) -> np.ndarray:
    """For each element the position of the first one in its row, from itself on, that is not missing; -1 for none."""
    beyond = len(missing)
    following = np.where(missing, beyond, np.arange(beyond))
    following = np.minimum.accumulate(following[::-1])[::-1] if beyond else following
    return np.where(following < np.repeat(source.starts + source.lengths, source.lengths), following, -1)


def _taken(source: Series, missing: np.ndarray, positions: np.ndarray) -> pa.Array:
    """Each missing element replaced by the one at a position; it stays where there is none (-1)."""
    values = source.values if source.integers is None else source.integers
    index = np.where(missing & (positions >= 0), positions, np.arange(len(values)))
    known = None if source.known is None else source.known[index]
    return lane(values[index], offsets_of(source.lengths), source.present, known)


def _each_row_has_value(source: Series, missing: np.ndarray) -> bool:
    filled = source.lengths > 0
    return bool(np.logical_or.reduceat(~missing, source.starts[filled]).all()) if filled.any() else True


def _interpolated(source: Series, missing: np.ndarray, edges: bool) -> pa.Array:
    values = source.values if source.integers is None else source.integers
    before, after = _last_known(source, missing), _next_known(source, missing)
    inner = missing & (before >= 0) & (after >= 0)
    at, start, stop = np.flatnonzero(inner), before[inner], after[inner]
    first, last = source.values[start], source.values[stop]
    filled = values.copy()
    # The share of the way comes first: that is what the engine's last digits show.
    filled[at] = first + ((at - start) / (stop - start)) * (last - first)
    known = None if source.known is None else source.known | inner
    if edges:
        outer = missing & ~inner
        index = np.maximum(before, after)[outer]
        filled[outer] = values[index]
        known = None if known is None else known | outer
    return lane(filled, offsets_of(source.lengths), source.present, known)


def _by_row(function: _Row, series: Column, placeholder: Column | None, *others: Column | None) -> pa.Array:
    """The function over each row's elements; the rows that are no arrays give null."""
    rows = row_count(series, placeholder, *others)
    values = dynamic.values(series) if isinstance(series, pa.Array) else dynamic.values(pa.array([series.as_py()], series.type)) * rows
    arguments = zip(*(as_list(column, rows) for column in (placeholder, *others)), strict=True)
    found = [function(value, *row) if isinstance(value, list) else None for value, row in zip(values, arguments, strict=True)]
    return dynamic.from_values(found)


def _is_missing(item: JsonValue, placeholder: float | None) -> bool:
    if placeholder is None:
        return item is None
    return isinstance(item, int | float) and not isinstance(item, bool) and item == placeholder


def _forward(items: list[JsonValue], placeholder: float | None) -> list[JsonValue]:
    filled, last, any_before = [], None, False
    for item in items:
        if not _is_missing(item, placeholder):
            last, any_before = item, True
        filled.append(last if any_before else item)
    return filled


def _backward(items: list[JsonValue], placeholder: float | None) -> list[JsonValue]:
    return _forward(items[::-1], placeholder)[::-1]


def _const(items: list[JsonValue], placeholder: float | None, constant: float | None) -> list[JsonValue]:
    return [constant if _is_missing(item, placeholder) else item for item in items]


def _linear(items: list[JsonValue], placeholder: float | None, edges: bool | None, constant: float | None) -> list[JsonValue]:
    known = [i for i, item in enumerate(items) if not _is_missing(item, placeholder)]
    if not known:
        return items if constant is None else [constant] * len(items)
    filled = list(items)
    if edges is not False:
        filled[: known[0]] = [items[known[0]]] * known[0]
        filled[known[-1] + 1 :] = [items[known[-1]]] * (len(items) - known[-1] - 1)
    integral = all(type(items[i]) is int for i in known)
    for start, stop in pairwise(known):
        for i in range(start + 1, stop):
            filled[i] = _between(items[start], items[stop], (i - start) / (stop - start), integral)
    return filled


def _between(first: Any, last: Any, share: float, integral: bool) -> JsonValue:
    """The value at a share of the way; None beside an element that is no number."""
    if isinstance(first, bool) or isinstance(last, bool) or not isinstance(first, int | float) or not isinstance(last, int | float):
        return None
    value = float(first) + share * (float(last) - float(first))
    return int(value) if integral else value
