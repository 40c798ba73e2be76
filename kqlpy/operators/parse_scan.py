"""Finds the texts of a `parse` pattern in a whole column of texts, and what stands between them.

Each text is searched in the bytes of all rows at once, and each row takes the first hit behind the text before it; so the cost is one pass of
numpy over the column for each text of the pattern (about 20 ns a row of 48 bytes), and a copy of what is captured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.byte_search import find_all
from kqlpy.columns.numpy_bridge import string_bytes, string_offsets
from kqlpy.types import Type

__all__ = ["SHAPES", "Piece", "Scanned", "between", "scan"]

Piece = str | Type | None
"""A piece of a pattern: a text, a column of a type, or None for `*`. (A `Type` is a text too: ask for it first.)"""

_INTEGER = "[-+]?[0-9]+"
_REAL = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
SHAPES = {
    Type.INT: _INTEGER,
    Type.LONG: _INTEGER,
    Type.REAL: _REAL,
    Type.DECIMAL: _REAL,
    Type.BOOL: "(?i:true|false|[01])",
    Type.GUID: "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
}
"""What a value of a type looks like inside a text."""
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_OPEN_SHAPES = {
    Type.DATETIME: rf"[0-9]{{1,4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,4}}(?:[T ]{_CLOCK}(?: ?[AaPp][Mm])?)?(?:Z|[-+][0-9]{{2}}:?[0-9]{{2}})?",
    Type.TIMESPAN: rf"-?(?:[0-9]+\.)?{_CLOCK}|-?[0-9]+(?:\.[0-9]+)?(?:d|h|ms|m|s)",
}
"""The same where a `*` follows and nothing else tells where the value ends."""
_LONGEST_SHAPE = 64


@dataclass(frozen=True, slots=True)
class Scanned:
    """Which rows matched, what each column captured (the empty text elsewhere), and rows where a value before `*` had not its shape."""

    matched: np.ndarray
    captured: list[pa.Array]
    misshapen: np.ndarray


def scan(pieces: tuple[Piece, ...], texts: pa.Array, *, relaxed: bool = False) -> Scanned:
    """The pattern in each text; a text at its beginning or end must stand at the beginning or end of the row."""
    scanner = _Scanner(texts, relaxed)
    for index, piece in enumerate(pieces):
        follower = pieces[index + 1] if index + 1 < len(pieces) else ""
        if piece is None:
            scanner.free = True
        elif isinstance(piece, Type):
            scanner.column(piece if follower is None and piece is not Type.STRING else None)
        else:
            scanner.text(piece.encode(), last=index == len(pieces) - 1)
    return scanner.finish()


class _Scanner:
    """Where the scan stands in each row: `at`, a position in the bytes of the column.

    `opened` is where an open column began; `free` says that the next text may stand anywhere behind `at`.
    """

    def __init__(self, texts: pa.Array, relaxed: bool) -> None:
        self.texts = texts
        self.relaxed = relaxed
        offsets = string_offsets(texts).astype(np.int64)
        self.begins, self.ends = offsets[:-1], offsets[1:]
        self.data = string_bytes(texts)[: int(offsets[-1])]
        self.at = self.begins
        self.alive = np.ones(len(texts), bool)
        self.misshapen = np.zeros(len(texts), bool)
        self.captured: list[tuple[np.ndarray, np.ndarray]] = []
        self.opened: np.ndarray | None = None
        self.free = False

    def column(self, shaped: Type | None) -> None:
        """A column that ends where the next text begins, or (`shaped`) where a value of its type ends."""
        if shaped is None:
            self.opened, self.free = self.at, True
            return
        lengths = self._shape_lengths(SHAPES.get(shaped) or _OPEN_SHAPES.get(shaped) or ".*")
        if not self.relaxed:
            self.misshapen |= self.alive & (lengths < 0)
            self.alive &= lengths >= 0
        stop = self.at + np.maximum(lengths, 0)
        self.captured.append((self.at, stop))
        self.at = stop

    def text(self, needle: bytes, *, last: bool) -> None:
        """A text of the pattern; closes the column before it."""
        if last:
            found = np.maximum(self.ends - len(needle), self.at)
            if not self.free:
                self.alive &= found == self.at
        else:
            found = self._next(needle) if self.free else self.at
        self.alive &= found + len(needle) <= self.ends
        if last or not self.free:
            self._compare(found, needle)
        if self.opened is not None:
            self.captured.append((self.opened, found))
        self.at = np.where(self.alive, found + len(needle), self.at)
        self.opened, self.free = None, False

    def finish(self) -> Scanned:
        """A column still open takes the rest of the text."""
        if self.opened is not None:
            self.captured.append((self.opened, self.ends))
        elif not self.free:
            self.alive &= self.at == self.ends
        columns = [between(self.texts, np.where(self.alive, a, self.begins), np.where(self.alive, b, self.begins)) for a, b in self.captured]
        return Scanned(self.alive, columns, self.misshapen)

    def _next(self, needle: bytes) -> np.ndarray:
        """The first hit behind `at` in each row; beyond the row's end where there is none."""
        if not needle:
            return self.at
        low = int(self.begins[0]) if len(self.begins) else 0
        hits = np.append(find_all(self.data[low:], needle) + low, np.iinfo(np.int64).max // 2)
        found: np.ndarray = hits[np.searchsorted(hits, self.at)]
        return found

    def _compare(self, positions: np.ndarray, needle: bytes) -> None:
        rows = np.flatnonzero(self.alive)
        at = positions[rows]
        for index, byte in enumerate(needle):
            same = self.data[at + index] == byte
            rows, at = rows[same], at[same]
            if not len(rows):
                break
        self.alive = np.zeros(len(self.alive), bool)
        self.alive[rows] = True

    def _shape_lengths(self, shape: str) -> np.ndarray:
        """How many bytes from `at` on look like a value, or -1."""
        stops = np.minimum(self.ends, self.at + _LONGEST_SHAPE)
        heads = between(self.texts, self.at, stops)
        found = pc.struct_field(pc.extract_regex(heads, rf"(?s)\A(?P<value>{shape})"), [0])
        lengths: np.ndarray = pc.fill_null(pc.binary_length(found), -1).to_numpy(zero_copy_only=False).astype(np.int64)
        return lengths


def between(texts: pa.Array, starts: np.ndarray, stops: np.ndarray) -> pa.Array:
    """The bytes from `starts` to `stops` of each row, positions in the bytes of the column, as a new column."""
    # An array whose odd members are the gaps between the pieces refers to the column's own bytes; taking the others copies them once.
    if not len(starts):
        return pa.array([], pa.string())
    offsets = np.empty(2 * len(starts), np.int32)
    offsets[0::2], offsets[1::2] = starts, stops
    pieces = pa.StringArray.from_buffers(2 * len(starts) - 1, pa.py_buffer(offsets), texts.buffers()[2])
    return pieces.take(pa.array(np.arange(0, 2 * len(starts), 2)))
