"""parse and parse-where: what each kind of pattern takes out of a text."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kqlpy
from kqlpy.operators.parse_patterns import Capture, ParsePattern
from kqlpy.types import Type
from tests.operators.group_helpers import columns, refusal, rows

SHORT_TEXTS = st.text(alphabet="ab1 é\n", max_size=12)
PIECES = st.sampled_from(["a", "b", "ab", " ", "1", "é", "\n", ""])


def parsed(text: str, pattern: str, operator: str = "parse") -> list[tuple[object, ...]]:
    """The captured columns for one text."""
    return rows(f"print s='{text}' | {operator} s with {pattern} | project-away s")


# ---------------------------------------------------------------- simple


def test_captures_end_at_the_first_following_text() -> None:
    assert parsed("a###b###c", 'l "###" r') == [("a", "b###c")]


def test_a_last_text_must_end_the_row() -> None:
    assert parsed("aXcYc", '"a" v "c"') == [("XcY",)]
    assert parsed("abcbd", '"a" v "b"') == [("",)]


def test_a_last_asterisk_frees_the_end() -> None:
    assert parsed("aXcYc", '"a" v "c" *') == [("X",)]


def test_a_first_text_must_begin_the_row() -> None:
    assert parsed("xa=1", '"a=" v') == [("",)]
    assert parsed("xa=1", '* "a=" v') == [("1",)]


def test_texts_are_plain_and_case_counts() -> None:
    assert parsed("axb=1", '"a.b=" v') == [("",)]
    assert parsed("A=1", '"a=" v') == [("",)]


def test_one_wrong_value_empties_the_row() -> None:
    assert parsed("a=x, b=2", '"a=" a:long ", b=" b:long') == [(None, None)]


def test_an_asterisk_after_a_number_skips_what_follows_it() -> None:
    assert parsed("n=27; m=23.", '"n=" n:long * "m=" m:long *') == [(27, 23)]


def test_a_number_may_stand_at_a_later_place() -> None:
    assert parsed("fe80::1:443 to x", 'host ":" port:int " to " target') == [("fe80::1", 443, "x")]
    assert parsed("port scan on port 22 now", '* "port " p:int *') == [(22,)]


@pytest.mark.parametrize(
    ("text", "type_", "shown"),
    [
        ("2020-01-02 10:00:00", "datetime", "2020-01-02T10:00:00.0000000Z"),
        ("01:02:03", "timespan", "01:02:03"),
        ("1.5e3", "real", "1500.0"),
        ("12.5", "decimal", "12.5"),
        ("True", "bool", "True"),
        ("74be27de-1e4e-49d9-b579-fe0b331d3642", "guid", "74be27de-1e4e-49d9-b579-fe0b331d3642"),
    ],
)
def test_every_type_can_be_followed_by_an_asterisk(text: str, type_: str, shown: str) -> None:
    assert rows(f'print s="v={text} rest" | parse s with "v=" v:{type_} * "rest" | project tostring(v)') == [(shown,)]


def test_columns_are_replaced_in_place_with_the_new_type() -> None:
    query = 'datatable(s:string, n:string, t:string)["n=5;u=x", "", ""] | parse s with "n=" n:long ";u=" u'
    assert columns(query) == ["s:string", "n:long", "t:string", "u:string"]
    assert rows(query) == [("n=5;u=x", 5, "", "x")]


def test_other_types_are_parsed_as_their_text() -> None:
    assert rows('print d=dynamic({"a":1}) | parse d with * ":" v "}" | project v') == [("1",)]


@given(st.lists(SHORT_TEXTS, max_size=6), st.lists(st.tuples(PIECES, st.booleans()), min_size=1, max_size=4), st.booleans(), st.booleans())
def test_simple_patterns_equal_a_lazy_regular_expression(texts: list[str], parts: list[tuple[str, bool]], first: bool, last: bool) -> None:
    pieces: list[str | Capture | None] = [None] if first else []
    for number, (text, captured) in enumerate(parts):
        pieces += [text, Capture(f"c{number}", Type.STRING) if captured else None]
    if not last and pieces[-1] is None:
        pieces.pop()
    regex = re.compile("".join(re.escape(p) if isinstance(p, str) else ".*?" if p is None else "(.*?)" for p in pieces), re.DOTALL)
    found = ParsePattern(tuple(pieces)).match(pa.array(["left out", *texts], pa.string()).slice(1))
    for row, text in enumerate(texts):
        match = regex.fullmatch(text)
        assert found.matched[row] == (match is not None)
        assert [c[row].as_py() for c in found.columns] == (list(match.groups()) if match else [""] * len(found.columns))


# ---------------------------------------------------------------- relaxed, regex


def test_relaxed_leaves_only_the_wrong_value_null() -> None:
    query = 'print s="a=x, b=2 c" | parse kind=relaxed s with "a=" a:long ", b=" b:long * "c" | project a, b'
    assert rows(query) == [(None, 2)]


def test_regex_captures_as_much_as_it_can() -> None:
    assert rows('print s="MixedCASE123end" | parse kind=regex s with up @"[0-9]+" tail | project up, tail') == [("MixedCASE12", "end")]


def test_the_flag_u_swaps_greed_and_i_ignores_case() -> None:
    assert rows('print s="NAME=x, y=1, z" | parse kind=regex flags=Ui s with * "name=" n "," * | project n') == [("x",)]


def test_groups_inside_a_regex_do_not_count() -> None:
    assert rows('print s="ab12" | parse kind=regex s with "(a)(b)" n:long | project n') == [(12,)]


def test_a_regex_matches_anywhere() -> None:
    assert rows('print s="xx k=5 yy" | parse kind=regex s with "k=" n:long | project n') == [(5,)]


# ---------------------------------------------------------------- parse-where


def test_parse_where_drops_what_does_not_match() -> None:
    query = 'datatable(s:string)["a=1", "b=2", "a=x"] | parse-where s with "a=" n:long'
    assert rows(query) == [("a=1", 1)]


def test_a_dictionary_is_matched_once_per_text() -> None:
    texts = pa.array(["a=1", "b", "a=1", "a=2"]).dictionary_encode()
    found = kqlpy.query('T | parse-where s with "a=" n:long', {"T": pa.table({"s": texts})})
    assert found.column("n").to_pylist() == [1, 1, 2]


def test_parsing_is_left_out_when_nobody_reads_the_columns() -> None:
    assert rows('datatable(s:string)["a=1", "b"] | parse s with "a=" n:long | summarize count()') == [(2,)]
    assert rows('datatable(s:string)["a=1", "b"] | parse-where s with "a=" n:long | summarize count()') == [(1,)]


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('parse s with "a" x * "b"', "`*` cannot follow `x`, a column of type string: nothing would tell where it ends"),
        ("parse s with * x", "a text must follow `*` in the pattern"),
        ('parse s with "a" x "b" x', "the column `x` is given twice"),
        ('parse kind=foo s with "a" x', "there is no kind `foo` of parse here; write one of simple, regex, relaxed"),
        ('parse-where kind=relaxed s with "a" x', "there is no kind `relaxed` of parse here; write one of simple, regex"),
    ],
)
def test_refusals(query: str, message: str) -> None:
    assert refusal(f"print s='a' | {query}") == message


def test_a_bad_regular_expression_is_refused_before_any_row() -> None:
    assert "unclosed group" in refusal('datatable(s:string)[] | parse kind=regex s with "a(" x')
