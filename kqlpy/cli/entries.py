"""What is typed into the shell, cut into queries and commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["entries", "is_complete"]


def entries(lines: Iterable[str]) -> Iterator[str]:
    """The queries and commands of a text: each ends at a blank line, or where it is complete and the next line does not go on with `|` or further in."""
    entry = ""
    for line in lines:
        begins = not line[:1].isspace() and not line.startswith("|")
        if entry and begins and is_complete(entry.rstrip("\n")):
            yield entry
            entry = ""
        if line.strip():
            entry += line
        elif entry:
            yield entry
            entry = ""
    if entry:
        yield entry


def is_complete(text: str) -> bool:
    """True when Enter should run the text: a command, KQL, or what no further line would make KQL. After an empty line any text runs."""
    if text.strip().startswith(".") or not text.strip() or text.endswith("\n"):
        return True
    from kqlpy.complete.cursor import cursor_at
    from kqlpy.errors import KqlError
    from kqlpy.syntax.parser import parse

    if len(cursor_at(text, len(text)).frames) > 1:
        return False

    try:
        parse(text)
    except KqlError as error:
        return error.span is not None and error.span.end < len(text.rstrip())
    return not text.rstrip().endswith(";")
