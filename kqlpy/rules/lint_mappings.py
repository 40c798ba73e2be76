"""Checks of what a rule takes from its rows (entity mappings, custom details, overridden details of alerts), and of its incidents."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kqlpy.rules.details import PLACEHOLDER
from kqlpy.rules.entity_types import ENTITY_TYPES
from kqlpy.rules.findings import Finding, choice, error, warning
from kqlpy.rules.model import EntityMapping, Rule
from kqlpy.rules.schedule import shown
from kqlpy.rules.templates import CUSTOM_DETECTION

__all__ = ["MAPPING_CHECKS"]

_COLUMN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_KEY = re.compile(r"[A-Za-z]\w*", re.ASCII)
_OLD = ("AccountCustomEntity", "HostCustomEntity", "IPCustomEntity", "URLCustomEntity", "ProcessCustomEntity", "FileHashCustomEntity")
_TEXTS = (("alertDisplayNameFormat", 256), ("alertDescriptionFormat", 5_000))
_PROPERTIES = (
    "AlertLink", "ConfidenceLevel", "ConfidenceScore", "ExtendedLinks", "ProductName", "ProviderName", "ProductComponentName", "RemediationSteps",
    "Techniques", "SubTechniques",
)  # fmt: skip


def entities(rule: Rule) -> Iterator[Finding]:
    """How many mappings there are, and each of them."""
    if rule.kind == CUSTOM_DETECTION:
        return
    if rule.fields.get("entityMappings") == []:
        yield error("KL060", rule, ("entityMappings",), "there is no entity mapping; leave the field out")
    if len(rule.entities) > 10:
        yield error("KL060", rule, ("entityMappings",), f"there are {len(rule.entities)} entity mappings; 10 are allowed")
    elif len(rule.entities) > 5:
        yield warning("KL061", rule, ("entityMappings",), f"there are {len(rule.entities)} entity mappings; the service takes 10, the template validator 5")
    for index, mapping in enumerate(rule.entities):
        yield from _entity(rule, index, mapping)


def _entity(rule: Rule, index: int, mapping: EntityMapping) -> Iterator[Finding]:
    """One mapping: a known type, known identifiers, each once, and those that an entity cannot do without."""
    path = ("entityMappings", index)
    known = ENTITY_TYPES.get(mapping.type)
    if known is None:
        yield error("KL062", rule, (*path, "entityType"), f"`{mapping.type}` is no entity type; {choice(mapping.type, ENTITY_TYPES)}")
        return
    if not 1 <= len(mapping.fields) <= 3:
        yield error("KL063", rule, path, f"the mapping of {mapping.type} has {len(mapping.fields)} identifiers; it takes 1 to 3")
    names = [identifier for identifier, _ in mapping.fields]
    for number, (identifier, column) in enumerate(mapping.fields):
        place = (*path, "fieldMappings", number)
        if identifier not in known.identifiers:
            yield error("KL064", rule, (*place, "identifier"), f"`{identifier}` is no identifier of {mapping.type}; {choice(identifier, known.identifiers)}")
        elif identifier in names[:number]:
            yield error("KL065", rule, (*place, "identifier"), f"`{identifier}` is mapped twice")
        if not _COLUMN.fullmatch(column):
            yield error("KL066", rule, (*place, "columnName"), f"`{column}` is no column name for a mapping: letters, digits and _, no digit first")
    if names and not any(set(group) <= set(names) for group in known.required):
        needed = " or ".join(" with ".join(group) for group in known.required)
        yield error("KL067", rule, path, f"the mapping of {mapping.type} identifies nothing by itself; it needs {needed}")


def old_entities(rule: Rule) -> Iterator[Finding]:
    """Columns of the old way to name entities, which no longer do anything by themselves."""
    columns = {column for mapping in rule.entities for _, column in mapping.fields}
    for name in _OLD:
        if rule.is_analytic and re.search(rf"\b{name}\b", rule.query) and name not in columns:
            yield error("KL068", rule, ("query",), f"the column `{name}` maps an entity no longer; add it to `entityMappings`")


def custom_details(rule: Rule) -> Iterator[Finding]:
    """How many details there are, and the names of each."""
    if len(rule.details) > 20:
        yield error("KL070", rule, ("customDetails",), f"there are {len(rule.details)} custom details; 20 are allowed")
    for key, column in rule.details:
        path = ("customDetails", key)
        if len(key) > 20:
            yield error("KL071", rule, path, f"the name of the custom detail `{key}` has {len(key)} characters; 20 are allowed")
        if not _KEY.fullmatch(key):
            yield error("KL072", rule, path, f"`{key}` is no name for a custom detail: letters, digits and _, a letter first")
        if not _COLUMN.fullmatch(column) or len(column) > 500:
            yield error("KL073", rule, path, f"`{column}` is no column name for a custom detail: letters, digits and _, no digit first")


def alert_details(rule: Rule) -> Iterator[Finding]:
    """Texts with placeholders, and further properties."""
    given = (rule.override.title, rule.override.description)
    for (name, most), text in zip(_TEXTS, given, strict=True):
        path = ("alertDetailsOverride", name)
        if len(text) > most:
            yield error("KL080", rule, path, f"`{name}` has {len(text):,} characters; {most:,} are allowed")
        if not text and name in _names(rule.fields.get("alertDetailsOverride")):
            yield error("KL095", rule, path, f"`{name}` has no text; leave it out")
        if _BROKEN.search(PLACEHOLDER.sub("", text)):
            yield error("KL089", rule, path, f"`{name}` has a `{{{{` or `}}}}` that is no part of a placeholder such as {{{{Column}}}}")
        count = len(PLACEHOLDER.findall(text))
        if count > 3 and rule.kind != CUSTOM_DETECTION:
            yield error("KL081", rule, path, f"`{name}` has {count} placeholders; 3 are allowed")
    names = [name for name, _ in rule.override.properties]
    for index, name in enumerate(names):
        path = ("alertDetailsOverride", "alertDynamicProperties")
        if name not in _PROPERTIES:
            yield error("KL082", rule, path, f"`{name}` is no property of an alert; {choice(name, _PROPERTIES)}")
        elif name in names[:index]:
            yield error("KL096", rule, path, f"the property `{name}` is set twice")


def incidents(rule: Rule) -> Iterator[Finding]:
    """How alerts are grouped into incidents."""
    path = ("incidentConfiguration", "groupingConfiguration")
    settings = rule.incidents
    written = _inner(rule.fields, *path).get("lookbackduration")
    if settings.lookback is None and written is not None:
        yield error("KL083", rule, (*path, "lookbackDuration"), f"`lookbackDuration` should be a length of time such as 5h or PT5H, not `{written}`")
    if settings.lookback is not None and not _SHORTEST <= settings.lookback <= _LONGEST:
        yield error("KL083", rule, (*path, "lookbackDuration"), f"`lookbackDuration` is {shown(settings.lookback)}; it lies between 5m and 7d")
    if settings.matching and settings.matching not in _MATCHING:
        yield error("KL084", rule, (*path, "matchingMethod"), f"`matchingMethod` is {', '.join(_MATCHING)}, not `{settings.matching}`")
    if settings.group and settings.matching == "Selected" and not (settings.entities or settings.alert_details or settings.custom_details):
        yield error("KL085", rule, (*path, "matchingMethod"), "`matchingMethod: Selected` needs an entity, an alert detail or a custom detail to group by")
    keys = {key for key, _ in rule.details}
    for key in settings.custom_details:
        if key not in keys:
            yield error("KL086", rule, (*path, "groupByCustomDetails"), f"`{key}` is no custom detail of the rule")
    types = {mapping.type for mapping in rule.entities}
    for type_ in settings.entities:
        if type_ not in types:
            yield error("KL087", rule, (*path, "groupByEntities"), f"the rule maps no entity of the type `{type_}`")
    for detail in settings.alert_details:
        if detail not in _DETAILS:
            yield error("KL088", rule, (*path, "groupByAlertDetails"), f"`{detail}` is nothing that alerts are grouped by; {choice(detail, _DETAILS)}")


def _inner(value: Any, *path: str) -> Mapping[str, Any]:
    """A mapping within mappings, by names in any letter case; empty when it is not there."""
    for step in path:
        value = next((inner for name, inner in _names(value).items() if name.lower() == step.lower()), None)
    return {name.lower(): inner for name, inner in _names(value).items()}


def _names(value: Any) -> Mapping[str, Any]:
    return {str(name): inner for name, inner in value.items()} if isinstance(value, dict) else {}


_SHORTEST, _LONGEST = dt.timedelta(minutes=5), dt.timedelta(days=7)
_DETAILS = ("DisplayName", "Severity")
_BROKEN = re.compile(r"\{\{|\}\}")
_MATCHING = ("AllEntities", "AnyAlert", "Selected")


MAPPING_CHECKS: tuple[Callable[[Rule], Iterator[Finding]], ...] = (
    entities, old_entities, custom_details, alert_details, incidents,
)  # fmt: skip
