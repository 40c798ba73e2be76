"""Positions of errors are those in the rule file, however the query is written there."""

from __future__ import annotations

from pathlib import Path

import pytest

from kqlpy import KqlError
from kqlpy.api import Engine
from kqlpy.rules import load_rule

STYLES = {
    "literal": "query: |\n  T\n  | where Here == 1\n",
    "literal, stripped, with comment": "query: |- # the query\n    T\n\n    | where Here == 1\n",
    "literal with indentation": "query: |2\n    T\n    | where Here == 1\n",
    "folded": "query: >\n  T\n  | where Here == 1\n",
    "plain over lines": "query: T\n  | where Here == 1\nname: x\n",
    "single quotes": "query: 'T | where b == ''x''\n\n  | where Here == 1'\n",
    "double quotes": 'query: "T\\n| where b == \\"x\\"\\n| where \\u0061 == 1 and Here == 1"\n',
    "double quotes over lines": 'query: "T\\n\\\n   | where Here\\\n   \\ == 1"\n',
    "fence in a literal": "query: |\n  ```kusto\n  T\n  | where Here == 1\n  ```\n",
    "fence in double quotes": 'query: "```kusto\\nT\\n| where Here == 1\\n```"\n',
    "windows line ends": "name: x\r\nquery: |\r\n  T\r\n  | where Here == 1\r\n",
    "byte order mark": "\ufeffquery: T | where Here == 1\n",
}


@pytest.mark.parametrize("style", STYLES)
def test_position_in_the_file(style: str, tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_bytes(STYLES[style].encode())
    with pytest.raises(KqlError) as raised:
        Engine(tables={"T": [{"a": 1, "b": "x"}]}).query(load_rule(path).source)
    line = STYLES[style].lstrip("\ufeff").split("\n")[(raised.value.line or 0) - 1]
    assert line[(raised.value.column or 0) - 1 :].startswith("Here")


def test_position_behind_a_fence_in_a_plain_query(tmp_path: Path) -> None:
    path = tmp_path / "q.kql"
    path.write_text("\n```kusto\nT\n| where Here == 1\n```\n")
    with pytest.raises(KqlError) as raised:
        Engine(tables={"T": [{"a": 1}]}).query(load_rule(path).source)
    assert (raised.value.line, raised.value.column) == (4, 9)
