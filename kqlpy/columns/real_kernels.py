"""Columns of reals to their `tostring()` text; one value at a time is in `reals.py`, which says how it must look."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.numpy_bridge import string_bytes, string_offsets, to_numpy
from kqlpy.columns.reals import format_real

__all__ = ["format_reals"]

_EXACT_INTEGERS = 2.0**53


def format_reals(array: pa.Array) -> pa.Array:
    """The `tostring()` text of each real; null stays null."""
    values = to_numpy(array)
    with np.errstate(invalid="ignore"):
        whole = (np.abs(values) < _EXACT_INTEGERS) & (values == np.trunc(values))
    if array.null_count:
        whole &= to_numpy(array.is_valid())
    if whole.all():
        return _format_whole(values, whole)
    text = array.cast(pa.string())
    if whole.any():
        text = pc.if_else(pa.array(whole), _format_whole(values, whole), text)
    text = _adjust_last_digits(text, values, ~whole)
    # Beyond plain digits Arrow writes other exponents; such numbers are rare and cost 2 us each.
    odd = ~whole & (~np.isfinite(values) | (np.abs(values) >= 1e10) | (np.abs(values) < 1e-4))
    if not odd.any():
        return text
    others = pa.array([None if value is None else format_real(value) for value in array.filter(odd).to_pylist()], pa.string())
    return pc.replace_with_mask(text, pa.array(odd), others)


def _format_whole(values: np.ndarray, whole: np.ndarray) -> pa.Array:
    """Digits and `.0`, with the sign of a negative zero."""
    digits = pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
    sign = pc.if_else(pa.array((values == 0) & np.signbit(values)), "-", "")
    return pc.binary_join_element_wise(sign, digits, ".0", "")


def _adjust_last_digits(text: pa.Array, values: np.ndarray, rows: np.ndarray) -> pa.Array:
    """The engine's choice of the last digit, where several would do (see `reals.py`), for the numbers in `rows`."""
    lengths = to_numpy(pc.binary_length(text))
    rows = rows & (lengths >= 17)
    if not rows.any():
        return text
    points = to_numpy(pc.find_substring(text, "."))
    decimals = lengths - points - 1
    chosen = np.flatnonzero(rows & (points > 0) & (decimals - _scale_exponents(values) >= 9))
    if not len(chosen):
        return text
    found = text.take(pa.array(chosen))
    active = np.arange(len(chosen))
    while len(active):
        bumped, possible = _bump(found.take(pa.array(active)))
        alike = possible & (to_numpy(_append(bumped, "001").cast(pa.float64())) == values[chosen[active]])
        active = active[alike]
        mask = np.zeros(len(found), bool)
        mask[active] = True
        found = pc.replace_with_mask(found, pa.array(mask), bumped.filter(pa.array(alike)))
    mask = np.zeros(len(text), bool)
    mask[chosen] = True
    return pc.replace_with_mask(text, pa.array(mask), found)


def _scale_exponents(values: np.ndarray) -> np.ndarray:
    """`reals.scale_exponent` of every value."""
    estimate = (3 - np.frexp(values)[1]) * 0.30102999566398114 + 347
    found: np.ndarray = ((np.ceil(estimate).astype(np.int64) >> 3) + 1) * 8 - 348
    return found


def _bump(text: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The texts with their last digit raised by one, and whether it could be."""
    offsets, data = string_offsets(text), string_bytes(text).copy()
    last = offsets[1:] - 1
    possible = data[last] < ord("9")
    data[last[possible]] += 1
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(offsets), pa.py_buffer(data)), possible


def _append(text: pa.Array, suffix: str) -> pa.Array:
    return pc.binary_join_element_wise(text, suffix, "")
