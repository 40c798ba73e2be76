"""Many rules at once: the outcome of each, whatever happens to the others."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path

import pytest

from kqlpy.api import Engine
from kqlpy.rules.batch import Batch, Ending, Outcome, rule_files, run_batch
from kqlpy.session import Limits
from kqlpy.source import Source

NOW = dt.datetime(2024, 5, 2, tzinfo=dt.UTC)


def clock(engine: Engine, source: Source) -> dt.datetime:
    """The same moment for each rule."""
    return NOW


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder of rules that end in different ways, beside data."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "T.csv").write_text("TimeGenerated,Host\n2024-05-01T10:00:00Z,ws01\n2024-05-01T23:30:00Z,ws02\n")
    folder = tmp_path / "rules"
    (folder / "deep").mkdir(parents=True)
    head = "queryPeriod: 1h\nqueryFrequency: 1h\ntriggerOperator: gt\ntriggerThreshold: 1\nseverity: High\n"
    texts = {
        "a_alert.yaml": f"{head}name: both\nquery: T\n",
        "b_quiet.kql": "T | where Host == 'none'",
        "c_refused.kql": "T | where Hots == 'x'",
        "d_missing.kql": "SecurityEvent | join (SigninLogs | extend Computer = '') on Computer | count",
        "e_unknown.kql": "Nowhere_CL | count",
        "deep/f_alert.csl": "T | take 1",
        "g_broken.yaml": "query: [",
        "h_other.yaml": "title: no rule\n",
        "i_data.json": '{"a": 1}\n{"a": 2}\n',
        "notes.txt": "T",
        ".hidden.kql": "T",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def outcomes(rules: Path, jobs: int = 1, *, window: bool = False, make: partial[Engine] | None = None) -> dict[str, Outcome]:
    """The outcomes by file name."""
    batch = Batch(make or partial(Engine, rules.parent / "data"), clock, window)
    return {Path(o.file).name: o for found in run_batch(batch, rule_files([rules]), jobs) for o in found}


ENDINGS = {
    "a_alert.yaml": Ending.ALERT, "b_quiet.kql": Ending.QUIET, "c_refused.kql": Ending.REFUSED, "d_missing.kql": Ending.MISSING,
    "f_alert.csl": Ending.ALERT, "e_unknown.kql": Ending.MISSING, "g_broken.yaml": Ending.REFUSED, "h_other.yaml": Ending.NO_RULE,
    "i_data.json": Ending.NO_RULE,
}  # fmt: skip


def test_no_failing_rule_stops_the_others(rules: Path) -> None:
    assert {name: outcome.ending for name, outcome in outcomes(rules).items()} == ENDINGS


def test_several_processes_give_the_same_in_the_same_order(rules: Path) -> None:
    alone, shared = outcomes(rules), outcomes(rules, 2)
    assert [(name, o.ending, o.rows, o.missing, o.message) for name, o in shared.items()] == [
        (name, o.ending, o.rows, o.missing, o.message) for name, o in alone.items()
    ]


def test_all_missing_tables_are_named(rules: Path) -> None:
    found = outcomes(rules)
    assert found["d_missing.kql"].missing == ("SecurityEvent", "SigninLogs")
    assert found["e_unknown.kql"].missing == ("Nowhere_CL",)


def test_messages_tell_the_line(rules: Path) -> None:
    assert outcomes(rules)["c_refused.kql"].message == "line 1: no column, table, variable or function is named `Hots`"


def test_an_outcome_has_rows_alerts_and_severity(rules: Path) -> None:
    outcome = outcomes(rules)["a_alert.yaml"]
    assert (outcome.name, outcome.severity, outcome.rows, [alert["rows"] for alert in outcome.alerts]) == ("both", "High", 2, [2])


def test_the_window_holds_for_each_rule(rules: Path) -> None:
    outcome = outcomes(rules, window=True)["a_alert.yaml"]
    assert (outcome.ending, outcome.rows) == (Ending.QUIET, 1)


def test_a_rule_that_takes_too_long_is_ended(rules: Path) -> None:
    (rules / "a_alert.yaml").write_text("name: slow\nquery: range x from 1 to 100000000 step 1 | summarize count() by x % 7\n")
    found = outcomes(rules, make=partial(Engine, rules.parent / "data", limits=Limits(seconds=0.2)))
    assert (found["a_alert.yaml"].ending, found["f_alert.csl"].ending) == (Ending.REFUSED, Ending.ALERT)
    assert found["a_alert.yaml"].message == "`the query` would pass the limit of 0.2 seconds"


def test_a_defect_stops_no_other_rule(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("made up")

    monkeypatch.setattr("kqlpy.rules.batch.run_rule", fails)
    found = outcomes(rules)
    assert (found["b_quiet.kql"].ending, found["b_quiet.kql"].message) == (Ending.DEFECT, "ZeroDivisionError: made up")
    assert found["f_alert.csl"].ending is Ending.DEFECT


def test_a_named_file_is_taken_whatever_its_ending(rules: Path) -> None:
    assert rule_files([rules / "notes.txt", rules / "deep"]) == [(rules / "notes.txt", False), (rules / "deep" / "f_alert.csl", True)]
