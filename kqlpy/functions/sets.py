"""Functions that treat dynamic arrays as sets: each value once, in the order first seen.

1 and 1.0 are the same value; 1, "1" and true are three.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, lanes
from kqlpy.columns.flat_arrays import as_lane
from kqlpy.functions.arrays import Value, by_rows, item, parsed, same, whole
from kqlpy.functions.registry import Call, scalar
from kqlpy.types import Type

__all__: list[str] = []

_TEXTS = (Type.STRING, Type.GUID)
_NUMBERS = (Type.INT, Type.LONG, Type.REAL)


@scalar("(set: array, value: scalar) -> bool", context=True, flat=True, page="set-has-element-function")
def set_has_element(call: Call, set: Value, value: Value) -> pa.Array:
    """True when the array holds the value; null when the array is none, or the value is null.

    >>> print set_has_element(dynamic(["this", "is", "an", "example"]), "example")
    True
    """
    type_ = call.types[1]
    if isinstance(set, pa.Scalar) and isinstance(value, pa.Array) and type_ in (*_TEXTS, *_NUMBERS):
        return _among(parsed(set), value, type_)
    if isinstance(set, pa.Array) and isinstance(value, pa.Scalar) and value.is_valid and _fits(set, type_):
        return _lane_holds(set, value)

    def holds(items: Any, wanted: Any) -> bool | None:
        return _holds(items, item(wanted, type_))

    return by_rows(holds, (set, value), call.types, Type.BOOL)


class _Flat(NamedTuple):
    """Arrays of one kind of elements under work: all elements of all arguments, coded, with the row of each and where each argument's begin."""

    elements: pa.Array
    codes: npt.NDArray[np.int64]
    bounds: list[int]
    rows: int
    type: Type

    def part(self, number: int) -> npt.NDArray[np.int64]:
        """The codes (of row and element) of an argument."""
        return self.codes[self.bounds[number] : self.bounds[number + 1]]

    def answer(self, places: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.bool_], pa.Array]:
        """The elements at these places as arrays, each of a row once, in the order of the places."""
        codes = self.codes[places]
        _, first = np.unique(codes, return_index=True)
        kept = np.sort(first)
        row = codes[kept] // max(len(self.elements), 1)
        order = kept[np.argsort(row, kind="stable")]
        offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=self.rows))])
        return np.ones(self.rows, bool), lanes.make_lane(offsets, self.elements.take(pa.array(places[order])), self.type)


def _flat(sets: tuple[Value, ...]) -> _Flat | None:
    """Flat arrays of strings, or of whole numbers, in all arguments; None for anything else."""
    rows = whole(*sets)
    lists = [as_lane(one if isinstance(one, pa.Array) else pa.array([one.as_py()], one.type)) for one in sets]
    kinds = {dynamic.lane_type(one) for one in lists}
    if len(kinds) != 1 or not kinds <= {Type.STRING, Type.LONG} or any(one.null_count for one in lists):
        return None
    lists = [one if isinstance(given, pa.Array) else one.take(pa.array(np.zeros(rows, np.int64))) for one, given in zip(lists, sets, strict=True)]
    parts = [lanes.parts(one) for one in lists]
    elements = pa.concat_arrays([found for found, _ in parts])
    if elements.null_count:
        return None
    row = np.concatenate([np.repeat(np.arange(rows), np.diff(offsets)) for _, offsets in parts])
    codes = elements.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    bounds = [0, *np.cumsum([len(found) for found, _ in parts]).tolist()]
    return _Flat(elements, row * max(len(elements), 1) + codes, bounds, rows, next(iter(kinds)) or Type.STRING)


def _united(*sets: Value) -> tuple[npt.NDArray[np.bool_], pa.Array] | None:
    flat = _flat(sets)
    return None if flat is None else flat.answer(np.arange(len(flat.codes)))


def _common(*sets: Value) -> tuple[npt.NDArray[np.bool_], pa.Array] | None:
    flat = _flat(sets)
    if flat is None:
        return None
    kept = np.logical_and.reduce([np.isin(flat.part(0), flat.part(number)) for number in range(1, len(sets))])
    return flat.answer(np.flatnonzero(kept))


def _left(*sets: Value) -> tuple[npt.NDArray[np.bool_], pa.Array] | None:
    flat = _flat(sets)
    return None if flat is None else flat.answer(np.flatnonzero(~np.isin(flat.part(0), flat.codes[flat.bounds[1] :])))


@scalar("(set: array, +sets: array) -> dynamic", rows=True, nulls="kernel", arrays=_united, page="set-union-function")
def set_union(*sets: Any) -> list[Any] | None:
    """All values that are in any of the arrays; what is no array adds nothing.

    >>> print set_union(dynamic(["A4", "A2", "A4"]), dynamic(["A7", "A2"]))
    ["A4","A2","A7"]
    """
    known = [one for one in sets if isinstance(one, list)]
    return list(_distinct([element for one in known for element in one]).values()) if known else None


@scalar("(set: array, +sets: array) -> dynamic", rows=True, nulls="kernel", arrays=_common, page="set-intersect-function")
def set_intersect(*sets: Any) -> list[Any] | None:
    """The values that are in all of the arrays.

    >>> print set_intersect(dynamic([1, 2, 3, 2]), dynamic([2, 3, 4]))
    [2,3]
    """
    if not isinstance(sets[0], list):
        return None
    others = [_keys(one) for one in sets[1:]]
    return [element for key, element in _distinct(sets[0]).items() if all(key in other for other in others)]


@scalar("(set: array, +sets: array) -> dynamic", rows=True, nulls="kernel", arrays=_left, page="set-difference-function")
def set_difference(*sets: Any) -> list[Any] | None:
    """The values of the first array that are in none of the others.

    >>> print set_difference(dynamic([1, 2, 3, 1]), dynamic([2]), dynamic([4]))
    [1,3]
    """
    if not isinstance(sets[0], list):
        return None
    others = frozenset().union(*(_keys(one) for one in sets[1:]))
    return [element for key, element in _distinct(sets[0]).items() if key not in others]


@scalar("(set1: array, set2: array) -> bool", rows=True)
def set_equals(set1: Any, set2: Any) -> bool | None:
    """True when two arrays hold the same values, in whatever order.

    >>> print set_equals(dynamic([1, 2, 2]), dynamic([2, 1]))
    True
    """
    return _keys(set1) == _keys(set2) if isinstance(set1, list) and isinstance(set2, list) else None


@scalar("(set1: array, set2: array) -> real", rows=True, page="jaccard-index-function")
def jaccard_index(set1: Any, set2: Any) -> float | None:
    """Number of values in both arrays divided by the number of values in either; NaN for two empty arrays.

    >>> print jaccard_index(dynamic([1, 2, 3]), dynamic([1, 2, 3, 4]))
    0.75
    """
    if not isinstance(set1, list) or not isinstance(set2, list):
        return None
    first, second = _keys(set1), _keys(set2)
    return len(first & second) / len(first | second) if first or second else float("nan")


def _keys(items: Any) -> frozenset[Any]:
    return frozenset(map(same, items)) if isinstance(items, list) else frozenset()


def _distinct(items: list[Any]) -> dict[Any, Any]:
    """The values by key, each as first seen."""
    found: dict[Any, Any] = {}
    for element in items:
        found.setdefault(same(element), element)
    return found


def _holds(items: Any, wanted: Any) -> bool | None:
    if not isinstance(items, list):
        return None
    key = same(wanted)
    return any(same(element) == key for element in items)


def _among(items: Any, values: pa.Array, type_: Type) -> pa.Array:
    """Whether each value of a column is in one array."""
    if not isinstance(items, list):
        return pa.nulls(len(values), pa.bool_())
    if type_ in _TEXTS:
        found = pc.is_in(values, value_set=pa.array([i for i in items if isinstance(i, str)], pa.string()))
    else:
        numbers = [i for i in items if type(i) in (int, float)]
        encoded = values.dictionary_encode()
        hits = pa.array([v in numbers for v in encoded.dictionary.to_pylist()], pa.bool_())
        found = hits.take(encoded.indices)
    return pc.if_else(values.is_valid(), found, pa.scalar(None, pa.bool_()))


def _fits(array: pa.Array, type_: Type) -> bool:
    """Whether the elements of a lane can be compared with a value of this type by Arrow."""
    held = dynamic.lane_type(array)
    return (held is Type.STRING and type_ in _TEXTS) or (held is Type.LONG and type_ in (Type.INT, Type.LONG))


def _lane_holds(array: pa.Array, value: pa.Scalar) -> pa.Array:
    elements, offsets = lanes.parts(array)
    hits = pc.fill_null(pc.equal(elements, pa.scalar(value.as_py(), elements.type)), False).to_numpy(zero_copy_only=False)
    rows = np.repeat(np.arange(len(array)), np.diff(offsets))
    found = np.zeros(len(array), bool)
    found[rows[hits]] = True
    return pa.array(found, mask=array.is_null().to_numpy(zero_copy_only=False))
