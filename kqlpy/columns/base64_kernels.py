"""Columns of texts to and from base64: all bytes of a column go through one call of Python's `binascii`."""

from __future__ import annotations

import binascii

import numpy as np
import pyarrow as pa

from kqlpy.columns.numpy_bridge import string_offsets, used_bytes
from kqlpy.columns.pieces import pieces

__all__ = ["PLAIN_BASE64", "decode_base64", "encode_base64"]

PLAIN_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
"""Texts that `decode_base64` reads. Python reads some more."""


def decode_base64(texts: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The bytes of all rows, and where those of each row start and stop; all texts must match `PLAIN_BASE64`."""
    data = used_bytes(texts)
    offsets = string_offsets(texts).astype(np.int64) - string_offsets(texts)[0]
    signs = np.searchsorted(np.flatnonzero(data == ord("=")), offsets)
    # As zero bits the padding leaves each row a whole number of bytes, so that the rows can be read as one.
    found = np.frombuffer(binascii.a2b_base64(data.tobytes().replace(b"=", b"A")), np.uint8)
    places = offsets // 4 * 3
    return found, places[:-1], places[1:] - np.diff(signs)


def encode_base64(texts: pa.Array) -> pa.Array:
    """The UTF-8 bytes of each text in base64."""
    data, offsets = used_bytes(texts), string_offsets(texts).astype(np.int64)
    lengths = np.diff(offsets)
    groups = (lengths + 2) // 3
    places = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(groups, out=places[1:])
    padded = np.zeros(int(places[-1]) * 3, np.uint8)
    padded[np.arange(len(data)) + np.repeat(places[:-1] * 3 - (offsets[:-1] - offsets[0]), lengths)] = data
    written = np.frombuffer(binascii.b2a_base64(padded.tobytes(), newline=False), np.uint8).copy()
    missing, ends = groups * 3 - lengths, places[1:] * 4
    written[ends[missing > 0] - 1] = ord("=")
    written[ends[missing > 1] - 2] = ord("=")
    return pieces(written, places[:-1] * 4, ends)
