"""The hash xxHash64 (seed 0) of whole columns, in numpy: the function behind `hash()`.

Each step of the algorithm is done for all rows at once; a row that has no bytes left for a step keeps its state.
Cost: about 5 ns a row for numbers, 300 ns for short texts.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kqlpy.columns.texts import byte_view

__all__ = ["hash_numbers", "hash_texts"]

_P1, _P2, _P3 = np.uint64(11400714785074694791), np.uint64(14029467366897019727), np.uint64(1609587929392839161)
_P4, _P5 = np.uint64(9650029242287828579), np.uint64(2870177450012600261)
_STRIPE = 32


def hash_numbers(values: np.ndarray) -> np.ndarray:
    """The hashes of 8-byte numbers (int64 or float64) by their bytes, as unsigned numbers."""
    with np.errstate(over="ignore"):
        start = np.full(len(values), _P5 + np.uint64(8))
        return _avalanche(_mix_word(start, values.view(np.uint64)))


def hash_texts(array: pa.Array) -> np.ndarray:
    """The hashes of texts by their UTF-8 bytes, as unsigned numbers."""
    offsets, data = byte_view(array)
    with np.errstate(over="ignore"):
        return _hash_bytes(offsets.astype(np.int64), data)


def _hash_bytes(offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    at, ends = offsets[:-1].copy(), offsets[1:]
    sizes = ends - at
    state = np.where(sizes >= _STRIPE, _long_start(padded, at, ends), _P5) + sizes.astype(np.uint64)
    at += np.where(sizes >= _STRIPE, sizes // _STRIPE * _STRIPE, 0)
    for _ in range(3):
        rows = np.flatnonzero(ends - at >= 8)
        state[rows] = _mix_word(state[rows], _words(padded, at[rows]))
        at[rows] += 8
    rows = np.flatnonzero(ends - at >= 4)
    half = _words(padded, at[rows]) & np.uint64(0xFFFFFFFF)
    state[rows] = _turn(state[rows] ^ half * _P1, 23) * _P2 + _P3
    at[rows] += 4
    for _ in range(3):
        rows = np.flatnonzero(ends > at)
        state[rows] = _turn(state[rows] ^ padded[at[rows]].astype(np.uint64) * _P5, 11) * _P1
        at[rows] += 1
    return _avalanche(state)


def _long_start(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The state after all whole stripes of 32 bytes, of the rows that have one."""
    seeds = (_P1 + _P2, _P2, np.uint64(0), np.uint64(0) - _P1)
    lanes = [np.full(len(starts), seed) for seed in seeds]
    at = starts.copy()
    rows = np.flatnonzero(ends - at >= _STRIPE)
    while len(rows):
        for lane in range(4):
            lanes[lane][rows] = _round(lanes[lane][rows], _words(data, at[rows] + 8 * lane))
        at[rows] += _STRIPE
        rows = rows[ends[rows] - at[rows] >= _STRIPE]
    state: np.ndarray = _turn(lanes[0], 1) + _turn(lanes[1], 7) + _turn(lanes[2], 12) + _turn(lanes[3], 18)
    for words in lanes:
        state = (state ^ _round(np.zeros_like(words), words)) * _P1 + _P4
    return state


def _words(data: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The little-endian 8-byte number at each position."""
    if not len(at):
        return np.zeros(0, np.uint64)
    found: np.ndarray = data[at[:, None] + np.arange(8)].view("<u8").ravel()
    return found


def _turn(value: np.ndarray, bits: int) -> np.ndarray:
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


def _round(state: np.ndarray, word: np.ndarray) -> np.ndarray:
    return _turn(state + word * _P2, 31) * _P1


def _mix_word(state: np.ndarray, word: np.ndarray) -> np.ndarray:
    return _turn(state ^ _round(np.zeros_like(word), word), 27) * _P1 + _P4


def _avalanche(state: np.ndarray) -> np.ndarray:
    state = (state ^ (state >> np.uint64(33))) * _P2
    state = (state ^ (state >> np.uint64(29))) * _P3
    mixed: np.ndarray = state ^ (state >> np.uint64(32))
    return mixed
