"""`kqlpy run` with several rules, with --window and with --alerts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, ROOT, Command

DATA = ROOT / "examples" / "data"


@pytest.fixture
def folder(tmp_path: Path, events: Path) -> Path:
    """Three rules: one alerts, one does not, one has no data."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.yaml").write_text("name: starts\nkind: Scheduled\nseverity: Low\nqueryPeriod: 1h\nquery: SecurityEvent | where EventID == 4688\n")
    (rules / "b.kql").write_text("SecurityEvent | where EventID == 1")
    (rules / "c.kql").write_text("SigninLogs | take 1")
    return rules


def test_a_folder_gives_a_summary(command: Command, folder: Path, events: Path) -> None:
    ended = command("run", folder, "--data", events, "--format", "csv")
    lines = ended.out.splitlines()
    assert lines[0] == "Rule,Result,Rows,Alerts,Severity,Seconds,Missing,Message,Remarks,File"
    assert [line.split(",")[:4] for line in lines[1:]] == [["starts", "alert", "1", "1"], ["b", "no alert", "0", "0"], ["c", "missing data", "", ""]]
    assert "note: tables without data, and how many rules lack them: SigninLogs (1)\n" in ended.err
    assert ended.err.splitlines()[-1].startswith(
        "3 rules over all events that the queries' own times allow: 1 alert, 1 no alert, 1 missing data, "
    )


def test_people_see_what_alerts_first(command: Command, folder: Path, events: Path) -> None:
    (folder / "a.yaml").rename(folder / "z.yaml")
    (folder / "d.kql").write_text("SecurityEvent | where Computr == 1")
    out = command("run", folder, "--data", events).out
    assert [line.split()[0] for line in out.splitlines()[2:-1]] == ["alert", "refused", "no", "missing"]
    assert "lacks SigninLogs" in out


def test_the_summary_as_json(command: Command, folder: Path, events: Path) -> None:
    ended = command("run", folder, "--data", events, "--format", "jsonl", "--quiet")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [(row["Rule"], row["Result"], row["Missing"]) for row in rows] == [
        ("starts", "alert", None), ("b", "no alert", None), ("c", "missing data", ["SigninLogs"]),
    ]  # fmt: skip
    assert ended.err == ""


def test_exit_codes_are_those_of_the_gravest_rule(command: Command, folder: Path, events: Path) -> None:
    def code(*options: str) -> int:
        return command("run", folder, "--data", events, *options).code

    assert code() == 3
    (folder / "c.kql").unlink()
    assert (code(), code("--exit-code")) == (0, 1)
    (folder / "d.kql").write_text("SecurityEvent | whre x")
    assert code("--exit-code") == 2


def test_alerts_of_all_rules(command: Command, folder: Path, events: Path) -> None:
    ended = command("run", folder, "--data", events, "--alerts", "--format", "jsonl")
    (alert,) = map(json.loads, ended.out.splitlines())
    assert (alert["RuleName"], alert["AlertName"], alert["AlertSeverity"], alert["Rows"]) == ("starts", "starts", "Low", 1)
    assert "there is no data for `SigninLogs`" in ended.err


def test_the_window_is_told(command: Command, folder: Path, events: Path) -> None:
    ended = command("run", folder, "--data", events, "--window", "--now", "2024-05-02T12:00:00Z", "--format", "csv")
    assert "starts,no alert,0,0" in ended.out
    assert "3 rules over only events of each rule's queryPeriod: 2 no alert, 1 missing data" in ended.err


def test_a_folder_without_rules(command: Command, tmp_path: Path, events: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = command("run", "empty", "--data", events)
    assert (ended.code, ended.err) == (2, "error: there is no rule in empty\n")


def test_files_that_are_no_rules_are_named(command: Command, folder: Path, events: Path) -> None:
    (folder / "other.yaml").write_text("title: x\n")
    ended = command("run", folder, "--data", events)
    assert f"note: 1 file without a rule left out: {folder / 'other.yaml'}" in ended.err


def test_jobs_are_at_least_one(command: Command, folder: Path, events: Path) -> None:
    assert command("run", folder, "--data", events, "--jobs", "0").err == "error: --jobs takes a number from 1\n"


# ---------------------------------------------------------------- one rule

SPIKE = ROOT / "rules" / "process-execution-frequency-anomaly.yaml"


def test_the_alerts_of_one_rule(command: Command) -> None:
    ended = command("run", SPIKE, "--data", DATA, "--now", NOW, "--alerts", "--format", "jsonl")
    (alert,) = map(json.loads, ended.out.splitlines())
    assert (alert["AlertName"], alert["AlertSeverity"], alert["Rows"]) == ("Process Execution Frequency Anomaly", "Medium", 8)
    assert {entity["type"] for entity in alert["Entities"]} == {"Account", "Host"}
    assert ended.err.splitlines()[-1] == "results gt 0 -> ALERT, 8 rows"


def test_one_rule_says_what_it_saw(command: Command) -> None:
    all_events = command("run", SPIKE, "--data", DATA, "--now", NOW)
    in_window = command("run", SPIKE, "--data", DATA, "--now", NOW, "--window")
    assert all_events.err.splitlines()[-1] == "note: the query saw all events that its own times allow; --window shows it queryPeriod (14d) only"
    assert in_window.err.splitlines()[-1] == "note: the query saw 14d of events (queryPeriod), 2024-05-01T12:00:00Z to 2024-05-15T12:00:00Z"
    assert all_events.out == in_window.out
