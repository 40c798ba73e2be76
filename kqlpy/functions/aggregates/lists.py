"""make_list and make_set: aggregates that collect the values of a group in an array.

Their state holds each group's values so far as a list, and the greatest size asked for. Values of dynamic columns are held as JSON text;
an array among them contributes its elements, as in Kusto.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, lanes, storage
from kqlpy.engine.groups import Groups, Ints, distinct_pairs
from kqlpy.functions.aggregates.inputs import Conditional, State, valid_rows
from kqlpy.functions.registry import Call, aggregate
from kqlpy.types import Type

__all__ = ["MakeSet", "distinct_lists", "gather_lists", "lists_of", "merge_distinct"]

LIMIT = 1_048_576


def lists_of(values: pa.Array, sizes: Ints) -> pa.Array:
    """A column of lists: the first `sizes[0]` values, the next `sizes[1]` ..."""
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def gather_lists(groups: Groups, lists: pa.Array) -> tuple[pa.Array, Ints]:
    """The elements of partial lists in the order of the groups that they belong to, and how many each group has."""
    lengths = pc.list_value_length(lists).to_numpy()
    values = lists.take(pa.array(groups.order)).flatten() if groups.count > 1 else lists.flatten()
    return values, groups.sum(lengths)


def distinct_lists(groups: Groups, values: pa.Array) -> pa.Array:
    """The distinct values of each group in order of first appearance."""
    rows = distinct_pairs(groups, values)
    sizes = np.bincount(groups.ids[rows], minlength=groups.count)
    return lists_of(storage.plain(values.take(pa.array(rows))), sizes)


def merge_distinct(groups: Groups, lists: pa.Array) -> pa.Array:
    """Lists of distinct values folded into fewer groups."""
    values, sizes = gather_lists(groups, lists)
    ids = np.repeat(np.arange(groups.count), sizes)
    return distinct_lists(Groups(ids, groups.count, groups.first), values)


def elements(groups: Groups, array: pa.Array, type_: Type, *, nulls: bool = False) -> tuple[Groups, pa.Array]:
    """The values to collect, and their groups: without nulls unless asked for, arrays in a dynamic column taken apart."""
    if type_ is Type.DYNAMIC:
        groups, array = _taken_apart(groups, array)
    valid = None if nulls else valid_rows(array)
    if valid is None:
        return groups, array
    return groups.where(valid), array.filter(pa.array(valid))


def _taken_apart(groups: Groups, array: pa.Array) -> tuple[Groups, pa.Array]:
    """One row for each element of the arrays in a dynamic column, as JSON text; other values stay as they are."""
    if not lanes.is_lane(array):
        texts = array.dictionary if pa.types.is_dictionary(array.type) else array
        if not pc.any(pc.starts_with(texts, "[")).as_py():
            return groups, array
    items = dynamic.array_items(_boxed(array))
    found = items.elements if items.type is Type.DYNAMIC else lanes.elements_to_json(items.elements, items.type)
    ids = np.repeat(groups.ids, np.diff(items.offsets))
    return Groups(ids, groups.count, groups.first), found


def _boxed(array: pa.Array) -> pa.Array:
    """The column with every value that is not an array put into an array of its own."""
    if lanes.is_lane(array):
        return array
    texts = storage.plain(array)
    boxed = pc.binary_join_element_wise("[", texts.fill_null("null"), "]", "")
    return pc.if_else(pc.starts_with(texts, "[").fill_null(False), texts, boxed)


def as_dynamic(lists: pa.Array, type_: Type) -> pa.Array:
    """Lists of values of a KQL type as a dynamic column: typed lists, or JSON text for values that are dynamic themselves."""
    values, sizes = lists.flatten(), pc.list_value_length(lists).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    if type_ is Type.DYNAMIC:
        joined = pc.binary_join(lists_of(values.fill_null("null"), sizes), ",")
        return pc.binary_join_element_wise("[", joined, "]", "")
    if type_ is Type.INT:
        type_ = Type.LONG
    elif type_ in (Type.GUID, Type.TIMESPAN, Type.DECIMAL):
        values, type_ = _texts(values, type_), Type.STRING
    return dynamic.make_lane(offsets, values, type_)


def _texts(values: pa.Array, type_: Type) -> pa.Array:
    """What stands in JSON for values of types that it does not know; null stays null."""
    if type_ is Type.GUID:
        return values
    from kqlpy.columns.convert import convert

    return pc.if_else(values.is_valid(), convert(values, type_, Type.STRING), pa.scalar(None, pa.string()))


def _sized(lists: pa.Array, size: int) -> State:
    """The state: lists cut to the greatest size, and that size."""
    if len(lists) and (pc.max(pc.list_value_length(lists)).as_py() or 0) > size:
        lists = pc.list_slice(lists, 0, size)
    return lists, pa.array(np.full(len(lists), size, np.int64))


def _size(state: State) -> int:
    return int(state[1][0].as_py()) if len(state[1]) else LIMIT


class MakeList:
    """The values of each group in input order."""

    default: ClassVar[int] = LIMIT
    nulls: ClassVar[bool] = False

    @classmethod
    def update(cls, call: Call, groups: Groups, value: pa.Array, size: Any = None) -> State:
        groups, values = elements(groups, value, call.types[0], nulls=cls.nulls)
        if groups.count > 1:
            values = values.take(pa.array(groups.order))
        return _sized(lists_of(storage.plain(values), groups.sizes), asked_size(size, cls.default))

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        return _sized(lists_of(*gather_lists(groups, state[0])), _size(state))

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return as_dynamic(state[0], call.types[0])


class MakeSet(MakeList):
    """The distinct values of each group in order of first appearance."""

    @classmethod
    def update(cls, call: Call, groups: Groups, value: pa.Array, size: Any = None) -> State:
        return _sized(distinct_lists(*elements(groups, value, call.types[0])), asked_size(size, cls.default))

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        return _sized(merge_distinct(groups, state[0]), _size(state))


def asked_size(size: pa.Scalar | None, default: int) -> int:
    """The greatest number of elements that the caller asks for."""
    asked = None if size is None else size.as_py()
    return default if asked is None else max(0, min(int(asked), LIMIT))


_LIST = "(value: scalar, size: const integer = ?) -> dynamic"
_IF = "(value: scalar, predicate: bool, size: const integer = ?) -> dynamic"


@aggregate(_LIST, name="make_list", naming="prefix", prefix="list")
class MakeListOf(MakeList):
    """Array of the group's values in input order, without nulls; empty when there are none. The elements of arrays are taken one by one.

    >>> datatable(x:long)[3, long(null), 1] | summarize make_list(x)
    [3,1]
    """


@aggregate(_LIST, name="makelist", naming="prefix", prefix="list", obsolete="make_list")
class OldMakeList(MakeList):
    """Array of the group's first 128 values (or of as many as asked for); the old form of `make_list`.

    >>> datatable(x:long)[3, 1] | summarize makelist(x)
    [3,1]
    """

    default = 128


@aggregate(_IF, name="make_list_if", naming="prefix", prefix="list")
class MakeListIf(Conditional, MakeList):
    """Array of the values of the rows for which the predicate is true, in input order.

    >>> datatable(x:long)[3, 1, 5] | summarize make_list_if(x, x > 2)
    [3,5]
    """


@aggregate("(value: scalar) -> dynamic", name="make_list_with_nulls", naming="prefix", prefix="list")
class MakeListWithNulls(MakeList):
    """Array of the group's values in input order, nulls included.

    >>> datatable(x:long)[3, long(null), 1] | summarize make_list_with_nulls(x)
    [3,null,1]
    """

    nulls = True


@aggregate(_LIST, name="make_set", naming="prefix", prefix="set")
class MakeSetOf(MakeSet):
    """Array of the group's distinct values, without nulls, in order of first appearance. The elements of arrays are taken one by one.

    >>> datatable(x:long)[3, 1, 3, long(null)] | summarize make_set(x)
    [3,1]
    """


@aggregate(_LIST, name="makeset", naming="prefix", prefix="set", obsolete="make_set")
class OldMakeSet(MakeSet):
    """Array of the group's first 128 distinct values (or of as many as asked for); the old form of `make_set`.

    >>> datatable(x:long)[3, 1, 3] | summarize makeset(x)
    [3,1]
    """

    default = 128


@aggregate(_IF, name="make_set_if", naming="prefix", prefix="set")
class MakeSetIf(Conditional, MakeSet):
    """Array of the distinct values of the rows for which the predicate is true.

    >>> datatable(x:long)[3, 1, 3, 5] | summarize make_set_if(x, x > 2)
    [3,5]
    """
