"""Functions over text: kernels against plain Python row by row, and the traps of each function."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic
from kqlpy.functions import text
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type
from tests.columns.strategies import columns, texts
from tests.functions.values import answer, maybe

TEXT_COLUMNS = columns(texts, pa.string(), nulls=False)
NUMBERS = st.integers(-4, 9)


def call(*types: Type, result: Type = Type.STRING) -> Call:
    return Call(types, result, 1, Session.at())


def part(one: str, start: int | None, length: int | None) -> str:
    """What `substring` answers for one text."""
    if start is None or length is None or length < 0 or start < -len(one):
        return ""
    begin = start + len(one) if start < 0 else start
    return one[begin : begin + length]


@settings(deadline=None)
@given(TEXT_COLUMNS, NUMBERS, maybe(NUMBERS))
def test_substring_of_fixed_places(column: pa.Array, start: int, length: int | None) -> None:
    found = text.substring(call(Type.STRING, Type.LONG, Type.LONG), column, pa.scalar(start), pa.scalar(length, pa.int64()))
    assert found.to_pylist() == [part(one, start, length) for one in column.to_pylist()]


@settings(deadline=None)
@given(st.lists(st.tuples(texts, maybe(NUMBERS), maybe(NUMBERS)), min_size=1, max_size=8), st.booleans())
def test_substring_of_places_that_vary(rows: list[tuple[str, int | None, int | None]], ascii_only: bool) -> None:
    kept = [(one.encode("ascii", "ignore").decode() if ascii_only else one, start, length) for one, start, length in rows]
    ones, starts, lengths = zip(*kept, strict=True)
    found = text.substring(
        call(Type.STRING, Type.LONG, Type.LONG), pa.array(ones), pa.array(starts, pa.int64()), pa.array(lengths, pa.int64())
    )
    assert found.to_pylist() == [part(*row) for row in kept]


@settings(deadline=None)
@given(TEXT_COLUMNS)
def test_lengths_count_code_points_and_bytes(column: pa.Array) -> None:
    rows = column.to_pylist()
    assert text.strlen(call(Type.STRING), column).to_pylist() == [len(one) for one in rows]
    assert text.string_size(call(Type.STRING), column).to_pylist() == [len(one.encode()) for one in rows]
    assert text.reverse(call(Type.STRING), column).to_pylist() == [one[::-1] for one in rows]
    assert text.isempty(call(Type.STRING), column).to_pylist() == [one == "" for one in rows]
    assert text.isascii(call(Type.STRING), column).to_pylist() == [one.isascii() for one in rows]


@settings(deadline=None)
@given(TEXT_COLUMNS, st.text("aAz. é", max_size=4), st.text("bB\\é", max_size=3))
def test_translating(column: pa.Array, old: str, new: str) -> None:
    table: dict[int, str] = {}
    for index, char in enumerate(old):
        table.setdefault(ord(char), new[min(index, len(new) - 1)] if new else "")
    found = text.translate(pa.scalar(old), pa.scalar(new), column)
    assert found.to_pylist() == [one.translate(table) for one in column.to_pylist()]


@settings(deadline=None)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=8))
def test_joining_and_comparing_rows(rows: list[tuple[str, str]]) -> None:
    lefts, rights = (pa.array(column) for column in zip(*rows, strict=True))
    types = call(Type.STRING, Type.STRING, Type.STRING)
    assert text.strcat(types, lefts, rights).to_pylist() == [a + b for a, b in rows]
    assert text.strcat_delim(types, pa.scalar("-"), lefts, rights).to_pylist() == [f"{a}-{b}" for a, b in rows]
    assert text.strcmp(types, lefts, rights).to_pylist() == [(a > b) - (a < b) for a, b in rows]


@settings(deadline=None)
@given(TEXT_COLUMNS, st.integers(-2, 4), texts)
def test_repeating(column: pa.Array, times: int, sign: str) -> None:
    found = text.strrep(call(Type.STRING, Type.LONG, Type.STRING), column, pa.scalar(times), pa.scalar(sign))
    assert found.to_pylist() == [sign.join([one] * times) for one in column.to_pylist()]


@settings(deadline=None)
@given(TEXT_COLUMNS)
def test_code_points_of_a_text_make_the_text_again(column: pa.Array) -> None:
    points = text.unicode_codepoints_from_string(call(Type.STRING), column)
    assert points.to_pylist() == [list(map(ord, one)) for one in column.to_pylist()]
    assert [text.unicode_codepoints_to_string(one) for one in points.to_pylist()] == column.to_pylist()


@settings(deadline=None)
@given(columns(st.lists(maybe(texts), max_size=3), pa.list_(pa.string())), texts)
def test_joining_an_array_is_the_same_for_lanes_and_json_text(lists: pa.Array, sign: str) -> None:
    types = call(Type.DYNAMIC, Type.STRING)
    expected = ["" if one is None else sign.join(item or "" for item in one) for one in lists.to_pylist()]
    assert text.strcat_array(types, lists, pa.scalar(sign)).to_pylist() == expected
    assert text.strcat_array(types, dynamic.text_of(lists), pa.scalar(sign)).to_pylist() == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("substring('abcdefg', 5, 10)", "fg"),
        ("substring('abc', 1, -1)", ""),
        ("substring('abcdefg', -3, 2)", "ef"),
        ("substring('abc', -10, 2)", ""),
        ("substring('abc', long(null))", ""),
        ("substring('a😀b', 1, 1)", "😀"),
        ("toupper('Straße')", "STRAßE"),
        ("toupper('naïve ǆ ẞ')", "NAÏVE Ǆ ẞ"),
        ("tolower(dynamic('X'))", "x"),
        ("strlen('⒦⒰⒮⒯⒪')", "5"),
        ("string_size('⒦⒰⒮⒯⒪')", "15"),
        ("strlen(dynamic('ab'))", "2"),
        ("strcat('a', int(null), 'b', 1.0, 1s, true)", "ab1.000:00:01True"),
        ("strcat_delim('-', 'a', int(null), 'b')", "a--b"),
        ("strcat_array(dynamic(['a', 1, 2.5, true, null, {'x': 1}]), '-')", 'a-1-2.5-true--{"x":1}'),
        ("strcat_array(dynamic(null), '-')", ""),
        ("strcmp('abc', 'ABC')", "1"),
        ("strrep(123, 3, '.')", "123.123.123"),
        ("strlen(strrep('ab', 5000))", "2048"),
        ("reverse(3h)", "00:00:30"),
        ("translate('abc', 'x', 'abc')", "xxx"),
        ("translate('abc', '', 'ab')", ""),
        ("isempty(datetime(null))", "True"),
        ("isempty(dynamic([]))", "False"),
        ("isempty(parse_json(''))", "True"),
        ("isempty(1)", "False"),
        ("unicode_codepoints_to_string(dynamic([75, 117]), 115)", "Kus"),
        ("unicode_codepoints_to_string(55296)", ""),
    ],
)
def test_traps(expression: str, expected: str) -> None:
    assert answer(expression) == expected


def test_isempty_of_a_dynamic_column_tells_null_and_empty_text_from_the_rest() -> None:
    held: list[Any] = [None, '""', '"a"', "[]", "0"]
    found = text.isempty(call(Type.DYNAMIC, result=Type.BOOL), pa.array(held, pa.string()))
    assert found.to_pylist() == [True, True, False, False, False]
