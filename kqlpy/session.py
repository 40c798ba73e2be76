"""Everything a query may see besides its text and tables: the clock, the random seed, limits and options."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field

__all__ = ["Limits", "Session", "ticks_of"]

_EPOCH_TICKS = 621_355_968_000_000_000


def ticks_of(moment: dt.datetime) -> int:
    """Ticks of 100 ns since 0001-01-01 of a Python datetime; one without a zone is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    delta = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return _EPOCH_TICKS + (delta.days * 86_400 + delta.seconds) * 10_000_000 + delta.microseconds * 10


@dataclass(frozen=True)
class Limits:
    """Bounds past which a query ends with an error that names the bound and the operator.

    `memory`: bytes that the state of one query may take; `rows`: rows that one operator may produce; `cells`: values in one generated column or array;
    `text`: characters of one generated text; `seconds`: wall time of a query (None: no bound).
    """

    memory: int = 8 << 30
    rows: int = 2_000_000_000
    cells: int = 1_048_576
    text: int = 64 << 20
    seconds: float | None = None


@dataclass(frozen=True)
class Session:
    """The surroundings of one query; `now` is the one instant that `now()` and `ago()` see, in ticks."""

    now: int
    threads: int = field(default_factory=lambda: int(os.environ.get("KQLPY_THREADS") or os.cpu_count() or 1))
    seed: int | None = None
    batch_rows: int = 131_072
    limits: Limits = field(default_factory=Limits)
    options: dict[str, object] = field(default_factory=dict)

    @classmethod
    def at(cls, now: dt.datetime | None = None) -> Session:
        """A session whose clock stands at `now`, or at the present."""
        return cls(ticks_of(now or dt.datetime.now(dt.UTC)))
