"""Text cells to the values of a declared type, a whole column at a time.

The rules are those of exported logs: an empty cell is null (for a string it is the empty string), and only emptiness is: `None`,
`N/A` or `-` are text. A value that the type cannot hold becomes null and is counted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage, ticks
from kqlpy.sources.portal_time import TimeStyle, parse_times
from kqlpy.types import Type

__all__ = ["Converted", "from_text", "through_dictionary"]


class Converted(NamedTuple):
    """A column in storage form, and the rows whose value was lost (positions, ascending; None when there are none)."""

    array: pa.Array
    failed: np.ndarray | None = None


def from_text(texts: pa.Array, type_: Type, style: TimeStyle = TimeStyle()) -> Converted:  # noqa: B008
    """The column that `texts` (string, or dictionary of strings; null where the cell is absent) holds as `type_`."""
    if pa.types.is_dictionary(texts.type):
        return through_dictionary(texts, type_, lambda values: from_text(values, type_, style))
    if type_ in (Type.STRING, Type.UNKNOWN):
        return Converted(texts.fill_null("") if texts.null_count else texts)
    if texts.null_count == len(texts):
        return Converted(pa.nulls(len(texts), storage.arrow_type(type_)))
    blank = pc.match_substring_regex(texts, r"^\s*$")
    present = pc.if_else(blank, pa.scalar(None, pa.string()), texts)
    if present.null_count == len(texts):
        return Converted(pa.nulls(len(texts), storage.arrow_type(type_)))
    if type_ is Type.DATETIME:
        array = parse_times(present, style)
    else:
        array = _parse(present, type_)
    return Converted(array, _lost(present, array))


def through_dictionary(array: pa.DictionaryArray, type_: Type, convert: Callable[[pa.Array], Converted]) -> Converted:
    """Convert a dictionary's values once; strings and dynamic values stay a dictionary."""
    codes = array.indices if array.indices.type == pa.int32() else array.indices.cast(pa.int32())
    values, failed = convert(array.dictionary)
    rows = None if failed is None else np.flatnonzero(np.isin(codes.fill_null(-1).to_numpy(), failed))
    if type_ is Type.STRING and codes.null_count:
        values, codes = _with_empty(values, codes)
    if type_ in (Type.STRING, Type.DYNAMIC) and not pa.types.is_nested(values.type):
        return Converted(pa.DictionaryArray.from_arrays(codes, values), rows)
    return Converted(values.take(codes), rows)


def _with_empty(values: pa.Array, codes: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The dictionary with the empty string in it, and codes that point there instead of being null."""
    at = pc.index(values, pa.scalar("", values.type)).as_py()
    if at < 0:
        at, values = len(values), pa.concat_arrays([values, pa.array([""], values.type)])
    return values, codes.fill_null(pa.scalar(at, pa.int32()))


def _lost(present: pa.Array, array: pa.Array) -> np.ndarray | None:
    if array.null_count == present.null_count:
        return None
    lost = pc.and_(present.is_valid(), array.is_null())
    return np.flatnonzero(lost.to_numpy(zero_copy_only=False))


def _parse(present: pa.Array, type_: Type) -> pa.Array:
    """Arrow's own cast where it takes the whole column; else one Python call per distinct value."""
    if type_ in _FAST:
        try:
            return present.cast(storage.arrow_type(type_))
        except pa.ArrowInvalid:
            pass
    if type_ is Type.DYNAMIC:
        return _dynamic(present)
    return by_distinct(present, _PARSERS[type_], storage.arrow_type(type_))


def by_distinct(texts: pa.Array, parse: Callable[[str], Any], arrow: pa.DataType) -> pa.Array:
    """`parse` applied to every distinct text; null stays null."""
    encoded = texts.dictionary_encode()
    values = pa.array([parse(text) for text in encoded.dictionary.to_pylist()], arrow)
    return values.take(encoded.indices)


def _dynamic(present: pa.Array) -> pa.Array:
    from kqlpy.columns import dynamic

    return dynamic.parse_json_column(present)


def _bool(text: str) -> bool | None:
    return _BOOLS.get(text.strip().lower())


def _int(text: str) -> int | None:
    value = _long(text)
    return value if value is not None and -(2**31) <= value < 2**31 else None


def _long(text: str) -> int | None:
    """A whole number; `5.0` counts as one, `5.7` does not."""
    text = text.strip()
    if _WHOLE.fullmatch(text):
        value = int(text)
    elif _HEX.fullmatch(text):
        value = int(text, 16)
    else:
        value = _whole_real(text)
        if value is None:
            return None
    return value if -(2**63) <= value < 2**63 else None


def _whole_real(text: str) -> int | None:
    number = _decimal(text)
    if number is None or abs(number) >= 2**63 or number != number.to_integral_value():
        return None
    return int(number)


def _real(text: str) -> float | None:
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    return _SPECIAL.get(text.lower())


def _decimal(text: str) -> Decimal | None:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if abs(number.adjusted()) <= 37 or not number else None


def _guid(text: str) -> str | None:
    match = _GUID.fullmatch(text.strip())
    return "-".join(match.groups()).lower() if match else None


def _timespan(text: str) -> int | None:
    return ticks.parse_timespan(text)


_FAST = frozenset({Type.LONG, Type.INT, Type.REAL, Type.BOOL})
_PARSERS: dict[Type, Callable[[str], Any]] = {
    Type.BOOL: _bool, Type.INT: _int, Type.LONG: _long, Type.REAL: _real, Type.DECIMAL: _decimal, Type.GUID: _guid,
    Type.TIMESPAN: _timespan,
}  # fmt: skip
_BOOLS = {"true": True, "false": False, "1": True, "0": False}
_SPECIAL = {
    "nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf,
    "infinity": math.inf, "+infinity": math.inf, "-infinity": -math.inf,
}  # fmt: skip
_WHOLE = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,16}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_GUID = re.compile(r"[{(]?([0-9a-fA-F]{8})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{12})[)}]?")
