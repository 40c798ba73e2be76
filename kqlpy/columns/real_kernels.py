"""Columns of reals to their `tostring()` text; one value at a time is in `reals.py`, which says how it must look."""

from __future__ import annotations

import pyarrow as pa

from kqlpy.columns.reals import format_real

__all__ = ["format_reals"]


def format_reals(array: pa.Array) -> pa.Array:
    """The text of each real; null stays null."""
    return pa.array([None if value is None else format_real(value) for value in array.to_pylist()], pa.string())
