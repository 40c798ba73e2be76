"""Numbers and bytes as hexadecimal text, whole columns at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kqlpy.columns.pieces import texts_of_bytes

__all__ = ["guid_texts", "hex_bytes", "hex_digits"]

_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_PAIRS = np.array([_DIGITS[np.arange(256) >> 4], _DIGITS[np.arange(256) & 15]]).T.copy().view(np.uint16)[:, 0]


def hex_bytes(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A table of bytes as one of twice as many digits."""
    return np.ascontiguousarray(_PAIRS[data]).view(np.uint8)


def hex_digits(numbers: npt.NDArray[np.signedinteger], least: npt.NDArray[np.int64] | int) -> pa.Array:
    """Each number (of its 32 or 64 bits) in hexadecimal, with zeros in front up to `least` digits, of which at most 16 count."""
    bits = numbers.astype(numbers.dtype, copy=False).view(np.uint32 if numbers.dtype.itemsize == 4 else np.uint64).astype(">u8")
    table = hex_bytes(bits.view(np.uint8).reshape(-1, 8))
    width = np.ones(len(bits), np.int64)
    for digit in range(1, 16):
        width += bits >= 1 << 4 * digit
    width = np.maximum(width, np.minimum(least, 16))
    offsets = np.concatenate([[0], np.cumsum(width)])
    return texts_of_bytes(table[np.arange(15, -1, -1) < width[:, None]], offsets)


def guid_texts(data: npt.NDArray[np.uint8]) -> pa.Array:
    """The guids whose 16 bytes, in the order in which they are written, are the rows of a table."""
    digits = hex_bytes(data)
    table = np.full((len(data), 36), ord("-"), np.uint8)
    for start, stop, place in ((0, 8, 0), (8, 12, 9), (12, 16, 14), (16, 20, 19), (20, 32, 24)):
        table[:, place : place + stop - start] = digits[:, start:stop]
    return texts_of_bytes(table.reshape(-1), np.arange(len(data) + 1) * 36)
