"""Arrow columns as numpy vectors and back, with nulls carried along: what the arithmetic of plain numbers needs.

A *value* is what a kernel gets: a column, or a scalar for a constant. At least one of several values is a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Value", "any_null", "blank", "constant_of", "elementwise", "has_null", "rows_of", "to_type", "vector"]

Value: TypeAlias = pa.Array | pa.Scalar


def to_type(value: Value, type_: pa.DataType) -> Value:
    """The value in another plain number type; a long beyond 2**53 becomes the nearest real."""
    return value if value.type == type_ else pc.cast(value, type_, safe=False)


def has_null(value: Value) -> bool:
    """True when the constant is null or some row is."""
    return not value.is_valid if isinstance(value, pa.Scalar) else bool(value.null_count)


def any_null(*values: Value) -> Value | None:
    """True where one of the values is null; None when there is no null at all."""
    found: Value | None = None
    for value in values:
        if has_null(value):
            nulls = pc.is_null(value)
            found = nulls if found is None else pc.or_(found, nulls)
    return found


def blank(array: pa.Array, where: Value | None) -> pa.Array:
    """The column with nulls put where `where` is true."""
    if where is None:
        return array
    return pc.if_else(where, pa.scalar(None, array.type), array)


def vector(value: Value) -> Any:
    """The numbers of a column as a numpy vector, of a constant as a numpy scalar; nulls stand as zero."""
    if isinstance(value, pa.Scalar):
        return value.type.to_pandas_dtype()(value.as_py() if value.is_valid else 0)
    filled = value.fill_null(False if pa.types.is_boolean(value.type) else 0) if value.null_count else value
    return filled.to_numpy(zero_copy_only=False)


def elementwise(function: Callable[..., Any], *values: Value) -> pa.Array:
    """A numpy function of the values; null where one of them is null. Overflow wraps, invalid reals are NaN."""
    with np.errstate(all="ignore"):
        result = function(*(vector(value) for value in values))
    return blank(pa.array(np.atleast_1d(result)), any_null(*values))


def constant_of(value: Value) -> Any:
    """The Python value of a constant; a call of constants alone gets its first argument as a column of one row."""
    return value.as_py() if isinstance(value, pa.Scalar) else value[0].as_py()


def rows_of(*values: Value) -> Iterator[tuple[Any, ...]]:
    """The rows of some columns and constants as Python values."""
    length = next(len(value) for value in values if isinstance(value, pa.Array))
    columns = [[value.as_py()] * length if isinstance(value, pa.Scalar) else value.to_pylist() for value in values]
    return zip(*columns, strict=True)
