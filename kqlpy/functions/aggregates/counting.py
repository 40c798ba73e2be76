"""count, sum and avg with their `if` forms: aggregates whose state is a running number."""

from __future__ import annotations

from decimal import Context, Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kqlpy.columns import storage
from kqlpy.columns.storage import DECIMAL, arrow_type
from kqlpy.engine.groups import Groups
from kqlpy.functions.aggregates.inputs import Conditional, State, numbers, truth, valid_rows
from kqlpy.functions.decimals import as_decimal
from kqlpy.functions.registry import Call, aggregate
from kqlpy.types import Type

__all__ = ["decimal_sums"]

_CONTEXT = Context(prec=34)


@aggregate(["() -> long", "(value: scalar) -> long"], name="count", naming="prefix", prefix="count")
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


@aggregate("() -> long", name="cnt", naming="prefix", prefix="cnt", obsolete="count")
class Cnt(Count):
    """Number of rows in the group; the old name of `count()`.

    >>> datatable(x:long)[1, 2] | summarize cnt()
    2
    """


@aggregate("(predicate: bool) -> long", name="countif", naming="prefix", prefix="countif")
class CountIf(Count):
    """Number of rows for which the predicate is true; null does not count.

    >>> datatable(x:long)[1, 5, 9] | summarize countif(x > 3)
    2
    """

    @staticmethod
    def update(call: Call, groups: Groups, *args: pa.Array) -> State:
        return (pa.array(groups.count_where(truth(args[0]))),)


@aggregate("(value: summable) -> promoted", name="sum", naming="prefix", prefix="sum")
class Sum:
    """Sum of the values that are not null; 0 when there are none. Integers wrap around in 64 bits, as in Kusto.

    >>> datatable(x:long)[1, long(null), 5] | summarize sum(x)
    6
    """

    @staticmethod
    def update(call: Call, groups: Groups, *args: pa.Array) -> State:
        return (_sums(groups, storage.plain(args[0])),)

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        return (_sums(groups, state[0]),)

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return state[0]


def _sums(groups: Groups, values: pa.Array) -> pa.Array:
    if values.type == DECIMAL:
        return decimal_sums(groups, values)
    plain, valid = numbers(values)
    return pa.array(groups.sum(plain, valid))


def decimal_sums(groups: Groups, values: pa.Array) -> pa.Array:
    """Sum per group of a decimal column; 0 where there is no value."""
    table = pa.table({"group": groups.ids, "value": values})
    found = table.group_by("group", use_threads=False).aggregate([("value", "sum")])
    position = np.full(groups.count, -1, np.int64)
    position[found["group"].to_numpy()] = np.arange(found.num_rows)
    sums = found["value_sum"].combine_chunks().take(pa.array(position, mask=position < 0))
    return sums.cast(DECIMAL).fill_null(pa.scalar(0, DECIMAL))


@aggregate("(value: summable, predicate: bool) -> promoted", name="sumif", naming="prefix", prefix="sumif")
class SumIf(Conditional, Sum):
    """Sum of the values of the rows for which the predicate is true; 0 when there are none.

    >>> datatable(x:long)[1, 5, 9] | summarize sumif(x, x > 3)
    14
    """


_AVG = ("integer) -> real", "real) -> real", "decimal) -> decimal", "timespan) -> timespan", "datetime) -> datetime")


@aggregate([f"(value: {rest}" for rest in _AVG], name="avg", naming="prefix", prefix="avg")
class Avg:
    """Mean of the values that are not null; NaN when there are none (null for datetime, timespan and decimal).

    The sum of longs wraps around in 64 bits before it is divided, as in Kusto.

    >>> datatable(x:long)[1, 2] | summarize avg(x)
    1.5
    """

    @staticmethod
    def update(call: Call, groups: Groups, *args: pa.Array) -> State:
        array = storage.plain(args[0])
        counts = pa.array(groups.count_where(valid_rows(array)))
        if call.result in (Type.DATETIME, Type.TIMESPAN):
            ticks, valid = numbers(array)
            return counts, pa.array(groups.sum(ticks >> 32, valid)), pa.array(groups.sum(ticks & 0xFFFFFFFF, valid))
        return counts, _sums(groups, array)

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        return tuple(_sums(groups, column) for column in state)

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        counts = state[0].to_numpy()
        if call.result is Type.DECIMAL:
            return _decimal_means(counts, state[1])
        if call.result is Type.REAL:
            with np.errstate(invalid="ignore"):
                return pa.array(state[1].to_numpy() / counts)
        means = _tick_means(counts, state[1].to_numpy(), state[2].to_numpy())
        return pa.array(means, arrow_type(call.result), mask=counts == 0)


def _tick_means(counts: npt.NDArray[np.int64], high: npt.NDArray[np.int64], low: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(high * 2**32 + low) / count without overflow, cut towards zero: some fifteen datetimes already add up to more than 64 bits."""
    divisor = np.maximum(counts, 1)
    whole, rest = np.divmod(high, divisor)
    rest = (rest << 32) + low
    more, left = np.divmod(rest, divisor)
    means = (whole << 32) + more
    return np.where((means < 0) & (left != 0), means + 1, means)


def _decimal_means(counts: npt.NDArray[np.int64], sums: pa.Array) -> pa.Array:
    pairs = zip(sums.to_pylist(), counts.tolist(), strict=True)
    return pa.array([as_decimal(_CONTEXT.divide(total, Decimal(n))) if n else None for total, n in pairs], DECIMAL)


_AVG_IF = [f"(value: {rest.replace(')', ', predicate: bool)')}" for rest in _AVG]


@aggregate(_AVG_IF, name="avgif", naming="prefix", prefix="avgif")
class AvgIf(Conditional, Avg):
    """Mean of the values of the rows for which the predicate is true; NaN when there are none.

    >>> datatable(x:long)[1, 5, 9] | summarize avgif(x, x > 3)
    7.0
    """
