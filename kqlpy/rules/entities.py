"""The entities of an alert, made from the rows by the rule's mappings, with the bounds of the service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from kqlpy.output.cells import texts
from kqlpy.output.writers import rows_of
from kqlpy.rules.entity_types import ENTITY_TYPES
from kqlpy.rules.model import EntityMapping, Rule

__all__ = ["ENTITIES", "ENTITY_BYTES", "Entity", "entities_of"]

ENTITIES = 500
ENTITY_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that an alert is about: `Account`, `Host` ..., and what identifies it."""

    type: str
    identifiers: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """As data for JSON."""
        return {"type": self.type, "identifiers": dict(self.identifiers)}


def entities_of(rule: Rule, rows: pa.Table) -> tuple[Entity, ...]:
    """The distinct entities of the rows: at most 500, shared evenly among the mappings, and 64 KB in all."""
    makers = [_mapped(mapping, rows) for mapping in rule.entities]
    makers += [_written(column, rows) for column in rule.sentinel_entities]
    share = ENTITIES // max(len(makers), 1)
    found: dict[str, Entity] = {}
    size = 0
    for maker in makers:
        count = 0
        for entity in maker:
            key = json.dumps(entity.to_dict(), sort_keys=True)
            if key in found:
                continue
            size += len(key.encode())
            if count == share or size > ENTITY_BYTES:
                break
            found[key] = entity
            count += 1
    return tuple(found.values())


def _mapped(mapping: EntityMapping, rows: pa.Table) -> Iterator[Entity]:
    """An entity for each row whose values identify one: a hash without its algorithm, or a host of which only the domain is known, is none."""
    required = _required(mapping)
    pairs = [(identifier, column) for identifier, column in mapping.fields if column in rows.schema.names]
    if not pairs:
        return
    names = list(dict.fromkeys(column for _, column in pairs))
    distinct = rows.select(names).group_by(names, use_threads=False).aggregate([])
    for portion in rows_of(distinct, texts):
        for values in portion:
            row = dict(zip(names, values, strict=True))
            identifiers = {identifier: value for identifier, column in pairs if (value := row[column])}
            if identifiers and any(identifiers.keys() >= set(group) for group in required):
                yield Entity(mapping.type, identifiers)


def _required(mapping: EntityMapping) -> tuple[tuple[str, ...], ...]:
    """The sets of identifiers of which one must have values; any value will do for a type, or identifiers, that the table does not know."""
    known = ENTITY_TYPES.get(mapping.type)
    return known.required if known and all(identifier in known.identifiers for identifier, _ in mapping.fields) else ((),)


def _written(column: str, rows: pa.Table) -> Iterator[Entity]:
    """The entities that a column holds as JSON text, as the alerts of Sentinel have them in `Entities`."""
    if column not in rows.schema.names:
        return
    for portion in rows_of(rows.select([column]), texts):
        for (value,) in portion:
            for item in _items(value):
                type_ = str(item.pop("Type", item.pop("type", "")))
                yield Entity(type_.capitalize(), {key: str(part) for key, part in item.items() if not key.startswith("$") and _plain(part)})


def _items(text: str | None) -> list[dict[str, Any]]:
    try:
        parsed = json.loads(text or "[]")
    except json.JSONDecodeError:
        return []
    listed = parsed if isinstance(parsed, list) else [parsed]
    return [item for item in listed if isinstance(item, dict)]


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and value != ""
