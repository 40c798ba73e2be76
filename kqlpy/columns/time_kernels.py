"""Columns of ticks: read from text, written as text, cut into date parts, moved to and from Arrow timestamps."""

from __future__ import annotations

import pyarrow as pa

from kqlpy.columns.ticks import format_datetime_iso

__all__ = ["format_datetimes"]


def format_datetimes(array: pa.Array) -> pa.Array:
    """The `tostring()` text of each datetime; null stays null."""
    return pa.array([None if value is None else format_datetime_iso(value) for value in array.to_pylist()], pa.string())
