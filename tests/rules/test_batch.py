"""Many rules at once: the outcome of each, whatever happens to the others."""

from __future__ import annotations

import datetime as dt
import os
from functools import partial
from pathlib import Path

import pytest

from kqlpy.api import Engine
from kqlpy.rules.batch import Batch, Ending, Outcome, rule_files, run_batch, together
from kqlpy.session import Limits
from kqlpy.source import Source
from kqlpy.sources.reports import FailedValues, LoadReport
from kqlpy.types import Type

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
    return {Path(o.file).name: o for done in run_batch(batch, rule_files([rules]), jobs) for o in done.outcomes}


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
    assert outcomes(rules)["c_refused.kql"].message == "line 1: no column, table, variable or function is named `Hots`; did you mean `Host`?"


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


def test_a_rule_without_a_clock_takes_the_present_and_says_so(rules: Path) -> None:
    batch = Batch(partial(Engine, rules.parent / "data"), lambda engine, source: None, no_clock="no times here")
    found = {Path(o.file).name: o for done in run_batch(batch, rule_files([rules])) for o in done.outcomes}
    assert (found["b_quiet.kql"].ending, found["b_quiet.kql"].remarks) == (Ending.QUIET, ("no times here",))


def test_remarks_on_a_result_are_kept(rules: Path) -> None:
    (rules / "b_quiet.kql").write_text("print d = dynamic({}) | evaluate bag_unpack(d) | extend x = Foo")
    assert "no row has the property `Foo`" in outcomes(rules)["b_quiet.kql"].remarks[0]


@pytest.mark.parametrize("jobs", [1, 2])
def test_loading_is_told_once_for_each_file(jobs: int, rules: Path) -> None:
    (rules.parent / "data" / "T.csv").write_text("TimeGenerated,Host\n2024-05-01,ws01\n2024-05-01\n")
    batch = Batch(partial(Engine, rules.parent / "data"), clock)
    reports = [report for done in run_batch(batch, rule_files([rules]), jobs) for report in done.reports]
    assert 1 <= len(reports) <= jobs
    assert [(Path(report.file).name, len(report.notes)) for report in together(reports)] == [("T.csv", 1)]


def test_what_processes_tell_of_a_file_counts_once() -> None:
    few, many = FailedValues("a", Type.INT, 1, "x", 2), FailedValues("a", Type.INT, 3, "x", 2)
    other = FailedValues("b", Type.INT, 1, "y", 3)
    first = LoadReport("T", "T.csv", 5, (), (many,), ("odd",))
    second = LoadReport("T", "T.csv", 5, (), (few, other), ("odd", "cut"))
    (found,) = together([first, second])
    assert (set(found.failed), found.notes) == ({many, other}, ("odd", "cut"))


def test_a_hint_goes_along_and_further_errors_are_counted(rules: Path) -> None:
    (rules / "c_refused.kql").write_text("T | where Hst == 'x' | extend n = strle(Host)")
    message = outcomes(rules)["c_refused.kql"].message
    assert message == "line 1: no column, table, variable or function is named `Hst`; did you mean `Host`? (and 1 more)"


def test_a_rule_that_only_lacks_a_table_needs_no_times_to_say_so(rules: Path) -> None:
    (rules / "d_missing.kql").write_text("SigninLogs | where TimeGenerated > datetime({{StartTimeISO}})")
    found = outcomes(rules, make=partial(Engine, rules.parent / "data", options={"start": NOW}))
    assert found["d_missing.kql"].missing == ("SigninLogs",)


@pytest.mark.skipif(os.name != "posix", reason="names are Unicode")
def test_names_that_are_not_utf_8_are_shown(rules: Path) -> None:
    os.rename(rules / "a_alert.yaml", os.fsencode(rules) + b"/a_\xff.yaml")
    os.rename(rules / "deep" / "f_alert.csl", os.fsencode(rules) + b"/f_\xff.csl")
    found = outcomes(rules)
    assert (found["f_\ufffd.csl"].name, found["f_\ufffd.csl"].ending, found["a_\ufffd.yaml"].ending) == ("f_\ufffd", Ending.ALERT, Ending.ALERT)


def test_links_in_a_circle_are_not_followed(rules: Path) -> None:
    (rules / "deep" / "up").symlink_to(rules)
    assert [path.name for path, _ in rule_files([rules / "deep"])] == ["f_alert.csl"]
