"""What a literal's spelling means: strings with their escapes, numbers, typed literals like `datetime(...)`, and JSON text.

`typed_value` gives the value that `ast.Literal` documents. A spelling that means nothing is None or a `LiteralError` that says
why; wording and position of the error are the caller's work.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from kqlpy.columns.ticks import format_datetime_iso, parse_datetime, parse_timespan_literal
from kqlpy.types import Type

__all__ = [
    "TYPED_WORDS", "LiteralError", "clock_text", "json_text", "number_value", "plain_number", "string_value", "timespan_value",
    "typed_value",
]  # fmt: skip


class LiteralError(ValueError):
    """A literal without a value; the text says what it should be."""


# ---------------------------------------------------------------- strings

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-3][0-7]{2}|[0-7]{1,2})|(.))", re.S)
_SIMPLE = {
    "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip


def string_value(spelling: str) -> str:
    """The text that one string literal stands for: quoted, verbatim `@'..'`, obfuscated `h'..'` or multi-line."""
    body = spelling[1:] if spelling[0] in "hH" else spelling
    if body[0] == "@":
        quote = body[1]
        return body[2:-1].replace(quote * 2, quote)
    if body[0] in "`~":
        return body[3:-3]
    return unescape(body[1:-1]) if "\\" in body else body[1:-1]


# `\ud83d\ude00` is one character; a half of one, which no UTF-8 text can hold, becomes the replacement character.
_SURROGATE = re.compile("[\ud800-\udfff]")


def unescape(body: str) -> str:
    """The text with its backslash escapes resolved; raises LiteralError at an unknown one."""
    text = _ESCAPE.sub(_escaped, body)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _SURROGATE.search(text) else text


def _escaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        if number > 0x10FFFF:
            raise LiteralError(f"`\\U{code}` is beyond the last character, `\\U0010FFFF`")
        return chr(number)
    if match[4]:
        return chr(int(match[4], 8))
    simple = _SIMPLE.get(match[5])
    if simple is None:
        raise LiteralError(f"`\\{match[5]}` is not an escape; write `\\\\{match[5]}`, or use a verbatim string @'...'")
    return simple


# ---------------------------------------------------------------- numbers and times without a type name

_UNIT = re.compile(r"(milli|micro|nano)(sec)?$")
LONG_LIMIT = 2**63


def number_value(spelling: str) -> int:
    """The value of a bare whole number; hexadecimal ones are bit patterns of 64 bits. Raises LiteralError beyond them."""
    return _whole(spelling, 64)


def timespan_value(spelling: str) -> int:
    """Ticks of a bare timespan such as `1.5h` or `10microsec`."""
    ticks = parse_timespan_literal(_UNIT.sub(r"\1second", spelling))
    if ticks is None:
        raise LiteralError(f"`{spelling}` is longer than a timespan can be, about 29,000 years")
    return ticks


def _whole(text: str, bits: int) -> int:
    sign, digits = (text[0], text[1:].strip()) if text[:1] in ("+", "-") else ("", text)
    limit = 1 << (bits - 1)
    name = "int" if bits == 32 else "long"
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", digits) and not sign:
        value = int(digits, 16)
        if value >= limit * 2:
            raise LiteralError(f"`{text}` has more than {bits} bits and does not fit into {name}")
        return value - limit * 2 if value >= limit else value
    if not re.fullmatch(r"[0-9]+", digits):
        raise LiteralError(f"`{name}(...)` takes a whole number, not `{text}`; to convert a value use `to{name}(...)`")
    value = -_decimal_digits(digits) if sign == "-" else _decimal_digits(digits)
    if not -limit <= value < limit:
        raise LiteralError(f"`{text}` does not fit into {name}, whose range is {-limit} to {limit - 1}")
    return value


def _decimal_digits(digits: str) -> int:
    return int(digits) if len(digits) < 40 else LONG_LIMIT * 2


# ---------------------------------------------------------------- literals with a type name


def typed_value(spelling: str) -> tuple[Type, object]:
    """Type and value of a literal such as `int(5)`, `datetime(2024-05-17)` or `guid(null)`. Raises LiteralError."""
    word, content = spelling[:-1].split("(", 1)
    kind, convert = _TYPED[word]
    content = content.strip()
    return kind, None if content == "null" else convert(content)


def clock_text(spelling: str) -> str | None:
    """The time of day in `datetime(8:00)`, which means that time today; None for every other literal."""
    match = re.fullmatch(r"date(?:time)?\(\s*(\d{1,2}:\d[^()]*)\)", spelling)
    return match[1].strip() if match and parse_datetime(match[1], today=0) is not None else None


def _bool(text: str) -> bool:
    value = {"true": True, "false": False, "1": True, "0": False}.get(text.lower())
    if value is None:
        raise LiteralError(f"`bool(...)` takes true, false, 1, 0 or null, not `{text}`; to convert a value use `tobool(...)`")
    return value


def _int(text: str) -> int:
    return _whole(text, 32)


def _long(text: str) -> int:
    return _whole(text, 64)


def _real(text: str) -> float:
    word = text.lower().removeprefix("+").strip()
    if word in ("nan", "inf", "-inf"):
        return math.nan if word == "nan" else float(word)  # one nan object, so that equal trees compare equal
    if not re.fullmatch(r"[+-]?\s*(?:0[xX][0-9a-fA-F]+|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)", text):
        raise LiteralError(f"`real(...)` takes a number, nan, +inf, -inf or null, not `{text}`; to convert use `toreal(...)`")
    digits = "".join(text.split())
    return float(int(digits, 16)) if "x" in digits.lower() else float(digits)


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text.replace(" ", ""))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise LiteralError(f"`decimal(...)` takes a number or null, not `{text}`; to convert a value use `todecimal(...)`")
    return value


def _datetime(text: str) -> int:
    inner = _unquoted(text)
    ticks = parse_datetime(inner)
    if ticks is None:
        raise LiteralError(f"`{inner}` is not a date; write it as 2024-05-17 or 2024-05-17T13:45:00Z")
    return ticks


def _timespan(text: str) -> int:
    inner = _unquoted(text)
    ticks = parse_timespan_literal(_UNIT.sub(r"\1second", inner))
    if ticks is None:
        raise LiteralError(f"`{inner}` is not a timespan; write it as 1.5h, 2d, 1.02:03:04 or a number of days")
    return ticks


def _guid(text: str) -> str:
    inner = _unquoted(text).strip("{}").replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{32}", inner):
        raise LiteralError(f"`{text}` is not a guid; write it as 74be27de-1e4e-49d9-b579-fe0b331d3642")
    return f"{inner[:8]}-{inner[8:12]}-{inner[12:16]}-{inner[16:20]}-{inner[20:]}"


def _unquoted(text: str) -> str:
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


_TYPED: dict[str, tuple[Type, Callable[[str], object]]] = {
    "bool": (Type.BOOL, _bool),
    "int": (Type.INT, _int),
    "int32": (Type.INT, _int),
    "long": (Type.LONG, _long),
    "int64": (Type.LONG, _long),
    "real": (Type.REAL, _real),
    "double": (Type.REAL, _real),
    "decimal": (Type.DECIMAL, _decimal),
    "datetime": (Type.DATETIME, _datetime),
    "date": (Type.DATETIME, _datetime),
    "timespan": (Type.TIMESPAN, _timespan),
    "time": (Type.TIMESPAN, _timespan),
    "guid": (Type.GUID, _guid),
}
TYPED_WORDS = frozenset(_TYPED)
"""The type names that open a literal when a parenthesis follows at once."""


# ---------------------------------------------------------------- inside dynamic(...)


def json_text(kind: Type, value: object) -> str:
    """A value as JSON text, as it stands inside `dynamic(...)`: datetimes and guids become strings, timespans their number of ticks."""
    if value is None:
        return "null"
    if kind is Type.DYNAMIC:
        return str(value)
    if kind is Type.DATETIME and isinstance(value, int):
        return f'"{format_datetime_iso(value)}"'
    if kind is Type.TIMESPAN and isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return json.dumps(value) if math.isfinite(value) else f'"{_odd_real(value)}"'
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, Decimal) else str(value)


def plain_number(spelling: str) -> str:
    """A number as JSON text: whole numbers of any size stay whole, others have a point or an exponent."""
    if spelling.isdigit():
        return spelling.lstrip("0") or "0"
    return str(int(spelling, 16)) if spelling[:2] in ("0x", "0X") else json_text(Type.REAL, float(spelling))


def _odd_real(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
