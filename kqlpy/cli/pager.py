"""A long table on a terminal goes through a pager, as git's texts do: `KQLPY_PAGER`, else `PAGER`, else `less`; `KQLPY_PAGER=cat` shows it at once."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys

__all__ = ["pager", "show"]


def show(text: str) -> bool:
    """Show a text in the pager; False when it is short, when output or input is no terminal, or when there is no pager."""
    if not (sys.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()):
        return False
    if text.count("\n") < shutil.get_terminal_size((80, 24)).lines:
        return False
    command = pager()
    if command is None:
        return False
    sys.stdout.flush()
    try:
        subprocess.run(command, input=text.encode(errors="replace"), check=False, env={"LESS": "FRSX", "LESSCHARSET": "utf-8", **os.environ})
    except OSError:
        return False
    return True


def pager() -> list[str] | None:
    """The pager's command; None when there is none, or none is wanted."""
    wanted = os.environ.get("KQLPY_PAGER", os.environ.get("PAGER", "less"))
    words = shlex.split(wanted)
    if not words or words == ["cat"] or os.environ.get("TERM") == "dumb" or shutil.which(words[0]) is None:
        return None
    return words
