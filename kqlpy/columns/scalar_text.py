"""Numbers, booleans and guids read from text, one value at a time, as the `to...()` functions read them.

Text that is nothing of the kind is None. Columns are read in `text_kernels.py`, datetimes and timespans in `ticks.py`.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, localcontext

__all__ = [
    "MAX_INT",
    "MAX_LONG",
    "MIN_INT",
    "MIN_LONG",
    "fit_decimal",
    "format_decimal",
    "parse_bool",
    "parse_decimal",
    "parse_guid",
    "parse_int",
    "parse_long",
    "parse_real",
]

MIN_INT, MAX_INT = -(2**31), 2**31 - 1
MIN_LONG, MAX_LONG = -(2**63), 2**63 - 1
_SPACE = " \t\n\r\v\f"

_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_HEX = re.compile(r"0[xX]0*([0-9a-fA-F]{1,16})", re.ASCII)
_REAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?", re.ASCII)
# "INF" and "NAN" are null (oracle: fuzz-type-casts-coercion-1f163a83).
_NAMED_REALS = {"NaN": float("nan"), "nan": float("nan")} | {
    sign + name: float(f"{sign}inf") for sign in ("", "+", "-") for name in ("inf", "Infinity")
}


def parse_long(text: str) -> int | None:
    """A long from digits with a sign, or from `0x` and the hexadecimal digits of its 64 bits; spaces around are ignored."""
    return _parse_integer(text, 64)


def parse_int(text: str) -> int | None:
    """An int like `parse_long`, in 32 bits."""
    return _parse_integer(text, 32)


def _parse_integer(text: str, bits: int) -> int | None:
    text = text.strip(_SPACE)
    limit = 1 << (bits - 1)
    if _INTEGER.fullmatch(text):
        number = int(text)
        return number if -limit <= number < limit else None
    match = _HEX.fullmatch(text)
    if match is None or int(match[1], 16) >= 2 * limit:
        return None
    number = int(match[1], 16)
    return number - 2 * limit if number >= limit else number


def parse_real(text: str) -> float | None:
    """A real from decimal digits with point and exponent, or one of the words NaN, nan, inf, Infinity with a sign."""
    text = text.strip(_SPACE)
    if _REAL.fullmatch(text):
        return float(text)
    return _NAMED_REALS.get(text)


def parse_bool(text: str) -> bool | None:
    """A bool from `true` or `false` in any case, or from an integer, which is true unless it is 0."""
    word = text.lower()
    if word in ("true", "false"):
        return word == "true"
    # Spaces around make it null (oracle: fuzz-type-casts-coercion-f9872efd).
    number = parse_long(text) if text and text.strip(_SPACE) == text else None
    return None if number is None else number != 0


def parse_guid(text: str) -> str | None:
    """A guid in its lower-case form with dashes, from 32 hexadecimal digits with dashes anywhere or braces around."""
    text = text.strip(_SPACE)
    if text[:1] + text[-1:] in ("{}", "()"):
        text = text[1:-1]
    digits = text.replace("-", "").lower()
    if len(digits) != 32 or not _HEX_DIGITS.issuperset(digits):
        return None
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


_HEX_DIGITS = frozenset("0123456789abcdef")


def parse_decimal(text: str) -> Decimal | None:
    """A decimal from digits with point and exponent; None when it has more than 38 digits before the point."""
    text = text.strip(_SPACE)
    return fit_decimal(Decimal(text)) if _REAL.fullmatch(text) else None


_WIDE = Context(prec=80)
_LAST_PLACE = Decimal(1).scaleb(-38)
_LIMIT = Decimal(10) ** 38


def fit_decimal(value: Decimal) -> Decimal | None:
    """The decimal rounded to 38 places; None when it has more than 38 digits before the point or is no number."""
    if not value.is_finite() or abs(value) >= _LIMIT:
        return None
    with localcontext(_WIDE):
        return value.quantize(_LAST_PLACE)


def format_decimal(value: Decimal) -> str:
    """The `tostring()` form of a decimal: plain digits without needless zeros."""
    text = f"{abs(value) if value == 0 else value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
