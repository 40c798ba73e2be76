"""Limits on what a query may take: memory, rows, time. Passing one ends the query with an error that names the operator."""

from __future__ import annotations

import threading
import time

from kqlpy.errors import KqlRuntimeError
from kqlpy.session import Limits
from kqlpy.source import Span

__all__ = ["LIMIT", "Budget", "limit_error"]

LIMIT = "KQLPY030"


class Budget:
    """What one query has taken so far."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.used = 0
        self._start = time.monotonic()
        self._lock = threading.Lock()

    def charge(self, operator: str, amount: int) -> None:
        """Count bytes that an operator keeps."""
        with self._lock:
            self.used += amount
        if self.used > self.limits.memory:
            raise limit_error(operator, f"{self.limits.memory / 2**30:.1f} GiB of memory", "memory")
        self.check_time()

    def release(self, amount: int) -> None:
        """Give back bytes that were charged."""
        with self._lock:
            self.used -= amount

    def check_rows(self, operator: str, rows: int) -> None:
        """End the query when one operator yields too many rows."""
        if rows > self.limits.rows:
            raise limit_error(operator, f"{self.limits.rows:,} rows", "rows")

    def check_cells(self, operator: str, cells: int) -> None:
        """End the query when one array or series would hold too many values."""
        if cells > self.limits.cells:
            raise limit_error(operator, f"{self.limits.cells:,} values in one series", "cells")

    def check_time(self) -> None:
        """End the query when its time is over."""
        limit = self.limits.seconds
        if limit is not None and time.monotonic() - self._start > limit:
            raise limit_error("the query", f"{limit:g} seconds", "seconds")


def limit_error(operator: str, bound: str, name: str, span: Span | None = None) -> KqlRuntimeError:
    """The error for a limit that was reached; `name` is the one under which it can be raised, if any."""
    hint = f"raise it with --limit {name}=..., if this is meant" if name in Limits.__dataclass_fields__ else None
    return KqlRuntimeError(f"`{operator}` would pass the limit of {bound}", code=LIMIT, hint=hint, span=span)
