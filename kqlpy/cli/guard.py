"""What ends a command: its exit code, and errors as one clear message on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

__all__ = ["DATA_WRONG", "INTERRUPTED", "RULE_WRONG", "UsageError", "complain", "coloured", "guarded", "remark", "say", "warn"]

RULE_WRONG, DATA_WRONG, DEFECT, INTERRUPTED = 2, 3, 70, 130


class UsageError(Exception):
    """The call is wrong in a way that the options' parser does not see."""


def guarded(command: Callable[[], int]) -> int:
    """The exit code of a command; no error of a user's making ends in a traceback."""
    try:
        code = command()
        _flush()
    except SystemExit as end:
        return _end(end)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except Exception as error:
        return _failed(error)
    return code


def _end(end: SystemExit) -> int:
    try:
        _flush()
    except BrokenPipeError:
        return _pipe_closed()
    except KeyboardInterrupt:
        return INTERRUPTED
    return end.code if isinstance(end.code, int) else 0 if end.code is None else RULE_WRONG


def _failed(error: Exception) -> int:
    from kqlpy.errors import KqlDataError, KqlError

    if isinstance(error, UsageError):
        complain(str(error))
        return RULE_WRONG
    if isinstance(error, KqlError):
        complain(str(error))
        return DATA_WRONG if isinstance(error, KqlDataError) else RULE_WRONG
    if isinstance(error, OSError):
        complain(f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error))
        return RULE_WRONG
    if isinstance(error, MemoryError):
        complain("there is not enough memory; --limit memory=2GB ends a query before that")
        return RULE_WRONG
    if os.environ.get("KQLPY_DEBUG"):
        raise error
    complain(
        f"this is a defect in kqlpy, please report it: {type(error).__name__}: {error}\n    with KQLPY_DEBUG=1 the same command shows where it happens"
    )
    return DEFECT


def complain(text: str) -> None:
    """A message on standard error; its first word is red on a terminal."""
    mark = "\x1b[31merror:\x1b[0m" if coloured(sys.stderr) else "error:"
    say(f"{mark} {text}")


def remark(text: str) -> None:
    """A remark on standard error."""
    say(f"note: {text}")


def warn(text: str) -> None:
    """A warning on standard error; its first word is yellow on a terminal."""
    mark = "\x1b[33mwarning:\x1b[0m" if coloured(sys.stderr) else "warning:"
    say(f"{mark} {text}")


def say(text: str) -> None:
    """A line on standard error."""
    try:
        sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        print(text, file=sys.stderr, flush=True)
    except (OSError, AttributeError, ValueError):
        return


def coloured(stream: Any) -> bool:
    """True for a terminal whose user has not asked for plain text, and where colour is asked for (`--color always`, FORCE_COLOR)."""
    if os.environ.get("FORCE_COLOR") and not os.environ.get("NO_COLOR"):
        return True
    return bool(stream is not None and stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _pipe_closed() -> int:
    """The reader has gone: say nothing more, not even when Python flushes at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return INTERRUPTED
