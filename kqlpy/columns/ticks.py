"""Datetimes and timespans as counts of 100 ns ticks: their text forms, read and written one value at a time.

A datetime counts from 0001-01-01, a timespan from zero. Here lives everything the query text needs, so nothing
heavy is imported; the same work on whole columns is in `time_kernels.py`, which falls back to these functions.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

__all__ = [
    "EPOCH_TICKS",
    "MAX_DATETIME",
    "MAX_TIMESPAN",
    "MIN_DATETIME",
    "MIN_TIMESPAN",
    "TICKS_PER_DAY",
    "TICKS_PER_HOUR",
    "TICKS_PER_MICROSECOND",
    "TICKS_PER_MILLISECOND",
    "TICKS_PER_MINUTE",
    "TICKS_PER_SECOND",
    "format_datetime_iso",
    "format_timespan",
    "from_civil",
    "parse_datetime",
    "parse_timespan",
    "parse_timespan_literal",
    "to_civil",
]

TICKS_PER_MICROSECOND = 10
TICKS_PER_MILLISECOND = 10_000
TICKS_PER_SECOND = 10_000_000
TICKS_PER_MINUTE = 60 * TICKS_PER_SECOND
TICKS_PER_HOUR = 60 * TICKS_PER_MINUTE
TICKS_PER_DAY = 24 * TICKS_PER_HOUR
EPOCH_TICKS = 621_355_968_000_000_000
"""Ticks at 1970-01-01."""
MIN_DATETIME = 0
MAX_DATETIME = 3_155_378_975_999_999_999
"""Ticks at 9999-12-31T23:59:59.9999999."""
MIN_TIMESPAN = -(2**63)
MAX_TIMESPAN = 2**63 - 1


def from_civil(year: int, month: int, day: int, ticks_of_day: int = 0) -> int | None:
    """Ticks of a calendar date plus a time within it; None when there is no such date."""
    try:
        return (date(year, month, day).toordinal() - 1) * TICKS_PER_DAY + ticks_of_day
    except ValueError:
        return None


def to_civil(ticks: int) -> tuple[int, int, int, int]:
    """Year, month, day and ticks within the day."""
    days, rest = divmod(ticks, TICKS_PER_DAY)
    day = date.fromordinal(days + 1)
    return day.year, day.month, day.day, rest


def format_datetime_iso(ticks: int) -> str:
    """The `tostring()` form of a datetime: `2020-01-02T03:04:05.6000000Z`, always seven fraction digits."""
    year, month, day, rest = to_civil(ticks)
    return f"{year:04}-{month:02}-{day:02}T{_clock(rest)}.{rest % TICKS_PER_SECOND:07}Z"


def format_timespan(ticks: int) -> str:
    """The `tostring()` form of a timespan: `[-][d.]hh:mm:ss[.fffffff]`, without days or fraction when they are zero."""
    days, rest = divmod(abs(ticks), TICKS_PER_DAY)
    fraction = rest % TICKS_PER_SECOND
    return f"{'-' if ticks < 0 else ''}{f'{days}.' if days else ''}{_clock(rest)}{f'.{fraction:07}' if fraction else ''}"


def _clock(ticks_of_day: int) -> str:
    minutes, seconds = divmod(ticks_of_day // TICKS_PER_SECOND, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def parse_datetime(text: str, today: int | None = None) -> int | None:
    """Ticks of any date text that `todatetime()` and `datetime(...)` accept, moved to UTC; None for anything else.

    Read are ISO 8601 with `T` or space, month-first dates (`12-02-2022` is 2 December), dates with an English
    month name, RFC 822 and 850, `20221202`, and the comma form of literals. A time of day without a date is on
    the day of `today` (ticks), and is None when that is not given.
    """
    for pattern in _DATE_PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            return _assemble(match.groupdict(), today)
    return None


def _assemble(parts: dict[str, str | None], today: int | None) -> int | None:
    clock = _ticks_of_day(parts)
    offset = _offset_ticks(parts)
    if clock is None or offset is None:
        return None
    start = _day_start(parts, today)
    if start is None:
        return None
    ticks = start + clock - offset
    return ticks if MIN_DATETIME <= ticks <= MAX_DATETIME else None


def _day_start(parts: dict[str, str | None], today: int | None) -> int | None:
    year, month = parts.get("year"), parts.get("month")
    if year is None or month is None:
        return None if today is None else today - today % TICKS_PER_DAY
    number = int(month) if month.isdigit() else _month_number(month)
    return from_civil(_full_year(year), number, int(parts.get("day") or 1))


def _full_year(text: str) -> int:
    """Two-digit years are in 1950-2049."""
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 50 else 1900)


def _month_number(name: str) -> int:
    """1 to 12 for an English month name in full or cut to three letters; 0 for another word."""
    word = name.lower()
    for number, month in enumerate(_MONTHS, 1):
        if word in (month, month[:3]) or (month == "september" and word == "sept"):
            return number
    return 0


def _ticks_of_day(parts: dict[str, str | None]) -> int | None:
    hour, minute, second = int(parts.get("hour") or 0), int(parts.get("minute") or 0), int(parts.get("second") or 0)
    half = parts.get("half")
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    # Digits beyond the seventh are cut: a tick is the smallest unit.
    fraction = int(((parts.get("fraction") or "") + "0000000")[:7])
    return hour * TICKS_PER_HOUR + minute * TICKS_PER_MINUTE + second * TICKS_PER_SECOND + fraction


def _offset_ticks(parts: dict[str, str | None]) -> int | None:
    """How far the text's zone lies ahead of UTC; None for an unknown zone name or an impossible offset."""
    zone = parts.get("zone")
    if zone is None:
        return 0
    if zone[0] not in "+-":
        hours = _ZONES.get(zone.upper())
        return None if hours is None else hours * TICKS_PER_HOUR
    digits = zone[1:].replace(":", "")
    hour, minute = int(digits[:-2] if len(digits) > 2 else digits), int(digits[-2:] if len(digits) > 2 else 0)
    if hour > 14 or minute > 59:
        return None
    ticks = hour * TICKS_PER_HOUR + minute * TICKS_PER_MINUTE
    return -ticks if zone[0] == "-" else ticks


_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ZONES = {"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}

_TIME = (
    r"(?P<hour>\d{1,2})\s*:\s*(?P<minute>\d{1,2})(?:\s*:\s*(?P<second>\d{1,2})(?:[.,](?P<fraction>\d*))?)?"
    r"(?:\s*(?P<half>[AP]M))?"
)
_ZONE = r"(?:\s*(?P<zone>Z|[A-Z]{2,3}|[+-]\d{1,2}(?::?\d{2})?))?"
_AFTER = rf"(?:(?:\s*T\s*|\s*,\s*|\s+){_TIME}{_ZONE}|\s*(?:Z|GMT|UTC))?"
_WEEKDAY = r"(?:(?:mon|tues?|wed|wednes|thu|thurs?|fri|sat|satur|sun)(?:day)?\s*,?\s*)?"


def _date_pattern(body: str) -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{body})\s*", re.IGNORECASE | re.ASCII)


_DATE_PATTERNS = (
    _date_pattern(rf"(?P<year>\d{{4}})\s*([-/.])\s*(?P<month>\d{{1,2}})\s*\2\s*(?P<day>\d{{1,2}}){_AFTER}"),
    _date_pattern(r"(?P<year>\d{4})-(?P<month>\d\d)"),
    _date_pattern(rf"(?P<month>\d{{1,2}})\s*([-/.])\s*(?P<day>\d{{1,2}})\s*\2\s*(?P<year>\d{{4}}|(?<=/)\d\d){_AFTER}"),
    _date_pattern(rf"{_WEEKDAY}(?P<day>\d{{1,2}})[\s-]+(?P<month>[a-z]{{3,9}})\.?[\s,-]+(?P<year>\d{{4}}|\d\d){_AFTER}"),
    _date_pattern(rf"{_WEEKDAY}(?P<month>[a-z]{{3,9}})\.?[\s-]+(?P<day>\d{{1,2}})[\s,-]+(?P<year>\d{{4}}){_AFTER}"),
    _date_pattern(rf"{_WEEKDAY}(?P<month>[a-z]{{3,9}})\s+(?P<day>\d{{1,2}})\s+{_TIME}{_ZONE}\s+(?P<year>\d{{4}})"),
    _date_pattern(
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
        rf"(?:[T\s]?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?:\.(?P<fraction>\d*))?{_ZONE})?"
    ),
    _date_pattern(rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?:T|\s+){_TIME}{_ZONE}"),
    _date_pattern(
        r"(?P<year>\d{4})\s*,\s*(?P<month>\d{1,2})\s*,\s*(?P<day>\d{1,2})"
        r"(?:\s*,\s*(?P<hour>\d{1,2})\s*,\s*(?P<minute>\d{1,2})(?:\s*,\s*(?P<second>\d{1,2})(?:\.(?P<fraction>\d*))?)?)?"
    ),
    _date_pattern(rf"{_TIME}{_ZONE}"),
)


def parse_timespan(text: str) -> int | None:
    """Ticks of any text that `totimespan()` accepts: `[-][d.]hh:mm[:ss[.fffffff]]` or a number with a unit.

    A bare number is None here; inside a literal it means days, see `parse_timespan_literal`.
    """
    match = _CLOCK_SPAN.fullmatch(text)
    if match is not None:
        return _span(match["sign"], _clock_span(match.groupdict()))
    match = _UNIT_SPAN.fullmatch(text)
    if match is not None:
        unit = _UNITS.get(match["unit"])
        return None if unit is None else _span(match["sign"], int(Fraction(match["number"]) * unit))
    return None


def parse_timespan_literal(text: str) -> int | None:
    """Ticks of a timespan literal: `1.5h`, `10 microseconds`, `0.12:34:56.7`, or a bare number of days."""
    match = _BARE_NUMBER.fullmatch(text)
    if match is not None:
        return _span(match["sign"], int(Fraction(match["number"]) * TICKS_PER_DAY))
    return parse_timespan(text)


def _clock_span(parts: dict[str, str | None]) -> int | None:
    clock = _ticks_of_day(parts)
    return None if clock is None else int(parts["days"] or 0) * TICKS_PER_DAY + clock


def _span(sign: str | None, ticks: int | None) -> int | None:
    if ticks is None:
        return None
    ticks = -ticks if sign == "-" else ticks
    return ticks if MIN_TIMESPAN <= ticks <= MAX_TIMESPAN else None


_SIGN = r"\s*(?P<sign>[+-]?)\s*"
_CLOCK_SPAN = re.compile(
    rf"{_SIGN}(?:(?P<days>\d{{1,20}})(?:\.|:(?=\d+:\d+:\d+)))?(?P<hour>\d{{1,2}}):(?P<minute>\d{{1,2}})"
    r"(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,40}))?)?\s*",
    re.ASCII,
)
_UNIT_SPAN = re.compile(rf"{_SIGN}(?P<number>\d{{1,20}}(?:\.\d{{1,40}})?)\s*(?P<unit>[a-z]+)\s*", re.ASCII)
_BARE_NUMBER = re.compile(rf"{_SIGN}(?P<number>\d{{1,20}}(?:\.\d{{1,40}})?)\s*", re.ASCII)
_UNITS: dict[str, Fraction] = {
    name: Fraction(ticks) * Fraction(1, 100 if names.startswith("nano") else 1)
    for names, ticks in (
        ("d day days", TICKS_PER_DAY),
        ("h hr hrs hour hours", TICKS_PER_HOUR),
        ("m min minute minutes", TICKS_PER_MINUTE),
        ("s sec second seconds", TICKS_PER_SECOND),
        ("ms milli millis millisecond milliseconds", TICKS_PER_MILLISECOND),
        ("micro micros microsecond microseconds", TICKS_PER_MICROSECOND),
        ("nano nanos nanosecond nanoseconds", 1),
        ("tick ticks", 1),
    )
    for name in names.split()
}
