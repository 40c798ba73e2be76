"""Text columns made of stretches of bytes: the parts of other texts, or bytes that numpy computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from kqlpy.columns.distinct import map_distinct
from kqlpy.columns.divide import divide
from kqlpy.columns.numpy_bridge import string_bytes, string_offsets

__all__ = ["pieces", "texts_of_bytes", "valid_texts"]


def pieces(data: Any, starts: np.ndarray, stops: np.ndarray) -> pa.Array:
    """The bytes from `starts` to `stops`, positions in `data` (an Arrow buffer, or numpy bytes), as a text for each pair.

    The stretches must be in order and not overlap.
    """
    # An array whose odd members are the gaps between the pieces refers to the bytes themselves; taking the others copies them once.
    if not len(starts):
        return pa.array([], pa.string())
    offsets = np.empty(2 * len(starts), np.int32)
    offsets[0::2], offsets[1::2] = starts, stops
    buffer = pa.py_buffer(np.ascontiguousarray(data)) if isinstance(data, np.ndarray) else data
    whole = pa.StringArray.from_buffers(2 * len(starts) - 1, pa.py_buffer(offsets), buffer)
    return whole.take(pa.array(np.arange(0, 2 * len(starts), 2)))


def texts_of_bytes(data: np.ndarray, offsets: np.ndarray) -> pa.Array:
    """The text column whose row `i` has the bytes from `offsets[i]` to `offsets[i + 1]`."""
    held = pa.py_buffer(np.ascontiguousarray(data))
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets.astype(np.int32, copy=False)), held)


def valid_texts(made: pa.Array, source: pa.Array, slow: Callable[[str], str]) -> pa.Array:
    """The texts, which numpy made of those of `source`; where some are not UTF-8, those beyond ASCII are made anew by a plain function."""
    try:
        made.validate(full=True)
    except pa.ArrowInvalid:
        offsets = string_offsets(made)
        high = np.searchsorted(np.flatnonzero(string_bytes(made) >= 128), offsets)
        rows = pa.array(np.arange(len(made)))
        return divide(rows, high[1:] == high[:-1], made.take, lambda at: map_distinct(source.take(at), slow, pa.string()))
    return made
