"""What the values of an undeclared column say about its type, gathered block by block and file by file.

Evidence is a set of kinds; it only grows, and `resolve` reads a type from it. The types of Arrow columns count as evidence too,
so that files of different formats can be one table.
"""

from __future__ import annotations

import re
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.sources.portal_time import PLAIN, parse_times
from kqlpy.types import Type

__all__ = ["Evidence", "Kind", "of_text", "of_type", "resolve", "size_of", "times_of_text"]


class Kind(StrEnum):
    """A kind of value seen in a column; absent and empty values are no evidence."""

    BOOL = "bool"
    INT32 = "int"
    INT = "whole number"
    BIG = "whole number that a real cannot hold"
    HUGE = "whole number that a long cannot hold"
    REAL = "real"
    DECIMAL = "decimal"
    DATETIME = "datetime"
    TIMESPAN = "timespan"
    GUID = "guid"
    TEXT = "text"
    NESTED = "object or array"


Evidence = frozenset[Kind]

_OF_TYPE = {
    Type.BOOL: Kind.BOOL, Type.INT: Kind.INT32, Type.LONG: Kind.INT, Type.REAL: Kind.REAL, Type.DECIMAL: Kind.DECIMAL,
    Type.STRING: Kind.TEXT, Type.DATETIME: Kind.DATETIME, Type.TIMESPAN: Kind.TIMESPAN, Type.GUID: Kind.GUID,
    Type.DYNAMIC: Kind.NESTED, Type.UNKNOWN: Kind.TEXT,
}  # fmt: skip
_SINGLE = {kind: type_ for type_, kind in _OF_TYPE.items() if type_ is not Type.UNKNOWN} | {
    Kind.BIG: Type.LONG,
    Kind.HUGE: Type.STRING,
}
_SUFFIXES = {"_s": Type.STRING, "_g": Type.STRING, "_d": Type.REAL, "_b": Type.BOOL, "_t": Type.DATETIME}


def of_type(type_: Type) -> Evidence:
    """The evidence of a column that brings its own type."""
    return frozenset({_OF_TYPE[type_]})


def resolve(evidence: Evidence, name: str, *, custom: bool = False) -> Type:
    """The type of an undeclared column; in a custom table (`_CL`) the name's suffix tells it. TimeGenerated is a datetime everywhere."""
    if name == "TimeGenerated":
        return Type.DATETIME
    suffix = _SUFFIXES.get(name[-2:]) if custom else None
    if suffix is Type.REAL and Kind.BIG in evidence and evidence <= _WHOLE:
        # A real would round the digits of an identifier; the suffix only says "number".
        return Type.LONG
    if suffix is not None and not (suffix is Type.REAL and Kind.HUGE in evidence):
        return suffix
    if not evidence:
        return Type.STRING
    if len(evidence) == 1:
        return _SINGLE[next(iter(evidence))]
    if evidence <= _WHOLE:
        return Type.LONG
    if Kind.NESTED in evidence:
        return Type.DYNAMIC
    if evidence <= _NUMBERS:
        return Type.DECIMAL if Kind.DECIMAL in evidence else Type.REAL
    return Type.STRING


_WHOLE = frozenset({Kind.INT32, Kind.INT, Kind.BIG})
_NUMBERS = frozenset({Kind.INT32, Kind.INT, Kind.REAL, Kind.DECIMAL})


def of_text(texts: pa.Array) -> Evidence:
    """The kind of the text cells of a CSV column: numbers, booleans and times count only if all non-empty cells are so."""
    distinct = texts.dictionary if pa.types.is_dictionary(texts.type) else texts
    present = distinct.filter(pc.match_substring_regex(distinct, r"\S").fill_null(False))
    if not len(present):
        return frozenset()
    first = present[0].as_py()
    if re.fullmatch(_NUMBER, first) and _all_match(present, _NUMBER):
        whole = _matches(present, _INTEGER)
        sizes = _sized(present.filter(whole))
        return sizes if pc.all(whole).as_py() else sizes | {Kind.REAL}
    for kind, shape in _SHAPES.items():
        if re.fullmatch(shape, first) and _all_match(present, shape):
            return frozenset({kind if kind is Kind.BOOL or _are_times(present) else Kind.TEXT})
    return frozenset({Kind.TEXT})


def _are_times(texts: pa.Array) -> bool:
    """True when each text that looks like a time is one (`2021-02-30` is none)."""
    return bool(parse_times(texts, PLAIN).array.null_count == 0)


def times_of_text(texts: pa.Array) -> Evidence:
    """As `of_text` for JSON strings, which can only be times or text."""
    found = of_text(texts)
    return found if found <= {Kind.DATETIME} else frozenset({Kind.TEXT})


def _matches(texts: pa.Array, shape: str) -> pa.Array:
    return pc.match_substring_regex(texts, rf"^(?:{shape})$")


def _all_match(texts: pa.Array, shape: str) -> bool:
    return bool(pc.all(_matches(texts, shape)).as_py())


def _sized(numbers: pa.Array) -> Evidence:
    """Whole numbers by size; only those of 16 and more characters need a look at their value."""
    long_ones = numbers.filter(pc.greater(pc.binary_length(numbers), 15))
    kinds = {size_of(int(text[:41])) for text in long_ones.to_pylist()}
    return frozenset(kinds if len(long_ones) == len(numbers) else kinds | {Kind.INT})


def size_of(number: int) -> Kind:
    """INT, BIG or HUGE."""
    return Kind.INT if abs(number) <= 2**53 else Kind.BIG if -(2**63) <= number < 2**63 else Kind.HUGE


# A number with a leading zero is a code (00501): its zeros would be lost.
_INTEGER = r"-?(?:0|[1-9]\d*)"
_DECIMAL = r"-?(?:0|[1-9]\d*)\.\d+(?:[eE][+-]?\d{1,3})?"
_NUMBER = rf"{_INTEGER}|{_DECIMAL}"
_BLANK = "[ \u00a0\u202f]"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
_SHAPES = {
    Kind.BOOL: r"true|false|True|False|TRUE|FALSE",
    Kind.DATETIME: (
        rf"\d{{4}}-\d{{1,2}}-\d{{1,2}}(?:[T ]{_CLOCK}(?: ?Z|[+-]\d{{2}}:?\d{{2}})?)?"
        rf"|\d{{1,2}}/\d{{1,2}}/\d{{4}},? {_CLOCK}(?:{_BLANK}?[AaPp]\.?[Mm]\.?)?"
        rf"|\d{{1,2}}\.\d{{1,2}}\.\d{{4}},? {_CLOCK}"
    ),
}
