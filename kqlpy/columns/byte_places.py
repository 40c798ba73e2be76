"""Places in the bytes of a text column: where a row goes on behind a sign, and how it falls into parts.

A row is a stretch of the bytes; `starts` and `ends` bound one for each row, in order. Each sign costs a pass over the bytes (about 0.5 ns a byte).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kqlpy.columns.numpy_bridge import string_offsets, used_bytes

__all__ = ["Rows", "rows_of_bytes"]


class Rows:
    """The bytes of some texts, with memory of where signs stand in them."""

    def __init__(self, data: np.ndarray, offsets: np.ndarray) -> None:
        self.data = data
        self.starts, self.ends = offsets[:-1], offsets[1:]
        self._signs: dict[str, np.ndarray] = {}

    def signs(self, sign: str) -> np.ndarray:
        """All positions of a one-byte sign."""
        if sign not in self._signs:
            self._signs[sign] = np.flatnonzero(self.data == ord(sign))
        return self._signs[sign]

    def first(self, sign: str, at: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """For each row the first position of a sign from `at` on; `ends` where there is none before."""
        positions = np.append(self.signs(sign), len(self.data))
        found: np.ndarray = np.minimum(positions[np.searchsorted(positions, at)], ends)
        return found

    def parts(self, signs: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the parts of each row between separators start and stop, without empty ones, and the row of each."""
        inside = np.searchsorted(starts, signs, "right") - 1
        signs = signs[(inside >= 0) & (signs < ends[np.maximum(inside, 0)])]
        begins, stops = np.sort(np.concatenate([starts, signs + 1]), kind="stable"), np.sort(np.concatenate([signs, ends]), kind="stable")
        kept = stops > begins
        begins, stops = begins[kept], stops[kept]
        return begins, stops, np.searchsorted(starts, begins, "right") - 1


def rows_of_bytes(texts: pa.Array) -> Rows:
    """The rows of a text column."""
    offsets = string_offsets(texts).astype(np.int64)
    return Rows(used_bytes(texts), offsets - offsets[0])
