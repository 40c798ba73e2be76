"""`kqlpy fmt`: queries in canonical layout, in files of queries and in rule files."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.guard import RULE_WRONG, complain, remark
from kqlpy.cli.output import tell

if TYPE_CHECKING:
    from kqlpy.format.files import Formatted

__all__ = ["fmt"]

WOULD_CHANGE = 1


def fmt(paths: Iterable[Path], *, check: bool = False, diff: bool = False) -> int:
    """Format files, folders, or standard input (`-`); with `check` or `diff` nothing is written.

    The exit code is 2 when something cannot be read, else 1 when `check` finds a file that would change, else 0.
    """
    from kqlpy.errors import KqlError

    counts = {"formatted": 0, "unchanged": 0, "left": 0, "wrong": 0}
    for path in paths:
        for file in _files(path):
            try:
                counts[_one(file, check=check, diff=diff)] += 1
            except KqlError as error:
                complain(str(error))
                counts["wrong"] += 1
    _summary(counts, check or diff)
    if counts["wrong"]:
        return RULE_WRONG
    return WOULD_CHANGE if check and counts["formatted"] else 0


def _files(path: Path) -> Iterable[Path]:
    from kqlpy.format.files import files_under

    return files_under(path) if path.is_dir() else (path,)


def _one(file: Path, *, check: bool, diff: bool) -> str:
    """Format one file; which counter it belongs to."""
    from kqlpy.format.files import format_file, write_file

    if str(file) == "-":
        return _standard_input(check=check, diff=diff)
    formatted = format_file(file)
    if formatted.left:
        remark(f"{file} is left as it is: {formatted.left}")
        return "left"
    if not formatted.changed:
        return "unchanged"
    if check:
        tell(str(file))
    if diff:
        _show(formatted)
    if not check and not diff:
        write_file(formatted)
    return "formatted"


def _standard_input(*, check: bool, diff: bool) -> str:
    from kqlpy.format.files import Formatted
    from kqlpy.format.layout import format_text
    from kqlpy.source import Source

    text = sys.stdin.read()
    formatted = Formatted(Path("-"), text, format_text(Source(text, "standard input")))
    if diff:
        _show(formatted)
    elif not check:
        sys.stdout.write(formatted.after)
    return "formatted" if formatted.changed else "unchanged"


def _show(formatted: Formatted) -> None:
    """A unified diff of what formatting changes."""
    before, after = formatted.before.splitlines(), formatted.after.splitlines()
    for line in difflib.unified_diff(before, after, f"{formatted.path}", f"{formatted.path} (formatted)", lineterm=""):
        tell(line)


def _summary(counts: dict[str, int], dry: bool) -> None:
    words = {"formatted": "would change" if dry else "formatted", "unchanged": "unchanged", "left": "left as they are", "wrong": "with errors"}
    print(", ".join(f"{count} {words[key]}" for key, count in counts.items() if count) or "no files", file=sys.stderr)
