"""Lint rules: each finding's code and place, and that a good rule has none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kqlpy.api import Engine
from kqlpy.rules import load_rule
from kqlpy.rules.lint import lint

NOW = dt.datetime(2024, 5, 1, 12, 30, 7, tzinfo=dt.UTC)
SCHEMAS = {"T": [["TimeGenerated", "datetime"], ["User", "string"], ["Host", "string"]]}
GOOD = """\
id: 0b4a8f3e-1111-4222-8333-444455556666
name: Spike
description: Many starts
kind: Scheduled
severity: Low
version: 1.0.0
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
tactics:
  - Execution
relevantTechniques:
  - T1059.001
query: T | where TimeGenerated > ago(1h) | project User, Host
entityMappings:
  - entityType: Account
    fieldMappings:
      - identifier: Name
        columnName: User
customDetails:
  Machine: Host
alertDetailsOverride:
  alertDisplayNameFormat: Spike on {{Host}}
"""


def found(folder: Path, text: str) -> list[tuple[str, int]]:
    """Codes and lines of the findings on a rule."""
    path = folder / "rule.yaml"
    path.write_text(text)
    rule = load_rule(path)
    return [(finding.code, finding.line) for finding in lint(rule, Engine(schemas=SCHEMAS).plan(rule.source, NOW))]


def changed(old: str, new: str) -> str:
    """The good rule with one place changed."""
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_rule_has_no_findings(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD) == []


def test_a_plain_query_has_no_findings(tmp_path: Path) -> None:
    path = tmp_path / "q.kql"
    path.write_text("T | take 1")
    assert lint(load_rule(path)) == ()


def test_a_hunting_query_owes_no_schedule(tmp_path: Path) -> None:
    assert found(tmp_path, "name: hunt\ntactics: [Impact]\nquery: T | take 1\n") == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("name: Spike\n", "", "KL001", 1),
        ("name: Spike", f"name: {'x' * 257}", "KL002", 2),
        ("id: 0b4a8f3e-1111-4222-8333-444455556666\n", "", "KL003", 1),
        ("id: 0b4a8f3e-1111", "id: zb4a8f3e-1111", "KL004", 1),
        ("Many starts", "x" * 5001, "KL005", 3),
        ("1.0.0", "1.0", "KL006", 6),
        ("severity: Low", "severity: Low\nseverity: High", "KL007", 6),
        ("        columnName: User", "        columnName: User\n        columnName: Host", "KL007", 21),
        ("kind: Scheduled\n", "", "KL010", 1),
        ("Scheduled", "scheduled", "KL011", 4),
        ("severity: Low\n", "", "KL012", 1),
        ("severity: Low", "severity: Hight", "KL013", 5),
        ("project User, Host", f"project User, Host // {'x' * 10_000}", "KL020", 15),
        ("query: T | where TimeGenerated > ago(1h) | project User, Host", "query: let x = 1;", "KL022", 15),
        ("queryFrequency: 1h\n", "", "KL030", 1),
        ("queryPeriod: 1h", "queryPeriod: often", "KL030", 8),
        ("queryFrequency: 1h", "queryFrequency: 1m", "KL031", 7),
        ("queryPeriod: 1h", "queryPeriod: 15d", "KL031", 8),
        ("queryPeriod: 1h", "queryPeriod: 30m", "KL032", 8),
        ("queryFrequency: 1h\nqueryPeriod: 1h", "queryFrequency: 5m\nqueryPeriod: 2d", "KL033", 7),
        ("triggerOperator: gt\n", "", "KL040", 1),
        ("triggerThreshold: 0", "triggerThreshold: 10001", "KL041", 10),
        ("kind: Scheduled", "kind: NRT", "KL042", 7),
        ("tactics:\n", "suppressionEnabled: true\nsuppressionDuration: 25h\ntactics:\n", "KL043", 12),
        ("tactics:\n", "eventGroupingSettings: {aggregationKind: Each}\ntactics:\n", "KL044", 11),
        ("  - Execution", "  - Mischief", "KL051", 12),
        ("T1059.001", "1059", "KL052", 14),
        ("T1059.001", "T1566", "KL053", 14),
        ("entityType: Account", "entityType: Url", "KL062", 17),
        ("identifier: Name", "identifier: Nick", "KL064", 19),
        ("columnName: User\n", "columnName: User\n      - {identifier: Name, columnName: Host}\n", "KL065", 21),
        ("columnName: User", "columnName: a.b", "KL066", 20),
        ("identifier: Name", "identifier: NTDomain", "KL067", 17),
        ("project User", "project AccountCustomEntity = User, User", "KL068", 15),
        ("  Machine: Host", "\n".join(f"  D{n}: Host" for n in range(21)), "KL070", 22),
        ("Machine: Host", f"{'x' * 21}: Host", "KL071", 22),
        ("Machine: Host", "1st: Host", "KL072", 22),
        ("Machine: Host", "Machine: Host.Name", "KL073", 22),
        ("Spike on {{Host}}", f"Spike {'x' * 257}", "KL080", 24),
        ("Spike on {{Host}}", '"{{Host}}{{Host}}{{Host}}{{Host}}"', "KL081", 24),
        ("columnName: User", "columnName: Usr", "KL090", 20),
        ("Machine: Host", "Machine: Hosts", "KL090", 22),
        ("{{Host}}", "{{Hots}}", "KL090", 24),
        ("ago(1h)", "ago(14d)", "KL091", 8),
        ("ago(1h)", "ago(10m)", "KL092", 7),
    ],
)
def test_findings(old: str, new: str, code: str, line: int, tmp_path: Path) -> None:
    assert (code, line) in found(tmp_path, changed(old, new))


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("enabled: true, matchingMethod: AllEntities, lookbackDuration: PT5H", None),
        ("enabled: true, matchingMethod: AnyAlert, lookbackDuration: 8d", "KL083"),
        ("enabled: true, matchingMethod: Some", "KL084"),
        ("enabled: true, matchingMethod: Selected, groupByEntities: []", "KL085"),
        ("enabled: true, matchingMethod: Selected, groupByCustomDetails: [Machine]", None),
        ("enabled: true, matchingMethod: Selected, groupByCustomDetails: [Other]", "KL086"),
    ],
)
def test_incidents(settings: str, code: str | None, tmp_path: Path) -> None:
    text = GOOD + f"incidentConfiguration:\n  createIncident: true\n  groupingConfiguration: {{{settings}}}\n"
    assert found(tmp_path, text) == ([(code, 27)] if code else [])


def test_a_near_real_time_rule_looks_back_a_minute(tmp_path: Path) -> None:
    head = "".join(line + "\n" for line in GOOD.splitlines() if not line.startswith(("queryFr", "queryPe", "trigger"))).replace("Scheduled", "NRT")
    assert found(tmp_path, head) == [("KL091", 11)]
    assert found(tmp_path, head.replace("where TimeGenerated > ago(1h) | ", "")) == []


@pytest.mark.parametrize(("count", "codes"), [(5, []), (6, ["KL061"]), (10, ["KL061"]), (11, ["KL060"])])
def test_the_number_of_entity_mappings(count: int, codes: list[str], tmp_path: Path) -> None:
    mapping = GOOD[GOOD.index("  - entityType") : GOOD.index("customDetails")]
    assert [code for code, _ in found(tmp_path, changed(mapping, mapping * count))] == codes


def test_levels_and_wording(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(changed("columnName: User", "columnName: user").replace("queryPeriod: 1h", "queryPeriod: 3d").replace("ago(1h)", "ago(4d)"))
    rule = load_rule(path)
    findings = lint(rule, Engine(schemas=SCHEMAS).plan(rule.source, NOW))
    assert [(finding.level, str(finding)) for finding in findings] == [
        ("warning", f"KL091 {path}, line 8, column 14: the query looks back 4d, but a run sees only the 3d of `queryPeriod`"),
        (
            "error",
            f"KL090 {path}, line 20, column 21: the mapping of Account Name names the column `user`, which the query does not return; did you mean `User`?",
        ),
    ]


def test_without_a_bound_query_the_fields_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(changed("severity: Low", "severity: Test").replace("columnName: User", "columnName: Gone"))
    assert [finding.code for finding in lint(load_rule(path))] == ["KL013"]


def test_all_tables_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(changed("query: T ", "query: union * "))
    assert [(finding.code, finding.line) for finding in lint(load_rule(path))] == [("KL021", 15)]


def test_whole_days_are_no_longer_look_back(tmp_path: Path) -> None:
    text = changed("ago(1h)", "startofday(ago(2d))").replace("queryPeriod: 1h", "queryPeriod: 2d")
    assert found(tmp_path, text) == []


def test_the_look_back_of_a_let_counts(tmp_path: Path) -> None:
    query = "query: |\n  let span = 7d;\n  let old = T | where TimeGenerated between (ago(span) .. ago(1d));\n  T | where User in ((old | project User)) | project User, Host"
    text = changed("query: T | where TimeGenerated > ago(1h) | project User, Host", query)
    assert ("KL091", 8) in found(tmp_path, text)


def test_columns_that_the_data_brings_are_not_judged(tmp_path: Path) -> None:
    text = changed("project User, Host", "extend d = todynamic(User) | evaluate bag_unpack(d)")
    assert found(tmp_path, text) == []


def test_a_custom_detection_returns_times(tmp_path: Path) -> None:
    path = tmp_path / "rule.json"
    path.write_text('{"displayName": "d", "queryCondition": {"queryText": "T | project User"}, "schedule": {"period": "1H"},\n "detectionAction": {"alertTemplate": {"severity": "low"}}}')
    rule = load_rule(path)
    assert [f.code for f in lint(rule, Engine(schemas=SCHEMAS).plan(rule.source))] == ["KL093"]
