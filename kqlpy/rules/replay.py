"""A rule run again and again as its schedule would: each run sees its own window, an alert may suppress the runs after it, and alerts make incidents.

The clock of a run is the time at which it is due; the service runs it five minutes later, so that late events are there, but shows it the same window. A window does not include the moment at which it begins: that belongs to the run before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kqlpy.rules.alerts import Alert
from kqlpy.rules.incidents import IncidentList
from kqlpy.rules.model import Rule
from kqlpy.rules.run import run_rule
from kqlpy.rules.schedule import NRT_WINDOW

if TYPE_CHECKING:
    from kqlpy.api import Engine

__all__ = ["Raised", "Run", "frequency_of", "replay", "run_times"]


@dataclass(frozen=True)
class Raised:
    """An alert, when it was raised, and the number of its incident, from 1 (None: the rule creates none)."""

    time: dt.datetime
    alert: Alert
    incident: int | None


@dataclass(frozen=True)
class Run:
    """A run: when, how many rows its query gave, and what it raised. A suppressed run has no rows, for its query does not run."""

    time: dt.datetime
    rows: int | None
    raised: tuple[Raised, ...] = ()

    @property
    def suppressed(self) -> bool:
        """True when an earlier alert kept the query from running."""
        return self.rows is None


def frequency_of(rule: Rule) -> dt.timedelta | None:
    """The time between two runs; None for a rule without a schedule."""
    found = NRT_WINDOW if rule.is_nrt else rule.frequency
    return found or None


def run_times(frequency: dt.timedelta, end: dt.datetime, *, start: dt.datetime | None = None, runs: int = 50) -> list[dt.datetime]:
    """When a rule is due, up to `end` and including it: all times from `start`, or the last `runs` ones."""
    if start is not None:
        runs = int((end - start) / frequency) + 1 if end >= start else 0
    times = []
    for number in range(runs - 1, -1, -1):
        try:
            times.append(end - number * frequency)
        except OverflowError:
            continue
    return times


def replay(engine: Engine, rule: Rule, times: Iterable[dt.datetime], progress: Callable[[Run], None] | None = None) -> Iterator[Run]:
    """The runs of a rule at these times, in order."""
    incidents = IncidentList(rule)
    quiet_until: dt.datetime | None = None
    for time in times:
        if quiet_until is not None and time < quiet_until:
            run = Run(time, None)
        else:
            result = run_rule(engine, rule, time, window=True, after=True)
            raised = tuple(Raised(time, alert, incidents.number_of(alert, time)) for alert in result.alerts)
            run = Run(time, result.table.num_rows, raised)
            if result.alert and rule.suppression is not None:
                quiet_until = time + rule.suppression
        if progress is not None:
            progress(run)
        yield run
