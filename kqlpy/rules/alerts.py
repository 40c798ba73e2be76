"""The alerts of one run of a rule, as the service raises them: one for all rows, or one for each row up to a bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from kqlpy.output.made import made_table
from kqlpy.rules import details
from kqlpy.rules.entities import Entity, entities_of
from kqlpy.rules.model import Rule

__all__ = ["ALERTS", "NRT_ALERTS", "Alert", "alerts_of", "alerts_table"]

ALERTS, NRT_ALERTS = 150, 30


@dataclass(frozen=True)
class Alert:
    """An alert: its texts, what it is about, and the rows behind it as an Arrow table.

    `details` are the custom details (name -> values), `properties` what `alertDynamicProperties` set.
    """

    title: str
    description: str = ""
    severity: str = ""
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    rows: pa.Table = field(default_factory=lambda: pa.table({}), compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As data for JSON, with the number of rows in the place of the rows."""
        return {
            "title": self.title,
            "description": self.description,
            "severity": self.severity,
            "tactics": list(self.tactics),
            "techniques": list(self.techniques),
            "entities": [entity.to_dict() for entity in self.entities],
            "details": {key: list(values) for key, values in self.details.items()},
            "properties": dict(self.properties),
            "rows": self.rows.num_rows,
        }


def alerts_of(rule: Rule, table: pa.Table) -> tuple[Alert, ...]:
    """The alerts of a run whose trigger has fired.

    One alert holds all rows; with `AlertPerResult` each row has its own, up to 150 (NRT: 30): when there are more rows, the last alert holds all of them.
    """
    return tuple(_alert(rule, rows) for rows in _grouped(rule, table))


def alerts_table(alerts: Sequence[tuple[str, Mapping[str, Any]]]) -> pa.Table:
    """Pairs of a rule's name and an alert (as `Alert.to_dict` gives it) as rows, with the column names of the table SecurityAlert where it has them."""
    import orjson

    def strings(name: str) -> pa.Array:
        values = [alert[name] for _, alert in alerts]
        return pa.array([value if isinstance(value, str) else ", ".join(value) for value in values], pa.string())

    def json(name: str) -> pa.Array:
        return pa.array([orjson.dumps(alert[name]).decode() for _, alert in alerts], pa.string())

    return made_table(
        AlertName=("string", strings("title")),
        AlertSeverity=("string", strings("severity")),
        Rows=("long", pa.array([alert["rows"] for _, alert in alerts], pa.int64())),
        Entities=("dynamic", json("entities")),
        CustomDetails=("dynamic", json("details")),
        Tactics=("string", strings("tactics")),
        Techniques=("string", strings("techniques")),
        Properties=("dynamic", json("properties")),
        RuleName=("string", pa.array([name for name, _ in alerts], pa.string())),
        Description=("string", strings("description")),
    )


def _grouped(rule: Rule, table: pa.Table) -> Iterator[pa.Table]:
    """The rows of each alert."""
    most = NRT_ALERTS if rule.is_nrt else ALERTS
    if rule.grouping.lower() != "alertperresult" or not table.num_rows:
        yield table
        return
    single = table.num_rows if table.num_rows <= most else most - 1
    for row in range(single):
        yield table.slice(row, 1)
    if single < table.num_rows:
        yield table


def _alert(rule: Rule, rows: pa.Table) -> Alert:
    return Alert(
        title=details.title(rule, rows),
        description=details.description(rule, rows),
        severity=details.severity(rule, rows),
        tactics=details.tactics(rule, rows),
        techniques=rule.techniques,
        entities=entities_of(rule, rows),
        details=details.custom_details(rule, rows),
        properties=details.properties(rule, rows),
        rows=rows,
    )
