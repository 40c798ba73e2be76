"""Columns of text read as other types: `tolong('7')` and its like over whole string columns.

Columns that are all numbers are cast by Arrow in one go. What Arrow refuses goes through `scalar_text.py`, once per
distinct text, after a pattern has kept out the text that cannot be a number: free text never reaches Python.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.distinct import map_distinct
from kqlpy.columns.divide import divide
from kqlpy.columns.number_kernels import to_bool
from kqlpy.columns.numpy_bridge import to_numpy
from kqlpy.columns.scalar_text import parse_bool, parse_decimal, parse_guid, parse_int, parse_long, parse_real
from kqlpy.columns.storage import DECIMAL
from kqlpy.columns.time_kernels import parse_datetimes, parse_timespans
from kqlpy.types import Type

__all__ = ["read_text"]


def read_text(texts: pa.Array, type_: Type, today: int | None = None) -> pa.Array:
    """The column that `to<type>()` makes of strings; null for text that is nothing of the kind, and for null.

    A datetime's text may be a mere time of day when `today` (ticks) is given.
    """
    if type_ is Type.DATETIME:
        return parse_datetimes(texts, today)
    return _READERS[type_](texts)


def _read_integers(parse: Callable[[str], int | None], held: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    def read(texts: pa.Array) -> pa.Array:
        try:
            return _without_empty(texts).cast(held)
        except pa.ArrowInvalid:
            return _read_some(texts, _INTEGER_LIKE, parse, held)

    return read


def _read_reals(texts: pa.Array) -> pa.Array:
    try:
        found = _without_empty(texts).cast(pa.float64())
    except pa.ArrowInvalid:
        return _read_some(texts, _REAL_LIKE, parse_real, pa.float64())
    # Arrow takes more words for NaN and infinity than Kusto does.
    odd = ~np.isfinite(to_numpy(found))
    if not odd.any():
        return found
    words = map_distinct(texts.filter(odd), parse_real, pa.float64())
    return pc.replace_with_mask(found, pa.array(odd), words)


def _without_empty(texts: pa.Array) -> pa.Array:
    """Empty strings, the commonest text that is no number, as nulls."""
    return pc.if_else(pc.greater(pc.binary_length(texts), 0), texts, pa.scalar(None, pa.string()))


def _read_some(texts: pa.Array, pattern: str, parse: Callable[[str], object], held: pa.DataType) -> pa.Array:
    """Read the texts that match a pattern; the others are null."""
    likely = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    found = pa.nulls(len(texts), held)
    if not pc.any(likely).as_py():
        return found
    return pc.replace_with_mask(found, likely, _read_likely(texts.filter(likely), parse, held))


def _read_likely(texts: pa.Array, parse: Callable[[str], object], held: pa.DataType) -> pa.Array:
    if pa.types.is_integer(held):
        try:
            return texts.cast(held)
        except pa.ArrowInvalid:
            pass
    return map_distinct(texts, parse, held)


def _read_bools(texts: pa.Array) -> pa.Array:
    words = pc.ascii_lower(texts)
    numbers = pc.if_else(pc.equal(words, "true"), "1", pc.if_else(pc.equal(words, "false"), "0", texts))
    common = to_numpy(pc.match_substring_regex(numbers, "^-?[0-9]{1,18}$").fill_null(False))
    return divide(
        numbers, common, lambda some: to_bool(some.cast(pa.int64())), lambda others: _read_some(others, _BOOL_LIKE, parse_bool, pa.bool_())
    )


def _read_guids(texts: pa.Array) -> pa.Array:
    if pc.all(pc.match_substring_regex(texts, _GUID)).as_py():
        return texts
    if pc.all(pc.match_substring_regex(texts, _GUID, ignore_case=True)).as_py():
        return pc.ascii_lower(texts)
    return _read_some(texts, _GUID_LIKE, parse_guid, pa.string())


def _read_decimals(texts: pa.Array) -> pa.Array:
    common = to_numpy(pc.match_substring_regex(texts, _PLAIN_DECIMAL).fill_null(False))
    return divide(texts, common, lambda some: some.cast(DECIMAL), lambda others: _read_some(others, _REAL_LIKE, parse_decimal, DECIMAL))


_INTEGER_LIKE = r"^\s*(?:[+-]?[0-9]{1,40}|0[xX][0-9a-fA-F]+)\s*$"
_REAL_LIKE = r"^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+|[Nn]a[Nn]|[Ii]nf)(?:[eE][+-]?[0-9]+)?(?:inity)?\s*$"
_BOOL_LIKE = r"^(?:[+-]?[0-9]{1,40}|0[xX][0-9a-fA-F]+)$"
_PLAIN_DECIMAL = r"^-?[0-9]{1,37}(?:\.[0-9]{1,38})?$"
_GUID = r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_GUID_LIKE = r"^\s*[{(]?[0-9a-fA-F-]{32,}[})]?\s*$"

_READERS: dict[Type, Callable[[pa.Array], pa.Array]] = {
    Type.INT: _read_integers(parse_int, pa.int32()),
    Type.LONG: _read_integers(parse_long, pa.int64()),
    Type.REAL: _read_reals,
    Type.DECIMAL: _read_decimals,
    Type.BOOL: _read_bools,
    Type.TIMESPAN: parse_timespans,
    Type.GUID: _read_guids,
    Type.STRING: lambda texts: texts,
}
