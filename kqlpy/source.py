"""Texts, positions in them, and the picture of a position that an error shows.

A `Span` is a pair of character offsets in the query text. A `Source` knows the text, the file that it came
from and where in that file each line of the query stands, so that a position can be told in the rule file.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

__all__ = ["Position", "Source", "Span"]


class Span(NamedTuple):
    """A half-open range of character offsets in a query text."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The range from the start of this one to the end of `other`."""
        return Span(self.start, other.end)


class Position(NamedTuple):
    """A place for people: line and column, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """A query text and where it is from.

    `lines` maps each line of the text (from 0) to the (line, column) in `file` where that line begins, both
    from 1; empty when the text is the file itself or has no file.
    """

    text: str
    file: str | None = None
    lines: tuple[tuple[int, int], ...] = field(default=(), compare=False)

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        starts.extend(i + 1 for i, char in enumerate(self.text) if char == "\n")
        return starts

    def position(self, offset: int) -> Position:
        """Line and column of a character offset in the query text."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def file_position(self, offset: int) -> Position:
        """Line and column of a character offset in the file that holds the query."""
        line, column = self.position(offset)
        if not self.lines:
            return Position(line, column)
        file_line, file_column = self.lines[min(line, len(self.lines)) - 1]
        return Position(file_line, file_column + column - 1)

    def line_text(self, line: int) -> str:
        """The text of a line of the query, from 1, without its line end."""
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r")

    def picture(self, span: Span) -> str:
        """The line of `span` with carets under it; long lines are cut around the place. Empty for a blank line."""
        line, column = self.position(span.start)
        text = self.line_text(line)
        if not text.strip():
            return ""
        shift = max(0, column - 60) if len(text) > 110 else 0
        text = text[shift:].expandtabs(1)
        text = text if len(text) <= 110 else text[:110] + "..."
        width = max(1, min(span.end - span.start, len(text) - (column - 1 - shift)))
        return f"    {text}\n    {' ' * (column - 1 - shift)}{'^' * width}"
