"""Columns of numbers as other numbers, with Kusto's answers where the target is too small.

A long beyond an int wraps around, a real beyond an integer ends at its limit, NaN and infinities become null
(oracle: fuzz-null-and-edge-bdc7957a, fuzz-type-casts-coercion-0dcc1cfb).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.numpy_bridge import from_numpy, to_numpy, valid_mask

__all__ = ["long_to_int", "real_to_int", "real_to_long", "to_bool"]


def long_to_int(array: pa.Array) -> pa.Array:
    """The low 32 bits of each long."""
    return from_numpy(to_numpy(array).astype(np.int32), valid_mask(array))


def real_to_long(array: pa.Array) -> pa.Array:
    """Each real cut towards zero."""
    return _cut(array, np.int64, 2.0**63)


def real_to_int(array: pa.Array) -> pa.Array:
    """Each real cut towards zero, in 32 bits."""
    return _cut(array, np.int32, 2.0**31)


def _cut(array: pa.Array, kind: type[np.signedinteger], limit: float) -> pa.Array:
    values, valid = to_numpy(array), valid_mask(array)
    inside = (values > -limit) & (values < limit)
    if inside.all():
        return from_numpy(values.astype(kind), valid)
    bounds = np.iinfo(kind)
    cut = np.where(inside, values, 0).astype(kind)
    cut = np.where(values >= limit, kind(bounds.max), np.where(values <= -limit, kind(bounds.min), cut))
    finite = np.isfinite(values)
    return from_numpy(cut, finite if valid is None else finite & valid)


def to_bool(array: pa.Array) -> pa.Array:
    """True for each number that is not 0."""
    return pc.not_equal(array, pa.scalar(0, array.type))
