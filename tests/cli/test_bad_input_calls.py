"""Calls that go wrong: options with values that make no sense, places where nothing can or should be written. Nothing is written, and the exit code is 2."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Command, rule_file

posix = pytest.mark.skipif(os.name != "posix", reason="links of POSIX")


@pytest.fixture
def rule(events: Path) -> Path:
    """A rule over the table SecurityEvent of the folder `data`."""
    return rule_file(events.parent, "SecurityEvent\n| where EventID > 0")


CALLS: dict[str, tuple[list[str], str]] = {
    "a format that is not there": (["--format", "xml"], "--format xml: no such format; there are table, json, jsonl, csv, parquet, markdown"),
    "no format": (["--format", ""], "no such format"),
    "a colour that is none": (["--color", "green"], "write auto, always or never"),
    "an option that is not there": (["--fromat", "csv"], "No such option: --fromat"),
    "a day that is none": (["--now", "yesterday"], "--now yesterday: not a time; write it as 2024-05-01T12:00:00Z, or `latest`"),
    "no time": (["--now", ""], "--now (nothing): not a time"),
    "a month that is none": (["--now", "2024-13-01"], "not a time"),
    "a zone that is none": (["--now", "2024-05-01T12:00+99:00"], "not a time"),
    "a year that is none": (["--now", "99999-01-01"], "not a time"),
    "seconds since 1970": (["--now", "1714560000"], "not a time"),
    "a start that is none": (["--start", "soon"], "--start soon: not a time"),
    "a limit without a value": (["--limit", "rows"], "--limit rows: write NAME=VALUE, where NAME is one of memory, rows, cells, text, seconds"),
    "a limit without a name": (["--limit", "=5"], "write NAME=VALUE"),
    "a limit of nothing": (["--limit", "rows="], "the value should be a number such as 500000, 2GB or 1.5GB"),
    "a limit below zero": (["--limit", "rows=-1"], "the value should be a number"),
    "a huge limit": (["--limit", "rows=99999999999999999999"], "the value should be a number"),
    "half a row": (["--limit", "rows=1.5"], "the value should be a number"),
    "a unit that is none": (["--limit", "memory=2XB"], "the value should be a number"),
    "seconds that are no number": (["--limit", "seconds=nan"], "the value should be a number of seconds"),
    "no jobs": (["--jobs", "0"], "--jobs takes a number from 1"),
    "jobs below zero": (["--jobs", "-1"], "--jobs takes a number from 1"),
    "many jobs": (["--jobs", "many"], "Invalid value for '--jobs'"),
    "a mapping without a file": (["--external", "feed.csv"], "--external feed.csv: write URL=PATH"),
    "a mapping without an address": (["--external", "=rule.yaml"], "write URL=PATH"),
    "a mapped file that is not there": (["--external", "https://x=no.csv"], "--external https://x=no.csv: there is no file no.csv"),
    "a database without a folder": (["--database", "old"], "--database old: write NAME=FOLDER"),
    "a folder of a database that is not there": (["--database", "old=no"], "--database old=no: there is no such folder"),
    "profiles that are not there": (["--file-profile", "no.csv"], "--file-profile no.csv: there is no such file"),
    "functions that are not there": (["--functions", "no"], "cannot read no: there is no such folder"),
    "functions that are no folder": (["--functions", "rule.yaml"], "cannot read rule.yaml: it is not a folder"),
    "an output folder that is not there": (["--output", "no/x.csv"], "cannot write no/x.csv: there is no folder no"),
    "an output that is a folder": (["--output", "data"], "cannot write data: it is a folder"),
    "an output below a file": (["--output", "rule.yaml/x.csv"], "cannot write rule.yaml/x.csv: there is no folder rule.yaml"),
    "an output with a long name": (["--output", "x" * 300 + ".csv"], "file name too long"),
    "an output of another kind": (["--output", "x.xlsx"], "--output x.xlsx: the ending names no format; there are .json, .jsonl"),
    "a packed output": (["--output", "x.csv.gz"], "cannot write x.csv.gz: files are not packed; leave the ending out"),
    "an output that is the rule": (["--output", "rule.yaml", "--format", "csv"], "cannot write rule.yaml: it is read as input"),
    "an output that is data": (["--output", "data/SecurityEvent.csv"], "cannot write data/SecurityEvent.csv: it is read as a part of data"),
    "a chart of another kind": (["--render", "x.pdf"], "cannot draw x.pdf: its name should end in .html, .png, .svg or .json"),
    "a chart without an ending": (["--render", "x"], "cannot draw x"),
    "a chart over the data": (["--render", "data/SecurityEvent.csv"], "it is read as a part of data"),
    "a chart in a folder that is not there": (["--render", "no/x.html"], "cannot write no/x.html: there is no folder no"),
}


@pytest.mark.parametrize("case", CALLS)
def test_refused(case: str, command: Command, rule: Path) -> None:
    args, message = CALLS[case]
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    ended = command("run", rule, "--data", "data", *args)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["rum", "rule.yaml"], "No such command 'rum'. Did you mean 'run'?"),
        (["run", "rule.yaml"], "Missing option '--data'"),
        (["run", "--data", "data"], "Missing argument"),
        (["query"], "give a query"),
        (["query", "rule.yaml", "-e", "print 1"], "give a query"),
        (["query", "no.kql"], "cannot read no.kql: there is no such file"),
        (["query", "-e", ""], "the query is empty"),
        (["query", "-e", "// nothing"], "the query is empty"),
        (["query", "-e", "let x = 1;"], "asks for no result"),
        (["query", "-e", "print 99999999999999999999999999"], "does not fit into long"),
        (["schema", "--data", "data", "SecurtyEvent"], "did you mean SecurityEvent?"),
        (["run", "data", "--data", "data", "--render", "x.html"], "--render draws the result of one rule"),
        (["check", "--format", "xml", "rule.yaml"], "no such format; there are text, json, sarif, github"),
    ],
)
def test_other_commands(args: list[str], message: str, command: Command, rule: Path) -> None:
    ended = command(*args)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert "Traceback" not in ended.err


def test_letter_case_of_a_format_does_not_count(command: Command) -> None:
    assert command("query", "-e", "print x = 1", "--format", "CSV").out == "x\r\n1\r\n"


def test_sizes_may_have_fractions(command: Command) -> None:
    assert command("query", "-e", "print 1", "--limit", "memory=1.5GB").code == 0


def test_output_to_a_dash_is_standard_output(command: Command) -> None:
    ended = command("query", "-e", "print x = 1", "--output", "-", "--format", "csv")
    assert (ended.out, list(Path().iterdir())) == ("x\r\n1\r\n", [])


@posix
def test_a_link_as_output_stays_a_link(command: Command) -> None:
    Path("real.csv").write_text("old")
    Path("x.csv").symlink_to("real.csv")
    assert command("query", "-e", "print x = 1", "--output", "x.csv").code == 0
    assert Path("x.csv").is_symlink()
    assert Path("real.csv").read_bytes() == b"x\r\n1\r\n"


@posix
@pytest.mark.parametrize(("target", "message"), [("data/SecurityEvent.csv", "it is read as a part of data"), ("no/x.csv", "there is no folder")])
def test_a_link_does_not_hide_where_it_leads(target: str, message: str, command: Command, events: Path) -> None:
    Path("x.csv").symlink_to(target)
    ended = command("query", "-e", "SecurityEvent", "--data", "data", "--output", "x.csv")
    assert ended.code == 2
    assert message in ended.err


def test_a_new_file_among_the_data_is_allowed(command: Command, events: Path) -> None:
    assert command("query", "-e", "SecurityEvent | count", "--data", "data", "--output", "data/Count.csv").code == 0


@pytest.mark.parametrize("query", ["SecurityEvent | where Nothing == 1", "SecurityEvent | extend x = assert(EventID > 5000, 'no')"])
def test_a_query_that_fails_leaves_no_output(query: str, command: Command, events: Path) -> None:
    assert command("query", "-e", query, "--data", "data", "--output", "x.csv").code == 2
    assert [path.name for path in Path().iterdir()] == ["data"]


def test_more_jobs_than_files_are_few_processes(command: Command, rule: Path) -> None:
    assert command("run", rule, "--data", "data", "--jobs", "99999").code == 0


# ---------------------------------------------------------------- the clock


def test_the_newest_event_of_data_without_times(command: Command) -> None:
    Path("logs").mkdir()
    Path("logs/T.csv").write_text("a\n1\n")
    ended = command("query", "-e", "T | project a", "--data", "logs", "--now", "latest", "-f", "csv")
    assert (ended.code, ended.out) == (0, "a\r\n1\r\n")
    assert ended.err.endswith("note: --now latest: no table that is read has times here, so the clock is the present\n")


def test_the_newest_event_is_not_after_the_clock(command: Command) -> None:
    Path("logs").mkdir()
    Path("logs/T.csv").write_text("TimeGenerated\n2024-05-01T10:00:00.1234567Z\n")
    ended = command("query", "-e", "T | where TimeGenerated <= now() | count", "--data", "logs", "--now", "latest", "-f", "csv")
    assert ended.out == "Count\r\n1\r\n"


def test_the_newest_event_of_a_table_of_defender(command: Command) -> None:
    Path("logs").mkdir()
    Path("logs/DeviceEvents.csv").write_text("Timestamp\n2024-05-01T10:00:00Z\n")
    ended = command("query", "-e", "DeviceEvents | project now()", "--data", "logs", "--now", "latest", "-f", "csv")
    assert ended.out.splitlines()[1] == "2024-05-01T10:00:00.0000000Z"


def test_the_newest_event_of_another_place(command: Command, events: Path) -> None:
    ended = command("query", "-e", "workspace('w').SecurityEvent | take 1 | project t = now()", "--database", "w=data", "--now", "latest", "-f", "csv")
    assert ended.out.splitlines()[1] == "2024-05-02T11:30:00.0000000Z"


@pytest.mark.parametrize("now", ["0001-01-01", "9999-12-31T23:59:59.9999999Z"])
def test_the_ends_of_time(now: str, command: Command, events: Path) -> None:
    Path("rule.yaml").write_text("queryPeriod: 14d\nquery: SecurityEvent | where TimeGenerated between (ago(14d) .. now() + 1d)\n")
    assert command("run", "rule.yaml", "--data", "data", "--now", now, "--window").code == 0
