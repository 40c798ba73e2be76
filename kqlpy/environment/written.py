"""A stored function as it stands in a file, before it is parsed."""

from __future__ import annotations

from dataclasses import dataclass

from kqlpy.source import Source

__all__ = ["Written"]


@dataclass(frozen=True)
class Written:
    """The text of a function: `body` from `start` to `end`. `parameters` is their list as KQL where it stands apart from the body."""

    body: Source
    start: int = 0
    end: int | None = None
    parameters: str = ""
