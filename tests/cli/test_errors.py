"""What a new user does wrong, and what is said: one message, the place in the rule file, the right exit code, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command, Ended, rule_file

USER_MISTAKES = {
    "SecurityEvent\n| wher EventID == 1": (
        "rule.yaml, line 4, column 5: there is no operator `wher`\n    | wher EventID == 1\n      ^^^^\n    did you mean `where`?"
    ),
    "SecurityEvent\n| extend n = strle(Computer)": (
        "rule.yaml, line 4, column 16: no function is named `strle`\n    | extend n = strle(Computer)\n                 ^^^^^\n    did you mean `strlen`?"
    ),
    "SecurityEvent\n| where Computr == 'a'": (
        "rule.yaml, line 4, column 11: no column, table, variable or function is named `Computr`\n"
        "    | where Computr == 'a'\n            ^^^^^^^\n    did you mean `Computer`?"
    ),
    "SecurityEvnt\n| count": "rule.yaml, line 3, column 3: no table is named `SecurityEvnt`\n    SecurityEvnt\n    ^^^^^^^^^^^^\n    did you mean `SecurityEvent`?",
    "SecurityEvent\n| extend n = strlen(EventID)": "rule.yaml, line 4, column 23: `strlen`: `text` must be string or dynamic, not int",
    "SecurityEvent\n| where (EventID == 1": "rule.yaml, line 4, column ",
}


def complained(ended: Ended, code: int) -> str:
    """The message of a command that failed; nothing else was said."""
    assert ended.code == code
    assert ended.out == ""
    assert "Traceback" not in ended.err
    return ended.err


@pytest.mark.parametrize("query", USER_MISTAKES)
def test_mistakes_in_the_query(query: str, command: Command, events: Path) -> None:
    err = complained(command("run", rule_file(events.parent, query), "--data", events), 2)
    assert USER_MISTAKES[query] in err
    assert err.count("rule.yaml, line") == 1


def test_several_mistakes_are_told_together(command: Command, events: Path) -> None:
    query = "SecurityEvent\n| extend a = strle(Computer)\n| project Computr"
    err = complained(command("run", rule_file(events.parent, query), "--data", events), 2)
    assert "line 4, column 16" in err
    assert "line 5, column 13" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b\n", "rule.yaml, line 1, column 1: this is not a rule: a list"),
        ("name: x\n", "rule.yaml, line 1, column 1: this is not a rule: it has no `query`"),
        ("name: x\nquerry: T\n", "did you mean `query` instead of `querry`?"),
        ("", "this is not a rule: the file says nothing"),
        ("query: [1, 2]\n", "rule.yaml, line 1, column 8: `query` should be text, but here is a list"),
        ("query: ''\n", "rule.yaml, line 1, column 8: the query is empty"),
        ("query: [1\nb: 2\n", "rule.yaml, line 2, column 2: not valid YAML"),
        ("query: T\ntriggerOperator: above\n", "rule.yaml, line 2, column 18: `above` is no trigger operator"),
        ("query: T\ntriggerThreshold: some\n", "rule.yaml, line 2, column 19: `some` is no trigger threshold"),
        ("query: !!python/object:os.system ls\n", "the tag !!python/object:os.system has no place in a rule"),
    ],
)
def test_yaml_that_is_not_a_rule(text: str, message: str, command: Command, events: Path) -> None:
    Path("rule.yaml").write_text(text)
    assert message in complained(command("run", "rule.yaml", "--data", events), 2)


def test_a_rule_that_is_not_there(command: Command, events: Path) -> None:
    assert complained(command("run", "no.yaml", "--data", events), 2) == "error: KR001 cannot read no.yaml: there is no such file\n"


def test_a_missing_folder(command: Command) -> None:
    Path("rule.yaml").write_text("query: print 1")
    assert complained(command("run", "rule.yaml", "--data", "nowhere"), 3) == (
        "error: KD001 cannot read the data folder nowhere: there is no such folder\n"
    )


def test_a_table_without_data(command: Command, events: Path) -> None:
    err = complained(command("run", rule_file(events.parent, "SigninLogs | count"), "--data", events), 3)
    assert "rule.yaml, line 3, column 3: there is no data for `SigninLogs`" in err


def test_an_empty_data_file(command: Command, events: Path) -> None:
    (events / "SecurityEvent.csv").write_text("")
    err = complained(command("run", rule_file(events.parent, "SecurityEvent | count"), "--data", events), 3)
    assert "SecurityEvent.csv is empty" in err


def test_a_broken_data_file(command: Command, events: Path) -> None:
    (events / "SecurityEvent.csv").unlink()
    (events / "SecurityEvent.jsonl").write_text('{"EventID": 1}\n{"EventID": \n')
    err = complained(command("run", rule_file(events.parent, "SecurityEvent | where EventID > 0"), "--data", events), 3)
    assert "SecurityEvent.jsonl, line 2" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--format", "xml"], "error: --format xml: no such format; there are table, json, jsonl, csv, parquet, markdown\n"),
        (["--output", "nowhere/x.csv"], "error: cannot write nowhere/x.csv: there is no folder nowhere\n"),
        (["--output", "data"], "error: cannot write data: it is a folder\n"),
        (["--now", "yesterday"], "error: --now yesterday: not a time; write it as 2024-05-01T12:00:00Z, or `latest`\n"),
        (["--limit", "rows=some"], "error: --limit rows=some: the value should be a number such as 500000, 2GB or 1.5GB\n"),
        (["--limit", "row=1"], "error: --limit row=1: write NAME=VALUE, where NAME is one of memory, rows, cells, text, seconds\n"),
        (["--functions", "nowhere"], "error: KR001 cannot read nowhere: there is no such folder\n"),
    ],
)
def test_mistakes_in_the_call(args: list[str], message: str, command: Command, events: Path) -> None:
    rule = rule_file(events.parent, "SecurityEvent | count")
    assert complained(command("run", rule, "--data", "data", *args), 2) == message


def test_a_query_must_come_from_one_place(command: Command) -> None:
    assert "give a query" in complained(command("query"), 2)


def test_a_failed_query_leaves_the_old_output(command: Command, events: Path) -> None:
    Path("out.csv").write_text("old")
    complained(command("query", "-e", "SecurityEvent | extend x = assert(EventID > 5000, 'no')", "--data", events, "--output", "out.csv"), 2)
    assert Path("out.csv").read_text() == "old"


def test_a_mistake_in_a_stored_function_names_it(command: Command) -> None:
    Path("lib").mkdir()
    Path("lib/F.kql").write_text("T | wher x")
    assert "F.kql, line 1, column 5: " in complained(command("query", "-e", "F()", "--functions", "lib"), 2)


def test_a_defect_is_told_in_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("kqlpy.cli.query.read_source", broken)
    ended = command("query", "-e", "print 1")
    assert ended.code == 70
    assert "this is a defect in kqlpy, please report it: ZeroDivisionError: oops" in ended.err
