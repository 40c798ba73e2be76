"""Lines of text that grow piece by piece, with comments at the places where they belong."""

from __future__ import annotations

from kqlpy.format.pieces import Comment, Piece

__all__ = ["INDENT", "WIDTH", "Writer"]

WIDTH = 100
INDENT = 4


class Writer:
    """Collects lines. `column` is where the next character goes; after a comment the next piece goes to a new line by itself."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current = ""
        self.level = 0
        self.ended = False

    @property
    def column(self) -> int:
        """Characters in the present line, indentation included."""
        return len(self.current) - self.current.rfind("\n") - 1

    @property
    def fresh(self) -> bool:
        """True when nothing but indentation stands in the present line."""
        return not self.current.strip()

    def newline(self, level: int, *, blank: bool = False) -> None:
        """Begin a line at an indentation level; twice in a row is once. `blank` leaves an empty line before it, but not at the top."""
        if not self.fresh:
            self.lines.append(self.current.rstrip())
        if blank and self.lines and self.lines[-1] and not self.lines[-1].endswith(("(", "{", "[")):
            self.lines.append("")
        self.level = level
        self.ended = False
        self.current = " " * (level * INDENT)

    def comments(self, comments: list[Comment]) -> None:
        """Comments on lines of their own, at the present indentation; begins a further indented line for them in the midst of one."""
        if not comments:
            return
        if not self.fresh:
            self.newline(self.level + 1)
        for comment in comments:
            self.newline(self.level, blank=comment.blank)
            self.current += comment.text
        self.newline(self.level)

    def put(self, piece: Piece) -> None:
        """A piece with its comments."""
        if piece.before:
            self.comments(piece.before)
        if self.ended:
            self.newline(self.level + 1)
        self.current += f" {piece.text}" if piece.space and not self.fresh else piece.text
        if piece.after:
            self.current += f" {piece.after}"
            self.ended = True

    def text(self, newline: str = "\n") -> str:
        """All lines, each with its end."""
        if not self.fresh:
            self.lines.append(self.current.rstrip())
        self.current = ""
        return newline.join(self.lines) + newline
