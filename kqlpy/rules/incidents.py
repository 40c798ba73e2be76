"""Alerts of one rule as incidents, by its `incidentConfiguration`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from kqlpy.rules.alerts import Alert
from kqlpy.rules.model import Rule

__all__ = ["MOST_ALERTS", "IncidentList"]

#: An incident takes no more alerts than this; then another begins.
MOST_ALERTS = 150
_LOOKBACK = dt.timedelta(hours=5)


@dataclass
class _Incident:
    number: int
    begun: dt.datetime
    alerts: int = 1


class IncidentList:
    """The incidents that a rule's alerts make, in the order of the alerts. Nobody closes one here, so that none is opened again."""

    def __init__(self, rule: Rule) -> None:
        self._settings = rule.incidents
        self._open: dict[Hashable, _Incident] = {}
        self.count = 0

    def number_of(self, alert: Alert, time: dt.datetime) -> int | None:
        """The number of the incident that an alert belongs to, from 1; None for a rule that creates none.

        An alert joins the incident whose alerts it matches, until `lookbackDuration` after the first of them. Without grouping each has its own.
        """
        settings = self._settings
        if not settings.create:
            return None
        key = self._key(alert)
        known = self._open.get(key) if settings.group else None
        if known is not None and known.alerts < MOST_ALERTS and time - known.begun <= (settings.lookback or _LOOKBACK):
            known.alerts += 1
            return known.number
        self.count += 1
        self._open[key] = _Incident(self.count, time)
        return self.count

    def _key(self, alert: Alert) -> Hashable:
        """What alerts of one incident have in common: all entities, nothing, or what is selected."""
        settings = self._settings
        match settings.matching.lower():
            case "anyalert":
                return None
            case "selected":
                types = set(settings.entities)
                details = {"DisplayName": alert.title, "Severity": alert.severity}
                return (
                    frozenset(_identity(entity.type, entity.identifiers) for entity in alert.entities if entity.type in types),
                    tuple(details.get(name, "") for name in settings.alert_details),
                    tuple(alert.details.get(name, ()) for name in settings.custom_details),
                )
            case _:
                return frozenset(_identity(entity.type, entity.identifiers) for entity in alert.entities)


def _identity(type_: str, identifiers: Mapping[str, str]) -> Hashable:
    return type_, frozenset(identifiers.items())
