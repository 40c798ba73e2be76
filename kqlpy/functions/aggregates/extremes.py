"""min, max, arg_min and arg_max: aggregates that pick one row of each group by the order of a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from kqlpy.columns.storage import arrow_type
from kqlpy.engine.groups import Groups
from kqlpy.functions.aggregates.inputs import Conditional, Parts, State, best_rows, numbers, pick, without_null_texts
from kqlpy.functions.registry import Call, aggregate
from kqlpy.types import Type


class Extreme:
    """The greatest or smallest value of each group."""

    greatest: ClassVar[bool]

    @classmethod
    def update(cls, call: Call, groups: Groups, *args: pa.Array) -> State:
        return (_best(groups, args[0], call.types[0], cls.greatest),)

    @classmethod
    def merge(cls, call: Call, groups: Groups, state: State) -> State:
        return (_best(groups, state[0], call.types[0], cls.greatest),)

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return without_null_texts(state[0], call.types[0])


def _best(groups: Groups, array: pa.Array, type_: Type, greatest: bool) -> pa.Array:
    if type_ in (Type.STRING, Type.GUID, Type.DECIMAL, Type.BOOL):
        return pick(array, best_rows(groups, array, greatest))
    values, valid = numbers(array)
    best, found = groups.extreme(values, greatest, valid)
    return pa.array(best, arrow_type(type_), mask=~found)


@aggregate("(value: orderable) -> first", name="max", naming="prefix", prefix="max")
class Max(Extreme):
    """Greatest value that is not null; null when there is none. NaN counts as greater than any number; strings are compared by code point.

    >>> datatable(x:long)[3, 8, long(null)] | summarize max(x)
    8
    """

    greatest = True


@aggregate("(value: orderable) -> first", name="min", naming="prefix", prefix="min")
class Min(Extreme):
    """Smallest value that is not null; null when there is none. With a NaN among the values the answer is NaN; strings are compared by code point.

    >>> datatable(x:long)[3, 8, long(null)] | summarize min(x)
    3
    """

    greatest = False


@aggregate("(value: orderable, predicate: bool) -> first", name="maxif", naming="prefix", prefix="maxif")
class MaxIf(Conditional, Max):
    """Greatest value among the rows for which the predicate is true; null when there is none.

    >>> datatable(x:long)[3, 8, 9] | summarize maxif(x, x < 9)
    8
    """


@aggregate("(value: orderable, predicate: bool) -> first", name="minif", naming="prefix", prefix="minif")
class MinIf(Conditional, Min):
    """Smallest value among the rows for which the predicate is true; null when there is none.

    >>> datatable(x:long)[3, 8, 9] | summarize minif(x, x > 3)
    8
    """


def _parts(first_prefix: str, rest_prefix: str, computed: str) -> Callable[..., Parts]:
    """Result columns: the compared value, then the others; `{0}` is the compared value's own name."""

    def result(types: tuple[Type, ...], names: tuple[str, ...], constants: tuple[Any, ...]) -> Parts:
        own = names[0]
        first = first_prefix.format(own) if first_prefix else own or f"{computed}_"
        rest = [rest_prefix.format(own) + name if name else f"{computed}_{own}_arg{i}" for i, name in enumerate(names[1:], 1)]
        return tuple(zip([first, *rest], types, strict=True))

    return result


class ArgExtreme:
    """The row of each group with the greatest or smallest value: the first such row, or the first of all rows when every value is null."""

    greatest: ClassVar[bool]

    @classmethod
    def update(cls, call: Call, groups: Groups, *args: pa.Array) -> State:
        rows = best_rows(groups, args[0], cls.greatest)
        if (rows < 0).any():
            rows = np.where(rows < 0, groups.first_where(), rows)
        seen = pa.array(rows >= 0)
        return (seen, *(pick(array, rows) for array in args))

    @classmethod
    def merge(cls, call: Call, groups: Groups, state: State) -> State:
        seen = state[0].to_numpy(zero_copy_only=False)
        if seen.all():
            return cls.update(call, groups, *state[1:])
        return cls.update(call, groups.where(seen), *(column.filter(state[0]) for column in state[1:]))

    @staticmethod
    def finish(call: Call, state: State) -> tuple[pa.Array, ...]:
        return tuple(without_null_texts(column, type_) for column, type_ in zip(state[1:], call.types, strict=True))


_ARGS = "(value: orderable, *returned: scalar) -> first"


@aggregate(_ARGS, name="arg_max", result=_parts("", "", "max"), compares=1)
class ArgMax(ArgExtreme):
    """The row with the greatest value of the first argument: that value and the others of its row.

    Nulls are passed over unless all values are null. Of several such rows the first counts (the real engine promises none).

    >>> datatable(x:long, s:string)[3,"a", 8,"b"] | summarize arg_max(x, s) | project s
    b
    """

    greatest = True


@aggregate(_ARGS, name="arg_min", result=_parts("", "", "min"), compares=1)
class ArgMin(ArgExtreme):
    """The row with the smallest value of the first argument: that value and the others of its row.

    Nulls are passed over unless all values are null. Of several such rows the first counts (the real engine promises none).

    >>> datatable(x:long, s:string)[3,"a", 8,"b"] | summarize arg_min(x, s) | project s
    a
    """

    greatest = False


@aggregate(_ARGS, name="argmax", result=_parts("max_{0}", "max_{0}_", "max"), obsolete="arg_max", compares=1)
class OldArgMax(ArgMax):
    """The row with the greatest value of the first argument; the old form of `arg_max`, with other column names.

    >>> datatable(x:long, s:string)[3,"a", 8,"b"] | summarize argmax(x, s) | project max_x_s
    b
    """


@aggregate(_ARGS, name="argmin", result=_parts("min_{0}", "min_{0}_", "min"), obsolete="arg_min", compares=1)
class OldArgMin(ArgMin):
    """The row with the smallest value of the first argument; the old form of `arg_min`, with other column names.

    >>> datatable(x:long, s:string)[3,"a", 8,"b"] | summarize argmin(x, s) | project min_x_s
    a
    """
