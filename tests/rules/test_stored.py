"""Stored functions from a folder."""

from __future__ import annotations

from pathlib import Path

from kqlpy.api import Engine
from kqlpy.rules.stored import load_functions

ASIM = """
ParserName: vimThing
EquivalentBuiltInParser: _Im_Thing
ParserParams:
  - Name: low
    Type: long
    Default: 0
  - Name: word
    Type: string
    Default: '*'
  - Name: on
    Type: bool
    Default: false
ParserQuery: |
  let top = 9;
  range x from low to top step 1
  | extend w = word, on // the end
"""


def test_a_kql_file_is_a_function_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "Twice.kql").write_text("(n: long) { print twice = n * 2 }")
    assert Engine(functions=load_functions(tmp_path)).query("Twice(4)").to_pylist() == [{"twice": 8}]


def test_an_asim_parser(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "vimThing.yaml").write_text(ASIM)
    rows = Engine(functions=load_functions(tmp_path)).query("vimThing(low=9)").to_pylist()
    assert rows == [{"x": 9, "w": "*", "on": False}]


def test_a_function_of_sentinel(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("FunctionName: Seven\nFunctionAlias: Siete\nFunctionQuery: print x = 7\n")
    assert Engine(functions=load_functions(tmp_path)).query("union Seven, Siete").num_rows == 2


def test_other_yaml_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_text("query: print 1\n")
    (tmp_path / "readme.md").write_text("hello")
    assert load_functions(tmp_path) == {}
