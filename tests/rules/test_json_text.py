"""JSON with positions: the same values as Python's reader gives, and clear errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.api import Engine
from kqlpy.errors import KqlError
from kqlpy.rules import KqlRuleError, load_rule
from kqlpy.rules.json_text import read_json
from kqlpy.rules.yaml_text import plain
from kqlpy.source import Source

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def value(text: str) -> Any:
    """The value of a JSON text, without positions."""
    node = read_json(Source(text, "r.json"))
    assert node is not None
    return plain(node)


@given(VALUES, st.sampled_from([None, 2, "\t"]), st.booleans())
def test_values_are_those_of_the_standard_library(given: Any, indent: Any, ascii_only: bool) -> None:
    assert value(json.dumps(given, indent=indent, ensure_ascii=ascii_only)) == given


@pytest.mark.parametrize("text", ['{"a": [1, 2,],}', '// rules\n{"a": /* two */ [1, 2] // end\n}', '\ufeff {"a": [1,2]}\n'])
def test_comments_and_commas_of_templates(text: str) -> None:
    assert value(text) == {"a": [1, 2]}


def test_an_empty_text_has_no_value() -> None:
    assert read_json(Source(" \n// nothing\n")) is None


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ('{"a": 1\n "b": 2}', 2, 2, "`,` or `}` is missing"),
        ("[1 2]", 1, 4, "`,` or `]` is missing"),
        ('{"a": 1', 1, 8, "the text ends before the `{` of line 1 is closed"),
        ('{"a":\n[1,', 2, 4, "the text ends before the `[` of line 2 is closed"),
        ('{"a" 1}', 1, 6, "`:` is missing"),
        ("{a: 1}", 1, 2, "a name in double quotes is missing"),
        ("{'a': 1}", 1, 2, "a name in double quotes is missing"),
        ('{"a": }', 1, 7, "a value is missing"),
        ('{"a": tru}', 1, 7, "a value is missing"),
        ('{"a": "b\n}', 1, 7, "this quote is never closed"),
        ('{"a": "\\q"}', 1, 8, "this escape is none of JSON"),
        ('{"a": "\\ud83d"}', 1, 7, "the text holds half of a character (a lone surrogate)"),
        ("[" * 101, 1, 101, "nested more than 100 levels deep"),
        ('{"a": 1}\n{"a": 2}', 2, 1, "there is more text behind the first value"),
    ],
)
def test_mistakes_have_a_place(text: str, line: int, column: int, problem: str) -> None:
    with pytest.raises(KqlRuleError) as raised:
        value(text)
    assert (raised.value.line, raised.value.column, raised.value.message) == (line, column, f"not valid JSON: {problem}")


def test_the_number_of_values_has_a_limit() -> None:
    with pytest.raises(KqlRuleError, match="more than 500,000 values"):
        value("[" + "1," * 500_001 + "1]")


def test_a_character_of_two_escapes_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"query": "print a = '\U0001f600\u00e9' | where Here == 1"}))
    assert "\\ud83d\\ude00" in path.read_text()
    with pytest.raises(KqlError) as raised:
        Engine().query(load_rule(path).source)
    assert path.read_text()[(raised.value.column or 0) - 1 :].startswith("Here")
