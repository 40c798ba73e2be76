"""binary_all_and, binary_all_or, binary_all_xor: the bits of all values of a group combined."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from kqlpy.columns import storage
from kqlpy.columns.storage import arrow_type
from kqlpy.engine.groups import Groups
from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions.aggregates.inputs import State, numbers
from kqlpy.functions.registry import Call, aggregate
from kqlpy.types import Type


class Bits:
    """The values that are not null combined bit by bit; null when there is none."""

    combine: ClassVar[Any]
    neutral: ClassVar[int]

    @classmethod
    def update(cls, call: Call, groups: Groups, *args: pa.Array) -> State:
        if call.types[0] not in (Type.INT, Type.LONG):
            raise KqlUnsupportedError(f"kqlpy combines the bits of int and long values only, not of {call.types[0]}", code="KQLPY001")
        values, valid = numbers(storage.plain(args[0]))
        ids = groups.ids if valid is None else groups.ids[valid]
        bits = np.full(groups.count, cls.neutral, values.dtype)
        cls.combine.at(bits, ids, values if valid is None else values[valid])
        found = np.bincount(ids, minlength=groups.count) > 0
        return (pa.array(bits, arrow_type(call.types[0]), mask=~found),)

    @classmethod
    def merge(cls, call: Call, groups: Groups, state: State) -> State:
        return cls.update(call, groups, state[0])

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return state[0]


@aggregate("(value: summable) -> first", name="binary_all_and", naming="first")
class BinaryAllAnd(Bits):
    """Bits that are set in all values that are not null.

    >>> datatable(x:long)[7, 13] | summarize binary_all_and(x)
    5
    """

    combine, neutral = np.bitwise_and, -1


@aggregate("(value: summable) -> first", name="binary_all_or", naming="first")
class BinaryAllOr(Bits):
    """Bits that are set in any value.

    >>> datatable(x:long)[5, 2] | summarize binary_all_or(x)
    7
    """

    combine, neutral = np.bitwise_or, 0


@aggregate("(value: summable) -> first", name="binary_all_xor", naming="first")
class BinaryAllXor(Bits):
    """Bits that are set in an odd number of values.

    >>> datatable(x:long)[5, 4] | summarize binary_all_xor(x)
    1
    """

    combine, neutral = np.bitwise_xor, 0
