"""Running a rule once: its rows, and whether its trigger raises an alert.

The query sees all rows of the data: the rule's `queryPeriod` does not cut them off, only the query's own times do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from kqlpy.environment.placeholders import filled_source, moment
from kqlpy.rules.load import load_rule
from kqlpy.rules.model import Rule

if TYPE_CHECKING:
    from kqlpy.api import Engine

__all__ = ["RuleResult", "run_rule"]


@dataclass(frozen=True)
class RuleResult:
    """One run of a rule: the rows of its query, and whether they raise an alert."""

    rule: Rule
    table: pa.Table
    alert: bool

    @property
    def verdict(self) -> str:
        """One line such as `results gt 0 -> ALERT, 16 rows`."""
        rows = self.table.num_rows
        counted = f"{rows:,} row" if rows == 1 else f"{rows:,} rows"
        line = f"{self.rule.trigger} -> {'ALERT' if self.alert else 'no alert'}, {counted}"
        if self.rule.trigger.given:
            return line
        why = "any row of an NRT rule alerts" if self.rule.kind.upper() == "NRT" else "the rule has no trigger: gt 0 is taken"
        return f"{line} ({why})"


def run_rule(
    engine: Engine, rule: Rule | str | Path, now: dt.datetime | None = None, *, progress: Callable[[str, int], None] | None = None
) -> RuleResult:
    """Run a rule, or the rule of a file, with the clock at `now`; the engine's options `start` and `end` fill in `{{StartTimeISO}}` and `{{EndTimeISO}}`. `progress` is called with the name and rows of each part of a table that was read."""
    loaded = rule if isinstance(rule, Rule) else load_rule(rule)
    source = filled_source(loaded.source, moment(engine.options.get("start")), moment(engine.options.get("end")))
    table = engine.results(source, now, first=True, progress=progress)[0]
    return RuleResult(loaded, table, loaded.trigger.fires(table.num_rows))
