"""Every form of the language parses, and its canonical text parses to the same tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from kqlpy.syntax.parser import parse
from kqlpy.syntax.unparse import unparse

from .helpers import RULES, blocks, form_lines


@pytest.mark.parametrize("query", form_lines())
def test_form_survives_the_round_trip(query: str) -> None:
    tree = parse(query)

    text = unparse(tree)

    assert parse(text) == tree
    assert unparse(parse(text)) == text


@pytest.mark.parametrize(("query", "canonical"), blocks("canonical"))
def test_canonical_text(query: str, canonical: str) -> None:
    assert unparse(parse(query)) == canonical


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.stem)
def test_rule_survives_the_round_trip(path: Path) -> None:
    query = yaml.safe_load(path.read_text(encoding="utf-8"))["query"]
    fence = re.fullmatch(r"\s*```\w*\n(.*)\n```\s*", query, re.DOTALL)
    tree = parse(fence[1] if fence else query)

    assert parse(unparse(tree)) == tree


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n\n"])
def test_line_ends_do_not_matter(newline: str) -> None:
    query = 'let x = 5; // five\nT\n| where a == x // and b\n| project "c" // d'

    assert parse(query.replace("\n", newline)) == parse(query)


def test_byte_order_mark_and_odd_spaces_do_not_matter() -> None:
    assert parse("\ufeffT\u00a0|\u200b take\t1") == parse("T | take 1")


def test_comments_may_stand_anywhere() -> None:
    query = "// first\nT // the table\n// | take 5\n| where // condition\n a == 1 // one\n;// end\n// after"

    assert parse(query) == parse("T | where a == 1")


def test_directives_before_the_query_do_not_matter() -> None:
    assert parse("#connect cluster('help')\n// comment\n#crp x=1\nT") == parse("T")


def test_last_semicolon_is_optional() -> None:
    assert parse("let x = 1; T;") == parse("let x = 1; T")


def test_double_slash_inside_a_string_is_no_comment() -> None:
    assert parse("print 'http://x' // y") == parse("print 'http://x'")
