"""`kqlpy run`: rows, verdict, exit codes, the clock."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import NOW, ROOT, Command, rule_file

SPIKE = ROOT / "rules" / "process-execution-frequency-anomaly.yaml"
AZURE = ROOT / "rules" / "anomalous-azure-operation.yaml"
DATA = ROOT / "examples" / "data"


def test_a_rule_with_a_trigger_alerts(command: Command) -> None:
    ended = command("run", SPIKE, "--data", DATA, "--now", NOW)
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "results gt 0 -> ALERT, 8 rows"


def test_a_hunting_rule_says_which_trigger_is_taken(command: Command) -> None:
    ended = command("run", AZURE, "--data", DATA, "--now", NOW)
    assert ended.out.splitlines()[-1] == "results gt 0 -> ALERT, 5 rows (the rule has no trigger: gt 0 is taken)"


def test_the_planted_newcomer_is_told_from_the_admins(command: Command) -> None:
    ended = command("run", AZURE, "--data", DATA, "--now", NOW, "--format", "json")
    result = json.loads(ended.out)
    names = [column["name"] for column in result["columns"]]
    new = {row[names.index("Caller")]: row[names.index("newCaller")] for row in result["rows"]}
    assert new == {"amira@contoso.example": 0, "visitor@fabrikam.example": 1}


def test_another_clock_sees_no_spike(command: Command) -> None:
    ended = command("run", SPIKE, "--data", DATA, "--now", "2024-05-12T12:00:00Z")
    assert ended.code == 0
    assert ended.out.endswith("results gt 0 -> no alert, 0 rows\n")


def test_exit_code_one_needs_the_option_and_an_alert(command: Command) -> None:
    alert, quiet = ("run", SPIKE, "--data", DATA, "--now", NOW), ("run", SPIKE, "--data", DATA, "--now", "2024-05-12")
    assert [command(*alert).code, command(*alert, "--exit-code").code, command(*quiet, "--exit-code").code] == [0, 1, 0]


def test_the_verdict_stays_out_of_output_for_machines(command: Command) -> None:
    ended = command("run", SPIKE, "--data", DATA, "--now", NOW, "--format", "csv")
    assert "results" not in ended.out
    assert ended.err.splitlines()[-1] == "results gt 0 -> ALERT, 8 rows"


def test_quiet_leaves_only_rows(command: Command, events: Path) -> None:
    ended = command("run", rule_file(events.parent, "SecurityEvent | project Computer"), "--data", events, "-q")
    assert (ended.out, ended.err) == ("Computer\n────────\nws01\nws02\n", "")


def test_now_latest_is_the_newest_event(command: Command, events: Path) -> None:
    rule = rule_file(events.parent, "SecurityEvent | take 1 | project clock = now()")
    ended = command("run", rule, "--data", events, "--now", "latest", "--format", "csv")
    assert ended.out == "clock\r\n2024-05-02T11:30:00.0000000Z\r\n"


def test_an_output_file_appears_whole(command: Command, events: Path) -> None:
    ended = command("run", rule_file(events.parent, "SecurityEvent | count"), "--data", events, "--output", "out.jsonl")
    assert (ended.out, Path("out.jsonl").read_text()) == ("", '{"Count":2}\n')
    assert sorted(path.name for path in Path().iterdir()) == ["data", "out.jsonl", "rule.yaml"]


def test_functions_come_from_a_folder(command: Command, events: Path) -> None:
    Path("lib").mkdir()
    Path("lib/StartsOf.kql").write_text("(name: string) { SecurityEvent | where EventID == 4688 and Process == name }")
    ended = command("run", rule_file(events.parent, "StartsOf('cmd.exe') | project Computer"), "--data", events, "--functions", "lib", "-q")
    assert ended.out == "Computer\n────────\nws01\n"


def test_a_disabled_rule_runs_with_a_remark(command: Command, events: Path) -> None:
    rule = rule_file(events.parent, "SecurityEvent", "enabled: false\n")
    assert "note: the rule is disabled (`enabled: false`): the service would not run it\n" in command("run", rule, "--data", events).err
    Path("rules").mkdir()
    rule.rename("rules/a.yaml")
    assert "the rule is disabled" in command("run", "rules", "--data", events, "-f", "csv").out
