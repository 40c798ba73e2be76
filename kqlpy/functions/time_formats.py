"""Text of moments and timespans in a given format: `format_datetime` and `format_timespan`.

A format is cut into elements once; each element writes its digits for all rows at once into a table of bytes, and
digits that a row does not show (leading zeros of `d`, an empty `F`) are left out at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.civil import civil_from_days
from kqlpy.columns.numpy_bridge import to_numpy
from kqlpy.columns.ticks import TICKS_PER_DAY, TICKS_PER_SECOND
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.time import as_column
from kqlpy.functions.vectors import Value, constant_of

__all__: list[str] = []

class _Moments:
    """A column of ticks under formatting; dates are computed once."""

    def __init__(self, ticks: np.ndarray) -> None:
        self.ticks = ticks

    @cached_property
    def date(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return civil_from_days(self.ticks // TICKS_PER_DAY)

    @cached_property
    def clock(self) -> np.ndarray:
        """Whole seconds of the day."""
        return (self.ticks % TICKS_PER_DAY // TICKS_PER_SECOND).astype(np.uint32)

    @cached_property
    def fraction(self) -> np.ndarray:
        """Ticks of the second."""
        return (self.ticks % TICKS_PER_SECOND).astype(np.uint32)


_Numbers = Callable[[_Moments], Any]


@dataclass(frozen=True, slots=True)
class _Element:
    """A run of one letter: which numbers it shows, in how many digits at least and at most; `gone` leaves it out at zero."""

    numbers: _Numbers
    least: int
    most: int
    gone: bool = False


@scalar("(date: datetime, format: const string) -> string", naming="first", context=True)
def format_datetime(call: Call, date: Value, form: Value) -> pa.Array:
    """The moment as text: `y yy yyyy M MM d dd H HH h hh m mm s ss f..fffffff F..FFFFFFF tt`, other signs as they stand.

    `F` shows nothing when its digits are all zero. The text of null is empty.

    >>> print format_datetime(datetime(2009-06-05 03:04:05.06175), "yyyy-MM-dd [HH:mm:ss.fff] tt")
    2009-06-05 [03:04:05.061] AM
    """
    return _formatted(as_column(date, call.rows), str(constant_of(form)), _DATETIME)


@scalar("(timespan: timespan, format: const string) -> string", naming="first", context=True)
def format_timespan(call: Call, timespan: Value, form: Value) -> pa.Array:
    """The timespan as text: `d..dddddddd` days, `H HH h hh m mm s ss f..fffffff F..FFFFFFF`, other signs as they stand.

    A negative timespan has a minus sign in front. The text of null is empty.

    >>> print format_timespan(time(29.09:00:05.12345), "ddd.h:mm:ss [fffffff]")
    029.9:00:05 [1234500]
    """
    column = as_column(timespan, call.rows)
    text = _formatted(pc.abs(column), str(constant_of(form)), _TIMESPAN)
    minus = pc.fill_null(pc.less(column, 0), False)
    return pc.binary_join_element_wise(pc.if_else(minus, "-", ""), text, "") if pc.any(minus).as_py() else text


def _formatted(column: pa.Array, form: str, letters: dict[str, Callable[[int], _Element | None]]) -> pa.Array:
    rows = len(column)
    moments = _Moments(to_numpy(column))
    pieces = list(_pieces(form, letters))
    width = sum(piece.most if isinstance(piece, _Element) else len(piece.encode()) for piece in pieces)
    if not width or not rows:
        return pa.repeat(pa.scalar(""), rows)
    table, shown, start = np.empty((rows, width), np.uint8), np.ones((rows, width), bool), 0
    for piece in pieces:
        start = _write(piece, moments, table, shown, start)
    if column.null_count:
        shown &= column.is_valid().to_numpy(zero_copy_only=False)[:, None]
    if shown.all():
        offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
        return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(table))
    offsets = np.concatenate([[0], np.cumsum(shown.sum(axis=1))]).astype(np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(table[shown]))


def _pieces(form: str, letters: dict[str, Callable[[int], _Element | None]]) -> Iterator[_Element | str]:
    """The elements of a format, and the text between them; a run longer than any element is several."""
    position = 0
    while position < len(form):
        letter = form[position]
        run = len(form) - position - len(form[position:].lstrip(letter))
        length = run
        element = None
        while letter in letters and length and (element := letters[letter](length)) is None:
            length -= 1
        yield letter if element is None else element
        position += max(length if element is not None else 1, 1)


def _write(piece: _Element | str, moments: _Moments, table: np.ndarray, shown: np.ndarray, start: int) -> int:
    """Write the bytes of a piece for every row from column `start` on, and mark those left out; the column after it."""
    if isinstance(piece, str):
        text = np.frombuffer(piece.encode(), np.uint8)
        table[:, start : start + len(text)] = text
        return start + len(text)
    end = start + piece.most
    rest = piece.numbers(moments).astype(np.uint32)
    if piece is _HALF:
        table[:, start], table[:, start + 1] = np.where(rest < 12, ord("A"), ord("P")), ord("M")
        return end
    if piece.gone:
        shown[:, start:end] = (rest > 0)[:, None]
    for column in range(end - 1, start - 1, -1):
        if column < end - piece.least:
            shown[:, column] = rest > 0
        tens = rest // np.uint32(10)
        table[:, column] = rest - tens * np.uint32(10) + np.uint32(ord("0"))
        rest = tens
    return end


def _two(numbers: _Numbers) -> Callable[[int], _Element | None]:
    """One letter shows the number as it is, two with a leading zero."""
    return lambda length: _Element(numbers, length, 2) if length <= 2 else None


def _fraction(gone: bool) -> Callable[[int], _Element | None]:
    def element(length: int) -> _Element | None:
        if length > 7:
            return None
        unit = 10 ** (7 - length)
        return _Element(lambda moments: moments.fraction // np.uint32(unit), length, length, gone)

    return element


def _year(length: int) -> _Element | None:
    if length == 4:
        return _Element(lambda moments: moments.date[0], 4, 4)
    return _Element(lambda moments: moments.date[0] % 100, length, 2) if length <= 2 else None


def _days(length: int) -> _Element | None:
    return _Element(lambda moments: moments.ticks // TICKS_PER_DAY, length, 8) if length <= 8 else None


def _hour(moments: _Moments) -> Any:
    return moments.clock // np.uint32(3600)


_HALF = _Element(_hour, 2, 2)
_CLOCK: dict[str, Callable[[int], _Element | None]] = {
    "H": _two(_hour),
    "m": _two(lambda moments: moments.clock // np.uint32(60) % np.uint32(60)),
    "s": _two(lambda moments: moments.clock % np.uint32(60)),
    "f": _fraction(gone=False),
    "F": _fraction(gone=True),
}
_DATETIME = {
    **_CLOCK,
    "y": _year,
    "M": _two(lambda moments: moments.date[1]),
    "d": _two(lambda moments: moments.date[2]),
    "h": _two(lambda moments: (_hour(moments) + np.uint32(11)) % np.uint32(12) + np.uint32(1)),
    "t": lambda length: _HALF if length == 2 else None,
}
_TIMESPAN = {**_CLOCK, "h": _two(_hour), "d": _days}
