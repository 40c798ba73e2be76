"""Every error that a user can meet: five classes under `KqlError`, and how an error is drawn.

An error carries a code (Kusto's own where one exists), a message, a span in the query and a hint. The factories that word the
messages live in `messages.py`, so that all wording stands in one place. Line and column are those of the rule
file when the query came from one.
"""

from __future__ import annotations

from dataclasses import replace

from kqlpy.source import Source, Span

__all__ = [
    "KqlDataError", "KqlError", "KqlRuntimeError", "KqlSemanticError", "KqlSyntaxError", "KqlUnsupportedError",
]  # fmt: skip


class KqlError(Exception):
    """Base of all errors that kqlpy raises on purpose.

    `code`, `message`, `hint` (or None), `span` (offsets in the query text, or None), `source` (or None), `line` and `column`
    (from 1, in the file that holds the query; None without a position), and `errors`: all independent errors found, this one first.
    `absent`: a table, or a function that gives one, is not here; a leg of a fuzzy union may do without.
    """

    absent = False

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        span: Span | None = None,
        hint: str | None = None,
        source: Source | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.span = span
        self.hint = hint
        self.source = source
        self.errors: tuple[KqlError, ...] = (self,)

    @property
    def line(self) -> int | None:
        """Line in the file that holds the query, from 1."""
        return self.source.file_position(self.span.start).line if self.source and self.span else None

    @property
    def column(self) -> int | None:
        """Column in the file that holds the query, from 1."""
        return self.source.file_position(self.span.start).column if self.source and self.span else None

    def located(self, source: Source) -> KqlError:
        """This error, told about the text that its span refers to (kept if it already knows one)."""
        for error in self.errors:
            if error.source is None:
                error.source = source
        return self

    def moved(self, file: str, lines: tuple[tuple[int, int], ...]) -> KqlError:
        """This error, with positions in `file`; `lines` as in `Source`."""
        for error in self.errors:
            if error.source is not None:
                error.source = replace(error.source, file=file, lines=lines)
        return self

    def __str__(self) -> str:
        return "\n".join(error.picture() for error in self.errors)

    def picture(self) -> str:
        """This error alone: code, place and message, the line with carets under it, and the hint."""
        head = f"{self.code} " if self.code else ""
        if self.source is None or self.span is None:
            text = f"{head}{self.message}"
        else:
            where = self.source.file or "query"
            head = f"{head}{where}, line {self.line}, column {self.column}: "
            text = f"{head}{self.message}\n{self.source.picture(self.span)}".rstrip("\n")
        return f"{text}\n    {self.hint}" if self.hint else text


class KqlSyntaxError(KqlError):
    """The text is not KQL."""


class KqlSemanticError(KqlError):
    """The text is KQL, but names or types in it do not fit."""


class KqlUnsupportedError(KqlError):
    """Correct KQL that kqlpy does not run; the message names the construct."""


class KqlRuntimeError(KqlError):
    """The query was stopped while it ran: a limit was reached, or `assert` failed."""


class KqlDataError(KqlError):
    """The data cannot be read as what it should be."""
