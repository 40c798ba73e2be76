"""`kqlpy replay`: the runs of a rule, or their alerts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

RULE = "name: starts\nkind: Scheduled\nseverity: Low\nqueryFrequency: 1d\nqueryPeriod: 1d\ntriggerOperator: gt\ntriggerThreshold: 0\nquery: SecurityEvent | where EventID > 4000\n"
NOW = ("--now", "2024-05-02T12:00:00Z")


@pytest.fixture
def rule(events: Path) -> Path:
    """A daily rule that alerts on both days of the data."""
    path = events.parent / "rule.yaml"
    path.write_text(RULE)
    return path


def test_runs_are_listed(command: Command, rule: Path) -> None:
    ended = command("replay", rule, "--data", "data", *NOW, "--runs", "3")
    assert (ended.code, ended.err) == (0, "")
    assert [line.split() for line in ended.out.splitlines()[2:]] == [
        ["2024-04-30T12:00:00Z", "no", "alert", "0", "0"],
        ["2024-05-01T12:00:00Z", "alert", "1", "1", "[1]"],
        ["2024-05-02T12:00:00Z", "alert", "1", "1", "[2]"],
        ["3", "runs,", "one", "every", "1d,", "2024-04-30T12:00:00Z", "to", "2024-05-02T12:00:00Z:", "2", "alerts,", "2", "incidents"],
    ]


def test_suppressed_runs_have_no_rows(command: Command, rule: Path) -> None:
    rule.write_text(RULE + "suppressionEnabled: true\nsuppressionDuration: 25h\n")
    ended = command("replay", rule, "--data", "data", *NOW, "--runs", "2", "-f", "jsonl")
    assert [(row["Result"], row["Rows"]) for row in map(json.loads, ended.out.splitlines())] == [("alert", 1), ("suppressed", None)]
    assert ended.err.endswith(": 1 alert, 1 incident, 1 run suppressed\n")


def test_alerts_have_their_time_and_incident(command: Command, rule: Path) -> None:
    rule.write_text(RULE + "incidentConfiguration: {groupingConfiguration: {enabled: true, matchingMethod: AnyAlert, lookbackDuration: 7d}}\n")
    ended = command("replay", rule, "--data", "data", *NOW, "--alerts", "-f", "jsonl", "-q")
    assert [(row["Time"][:10], row["Incident"], row["AlertName"]) for row in map(json.loads, ended.out.splitlines())] == [
        ("2024-05-01", 1, "starts"), ("2024-05-02", 1, "starts"),
    ]  # fmt: skip


def test_no_alert_leaves_only_columns(command: Command, rule: Path) -> None:
    ended = command("replay", rule, "--data", "data", "--now", "2020-01-01", "--alerts", "-f", "csv")
    assert ended.out.startswith("Time,Incident,AlertName,")
    assert ended.err.startswith("50 runs, one every 1d, ")
    assert command("replay", rule, "--data", "data", "--now", "2020-01-01", "--exit-code").code == 0


def test_the_exit_code_of_an_alert(command: Command, rule: Path) -> None:
    assert command("replay", rule, "--data", "data", "--now", "latest", "--exit-code", "-q").code == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["rule.yaml", "--runs", "0"], "--runs takes a number from 1 to 100,000"),
        (["q.kql"], "q.kql: the rule has no `queryFrequency`, which says when it runs"),
        (["none.yaml"], "cannot read none.yaml: there is no such file"),
        (["rule.yaml", "--output", "rule.yaml"], "it is read as input"),
        (["rule.yaml", "--now", "soon"], "--now soon: not a time"),
    ],
)
def test_calls_that_make_no_sense(args: list[str], message: str, command: Command, rule: Path) -> None:
    Path("q.kql").write_text("SecurityEvent")
    ended = command("replay", "--data", "data", *args)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
