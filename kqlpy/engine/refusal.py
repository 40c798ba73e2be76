"""Refusals that wait for the first row: what kqlpy does not run gives no rows for no rows, and that much is certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kqlpy.engine.batch import Batch
from kqlpy.errors import KqlError

__all__ = ["nothing_unless"]


def nothing_unless(batches: Iterable[Batch], error: KqlError) -> Iterator[Batch]:
    """No batches, or the error as soon as one with a row comes."""
    for batch in batches:
        if batch.rows:
            raise error
    return iter(())
