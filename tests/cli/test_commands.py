"""`check`, `explain`, `functions`, `schema`, and the command as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import kqlpy
from kqlpy.cli.operator_help import ALIASES, EXAMPLES, operator_help
from tests.cli.conftest import ROOT, Command, rule_file


def process(*args: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, cwd=ROOT, check=False, **options)  # type: ignore[call-overload, no-any-return]


def test_check_passes_the_example_rules(command: Command) -> None:
    ended = command("check", *sorted((ROOT / "rules").glob("*.yaml")))
    assert ended.code == 0
    assert [line.rpartition(": ")[2] for line in ended.out.splitlines()] == ["ok, 18 columns", "ok, 15 columns"]


def test_check_goes_on_after_a_mistake(command: Command, tmp_path: Path) -> None:
    rule_file(tmp_path, "SecurityEvent | where Computr == 1")
    Path("good.kql").write_text("print 1")
    ended = command("check", "rule.yaml", "good.kql")
    assert (ended.code, ended.out) == (2, "good.kql: ok, 1 column\n")
    assert "`Computr`" in ended.err


def test_explain_shows_both_plans(command: Command, events: Path) -> None:
    ended = command("explain", "-e", "SecurityEvent | where EventID == 4688 | project Computer", "--data", events)
    _, bound = ended.out.split("\n\nbound plan\n")
    bound, optimized = f"bound plan\n{bound}".split("optimized plan\n")
    assert bound.splitlines()[:2] == ["bound plan", "  Project Computer  -> (Computer:string)"]
    assert "Where (EventID == 4688)  -> (Computer:string)" in optimized


def test_explain_begins_with_the_syntax_tree(command: Command) -> None:
    ended = command("explain", "-e", "print x = -1 | where not(x in (1, 2))")
    assert ended.out.split("\n\n")[0].splitlines() == [
        "syntax tree",
        "  Query",
        "    statements: ExprStatement",
        "      expr: Pipeline",
        "        operators: Print",
        "          items: Assign 'x'",
        "            value: Unary '-'",
        "              operand: Literal long 1",
        "        operators: Where",
        "          predicate: Call 'not'",
        "            args: InList 'in'",
        "              left: Name 'x'",
        "              items: Literal long 1",
        "              items: Literal long 2",
    ]


def test_explain_names_a_few_of_many_columns(command: Command, events: Path) -> None:
    out = command("explain", "-e", "SecurityEvent | where EventID == 4688", "--data", events).out
    scan = next(line for line in out.splitlines() if line.strip().startswith("Scan SecurityEvent"))
    assert scan.count("more") == 2
    assert len(scan) < 700


def test_explain_spells_literals_as_they_are_written(command: Command) -> None:
    out = command("explain", "-e", "print 14d, dynamic([1,  2]), 'a'").out
    assert [line.partition("Literal ")[2] for line in out.splitlines() if "Literal " in line] == ["timespan 14d", "dynamic dynamic([1, 2])", "string 'a'"]


def test_explain_draws_a_shared_let_once(command: Command) -> None:
    ended = command("explain", "-e", "let T = materialize(range x from 1 to 3 step 1); T | join T on x")
    assert ended.out.count("Range  ->") == 2
    assert ended.out.count("(drawn above)") == 2


def test_functions_finds_by_part_of_a_name(command: Command) -> None:
    out = command("functions", "strcat_").out
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["strcat_array", "strcat_delim"]


def test_functions_tells_all_about_one(command: Command) -> None:
    assert "strlen(text: textual) -> long" in command("functions", "strlen").out


def test_functions_without_a_match(command: Command) -> None:
    assert command("functions", "zzz").err == "error: no function or operator has `zzz` in its name or description\n"


def test_functions_knows_what_was_meant(command: Command) -> None:
    ended = command("functions", "strcaat")
    assert (ended.code, ended.err) == (2, "error: no function or operator has `strcaat` in its name or description; did you mean `strcat`?\n")


def test_functions_searches_descriptions(command: Command) -> None:
    out = command("functions", "population").out
    assert "stdevp" in out


def test_functions_lists_operators_and_plugins(command: Command) -> None:
    out = command("functions").out
    assert "\n  mv-expand " in out
    assert "\n  bag_unpack " in out


@pytest.mark.parametrize("name", ["where", "filter"])
def test_functions_runs_the_example_of_an_operator(command: Command, name: str) -> None:
    assert command("functions", name).out.endswith("| where N > 1\n  Host  N\n  ────  ─\n  b     2\n  a     3\n\n")


@pytest.mark.parametrize("name", [name for name in operator_help() if name not in ("externaldata", "reduce")])
def test_every_operator_has_an_example_that_runs(name: str) -> None:
    example = operator_help()[name].example
    assert example is not None
    assert kqlpy.query(example).num_rows > 0 or name == "consume"


def test_every_example_belongs_to_an_operator() -> None:
    assert EXAMPLES.keys() - operator_help().keys() == set()
    assert set(ALIASES.values()) <= operator_help().keys()


def test_schema_describes_a_folder(command: Command, events: Path) -> None:
    out = command("schema", "--data", events).out
    assert out.startswith("SecurityEvent: 2 rows, 2024-05-01T10:00:00Z to 2024-05-02T11:30:00Z, ")
    assert "EventID: int" in out


def test_schema_lists_the_columns_of_the_files_and_counts_the_others(command: Command, tmp_path: Path) -> None:
    (tmp_path / "SecurityEvent.csv").write_text("TimeGenerated,EventID,Mine\n2024-05-01T10:00:00Z,4688,x\n")
    out = " ".join(command("schema", "--data", tmp_path).out.split())
    assert ", 3 columns EventID: int, TimeGenerated: datetime, Mine: string (and " in out
    assert out.endswith("more that its schema has, null here)")


def test_schema_for_machines(command: Command, events: Path) -> None:
    rows = json.loads(command("schema", "SecurityEvent", "--data", events, "--format", "json").out)["rows"]
    assert ["SecurityEvent", "TimeGenerated", "datetime"] in rows


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option: str) -> None:
    code = f"import sys; sys.argv = ['kqlpy', '{option}']; from kqlpy.cli.main import main; main(); print({{'pyarrow', 'numpy', 'yaml', 'lark'}} & set(sys.modules))"
    assert process("-c", code).stdout.endswith("set()\n")


def test_a_query_leaves_pandas_alone() -> None:
    code = "import sys; sys.argv = ['kqlpy', 'query', '-e', 'print 1']; from kqlpy.cli.main import main; main(); print('pandas' in sys.modules)"
    assert process("-c", code).stdout.endswith("False\n")


def test_python_m_kqlpy() -> None:
    assert process("-m", "kqlpy", "query", "-e", "print x = 1", "-f", "csv").stdout == "x\n1\n"


def test_help_fits_one_screen(command: Command) -> None:
    lines = command("--help").out.splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 80


@pytest.mark.skipif(os.name != "posix", reason="pipes end in another way")
def test_a_closed_pipe_ends_quietly() -> None:
    query = f"{sys.executable} -m kqlpy query -e 'range x from 1 to 1000000 step 1' -f csv"
    ended = subprocess.run(["bash", "-c", f"{query} | head -n 1; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "x\n", "")


def test_output_is_plain_when_it_is_not_a_terminal() -> None:
    ended = process("-m", "kqlpy", "query", "-e", "print x = nope")
    assert "\x1b" not in ended.stderr + ended.stdout
