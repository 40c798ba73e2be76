"""array_sort_asc and array_sort_desc: one array sorted, others put in the same order.

Elements sort by kind first: numbers, strings, then everything else in the order found. Nulls stand last unless the last
argument is false.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, lanes
from kqlpy.engine.row_functions import python_values
from kqlpy.functions.arrays import Value, column, whole
from kqlpy.functions.registry import Call, scalar
from kqlpy.types import Type

__all__ = ["sorted_parts"]


def sorted_parts(types: tuple[Type, ...], constants: tuple[Any, ...]) -> tuple[tuple[str, Type], ...]:
    """One result per array; the binder replaces `array0` by the argument's name where it has one."""
    arrays = sum(type_ is not Type.BOOL for type_ in types)
    return tuple((f"=array{index}_sorted", Type.DYNAMIC) for index in range(arrays))


_SIGNATURES = ["(+arrays: array) -> dynamic", "(+arrays: array, nulls_last: const bool) -> dynamic"]


@scalar(_SIGNATURES, result=sorted_parts, context=True, flat=True, part_suffix="_sorted", page="array-sort-asc-function")
def array_sort_asc(call: Call, *args: Value) -> tuple[pa.Array, ...]:
    """The first array in ascending order, and the others in the order that the first one took; null for one of another length.

    >>> print array_sort_asc(dynamic([null, "blue", "yellow", "green", null]))
    ["blue","green","yellow",null,null]
    """
    return _sorted(call, args, descending=False)


@scalar(_SIGNATURES, result=sorted_parts, context=True, flat=True, part_suffix="_sorted", page="array-sort-desc-function")
def array_sort_desc(call: Call, *args: Value) -> tuple[pa.Array, ...]:
    """The first array in descending order, and the others in the order that the first one took; null for one of another length.

    >>> print array_sort_desc(dynamic([1, 3, 4, 5, 2]))
    [5,4,3,2,1]
    """
    return _sorted(call, args, descending=True)


def _sorted(call: Call, args: tuple[Value, ...], descending: bool) -> tuple[pa.Array, ...]:
    nulls_last = True
    if call.types[-1] is Type.BOOL:
        nulls_last = args[-1].as_py() is not False if isinstance(args[-1], pa.Scalar) else bool(args[-1][0].as_py())
        args = args[:-1]
    rows = whole(*args)
    arrays = [column(a, rows) for a in args]
    if len(arrays) == 1 and dynamic.is_lane(arrays[0]):
        return (_sorted_lane(arrays[0], descending, nulls_last),)
    if len(arrays) == 1:
        encoded = dynamic.text_of(arrays[0]).dictionary_encode(null_encoding="encode")
        return (_sorted_rows([encoded.dictionary], descending, nulls_last)[0].take(encoded.indices),)
    return _sorted_rows(arrays, descending, nulls_last)


def _sorted_lane(array: pa.Array, descending: bool, nulls_last: bool) -> pa.Array:
    elements, offsets = lanes.parts(array)
    rows = np.repeat(np.arange(len(array)), np.diff(offsets))
    table = pa.table({"row": rows, "value": elements})
    by_value = ("value", "descending" if descending else "ascending", "at_end" if nulls_last else "at_start")
    order = pc.sort_indices(table, sort_keys=[("row", "ascending", "at_end"), by_value])
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    return dynamic.make_lane(offsets, elements.take(order), dynamic.lane_type(array) or Type.LONG, valid)


def _sorted_rows(arrays: list[pa.Array], descending: bool, nulls_last: bool) -> tuple[pa.Array, ...]:
    columns: list[list[Any]] = [[] for _ in arrays]
    for row in zip(*(python_values(array, Type.DYNAMIC) for array in arrays), strict=True):
        first = row[0]
        order = _order(first, descending, nulls_last) if isinstance(first, list) else None
        for cells, items in zip(columns, row, strict=True):
            fits = order is not None and isinstance(items, list) and len(items) == len(order)
            cells.append([items[at] for at in order] if fits and order is not None else None)
    return tuple(dynamic.from_values(cells) for cells in columns)


def _order(items: list[Any], descending: bool, nulls_last: bool) -> list[int]:
    """Positions in sorted order; equal elements keep theirs."""
    known = [at for at, element in enumerate(items) if element is not None]
    nulls = [at for at, element in enumerate(items) if element is None]
    known.sort(key=lambda at: _key(items[at]), reverse=descending)
    return known + nulls if nulls_last else nulls + known


def _key(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool):
        return (2, value)
    if isinstance(value, int | float):
        return (0, value)
    return (1, value) if isinstance(value, str) else (3, 0)
