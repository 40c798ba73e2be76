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
    """A column of a file: `raw` as written, `name` for queries, and the display zone that stood behind it."""

    raw: str
    name: str
    zone: str | None = None


def read_headers(raw_names: Iterable[str], declared: Schema | None) -> tuple[Header, ...]:
    """One header for each raw name, in order; all names differ."""
    found: list[Header] = []
    raws = list(raw_names)
    taken = set(raws)
    used: set[str] = set()
    for position, raw in enumerate(raws, 1):
        header = _split(raw, declared)
        if header.zone and header.name in taken:
            header = Header(raw, raw, header.zone)
        name = _free(header.name or f"Column{position}", used)
        used.add(name)
        found.append(Header(raw, name, header.zone))
    return tuple(found)


def _split(raw: str, declared: Schema | None) -> Header:
    match = _SUFFIX.fullmatch(raw)
    if match is None:
        return Header(raw, raw.strip())
    name, zone = match["name"], match["zone"]
    if is_zone_name(zone) or (declared is not None and declared.by_name.get(name) is Type.DATETIME):
        return Header(raw, name, zone)
    return Header(raw, raw.strip())


def _free(name: str, used: set[str]) -> str:
    if name not in used:
        return name
    number = 1
    while f"{name}{number}" in used:
        number += 1
    return f"{name}{number}"


_SUFFIX = re.compile(r"\s*(?P<name>\S.*?)\s*\[(?P<zone>[^\[\]]+)\]\s*")
