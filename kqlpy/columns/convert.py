"""Columns of one scalar type as another, the way `tostring()`, `tolong()`, `todatetime()` and the rest convert.

A value that cannot be converted becomes null, never an error. The work itself is in `text_kernels.py` (from text),
`number_kernels.py` (between numbers), `time_kernels.py` and `dynamic_casts.py`; here stands which pair goes where.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, lanes
from kqlpy.columns.distinct import map_distinct
from kqlpy.columns.dynamic_casts import from_dynamic
from kqlpy.columns.number_kernels import long_to_int, real_to_int, real_to_long, to_bool
from kqlpy.columns.numpy_bridge import to_numpy, valid_mask
from kqlpy.columns.real_kernels import format_reals
from kqlpy.columns.scalar_text import fit_decimal, format_decimal
from kqlpy.columns.storage import DECIMAL, arrow_type
from kqlpy.columns.text_kernels import read_text
from kqlpy.columns.time_kernels import format_datetimes, format_timespans, valid_datetimes
from kqlpy.types import Type

__all__ = ["as_dynamic", "convert"]


def convert(array: pa.Array, source: Type, target: Type, today: int | None = None) -> pa.Array:
    """The column as `to<target>()` converts it; null where that is impossible, "" where the target is string.

    From string to dynamic this is `parse_json()`; `as_dynamic` wraps a value as it is. `today`, in ticks, is the
    day of a datetime text that is a mere time of day; without it such text is null.
    """
    if source is target:
        return array
    if pa.types.is_dictionary(array.type) and source is not Type.DYNAMIC:
        spread = convert(array.dictionary, source, target, today).take(array.indices)
        return spread.fill_null("") if target is Type.STRING else spread
    if source is Type.DYNAMIC:
        return from_dynamic(array, target, today)
    if target is Type.STRING:
        return text_of(array, source).fill_null("")
    if target is Type.DYNAMIC:
        return dynamic.parse_json_column(array) if source is Type.STRING else as_dynamic(array, source)
    if source is Type.STRING:
        return read_text(array, target, today)
    kernel = _BETWEEN.get((source, target))
    return pa.nulls(len(array), arrow_type(target)) if kernel is None else kernel(array)


def text_of(array: pa.Array, source: Type) -> pa.Array:
    """The `tostring()` text of a scalar column; null stays null."""
    return _TEXT[source](array)


def as_dynamic(array: pa.Array, source: Type) -> pa.Array:
    """Each value as a dynamic value of its own, as `pack_array()` and `bag_pack()` take it in: JSON text, null for null.

    Datetimes, timespans, guids and decimals become JSON strings, which is how dynamic values hold them.
    """
    if source is Type.DYNAMIC:
        return array
    if pa.types.is_dictionary(array.type):
        return as_dynamic(array.dictionary, source).take(array.indices)
    if source is Type.REAL:
        return lanes.elements_to_json(array, Type.REAL)
    if source in (Type.INT, Type.LONG, Type.BOOL):
        return array.cast(pa.string())
    if source is Type.STRING:
        return lanes.quote(array)
    return pc.binary_join_element_wise('"', text_of(array, source), '"', "")


def _format_bools(array: pa.Array) -> pa.Array:
    # A bool inside a dynamic value prints in lower case instead (oracle: fuzz-type-casts-coercion-fc0e7d7a).
    return pc.if_else(array, "True", "False")


def _format_decimals(array: pa.Array) -> pa.Array:
    # Rare: one Python call per value, about a microsecond each.
    return pa.array([None if value is None else format_decimal(value) for value in array.to_pylist()], pa.string())


_TEXT: dict[Type, Callable[[pa.Array], pa.Array]] = {
    Type.STRING: lambda array: array,
    Type.GUID: lambda array: array,
    Type.BOOL: _format_bools,
    Type.INT: lambda array: array.cast(pa.string()),
    Type.LONG: lambda array: array.cast(pa.string()),
    Type.REAL: format_reals,
    Type.DECIMAL: _format_decimals,
    Type.DATETIME: format_datetimes,
    Type.TIMESPAN: format_timespans,
    Type.UNKNOWN: lambda array: array,
}


def _to_long(array: pa.Array) -> pa.Array:
    return array.cast(pa.int64())


def _to_real(array: pa.Array) -> pa.Array:
    return array.cast(pa.float64(), safe=False)


def _to_datetime(array: pa.Array) -> pa.Array:
    """A number as ticks; null beyond the years 1 to 9999."""
    return valid_datetimes(to_numpy(array.cast(pa.int64())), valid_mask(array))


def _to_decimal(array: pa.Array) -> pa.Array:
    return array.cast(DECIMAL)


def _real_to_decimal(array: pa.Array) -> pa.Array:
    """The decimal with the digits that the real shows."""
    return map_distinct(array.cast(pa.string()), lambda text: fit_decimal(Decimal(text)), DECIMAL)


def _decimal_to_real(array: pa.Array) -> pa.Array:
    return array.cast(pa.string()).cast(pa.float64())


def _decimal_to_long(array: pa.Array) -> pa.Array:
    # Rare: one Python call per value.
    found = [None if value is None else int(value) for value in array.to_pylist()]
    return pa.array([None if value is None or not -(2**63) <= value < 2**63 else value for value in found], pa.int64())


def _chain(*kernels: Callable[[pa.Array], pa.Array]) -> Callable[[pa.Array], pa.Array]:
    def run(array: pa.Array) -> pa.Array:
        for kernel in kernels:
            array = kernel(array)
        return array

    return run


_BETWEEN: dict[tuple[Type, Type], Callable[[pa.Array], pa.Array]] = {
    (Type.BOOL, Type.INT): lambda array: array.cast(pa.int32()),
    (Type.BOOL, Type.LONG): _to_long,
    (Type.BOOL, Type.REAL): _chain(_to_long, _to_real),
    (Type.BOOL, Type.DECIMAL): _chain(_to_long, _to_decimal),
    (Type.INT, Type.BOOL): to_bool,
    (Type.INT, Type.LONG): _to_long,
    (Type.INT, Type.REAL): _to_real,
    (Type.INT, Type.DECIMAL): _to_decimal,
    (Type.INT, Type.DATETIME): _to_datetime,
    (Type.INT, Type.TIMESPAN): _to_long,
    (Type.LONG, Type.BOOL): to_bool,
    (Type.LONG, Type.INT): long_to_int,
    (Type.LONG, Type.REAL): _to_real,
    (Type.LONG, Type.DECIMAL): _to_decimal,
    (Type.LONG, Type.DATETIME): _to_datetime,
    (Type.LONG, Type.TIMESPAN): _to_long,
    (Type.REAL, Type.BOOL): to_bool,
    (Type.REAL, Type.INT): real_to_int,
    (Type.REAL, Type.LONG): real_to_long,
    (Type.REAL, Type.DECIMAL): _real_to_decimal,
    (Type.REAL, Type.DATETIME): _chain(real_to_long, _to_datetime),
    (Type.REAL, Type.TIMESPAN): real_to_long,
    (Type.DECIMAL, Type.BOOL): _chain(_decimal_to_real, to_bool),
    (Type.DECIMAL, Type.INT): _chain(_decimal_to_long, long_to_int),
    (Type.DECIMAL, Type.LONG): _decimal_to_long,
    (Type.DECIMAL, Type.REAL): _decimal_to_real,
    (Type.DECIMAL, Type.DATETIME): _chain(_decimal_to_long, _to_datetime),
    (Type.DECIMAL, Type.TIMESPAN): _decimal_to_long,
    (Type.DATETIME, Type.INT): long_to_int,
    (Type.DATETIME, Type.LONG): _to_long,
    (Type.DATETIME, Type.REAL): _to_real,
    (Type.DATETIME, Type.DECIMAL): _to_decimal,
    (Type.DATETIME, Type.TIMESPAN): _to_long,
    (Type.TIMESPAN, Type.INT): long_to_int,
    (Type.TIMESPAN, Type.LONG): _to_long,
    (Type.TIMESPAN, Type.REAL): _to_real,
    (Type.TIMESPAN, Type.DECIMAL): _to_decimal,
    (Type.TIMESPAN, Type.DATETIME): _to_datetime,
    (Type.UNKNOWN, Type.STRING): lambda array: array,
}
"""The conversions between numbers and times; a pair that is missing has no meaning and gives nulls."""
