"""Functions that search and change text: positions, counts, parts, replacement, trimming, regular expressions.

The regular expressions themselves are the matter of `regex.py`. Positions count code points from 0.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, lanes, terms, texts
from kqlpy.columns.convert import convert
from kqlpy.columns.dynamic_casts import path_to
from kqlpy.columns.json_text import dumps
from kqlpy.columns.numpy_bridge import used_bytes
from kqlpy.columns.texts import Value
from kqlpy.errors import KqlSemanticError, KqlUnsupportedError
from kqlpy.functions.regex import Pattern, compile_pattern
from kqlpy.functions.registry import Call, scalar
from kqlpy.types import Type

__all__ = [
    "countof", "extract", "extract_all", "extract_all_groups", "extract_json", "has_any_index", "indexof", "indexof_regex", "regex_quote", "replace",
    "replace_regex", "replace_string", "replace_strings", "split", "trim", "trim_end", "trim_start",
]  # fmt: skip

_MOST_GROUPS = 16


@scalar("(text: scalar, search: scalar, start: integer = ?, length: integer = ?, occurrence: const integer = ?) -> long", context=True)
def indexof(call: Call, text: Value, search: Value, *window: Value) -> pa.Array:
    """The position of the first `search` in the text; -1 when absent, null when `search` is empty.

    A negative start counts from the end. With a length the match must begin within so many code points from the start; -1 means no bound.

    >>> print indexof("powershell.exe", ".exe")
    10
    """
    whole, needle = texts.as_texts([text, search], call.types)
    column = texts.column(whole, texts.rows_of(text, search, *window))
    if not window and isinstance(needle, pa.Scalar):
        return _first_position(column, needle.as_py())
    return texts.per_value(_position, pa.int64(), column, needle, *window)


def _first_position(column: pa.Array, needle: str) -> pa.Array:
    if not needle:
        return pa.nulls(len(column), pa.int64())
    found = pc.find_substring(column, needle)
    if texts.is_ascii(column):
        return found.cast(pa.int64())
    before = np.maximum(found.to_numpy(zero_copy_only=False), 0)
    heads = texts.slice_bytes(column, np.zeros(len(column), np.int64), before)
    return pc.if_else(pc.less(found, 0), pa.scalar(-1, pa.int64()), pc.utf8_length(heads).cast(pa.int64()))


def _position(text: str, needle: str, start: int | None = 0, length: int | None = -1, occurrence: int | None = 1) -> int | None:
    if start is None or length is None or occurrence is None or not needle or length < -1 or occurrence < 1:
        return None
    begin = max(start + len(text), 0) if start < 0 else start
    end = len(text) if length == -1 else begin + length
    at = begin - 1
    for _ in range(occurrence):
        at = text.find(needle, at + 1)
        if at < 0 or at >= end:
            return -1
    return at


@scalar(
    "(text: scalar, pattern: const scalar, start: integer = ?, length: integer = ?, occurrence: const integer = ?) -> long", context=True
)
def indexof_regex(call: Call, text: Value, pattern: Value, *window: Value) -> pa.Array:
    """The position of the first match of a regular expression; -1 when there is none, null for a negative start.

    >>> print indexof_regex("abcabcdefg", @"a.c", 0, 9, 2)
    3
    """
    whole, source = texts.as_texts([text, pattern], call.types)
    column = texts.column(whole, texts.rows_of(text, pattern, *window))
    regex = compile_pattern(texts.constant(source) or "")

    def position(text: str, start: int | None = 0, length: int | None = -1, occurrence: int | None = 1) -> int | None:
        return _match_position(regex, text, start, length, occurrence)

    return texts.per_value(position, pa.int64(), column, *window)


def _match_position(regex: Pattern, text: str, start: int | None, length: int | None, occurrence: int | None) -> int | None:
    if start is None or length is None or occurrence is None or start < 0 or length < -1 or occurrence < 1:
        return None
    part = text[start:] if length == -1 else text[start : start + length]
    for count, match in enumerate(regex.all(part), 1):
        if count == occurrence:
            return start + match.start()
    return -1


@scalar("(text: textual, values: array) -> long", context=True)
def has_any_index(call: Call, text: Value, values: Value) -> pa.Array:
    """The position of the first array element that the text has as whole terms, ignoring case; -1 when it has none.

    >>> print has_any_index("this is an example", dynamic(["not", "example"]))
    1
    """
    (whole,) = texts.as_texts([text], call.types)
    rows = texts.rows_of(text, values)
    column, arrays = texts.column(whole, rows), texts.column(values, 1 if isinstance(values, pa.Scalar) else rows)
    if len(arrays) == 1:
        return pa.array(_first_needle(column, _needles(dynamic.values(arrays)[0])))
    needles = [_needles(value) for value in dynamic.values(arrays)]
    found = [_first_needle(column.slice(row, 1), needles[row])[0] for row in range(rows)]
    return pa.array(found, pa.int64())


def _needles(values: Any) -> list[str]:
    items = values if isinstance(values, list) else []
    return ["" if item is None else item if isinstance(item, str) else dumps(item) for item in items]


def _first_needle(column: pa.Array, needles: list[str]) -> np.ndarray:
    found = np.full(len(column), -1, np.int64)
    for index in reversed(range(len(needles))):
        found[terms.has(column, needles[index]).to_numpy(zero_copy_only=False)] = index
    return found


@scalar("(text: string, search: string, kind: const string = ?) -> long")
def countof(text: Value, search: Value, kind: Value | None = None) -> pa.Array:
    """How often a text occurs in another, overlapping ones included; with the kind `regex`, how many matches there are, which do not overlap.

    >>> print countof("aaaa", "aa")
    3
    """
    if kind is None or texts.constant(kind) == "normal":
        return _count_plain(text, search)
    if texts.constant(kind) != "regex":
        raise KqlSemanticError(f"countof(): kind must be 'normal' or 'regex', not {texts.constant(kind)!r}", code="SEM0231")
    rows = texts.rows_of(text, search, kind)
    if isinstance(search, pa.Scalar) or len(search) == 1:
        return compile_pattern(texts.constant(search)).count(texts.column(text, rows))
    return texts.per_value(lambda text, pattern: sum(1 for _ in compile_pattern(pattern).all(text)), pa.int64(), text, search)


def _count_plain(text: Value, search: Value) -> pa.Array:
    if isinstance(search, pa.Scalar) and isinstance(text, pa.Array) and not _overlaps_itself(search.as_py()):
        return pc.count_substring(text, search.as_py())
    return texts.per_value(_count_overlapping, pa.int64(), text, search)


def _overlaps_itself(needle: str) -> bool:
    return not needle or any(needle.endswith(needle[:size]) for size in range(1, len(needle)))


def _count_overlapping(text: str, needle: str) -> int:
    count, at = 0, text.find(needle) if needle else -1
    while at >= 0:
        count += 1
        at = text.find(needle, at + 1)
    return count


@scalar("(text: scalar, delimiter: string, index: integer = ?) -> dynamic", naming="first", context=True)
def split(call: Call, text: Value, delimiter: Value, index: Value | None = None) -> pa.Array:
    """The parts of the text between delimiters, as an array; with an index, an array of that one part, or null when there is none.

    An empty delimiter gives null.

    >>> print split("a__b", "_")
    ["a","","b"]
    """
    (whole,) = texts.as_texts([text], call.types)
    rows = texts.rows_of(*(v for v in (text, delimiter, index) if v is not None))
    column = texts.column(whole, rows)
    if isinstance(delimiter, pa.Scalar):
        sign = delimiter.as_py()
        parts = pc.split_pattern(column, sign) if sign else pa.nulls(rows, pa.list_(pa.string()))
    else:
        parts = texts.per_value(lambda one, sign: one.split(sign) if sign else None, pa.list_(pa.string()), column, delimiter)
    return parts if index is None else _one_part(parts, texts.column(index, rows))


def _one_part(parts: pa.Array, index: pa.Array) -> pa.Array:
    elements, offsets = lanes.parts(parts)
    at = index.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    inside = (at >= 0) & (at < np.diff(offsets))
    chosen = elements.take(pa.array((offsets[:-1] + at)[inside]))
    ends = np.concatenate([[0], np.cumsum(inside)])
    return lanes.make_lane(ends, chosen, Type.STRING, inside)


@scalar("(regex: const string, text: string) -> string")
def trim(regex: Value, text: Value) -> pa.Array:
    r"""The text without one match of the expression at its start and one at its end.

    >>> print trim(@"\s+", "  Te st  ")
    Te st
    """
    return _trimmed(regex, text, start=True, end=True)


@scalar("(regex: const string, text: string) -> string")
def trim_start(regex: Value, text: Value) -> pa.Array:
    """The text without one match of the expression at its start.

    >>> print trim_start("https://", "https://bing.com")
    bing.com
    """
    return _trimmed(regex, text, start=True, end=False)


@scalar("(regex: const string, text: string) -> string")
def trim_end(regex: Value, text: Value) -> pa.Array:
    """The text without one match of the expression at its end.

    >>> print trim_end(".com", "bing.com")
    bing
    """
    return _trimmed(regex, text, start=False, end=True)


def _trimmed(regex: Value, text: Value, *, start: bool, end: bool) -> pa.Array:
    column = texts.column(text, texts.rows_of(regex, text))
    return compile_pattern(texts.constant(regex) or "").remove(column, start=start, end=end)


@scalar("(text: string, search: string, replacement: string) -> string")
def replace_string(text: Value, search: Value, replacement: Value) -> pa.Array:
    """The text with every occurrence of another replaced; unchanged when the search text is empty.

    >>> print replace_string("a cat", "cat", "hamster")
    a hamster
    """
    if isinstance(search, pa.Scalar) and isinstance(replacement, pa.Scalar):
        return pc.replace_substring(text, search.as_py(), replacement.as_py()) if search.as_py() else text
    return texts.per_value(lambda one, old, new: one.replace(old, new) if old else one, pa.string(), text, search, replacement)


def _replaced_columns(text: Value, searches: Value, replacements: Value) -> tuple[np.ndarray, pa.Array] | None:
    """`replace_strings` with constant arrays: each search text becomes a sign that stands nowhere, which then becomes its replacement."""
    if not isinstance(text, pa.Array) or isinstance(searches, pa.Array) or isinstance(replacements, pa.Array):
        return None
    old, new = (dynamic.values(pa.array([value.as_py()], value.type))[0] for value in (searches, replacements))
    if not isinstance(old, list) or not isinstance(new, list):
        return None
    wanted = [(i, one) for i, one in enumerate(old) if isinstance(one, str) and one]
    put = [(one, str(new[i]) if i < len(new) and isinstance(new[i], str) else one) for i, one in wanted]
    data, written = used_bytes(text), "".join(one + replacement for one, replacement in put)
    signs = [chr(code) for code in range(1, 32) if chr(code) not in written and not (data == code).any()]
    if len(signs) < len(put):
        return None
    column = text
    for sign, (one, _) in zip(signs, put, strict=False):
        column = pc.replace_substring(column, one, sign)
    for sign, (_, replacement) in zip(signs, put, strict=False):
        column = pc.replace_substring(column, sign, replacement)
    return np.ones(len(text), bool), column


@scalar("(text: string, searches: array, replacements: array) -> string", rows=True, arrays=_replaced_columns)
def replace_strings(text: str, searches: Any, replacements: Any) -> str:
    """The text with every occurrence of the texts of one array replaced by those at the same places of another.

    An earlier entry takes its occurrences before a later one looks, and what it has put in is not searched again. An entry without a
    text to replace it keeps its occurrences as they are.

    >>> print replace_strings("cat into a dog", dynamic(["cat", "dog"]), dynamic(["dog", "pigeon"]))
    dog into a pigeon
    """
    if not isinstance(searches, list) or not isinstance(replacements, list):
        return text
    pieces = [(text, False)]
    for index, search in enumerate(searches):
        if isinstance(search, str) and search:
            new = replacements[index] if index < len(replacements) else None
            pieces = _replaced_pieces(pieces, search, new if isinstance(new, str) else search)
    return "".join(piece for piece, _ in pieces)


def _replaced_pieces(pieces: list[tuple[str, bool]], search: str, new: str) -> list[tuple[str, bool]]:
    """The pieces of a text with a search text replaced in those that are not yet settled."""
    found: list[tuple[str, bool]] = []
    for piece, settled in pieces:
        parts = [piece] if settled else piece.split(search)
        found.append((parts[0], settled))
        for part in parts[1:]:
            found += [(new, True), (part, False)]
    return found


@scalar("(text: string, regex: const string, rewrite: const string) -> string")
def replace_regex(text: Value, regex: Value, rewrite: Value) -> pa.Array:
    r"""The text with every match of an expression rewritten; `\1` in the rewrite stands for what the first group holds.

    >>> print replace_regex("Number is 1", @"is (\d+)", @"was: \1")
    Number was: 1
    """
    column = texts.column(text, texts.rows_of(text, regex, rewrite))
    return compile_pattern(texts.constant(regex) or "").replace(column, texts.constant(rewrite) or "")


@scalar("(regex: const string, rewrite: const string, text: string) -> string", obsolete="replace_regex")
def replace(regex: Value, rewrite: Value, text: Value) -> pa.Array:
    """`replace_regex` with its arguments in the old order.

    >>> print replace("a", "b", "xa")
    xb
    """
    return replace_regex(texts.column(text, texts.rows_of(regex, rewrite, text)), regex, rewrite)


@scalar("(text: scalar) -> string", context=True)
def regex_quote(call: Call, text: pa.Array) -> pa.Array:
    r"""The text as a regular expression that matches just it.

    >>> print regex_quote("(so$me.Te^xt)")
    \(so\$me\.Te\^xt\)
    """
    (column,) = texts.as_texts([text], call.types)
    return pc.replace_substring_regex(column, r"[\\.+*?()|\[\]{}^$#&\-~]", r"\\\0")


@scalar(
    (
        "(regex: const string, group: long, text: string) -> string",
        "(regex: const string, group: long, text: string, type: const type) -> typeof",
    ),
    context=True,
)
def extract(call: Call, regex: Value, group: Value, text: Value, type_: Value | None = None) -> pa.Array:
    r"""What a group of the expression holds in its first match, converted to the type; group 0 is the whole match.

    Without a match the empty text, or null for another type than string.

    >>> print extract(@"-(\d{2})-", 1, "15-12-2024", typeof(int))
    12
    """
    pattern = compile_pattern(texts.constant(regex) or "")
    rows = texts.rows_of(regex, group, text)
    column = texts.column(text, rows)
    if isinstance(group, pa.Scalar) or len(group) == 1:
        number = texts.constant(group)
        found = pattern.extract(column, -1 if number is None else number)
    else:
        found = texts.per_value(lambda one, number: _group_text(pattern, one, number), pa.string(), column, group)
    return found if call.result is Type.STRING else convert(found, Type.STRING, call.result)


def _group_text(pattern: Pattern, text: str, group: int | None) -> str:
    match = next(pattern.all(text), None)
    return (match[group] or "") if match and group is not None and 0 <= group <= len(pattern.names) else ""


@scalar("(regex: const string, text: string) -> dynamic", aliases=("extractall",))
def extract_all(regex: Value, text: Value) -> pa.Array:
    r"""All matches of an expression with 1 to 16 groups, as an array: of texts for one group, else of arrays with a text for each group.

    Null when there is no match. A group that took no part in a match is an empty text.

    >>> print extract_all(@"(\d+)", "123, 567 and 789")
    ["123","567","789"]
    """
    pattern = compile_pattern(texts.constant(regex) or "")
    return _all_matches(pattern, tuple(range(1, len(pattern.names) + 1)), texts.column(text, texts.rows_of(regex, text)))


@scalar("(regex: const string, groups: array, text: string) -> dynamic", name="extract_all", aliases=("extractall",))
def extract_all_groups(regex: Value, groups: Value, text: Value) -> pa.Array:
    """`extract_all` for chosen groups, given by numbers or names in the order they shall have; unknown ones are left out."""
    pattern = compile_pattern(texts.constant(regex) or "")
    rows = texts.rows_of(regex, groups, text)
    column = texts.column(text, rows)
    if isinstance(groups, pa.Scalar) or len(groups) == 1:
        chosen = dynamic.values(pa.array([texts.constant(groups)], pa.string()))[0]
        return _all_matches(pattern, _chosen(pattern, chosen), column)
    found = [
        _matches(pattern, _chosen(pattern, value), one)
        for one, value in zip(column.to_pylist(), dynamic.values(groups), strict=True)
    ]
    return dynamic.from_values(found)


def _chosen(pattern: Pattern, groups: Any) -> tuple[int, ...]:
    numbers = []
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, str) and group in pattern.names:
            numbers.append(pattern.names.index(group) + 1)
        elif type(group) is int and 1 <= group <= len(pattern.names):
            numbers.append(group)
    return tuple(numbers) or tuple(range(1, len(pattern.names) + 1))


def _all_matches(pattern: Pattern, groups: tuple[int, ...], column: pa.Array) -> pa.Array:
    if not 1 <= len(pattern.names) <= _MOST_GROUPS:
        raise KqlSemanticError(
            f"extract_all() needs a regular expression with 1 to {_MOST_GROUPS} groups, {pattern.text!r} has {len(pattern.names)}",
            code="SEM0420",
        )
    found = pattern.everywhere(column, groups)
    return found if len(groups) == 1 else _nested(found, len(groups))


def _nested(lists: pa.ListArray, size: int) -> pa.Array:
    """Lists of texts as JSON text of arrays with `size` texts each."""
    elements, offsets = lanes.parts(lists)
    each = lanes.make_lane(np.arange(0, len(elements) + 1, size), lanes.quote(elements), Type.STRING)
    inner = pc.binary_join_element_wise("[", pc.binary_join(each, ","), "]", "")
    outer = pc.binary_join(lanes.make_lane(offsets // size, inner, Type.STRING), ",")
    return pc.if_else(lists.is_valid(), pc.binary_join_element_wise("[", outer, "]", ""), pa.scalar(None, pa.string()))


def _matches(pattern: Pattern, groups: tuple[int, ...], text: str) -> list[Any] | None:
    if len(groups) == 1:
        return [match[groups[0]] or "" for match in pattern.all(text)] or None
    return [[match[group] or "" for group in groups] for match in pattern.all(text)] or None


@scalar(
    (
        "(path: const string, json: string) -> string",
        "(path: const string, json: string, type: const type) -> typeof",
    ),
    aliases=("extractjson",),
    context=True,
)
def extract_json(call: Call, path: Value, json: Value, type_: Value | None = None) -> pa.Array:
    """The value at a path in JSON text, as text or converted to the type; empty or null when there is none.

    >>> print extract_json("$.name", '{"name": "John"}')
    John
    """
    steps = _path_steps(texts.constant(path) or "")
    column = texts.column(json, texts.rows_of(path, json))
    return path_to(column, steps, call.result)


_STEP = re.compile(r"""\.([^.\[\]'"]+)|\[(-?\d+)\]|\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]""")


def _path_steps(path: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    # Published rules leave out the first dot: "$ClientDevice".
    path = f"$.{path[1:]}" if path[1:2].isalnum() else path
    at = 1
    while path.startswith("$") and at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            break
        at = match.end()
        steps.append(int(match[2]) if match[2] else next(part for part in (match[1], match[3], match[4], "") if part is not None))
    if not path.startswith("$") or at < len(path):
        raise KqlUnsupportedError(f"kqlpy reads JSON paths such as $.a.b[0]['c d'], not {path!r}", code="KQLPY001")
    return tuple(steps)
