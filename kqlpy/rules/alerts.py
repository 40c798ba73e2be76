"""The alerts of one run of a rule, as the service raises them: one for all rows, or one for each row up to a bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

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


def alerts_table(alerts: tuple[Alert, ...]) -> pa.Table:
    """The alerts as rows, with the column names of the table SecurityAlert where it has them."""
    import orjson

    def texts(values: list[Any]) -> list[str]:
        return [orjson.dumps(value).decode() for value in values]

    shown = [alert.to_dict() for alert in alerts]
    columns: dict[str, tuple[str, pa.Array]] = {
        "AlertName": ("string", pa.array([a.title for a in alerts], pa.string())),
        "AlertSeverity": ("string", pa.array([a.severity for a in alerts], pa.string())),
        "Rows": ("long", pa.array([a.rows.num_rows for a in alerts], pa.int64())),
        "Tactics": ("string", pa.array([", ".join(a.tactics) for a in alerts], pa.string())),
        "Techniques": ("string", pa.array([", ".join(a.techniques) for a in alerts], pa.string())),
        "Entities": ("dynamic", pa.array(texts([s["entities"] for s in shown]), pa.string())),
        "CustomDetails": ("dynamic", pa.array(texts([s["details"] for s in shown]), pa.string())),
        "Properties": ("dynamic", pa.array(texts([s["properties"] for s in shown]), pa.string())),
        "Description": ("string", pa.array([a.description for a in alerts], pa.string())),
    }
    fields = [pa.field(name, array.type, metadata={"kql.type": type_}) for name, (type_, array) in columns.items()]
    return pa.Table.from_arrays([array for _, array in columns.values()], schema=pa.schema(fields))


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
