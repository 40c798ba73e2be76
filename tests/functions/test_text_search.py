"""Functions that search and change text: kernels against plain Python row by row, and the traps of each function."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic
from kqlpy.errors import KqlSemanticError, KqlUnsupportedError
from kqlpy.functions import text_search
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type
from tests.columns.strategies import columns, texts
from tests.functions.values import answer

TEXT_COLUMNS = columns(texts, pa.string(), nulls=False)
NEEDLES = st.one_of(st.text(st.sampled_from("aé😀-"), max_size=2), texts)


def call(*types: Type) -> Call:
    return Call(types, Type.DYNAMIC, 1, Session.at())


TWO = call(Type.STRING, Type.STRING)


@settings(deadline=None)
@given(TEXT_COLUMNS, NEEDLES)
def test_positions_and_counts_of_a_constant(column: pa.Array, needle: str) -> None:
    rows = column.to_pylist()
    found = text_search.indexof(TWO, column, pa.scalar(needle)).to_pylist()
    assert found == [one.find(needle) if needle else None for one in rows]
    counts = text_search.countof(column, pa.scalar(needle)).to_pylist()
    assert counts == [sum(one.startswith(needle, at) for at in range(len(one))) if needle else 0 for one in rows]


@settings(deadline=None)
@given(st.lists(st.tuples(texts, NEEDLES), min_size=1, max_size=8))
def test_positions_of_needles_that_vary(rows: list[tuple[str, str]]) -> None:
    ones, needles = (pa.array(column) for column in zip(*rows, strict=True))
    assert text_search.indexof(TWO, ones, needles).to_pylist() == [one.find(needle) if needle else None for one, needle in rows]


@settings(deadline=None)
@given(TEXT_COLUMNS, NEEDLES, st.integers(-1, 3))
def test_splitting(column: pa.Array, sign: str, index: int) -> None:
    rows = column.to_pylist()
    parts = [one.split(sign) if sign else None for one in rows]
    assert text_search.split(TWO, column, pa.scalar(sign)).to_pylist() == parts
    chosen = text_search.split(call(Type.STRING, Type.STRING, Type.LONG), column, pa.scalar(sign), pa.scalar(index))
    assert chosen.to_pylist() == [[one[index]] if one and 0 <= index < len(one) else None for one in parts]


@settings(deadline=None)
@given(TEXT_COLUMNS, NEEDLES, texts)
def test_replacing(column: pa.Array, old: str, new: str) -> None:
    found = text_search.replace_string(column, pa.scalar(old), pa.scalar(new))
    assert found.to_pylist() == [one.replace(old, new) if old else one for one in column.to_pylist()]


@settings(deadline=None)
@given(TEXT_COLUMNS)
def test_a_quoted_text_is_a_regular_expression_for_itself(column: pa.Array) -> None:
    for one, quoted in zip(column.to_pylist(), text_search.regex_quote(call(Type.STRING), column).to_pylist(), strict=True):
        assert text_search.countof(pa.array([one + "a" + one]), pa.scalar(quoted), pa.scalar("regex")).to_pylist()[0] >= 1


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("indexof('abcdefg', 'cde', 1, 2)", "2"),
        ("indexof('abcdefg', 'cde', -5)", "2"),
        ("indexof(1234567, 5, 1, 4)", "4"),
        ("indexof('abcdefgabcdefg', 'cde', 1, 10, 2)", "9"),
        ("indexof('abcdefgabcdefg', 'cde', 1, -1, 3)", "-1"),
        ("indexof('abc', '')", ""),
        ("indexof_regex('ababaa', 'a.a', 0, -1, 2)", "-1"),
        ("indexof_regex('abcabc', 'a|ab', -1)", ""),
        ("countof('aaaa', 'aa')", "3"),
        ("countof('aaaa', 'aa', 'regex')", "2"),
        ("split('aaa_bbb_ccc', '_', 1)", '["bbb"]'),
        ("split('a', '_', 1)", ""),
        ("split('', '_')", '[""]'),
        ("split('a', '')", ""),
        ("trim('a', 'aaaa')", "aa"),
        ("trim_start('x', 'xxx')", "xx"),
        ("trim_end('a', 'xa\\n')", "xa\n"),
        ("trim(@'[^\\w]+', '-  Te st1// $')", "Te st1"),
        ("replace_string('abc', '', '_')", "abc"),
        ("replace_strings('This is', dynamic(['is', 'This']), dynamic(['was', 'This']))", "Thwas was"),
        ("replace_strings('This is', dynamic(['This', 'is']), dynamic([12345, 'was']))", "This was"),
        ("replace_regex('Number is 1', @'is (\\d+)', @'was: \\1')", "Number was: 1"),
        ("replace_regex('a b', ' ', '$$$')", "a$$$b"),
        ("replace(@'(\\w)(\\w)', @'\\2\\1', 'abc')", "bac"),
        ("extract('User: ([^,]+)', 1, 'x')", ""),
        ("extract('x', 7, 'x')", ""),
        ("extract(@'(\\d+)', 1, 'a12', typeof(long)) + 1", "13"),
        ("isnull(extract(@'([a-z])', 1, 'a12', typeof(long)))", "True"),
        ("extract_all(@'([a-z])(\\d)?', 'a1b')", '[["a","1"],["b",""]]'),
        ("extract_all(@'(\\w)(\\w+)(\\w)', dynamic([3, 1]), 'abcd efg')", '[["d","a"],["g","e"]]'),
        ("extract_all(@'(?P<first>\\w)(\\w)', dynamic(['first', 9]), 'abcd')", '["a","c"]'),
        ("isnull(extract_all(@'(\\d+)', 'x'))", "True"),
        ("extract_json('$.a[0][\"b c\"]', '{\"a\":[{\"b c\":5}]}')", "5"),
        ("extract_json('$.a', '{\"a\":5}', typeof(long)) + 1", "6"),
        ("extract_json('$a', '{\"a\":5}')", "5"),
        ("extract_json('$.z', '{\"a\":5}')", ""),
        ("has_any_index('Example number 2', range(1, 3, 1))", "1"),
        ("has_any_index('examples', dynamic(['example']))", "-1"),
    ],
)
def test_traps(expression: str, expected: str) -> None:
    assert answer(expression) == expected


def test_a_split_column_is_a_typed_list() -> None:
    assert pa.types.is_list(text_search.split(TWO, pa.array(["a,b"]), pa.scalar(",")).type)


def test_matches_of_several_groups_are_nested_arrays() -> None:
    found = text_search.extract_all(pa.scalar(r"(\w)(\d)"), pa.array(["a1", "", "a1"]))
    assert dynamic.values(found) == [[["a", "1"]], None, [["a", "1"]]]


@pytest.mark.parametrize("expression", ["extract_all('a', 'b')", "replace_regex('a', 'a', @'\\2')", "countof('a', 'b', 'c')"])
def test_wrong_expressions_are_refused(expression: str) -> None:
    with pytest.raises(KqlSemanticError):
        answer(expression)


def test_a_path_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(KqlUnsupportedError, match=r"\$\[\?"):
        answer("extract_json('$[?x]', '{}')")
