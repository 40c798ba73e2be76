"""A run within its queryPeriod: every table that the query reads is seen through the window, and the result says so."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kqlpy.api import Engine
from kqlpy.rules import RuleResult, load_rule

NOW = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
HOURLY = [{"TimeGenerated": NOW - dt.timedelta(hours=h), "h": h} for h in range(10)]


@pytest.fixture
def engine() -> Engine:
    """Ten events, one an hour, in T; Plain has no times."""
    return Engine(tables={"T": HOURLY, "Plain": [{"h": 1}, {"h": 9}]})


def run(engine: Engine, folder: Path, query: str, head: str = "queryPeriod: 3h", *, window: bool = True) -> RuleResult:
    """A run of a rule of this query and head."""
    path = folder / "rule.yaml"
    path.write_text(f'name: n\n{head}\nquery: "{query}"\n')
    return engine.run_rule(load_rule(path), NOW, window=window)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("T | count", 4),
        ("T | where h > 1 | count", 2),
        ("T | take 3 | count", 3),
        ("let all = T; all | join kind=inner all on h | count", 4),
        ("print Count = toscalar(T | count)", 4),
        ("Plain | where h in ((T | project h)) | count", 1),
        ("union T, Plain | count", 6),
        ("union withsource=s T* | count", 4),
        ("let f = () { T | count }; f()", 4),
        ("search in (T) 'x' or h >= 0 | count", 4),
    ],
)
def test_every_reading_sees_the_window(engine: Engine, query: str, count: int, tmp_path: Path) -> None:
    assert run(engine, tmp_path, query).table["Count"].to_pylist() == [count]


def test_without_a_window_all_events_are_seen(engine: Engine, tmp_path: Path) -> None:
    result = run(engine, tmp_path, "T | count", window=False)
    assert result.table["Count"].to_pylist() == [10]
    assert result.seen == "the query saw all events that its own times allow; --window shows it queryPeriod (3h) only"


def test_the_result_names_its_window(engine: Engine, tmp_path: Path) -> None:
    result = run(engine, tmp_path, "T | count")
    assert result.seen == "the query saw 3h of events (queryPeriod), 2024-05-01T09:00:00Z to 2024-05-01T12:00:00Z"


def test_a_rule_without_a_period_sees_all(engine: Engine, tmp_path: Path) -> None:
    result = run(engine, tmp_path, "T | count", "kind: Hunting")
    assert (result.table["Count"].to_pylist(), result.window) == ([10], None)
    assert result.seen == "the query saw all events: the rule has no queryPeriod"


def test_a_near_real_time_rule_sees_a_minute(engine: Engine, tmp_path: Path) -> None:
    assert run(engine, tmp_path, "T | count", "kind: NRT").table["Count"].to_pylist() == [1]


def test_other_places_are_seen_through_the_window_too(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "T.csv").write_text("TimeGenerated,h\n2024-05-01T11:00:00Z,1\n2024-04-01T11:00:00Z,2\n")
    engine = Engine(options={"databases": {"far": str(tmp_path / "far")}})
    assert run(engine, tmp_path, "workspace('far').T | count").table["Count"].to_pylist() == [1]


def test_tables_of_defender_are_seen_by_their_timestamp(tmp_path: Path) -> None:
    (tmp_path / "DeviceEvents.csv").write_text("Timestamp,h\n2024-05-01T11:00:00Z,1\n2024-05-01T01:00:00Z,2\n")
    (tmp_path / "Own_CL.csv").write_text("Timestamp,TimeGenerated\n2024-04-01,2024-05-01T11:00:00Z\n2024-05-01T11:00:00Z,\n2024-05-01T11:00:00Z,2024-04-01\n")
    engine = Engine(tmp_path)
    assert run(engine, tmp_path, "DeviceEvents | count").table["Count"].to_pylist() == [1]
    assert run(engine, tmp_path, "Own_CL | count").table["Count"].to_pylist() == [2]
