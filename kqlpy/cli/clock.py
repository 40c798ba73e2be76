"""The clock that `--now` names: a time, the newest event that is read, or the present."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kqlpy.cli.moments import moment_of

if TYPE_CHECKING:
    from kqlpy.api import Engine
    from kqlpy.source import Source
    from kqlpy.sources.table import Table

__all__ = ["NO_TIMES", "Clock"]

#: What is told when `latest` finds nothing.
NO_TIMES = "--now latest: no table that is read has times here, so the clock is the present"
_LATEST = "latest"


@dataclass(frozen=True)
class Clock:
    """What was written behind `--now`; None for the present. Raises UsageError for what is no time."""

    written: str | None = None
    _fixed: dt.datetime | None = field(init=False, default=None)
    _newest: dict[int, tuple[Table, dt.datetime | None]] = field(init=False, default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.written is not None and not self.is_latest:
            object.__setattr__(self, "_fixed", moment_of("--now", self.written, "2024-05-01T12:00:00Z, or `latest`"))

    @property
    def is_latest(self) -> bool:
        """True for the newest event of the tables that a query reads."""
        return self.written is not None and self.written.strip().lower() == _LATEST

    def __call__(self, engine: Engine, source: Source) -> dt.datetime | None:
        """The moment for a query; None for the present, which it also is when nothing that is read has times."""
        if not self.is_latest:
            return self._fixed
        from kqlpy.cli.surroundings import fill_in
        from kqlpy.rules.reads import tables_read

        times = {"start": dt.timedelta(days=1)} | engine.options  # which times a query asks for changes none of its tables
        tables = tables_read(engine.plan(fill_in(source, times, None)))
        return max((moment for table in tables if (moment := self._of(table)) is not None), default=None)

    def _of(self, table: Table) -> dt.datetime | None:
        """The newest event of a table, looked for once."""
        if id(table) not in self._newest:
            self._newest[id(table)] = (table, _newest(table))
        return self._newest[id(table)][1]


def _newest(table: Table) -> dt.datetime | None:
    """By the first of its columns of times that has values. Rounded up to whole microseconds, so that the event itself is not after it."""
    from kqlpy.rules.reads import TIMES
    from kqlpy.types import Type

    columns = (name for name in TIMES if table.schema.by_name.get(name) is Type.DATETIME)
    ticks = next((found for name in columns if (found := _highest(table, name)) is not None), None)
    if ticks is None:
        return None
    start, end = (moment.replace(tzinfo=dt.UTC) for moment in (dt.datetime.min, dt.datetime.max))
    return start + min(dt.timedelta(microseconds=-(-ticks // 10)), end - start)


def _highest(table: Table, column: str) -> int | None:
    """The greatest value of a column, in ticks."""
    import pyarrow.compute as pc

    from kqlpy.sources.table import chunks

    highest = (pc.max(chunk.columns[column]).as_py() for task in table.scan([column]) for chunk in chunks(task))
    return max((found for found in highest if found is not None), default=None)
