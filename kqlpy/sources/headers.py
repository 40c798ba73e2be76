"""Column names as files write them, and the names that queries use.

The portal writes the display zone behind the name of a time column: `TimeGenerated [UTC]`. Names stay case-sensitive; empty
and repeated names get one of their own, so that no cell is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kqlpy.schema import Schema
from kqlpy.sources.zones import is_zone_name
from kqlpy.types import Type

__all__ = ["Header", "read_headers"]


@dataclass(frozen=True, slots=True)
class Header:
    """A column of a file: `raw` as written, `name` for queries, `key` of its cells in blocks, and the display zone (or None)."""

    raw: str
    name: str
    key: str
    zone: str | None = None


def read_headers(raws: Iterable[str], declared: Schema | None, *, unique: bool) -> dict[str, Header]:
    """The headers by name, in order. `unique`: the raw names differ and are the keys; else the names are."""
    listed = list(raws)
    found: dict[str, Header] = {}
    for position, raw in enumerate(listed, 1):
        name, zone = _split(raw, declared)
        if zone and name in listed:
            name = raw  # both `T` and `T [UTC]` exist
        name = _free(name or f"Column{position}", found)
        found[name] = Header(raw, name, raw if unique else name, zone)
    return found


def _split(raw: str, declared: Schema | None) -> tuple[str, str | None]:
    match = _SUFFIX.fullmatch(raw)
    if match is not None:
        name, zone = match["name"], match["zone"]
        if is_zone_name(zone) or (declared is not None and declared.by_name.get(name) is Type.DATETIME):
            return name, zone
    return raw.strip(), None


def _free(name: str, used: Iterable[str]) -> str:
    if name not in used:
        return name
    number = 1
    while f"{name}{number}" in used:
        number += 1
    return f"{name}{number}"


_SUFFIX = re.compile(r"\s*(?P<name>\S.*?)\s*\[(?P<zone>[^\[\]]+)\]\s*")
