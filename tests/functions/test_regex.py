"""Regular expressions: RE2 and Python's engine give the same answers, and both mean what Kusto means."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.errors import KqlSemanticError, KqlUnsupportedError
from kqlpy.functions.regex import compile_pattern
from tests.columns.strategies import columns

TEXTS = st.text(st.sampled_from("abAB1_ -\né"), max_size=8)
ATOMS = st.sampled_from(["a", "b", "A", ".", "[ab]", "[^a]", r"\w", r"\d", r"\s", r"\W", r"[\w-]", "[b-z]", r"\bb", "é", "(?i:ab)", "(?:ab|b)"])
PIECES = st.builds(lambda atom, times: f"(?:{atom}){times}", ATOMS, st.sampled_from(["", "", "*", "+", "?", "{2}", "*?", "{1,2}"]))
PATTERNS = st.lists(st.lists(PIECES, min_size=1, max_size=3).map("".join), min_size=1, max_size=2).map("|".join)


@settings(deadline=None, max_examples=300)
@given(PATTERNS, columns(TEXTS, pa.string(), nulls=False))
def test_columns_answer_like_single_texts(source: str, column: pa.Array) -> None:
    pattern = compile_pattern(source)
    rows = column.to_pylist()
    firsts = [pattern.compiled.search(one) for one in rows]
    assert pattern.matches(column).to_pylist() == [match is not None for match in firsts]
    assert pattern.extract(column, 0).to_pylist() == [match[0] if match else "" for match in firsts]
    assert pattern.count(column).to_pylist() == [len(list(pattern.all(one))) for one in rows]


@settings(deadline=None, max_examples=300)
@given(PATTERNS, PATTERNS, columns(TEXTS | st.text("a\x01\x02\x03", max_size=4), pa.string(), nulls=False), st.sampled_from([(1,), (2,), (2, 1), (1, 1, 2)]))
def test_all_matches_of_columns_and_of_single_texts(first: str, second: str, column: pa.Array, groups: tuple[int, ...]) -> None:
    pattern = compile_pattern(f"({first})|({second})")
    expected = [[match[group] or "" for match in pattern.all(one) for group in groups] or None for one in column.to_pylist()]
    assert pattern.everywhere(column, groups).to_pylist() == expected


@settings(deadline=None, max_examples=300)
@given(PATTERNS, columns(TEXTS, pa.string(), nulls=False))
def test_python_reads_the_same_subset_alike(source: str, column: pa.Array) -> None:
    found = compile_pattern(source).extract(column, 0).to_pylist()
    matches = [re.search(source, one) for one in column.to_pylist()]
    assert found == [match[0] if match else "" for match in matches]


@settings(deadline=None)
@given(st.sampled_from(["a", "a+", "[ab]", r"\w+", "b*"]), columns(TEXTS, pa.string(), nulls=False))
def test_replacing_keeps_what_does_not_match(source: str, column: pa.Array) -> None:
    pattern = compile_pattern(source)
    expected = []
    for one in column.to_pylist():
        at, pieces = 0, []
        for match in pattern.all(one):
            pieces += [one[at : match.start()], f"<{match[0]}>"]
            at = match.end()
        expected.append("".join(pieces) + one[at:])
    assert pattern.replace(column, r"<\0>").to_pylist() == expected


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("b.*k", "Fabrikam", True),
        ("(?i)abc", "xABCx", True),
        ("a(?i)b", "AB", False),
        ("((?i)a)b", "AB", False),
        (r"\d", "٣", True),
        (r"^\w+$", "été", True),
        (r"^\s$", "\u00a0", True),
        (r"^\s$", "\x1c", False),
        (r"\bword\b", "a word b", True),
        (r"\bword", "éword", False),
        (r"(?-u:\b)word", "éword", True),
        ("a$", "a\n", False),
        ("(?m)^b$", "a\nb\nc", True),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        ("(?x) a b # both", "ab", True),
        ("[a-z&&[^aeiou]]", "a", False),
        ("[0-9--4]", "4", False),
        ("[a-g~~b-h]", "h", True),
        ("[[:alpha:]]", "1", False),
        ("[[:^alpha:]]", "1", True),
        ("[^]a]", "]", False),
        ("[[]", "[", True),
        (r"[\w-.]+@", "a.b-@", True),
        ("(?i)k", "\u212a", True),
        ("(?i)[^k]", "\u212a", False),
        (r"\p{Lu}\pL", "aÉb", True),
        (r"\P{Lu}", "É", False),
        (r"\x41\x{42}\u0043\101", "ABCA", True),
        (r"\Qa.b\E+", "a.bb", True),
        ("a{x", "a{x", True),
        ("x{1001}", "x" * 1001, True),
        ("(?P<n>a)(?<m>b)", "ab", True),
        (r"\<b", "a b", True),
        (r"a\>", "ab", False),
    ],
)
def test_meaning(source: str, text: str, expected: bool) -> None:
    pattern = compile_pattern(source)
    assert pattern.matches(pa.array([text])).to_pylist() == [expected]
    assert pattern.matches(pa.array([text, "ÿ"])).to_pylist()[0] is expected


@pytest.mark.parametrize(
    "source", ["(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", r"(a)\1", "a(", "a)", "[a", "*a", r"\Z", r"\y", "a{3,2}", "[b-a]", "(?q)a", "(?<a>x)(?<a>y)"]
)
def test_what_the_engine_does_not_have_is_refused(source: str) -> None:
    with pytest.raises(KqlSemanticError, match="bad regular expression"):
        compile_pattern(source)


def test_scripts_are_refused_by_name_where_they_matter() -> None:
    with pytest.raises(KqlUnsupportedError, match="Greek"):
        compile_pattern(r"\p{Greek}").matches(pa.array(["α"]))
    assert compile_pattern(r"\p{Greek}").matches(pa.array(["abc"])).to_pylist() == [False]


def test_an_empty_match_does_not_touch_the_one_before() -> None:
    assert [match.span() for match in compile_pattern("a*").all("baaac")] == [(0, 0), (1, 4), (5, 5)]


def test_one_text_beyond_ascii_does_not_slow_the_others() -> None:
    column = pa.array(["a word", "éword", "b", "word é"])
    assert compile_pattern(r"\bword\b").matches(column).to_pylist() == [True, False, False, True]
