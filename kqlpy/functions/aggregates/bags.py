"""make_bag, make_dictionary and buildschema: aggregates over property bags.

They run plain Python once for each distinct value of a group. Their state is JSON text.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from kqlpy.columns import dynamic
from kqlpy.engine.groups import Groups, distinct_pairs
from kqlpy.functions.aggregates.inputs import Conditional, State
from kqlpy.functions.aggregates.lists import LIMIT, asked_size
from kqlpy.functions.registry import Call, aggregate


def _distinct_values(groups: Groups, array: pa.Array) -> Iterator[tuple[int, Any]]:
    """(group, value) of each distinct value, in input order within a group; nulls are left out."""
    array = dynamic.text_of(array)
    rows = distinct_pairs(groups, array)
    for id_, value in zip(groups.ids[rows].tolist(), dynamic.values(array.take(pa.array(rows))), strict=True):
        if value is not None:
            yield id_, value


class MakeBag:
    """The bags of each group joined to one; of a key that occurs more than once the first value stays."""

    default: ClassVar[int] = LIMIT

    @classmethod
    def update(cls, call: Call, groups: Groups, value: pa.Array, size: Any = None) -> State:
        return _bags(groups, value, asked_size(size, cls.default))

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        return _bags(groups, state[0], int(state[1][0].as_py()) if len(state[1]) else LIMIT)

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return state[0]


def _bags(groups: Groups, array: pa.Array, size: int) -> State:
    bags: list[dict[str, Any]] = [{} for _ in range(groups.count)]
    for id_, value in _distinct_values(groups, array):
        if isinstance(value, dict):
            bag = bags[id_]
            for key, item in value.items():
                bag.setdefault(key, item)
    cut = [bag if len(bag) <= size else dict(islice(bag.items(), size)) for bag in bags]
    return dynamic.from_values(cut), pa.array(np.full(groups.count, size, np.int64))


_BAG = "(value: bag, size: const integer = ?) -> dynamic"


@aggregate(_BAG, name="make_bag", naming="prefix", prefix="bag")
class MakeBagOf(MakeBag):
    """Bag of all properties of the group's bags; of equal keys the first value stays. What is not a bag is passed over; {} when there is none.

    >>> datatable(d:dynamic)[dynamic({"a":1}), dynamic({"a":2,"b":3})] | summarize make_bag(d)
    {"a":1,"b":3}
    """


@aggregate(_BAG, name="make_dictionary", naming="prefix", prefix="dictionary", obsolete="make_bag")
class MakeDictionary(MakeBag):
    """Bag of the first 128 properties (or of as many as asked for) of the group's bags; the old form of `make_bag`.

    >>> datatable(d:dynamic)[dynamic({"a":1}), dynamic({"b":3})] | summarize make_dictionary(d)
    {"a":1,"b":3}
    """

    default = 128


@aggregate("(value: bag, predicate: bool, size: const integer = ?) -> dynamic", name="make_bag_if", naming="prefix", prefix="bag")
class MakeBagIf(Conditional, MakeBag):
    """Bag of all properties of the bags in the rows for which the predicate is true.

    >>> datatable(d:dynamic, b:bool)[dynamic({"a":1}), true, dynamic({"b":3}), false] | summarize make_bag_if(d, b)
    {"a":1}
    """


Shape = dict[str, Any]
"""What values look like: `types`, names of scalar types; `keys`, shapes of a bag's properties; an array's elements are the property `indexer`."""

_INDEXER = "`indexer`"


@aggregate("(value: bag) -> dynamic", name="buildschema", naming="prefix", prefix="schema")
class BuildSchema:
    """The smallest schema that all values of the group fit; null when all are null. The elements of arrays are described under `indexer`.

    >>> datatable(d:dynamic)[dynamic({"x":1}), dynamic({"x":"a","z":[1.5]})] | summarize buildschema(d)
    {"x":["long","string"],"z":{"`indexer`":"double"}}
    """

    @staticmethod
    def update(call: Call, groups: Groups, *args: pa.Array) -> State:
        shapes: list[Shape] = [{} for _ in range(groups.count)]
        for id_, value in _distinct_values(groups, args[0]):
            _describe(shapes[id_], value)
        return (dynamic.from_values([shape or None for shape in shapes]),)

    @staticmethod
    def merge(call: Call, groups: Groups, state: State) -> State:
        shapes: list[Shape] = [{} for _ in range(groups.count)]
        for id_, shape in _distinct_values(groups, state[0]):
            _unite(shapes[id_], shape)
        return (dynamic.from_values([shape or None for shape in shapes]),)

    @staticmethod
    def finish(call: Call, state: State) -> pa.Array:
        return dynamic.from_values([_schema(shape) if isinstance(shape, dict) else None for shape in dynamic.values(state[0])])


def _describe(shape: Shape, value: Any) -> None:
    if isinstance(value, dict):
        keys = shape.setdefault("keys", {})
        for key, item in value.items():
            _describe(keys.setdefault(key, {}), item)
    elif isinstance(value, list):
        items = shape.setdefault("keys", {}).setdefault(_INDEXER, {})
        for item in value:
            _describe(items, item)
    elif value is not None:
        shape.setdefault("types", {})[_type_name(value)] = 1


def _type_name(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "long"
    return "double" if isinstance(value, float) else "string"


def _unite(shape: Shape, other: Shape) -> None:
    if "types" in other:
        shape.setdefault("types", {}).update(other["types"])
    if "keys" in other:
        keys = shape.setdefault("keys", {})
        for key, item in other["keys"].items():
            _unite(keys.setdefault(key, {}), item)


def _schema(shape: Shape) -> Any:
    """The engine's notation: a name, a bag, or a list of what is possible, the bag first."""
    options: list[Any] = [{key: _schema(item) for key, item in shape["keys"].items()}] if "keys" in shape else []
    options += sorted(shape.get("types", {}))
    return options[0] if len(options) == 1 else options
