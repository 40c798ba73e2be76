"""A line on the terminal that tells how far a long query has read, and a bar for many runs."""

from __future__ import annotations

import sys
import time
from threading import Lock

__all__ = ["Bar", "Progress"]

_PATIENCE, _PAUSE = 1.0, 0.1


class Progress:
    """Counts what is read; once a second has passed, shows it on standard error if that is a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._shows = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._start = time.monotonic()
        self._next = self._start + _PATIENCE
        self._rows: dict[str, int] = {}
        self._written = False
        self._lock = Lock()

    def __call__(self, name: str, rows: int) -> None:
        """A part of a table was read."""
        if not self._shows:
            return
        with self._lock:
            self._rows[name] = self._rows.get(name, 0) + rows
            now = time.monotonic()
            if now < self._next:
                return
            self._next = now + _PAUSE
            self._written = True
            read = ", ".join(f"{table} {count:,} rows" for table, count in self._rows.items())
            line = f"{now - self._start:.0f} s: {read} read"
            sys.stderr.write(f"\r\x1b[K{line[:100]}")
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        with self._lock:
            self._shows = False
            if self._written:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()


class Bar:
    """A bar on standard error, if that is a terminal."""

    def __init__(self, total: int, what: str, *, quiet: bool) -> None:
        self._total = total
        self._what = what
        self._done = self._alerting = 0
        self._shows = not quiet and sys.stderr is not None and sys.stderr.isatty()

    def step(self, alerting: int) -> None:
        """Another part is done; so many things in it alert."""
        self._done += 1
        self._alerting += alerting
        if self._shows:
            filled = self._done * _WIDTH // self._total
            bar = "█" * filled + "░" * (_WIDTH - filled)
            sys.stderr.write(f"\r\x1b[K{bar} {self._done}/{self._total} {self._what}, {self._alerting} alerting")
            sys.stderr.flush()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        if self._shows and self._done:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


_WIDTH = 30
