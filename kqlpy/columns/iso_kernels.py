"""ISO 8601 datetimes of one length, read by array arithmetic instead of one by one.

The first row says which form the rows have: date only, to the minute, to the second, or with a fraction; followed by
`Z`, an offset such as `+02:00`, or nothing. Rows of another form are reported as not read, never misread.
"""

from __future__ import annotations

import numpy as np

from kqlpy.columns.civil import days_from_civil
from kqlpy.columns.ticks import (
    MAX_DATETIME,
    MIN_DATETIME,
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    TICKS_PER_MINUTE,
    TICKS_PER_SECOND,
)

__all__ = ["parse_uniform"]


def parse_uniform(text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ticks of each row of a byte matrix, and a mask of the rows that were read."""
    rows, length = text.shape
    suffix = _suffix_length(text[0])
    body = length - suffix
    if body not in (10, 16, 19) and body < 21:
        return np.zeros(rows, np.int64), np.zeros(rows, bool)
    read = _Reader(text)
    ticks = read.day() * TICKS_PER_DAY
    if body > 10:
        ticks += read.clock(body)
    if suffix:
        ticks -= read.offset(body, suffix)
    read.good &= (ticks >= MIN_DATETIME) & (ticks <= MAX_DATETIME)
    return ticks, read.good


def _suffix_length(first: np.ndarray) -> int:
    if first[-1] in b"Zz":
        return 1
    return 6 if len(first) >= 22 and first[-6] in b"+-" and first[-3] == ord(":") else 0


class _Reader:
    """Reads numbers out of the columns of the matrix and notes in `good` which rows had digits and separators there."""

    def __init__(self, text: np.ndarray) -> None:
        self.columns = np.ascontiguousarray(text.T)
        self.good = np.ones(len(text), bool)

    def day(self) -> np.ndarray:
        """Days since 0001-01-01 from `yyyy-MM-dd`."""
        year, month, day = self.number(0, 4), self.number(5, 2), self.number(8, 2)
        self.expect(4, b"-")
        self.expect(7, b"-")
        self.good &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
        month = month.clip(1, 12)
        leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        self.good &= day <= _MONTH_DAYS[month - 1] + (leap & (month == 2))
        return days_from_civil(year.clip(1), month, day)

    def clock(self, body: int) -> np.ndarray:
        """Ticks of the day from `hh:mm[:ss[.fffffff]]` after position 10."""
        self.expect(10, b"T t")
        self.expect(13, b":")
        hour, minute = self.number(11, 2), self.number(14, 2)
        self.good &= (hour < 24) & (minute < 60)
        ticks: np.ndarray = hour * TICKS_PER_HOUR + minute * TICKS_PER_MINUTE
        if body > 16:
            self.expect(16, b":")
            second = self.number(17, 2)
            self.good &= second < 60
            ticks += second * TICKS_PER_SECOND
        return ticks + self.fraction(body) if body > 19 else ticks

    def fraction(self, body: int) -> np.ndarray:
        """Ticks of the fraction; digits beyond the seventh must be digits but do not count."""
        self.expect(19, b".,")
        digits = body - 20
        ticks: np.ndarray = self.number(20, min(digits, 7)) * 10 ** max(7 - digits, 0)
        if digits > 7:
            self.number(27, digits - 7)
        return ticks

    def offset(self, body: int, suffix: int) -> np.ndarray:
        """How far the zone lies ahead of UTC, in ticks."""
        if suffix == 1:
            self.expect(body, b"Zz")
            return np.zeros(len(self.good), np.int64)
        self.expect(body, b"+-")
        self.expect(body + 3, b":")
        hour, minute = self.number(body + 1, 2), self.number(body + 4, 2)
        self.good &= (hour <= 14) & (minute < 60)
        ahead = hour * TICKS_PER_HOUR + minute * TICKS_PER_MINUTE
        found: np.ndarray = np.where(self.columns[body] == ord("-"), -ahead, ahead)
        return found

    def number(self, start: int, width: int) -> np.ndarray:
        total = np.zeros(len(self.good), np.int64)
        for column in self.columns[start : start + width]:
            digit = column - np.uint8(ord("0"))
            self.good &= digit <= 9
            total = total * 10 + digit
        return total

    def expect(self, position: int, allowed: bytes) -> None:
        column = self.columns[position]
        match = column == allowed[0]
        for letter in allowed[1:]:
            match |= column == letter
        self.good &= match


_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
