"""The fields of a rule's mapping as plain frozen data; what has another form than usual is left out, never an error."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from kqlpy.rules import messages
from kqlpy.rules.durations import parse_duration
from kqlpy.rules.model import Connector, EntityMapping, Incidents, Override, Trigger
from kqlpy.rules.yaml_text import Mapped, Scalar, plain
from kqlpy.source import Source

__all__ = ["Fields", "connectors", "details", "entities", "incidents", "override", "sentinel_entities", "trigger"]

_OPERATORS = {
    "gt": "gt", "lt": "lt", "eq": "eq", "ne": "ne", "greaterthan": "gt", "lessthan": "lt", "equal": "eq", "notequal": "ne",
}  # fmt: skip


class Fields:
    """The fields of a rule by name; a name in other letter case counts when no other matches."""

    def __init__(self, source: Source, mapped: Mapped) -> None:
        self.source = source
        self._items = {key.lower(): node for key, node in reversed(mapped.items.items())} | mapped.items

    def node(self, name: str) -> Any:
        """The node of a field, or None."""
        return self._items.get(name) or self._items.get(name.lower())

    def value(self, name: str) -> Any:
        """The plain value of a field, or None."""
        node = self.node(name)
        return None if node is None else plain(node)

    def text(self, name: str) -> str:
        """The text of a scalar field; empty when it is missing, null or no scalar."""
        node = self.node(name)
        return node.text.strip() if isinstance(node, Scalar) and plain(node) is not None else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list, or the one text of a scalar."""
        return _texts(self.value(name))

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A mapping by lower-case names; empty when there is none."""
        return _lowered(self.value(name))

    def duration(self, name: str) -> dt.timedelta | None:
        """A length of time; None when it is missing or of another form."""
        return parse_duration(self.text(name))


def trigger(fields: Fields) -> Trigger:
    """When the rule alerts. Raises KqlRuleError for an operator or a threshold that cannot be understood."""
    operator, threshold = fields.text("triggerOperator"), fields.text("triggerThreshold")
    if not operator and not threshold:
        return Trigger()
    if operator and operator.lower() not in _OPERATORS:
        raise messages.bad_operator(fields.source, fields.node("triggerOperator").start, operator)
    if threshold and not re.fullmatch(r"\d{1,9}", threshold):
        raise messages.bad_threshold(fields.source, fields.node("triggerThreshold").start, threshold)
    return Trigger(_OPERATORS[operator.lower()] if operator else "gt", int(threshold or 0), given=True)


def entities(value: Any) -> tuple[EntityMapping, ...]:
    """The entity mappings that have the usual form; others are left out."""
    found = []
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            pairs = item.get("fieldMappings")
            columns = tuple(
                (str(pair.get("identifier") or ""), str(pair.get("columnName") or ""))
                for pair in (pairs if isinstance(pairs, list) else [])
                if isinstance(pair, dict)
            )
            found.append(EntityMapping(str(item.get("entityType") or ""), columns))
    return tuple(found)


def sentinel_entities(value: Any) -> tuple[str, ...]:
    """The columns that hold whole entities as JSON text."""
    items = value if isinstance(value, list) else []
    return tuple(str(item["columnName"]) for item in items if isinstance(item, dict) and item.get("columnName"))


def details(value: Any) -> tuple[tuple[str, str], ...]:
    """The custom details as (name, column) pairs."""
    return tuple((str(key), str(column)) for key, column in value.items() if column is not None) if isinstance(value, dict) else ()


def override(given: Mapping[str, Any]) -> Override:
    """What rows say of their alert."""
    properties = given.get("alertdynamicproperties")
    return Override(
        title=_text(given.get("alertdisplaynameformat")),
        description=_text(given.get("alertdescriptionformat")),
        severity_column=_text(given.get("alertseveritycolumnname")),
        tactics_column=_text(given.get("alerttacticscolumnname")),
        properties=tuple(
            (_text(item.get("alertProperty")), _text(item.get("value")))
            for item in (properties if isinstance(properties, list) else [])
            if isinstance(item, dict)
        ),
    )


def incidents(given: Mapping[str, Any]) -> Incidents:
    """How alerts become incidents."""
    grouping = _lowered(given.get("groupingconfiguration"))
    return Incidents(
        create=given.get("createincident") is not False,
        group=grouping.get("enabled") is True,
        reopen=grouping.get("reopenclosedincident") is True,
        lookback=parse_duration(_text(grouping.get("lookbackduration"))),
        matching=_text(grouping.get("matchingmethod")),
        entities=_texts(grouping.get("groupbyentities")),
        alert_details=_texts(grouping.get("groupbyalertdetails")),
        custom_details=_texts(grouping.get("groupbycustomdetails")),
    )


def connectors(value: Any) -> tuple[Connector, ...]:
    """The data connectors that the rule needs."""
    items = value if isinstance(value, list) else []
    return tuple(Connector(_text(item.get("connectorId")), _texts(item.get("dataTypes"))) for item in items if isinstance(item, dict))


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(text for item in items if (text := _text(item)))


def _lowered(value: Any) -> Mapping[str, Any]:
    return {str(key).lower(): item for key, item in value.items()} if isinstance(value, dict) else {}
