"""The options that say what surrounds a query."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command, rule_file


def test_times_fill_a_rule(command: Command, events: Path, tmp_path: Path) -> None:
    rule = rule_file(tmp_path, "SecurityEvent\n| where TimeGenerated between (datetime({{StartTimeISO}}) .. datetime({{EndTimeISO}}))\n| project Computer")
    given = command("run", rule, "--data", events, "--start", "2024-05-02", "--end", "2024-05-03T00:00Z", "-f", "jsonl", "-q")
    assert given.out == '{"Computer":"ws02"}\n'


def test_a_time_that_is_missing_or_wrong(command: Command, events: Path, tmp_path: Path) -> None:
    rule = rule_file(tmp_path, "print '{{StartTimeISO}}'")
    missing = command("run", rule, "--data", events)
    assert missing.code == 2
    assert "rule.yaml, line 3, column 10: the query needs a value for {{StartTimeISO}}" in missing.err
    assert command("query", "-e", "print '{{EndTimeISO}}'").code == 2
    assert "--start soon: not a time" in command("query", "-e", "print 1", "--start", "soon").err


def test_a_file_for_an_address(command: Command, tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text("10.0.0.1\n")
    query = "externaldata(ip:string)['https://example.com/feed?x=1']"
    assert command("query", "-e", query, "--external", "https://example.com/feed=feed.csv", "-f", "csv").out.splitlines() == ["ip", "10.0.0.1"]
    assert "--external feed.csv: write URL=PATH" in command("query", "-e", query, "--external", "feed.csv").err


def test_a_folder_for_a_database(command: Command, events: Path) -> None:
    query = "database('old').SecurityEvent | count"
    assert command("query", "-e", query, "--database", f"old={events}", "-f", "jsonl").out == '{"Count":2}\n'
    assert "--database old=nowhere: there is no such folder" in command("query", "-e", query, "--database", "old=nowhere").err


def test_a_file_of_profiles(command: Command, tmp_path: Path) -> None:
    (tmp_path / "profiles.csv").write_text("SHA1,GlobalPrevalence\nab,7\n")
    query = "print SHA1 = 'AB' | invoke FileProfile() | project GlobalPrevalence"
    assert command("query", "-e", query, "--file-profile", "profiles.csv", "-f", "jsonl").out == '{"GlobalPrevalence":7}\n'


def test_remarks_of_a_query_are_told(command: Command) -> None:
    ended = command("query", "-e", "print d = dynamic({}) | evaluate bag_unpack(d) | extend x = Foo")
    assert "note: no row has the property `Foo`: it is null here" in ended.err


HUNT = "SecurityEvent | where TimeGenerated between (datetime({{StartTimeISO}}) .. datetime({{EndTimeISO}})) | project Computer"


def test_a_length_of_time_reaches_back_from_the_clock(command: Command, events: Path, tmp_path: Path) -> None:
    rule = rule_file(tmp_path, HUNT)
    assert command("run", rule, "--data", events, "--now", "latest", "--start", "1h", "-f", "jsonl", "-q").out == '{"Computer":"ws02"}\n'
    assert command("run", rule, "--data", events, "--now", "2024-05-03", "--start", "7d", "--end", "1d", "-f", "jsonl", "-q").out == '{"Computer":"ws01"}\n'
    assert command("query", rule, "--data", events, "--now", "latest", "--start", "P2D", "-f", "csv", "-q").out == "Computer\r\nws01\r\nws02\r\n"


def test_a_folder_of_rules_takes_lengths_of_time(command: Command, events: Path) -> None:
    Path("rules").mkdir()
    Path("rules/hunt.kql").write_text(HUNT)
    assert command("run", "rules", "--data", events, "--now", "latest", "--start", "1h", "-f", "csv", "-q").out.splitlines()[1].startswith("hunt,alert,1,1")
    refused = command("run", "rules", "--data", events, "-f", "csv", "-q")
    assert (refused.code, "the query needs a value for {{StartTimeISO}}" in refused.out) == (2, True)


# ---------------------------------------------------------------- check and explain


def test_check_needs_no_times(command: Command) -> None:
    Path("hunt.kql").write_text(HUNT)
    assert command("check", "hunt.kql").out == "hunt.kql: ok, 1 column\n"


def test_check_knows_other_places(command: Command, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "Old_CL.csv").write_text("a\n1\n")
    Path("q.kql").write_text("database('old').Old_CL | project a")
    assert command("check", "q.kql").code == 2
    assert command("check", "q.kql", "--database", "old=old").out == "q.kql: ok, 1 column\n"


def test_check_knows_stored_functions_and_given_schemas(command: Command) -> None:
    Path("lib").mkdir()
    Path("lib/Starts.kql").write_text("New_CL | where a > 1")
    Path("schemas.json").write_text('{"New_CL": {"a": "long"}}')
    Path("q.kql").write_text("Starts() | project a")
    assert command("check", "q.kql", "--functions", "lib").code == 2
    assert command("check", "q.kql", "--functions", "lib", "--schemas", "schemas.json").out == "q.kql: ok, 1 column\n"


def test_check_looks_back_from_its_clock(command: Command, events: Path) -> None:
    text = "name: n\nkind: Scheduled\nqueryPeriod: 1d\nqueryFrequency: 1d\nquery: SecurityEvent | where TimeGenerated > datetime(2024-05-01)\n"
    Path("r.yaml").write_text(text)
    assert "KL091" in command("check", "r.yaml", "--now", "2024-05-08").err
    assert "KL091" not in command("check", "r.yaml", "--data", events, "--now", "2024-05-02").err


def test_check_reads_standard_input(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"print a = 1")))
    assert command("check", "-").out == "-: ok, 1 column\n"


def test_explain_knows_the_same(command: Command, events: Path) -> None:
    options = ("--data", events, "--now", "2024-05-03", "--start", "1d")
    out = command("explain", "-e", HUNT, *options).out
    assert "2024-05-02T00:00:00" in out
    assert "there is no such folder" in command("explain", "-e", HUNT, "--database", "x=nowhere").err
