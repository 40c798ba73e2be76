"""Text fitted to a terminal: lines break between words, and the picture of a long line shows what its carets point at."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import Any

__all__ = ["fitted", "hanging", "width_of"]

_CARETS = re.compile(r"( +)(\^+)")
_LEAST = 20


def width_of(stream: Any) -> int | None:
    """The columns of a stream that is a terminal; None for any other."""
    if stream is None or not stream.isatty():
        return None
    return max(shutil.get_terminal_size((80, 24)).columns, _LEAST)


def fitted(text: str, width: int | None) -> str:
    """The text with no line wider than `width` (None: no bound), save for words and paths that are longer themselves."""
    if width is None:
        return text
    lines = text.split("\n")
    shown: list[str] = []
    at = 0
    while at < len(lines):
        carets = _CARETS.fullmatch(lines[at + 1]) if at + 1 < len(lines) else None
        shown += _picture(lines[at], carets, width) if carets else [hanging(lines[at], width)]
        at += 2 if carets else 1
    return "\n".join(shown)


def hanging(line: str, width: int, indent: str | None = None) -> str:
    """A line folded at words; what follows begins below `indent`, or a little further in than the line."""
    if len(line) <= width:
        return line
    own = line[: len(line) - len(line.lstrip())]
    further = indent if indent is not None else own or "  "
    return textwrap.fill(line, width, subsequent_indent=further, break_long_words=False, break_on_hyphens=False, replace_whitespace=False)


def _picture(line: str, carets: re.Match[str], width: int) -> list[str]:
    """A line and the carets under it, cut to the stretch around the first caret."""
    if len(line) <= width:
        return [line, carets[0][:width]]
    start, room = len(carets[1]), width - 4
    shift = 4 if start + len(carets[2]) <= width - 1 else max(4, start - room // 3)
    part = line[shift : shift + room]
    if shift > 4:
        part = f"…{part[1:]}"
    if shift + room < len(line):
        part = f"{part[:-1]}…"
    place = start - shift
    return [f"    {part}", f"    {' ' * place}{'^' * min(len(carets[2]), room - place)}"]
