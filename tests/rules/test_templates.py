"""Rules in JSON: templates, answers of the API, custom detections."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from kqlpy.api import Engine
from kqlpy.errors import KqlError
from kqlpy.rules import KqlRuleError, Rule, load_rule, load_rules

GUID = "0b4a8f3e-1111-4222-8333-444455556666"
PROPERTIES = {
    "displayName": "Logons", "description": "d", "severity": "High", "query": "T\n| where a == \"x\"", "queryFrequency": "PT1H", "queryPeriod": "P1D",
    "triggerOperator": "GreaterThan", "triggerThreshold": 3, "tactics": ["Impact"], "techniques": ["T1485"], "suppressionEnabled": True,
    "suppressionDuration": "PT5H", "enabled": False, "templateVersion": "1.0.1",
}  # fmt: skip
RESOURCE = {
    "type": "Microsoft.OperationalInsights/workspaces/providers/alertRules",
    "name": f"[concat(parameters('workspace'),'/Microsoft.SecurityInsights/{GUID}')]", "kind": "Scheduled", "properties": PROPERTIES,
}  # fmt: skip


def write(folder: Path, content: Any) -> Path:
    """The content as a JSON file."""
    path = folder / "rules.json"
    path.write_text(json.dumps(content, indent=2))
    return path


def check(rule: Rule) -> None:
    assert (rule.name, rule.kind, rule.severity, rule.id, rule.version) == ("Logons", "Scheduled", "High", GUID, "1.0.1")
    assert (rule.frequency, rule.period, str(rule.trigger)) == (dt.timedelta(hours=1), dt.timedelta(days=1), "results gt 3")
    assert (rule.tactics, rule.techniques, rule.suppression, rule.enabled) == (("Impact",), ("T1485",), dt.timedelta(hours=5), False)


def test_a_template(tmp_path: Path) -> None:
    check(load_rule(write(tmp_path, {"$schema": "s", "parameters": {}, "resources": [RESOURCE]})))


def test_a_template_inside_a_template(tmp_path: Path) -> None:
    inner = {"type": "Microsoft.OperationalInsights/workspaces/providers/contentTemplates", "properties": {"mainTemplate": {"resources": [RESOURCE]}}}
    check(load_rule(write(tmp_path, {"resources": [inner]})))


def test_an_answer_of_the_api(tmp_path: Path) -> None:
    check(load_rule(write(tmp_path, {"value": [RESOURCE | {"type": "Microsoft.SecurityInsights/alertRules"}]})))


def test_variables_and_parameters_are_filled_in(tmp_path: Path) -> None:
    named = RESOURCE | {"properties": PROPERTIES | {"displayName": "[variables('title')]", "query": "[parameters('q')]"}}
    content = {"parameters": {"q": {"defaultValue": "print 1"}}, "variables": {"title": "From a variable"}, "resources": [named]}
    rule = load_rule(write(tmp_path, content))
    assert (rule.name, rule.query) == ("From a variable", "print 1")


def test_only_saved_searches_that_hunt_are_rules(tmp_path: Path) -> None:
    def search(category: str, query: str) -> dict[str, Any]:
        tags = [{"name": "description", "value": "hunt"}, {"name": "tactics", "value": "Impact,Discovery"}, {"name": "techniques", "value": "T1485"}]
        return {"type": "Microsoft.OperationalInsights/savedSearches", "properties": {"category": category, "displayName": "h", "query": query, "tags": tags}}

    (rule,) = load_rules(write(tmp_path, {"resources": [search("Functions", "print 1"), search("Hunting Queries", "print 2")]}))
    assert (rule.query, rule.description, rule.tactics, rule.techniques) == ("print 2", "hunt", ("Impact", "Discovery"), ("T1485",))
    assert not rule.is_analytic


def test_several_rules_in_one_file(tmp_path: Path) -> None:
    path = write(tmp_path, {"resources": [RESOURCE, RESOURCE | {"kind": "NRT"}]})
    assert [rule.kind for rule in load_rules(path)] == ["Scheduled", "NRT"]
    with pytest.raises(KqlRuleError, match="holds 2 rules, not one"):
        load_rule(path)


def test_json_without_a_rule(tmp_path: Path) -> None:
    with pytest.raises(KqlRuleError, match="there is no rule in this JSON"):
        load_rules(write(tmp_path, {"resources": [{"type": "x", "properties": {}}]}))


def test_errors_stand_in_the_json_file(tmp_path: Path) -> None:
    path = write(tmp_path, RESOURCE | {"properties": PROPERTIES | {"query": "print \"a\"\n| where nothing == 1"}})
    with pytest.raises(KqlError) as caught:
        Engine().plan(load_rule(path).source)
    line, column = caught.value.line, caught.value.column
    assert line is not None
    assert column is not None
    assert path.read_text().splitlines()[line - 1][column - 1 :].startswith("nothing == 1")


DETECTION = {
    "displayName": "Tool", "isEnabled": True, "queryCondition": {"queryText": "T | project Timestamp, DeviceId, AccountSid"},
    "schedule": {"period": "1H"},
    "detectionAction": {
        "alertTemplate": {
            "title": "Tool on {{DeviceId}}", "description": "seen", "severity": "medium", "category": "Execution", "mitreTechniques": ["T1059"],
            "impactedAssets": [
                {"@odata.type": "#microsoft.graph.security.impactedDeviceAsset", "identifier": "deviceId"},
                {"@odata.type": "#microsoft.graph.security.impactedUserAsset", "identifier": "accountSid"},
            ],
        }
    },
}  # fmt: skip


def test_a_custom_detection(tmp_path: Path) -> None:
    rule = load_rule(write(tmp_path, DETECTION))
    assert (rule.name, rule.kind, rule.severity, rule.tactics, rule.techniques) == ("Tool", "CustomDetection", "Medium", ("Execution",), ("T1059",))
    assert (rule.frequency, rule.period) == (dt.timedelta(hours=1), dt.timedelta(hours=4))


def test_each_row_of_a_custom_detection_is_an_alert(tmp_path: Path) -> None:
    rows = [{"Timestamp": dt.datetime(2024, 5, 1, tzinfo=dt.UTC), "DeviceId": f"d{n}", "AccountSid": "S-1"} for n in (1, 2)]
    found = Engine(tables={"T": rows}).run_rule(load_rule(write(tmp_path, DETECTION))).alerts
    assert [alert.title for alert in found] == ["Tool on d1", "Tool on d2"]
    assert [entity.to_dict() for entity in found[0].entities] == [
        {"type": "Host", "identifiers": {"MdatpDeviceId": "d1"}},
        {"type": "Account", "identifiers": {"Sid": "S-1"}},
    ]


def test_a_custom_detection_in_yaml(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(
        "displayName: Tool\nisEnabled: false\nqueryCondition:\n  queryText: |\n    T\n    | where Nothing == 1\nschedule:\n  period: '1H'\n"
        "detectionAction:\n  alertTemplate:\n    title: Tool on {{DeviceId}}\n    severity: high\n    category: Execution\n"
    )
    rule = load_rule(path)
    assert (rule.name, rule.kind, rule.severity, rule.tactics, rule.enabled) == ("Tool", "CustomDetection", "High", ("Execution",), False)
    with pytest.raises(KqlError) as raised:
        Engine(tables={"T": [{"a": 1}]}).query(rule.source)
    assert (raised.value.line, raised.value.column) == (6, 13)


def test_a_saved_search_has_no_version_of_its_own(tmp_path: Path) -> None:
    search = {"type": "savedSearches", "properties": {"category": "Hunting Queries", "displayName": "n", "query": "T", "version": 2}}
    assert load_rule(write(tmp_path, {"resources": [search]})).version == ""
