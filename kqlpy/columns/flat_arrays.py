"""JSON text of flat arrays, of strings alone or of whole numbers alone, as typed lists: read by array work instead of one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import lanes
from kqlpy.columns.numpy_bridge import string_offsets, used_bytes
from kqlpy.columns.pieces import pieces
from kqlpy.columns.quoting import unquote
from kqlpy.types import Type

__all__ = ["as_lane"]

_STRING = r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt])*"'
_NUMBER = "-?(?:0|[1-9][0-9]{0,17})"
_STRINGS = rf"^\[(?:{_STRING}(?:,{_STRING})*)?\]$"
_NUMBERS = rf"^\[(?:{_NUMBER}(?:,{_NUMBER})*)?\]$"


def as_lane(array: pa.Array) -> pa.Array:
    """The dynamic column as typed lists where all its values are such arrays, or null; otherwise as it is."""
    if not pa.types.is_string(array.type) or not len(array) - array.null_count:
        return array
    first = array.drop_null()[0].as_py()
    if not first.startswith("["):
        return array
    filled = array.fill_null("[]") if array.null_count else array
    for pattern, read in ((_STRINGS, _strings), (_NUMBERS, _numbers)):
        # The first value tells at once which it cannot be.
        if pc.match_substring_regex(pa.scalar(first), pattern).as_py() and pc.all(pc.match_substring_regex(filled, pattern)).as_py():
            return read(filled, array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None)
    return array


def _strings(texts: pa.Array, valid: np.ndarray | None) -> pa.Array:
    data, offsets = used_bytes(texts), string_offsets(texts) - string_offsets(texts)[0]
    quotes = np.flatnonzero(data == ord('"'))
    escapes = bool((data == ord("\\")).any())
    if escapes:
        quotes = quotes[~_escaped(data, quotes)]
    starts, stops = quotes[0::2], quotes[1::2]
    elements = unquote(pieces(data, starts, stops + 1)) if escapes else pieces(data, starts + 1, stops)
    return lanes.make_lane(np.searchsorted(starts, offsets), elements, Type.STRING, valid)


def _escaped(data: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Which places have an odd number of backslashes before them."""
    odd = np.zeros(len(places), bool)
    at, left = places - 1, np.arange(len(places))
    while len(left):
        slash = data[at] == ord("\\")
        left, at = left[slash], at[slash] - 1
        odd[left] = ~odd[left]
    return odd


def _numbers(texts: pa.Array, valid: np.ndarray | None) -> pa.Array:
    parts = pc.split_pattern(pc.utf8_trim(texts, "[]"), ",")
    empty = pc.equal(pc.binary_length(texts), 2).to_numpy(zero_copy_only=False)
    elements = parts.flatten()
    sizes = np.where(empty, 0, pc.list_value_length(parts).to_numpy(zero_copy_only=False))
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    return lanes.make_lane(offsets, elements.filter(pc.not_equal(elements, "")).cast(pa.int64()), Type.LONG, valid)
