"""JSON text <-> Python objects, one value at a time, without losing what a dynamic value holds.

Key order, integers of any size and the difference between `1` and `1.0` survive; a repeated key keeps its last value.
orjson does the work wherever it is exact; this module knows where it is not. Columns are the matter of `dynamic.py`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from json.encoder import encode_basestring
from typing import TypeAlias

import orjson

from kqlpy.columns.reals import format_real

__all__ = ["JsonValue", "compact", "dumps", "dumps_all", "has_long_number", "loads", "parse_json", "read_json"]

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"

_BLOCK = 1 << 18
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"0" * 9)
_DIGITS_AND_POINT_TO_ZERO = bytes.maketrans(b"123456789.", b"0" * 10)


def loads(text: str) -> JsonValue:
    """The value that JSON text stands for; ValueError when it is not JSON."""
    if len(text) >= 19 and has_long_number(text.encode("utf-8", "surrogatepass")):
        return _loads_exact(text)
    try:
        return orjson.loads(text)  # type: ignore[no-any-return]
    except ValueError:
        return _loads_exact(text)


def has_long_number(text: bytes | memoryview) -> bool:
    """Whether 19 digits stand in a row: only then can an integer be beyond 64 bits, which orjson rounds to a real."""
    # Blocks that overlap by 18 bytes stay in the processor's cache.
    return any(b"0" * 19 in bytes(text[at : at + _BLOCK + 18]).translate(_DIGITS_TO_ZERO) for at in range(0, len(text), _BLOCK))


def _loads_exact(text: str) -> JsonValue:
    """The standard library's reading: exact integers, infinite reals, and stray surrogates, which orjson refuses."""
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse_constant, parse_int=_parse_int, parse_float=_parse_real)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return _without_surrogates(value) if "\\u" in text else value


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is not JSON")


def _parse_int(digits: str) -> int | float:
    # Python refuses to read integers beyond 4,300 digits.
    return int(digits) if len(digits) < 4300 else float(digits)


def _parse_real(digits: str) -> float | str:
    """A real too large for 64 bits reads as the string that stands for infinity in JSON."""
    value = float(digits)
    return value if math.isfinite(value) else _encode_real(value)[1:-1]


def _without_surrogates(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {str(_without_surrogates(key)): _without_surrogates(item) for key, item in value.items()}
    return value


def dumps(value: JsonValue) -> str:
    """Compact JSON text; reals as `tostring()` prints them, NaN and the infinities as the strings Kusto shows.

    ValueError when the value is nested some hundred levels deep.
    """
    try:
        text = orjson.dumps(value)
    except TypeError:
        return _encode_exact(value)
    if type(value) is str or type(value) is int:
        return text.decode()
    if _may_hold_odd_number(text) or (b"null" in text and not _is_finite(value)):
        return _encode_exact(value)
    return text.decode()


def dumps_all(values: Iterable[JsonValue]) -> list[str | bytes | None]:
    """The JSON text of many values that were read from JSON, so that no NaN is among them; None stays None.

    Odd numbers are looked for in all the text at once, which is much cheaper than one by one.
    """
    found: list[str | bytes | None] = []
    for value in values:
        try:
            found.append(None if value is None else orjson.dumps(value))
        except TypeError:
            found.append(_encode_exact(value))
    for start in range(0, len(found), 1024):
        part = found[start : start + 1024]
        if _may_hold_odd_number(b"\n".join([text for text in part if isinstance(text, bytes)])):
            found[start : start + 1024] = map(_rewritten, part)
    return found


def _rewritten(text: str | bytes | None) -> str | bytes | None:
    return dumps(orjson.loads(text)) if isinstance(text, bytes) and _may_hold_odd_number(text) else text


# orjson writes an exponent with its sign, NaN as null, and the nearest instead of the engine's sixteenth digit.
_EXPONENT = re.compile(rb"(?:^|[:,\[])-?[0-9.]+e[+-]", re.MULTILINE)


def _may_hold_odd_number(text: bytes) -> bool:
    marks = text.translate(_DIGITS_AND_POINT_TO_ZERO)
    return b"0" * 17 in marks or ((b"0e+" in marks or b"0e-" in marks) and _EXPONENT.search(text) is not None)


def _is_finite(value: JsonValue) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list | tuple) else True


def _encode_exact(value: JsonValue) -> str:
    try:
        return _encode(value)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _encode(value: JsonValue) -> str:
    if isinstance(value, str):
        return str(encode_basestring(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")))
    if isinstance(value, float):
        return _encode_real(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_encode(key)}:{_encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_encode, value)) + "]"
    return _CONSTANTS[value] if value is None or isinstance(value, bool) else str(value)


_CONSTANTS = {None: "null", True: "true", False: "false"}


def _encode_real(value: float) -> str:
    if math.isfinite(value):
        return format_real(value)
    return '"NaN"' if math.isnan(value) else '"Infinity"' if value > 0 else '"-Infinity"'


def compact(text: str) -> str:
    """The same JSON in canonical form: no spaces, no needless escapes; ValueError when it is not JSON."""
    return dumps(loads(text))


def parse_json(text: str) -> str | None:
    """What `parse_json()` makes of a string, as JSON text: None for an empty one, a JSON string for what is not JSON."""
    value = read_json(text)
    try:
        return None if value is None else dumps(value)
    except ValueError:
        return dumps(text)


def read_json(text: str) -> JsonValue:
    """What `parse_json()` makes of a string, as a value."""
    if not text or text.isspace():
        return None
    try:
        return loads(text)
    except ValueError:
        return text
