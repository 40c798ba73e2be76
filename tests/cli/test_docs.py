"""The documentation holds what it promises: commands run, examples give what stands beside them, the example data is as made."""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

import kqlpy
from kqlpy.functions import registry
from tests.cli.conftest import ROOT, Command

README = (ROOT / "README.md").read_text()


def fenced(language: str) -> list[str]:
    """The code blocks of the README in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_first_command_alerts(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(fenced("sh")[0].rpartition("kqlpy run ")[2])
    out = command("run", *words).out
    promised = re.search(r"The last line says `(.*?)`", README)
    assert promised is not None
    assert out.splitlines()[-1] == promised[1]


def test_each_command_line_is_understood(command: Command, tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_text("queryFrequency: 1h\nqueryPeriod: 1h\nquery: SecurityEvent | where EventID == 4688\n")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("query: SecurityEvent | count\n")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "SecurityEvent.csv").write_text("TimeGenerated,Computer,EventID\n2024-05-01,ws01,4688\n")
    codes = {line: run_line(command, line) for line in fenced("sh")[2].splitlines()}
    assert {line: code for line, code in codes.items() if code != (1 if "--exit-code" in line else 0)} == {}


def run_line(command: Command, line: str) -> int:
    """The exit code of a line such as `kqlpy run ... # remark`, with `*` filled in as a shell does."""
    words = [part for word in shlex.split(line, comments=True)[1:] for part in (map(str, Path().glob(word)) if "*" in word else [word])]
    return command(*words).code


def test_the_python_example_prints_what_it_says(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    code = fenced("python")[0]
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == re.findall(r"^print\(.*?\)  # (.*)$", code, re.MULTILINE)


def test_the_example_data_is_as_made(tmp_path: Path) -> None:
    runpy.run_path(str(ROOT / "examples" / "make_data.py"))["main"](tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in (ROOT / "examples" / "data").iterdir()}


def test_the_guide_to_a_new_function_works() -> None:
    code = re.search(r"^```python\n(.*?)^```", (ROOT / "docs" / "architecture.md").read_text(), re.DOTALL | re.MULTILINE)
    assert code is not None
    kqlpy.query("print 1")
    try:
        exec(compile(code[1], "architecture.md", "exec"), {"scalar": registry.scalar, "__name__": "guide"})
        assert kqlpy.query('print x = shout("hey", 2)')["x"].to_pylist() == ["HEY!!"]
    finally:
        registry.SCALARS.pop("shout", None)


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "examples/README.md"])
def test_links_and_named_files_exist(file: str) -> None:
    text = (ROOT / file).read_text()
    named = re.findall(r"\]\((?!https?:)([^)#]+)\)", text) + re.findall(r"`((?:kqlpy|grammar|operators|sources|rules|examples)/[\w/]*\.?\w*)`", text)
    homes = (ROOT, ROOT / "kqlpy", (ROOT / file).parent)
    assert [name for name in named if not any((home / name).exists() for home in homes)] == []


def test_every_exit_code_is_documented() -> None:
    from kqlpy.cli import guard

    codes = {0, 1, guard.RULE_WRONG, guard.DATA_WRONG, guard.DEFECT, guard.INTERRUPTED, guard.TERMINATED}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)} == codes


def test_the_version_is_that_of_the_package(command: Command) -> None:
    assert command("--version").out == f"kqlpy {kqlpy.__version__}\n"
    assert sys.version_info >= (3, 11)
