"""`kqlpy check` judges the fields of a rule beside its query."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Command

RULE = """\
id: 0b4a8f3e-1111-4222-8333-444455556666
name: n
description: d
kind: Scheduled
severity: Low
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
tactics: [Execution]
query: SecurityEvent | where TimeGenerated > ago(1h) | project Computer
"""


def test_a_field_past_its_limit_is_an_error(command: Command) -> None:
    Path("rule.yaml").write_text(RULE.replace("severity: Low", "severity: Test"))
    ended = command("check", "rule.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "error: KL013 rule.yaml, line 5, column 11: `Test` is no severity; there are Informational, Low, Medium, High\n"


def test_a_warning_leaves_the_rule_right(command: Command) -> None:
    Path("rule.yaml").write_text(RULE.replace("ago(1h)", "ago(2d)"))
    ended = command("check", "rule.yaml")
    assert (ended.code, ended.out) == (0, "rule.yaml: ok, 1 column\n")
    assert ended.err == "warning: KL091 rule.yaml, line 7, column 14: the query looks back 2d, but a run sees only the 1h of `queryPeriod`\n"


def test_fields_are_judged_when_the_query_is_wrong(command: Command) -> None:
    Path("rule.yaml").write_text(RULE.replace("project Computer", "project Compter").replace("severity: Low\n", ""))
    ended = command("check", "rule.yaml")
    assert ended.code == 2
    assert ended.err.startswith("error: KS142 rule.yaml, line 10, column ")
    assert ended.err.endswith("error: KL012 rule.yaml, line 1, column 1: the rule has no `severity`; there are Informational, Low, Medium, High\n")


def test_each_rule_of_a_template_is_judged(command: Command) -> None:
    rule = '{"properties": {"displayName": "n", "query": "print 1"}, "kind": "NRT"}'
    Path("rules.json").write_text(f'{{"resources": [{rule}, {rule}]}}')
    ended = command("check", "rules.json")
    assert ended.err.count("KL012 rules.json, line 1") == 2


def test_an_id_belongs_to_one_rule(command: Command) -> None:
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text(RULE)
    ended = command("check", "a.yaml", "b.yaml")
    assert (ended.code, ended.out) == (2, "a.yaml: ok, 1 column\n")
    assert ended.err.startswith("error: KL009 b.yaml, line 1, column 5: the `id` is that of a rule in a.yaml as well\n")
