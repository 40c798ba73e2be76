"""count, countif, sum, sumif, avg, avgif: aggregates whose state is a running number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.columns.storage import arrow_type
from kqlpy.engine.groups import Groups
from kqlpy.functions.registry import Call, aggregate
from kqlpy.types import Type

State = tuple[pa.Array, ...]


def numbers(array: pa.Array) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None]:
    """A plain numeric (or tick) column as numpy values, and the mask of valid rows (None when all are)."""
    array = storage.plain(array)
    if not array.null_count:
        return array.to_numpy(zero_copy_only=False), None
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    return array.fill_null(0).to_numpy(zero_copy_only=False), valid


def truth(array: pa.Array) -> np.ndarray[Any, Any]:
    """A bool column as a numpy mask; null is false."""
    mask: np.ndarray[Any, Any] = pc.fill_null(storage.plain(array), False).to_numpy(zero_copy_only=False)
    return mask


@aggregate(["() -> long", "(value: scalar) -> long"], name="count", naming="prefix", prefix="count", aliases=("cnt",))
class Count:
    """Number of rows in the group, nulls included.

    >>> datatable(x:long)[1, long(null)] | summarize count()
    2
    """

    @staticmethod
    def update(call: Call, groups: Groups, *args: pa.Array) -> State:
        return (pa.array(groups.sizes),)

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        return (pa.array(groups.sum(state[0].to_numpy())),)

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return state[0]


@aggregate("(predicate: bool) -> long", name="countif", naming="prefix", prefix="countif")
class CountIf(Count):
    """Number of rows for which the predicate is true; null does not count.

    >>> datatable(x:long)[1, 5, 9] | summarize countif(x > 3)
    2
    """

    @staticmethod
    def update(call: Call, groups: Groups, *args: pa.Array) -> State:
        return (pa.array(groups.count_where(truth(args[0]))),)
