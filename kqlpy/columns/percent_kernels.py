"""Columns of texts with `%xx` for some bytes, as in URLs, written and read by array work over the bytes of all rows."""

from __future__ import annotations

from urllib.parse import unquote_plus

import numpy as np
import pyarrow as pa

from kqlpy.columns.numpy_bridge import string_offsets, used_bytes
from kqlpy.columns.pieces import texts_of_bytes, valid_texts

__all__ = ["percent_decode", "percent_encode"]

_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_KEPT = np.zeros(256, bool)
_KEPT[[*b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!*()"]] = True
_VALUE = np.full(256, 255, np.uint8)
_VALUE[[*b"0123456789abcdef"]] = np.arange(16)
_VALUE[[*b"ABCDEF"]] = np.arange(10, 16)


def percent_encode(texts: pa.Array, *, plus: bool) -> pa.Array:
    """Each text with all bytes but letters, digits and `-_.!*()` as `%xx`, in lower case; with `plus`, a space is `+`."""
    data, offsets = used_bytes(texts), string_offsets(texts)
    wide = ~_KEPT[data]
    if plus:
        wide &= data != ord(" ")
        data = np.where(data == ord(" "), np.uint8(ord("+")), data)
    odd = np.flatnonzero(wide)
    if not len(odd):
        return texts_of_bytes(data, offsets - offsets[0])
    # Two bytes more for each odd one before: where each byte goes.
    before = np.searchsorted(odd, offsets - offsets[0])
    written = np.repeat(data, np.where(wide, 3, 1))
    at = odd + 2 * np.arange(len(odd))
    written[at], written[at + 1], written[at + 2] = ord("%"), _DIGITS[data[odd] >> 4], _DIGITS[data[odd] & 15]
    return texts_of_bytes(written, offsets - offsets[0] + 2 * before)


def percent_decode(texts: pa.Array) -> pa.Array:
    """Each text with `%xx` and `+` decoded; what is not UTF-8 afterwards has replacement characters."""
    data, offsets = used_bytes(texts), string_offsets(texts)
    offsets = offsets - offsets[0]
    data = np.where(data == ord("+"), np.uint8(ord(" ")), data)
    signs = np.flatnonzero(data == ord("%"))
    ends = offsets[np.searchsorted(offsets, signs, "right")]
    signs = signs[signs + 2 < ends]
    high, low = _VALUE[data[signs + 1]], _VALUE[data[signs + 2]]
    good = (high < 16) & (low < 16)
    signs, high, low = signs[good], high[good], low[good]
    if not len(signs):
        return texts_of_bytes(data, offsets)
    data[signs] = high << 4 | low
    kept = np.ones(len(data), bool)
    kept[signs + 1] = kept[signs + 2] = False
    made = texts_of_bytes(data[kept], offsets - 2 * np.searchsorted(signs, offsets))
    return valid_texts(made, texts, unquote_plus)
