"""YAML that cannot be read: the error points at the mistake and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from kqlpy.rules import KqlRuleError, load_rule

CASES = {
    "a line of the query stands too far left": ("query: |\n  T\n| count\nname: n\n", 3, "indent each line of the query as its first line, or further"),
    "a colon in a text": ("name: Found: it\nquery: T\n", 1, "put a text that holds `: ` in quotes"),
    "a quote that is not closed": ("id: 1\nname: 'n\nquery: T\n", 2, "this quote is never closed"),
    "text behind a quoted text": ('query: "T" | count\n', 1, "write a text that only begins with a quote below `|`, indented"),
    "braces at the beginning of a text": ("name: {{a}} on {{b}}\nquery: T\n", 1, "put a text that begins with {, @, ` or % in quotes"),
    "a character that begins no text": ("name: @n\nquery: T\n", 1, "put a text that begins with {, @, ` or % in quotes"),
    "no colon in the first line": ("name n\nquery: T\n", 2, "a `:` is missing in the line above"),
    "no colon": ("name: n\nquery T\nseverity: Low\n", 2, "a `:` is missing in this line"),
    "a field too far right": ("name: n\n  query: T\n", 2, "this line is indented further than the one above"),
    "a tab before a field": ("name: n\n\tquery: T\n", 2, "this line is indented further than the one above"),
    "a field too far left": ("  name: n\nquery: T\n", 2, "fields that belong together begin in the same column"),
    "items in different columns": ("tactics:\n  - A\n - B\nquery: T\n", 3, "fields that belong together begin in the same column"),
    "a list that is not closed": ("tactics: [A\nquery: T\n", 2, "the `[` in line 1 is not closed before this"),
    "a code fence around the file": ("```yaml\nquery: T\n```\n", 1, "leave out the lines ``` around the rule"),
    "both sides of a merge": ("<<<<<<< HEAD\nname: a\n=======\nname: b\n>>>>>>> b\nquery: T\n", 1, "the file holds both sides of a merge"),
    "Sigma": ("title: x\nlogsource: {product: windows}\ndetection: {condition: a}\n", 1, "this looks like a Sigma rule: convert it to KQL first"),
}


@pytest.mark.parametrize("case", CASES)
def test_advice(case: str, tmp_path: Path) -> None:
    text, line, hint = CASES[case]
    path = tmp_path / "rule.yaml"
    path.write_text(text)
    with pytest.raises(KqlRuleError) as raised:
        load_rule(path)
    assert raised.value.line == line
    assert hint in (raised.value.hint or "")
