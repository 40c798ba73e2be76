"""What ends a command: its exit code, and errors as one clear message on standard error."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from kqlpy.cli.wrap import fitted, width_of

__all__ = ["DATA_WRONG", "INTERRUPTED", "RULE_WRONG", "TERMINATED", "UsageError", "complain", "coloured", "failed", "guarded", "plain", "remark", "say", "warn", "writing"]

RULE_WRONG, DATA_WRONG, DEFECT, INTERRUPTED, TERMINATED = 2, 3, 70, 130, 143
_STDOUT = "standard output"


class UsageError(Exception):
    """The call is wrong in a way that the options' parser does not see."""


def guarded(command: Callable[[], int]) -> int:
    """The exit code of a command; no error of a user's making ends in a traceback."""
    try:
        code = _code(command)
        _flush()
    except SystemExit as end:
        return _number(end)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _discard()
        return INTERRUPTED
    except Exception as error:
        return failed(error)
    return code


def _code(command: Callable[[], int]) -> int:
    """The code that a command gives, or that the options' parser ends it with."""
    try:
        return command()
    except SystemExit as end:
        return _number(end)


def _number(end: SystemExit) -> int:
    return end.code if isinstance(end.code, int) else 0 if end.code is None else RULE_WRONG


def failed(error: Exception) -> int:
    """Tell of an error, whatever it is; gives the exit code."""
    from kqlpy.errors import KqlDataError, KqlError

    if isinstance(error, UsageError):
        complain(str(error))
        return RULE_WRONG
    if isinstance(error, KqlError):
        complain(str(error))
        return DATA_WRONG if isinstance(error, KqlDataError) else RULE_WRONG
    if isinstance(error, OSError):
        if error.filename is None:
            _discard()
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
    _marked("error:", "31", text)


def remark(text: str) -> None:
    """A remark on standard error."""
    say(f"note: {plain(text)}")


def warn(text: str) -> None:
    """A warning on standard error; its first word is yellow on a terminal."""
    _marked("warning:", "33", text)


def _marked(mark: str, colour: str, text: str) -> None:
    shown = fitted(f"{mark} {plain(text)}", width_of(sys.stderr))
    _print(shown.replace(mark, f"\x1b[{colour}m{mark}\x1b[0m", 1) if coloured(sys.stderr) else shown)


def plain(text: str) -> str:
    """The text without characters that a terminal would obey: each shows as one sign, so that carets stay below what they point at."""
    return text if text.isprintable() else text.translate(_SIGNS)


#: Line ends and tabs stay. Control characters have pictures in Unicode; the others change the direction of text.
_SIGNS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
_SIGNS |= dict.fromkeys([*range(0x80, 0xA0), 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)


def say(text: str) -> None:
    """A line on standard error, folded on a terminal."""
    _print(fitted(text, width_of(sys.stderr)))


def _print(text: str) -> None:
    try:
        sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)
    except (AttributeError, ValueError):
        return


def coloured(stream: Any) -> bool:
    """True for a terminal whose user has not asked for plain text, and where colour is asked for (`--color always`, FORCE_COLOR)."""
    if os.environ.get("FORCE_COLOR") and not os.environ.get("NO_COLOR"):
        return True
    return bool(stream is not None and stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")


@contextmanager
def writing(place: str = _STDOUT) -> Iterator[None]:
    """Tell where it was that could not be written to; a reader that has gone is another matter."""
    try:
        yield
    except BrokenPipeError:
        raise
    except io.UnsupportedOperation:
        raise UsageError(f"cannot write to {place}: it is closed") from None
    except OSError as error:
        if place == _STDOUT:
            _discard()
        raise UsageError(f"cannot write to {place}: {(error.strerror or str(error)).lower()}") from error


def _flush() -> None:
    if sys.stdout is not None and sys.stdout.writable():
        with writing():
            sys.stdout.flush()


def _discard(stream: TextIO | None = None) -> None:
    """Forget what standard output (or another stream) still holds, so that Python says nothing of it at its end."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), (stream or sys.stdout).fileno())
