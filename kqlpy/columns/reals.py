"""The text of a real number, as the engine prints it in `tostring()` and inside JSON.

The digits are the shortest that read back as the same number, but where several equally short texts do, the engine
often takes the largest instead of the nearest: `0.1 + 0.2` prints as 0.30000000000000007, and 40.764323000000005
as 40.764323000000008. Both follow from the Grisu2 algorithm with its last correction skipped whenever nine or more
digits were made after the scaled number's point, which is what `_engine_digits` repeats. Points and exponents are
placed as that algorithm's usual printer does: plain digits from 1e-6 up to 1e21, `1e-7` and `1.5e21` beyond.
"""

from __future__ import annotations

import math

__all__ = ["format_real"]


def format_real(value: float) -> str:
    """The `tostring()` form of a real: `1.0`, `0.25`, `1e-7`, `1e21`, `-0.0`, `NaN`, `inf`, `-inf`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if value == 0:
        return sign + "0.0"
    return sign + _place_point(*engine_digits(abs(value)))


def engine_digits(value: float) -> tuple[str, int]:
    """The significant digits of a positive number, and where its point stands counted from the first digit."""
    mantissa, _, exponent = f"{value!r}e0".partition("e")
    whole, _, fraction = mantissa.partition(".")
    leading = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent.partition("e")[0]) - (len(whole + fraction) - len(leading))
    digits = leading.rstrip("0")
    if len(digits) >= 16 and len(digits) - point - scale_exponent(value) >= 9:
        digits = _largest_alike(digits, point, value)
    return digits, point


def scale_exponent(value: float) -> int:
    """The power of ten by which Grisu2 scales a number before it makes digits."""
    estimate = (3 - math.frexp(value)[1]) * 0.30102999566398114 + 347
    return ((math.ceil(estimate) >> 3) + 1) * 8 - 348


def _largest_alike(digits: str, point: int, value: float) -> str:
    """The largest last digit that still reads back as `value`; the appended 1 keeps off the exact border."""
    while digits[-1] != "9":
        bumped = digits[:-1] + chr(ord(digits[-1]) + 1)
        if float(f"{bumped}001e{point - len(bumped) - 3}") != value:
            break
        digits = bumped
    return digits


def _place_point(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count) + ".0"
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    return f"{digits[0]}{'.' if count > 1 else ''}{digits[1:]}e{point - 1}"
