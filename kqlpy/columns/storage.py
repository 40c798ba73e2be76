"""How each KQL type is held in Arrow inside the engine, and conversions between Python values and that form.

| KQL | Arrow | remark |
|---|---|---|
| bool int long real | bool, int32, int64, float64 | null is Arrow null |
| string | string, or dictionary<int32, string> | never null |
| datetime, timespan | int64 | ticks of 100 ns; datetimes count from 0001-01-01 |
| guid | string | lower case with dashes |
| decimal | decimal256(76, 38) | holds every 38-digit SqlDecimal |
| dynamic | string: JSON text; dictionary of it; or a typed list | see `dynamic.py` |

A *value* below is the Python form of one cell: bool, int, float, `decimal.Decimal`, str, int ticks, and for dynamic the JSON text.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from kqlpy.types import Type

__all__ = ["DECIMAL", "arrow_type", "nulls", "plain", "scalar", "to_array"]

DECIMAL = pa.decimal256(76, 38)
_ARROW: dict[Type, pa.DataType] = {
    Type.BOOL: pa.bool_(),
    Type.INT: pa.int32(),
    Type.LONG: pa.int64(),
    Type.REAL: pa.float64(),
    Type.DECIMAL: DECIMAL,
    Type.STRING: pa.string(),
    Type.DATETIME: pa.int64(),
    Type.TIMESPAN: pa.int64(),
    Type.GUID: pa.string(),
    Type.DYNAMIC: pa.string(),
    Type.UNKNOWN: pa.string(),
}


def arrow_type(type_: Type) -> pa.DataType:
    """The Arrow type that holds a column of this KQL type (before dictionary encoding or list lanes)."""
    return _ARROW[type_]


def scalar(value: Any, type_: Type) -> pa.Scalar:
    """An Arrow scalar from a value."""
    if value is None and type_ is Type.STRING:
        value = ""
    return pa.scalar(value, _ARROW[type_])


def to_array(values: list[Any], type_: Type) -> pa.Array:
    """An Arrow array from a list of values; a missing string becomes the empty string."""
    if type_ is Type.STRING:
        values = ["" if value is None else value for value in values]
    return pa.array(values, _ARROW[type_])


def nulls(rows: int, type_: Type) -> pa.Array:
    """A column of nulls; of empty strings for the type string, which has no null."""
    if type_ is Type.STRING:
        return pa.repeat(pa.scalar(""), rows)
    return pa.nulls(rows, _ARROW[type_])


def plain(array: pa.Array) -> pa.Array:
    """The array without dictionary encoding."""
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
