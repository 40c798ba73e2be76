"""The engine against the plain reference: one check for every form in which a table may come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import note

from kqlpy.api import Engine
from kqlpy.session import Session
from kqlpy.testing import reference
from kqlpy.testing.compare import assert_equal
from kqlpy.testing.strategies import Table
from kqlpy.types import Type

NOW = dt.datetime(2024, 1, 3, 12, tzinfo=dt.UTC)
COLUMNS = {
    "k": Type.STRING, "n": Type.LONG, "i": Type.INT, "r": Type.REAL, "s": Type.STRING, "b": Type.BOOL, "t": Type.DATETIME, "d": Type.TIMESPAN,
}  # fmt: skip


class SmallBatches(Engine):
    """An engine that reads two rows at a time, so that few rows make several batches."""

    def session(self, now: dt.datetime | None = None) -> Session:
        """The usual session with tiny batches."""
        return replace(super().session(now), batch_rows=2, threads=1)


def check(query: str, tables: Mapping[str, Table], *, ordered: bool = False) -> None:
    """Whole tables, tiny batches and dictionary-encoded texts all give what the reference gives."""
    plain = {name: table.arrow() for name, table in tables.items()}
    encoded = {name: table.arrow(encoded=True) for name, table in tables.items()}
    note("; ".join([*(f"let {name} = {table}" for name, table in tables.items()), query]))
    engine = Engine(tables=plain, threads=1)
    expected = reference.answer(query, tables, NOW, engine)
    assert_equal(engine.query(query, NOW), expected, ordered=ordered)
    assert_equal(SmallBatches(tables=plain).query(query, NOW), expected, ordered=ordered)
    assert_equal(Engine(tables=encoded, threads=1).query(query, NOW), expected, ordered=ordered)
