"""Rules as services export them, in JSON: templates of Azure Resource Manager, answers of the alert rules API, custom detections of Defender.

Each is brought to the field names of rule files; the nodes keep their places, so that errors and findings are told at the line of the JSON file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from kqlpy.rules import messages
from kqlpy.rules.json_text import read_json
from kqlpy.rules.load import rule_of
from kqlpy.rules.model import Rule
from kqlpy.rules.yaml_text import Listing, Mapped, Node, Scalar
from kqlpy.source import Source

__all__ = ["CUSTOM_DETECTION", "CUSTOM_PERIODS", "custom_detection", "template_rules"]

CUSTOM_DETECTION = "CustomDetection"


def template_rules(source: Source) -> tuple[Rule, ...]:
    """The analytics rules, hunting queries and custom detections of a JSON text, in order. Raises KqlRuleError."""
    document = read_json(source)
    if document is None:
        raise messages.not_a_rule(source, 0, "the file says nothing")
    known = _values(document)
    found = list(_found(document))
    if not found:
        raise messages.no_rule_in_template(source)
    return tuple(rule_of(source, _filled(mapped, known)) for mapped in found)


def _found(root: Node) -> Iterator[Mapped]:
    """Each rule as a mapping with the names of rule files: a resource anywhere, a rule with these names already as the document or in its list."""
    outer = root.items if isinstance(root, Listing) else [root]
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Listing):
            stack.extend(reversed(node.items))
        elif isinstance(node, Mapped):
            written = isinstance(node.items.get("query"), Scalar) and any(node is item for item in outer)
            rule = custom_detection(node) or _resource(node) or (node if written else None)
            if rule is not None:
                yield rule
            else:
                stack.extend(reversed(node.items.values()))


# ---------------------------------------------------------------- resources


def _resource(node: Mapped) -> Mapped | None:
    """An alert rule, or a saved search that hunts."""
    properties = node.items.get("properties")
    if not isinstance(properties, Mapped) or not isinstance(properties.items.get("query"), Scalar):
        return None
    type_ = _text(node.items.get("type")).lower()
    items = dict(properties.items)
    if "savedsearches" in type_:
        return _hunting(node, items) if "hunting" in _text(items.get("category")).lower() else None
    if type_ and "alertrule" not in type_:
        return None
    _rename(items, displayName="name", templateVersion="version")
    if "kind" in node.items:
        items["kind"] = node.items["kind"]
    _identify(items, node)
    return Mapped(properties.start, items, repeated=properties.repeated)


def _hunting(node: Mapped, items: dict[str, Node]) -> Mapped:
    _rename(items, displayName="name")
    items.pop("version", None)  # that of the resource's form
    tags = items.pop("tags", None)
    for tag in tags.items if isinstance(tags, Listing) else []:
        if isinstance(tag, Mapped) and isinstance(value := tag.items.get("value"), Scalar):
            name = _text(tag.items.get("name"))
            if name == "description":
                items[name] = value
            elif name in ("tactics", "techniques"):
                parts = [replace(value, text=part.strip(), bare=False) for part in value.text.split(",") if part.strip()]
                items["relevantTechniques" if name == "techniques" else name] = Listing(value.start, list(parts))
    _identify(items, node)
    return Mapped(node.start, items)


def _identify(items: dict[str, Node], node: Mapped) -> None:
    """The id of a rule is the name of its resource, often within an expression."""
    for key in ("name", "id"):
        written = node.items.get(key)
        if isinstance(written, Scalar) and (guid := _GUID.search(written.text)):
            items["id"] = replace(written, text=guid[0], bare=False)
            return


def _rename(items: dict[str, Node], **names: str) -> None:
    for old, new in names.items():
        if old in items:
            items[new] = items.pop(old)


_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


# ---------------------------------------------------------------- expressions


def _values(root: Node) -> dict[str, Scalar]:
    """The plain variables and the defaults of parameters of a template, by lower-case name."""
    found: dict[str, Scalar] = {}
    for part in ("variables", "parameters"):
        named = root.items.get(part) if isinstance(root, Mapped) else None
        for name, node in named.items.items() if isinstance(named, Mapped) else ():
            value = node.items.get("defaultValue") if isinstance(node, Mapped) else node
            if isinstance(value, Scalar):
                found[f"{part}.{name}".lower()] = value
    return found


def _filled(node: Mapped, known: Mapping[str, Scalar]) -> Mapped:
    """The fields that are nothing but a variable or a parameter, as its value."""
    items = {key: _value(item, known) for key, item in node.items.items()}
    return Mapped(node.start, items, repeated=node.repeated)


def _value(node: Node, known: Mapping[str, Scalar]) -> Node:
    match = _REFERENCE.fullmatch(node.text) if isinstance(node, Scalar) else None
    return known.get(f"{match[1]}.{match[2]}".lower(), node) if match else node


_REFERENCE = re.compile(r"\[(variables|parameters)\('([^']+)'\)\]")


# ---------------------------------------------------------------- custom detections


def custom_detection(node: Mapped) -> Mapped | None:
    """A detection rule of Defender: its title and description may hold columns, and each row is an alert."""
    condition = node.items.get("queryCondition")
    query = condition.items.get("queryText") if isinstance(condition, Mapped) else None
    if not isinstance(query, Scalar):
        return None
    template = _inner(_inner(node, "detectionAction"), "alertTemplate")
    items: dict[str, Node] = {"query": query, "kind": replace(query, text=CUSTOM_DETECTION, bare=False)}
    if isinstance(severity := template.items.get("severity"), Scalar):
        items["severity"] = replace(severity, text=severity.text.capitalize())
    if isinstance(category := template.items.get("category"), Scalar):
        items["tactics"] = Listing(category.start, [category])
    named = {"name": node.items.get("displayName"), "id": node.items.get("id"), "description": template.items.get("description")}
    items |= {name: given for name, given in named.items() if isinstance(given, Scalar)}
    if (techniques := template.items.get("mitreTechniques")) is not None:
        items["relevantTechniques"] = techniques
    if isinstance(period := _inner(node, "schedule").items.get("period"), Scalar):
        items |= {"schedule": period, **_schedule(period)}
    if "isEnabled" in node.items:
        items["enabled"] = node.items["isEnabled"]
    items["alertDetailsOverride"] = _override(template)
    items["entityMappings"] = _assets(template)
    kind = _text(template.items.get("eventGroupingKind"))
    items["eventGroupingSettings"] = Mapped(query.start, {"aggregationKind": replace(query, text=_GROUPING.get(kind, "AlertPerResult"), bare=False)})
    return Mapped(node.start, items)


_GROUPING = {"singleAlert": "SingleAlert"}
#: How far back each run looks, by the time between runs (Microsoft: "Create custom detection rules").
_LOOK_BACK = {"1H": "4h", "3H": "12h", "12H": "48h", "24H": "30d"}
CUSTOM_PERIODS = ("0", *_LOOK_BACK)


def _schedule(period: Scalar) -> dict[str, Node]:
    """The time between runs, and the window that comes with it; `0` is continuous."""
    written = period.text.upper().removeprefix("PT")
    if written in ("0", ""):
        return {"queryFrequency": replace(period, text="1m", bare=False), "queryPeriod": replace(period, text="1m", bare=False)}
    window = _LOOK_BACK.get(written, written)
    return {"queryFrequency": replace(period, text=written, bare=False), "queryPeriod": replace(period, text=window, bare=False)}


def _override(template: Mapped) -> Mapped:
    items = {}
    for name, field in (("title", "alertDisplayNameFormat"), ("description", "alertDescriptionFormat")):
        if isinstance(given := template.items.get(name), Scalar):
            items[field] = given
    return Mapped(template.start, dict(items))


def _assets(template: Mapped) -> Listing:
    """The impacted assets as entity mappings: an asset is told by one column, whose name is that of the identifier."""
    assets = template.items.get("impactedAssets")
    found: list[Node] = []
    for asset in assets.items if isinstance(assets, Listing) else []:
        name = asset.items.get("identifier") if isinstance(asset, Mapped) else None
        if isinstance(asset, Mapped) and isinstance(name, Scalar):
            kind = _text(asset.items.get("@odata.type")).lower()
            type_ = next((entity for word, entity in _ASSETS if word in kind), "Account")
            found.append(_mapping(name, type_, _identifier(type_, name.text)))
    return Listing(template.start, found)


_ASSETS = (("device", "Host"), ("mailbox", "Mailbox"), ("user", "Account"))


def _identifier(type_: str, column: str) -> str:
    lowered = column.lower()
    if type_ == "Host":
        return "MdatpDeviceId" if lowered.endswith("id") else "HostName"
    if type_ == "Mailbox":
        return "MailboxPrimaryAddress"
    return next((identifier for word, identifier in _ACCOUNTS if word in lowered), "Name")


_ACCOUNTS = (("objectid", "AadUserId"), ("sid", "Sid"), ("upn", "FullName"), ("address", "FullName"))


def _mapping(column: Scalar, type_: str, identifier: str) -> Mapped:
    def text(written: str) -> Scalar:
        return replace(column, text=written, bare=False)

    pair = Mapped(column.start, {"identifier": text(identifier), "columnName": text(column.text[:1].upper() + column.text[1:])})
    return Mapped(column.start, {"entityType": text(type_), "fieldMappings": Listing(column.start, [pair])})


def _inner(node: Mapped, name: str) -> Mapped:
    found = node.items.get(name)
    return found if isinstance(found, Mapped) else Mapped(node.start)


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
