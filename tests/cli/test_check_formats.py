"""`kqlpy check` over files and folders: several errors at once, and the formats for machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kqlpy.cli.remarks import Checked, Remark, as_github, as_sarif
from tests.cli.conftest import Command

WRONG = "SecurityEvent\n| where Computr == 1\n| extend x = abs('a')\n"


@pytest.fixture
def folder(command: Command, tmp_path: Path) -> Path:
    """Two queries, one wrong, a rule with a doubtful field, and a file that is no rule."""
    inside = tmp_path / "rules"
    inside.mkdir()
    (inside / "a.kql").write_text(WRONG)
    (inside / "b.kql").write_text("print 1")
    (inside / "meta.yaml").write_text("owner: me\n")
    return inside


def remark(**changes: Any) -> Remark:
    """A remark on the first line of a file."""
    given = {"level": "error", "code": "KS1", "message": "m", "hint": None, "file": "a.kql", "line": 1, "column": 2, "end_line": 1, "end_column": 4, "text": ""}
    return Remark(**(given | changes))


def one(*remarks: Remark) -> list[Checked]:
    """What was found in one rule."""
    return [Checked("a.kql", "a", None, False, remarks)]


def test_independent_errors_are_told_together(command: Command, folder: Path) -> None:
    ended = command("check", folder / "a.kql")
    assert ended.code == 2
    assert [line.split(" ")[1] for line in ended.err.splitlines() if line.startswith("error:")] == ["KS142", "KS107"]
    assert "did you mean `Computer`?" in ended.err


def test_a_folder_ends_with_a_summary(command: Command, folder: Path) -> None:
    ended = command("check", folder)
    assert (ended.code, ended.out) == (2, f"{folder / 'b.kql'}: ok, 1 column\n")
    assert ended.err.splitlines()[-1] == "2 rules, 1 wrong: 2 errors, 0 warnings"


def test_a_right_folder_is_right(command: Command, folder: Path) -> None:
    (folder / "a.kql").unlink()
    assert command("check", folder).code == 0


def test_a_missing_file_is_wrong(command: Command) -> None:
    ended = command("check", "none.kql")
    assert ended.code == 2
    assert "cannot read none.kql" in ended.err


def test_json_names_rules_and_places(command: Command, folder: Path) -> None:
    ended = command("check", "--format", "json", folder)
    found = json.loads(ended.out)
    assert ended.code == 2
    assert found["summary"] == {"rules": 2, "wrong": 1, "errors": 2, "warnings": 0}
    assert found["rules"][1] == {
        "file": str(folder / "b.kql"), "name": "b", "ok": True, "columns": [{"name": "print_0", "type": "long"}], "open": False,
    }  # fmt: skip
    first = found["remarks"][0]
    assert (first["code"], first["line"], first["column"], first["end_line"], first["end_column"]) == ("KS142", 2, 9, 2, 16)


def test_sarif_has_the_form_that_readers_expect(command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    log = json.loads(command("check", "--format", "sarif", "a.kql").out)
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["name"] == "kqlpy"
    assert [run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] for result in run["results"]] == [r["ruleId"] for r in run["results"]] == ["KS142", "KS107"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a.kql"}, "region": {"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 16}}


def test_sarif_without_remarks_has_no_results() -> None:
    (run,) = json.loads(as_sarif(one(), "1.0"))["runs"]
    assert run["results"] == []


def test_sarif_places_are_uris() -> None:
    log = json.loads(as_sarif(one(remark(file="my rules/a#1.kql"), remark(file="/x/a.kql", line=None)), "1.0"))
    places = [result["locations"][0]["physicalLocation"] for result in log["runs"][0]["results"]]
    assert places[0]["artifactLocation"]["uri"] == "my%20rules/a%231.kql"
    assert places[1] == {"artifactLocation": {"uri": "file:///x/a.kql"}}


def test_github_gets_workflow_commands() -> None:
    (line,) = as_github(one(remark(level="warning", message="50% of a,b", hint="do: c", file="a,b.kql")))
    assert line == "::warning file=a%2Cb.kql,line=1,endLine=1,col=2,endColumn=4,title=KS1::50%25 of a,b%0Ado: c"


def test_github_gets_no_columns_for_several_lines() -> None:
    (line,) = as_github(one(remark(end_line=3)))
    assert line == "::error file=a.kql,line=1,endLine=3,title=KS1::m"


def test_github_tells_of_nothing_when_all_is_right(command: Command) -> None:
    Path("q.kql").write_text("print 1")
    assert command("check", "--format", "github", "q.kql").out == ""


def test_an_unknown_format_is_refused(command: Command) -> None:
    ended = command("check", "--format", "xml", "q.kql")
    assert (ended.code, ended.err) == (2, "error: --format xml: no such format; there are text, json, sarif, github\n")
