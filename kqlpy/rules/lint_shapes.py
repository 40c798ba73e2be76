"""Checks of the forms of fields: a list where the service wants a list, a mapping where it wants one, true or false."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kqlpy.rules.findings import Finding, error, warning
from kqlpy.rules.model import Rule
from kqlpy.rules.templates import CUSTOM_DETECTION

__all__ = ["SHAPE_CHECKS"]

_FORMS: dict[str, Callable[[Any], bool]] = {
    "a list": lambda value: isinstance(value, list),
    "a mapping": lambda value: isinstance(value, dict),
    "true or false": lambda value: isinstance(value, bool),
}
_GROUPING = "incidentConfiguration.groupingConfiguration"
_FIELDS = {
    "a list": (
        "tactics relevantTechniques techniques tags requiredDataConnectors entityMappings sentinelEntitiesMappings alertDetailsOverride.alertDynamicProperties "
        f"{_GROUPING}.groupByEntities {_GROUPING}.groupByAlertDetails {_GROUPING}.groupByCustomDetails"
    ),
    "a mapping": f"customDetails alertDetailsOverride eventGroupingSettings incidentConfiguration {_GROUPING}",
    "true or false": f"enabled suppressionEnabled incidentConfiguration.createIncident {_GROUPING}.enabled {_GROUPING}.reopenClosedIncident",
}


def forms(rule: Rule) -> Iterator[Finding]:
    """What a field holds is of its form. Hunting queries are often written more loosely, and nothing comes of that."""
    told = error if rule.is_analytic else warning
    for form, paths in _FIELDS.items():
        for path in map(tuple, (written.split(".") for written in paths.split())):
            value = _value(rule.fields, *path)
            if value is not None and not _FORMS[form](value):
                yield told("KL100", rule, path, f"`{path[-1]}` should be {form}")


def items(rule: Rule) -> Iterator[Finding]:
    """The items of lists whose items are mappings."""
    for index, item in enumerate(_listed(rule, "entityMappings")):
        given = item.get("fieldMappings") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(given, list):
            yield error("KL100", rule, ("entityMappings", index), "an entity mapping should have an `entityType` and a list of `fieldMappings`")
        elif not all(isinstance(pair, dict) for pair in given):
            yield error("KL100", rule, ("entityMappings", index), "a field mapping should have an `identifier` and a `columnName`")
    for index, item in enumerate(_listed(rule, "sentinelEntitiesMappings")):
        if not isinstance(item, dict) or not item.get("columnName"):
            yield error("KL100", rule, ("sentinelEntitiesMappings", index), "a mapping of whole entities should have a `columnName`")


def connectors(rule: Rule) -> Iterator[Finding]:
    """Each data connector has an id and the tables that it brings."""
    for index, item in enumerate(_listed(rule, "requiredDataConnectors")):
        given = item if isinstance(item, dict) else {}
        if not isinstance(given.get("connectorId"), str) or not isinstance(given.get("dataTypes"), list):
            yield error("KL101", rule, ("requiredDataConnectors", index), "a data connector should have a `connectorId` and a list of `dataTypes`")


def _listed(rule: Rule, name: str) -> list[Any]:
    value = _value(rule.fields, name)
    return value if isinstance(value, list) and rule.kind != CUSTOM_DETECTION else []


def _value(value: Any, *path: str) -> Any:
    """What stands at a path of names, in any letter case; None when there is nothing."""
    for step in path:
        value = next((inner for name, inner in value.items() if str(name).lower() == step.lower()), None) if isinstance(value, dict) else None
    return value


SHAPE_CHECKS: tuple[Callable[[Rule], Iterator[Finding]], ...] = (forms, items, connectors)
