"""What a rule file says, as plain frozen data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kqlpy.source import Position, Source

__all__ = ["Connector", "EntityMapping", "Incidents", "Override", "Places", "Rule", "Trigger"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """When the number of result rows raises an alert: `operator` is gt, lt, eq or ne. `given` is False when the rule names no trigger."""

    operator: str = "gt"
    threshold: int = 0
    given: bool = False

    def fires(self, rows: int) -> bool:
        """True when a run with so many rows raises an alert."""
        match self.operator:
            case "gt":
                return rows > self.threshold
            case "lt":
                return rows < self.threshold
            case "eq":
                return rows == self.threshold
            case _:
                return rows != self.threshold

    def __str__(self) -> str:
        return f"results {self.operator} {self.threshold}"


@dataclass(frozen=True, slots=True)
class EntityMapping:
    """An entity of the alert: its type, and (identifier, column name) pairs."""

    type: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Override:
    """What rows say of their alert: texts with `{{Column}}`, columns that hold its severity and tactics, and (property, column) pairs."""

    title: str = ""
    description: str = ""
    severity_column: str = ""
    tactics_column: str = ""
    properties: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Connector:
    """A data connector that the rule needs, and the tables that it brings."""

    id: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incidents:
    """How alerts become incidents."""

    create: bool = True
    group: bool = False
    reopen: bool = False
    lookback: dt.timedelta | None = None
    matching: str = ""
    entities: tuple[str, ...] = ()
    alert_details: tuple[str, ...] = ()
    custom_details: tuple[str, ...] = ()


class Places:
    """Where the fields of a rule stand in its file."""

    def __init__(self, source: Source, document: Any) -> None:
        self._source = source
        self._document = document

    def of(self, *path: str | int) -> Position:
        """Line and column of a field, or of the innermost part of its path that is there."""
        node = self._document
        for step in path:
            items = getattr(node, "items", None)
            if isinstance(step, int):
                found = items[step] if isinstance(items, list) and step < len(items) else None
            else:
                found = _named(items, step) if isinstance(items, dict) else None
            if found is None:
                break
            node = found
        return self._source.position(getattr(node, "start", 0))

    def repeated(self) -> Iterator[tuple[str, Position]]:
        """The fields that stand twice in one mapping, anywhere in the rule, and where they stand again."""
        stack = [self._document]
        while stack:
            node = stack.pop()
            items = getattr(node, "items", ())
            for name, start in getattr(node, "repeated", {}).items():
                yield name, self._source.position(start)
            stack.extend(items.values() if isinstance(items, dict) else items)


def _named(items: Mapping[str, Any], name: str) -> Any:
    return items.get(name) or next((node for key, node in items.items() if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Rule:
    """A detection or hunting rule, or a plain query file.

    `query` is the text that runs: the field as found, without a code fence around it. `source` tells positions in the rule file. What the file does not
    say is "" or None. `fields` holds everything that the file says, `places` where.
    """

    query: str
    source: Source
    file: str | None = None
    id: str = ""
    name: str = ""
    kind: str = ""
    description: str = ""
    severity: str = ""
    version: str = ""
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    frequency: dt.timedelta | None = None
    period: dt.timedelta | None = None
    trigger: Trigger = Trigger()
    entities: tuple[EntityMapping, ...] = ()
    sentinel_entities: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    override: Override = Override()
    grouping: str = ""
    suppression: dt.timedelta | None = None
    incidents: Incidents = Incidents()
    connectors: tuple[Connector, ...] = ()
    status: str = ""
    enabled: bool = True
    tags: tuple[str, ...] = ()
    template: str = ""
    places: Places | None = field(default=None, compare=False, repr=False)
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_analytic(self) -> bool:
        """True for a rule that runs on a schedule or near real time; a hunting query or a plain query does not."""
        return self.kind.lower() not in _WITHOUT_SCHEDULE or self.frequency is not None or self.trigger.given

    @property
    def is_nrt(self) -> bool:
        """True for a near-real-time rule: it runs every minute, and any row alerts."""
        return self.kind.upper() == "NRT"


_WITHOUT_SCHEDULE = ("", "query", "hunting", "huntingquery")
