"""Times as they are written behind options."""

from __future__ import annotations

import datetime as dt

from kqlpy.cli.guard import UsageError

__all__ = ["moment_of"]


def moment_of(option: str, written: str, example: str = "2024-05-01T12:00:00Z") -> dt.datetime:
    """A time in ISO form; one without a zone is UTC."""
    try:
        moment = dt.datetime.fromisoformat(written.strip())
    except ValueError:
        raise UsageError(f"{option} {written or '(nothing)'}: not a time; write it as {example}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
