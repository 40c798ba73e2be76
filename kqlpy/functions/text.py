"""Functions over text: case, length, parts, joining, repetition, characters.

Searching and replacing are in `text_search.py`, string operators (`has`, `contains` ...) in `string_operators.py`, base64, URLs
and hashes in `encoding.py`. Most functions here take a value of any type and use its `tostring` form. Lengths and positions count code points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, lanes, texts
from kqlpy.columns.json_text import dumps
from kqlpy.columns.pieces import texts_of_bytes
from kqlpy.columns.texts import Value
from kqlpy.functions.registry import Call, scalar
from kqlpy.types import Type

__all__ = [
    "isascii", "isempty", "isnotempty", "isutf8", "reverse", "strcat", "strcat_array", "strcat_delim", "strcmp", "string_size", "strlen",
    "strrep", "substring", "tolower", "toupper", "translate", "unicode_codepoints_from_string", "unicode_codepoints_to_string",
]  # fmt: skip

_MOST_REPEATS = 1024


@scalar("(value: scalar) -> string", context=True)
def tolower(call: Call, value: pa.Array) -> pa.Array:
    """The text in lower case, letter by letter; a null is the empty text.

    >>> print tolower("Hello")
    hello
    """
    (text,) = texts.as_texts([value], call.types)
    return pc.ascii_lower(text) if texts.is_ascii(text) else pc.utf8_lower(text)


@scalar("(value: scalar) -> string", context=True)
def toupper(call: Call, value: pa.Array) -> pa.Array:
    """The text in upper case, letter by letter: a letter without a single upper-case form, as `ß`, stays.

    >>> print toupper("Hello")
    HELLO
    """
    (text,) = texts.as_texts([value], call.types)
    if texts.is_ascii(text):
        return pc.ascii_upper(text)
    upper = pc.utf8_upper(text)
    # Arrow makes a capital sharp s of the small one, which simple case mapping does not have.
    changed = pc.match_substring(text, "ß")
    if not pc.any(changed).as_py():
        return upper
    kept = [_upper_letters(one) for one in text.filter(changed).to_pylist()]
    return pc.replace_with_mask(upper, changed, pa.array(kept, pa.string()))


def _upper_letters(text: str) -> str:
    return "".join(char.upper() if len(char.upper()) == 1 else char for char in text)


@scalar("(text: textual) -> long", naming="name_first", context=True)
def strlen(call: Call, text: pa.Array) -> pa.Array:
    """The number of code points of the text; 0 for null.

    >>> print strlen("hello")
    5
    """
    return pc.utf8_length(texts.as_texts([text], call.types)[0])


@scalar("(text: textual) -> long", naming="name_first", context=True)
def string_size(call: Call, text: pa.Array) -> pa.Array:
    """The number of bytes of the text in UTF-8; 0 for null.

    >>> print string_size("é")
    2
    """
    return pc.binary_length(texts.as_texts([text], call.types)[0])


@scalar("(+value: scalar) -> string", context=True)
def strcat(call: Call, *values: Value) -> pa.Array:
    """The texts of all arguments, one after another; a null adds nothing.

    >>> print strcat("a", 1, true)
    a1True
    """
    return _join(texts.as_texts(values, call.types), "")


@scalar("(delimiter: scalar, first: scalar, +value: scalar) -> string", context=True)
def strcat_delim(call: Call, delimiter: Value, *values: Value) -> pa.Array:
    """The texts of the arguments with a delimiter between them; a null keeps its place as an empty text.

    >>> print strcat_delim("-", 1, "2", "A", 1s)
    1-2-A-00:00:01
    """
    between, *parts = texts.as_texts([delimiter, *values], call.types)
    if not any(isinstance(part, pa.Array) for part in parts):
        parts[0] = texts.column(parts[0], texts.rows_of(between))
    return _join(parts, between)


def _join(parts: list[Value], between: Value | str) -> pa.Array:
    if len(parts) == 1:
        return parts[0]
    return pc.binary_join_element_wise(*parts, between)


@scalar("(array: array, delimiter: scalar) -> string", aliases=("array_strcat",), flat=True, context=True)
def strcat_array(call: Call, array: Value, delimiter: Value) -> pa.Array:
    """The elements of an array joined with a delimiter; a null element is an empty text, a nested value its JSON text.

    The empty text for null, for an empty array and for a value that is no array.

    >>> print strcat_array(dynamic([1, 2, 3]), "->")
    1->2->3
    """
    between = texts.as_texts([delimiter], call.types[1:])[0]
    rows = texts.rows_of(array, between)
    column = texts.column(array, rows)
    if isinstance(between, pa.Scalar) and lanes.lane_type(column) in (Type.STRING, Type.LONG):
        return _join_lanes(column, between)
    lists = dynamic.values(column)
    betweens = texts.column(between, rows).to_pylist()
    return pa.array([_join_values(value, sign) for value, sign in zip(lists, betweens, strict=True)], pa.string())


def _join_lanes(column: pa.Array, between: pa.Scalar) -> pa.Array:
    elements, offsets = lanes.parts(column)
    items = elements.cast(pa.string()).fill_null("")
    return pc.binary_join(lanes.make_lane(offsets, items, Type.STRING), between)


def _join_values(value: Any, between: str) -> str:
    if not isinstance(value, list):
        return ""
    return between.join("" if v is None else v if isinstance(v, str) else dumps(v) for v in value)


@scalar("(first: scalar, second: scalar) -> long", context=True)
def strcmp(call: Call, first: Value, second: Value) -> pa.Array:
    """-1, 0 or 1 as the first text stands before, at or after the second in the order of code points: `A` before `a`.

    >>> print strcmp("abc", "ABC")
    1
    """
    left, right = texts.as_texts([first, second], call.types)
    return pc.subtract(pc.cast(pc.greater(left, right), pa.int64()), pc.cast(pc.less(left, right), pa.int64()))


@scalar("(value: scalar, multiplier: long, delimiter: scalar = ?) -> string", context=True)
def strrep(call: Call, value: Value, multiplier: Value, delimiter: Value | None = None) -> pa.Array:
    """The text repeated, with a delimiter between the copies; at most 1,024 times, and the empty text for less than once.

    >>> print strrep(123, 3, ".")
    123.123.123
    """
    (text,) = texts.as_texts([value], call.types)
    between = pa.scalar("") if delimiter is None else texts.as_texts([delimiter], call.types[2:])[0]
    rows = texts.rows_of(value, multiplier, between)
    times = pc.max_element_wise(pc.min_element_wise(pc.fill_null(texts.column(multiplier, rows), 0), _MOST_REPEATS), 0)
    unit = pc.binary_join_element_wise(texts.column(text, rows), between, "")
    head = pc.binary_repeat(unit, pc.max_element_wise(pc.subtract(times, 1), 0))
    whole = pc.binary_join_element_wise(head, text, "")
    return pc.if_else(pc.greater(times, 0), whole, "")


@scalar("(text: scalar, start: integer, length: integer = ?) -> string", context=True)
def substring(call: Call, text: Value, start: Value, length: Value | None = None) -> pa.Array:
    """The part of the text from a position, counted from 0, to its end or of at most `length` code points.

    A negative start counts from the end, and gives the empty text when it reaches before the start. A negative length and a null give the empty text.

    >>> print substring("abcdefg", -3, 2)
    ef
    """
    (whole,) = texts.as_texts([text], call.types)
    column = texts.column(whole, texts.rows_of(*(v for v in (text, start, length) if v is not None)))
    if isinstance(start, pa.Scalar) and (length is None or isinstance(length, pa.Scalar)):
        return _fixed_part(column, start.as_py(), None if length is None else length.as_py() or 0)
    if texts.is_ascii(column):
        return _varying_part(column, start, length)
    values = (column, start) if length is None else (column, start, length)
    function = _part_to_end if length is None else _part
    return texts.per_value(function, pa.string(), *values)


def _fixed_part(column: pa.Array, start: int | None, length: int | None) -> pa.Array:
    if start is None or (length is not None and length <= 0):
        return pa.repeat(pa.scalar(""), len(column))
    stop = None if length is None else start + length
    if start >= 0:
        return pc.utf8_slice_codeunits(column, start, stop)
    part = pc.utf8_slice_codeunits(column, start, stop if stop is not None and stop < 0 else None)
    return pc.if_else(pc.less(pc.utf8_length(column), -start), "", part)


def _varying_part(column: pa.Array, start: Value, length: Value | None) -> pa.Array:
    sizes = np.diff(texts.byte_view(column)[0]).astype(np.int64)
    begin, known = _numbers(start, len(sizes))
    begin = np.where(begin < 0, begin + sizes, begin)
    known &= (begin >= 0) & (begin < sizes)
    begin = np.where(known, begin, 0)
    most = sizes - begin
    if length is not None:
        wanted, given = _numbers(length, len(sizes))
        known &= given
        most = np.minimum(most, np.maximum(wanted, 0))
    return texts.slice_bytes(column, begin, np.where(known, most, 0))


def _numbers(value: Value, rows: int) -> tuple[np.ndarray, np.ndarray]:
    column = texts.column(value, rows)
    valid: np.ndarray = column.is_valid().to_numpy(zero_copy_only=False).copy()
    numbers: np.ndarray = column.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers, valid


def _part(text: str, start: int | None, length: int | None) -> str:
    if start is None or length is None or length <= 0 or start < -len(text):
        return ""
    begin = start + len(text) if start < 0 else start
    return text[begin : begin + length]


def _part_to_end(text: str, start: int | None) -> str:
    return _part(text, start, len(text))


@scalar("(value: scalar) -> string", context=True)
def reverse(call: Call, value: pa.Array) -> pa.Array:
    """The text backwards, code point by code point.

    >>> print reverse("abc")
    cba
    """
    return pc.utf8_reverse(texts.as_texts([value], call.types)[0])


@scalar("(search: string, replacement: string, text: string) -> string")
def translate(search: Value, replacement: Value, text: Value) -> pa.Array:
    """The text with each character of the first list replaced by the one at the same place of the second.

    When the second list is shorter, its last character stands for the rest; when it is empty, the characters are removed.

    >>> print translate("krasp", "otsku", "spark")
    kusto
    """
    if isinstance(text, pa.Array) and isinstance(search, pa.Scalar) and isinstance(replacement, pa.Scalar):
        old, new = search.as_py(), replacement.as_py()
        if old.isascii() and new.isascii():
            return _translated_bytes(text, _translation(old, new))
    return texts.per_value(_translated, pa.string(), search, replacement, text)


def _translation(search: str, replacement: str) -> dict[int, str]:
    """What each code point becomes."""
    table: dict[int, str] = {}
    for index, char in enumerate(search):
        table.setdefault(ord(char), replacement[min(index, len(replacement) - 1)] if replacement else "")
    return table


def _translated(search: str, replacement: str, text: str) -> str:
    return text.translate(_translation(search, replacement))


def _translated_bytes(column: pa.Array, table: dict[int, str]) -> pa.Array:
    """The column with ASCII characters replaced or removed: bytes beyond ASCII are never a part of one."""
    offsets, data = texts.byte_view(column)
    used = data[offsets[0] : offsets[-1]]
    changed = np.arange(256, dtype=np.uint8)
    for code, char in table.items():
        changed[code] = ord(char) if char else 0
    written = np.frombuffer(used.tobytes().translate(changed.tobytes()), np.uint8)
    if all(table.values()):
        return texts_of_bytes(written, offsets - offsets[0])
    gone = np.flatnonzero(np.isin(used, np.array(list(table), np.uint8)))
    return texts_of_bytes(np.delete(written, gone), offsets - offsets[0] - np.searchsorted(gone, offsets - offsets[0]))


@scalar("(value: scalar) -> bool", context=True, lanes=True)
def isempty(call: Call, value: pa.Array) -> pa.Array:
    """True for the empty text and for a null of any type; false for an empty array or bag.

    >>> print isempty("")
    True
    """
    if call.types[0] is Type.STRING:
        return pc.equal(pc.binary_length(value), 0)
    if call.types[0] is Type.DYNAMIC and not lanes.is_lane(value):
        return pc.or_(pc.is_null(value), pc.equal(pc.fill_null(value, ""), '""'))
    return pc.is_null(value)


@scalar("(value: scalar) -> bool", context=True, lanes=True, aliases=("notempty",))
def isnotempty(call: Call, value: pa.Array) -> pa.Array:
    """True for all but the empty text and nulls.

    >>> print isnotempty("a")
    True
    """
    return pc.invert(isempty(call, value))


@scalar("(value: scalar) -> bool", context=True)
def isascii(call: Call, value: pa.Array) -> pa.Array:
    """True when the text holds ASCII characters only.

    >>> print isascii("some string")
    True
    """
    return pc.string_is_ascii(texts.as_texts([value], call.types)[0])


@scalar("(value: scalar) -> bool", context=True)
def isutf8(call: Call, value: pa.Array) -> pa.Array:
    """True: a text is always valid UTF-8 here.

    >>> print isutf8("some string")
    True
    """
    return pa.repeat(pa.scalar(True), len(value))


@scalar("(value: scalar) -> dynamic", context=True, aliases=("to_utf8",))
def unicode_codepoints_from_string(call: Call, value: pa.Array) -> pa.Array:
    """The code points of the text as an array of numbers.

    >>> print unicode_codepoints_from_string("Kusto")
    [75,117,115,116,111]
    """
    (text,) = texts.as_texts([value], call.types)
    sizes = pc.utf8_length(text).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(text) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    points = np.frombuffer("".join(text.to_pylist()).encode("utf-32-le"), np.uint32)
    return lanes.make_lane(offsets, pa.array(points.astype(np.int64)), Type.LONG)


@scalar("(+value: integer_or_array) -> string", rows=True, nulls="kernel", aliases=("make_string",))
def unicode_codepoints_to_string(*values: Any) -> str:
    """The text of code points given as numbers or arrays of them; the empty text when one is not a code point.

    >>> print unicode_codepoints_to_string(dynamic([75, 117, 115]), 116, 111)
    Kusto
    """
    points = [point for value in values for point in (value if isinstance(value, list) else [value])]
    if not all(_is_point(point) for point in points):
        return ""
    return "".join(map(chr, points))


def _is_point(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 0x10FFFF and not 0xD800 <= value < 0xE000
