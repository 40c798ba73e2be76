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
        ("description: Many starts\n", "", "KL008", 1),
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
        ("tactics:\n", "suppressionEnabled: true\ntactics:\n", "KL045", 1),
        ("tactics:\n", "suppressionEnabled: true\nsuppressionDuration: long\ntactics:\n", "KL045", 12),
        ("tactics:\n", "eventGroupingSettings: {aggregationKind: Each}\ntactics:\n", "KL044", 11),
        ("tactics:\n  - Execution\nrelevantTechniques:\n  - T1059.001\n", "", "KL050", 1),
        ("  - Execution", "  - Mischief", "KL051", 12),
        ("T1059.001", "1059", "KL052", 14),
        ("T1059.001", "T1566", "KL053", 14),
        ("entityType: Account", "entityType: Url", "KL062", 17),
        ("identifier: Name", "identifier: Nick", "KL064", 19),
        ("columnName: User\n", "columnName: User\n      - {identifier: Name, columnName: Host}\n", "KL065", 21),
        ("      - identifier: Name\n", "".join(f"      - {{identifier: {n}, columnName: User}}\n" for n in ("Sid", "PUID", "FullName")) + "      - identifier: Name\n", "KL063", 17),
        ("columnName: User", "columnName: a.b", "KL066", 20),
        ("identifier: Name", "identifier: NTDomain", "KL067", 17),
        ("project User", "project AccountCustomEntity = User, User", "KL068", 15),
        ("  Machine: Host", "\n".join(f"  D{n}: Host" for n in range(21)), "KL070", 22),
        ("Machine: Host", f"{'x' * 21}: Host", "KL071", 22),
        ("Machine: Host", "1st: Host", "KL072", 22),
        ("Machine: Host", "Machine: Host.Name", "KL073", 22),
        ("Spike on {{Host}}", f"Spike {'x' * 257}", "KL080", 24),
        ("Spike on {{Host}}", '""', "KL095", 24),
        ("Spike on {{Host}}", "Spike on {{Host} here", "KL089", 24),
        ("Spike on {{Host}}", "Spike on Host}}", "KL089", 24),
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


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("enabled: true, matchingMethod: Selected, groupByEntities: [Account]", None),
        ("enabled: true, matchingMethod: Selected, groupByEntities: [Host]", "KL087"),
        ("enabled: true, matchingMethod: Selected, groupByAlertDetails: [DisplayName, Severity]", None),
        ("enabled: true, matchingMethod: Selected, groupByAlertDetails: [Name]", "KL088"),
        ("enabled: true, lookbackDuration: long", "KL083"),
        ("enabled: 'yes'", "KL100"),
        ("reopenClosedIncident: 1", "KL100"),
        ("groupByEntities: Account", "KL100"),
    ],
)
def test_the_grouping_of_incidents(settings: str, code: str | None, tmp_path: Path) -> None:
    text = GOOD + f"incidentConfiguration:\n  groupingConfiguration: {{{settings}}}\n"
    assert found(tmp_path, text) == ([(code, 26)] if code else [])


@pytest.mark.parametrize(
    "field",
    [
        "requiredDataConnectors: AzureActivity", "requiredDataConnectors:\n- connectorId: A", "requiredDataConnectors:\n- dataTypes: [T]", "tags: a", "enabled: 1",
        "suppressionEnabled: sometimes", "eventGroupingSettings: AlertPerResult", "incidentConfiguration: none", "incidentConfiguration: {createIncident: 'no'}",
        "sentinelEntitiesMappings: Entities", "sentinelEntitiesMappings:\n- column: Entities",
    ],
)  # fmt: skip
def test_fields_of_another_form(field: str, tmp_path: Path) -> None:
    ((code, line),) = found(tmp_path, f"{GOOD}{field}\n")
    assert code in ("KL100", "KL101")
    assert line >= 25


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  - Execution", "  - Execution\nignored: true"), ("tactics:\n  - Execution", "tactics: Execution"),
        ("  - T1059.001", " T1059.001"), ("customDetails:\n  Machine: Host", "customDetails: [Host]"),
        ("    fieldMappings:\n      - identifier: Name\n        columnName: User", "    fieldMappings: User"),
        ("      - identifier: Name\n        columnName: User", "      - Name"), ("  alertDisplayNameFormat: Spike on {{Host}}", "  - Spike"),
    ],
)  # fmt: skip
def test_parts_of_another_form(old: str, new: str, tmp_path: Path) -> None:
    codes = [code for code, _ in found(tmp_path, changed(old, new))]
    assert ("KL100" in codes) is ("ignored" not in new)


def test_no_entity_mapping_is_no_list(tmp_path: Path) -> None:
    mapping = GOOD[GOOD.index("entityMappings") : GOOD.index("customDetails")]
    assert found(tmp_path, changed(mapping, "entityMappings: []\n")) == [("KL060", 16)]


def test_a_property_of_an_alert_is_set_once(tmp_path: Path) -> None:
    pair = "    - {alertProperty: ProductName, value: Host}\n"
    assert found(tmp_path, f"{GOOD}  alertDynamicProperties:\n{pair}{pair}") == [("KL096", 26)]
    assert found(tmp_path, f"{GOOD}  alertDynamicProperties:\n{pair.replace('ProductName', 'Product')}") == [("KL082", 26)]


@pytest.mark.parametrize("place", ["workspace('x').T", "cluster('c').database('d').T"])
def test_a_near_real_time_rule_reads_its_own_workspace(place: str, tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(changed("query: T ", f"query: {place} ").replace("Scheduled", "NRT"))
    assert "KL023" in [finding.code for finding in lint(load_rule(path))]


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("severity: Low", "severity: high", "did you mean `High`?"), ("  - Execution", "  - Initial access", "did you mean `InitialAccess`?"),
        ("entityType: Account", "entityType: Url", "did you mean `URL`?"), ("identifier: Name", "identifier: fullname", "did you mean `FullName`?"),
        ("entityType: Account", "entityType: Azure Resource", "did you mean `AzureResource`?"), ("severity: Low", "severity: Test", "there are Informational, Low"),
    ],
)  # fmt: skip
def test_names_that_are_nearly_right(old: str, new: str, hint: str, tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(changed(old, new))
    assert any(hint in finding.message for finding in lint(load_rule(path)))


def test_tactics_of_a_hunting_query_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text("name: hunt\ntactics: [Ransomware]\nquery: T\n")
    assert [(finding.code, finding.level) for finding in lint(load_rule(path))] == [("KL051", "warning")]


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


@pytest.mark.parametrize(("period", "codes"), [("0", []), ("PT1H", []), ("24H", []), ("2H", ["KL034"])])
def test_the_times_of_a_custom_detection(period: str, codes: list[str], tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    query = "T | project Timestamp = TimeGenerated, ReportId = User"
    path.write_text(f"displayName: d\nqueryCondition: {{queryText: '{query}'}}\nschedule: {{period: '{period}'}}\ndetectionAction: {{alertTemplate: {{severity: low}}}}\n")
    rule = load_rule(path)
    assert [f.code for f in lint(rule, Engine(schemas=SCHEMAS).plan(rule.source))] == codes


def test_a_custom_detection_over_tables_of_defender_returns_report_ids(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text("displayName: d\nqueryCondition: {queryText: 'T | project Timestamp = TimeGenerated'}\nschedule: {period: 1H}\ndetectionAction: {alertTemplate: {severity: low}}\n")
    rule = load_rule(path)
    assert [f.code for f in lint(rule, Engine(schemas=SCHEMAS).plan(rule.source))] == ["KL094"]
