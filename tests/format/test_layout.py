"""The canonical layout: pairs of texts, and what holds for every text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kqlpy.api import Engine
from kqlpy.errors import KqlSyntaxError
from kqlpy.format import format_text
from kqlpy.rules.load import load_rule
from kqlpy.syntax.parser import parse, parse_tokens

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "cases").glob("*.kql"))
RULES = sorted((ROOT / "rules").glob("*.yaml"))
NAMES = [path.stem for path in CASES]


def halves(path: Path) -> tuple[str, str]:
    """The text as written and as formatted, which a line of `=` divides."""
    before, after = re.split(r"^=+\n", path.read_text(), flags=re.MULTILINE)
    return before, after


def comments(text: str) -> list[str]:
    """The comments of a text, in order."""
    found, position = [], 0
    for _, token in parse_tokens(text)[1]:
        found += [match.rstrip() for match in re.findall(r"//[^\n]*", text[position : token.start])]
        position = token.end
    return found


@pytest.mark.parametrize("path", CASES, ids=NAMES)
def test_a_text_becomes_its_canonical_form(path: Path) -> None:
    before, after = halves(path)
    assert format_text(before) == after


@pytest.mark.parametrize("path", CASES, ids=NAMES)
def test_the_canonical_form_stays_as_it_is(path: Path) -> None:
    _, after = halves(path)
    assert format_text(after) == after


@pytest.mark.parametrize("path", CASES, ids=NAMES)
def test_tree_and_comments_are_kept(path: Path) -> None:
    before, _ = halves(path)
    formatted = format_text(before)
    assert parse(formatted) == parse(before)
    assert sorted(comments(formatted)) == sorted(comments(before))


@pytest.mark.parametrize("path", RULES, ids=[path.stem for path in RULES])
def test_rules_keep_tree_comments_and_columns(path: Path) -> None:
    query = load_rule(path).query
    formatted = format_text(query)
    engine = Engine()
    assert parse(formatted) == parse(query)
    assert comments(formatted) == comments(query)
    assert format_text(formatted) == formatted
    assert engine.plan(formatted).schema == engine.plan(query).schema


@pytest.mark.parametrize("comment", [" // c\n", "\n// c\n", " // c\n\n\n// d\n"])
@pytest.mark.parametrize("path", RULES, ids=[path.stem for path in RULES])
def test_comments_stand_between_any_tokens(path: Path, comment: str) -> None:
    query = load_rule(path).query
    tree, tokens = parse_tokens(query)
    texts = [query[: token.start] + comment + query[token.start :] for _, token in tokens[1::7] if token.text not in "()"]
    assert texts
    for text in texts:
        formatted = format_text(text)
        assert parse(formatted) == tree
        assert format_text(formatted) == formatted
        assert sorted(comments(formatted)) == sorted(comments(text))


def test_lines_end_as_asked_for() -> None:
    assert format_text("T|count", newline="\r\n") == "T\r\n| count\r\n"


def test_a_text_that_is_no_query_is_refused() -> None:
    with pytest.raises(KqlSyntaxError):
        format_text("T | where")


def test_deep_nesting_is_formatted() -> None:
    text = "print " + "(" * 30 + "a" * 90 + "+ 1" + ")" * 30
    assert parse(format_text(text)) == parse(text)


def test_long_texts_take_time_in_proportion() -> None:
    text = "T | where a in (" + ", ".join(f'"value {number}"' for number in range(5_000)) + ")"
    assert parse(format_text(text)) == parse(text)
