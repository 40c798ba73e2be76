"""What a user decides about reading files."""

from __future__ import annotations

from dataclasses import dataclass

from kqlpy.sources import messages
from kqlpy.sources.zones import iana_zone

__all__ = ["PLAINLY", "ReadOptions"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """`zone`: the zone of times whose column says no more than [Local Time], as IANA or the portal call it (None: such a column is refused).

    `as_utc`: times of a column in any other zone are taken as UTC, unconverted. `strict`: a value that its type cannot hold is an error.
    """

    zone: str | None = None
    as_utc: bool = False
    strict: bool = False

    def __post_init__(self) -> None:
        """Refuse a zone that nobody knows."""
        if self.zone is not None and iana_zone(self.zone) is None:
            raise messages.no_zone(self.zone)


PLAINLY = ReadOptions()
