"""take_any and its older name any: a value or a whole row of each group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.engine.groups import Groups, Mask
from kqlpy.functions.aggregates.inputs import Conditional, Parts, State, pick, valid_rows, without_null_texts
from kqlpy.functions.refusals import UNDOCUMENTED
from kqlpy.functions.registry import AGGREGATES, Call, aggregate, declare
from kqlpy.types import Type


def _parts(types: tuple[Type, ...], names: tuple[str, ...], constants: tuple[Any, ...]) -> Parts:
    return tuple((name or f"any_arg{i}", type_) for i, (name, type_) in enumerate(zip(names, types, strict=True)))


def _old_parts(types: tuple[Type, ...], names: tuple[str, ...], constants: tuple[Any, ...]) -> Parts:
    if len(types) == 1:
        return ((f"any_{names[0]}", types[0]),)
    return tuple((f"any_{name or f'arg{i}'}", type_) for i, (name, type_) in enumerate(zip(names, types, strict=True)))


def _filled(array: pa.Array, type_: Type) -> Mask | None:
    """Which cells are neither null nor the empty string; None when all are."""
    if type_ is not Type.STRING:
        return valid_rows(array)
    if pa.types.is_dictionary(array.type):
        return pc.not_equal(array.dictionary, "").to_numpy(zero_copy_only=False)[array.indices.to_numpy()]  # type: ignore[no-any-return]
    return pc.not_equal(array, "").to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


@aggregate("(+value: scalar) -> first", name="take_any", result=_parts, compares=0)
class TakeAny:
    """The values of one row of the group: the first. A single value is the first that is neither null nor empty, if there is one.

    >>> datatable(s:string)["", "a", "b"] | summarize take_any(s)
    a
    """

    @staticmethod
    def update(call: Call, groups: Groups, *args: pa.Array) -> State:
        rows = groups.first_where()
        if len(args) == 1:
            better = groups.first_where(_filled(args[0], call.types[0]))
            rows = np.where(better >= 0, better, rows)
        return (pa.array(rows >= 0), *(pick(array, rows) for array in args))

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        seen = state[0].to_numpy(zero_copy_only=False)
        if not seen.all():
            groups, state = groups.where(seen), tuple(column.filter(state[0]) for column in state)
        return TakeAny.update(call, groups, *state[1:])

    @staticmethod
    def finish(call: Call, state: State) -> tuple[pa.Array, ...]:
        return tuple(without_null_texts(column, type_) for column, type_ in zip(state[1:], call.types, strict=False))


@aggregate("(+value: scalar) -> first", name="any", result=_old_parts, naming="prefix", prefix="any", obsolete="take_any", compares=0)
class Any_(TakeAny):
    """The values of one row of the group; the old form of `take_any`, with other column names.

    >>> datatable(s:string)["", "a", "b"] | summarize any(s) | project any_s
    a
    """


_IF = "(value: scalar, predicate: bool) -> first"


@aggregate(_IF, name="take_anyif", naming="first")
class TakeAnyIf(Conditional, TakeAny):
    """A value of a row for which the predicate is true, neither null nor empty if there is such a one; null when no row fits.

    >>> datatable(x:long)[1, 5, 9] | summarize take_anyif(x, x > 3)
    5
    """

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return without_null_texts(state[1], call.types[0])


@aggregate(_IF, name="anyif", naming="prefix", prefix="anyif", obsolete="take_anyif")
class AnyIf(TakeAnyIf):
    """A value of a row for which the predicate is true; the old name of `take_anyif`.

    >>> datatable(x:long)[1, 5, 9] | summarize anyif(x, x > 3)
    5
    """


declare(AGGREGATES, "passthrough", "(value: scalar) -> first", why=UNDOCUMENTED, naming="first")
