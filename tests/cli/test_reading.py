"""How files are read, from the command line: strictness, zones, files of a table, schemas that are kept, remarks on loading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.fixture
def proxy(tmp_path: Path) -> Path:
    """A data folder with a table that no schema declares."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "Proxy.csv").write_text("time,host,bytes\n2024-05-01T10:00:00Z,ws01,5\n2024-05-01T11:00:00Z,ws02,7\n")
    return folder


def rules(folder: Path, *queries: str) -> Path:
    """A folder of rules with these queries."""
    folder.mkdir()
    for number, query in enumerate(queries):
        (folder / f"r{number}.yaml").write_text(f"name: rule {number}\nquery: {query}\n")
    return folder


# ---------------------------------------------------------------- remarks


def test_guessed_columns_are_told(command: Command, proxy: Path) -> None:
    ended = command("query", "-e", "Proxy | count", "--data", proxy)
    assert ended.err == "note: Proxy: 2 rows, no schema declares time datetime, bytes long, host string; these types are guessed from the values\n"
    assert command("query", "-e", "Proxy | count", "--data", proxy, "--quiet").err == ""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_folder_of_rules_ends_with_remarks_on_what_was_read(command: Command, proxy: Path, tmp_path: Path, jobs: int) -> None:
    (proxy / "SecurityEvent.csv").write_text("TimeGenerated,EventID\n2024-05-01,many\n2024-05-01,more\n")
    folder = rules(tmp_path / "rules", "Proxy | count", "SecurityEvent | where EventID > 0", "SecurityEvent | where EventID < 0")
    ended = command("run", folder, "--data", proxy, "--jobs", jobs)
    assert ended.code == 0
    assert ended.err.count("these types are guessed from the values") == 1
    assert ended.err.count("SecurityEvent.csv, line 2: 2 values of EventID cannot be read as int and count as null, such as 'many'") == 1


# ---------------------------------------------------------------- strictness


def test_strict_makes_a_lost_value_an_error(command: Command, events: Path) -> None:
    (events / "SecurityEvent.csv").write_text("TimeGenerated,EventID\n2024-05-01,4688\n2024-05-01,many\n")
    ended = command("query", "-e", "SecurityEvent | where EventID > 0", "--data", events, "--strict")
    assert ended.code == 3
    assert "SecurityEvent.csv, line 3: 'many' cannot be read as int, the type of column `EventID`" in ended.err
    assert command("query", "-e", "SecurityEvent | count", "--data", events, "--strict").code == 0


@pytest.mark.parametrize("jobs", [1, 2])
def test_strict_in_a_folder_of_rules(command: Command, events: Path, tmp_path: Path, jobs: int) -> None:
    (events / "SecurityEvent.csv").write_text("TimeGenerated,EventID\n2024-05-01,many\n")
    folder = rules(tmp_path / "rules", "SecurityEvent | where EventID > 0", "SecurityEvent | count")
    ended = command("run", folder, "--data", events, "--strict", "--jobs", jobs, "--format", "jsonl")
    results = {row["Rule"]: (row["Result"], row["Message"]) for row in map(json.loads, ended.out.splitlines())}
    assert ended.code == 3
    assert results["rule 0"][0] == "missing data"
    assert "'many' cannot be read as int" in results["rule 0"][1]
    assert results["rule 1"][0] == "alert"


# ---------------------------------------------------------------- zones and places


def test_local_times_need_a_zone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "T.csv").write_text('TimeGenerated [Local Time]\n"5/14/2024, 9:13:02.117 AM"\n')
    refused = command("query", "-e", "T", "--data", tmp_path)
    assert refused.code == 3
    assert "holds times in the zone [Local Time], which cannot be converted to UTC\n    say which zone it was: --zone Europe/Berlin" in refused.err
    assert "2024-05-14T07:13:02.117Z" in command("query", "-e", "T", "--data", tmp_path, "--zone", "Europe/Berlin").out
    assert command("query", "-e", "T", "--data", tmp_path, "--zone", "Nowhere").code == 3


def test_columns_are_shown_where_times_cannot_be_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "T.csv").write_text('TimeGenerated [Local Time],n\n"5/14/2024, 9:13:02.117 AM",1\n')
    ended = command("schema", "--data", tmp_path, "--write", tmp_path / "s.json")
    assert (ended.code, ended.out) == (0, "T: 1 row, 2 columns\n  TimeGenerated: datetime, n: long\n")
    assert "note: KD012" in ended.err
    assert json.loads((tmp_path / "s.json").read_text()) == {"T": [["TimeGenerated", "datetime"], ["n", "long"]]}
    assert "1 row, 2024-05-14T07:13:02Z to 2024-05-14T07:13:02Z" in command("schema", "--data", tmp_path, "--zone", "Europe/Berlin").out


def test_the_files_of_a_table(command: Command, proxy: Path) -> None:
    (proxy / "query_data (3).csv").write_text("TimeGenerated [UTC],ResultType\n2024-05-01,0\n")
    ended = command("query", "-e", "SigninLogs | project ResultType", "--data", proxy, "--table", f"SigninLogs={proxy}/query_data*.csv", "--format", "csv")
    assert (ended.code, ended.out) == (0, "ResultType\r\n0\r\n")
    assert command("query", "-e", "print 1", "--table", "SigninLogs").code == 2


# ---------------------------------------------------------------- schemas


def test_columns_are_kept_and_hold_from_then_on(command: Command, proxy: Path) -> None:
    ended = command("schema", "--data", proxy, "--write", proxy / "_schemas.json")
    assert ended.code == 0
    assert ended.err.endswith("note: the columns of 1 table are in data/_schemas.json\n".replace("data/", f"{proxy}/"))
    kept = json.loads((proxy / "_schemas.json").read_text())
    assert kept == {"Proxy": [["time", "datetime"], ["host", "string"], ["bytes", "long"]]}
    (proxy / "Proxy.csv").write_text("host,bytes,user\n5,x,ann\n")
    rows = command("query", "-e", "Proxy", "--data", proxy, "--format", "jsonl")
    assert json.loads(rows.out) == {"time": None, "host": "5", "bytes": None, "user": "ann"}
    assert "1 value of bytes cannot be read as long" in rows.err
    assert "no schema declares user string" in rows.err


def test_what_is_declared_already_is_kept_too(command: Command, proxy: Path, tmp_path: Path) -> None:
    (proxy / "_schemas.json").write_text('{"Proxy": {"bytes": "real"}, "Unread": {"x": "guid"}}')
    target = tmp_path / "all.json"
    command("schema", "--data", proxy, "--write", target)
    assert json.loads(target.read_text()) == {"Proxy": [["bytes", "real"], ["time", "datetime"], ["host", "string"]], "Unread": [["x", "guid"]]}
    ended = command("query", "-e", "Proxy | getschema | project ColumnName, ColumnType", "--data", proxy, "--schemas", target, "--format", "csv")
    assert ended.out == "ColumnName,ColumnType\r\nbytes,real\r\ntime,datetime\r\nhost,string\r\n"


def test_a_table_that_cannot_be_read_does_not_hide_the_others(command: Command, proxy: Path) -> None:
    (proxy / "Bad.json").write_text('{"a": ')
    (proxy / "Zipped.zip").write_bytes(b"PK\x03\x04")
    ended = command("schema", "--data", proxy, "--write", proxy / "_schemas.json")
    assert ended.code == 3
    assert ended.out.startswith("Proxy: 2 rows, 3 columns\n")
    assert "Bad.json, line 1, column 7: not valid JSON" in ended.err
    assert "Zipped.zip cannot be read as an archive" in ended.err
    assert list(json.loads((proxy / "_schemas.json").read_text())) == ["Proxy"]


def test_a_schema_cannot_be_written_where_there_is_no_folder(command: Command, proxy: Path) -> None:
    ended = command("schema", "--data", proxy, "--write", proxy / "none" / "s.json")
    assert ended.code == 2
    assert "there is no folder" in ended.err


def test_a_rule_is_checked_against_columns_that_were_kept(command: Command, proxy: Path, tmp_path: Path) -> None:
    command("schema", "--data", proxy, "--write", tmp_path / "s.json")
    (tmp_path / "q.kql").write_text("Proxy | where bites > 5")
    ended = command("check", "q.kql", "--schemas", tmp_path / "s.json")
    assert ended.code == 2
    assert "no column" in ended.err
    assert "did you mean `bytes`?" in ended.err
    assert "Proxy" in command("explain", "-e", "Proxy | where bytes > 5", "--schemas", tmp_path / "s.json").out
