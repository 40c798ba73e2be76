"""Arrow arrays of numbers to numpy and back, with their nulls beside them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

__all__ = ["from_numpy", "string_bytes", "string_offsets", "to_numpy", "used_bytes", "valid_mask"]


def to_numpy(array: pa.Array) -> np.ndarray:
    """The values of a column of numbers or booleans; 0 (False) stands where it is null. Without nulls nothing is copied."""
    if array.null_count:
        array = array.fill_null(False if pa.types.is_boolean(array.type) else 0)
    found: np.ndarray = array.to_numpy(zero_copy_only=False)
    return found


def valid_mask(array: pa.Array) -> np.ndarray | None:
    """True for each row that is not null; None when no row is null."""
    if array.null_count == 0:
        return None
    found: np.ndarray = array.is_valid().to_numpy(zero_copy_only=False)
    return found


def from_numpy(values: np.ndarray, valid: np.ndarray | None) -> pa.Array:
    """An Arrow array from values and the mask that `valid_mask` gives."""
    return pa.array(values, mask=None if valid is None else ~valid)


def string_offsets(array: pa.Array) -> np.ndarray:
    """The `rows + 1` byte offsets of a string array into `string_bytes`; a null row is empty or holds junk."""
    if len(array) == 0:
        return np.zeros(1, np.int32)
    return np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]


def string_bytes(array: pa.Array) -> np.ndarray:
    """All bytes behind a string array, which may be more than its rows use when it is a slice."""
    data = array.buffers()[2]
    return np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)


def used_bytes(array: pa.Array) -> np.ndarray:
    """The bytes behind the rows of a string array; a null row may have junk among them."""
    offsets = string_offsets(array)
    return string_bytes(array)[offsets[0] : offsets[-1]]
