"""The command as a process: its standard streams, however it was started, and the signals that end it."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from types import FrameType

__all__ = ["prepare"]


def prepare() -> None:
    """Make the streams usable, and let a request to end run what stands in `finally`."""
    _open_streams()
    _write_whole()
    _end_in_order()


def _open_streams() -> None:
    """Standard streams that the caller has closed: nothing comes from them, and writing to them is an error."""
    if sys.stdin is None:
        sys.stdin = _nothing()
    if sys.stdout is None:
        sys.stdout = _nothing()


def _nothing() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(io.FileIO(os.devnull)))


def _write_whole() -> None:
    """Put a buffer before a raw standard output (`PYTHONUNBUFFERED`): Python loses what such a stream does not take at once."""
    raw = getattr(sys.stdout, "buffer", None)
    if isinstance(raw, io.RawIOBase) and isinstance(sys.stdout, io.TextIOWrapper):
        encoding, errors = sys.stdout.encoding, sys.stdout.errors
        sys.stdout.detach()
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors=errors)


def _end_in_order() -> None:
    """SIGTERM and SIGHUP end the command as Ctrl-C does: half-written files go, processes that it started end."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _ended)


def _ended(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
