"""Running a rule once: its rows, whether its trigger fires, and the alerts that it raises.

Without a window the query sees all rows of the data: only the query's own times cut them off. With one it sees what the service would show it:
the event times from `queryPeriod` before the clock until the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from kqlpy.environment.placeholders import filled
from kqlpy.rules.alerts import Alert, alerts_of
from kqlpy.rules.load import load_rule
from kqlpy.rules.model import Rule
from kqlpy.rules.schedule import Window, period_of, shown, window_of

if TYPE_CHECKING:
    from kqlpy.api import Engine

__all__ = ["RuleResult", "run_rule"]


@dataclass(frozen=True)
class RuleResult:
    """One run of a rule: the rows of its query, and whether they raise an alert. `window`: the event times that it saw, None for all."""

    rule: Rule
    table: pa.Table
    alert: bool
    window: Window | None = None

    @cached_property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts of this run, as the service raises them."""
        return alerts_of(self.rule, self.table) if self.alert else ()

    @property
    def verdict(self) -> str:
        """One line such as `results gt 0 -> ALERT, 16 rows`."""
        rows = self.table.num_rows
        counted = f"{rows:,} row" if rows == 1 else f"{rows:,} rows"
        line = f"{self.rule.trigger} -> {'ALERT' if self.alert else 'no alert'}, {counted}"
        if self.rule.trigger.given:
            return line
        why = "any row of an NRT rule alerts" if self.rule.is_nrt else "the rule has no trigger: gt 0 is taken"
        return f"{line} ({why})"

    @property
    def seen(self) -> str:
        """Which event times the query saw, for people."""
        period = period_of(self.rule)
        if self.window is not None and period is not None:
            return f"the query saw {shown(period)} of events (queryPeriod), {self.window}"
        if period is None:
            return "the query saw all events: the rule has no queryPeriod"
        return f"the query saw all events that its own times allow; --window shows it queryPeriod ({shown(period)}) only"


def run_rule(
    engine: Engine,
    rule: Rule | str | Path,
    now: dt.datetime | None = None,
    *,
    window: bool = False,
    after: bool = False,
    progress: Callable[[str, int], None] | None = None,
) -> RuleResult:
    """Run a rule, or the rule of a file, with the clock at `now`.

    `window` shows it only the events that the service would (`queryPeriod`), and with `after` not those of its first moment. The engine's options `start` and `end` (moments, or lengths of time before the
    clock) fill in `{{StartTimeISO}}` and `{{EndTimeISO}}`. `progress` is called with the name and rows of each part of a table that was read.
    """
    loaded = rule if isinstance(rule, Rule) else load_rule(rule)
    clock = now or engine.now or dt.datetime.now(dt.UTC)
    source = filled(loaded.source, engine.options, clock)
    seen = window_of(loaded, clock) if window else None
    within = engine if seen is None else engine.through(seen.start, seen.end, after=after)
    table = within.results(source, clock, first=True, progress=progress)[0]
    return RuleResult(loaded, table, loaded.trigger.fires(table.num_rows), seen)
