"""Long and deep texts: they work, or are refused by a clean error."""

from __future__ import annotations

import sys

import pytest

from kqlpy.errors import KqlSyntaxError, KqlUnsupportedError
from kqlpy.syntax.depth import height, room_for
from kqlpy.syntax.parser import MAX_HEIGHT, MAX_SIZE, parse
from kqlpy.syntax.unparse import unparse


@pytest.mark.parametrize(
    "query",
    [
        "T | where " + " or ".join(f"a == {n}" for n in range(10_000)),
        "T | where " + " and ".join(f"a has '{n}'" for n in range(10_000)),
        "T" + " | where a == 1" * 5_000,
        "".join(f"let a{n} = {n};\n" for n in range(5_000)) + "T",
        "T | where a in (" + ", ".join(map(str, range(50_000))) + ")",
        "print dynamic([" + ", ".join(map(str, range(50_000))) + "])",
        "print " + " + ".join(map(str, range(400))),
        "print " + "iff(a, 1, " * 160 + "2" + ")" * 160,
        "print " + "(" * 400 + "1" + ")" * 400,
        "T // " + "x" * 1_000_000 + "\n| take 1",
    ],
    ids=["or", "and", "operators", "lets", "in", "dynamic", "sum", "iff", "parentheses", "comment"],
)
def test_long_texts_survive_the_round_trip(query: str) -> None:
    tree = parse(query)
    again = parse(unparse(tree))

    with room_for(tree):
        assert again == tree


@pytest.mark.parametrize(
    "query",
    [
        "print " + "(" * 10_000 + "1" + ")" * 10_000,
        "print " + "(" * 10_000,
        "print dynamic(" + "[" * 10_000 + "]" * 10_000 + ")",
        "print " + "f(" * 10_000,
        "print " + " + ".join(["1"] * 10_000),
        "print a" + ".b" * 10_000,
        "T | join (" * 10_000,
    ],
    ids=["parentheses", "unclosed", "dynamic", "calls", "sum", "members", "joins"],
)
def test_deep_texts_are_refused(query: str) -> None:
    with pytest.raises(KqlUnsupportedError, match=rf"^KS245 query, .* nested deeper than {MAX_HEIGHT} levels"):
        parse(query)


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(KqlUnsupportedError, match=r"^KS244 the query has 10,000,000 characters; the limit is 2,097,152"):
        parse("x" * 10_000_000)


def test_the_longest_text_is_read() -> None:
    parse("T //" + " " * (MAX_SIZE - 4))


@pytest.mark.parametrize(
    "query",
    ["print '" + "x" * 1_000_000, "print ```" + "x" * 1_000_000, "print " + "'" * 100_001, "print " + "1" * 1_000_000],
    ids=["quote", "backticks", "quotes", "digits"],
)
def test_errors_in_long_texts_come_quickly_and_short(query: str) -> None:
    with pytest.raises(KqlSyntaxError) as caught:
        parse(query)

    assert len(str(caught.value)) < 600


def test_height_counts_nodes_down_to_a_leaf() -> None:
    assert height(parse("T")) == 3
    assert height(parse("print ((1))")) == height(parse("print 1")) + 2


def test_room_for_a_tall_tree_is_given_back() -> None:
    usual = sys.getrecursionlimit()
    tree = parse("print " + "(" * 300 + "1" + ")" * 300)

    with room_for(tree):
        assert sys.getrecursionlimit() > usual
        with room_for(tree):
            pass
        assert sys.getrecursionlimit() > usual
    assert sys.getrecursionlimit() == usual
