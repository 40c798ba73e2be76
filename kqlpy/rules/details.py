"""What rows tell of their alert: texts with `{{Column}}`, severity, tactics, custom details and further properties, with the bounds of the service."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.output.cells import kql_type, texts
from kqlpy.rules.model import Rule
from kqlpy.rules.tactics import SEVERITIES, TACTICS

__all__ = ["PLACEHOLDER", "custom_details", "description", "properties", "severity", "tactics", "title"]

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_VALUES = 50
_TITLE_BYTES, _DESCRIPTION_BYTES, _DETAILS_BYTES = 256, 5_000, 2_048


def title(rule: Rule, rows: pa.Table) -> str:
    """The alert's name: the rule's format, or the rule's name where it has none or a column of it has no value."""
    return _cut(_formatted(rule.override.title, rows) or rule.name, _TITLE_BYTES)


def description(rule: Rule, rows: pa.Table) -> str:
    """The alert's description, likewise."""
    return _cut(_formatted(rule.override.description, rows) or rule.description, _DESCRIPTION_BYTES)


def severity(rule: Rule, rows: pa.Table) -> str:
    """The severity in the first row, or the rule's where that is none."""
    value = _first(rule.override.severity_column, rows)
    return next((known for known in SEVERITIES if known.lower() == value.lower()), rule.severity)


def tactics(rule: Rule, rows: pa.Table) -> tuple[str, ...]:
    """The tactics in the first row (a list, or names with commas), or the rule's where none of them is a tactic."""
    value = _first(rule.override.tactics_column, rows)
    written = {re.sub(r"[^a-z]", "", part.lower()) for part in value.split(",")}
    return tuple(known for known in TACTICS if known.lower() in written) or rule.tactics


def custom_details(rule: Rule, rows: pa.Table) -> Mapping[str, tuple[str, ...]]:
    """The distinct values of each detail's column: at most 50 each, 2 KB in all."""
    found: dict[str, tuple[str, ...]] = {}
    size = 0
    for key, column in rule.details:
        kept = []
        for value in _distinct(column, rows):
            size += len(value.encode())
            if size > _DETAILS_BYTES:
                break
            kept.append(value)
        found[key] = tuple(kept)
    return found


def properties(rule: Rule, rows: pa.Table) -> Mapping[str, str]:
    """The further properties that rows set (`alertDynamicProperties`), each with the value in the first row."""
    found = {name: _first(column, rows) for name, column in rule.override.properties}
    return {name: value for name, value in found.items() if value}


def _formatted(text: str, rows: pa.Table) -> str:
    """The text with its placeholders filled in; empty when a column has no value."""
    values = {name: ", ".join(_distinct(name, rows)) for name in PLACEHOLDER.findall(text)}
    if not all(values.values()):
        return ""
    return PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _distinct(column: str, rows: pa.Table) -> list[str]:
    """The first 50 distinct values of a column."""
    if column not in rows.schema.names:
        return []
    values = pc.unique(rows[column])[: _VALUES + 2]  # one may be null and one empty
    shown = [value for value in texts(values, kql_type(rows.schema.field(column))) if value]
    return list(dict.fromkeys(shown))[:_VALUES]


def _first(column: str, rows: pa.Table) -> str:
    """The value in the first row; empty when there is none."""
    return next(iter(_distinct(column, rows.slice(0, 1))), "")


def _cut(text: str, size: int) -> str:
    """The text in at most `size` bytes."""
    return text.encode()[:size].decode(errors="ignore")
