"""A rule run again and again: windows, suppression, incidents."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kqlpy.api import Engine
from kqlpy.rules import Rule, load_rule, replay
from kqlpy.rules.replay import frequency_of, run_times

END = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
HEAD = "name: n\nkind: Scheduled\nqueryFrequency: 1h\nqueryPeriod: 1h\ntriggerOperator: gt\ntriggerThreshold: 0\n"


def rule(folder: Path, more: str = "", query: str = "T") -> Rule:
    """An hourly rule."""
    path = folder / "rule.yaml"
    path.write_text(f"{HEAD}{more}query: {query}\n")
    return load_rule(path)


@pytest.fixture
def engine() -> Engine:
    """Events half an hour before 8, 9, 10 and 12 o'clock."""
    return Engine(tables={"T": [{"TimeGenerated": END - dt.timedelta(minutes=30) - back * HOUR, "Host": "x"} for back in (4, 3, 2, 0)]})


def hours(found: Rule, engine: Engine, runs: int = 6) -> list[int | None]:
    """The rows of the last hourly runs."""
    return [run.rows for run in replay(engine, found, run_times(HOUR, END, runs=runs))]


def test_each_run_sees_its_window(engine: Engine, tmp_path: Path) -> None:
    assert hours(rule(tmp_path), engine) == [0, 1, 1, 1, 0, 1]


def test_the_clock_of_a_run_is_when_it_is_due(engine: Engine, tmp_path: Path) -> None:
    found = rule(tmp_path, query="T | where TimeGenerated > ago(31m) | where now() == bin(now(), 1h)")
    assert hours(found, engine) == [0, 1, 1, 1, 0, 1]


@pytest.mark.parametrize(
    ("duration", "rows"),
    [("1h", [0, 1, 1, 1, 0, 1]), ("90m", [0, 1, None, 1, None, 1]), ("PT2H", [0, 1, None, 1, None, 1]), ("3h", [0, 1, None, None, 0, 1]), ("24h", [0, 1, None, None, None, None])],
)
def test_an_alert_suppresses_the_runs_after_it(duration: str, rows: list[int | None], engine: Engine, tmp_path: Path) -> None:
    assert hours(rule(tmp_path, f"suppressionEnabled: true\nsuppressionDuration: {duration}\n"), engine) == rows


def test_suppression_must_be_enabled(engine: Engine, tmp_path: Path) -> None:
    assert None not in hours(rule(tmp_path, "suppressionEnabled: false\nsuppressionDuration: 24h\n"), engine)


def test_alerts_of_several_runs_make_incidents(engine: Engine, tmp_path: Path) -> None:
    found = rule(tmp_path, "incidentConfiguration: {groupingConfiguration: {enabled: true, matchingMethod: AnyAlert, lookbackDuration: 3h}}\n")
    raised = [one for run in replay(engine, found, run_times(HOUR, END, runs=6)) for one in run.raised]
    assert [(one.time.hour, one.incident) for one in raised] == [(8, 1), (9, 1), (10, 1), (12, 2)]


def test_times_end_with_the_clock() -> None:
    assert [time.hour for time in run_times(HOUR, END, runs=3)] == [10, 11, 12]
    assert [time.hour for time in run_times(HOUR, END, start=END - dt.timedelta(minutes=150))] == [10, 11, 12]
    assert run_times(HOUR, END, start=END + HOUR) == []
    assert len(run_times(HOUR, dt.datetime(1, 1, 1, 1, tzinfo=dt.UTC), runs=5)) == 2


def test_a_near_real_time_rule_runs_every_minute(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text("kind: NRT\nquery: T\n")
    found = load_rule(path)
    assert frequency_of(found) == dt.timedelta(minutes=1)
    runs = list(replay(engine, found, run_times(dt.timedelta(minutes=1), END - dt.timedelta(minutes=29), runs=3)))
    assert [run.rows for run in runs] == [0, 1, 0]


def test_a_rule_without_a_schedule_has_no_frequency(tmp_path: Path) -> None:
    path = tmp_path / "q.kql"
    path.write_text("T")
    assert frequency_of(load_rule(path)) is None
