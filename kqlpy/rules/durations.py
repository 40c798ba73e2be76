"""Lengths of time as rules write them: `1d`, `24h`, `1h10m`, and ISO 8601 `PT5H`."""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["parse_duration"]

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_SHORT = re.compile(r"(?:\d+[dhms])+")
_ISO = re.compile(r"p(?=\d|t\d)(?:\d+d)?(?:t(?:\d+h)?(?:\d+m)?(?:\d+s)?)?")


def parse_duration(text: str) -> dt.timedelta | None:
    """The length of time that a text names; None for another form.

    >>> parse_duration("1h10m") == parse_duration("PT70M")
    True
    """
    lowered = text.strip().lower()
    if not (_SHORT.fullmatch(lowered) or _ISO.fullmatch(lowered)):
        return None
    total = dt.timedelta()
    for count, unit in re.findall(r"(\d+)([dhms])", lowered):
        try:
            total += dt.timedelta(**{_UNITS[unit]: int(count)})
        except OverflowError:
            return None
    return total
