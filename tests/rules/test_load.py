"""Rule files as they are found."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kqlpy.rules import KqlRuleError, Rule, Trigger, load_rule

ROOT = Path(__file__).parents[2]


def loaded(folder: Path, text: str | bytes, name: str = "rule.yaml") -> Rule:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_rule(path)


def test_a_scheduled_rule() -> None:
    rule = load_rule(ROOT / "rules" / "process-execution-frequency-anomaly.yaml")
    assert (rule.id, rule.name, rule.kind) == ("2c55fe7a-b06f-4029-a5b9-c54a2320d7b8", "Process Execution Frequency Anomaly", "Scheduled")
    assert (rule.severity, rule.version, rule.tactics, rule.techniques) == ("Medium", "1.0.6", ("Execution",), ("T1059",))
    assert (rule.frequency, rule.period, rule.trigger) == (dt.timedelta(days=1), dt.timedelta(days=14), Trigger("gt", 0, given=True))
    assert rule.entities[1].fields == (("FullName", "Computer"), ("HostName", "HostName"), ("DnsDomain", "DnsDomain"))


def test_a_hunting_rule_in_a_code_fence() -> None:
    rule = load_rule(ROOT / "rules" / "anomalous-azure-operation.yaml")
    assert rule.query.startswith("// When the detection window will end")
    assert rule.query.endswith("//| where isMonitoredResource == 1\n")
    assert (rule.trigger, rule.frequency, rule.kind) == (Trigger("gt", 0, given=False), None, "")


@pytest.mark.parametrize("ending", ["kql", "csl", "txt"])
def test_plain_queries(ending: str, tmp_path: Path) -> None:
    rule = loaded(tmp_path, "print 1\n", f"my query.{ending}")
    assert (rule.query, rule.name, rule.trigger.given) == ("print 1\n", "my query", False)


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfquery: print 1\n",
        "query: print 1\n".encode("utf-16"),
        b"query: print 1\r\nname: x\r\n",
        b"query:\tprint 1\nseverity:\tHigh\t\n",
        b"\tname: x\n\tquery: print 1\n",
        b"---\nquery: print 1\n",
        b"Query: print 1\nSeverity: High\n",
        b"query: |\n\tprint 1\n",
    ],
    ids=["bom", "utf-16", "crlf", "tabs between", "tabs before", "document mark", "letter case", "tab in a block"],
)
def test_dirty_files(text: bytes, tmp_path: Path) -> None:
    assert loaded(tmp_path, text).query.strip() == "print 1"


def test_tabs_inside_the_query_stay(tmp_path: Path) -> None:
    assert loaded(tmp_path, "query: |\n  T\n  |\twhere a == '\tb'\n").query == "T\n|\twhere a == '\tb'\n"


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("```kusto\nprint 1\n```", "print 1\n"),
        ("```\nprint 1\n```\n", "print 1\n"),
        ("```KQL\r\nprint 1\r\n```", "print 1\r\n"),
        ("print ```\na\n```", "print ```\na\n```"),
        ("```kusto\nprint ```a```\n```", "print ```a```\n"),
    ],
)
def test_a_fence_goes_only_as_first_and_last_line(text: str, query: str, tmp_path: Path) -> None:
    assert loaded(tmp_path, text, "q.kql").query == query


@pytest.mark.parametrize(
    ("fields", "trigger"),
    [
        ("triggerOperator: gt\ntriggerThreshold: 5", Trigger("gt", 5, given=True)),
        ("triggerOperator: GreaterThan\ntriggerThreshold: '3'", Trigger("gt", 3, given=True)),
        ("triggerOperator: lessthan\ntriggerThreshold: 1", Trigger("lt", 1, given=True)),
        ("triggerOperator: eq", Trigger("eq", 0, given=True)),
        ("triggerThreshold: 2", Trigger("gt", 2, given=True)),
        ("triggerOperator: null", Trigger("gt", 0, given=False)),
    ],
)
def test_triggers(fields: str, trigger: Trigger, tmp_path: Path) -> None:
    assert loaded(tmp_path, f"query: print 1\n{fields}\n").trigger == trigger


@pytest.mark.parametrize(("operator", "fires"), [("gt", [False, False, True]), ("lt", [True, False, False]), ("eq", [False, True, False]), ("ne", [True, False, True])])
def test_when_a_trigger_fires(operator: str, fires: list[bool]) -> None:
    assert [Trigger(operator, 5).fires(rows) for rows in (4, 5, 6)] == fires


def test_odd_fields_do_not_keep_a_rule_from_running(tmp_path: Path) -> None:
    rule = loaded(tmp_path, "query: print 1\nqueryFrequency: often\nentityMappings: none\ntactics: Execution\nseverity: [1]\nname:\n")
    assert (rule.frequency, rule.entities, rule.tactics, rule.severity, rule.name) == (None, (), ("Execution",), "", "rule")


def test_fields_keep_everything(tmp_path: Path) -> None:
    rule = loaded(tmp_path, "query: print 1\nversion: 1.10\ncount: 7\non: true\ncustom: {a: [1, x]}\n")
    assert rule.fields == {"query": "print 1", "version": "1.10", "count": 7, "on": True, "custom": {"a": [1, "x"]}}


def test_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(KqlRuleError, match="more than 100,000 values"):
        loaded(tmp_path, "\n".join([*lines, "query: print 1"]))


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KqlRuleError, match=r"levels deep|not valid YAML"):
        loaded(tmp_path, "query: " + "[" * 5_000)


def test_aliases_of_texts_work(tmp_path: Path) -> None:
    assert loaded(tmp_path, "a: &q print 1\nquery: *q\n").query == "print 1"


@pytest.mark.parametrize("text", ["a: *nothing\nquery: T", "query: T\n---\nquery: U\n", "query: \x07"])
def test_what_is_no_single_rule_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(KqlRuleError, match=r"rule\.yaml, line "):
        loaded(tmp_path, text)


@pytest.mark.parametrize("end", [b"\xff\xfe\xfa", b"\0"])
@pytest.mark.parametrize("name", ["rule.yaml", "rule.kql", "rule.json"])
def test_bytes_that_are_no_text(end: bytes, name: str, tmp_path: Path) -> None:
    with pytest.raises(KqlRuleError, match="line 2: this is not UTF-8 text"):
        loaded(tmp_path, b"query: T\n# " + end + b"\n", name)


def test_an_empty_document_behind_the_rule_does_no_harm(tmp_path: Path) -> None:
    assert loaded(tmp_path, "query: T\n---\n").query == "T"


def test_a_query_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KqlRuleError, match=r"rule\.yaml, line 3, column 1: `query` stands here a second time"):
        loaded(tmp_path, "query: T\nname: n\nquery: U\n")


def test_of_other_fields_the_last_counts(tmp_path: Path) -> None:
    assert loaded(tmp_path, "query: T\nname: a\nname: b\n").name == "b"


def test_merged_fields_count_where_the_rule_has_none(tmp_path: Path) -> None:
    rule = loaded(tmp_path, "common: &c {severity: High, name: a}\n<<: *c\nname: b\nquery: T\n")
    assert (rule.severity, rule.name) == ("High", "b")


def test_several_merges(tmp_path: Path) -> None:
    rule = loaded(tmp_path, "a: &a {severity: High}\nb: &b {severity: Low, id: x}\n<<: [*a, *b]\nquery: T\n")
    assert (rule.severity, rule.id) == ("High", "x")
