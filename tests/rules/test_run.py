"""Running rules from Python."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kqlpy.api import Engine
from kqlpy.rules import load_rule

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2024, 5, 15, 12, tzinfo=dt.UTC)


def test_a_rule_by_its_path() -> None:
    result = Engine(ROOT / "examples" / "data").run_rule(ROOT / "rules" / "process-execution-frequency-anomaly.yaml", NOW)
    assert (result.alert, result.table.num_rows, result.rule.severity) == (True, 8, "Medium")
    assert set(result.table["Process"].to_pylist()) == {"powershell.exe"}


@pytest.mark.parametrize(
    ("head", "rows", "verdict"),
    [
        ("triggerOperator: gt\ntriggerThreshold: 1", 1, "results gt 1 -> no alert, 1 row"),
        ("triggerOperator: lt\ntriggerThreshold: 5", 1, "results lt 5 -> ALERT, 1 row"),
        ("kind: NRT", 1, "results gt 0 -> ALERT, 1 row (any row of an NRT rule alerts)"),
        ("name: hunt", 0, "results gt 0 -> no alert, 0 rows (the rule has no trigger: gt 0 is taken)"),
        ("name: hunt", 2345, "results gt 0 -> ALERT, 2,345 rows (the rule has no trigger: gt 0 is taken)"),
    ],
)
def test_verdicts(head: str, rows: int, verdict: str, tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(f"{head}\nquery: range x from 1 to {rows} step 1\n")
    assert Engine().run_rule(load_rule(path)).verdict == verdict


def test_any_row_of_a_near_real_time_rule_alerts_whatever_its_trigger(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text("kind: NRT\ntriggerOperator: gt\ntriggerThreshold: 5\nquery: print 1\n")
    result = Engine().run_rule(load_rule(path))
    assert (result.alert, result.verdict) == (True, "results gt 0 -> ALERT, 1 row (any row of an NRT rule alerts)")
