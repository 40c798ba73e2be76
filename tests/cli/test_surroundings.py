"""The options that say what surrounds a query."""

from __future__ import annotations

from pathlib import Path

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
