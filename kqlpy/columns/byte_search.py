"""Searching the bytes of a whole text column at once.

A pass of numpy comparisons over all the bytes finds a needle in 6 to 26 ns a row of 48 bytes, where a regular
expression takes 95 and `bytes.find` 16 plus 100 for every hit. Blocks of 256 kB keep the work in the processor's cache.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa

from kqlpy.columns.numpy_bridge import string_bytes, string_offsets

__all__ = ["at_ends", "find_all", "free_sides"]

_BLOCK = 1 << 18
_LOWER = np.arange(256, dtype=np.uint8)
_LOWER[65:91] += 32
_ASCII_TERM = np.zeros(256, bool)
_ASCII_TERM[[*range(48, 58), *range(65, 91), *range(97, 123)]] = True


def find_all(data: np.ndarray, needle: bytes) -> np.ndarray:
    """The positions of a needle in bytes, overlapping ones too, in order."""
    wanted = np.frombuffer(needle, np.uint8)
    end = len(data) - len(wanted) + 1
    found = [_candidates(data, wanted[:3], start, min(start + _BLOCK, end)) for start in range(0, end, _BLOCK)]
    positions = np.concatenate(found) if found else np.zeros(0, np.int64)
    for index in range(3, len(wanted)):
        if not len(positions):
            break
        positions = positions[data[positions + index] == wanted[index]]
    return positions


def _candidates(data: np.ndarray, wanted: np.ndarray, start: int, end: int) -> np.ndarray:
    """Positions in a block where the needle's first bytes stand."""
    alike = data[start:end] == wanted[0]
    for index in range(1, len(wanted)):
        alike &= data[start + index : end + index] == wanted[index]
    found: np.ndarray = np.flatnonzero(alike) + start
    return found


def at_ends(texts: pa.Array, needle: bytes, *, ignore_case: bool, at_end: bool = False) -> np.ndarray:
    """Whether each text begins (or ends) with a needle; to ignore case, give it in lower case."""
    offsets, data = string_offsets(texts), string_bytes(texts)
    rows = np.flatnonzero(np.diff(offsets) >= len(needle))
    starts = offsets[1:][rows] - len(needle) if at_end else offsets[:-1][rows]
    # The last byte first at an end, the first byte first at a beginning: both keep out most rows at once.
    order = range(len(needle) - 1, -1, -1) if at_end else range(len(needle))
    for index in order:
        here = data[starts + index]
        alike = (_LOWER[here] if ignore_case else here) == needle[index]
        rows, starts = rows[alike], starts[alike]
        if not len(rows):
            break
    found = np.zeros(len(texts), bool)
    found[rows] = True
    return found


def free_sides(
    data: np.ndarray, starts: np.ndarray, length: int, begins: np.ndarray, ends: np.ndarray, *, left: bool, right: bool
) -> np.ndarray:
    """Which hits have no letter or digit beside them within their row, on the sides that are asked for."""
    free = np.ones(len(starts), bool)
    if left:
        free &= (starts == begins) | ~_terms_before(data, np.maximum(starts, 1))
    if right:
        stops = starts + length
        free &= (stops == ends) | ~_terms_at(data, np.minimum(stops, len(data) - 1))
    return free


def _terms_before(data: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Whether the character that ends before each position is a letter or digit."""
    positions = positions - 1
    for _ in range(3):
        continues = (data[positions] & 0xC0) == 0x80
        if not continues.any():
            break
        positions = np.where(continues, np.maximum(positions - 1, 0), positions)
    return _terms_at(data, positions)


def _terms_at(data: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Whether the character that begins at each position is a letter or digit."""
    first = data[positions]
    found: np.ndarray = _ASCII_TERM[first]
    wide = np.flatnonzero(first >= 0x80)
    if len(wide):
        found[wide] = _are_terms(_decode(data, positions[wide]))
    return found


def _decode(data: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The code points whose UTF-8 begins at the positions; they must be beyond ASCII."""
    lead = data[positions].astype(np.int64)
    count = 1 + (lead >= 0xE0) + (lead >= 0xF0)
    points: np.ndarray = lead & (0x3F >> count)
    for step in range(1, 4):
        more = data[np.minimum(positions + step, len(data) - 1)] & 0x3F
        points = np.where(step <= count, (points << 6) | more, points)
    return points


def _are_terms(points: np.ndarray) -> np.ndarray:
    distinct, inverse = np.unique(points, return_inverse=True)
    # Junk bytes of another row may decode to no character at all; whoever asks about them ignores the answer.
    kinds = [point < 0x110000 and unicodedata.category(chr(point))[0] in "LN" for point in distinct.tolist()]
    found: np.ndarray = np.array(kinds, bool)[inverse]
    return found
