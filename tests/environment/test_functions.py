"""Stored functions: from a folder or as texts, parsed at their first call, with errors told in their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from kqlpy.api import Engine
from kqlpy.environment.functions import FunctionLibrary
from kqlpy.errors import KqlError, KqlSemanticError, KqlSyntaxError
from kqlpy.rules.messages import KqlRuleError

ASIM = """\
Parser:
  Title: Things
ParserName: imThing
EquivalentBuiltInParser: _Im_Thing
ParserParams:
  - Name: low
    Type: long
    Default: 8
  - Name: word
    Type: string
    Default: '*'
  - Name: on
    Type: bool
    Default: False
  - Name: T
    Type: table:(*)
ParserQuery: |
  let top = 9;
  range x from low to top step 1
  | extend w = word, on // the end
"""

TEMPLATE = """\
{
  "resources": [
    {
      "type": "Microsoft.OperationalInsights/workspaces",
      "resources": [
        {
          "type": "savedSearches",
          "properties": {
            "category": "x",
            "functionAlias": "Countdown",
            "query": "range n from high to 1 step -1\\n| extend begun = high",
            "functionParameters": "high:long=2"
          }
        }
      ]
    }
  ]
}
"""


def rows(folder: Path | dict[str, str], query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = Engine(functions=folder).query(query).to_pylist()
    return found


def failure(folder: Path | dict[str, str], query: str) -> str:
    with pytest.raises(KqlError) as caught:
        Engine(functions=folder).query(query)
    return str(caught.value)


# ---------------------------------------------------------------- KQL files


def test_a_file_is_a_function_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "Twice.kql").write_text("// doubles a number\n(n: long)\n{ print twice = n * 2 }\n// end")
    assert rows(tmp_path, "Twice(4)") == [{"twice": 8}]


def test_a_query_is_a_function_without_parameters(tmp_path: Path) -> None:
    (tmp_path / "Seven.csl").write_text("let x = 7;\nprint x")
    assert rows(tmp_path, "union Seven, Seven()") == [{"print_0": 7}, {"print_0": 7}]


def test_a_query_in_parentheses_is_no_list_of_parameters(tmp_path: Path) -> None:
    (tmp_path / "Seven.kql").write_text("(print x = 7) | extend y = x")
    assert rows(tmp_path, "Seven") == [{"x": 7, "y": 7}]


def test_a_last_let_is_a_function_of_both_names(tmp_path: Path) -> None:
    (tmp_path / "library.kql").write_text("let k = 3;\nlet Thrice = (n: long) { n * k };\n// end\n")
    assert rows(tmp_path, "print a = Thrice(2), b = library(3)") == [{"a": 6, "b": 9}]


def test_a_let_that_is_called_below_is_no_function_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "Call.kql").write_text("let parser = (n: long) {\n  print n\n};\nparser(5) | extend bag = dynamic({})\n// {}")
    assert rows(tmp_path, "Call") == [{"print_0": 5, "bag": "{}"}]
    assert "no function is named `parser`" in failure(tmp_path, "parser(1)")


def test_commands_that_store_functions(tmp_path: Path) -> None:
    text = ".create-or-alter function with (docstring = 'a (b) \"c', folder='x') Alpha(x:string='q') {\n print x\n}\n\n.create function ['Beta'] () { print 2 }\n"
    (tmp_path / "all.kql").write_text(text)
    assert rows(tmp_path, "union Alpha, Beta()") == [{"print_0_string": "q", "print_0_long": None}, {"print_0_string": "", "print_0_long": 2}]


def test_a_code_fence_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "Twice.kql").write_text("```kusto\n(n: long) { n * 2 }\n```\n")
    assert rows(tmp_path, "print Twice(4)") == [{"print_0": 8}]


def test_functions_call_each_other(tmp_path: Path) -> None:
    (tmp_path / "A.kql").write_text("(n: long) { B(n) + 1 }")
    (tmp_path / "B.kql").write_text("(n: long) { n * 10 }")
    assert rows(tmp_path, "print A(2)") == [{"print_0": 21}]


def test_a_function_hides_a_table_that_it_reads(tmp_path: Path) -> None:
    engine = Engine(tables={"T": [{"a": 1}, {"a": 2}]}, functions={"T": "T | where a > 1"})
    assert engine.query("T").to_pylist() == [{"a": 2}]


# ---------------------------------------------------------------- YAML and JSON


def test_an_asim_parser_has_two_names(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "imThing.yaml").write_text(ASIM.replace("  - Name: T\n    Type: table:(*)\n", ""))
    assert rows(tmp_path, "imThing(low=9)") == [{"x": 9, "w": "*", "on": False}]
    assert len(rows(tmp_path, "_Im_Thing")) == 2


def test_a_table_as_parameter(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("FunctionName: First\nFunctionParams:\n  - Name: T\n    Type: table:(*)\nFunctionQuery: T | take 1\n")
    assert rows(tmp_path, "range x from 1 to 3 step 1 | invoke First()") == [{"x": 1}]


def test_a_function_of_sentinel_under_name_and_alias(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("FunctionName: Seven\nFunctionAlias: Siete\nFunctionQuery: print x = 7\n")
    assert len(rows(tmp_path, "union Seven, Siete")) == 2


def test_a_saved_search_of_a_template(tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(TEMPLATE)
    assert rows(tmp_path, "Countdown | take 1") == [{"n": 2, "begun": 2}]


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_text("query: print 1\n")
    (tmp_path / "data.json").write_text("[1")
    (tmp_path / "readme.md").write_text("hello")
    assert list(FunctionLibrary(tmp_path)) == []


# ---------------------------------------------------------------- what goes wrong


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(KqlRuleError, match="there is no such folder"):
        FunctionLibrary("nowhere")


def test_a_broken_file_is_no_matter_until_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "Bad.kql").write_text("// first\n(n: long) {\n  print n |\n}")
    assert rows(tmp_path, "print 1") == [{"print_0": 1}]
    with pytest.raises(KqlSyntaxError) as caught:
        rows(tmp_path, "Bad(1)")
    assert (caught.value.line, caught.value.source and caught.value.source.file) == (4, str(tmp_path / "Bad.kql"))


def test_a_wrong_name_is_told_in_the_file_of_the_function(tmp_path: Path) -> None:
    (tmp_path / "Bad.kql").write_text("// first\n(n: long) {\n  print n\n  | where nosuch == n\n}")
    assert failure(tmp_path, "print 1 | union (Bad(1))") == (
        f"KS142 {tmp_path / 'Bad.kql'}, line 4, column 11: no column, table, variable or function is named `nosuch`\n"
        "      | where nosuch == n\n"
        "              ^^^^^^"
    )


def test_a_wrong_name_is_told_in_the_yaml_of_the_function(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("FunctionName: Bad\nFunctionQuery: |\n  print a = 1\n  | where nosuch > 1\n")
    assert failure(tmp_path, "Bad").startswith(f"KS142 {tmp_path / 'f.yaml'}, line 4, column 11: ")


def test_a_failure_while_it_runs_is_told_in_the_file_of_the_function(tmp_path: Path) -> None:
    (tmp_path / "Bad.kql").write_text("\n\nSecurityAlert | count")
    assert failure(tmp_path, "Bad").startswith(f"KQLPY020 {tmp_path / 'Bad.kql'}, line 3, column 1: there is no data for `SecurityAlert`")


def test_a_wrong_argument_is_told_in_the_query(tmp_path: Path) -> None:
    (tmp_path / "Twice.kql").write_text("(n: long) { n * 2 }")
    assert failure(tmp_path, "print Twice(1, 2)").startswith("KS119 query, line 1, column 7: ")


def test_errors_in_the_query_and_in_a_function_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "Bad.kql").write_text("print a = 1 | where nosuch")
    text = failure(tmp_path, "Bad | where other")
    assert "query, line 1, column 13" in text
    assert "Bad.kql, line 1, column 21" in text


def test_a_broken_list_of_parameters(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("FunctionName: Bad\nFunctionParams:\n  - Name: a b\n    Type: long\nFunctionQuery: print 1\n")
    assert "in the list of parameters: a b:long" in failure(tmp_path, "Bad()")


def test_a_text_that_is_no_function() -> None:
    with pytest.raises(KqlSemanticError) as caught:
        rows({"F": "let F = 5;"}, "F()")
    assert str(caught.value) == (
        "KE001 function F, line 1, column 1: the text of `F` is no function\n    let F = 5;\n    ^\n"
        "    write `(parameters) { body }`, `let name = (parameters) { body }` or a query"
    )


def test_recursion_is_refused() -> None:
    assert "the function `F` calls itself" in failure({"F": "(n: long) { G(n) }", "G": "(n: long) { F(n) }"}, "print F(1)")


def test_two_files_of_one_name_give_a_remark(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "F.kql").write_text(f"print '{folder}'")
    prepared = Engine(functions=tmp_path).plan("F")
    assert prepared.bound.warnings == (
        f"several files define the function `F`: {tmp_path / 'a' / 'F.kql'} is taken, not {tmp_path / 'b' / 'F.kql'}",
    )
