"""parse-kv: keys and values by delimiters, quotes, words and regular expressions."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.operators.parse_pairs import PairRules, values_of
from tests.operators.group_helpers import columns, refusal, rows


def read(text: str, keys: str, properties: str = "") -> tuple[object, ...]:
    """The values for one text."""
    return rows(f"print s=@'{text}' | parse-kv s as ({keys}) {properties} | project-away s")[0]


SEMICOLON = "with (pair_delimiter=';', kv_delimiter='=')"


def test_values_have_the_types_of_their_keys() -> None:
    assert columns(f'print s="" | parse-kv s as (n:long, t:string) {SEMICOLON}') == ["s:string", "n:long", "t:string"]
    assert read("n=5; t = x y ", "n:long, t:string", SEMICOLON) == (5, "x y")


def test_the_first_of_a_repeated_key_counts() -> None:
    assert read("a=1;a=2", "a:long", SEMICOLON) == (1,)


def test_a_missing_key_is_null_or_empty() -> None:
    assert read("a=1", "b:long, c:string", SEMICOLON) == (None, "")


def test_a_value_may_hold_the_delimiter_of_keys() -> None:
    assert read("key=value=extra", "key:string", SEMICOLON) == ("value=extra",)


def test_quotes_keep_delimiters() -> None:
    properties = """with (pair_delimiter=' ', kv_delimiter='=', quote='"')"""
    assert read('a="x y=z" "b c"=2', "a:string, ['b c']:long", properties) == ("x y=z", 2)


def test_an_opening_quote_may_differ_from_the_closing_one() -> None:
    assert read("a=(x y) b=1", "a:string, b:long", "with (pair_delimiter=' ', kv_delimiter='=', quote='()')") == ("x y", 1)


def test_an_escaped_quote_does_not_close() -> None:
    properties = """with (pair_delimiter=' ', kv_delimiter='=', quote='"', escape='\\\\')"""
    assert read(r'a="say \"hi\"" b=1', "a:string, b:long", properties) == ('say "hi"', 1)


def test_a_quote_that_never_closes_is_a_character() -> None:
    assert read('a="x b=1', "a:string, b:long", """with (pair_delimiter=' ', kv_delimiter='=', quote='"')""") == ('"x', 1)


def test_greedy_values_reach_to_the_next_key() -> None:
    properties = "with (pair_delimiter=' ', kv_delimiter='=', greedy=true)"
    assert read("name=John Doe phone=555 5555 city=New York", "name:string, phone:string, city:string", properties) == (
        "John Doe",
        "555 5555",
        "New York",
    )


def test_without_delimiters_words_follow_their_keys() -> None:
    assert read("10:00 [INFO] Id:7, Machine:Node001", "Machine:string, Id:long") == ("Node001", 7)
    assert rows("""print s="Text: 'a b' Id=1" | parse-kv s as (Text:string, Id:long) with (quote="'") | project Text, Id""") == [("a b", 1)]


def test_a_regex_has_a_key_and_a_value() -> None:
    assert read("<a>1</a><b>2</b>", "b:long, a:long", "with (regex=@'<(\\w)>(\\d)')") == (2, 1)


def test_refusals() -> None:
    assert refusal("print s='' | parse-kv s as (a:long) with (pair_delimiter=';')") == "parse-kv: `pair_delimiter` and `kv_delimiter` belong together"
    assert (
        refusal("print s='' | parse-kv s as (a:long) with (regex='(a)')")
        == "parse-kv: `regex` needs two groups, one for the key and one for the value"
    )
    assert refusal("print s='' | parse-kv s as (a:long, a:string)") == "the column `a` is given twice"


@pytest.mark.parametrize("quotes", [(), (('"', '"'),)])
@given(texts=st.lists(st.text(alphabet='ab=;" 1', max_size=14), max_size=6))
def test_splitting_columns_equals_reading_texts(quotes: tuple[tuple[str, str], ...], texts: list[str]) -> None:
    rules = PairRules(";", "=", quotes)
    found = values_of(rules, ("a", "b"), pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        first: dict[str, str] = {}
        for key, value in rules.pairs(text):
            first.setdefault(key, value)
        assert [c[row].as_py() for c in found] == [first.get("a", ""), first.get("b", "")]
