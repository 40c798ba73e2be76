"""dcount and count_distinct with their `if` forms.

Both count exactly, whatever the size: the real `dcount` estimates beyond some thousand values, and its estimate cannot be repeated.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.engine.groups import Groups
from kqlpy.functions.aggregates.inputs import Conditional, State, valid_rows
from kqlpy.functions.aggregates.lists import distinct_lists, merge_distinct
from kqlpy.functions.registry import Call, aggregate
from kqlpy.types import Type


class Distinct:
    """How many distinct values that are not null each group has; the state holds the values."""

    @staticmethod
    def update(call: Call, groups: Groups, value: pa.Array, accuracy: Any = None) -> State:
        if call.types[0] is Type.DYNAMIC:
            from kqlpy.columns import dynamic

            value = dynamic.text_of(value)
        valid = valid_rows(value)
        if valid is not None:
            groups, value = groups.where(valid), value.filter(pa.array(valid))
        return (distinct_lists(groups, value),)

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        return (merge_distinct(groups, state[0]),)

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return pc.list_value_length(state[0]).cast(pa.int64())


@aggregate("(value: scalar, accuracy: notdynamic = ?) -> long", name="dcount", naming="prefix", prefix="dcount")
class DCount(Distinct):
    """Number of distinct values that are not null. Exact, while the real engine estimates large numbers.

    >>> datatable(x:long)[3, 1, 3, long(null)] | summarize dcount(x)
    2
    """


@aggregate("(value: scalar, predicate: bool, accuracy: notdynamic = ?) -> long", name="dcountif", naming="prefix", prefix="dcountif")
class DCountIf(Conditional, Distinct):
    """Number of distinct values that are not null among the rows for which the predicate is true.

    >>> datatable(x:long)[3, 1, 3, 5] | summarize dcountif(x, x > 2)
    2
    """


@aggregate("(value: notdynamic) -> long", name="count_distinct", naming="prefix", prefix="count_distinct")
class CountDistinct(Distinct):
    """Exact number of distinct values that are not null.

    >>> datatable(x:long)[3, 1, 3] | summarize count_distinct(x)
    2
    """


@aggregate("(value: notdynamic, predicate: bool) -> long", name="count_distinctif", naming="prefix", prefix="count_distinctif")
class CountDistinctIf(Conditional, Distinct):
    """Exact number of distinct values that are not null among the rows for which the predicate is true.

    >>> datatable(x:long)[3, 1, 3, 5] | summarize count_distinctif(x, x > 2)
    2
    """
