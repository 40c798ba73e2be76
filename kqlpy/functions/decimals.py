"""Arithmetic on decimals, exact to 34 digits, one row at a time: decimals are rare."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa

from kqlpy.columns.storage import DECIMAL
from kqlpy.functions.vectors import Value, rows_of

__all__ = ["as_decimal", "decimal_rows", "to_decimals"]

_CONTEXT = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, traps=[])
_SMALLEST = Decimal(1).scaleb(-38)
_LIMIT = Decimal(10) ** 38


def as_decimal(value: Any) -> Decimal | None:
    """A Python number as a decimal by its shortest text; None for null, NaN, infinities and what is out of range."""
    if value is None:
        return None
    number = value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else int(value))
    if not number.is_finite() or abs(number) >= _LIMIT:
        return None
    return number.quantize(_SMALLEST, context=_WIDE) if _digits_after_point(number) > 38 else number


_WIDE = decimal.Context(prec=80)


def _digits_after_point(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def to_decimals(value: Value) -> Value:
    """A number column or constant as decimals."""
    if value.type == DECIMAL:
        return value
    if isinstance(value, pa.Scalar):
        return pa.scalar(as_decimal(value.as_py()), DECIMAL)
    return pa.array([as_decimal(number) for number in value.to_pylist()], DECIMAL)


def decimal_rows(function: Callable[..., Decimal | None], *values: Value) -> pa.Array:
    """A function of decimals applied to each row; null where a value is null or the result is no decimal."""
    results = []
    with decimal.localcontext(_CONTEXT):
        for row in rows_of(*values):
            numbers = [as_decimal(value) for value in row]
            results.append(None if None in numbers else as_decimal(function(*numbers)))
    return pa.array(results, DECIMAL)
