"""Rounding down to bins: `bin` (also named `floor`), `bin_at`, `bin_auto`, and `around`.

Bins of datetimes count from 0001-01-01, a Monday, so that bins of seven days begin on Mondays.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.storage import DECIMAL, arrow_type
from kqlpy.errors import KqlSemanticError, KqlUnsupportedError
from kqlpy.functions.decimals import decimal_rows
from kqlpy.functions.operators_arithmetic import datetimes
from kqlpy.functions.operators_compare import same_numbers
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.vectors import Value, blank, elementwise, to_type
from kqlpy.types import Type

__all__: list[str] = []

_TIMES = (Type.DATETIME, Type.TIMESPAN)


@scalar("(value: number, roundTo: number) -> widest", name="bin", aliases=("floor",), obsolete="", naming="first", context=True)
def bin_(call: Call, value: Value, size: Value) -> pa.Array:
    """The largest multiple of the size that is not above the value; an integer size of 0 gives null.

    >>> print bin(-7, 5)
    -10
    """
    type_ = arrow_type(call.result)
    if type_ == DECIMAL:
        return decimal_rows(lambda v, s: (v / s).to_integral_value(ROUND_FLOOR) * s if s else None, value, size)
    value, size = to_type(value, type_), to_type(size, type_)
    if type_ == pa.int64():
        return elementwise(_floor_integer, value, _blank_where(size, pc.equal(size, 0)))
    return elementwise(_floor_real, value, size)


def _floor_integer(value: Any, size: Any) -> Any:
    floored = np.floor_divide(value, size) * size
    if np.min(value, initial=0) >= _LEAST + np.max(np.abs(size), initial=0):
        return floored
    # Kusto moves a negative value down by size - 1 and then cuts it off, and the move wraps at 64 bits.
    moved = value - (size - np.sign(size))
    wraps = (value < 0) & (size > 0) & (moved > 0)
    return np.where(wraps, moved - np.fmod(moved, size), floored)


_LEAST = np.iinfo(np.int64).min


def _floor_real(value: Any, size: Any) -> Any:
    return np.where(np.isinf(value), value, np.floor(value / size) * size)


def _blank_where(value: Value, where: Value) -> Value:
    """The value with null where the test is true."""
    if isinstance(value, pa.Scalar):
        return pa.scalar(None, value.type) if where.as_py() else value
    return blank(value, where) if pc.any(where).as_py() else value


@scalar(
    (
        "(value: timespan, roundTo: timespan) -> timespan",
        "(value: datetime, roundTo: datetime) -> datetime",
        "(value: datetime, roundTo: timespan) -> datetime",
    ),
    name="bin",
    aliases=("floor",),
    obsolete="",
    naming="first",
)
def bin_time(value: Value, size: Value) -> pa.Array:
    """The moment or timespan rounded down to a multiple of the size; null for a size that is not positive.

    >>> print bin(datetime(2007-01-03 13:45), 7d)
    2007-01-01T00:00:00.0000000Z
    """
    return elementwise(_floor_integer, value, _positive(size))


def _positive(size: Value) -> Value:
    return _blank_where(size, pc.less_equal(size, 0))


@scalar("(value: number, bin_size: number, fixed_point: number) -> widest", name="bin_at", naming="first", context=True)
def bin_at(call: Call, value: Value, size: Value, point: Value) -> pa.Array:
    """The value rounded down to bins that begin at the fixed point; it may lie below that point.

    >>> print bin_at(6.5, 2.5, 7)
    4.5
    """
    type_ = arrow_type(call.result)
    if type_ == DECIMAL:
        return decimal_rows(_floor_decimal_at, value, size, point)
    value, size, point = (to_type(v, type_) for v in (value, size, point))
    if type_ == pa.int64():
        return elementwise(_floor_at, value, _blank_where(size, pc.equal(size, 0)), point)
    return elementwise(lambda v, s, p: p + np.floor((v - p) / s) * s, value, size, point)


def _floor_at(value: Any, size: Any, point: Any) -> Any:
    return point + np.floor_divide(value - point, size) * size


def _floor_decimal_at(value: Decimal, size: Decimal, point: Decimal) -> Decimal | None:
    return point + ((value - point) / size).to_integral_value(ROUND_FLOOR) * size if size else None


@scalar(
    (
        "(value: timespan, bin_size: timespan, fixed_point: timespan) -> timespan",
        "(value: datetime, bin_size: timespan, fixed_point: datetime) -> datetime",
    ),
    name="bin_at",
    naming="first",
    context=True,
)
def bin_at_time(call: Call, value: Value, size: Value, point: Value) -> pa.Array:
    """The moment or timespan rounded down to bins that begin at the fixed point; null for a size that is not positive.

    >>> print bin_at(datetime(2017-05-17 10:20), 7d, datetime(2017-06-04))
    2017-05-14T00:00:00.0000000Z
    """
    ticks = elementwise(_floor_at, value, _positive(size), point)
    return datetimes(ticks) if call.result is Type.DATETIME else ticks


@scalar(
    (
        "(value: timespan, bin_size: number, fixed_point: timespan) -> timespan",
        "(value: datetime, bin_size: summable, fixed_point: datetime) -> datetime",
    ),
    name="bin_at",
    naming="first",
)
def bin_at_number(value: Value, size: Value, point: Value) -> pa.Array:
    """Refused: bins of times need a size that is a timespan."""
    raise KqlUnsupportedError("kqlpy runs `bin_at` on times only with a timespan as bin size", code="KQLPY001")


@scalar("(value: summable) -> promoted", naming="first", context=True)
def bin_auto(call: Call, value: Value) -> pa.Array:
    """The value rounded down to bins of the size that `set query_bin_auto_size` gives, beginning at `query_bin_auto_at`.

    A query that sets no size is refused.
    """
    size, point = (call.session.options.get(f"set.query_bin_auto_{word}") for word in ("size", "at"))
    if not isinstance(size, int | float):
        raise KqlSemanticError("bin_auto() needs `set query_bin_auto_size = ...;` before the query")
    if call.result in _TIMES:
        sizes = (pa.scalar(size, pa.int64()), pa.scalar(point or 0, pa.int64()))
        return bin_at_time(call, value, *sizes)
    return bin_at(call, value, pa.scalar(size), pa.scalar(point or 0))


@scalar("(value: scalar, center: scalar, delta: scalar) -> bool", context=True)
def around(call: Call, value: Value, center: Value, delta: Value) -> pa.Array:
    """True when the value is within delta of the center, ends included; null when one of the three is null.

    >>> print around(datetime(2021-01-01 01:31), datetime(2021-01-01 01:30), 1m)
    True
    """
    if any(type_ in (Type.STRING, Type.DYNAMIC, Type.GUID, Type.BOOL, Type.DECIMAL) for type_ in call.types):
        raise KqlUnsupportedError("kqlpy runs `around` on integers, reals and times only", code="KQLPY001")
    low = pc.subtract(*same_numbers(center, delta))
    high = pc.add(*same_numbers(center, delta))
    return pc.and_(pc.greater_equal(*same_numbers(value, low)), pc.less_equal(*same_numbers(value, high)))
