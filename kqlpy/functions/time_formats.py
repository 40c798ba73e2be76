"""Text of moments and timespans in a given format: `format_datetime` and `format_timespan`.

A format is cut into elements once; each element writes its digits for all rows at once into a table of bytes, and
digits that a row does not show (leading zeros of `d`, an empty `F`) are left out at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.civil import civil_from_days
from kqlpy.columns.numpy_bridge import to_numpy
from kqlpy.columns.ticks import TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.time import as_column
from kqlpy.functions.vectors import Value, constant_of

__all__: list[str] = []

_Bytes = Any
_Numbers = Callable[[Any], Any]


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
    ticks = to_numpy(column)
    pieces = [_write(piece, ticks) for piece in _pieces(form, letters)]
    if not pieces or not len(ticks):
        return pa.repeat(pa.scalar(""), len(ticks))
    table = np.concatenate([digits for digits, _ in pieces], axis=1)
    kept = np.concatenate([shown for _, shown in pieces], axis=1)
    if column.null_count:
        kept &= column.is_valid().to_numpy(zero_copy_only=False)[:, None]
    offsets = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32)
    return pa.StringArray.from_buffers(len(ticks), pa.py_buffer(offsets), pa.py_buffer(table[kept]))


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


def _write(piece: _Element | str, ticks: Any) -> tuple[_Bytes, Any]:
    """The bytes of a piece for every row, and which of them are shown."""
    rows = len(ticks)
    if isinstance(piece, str):
        text = np.frombuffer(piece.encode(), np.uint8)
        return np.broadcast_to(text, (rows, len(text))), np.ones((rows, len(text)), bool)
    numbers = piece.numbers(ticks)
    digits = np.empty((rows, piece.most), np.uint8)
    shown = np.ones((rows, piece.most), bool)
    if piece is _HALF:
        digits[:, 0], digits[:, 1] = np.where(numbers < 12, ord("A"), ord("P")), ord("M")
        return digits, shown
    rest = numbers
    for column in range(piece.most - 1, -1, -1):
        if column < piece.most - piece.least:
            shown[:, column] = rest > 0
        rest, digit = np.divmod(rest, 10)
        digits[:, column] = digit + ord("0")
    if piece.gone:
        shown[numbers == 0] = False
    return digits, shown


def _two(numbers: _Numbers) -> Callable[[int], _Element | None]:
    """One letter shows the number as it is, two with a leading zero."""
    return lambda length: _Element(numbers, length, 2) if length <= 2 else None


def _fraction(gone: bool) -> Callable[[int], _Element | None]:
    def element(length: int) -> _Element | None:
        unit = 10 ** (7 - length) if length <= 7 else 1
        return _Element(lambda ticks: ticks % TICKS_PER_SECOND // unit, length, length, gone) if length <= 7 else None

    return element


def _year(length: int) -> _Element | None:
    if length == 4:
        return _Element(lambda ticks: civil_from_days(ticks // TICKS_PER_DAY)[0], 4, 4)
    return _Element(lambda ticks: civil_from_days(ticks // TICKS_PER_DAY)[0] % 100, length, 2) if length <= 2 else None


def _days(length: int) -> _Element | None:
    return _Element(lambda ticks: ticks // TICKS_PER_DAY, length, 8) if length <= 8 else None


def _hour(ticks: Any) -> Any:
    return ticks % TICKS_PER_DAY // TICKS_PER_HOUR


_HALF = _Element(_hour, 2, 2)
_CLOCK: dict[str, Callable[[int], _Element | None]] = {
    "H": _two(_hour),
    "m": _two(lambda ticks: ticks % TICKS_PER_HOUR // TICKS_PER_MINUTE),
    "s": _two(lambda ticks: ticks % TICKS_PER_MINUTE // TICKS_PER_SECOND),
    "f": _fraction(gone=False),
    "F": _fraction(gone=True),
}
_DATETIME = {
    **_CLOCK,
    "y": _year,
    "M": _two(lambda ticks: civil_from_days(ticks // TICKS_PER_DAY)[1]),
    "d": _two(lambda ticks: civil_from_days(ticks // TICKS_PER_DAY)[2]),
    "h": _two(lambda ticks: (_hour(ticks) + 11) % 12 + 1),
    "t": lambda length: _HALF if length == 2 else None,
}
_TIMESPAN = {**_CLOCK, "h": _two(_hour), "d": _days}
