"""When a rule sees what: the window of event times that a run looks at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kqlpy.rules.model import Rule

__all__ = ["NRT_WINDOW", "Window", "period_of", "shown", "window_of"]

#: A near-real-time rule runs every minute over what was ingested in one minute; here the time of the event stands for that of its ingestion.
NRT_WINDOW = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The event times that a run sees, both ends included."""

    start: dt.datetime
    end: dt.datetime

    def __str__(self) -> str:
        start, end = (moment.replace(microsecond=0, tzinfo=None).isoformat() for moment in (self.start, self.end))
        return f"{start}Z to {end}Z"


def period_of(rule: Rule) -> dt.timedelta | None:
    """How far back a run looks: `queryPeriod`, a minute for an NRT rule, None for a rule without a schedule."""
    return NRT_WINDOW if rule.is_nrt else rule.period


def window_of(rule: Rule, now: dt.datetime) -> Window | None:
    """The window of a run at `now`; None for a rule without a period."""
    period = period_of(rule)
    if period is None:
        return None
    end = now.replace(tzinfo=dt.UTC) if now.tzinfo is None else now.astimezone(dt.UTC)
    try:
        return Window(end - period, end)
    except OverflowError:
        return Window(dt.datetime.min.replace(tzinfo=dt.UTC), end)


def shown(span: dt.timedelta) -> str:
    """A length of time as rules write it.

    >>> shown(dt.timedelta(hours=36))
    '1d12h'
    """
    seconds = int(span.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
