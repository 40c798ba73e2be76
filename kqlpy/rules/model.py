"""What a rule file says, as plain frozen data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kqlpy.source import Source

__all__ = ["EntityMapping", "Rule", "Trigger"]


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


@dataclass(frozen=True)
class Rule:
    """A detection or hunting rule, or a plain query file.

    `query` is the text that runs: the field as found, without a code fence around it. `source` tells positions in the rule file. What the file does not
    say is "" or None. `fields` holds everything that the file says.
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
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
