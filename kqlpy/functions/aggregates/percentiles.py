"""Percentiles by nearest rank: of n values in order, number ceil(q * n / 100), counted from one. The value's type is kept, but for int, which
becomes long, and decimal, which becomes real.

The real engine estimates percentiles of large groups; the exact one lies within its error. The state holds all values of a group, the
weights if there are any, and the percentages asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.columns.convert import convert
from kqlpy.engine.groups import Groups, Ints, stable_order
from kqlpy.errors import KqlSemanticError, KqlUnsupportedError
from kqlpy.functions.aggregates.inputs import Parts, State, sort_keys, valid_rows, without_null_texts
from kqlpy.functions.aggregates.lists import as_dynamic, gather_lists, lists_of
from kqlpy.functions.registry import Call, aggregate
from kqlpy.types import Type

__all__ = ["nearest_ranks", "weighted_ranks"]

_WIDER = {Type.INT: Type.LONG, Type.DECIMAL: Type.REAL}
_ORDERED = frozenset({Type.INT, Type.LONG, Type.REAL, Type.DECIMAL, Type.DATETIME, Type.TIMESPAN, Type.BOOL, Type.STRING})


class Percentiles:
    """The values at given percentages; one result column each."""

    weighted: ClassVar[bool] = False

    @classmethod
    def update(cls, call: Call, groups: Groups, *args: Any) -> State:
        if call.types[0] not in _ORDERED:
            raise KqlUnsupportedError(f"kqlpy has no percentiles of values of type {call.types[0]}", code="KQLPY001")
        value = args[0]
        asked = pa.array([_percentages(args[2 if cls.weighted else 1 :])] * groups.count, pa.list_(pa.float64()))
        weight = storage.plain(args[1]).cast(pa.int64()) if cls.weighted else None
        keep = _usable(value, weight)
        if keep is not None:
            mask = pa.array(keep)
            groups, value = groups.where(keep), value.filter(mask)
            weight = None if weight is None else weight.filter(mask)
        columns = [value] if weight is None else [value, weight]
        order = pa.array(groups.order)
        return asked, *(lists_of(storage.plain(column.take(order)), groups.sizes) for column in columns)

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        asked = state[0].take(pa.array(groups.first_where()))
        return asked, *(lists_of(*gather_lists(groups, column)) for column in state[1:])

    @classmethod
    def finish(cls, call: Call, state: State) -> pa.Array | tuple[pa.Array, ...]:
        columns = cls.columns(state, len(call.types) - (2 if cls.weighted else 1))
        if call.types[0] is Type.INT:
            return tuple(column.cast(pa.int64()) for column in columns)
        if call.types[0] is Type.DECIMAL:
            return tuple(convert(column, Type.DECIMAL, Type.REAL) for column in columns)
        return tuple(without_null_texts(column, call.types[0]) for column in columns)

    @staticmethod
    def columns(state: State, count: int) -> list[pa.Array]:
        """A column of values for each percentage."""
        percentages = state[0][0].as_py() if len(state[0]) else [0.0] * count
        values, sizes = state[1].flatten(), pc.list_value_length(state[1]).to_numpy()
        keys, _ = sort_keys(values)
        order = np.argsort(keys)
        order = order[stable_order(np.repeat(np.arange(len(sizes)), sizes)[order], len(sizes))]
        starts = np.cumsum(sizes) - sizes
        if len(state) > 2:
            weights = state[2].flatten().to_numpy()[order]
            ranks = [weighted_ranks(q, weights, starts, sizes) for q in percentages]
        else:
            ranks = [nearest_ranks(q, sizes) for q in percentages]
        return [_at(values, order, starts + rank, sizes == 0) for rank in ranks]


def _percentages(args: Sequence[pa.Scalar]) -> list[float]:
    found: list[Any] = []
    for arg in args:
        value = arg.as_py()
        if isinstance(value, str):
            from kqlpy.columns import dynamic

            value = dynamic.loads(value)
        found.extend(value if isinstance(value, list) else [value])
    if not all(isinstance(q, int | float | Decimal) and 0 <= q <= 100 for q in found):
        raise KqlSemanticError("a percentile needs numbers from 0 to 100 that say which one", code="KS107")
    return [float(q) for q in found]


def _usable(value: pa.Array, weight: pa.Array | None) -> npt.NDArray[np.bool_] | None:
    """Rows with a value and, if there are weights, a positive one; None when all are."""
    valid = valid_rows(value)
    if weight is None:
        return valid
    positive: npt.NDArray[np.bool_] = pc.greater(weight, 0).fill_null(False).to_numpy(zero_copy_only=False)
    return positive if valid is None else positive & valid


def nearest_ranks(percentage: float, sizes: Ints) -> Ints:
    """Position from zero of the percentile among `sizes` sorted values (0 for an empty group)."""
    # Multiplied before it is divided: 55 / 100 * 100 rounds to just above 55.
    ranks = np.ceil(percentage * sizes / 100).astype(np.int64)
    positions: Ints = np.clip(ranks, 1, np.maximum(sizes, 1)) - 1
    return positions


def weighted_ranks(percentage: float, weights: Ints, starts: Ints, sizes: Ints) -> Ints:
    """Position in each group of the first value whose cumulated weight reaches the percentage of the group's weight."""
    if not len(weights):
        return np.zeros(len(sizes), np.int64)
    running = np.cumsum(weights)
    before = np.concatenate([[0], running])[starts]
    total = np.concatenate([[0], running])[starts + sizes] - before
    found = np.searchsorted(running, before + np.maximum(np.ceil(percentage * total / 100), 1))
    positions: Ints = np.clip(found - starts, 0, np.maximum(sizes, 1) - 1)
    return positions


def _at(values: pa.Array, order: Ints, positions: Ints, missing: npt.NDArray[np.bool_]) -> pa.Array:
    if not len(values):
        return pa.nulls(len(positions), values.type)
    rows = order[np.where(missing, 0, positions)]
    return values.take(pa.array(rows, mask=missing))


class PercentilesArray(Percentiles):
    """The values at given percentages as one array."""

    @classmethod
    def finish(cls, call: Call, state: State) -> pa.Array:
        columns = cls.columns(state, 1)
        width, rows = len(columns), len(state[1])
        if not rows or not width:
            return pa.nulls(rows, pa.string())
        across = np.arange(rows * width).reshape(width, rows).T.ravel()
        values = pa.concat_arrays(columns).take(pa.array(across))
        return as_dynamic(lists_of(values, np.full(rows, width)), call.types[0])


def _parts(first: int) -> Callable[..., Parts]:
    """Result columns `percentile_x_50`; percentages start at argument number `first`."""

    def result(types: tuple[Type, ...], names: tuple[str, ...], constants: tuple[Any, ...]) -> Parts:
        type_ = _WIDER.get(types[0], types[0])
        return tuple((f"percentile_{names[0]}_{_label(q)}", type_) for q in constants[first:])

    return result


def _label(percentage: Any) -> str:
    if percentage is None or not 0 <= percentage < math.inf:
        return ""
    text = str(int(percentage)) if percentage == int(percentage) else str(percentage)
    return text.replace(".", "_")


@aggregate("(value: scalar, percentage: const number) -> first", name="percentile", result=_parts(1))
class PercentileOf(Percentiles):
    """The value below or at which the percentage of the group's values lie; null when there is none.

    >>> range x from 1 to 10 step 1 | summarize percentile(x, 50)
    5
    """


@aggregate("(value: scalar, +percentage: const number) -> first", name="percentiles", result=_parts(1))
class PercentilesOf(Percentiles):
    """Several percentiles of the group's values, in a column each.

    >>> range x from 1 to 10 step 1 | summarize percentiles(x, 50, 95) | project percentile_x_95
    10
    """


_ARRAY = ["(value: scalar, +percentage: const number) -> dynamic", "(value: scalar, percentages: const array) -> dynamic"]


@aggregate(_ARRAY, name="percentiles_array", naming="prefix", prefix="percentiles")
class PercentilesArrayOf(PercentilesArray):
    """Several percentiles of the group's values, as an array.

    >>> range x from 1 to 10 step 1 | summarize percentiles_array(x, 50, 95)
    [5,10]
    """


@aggregate("(value: scalar, weight: integer, percentage: const number) -> first", name="percentilew", result=_parts(2))
class PercentileW(Percentiles):
    """The smallest value with which the values up to it have the percentage of the group's weight.

    >>> datatable(x:long, n:long)[10,8, 20,6, 30,3] | summarize percentilew(x, n, 50)
    20
    """

    weighted = True


@aggregate("(value: scalar, weight: integer, +percentage: const number) -> first", name="percentilesw", result=_parts(2))
class PercentilesW(Percentiles):
    """Several weighted percentiles, in a column each.

    >>> datatable(x:long, n:long)[10,8, 20,6, 30,3] | summarize percentilesw(x, n, 50, 99) | project percentile_x_99
    30
    """

    weighted = True


_ARRAY_W = [text.replace("scalar,", "scalar, weight: integer,") for text in _ARRAY]


@aggregate(_ARRAY_W, name="percentilesw_array", naming="prefix", prefix="percentiles")
class PercentilesWArray(PercentilesArray):
    """Several weighted percentiles, as an array.

    >>> datatable(x:long, n:long)[10,8, 20,6, 30,3] | summarize percentilesw_array(x, n, 50, 99)
    [20,30]
    """

    weighted = True
