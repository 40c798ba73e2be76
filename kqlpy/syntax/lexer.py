"""Reads one token at a time, knowing what the parser could use next.

KQL has hardly a reserved word, so what a word is depends on where it stands: a word is a keyword only if the parser's
present row has that keyword. The patterns of the grammar's `early` terminals look further ahead; they are tried first, in the
states that could use them. Everything else is one regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from kqlpy.source import Span
from kqlpy.syntax.tables import Tables

__all__ = ["END", "Lexer", "Token"]

END = "$END"
_MARK = "MARK"
_Match = Callable[[str, int], "re.Match[str] | None"]
_FOLLOWED_BY_EQUALS = re.compile(r"(?:\s|//[^\r\n]*)*+=(?![=~>])").match

_DIRECTIVES = re.compile(r"(?:[\s\ufeff]*(?://|#)[^\r\n]*)*+").match


class Token(NamedTuple):
    """A piece of the text as builders see it."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.start, self.end)


class Lexer:
    """Tokens of any text, by the terminals of one grammar. Holds no state of a text, so one serves all."""

    def __init__(self, tables: Tables) -> None:
        self._words = tables.words
        self._marks = tables.marks
        self._trivia = f"(?>(?:{tables.trivia})?)"
        *others, (name, name_pattern) = tables.patterns
        marks = "|".join(map(_mark_pattern, sorted(tables.marks, key=len, reverse=True)))
        self._master = self._pattern([*others, (_MARK, marks), (name, name_pattern)])
        self._skip = re.compile(self._trivia).match
        self._early = self._early_patterns(tables)
        self._alternatives = [(name, re.compile(pattern).match) for name, pattern in tables.patterns]

    def _pattern(self, groups: Iterable[tuple[str, str]], otherwise: str = "") -> _Match:
        return re.compile(f"{self._trivia}(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in groups)}{otherwise})").match

    def _early_patterns(self, tables: Tables) -> list[_Match | None]:
        """For each state the early terminals that it could use, as one pattern; states with the same ones share it."""
        shared: dict[tuple[tuple[str, str], ...], _Match | None] = {(): None}
        result = []
        for row in tables.rows:
            usable = tuple(pair for pair in tables.early if pair[0] in row)
            if usable not in shared:
                shared[usable] = self._pattern(usable, otherwise="|")
            result.append(shared[usable])
        return result

    def begin(self, text: str) -> int:
        """Where the query starts: past lines that begin with `#` (`#connect ...`), which direct the client, not the engine."""
        match = _DIRECTIVES(text)
        return match.end() if match else 0

    def next(self, text: str, position: int, state: int, row: dict[str, int]) -> tuple[str | None, str, int, int]:
        """The next token for a parser in `state`: terminal, text, start and end; the terminal is None where nothing fits."""
        early = self._early[state]
        if early is not None:
            match = early(text, position)
            if match is not None and match.lastgroup is not None:
                terminal = match.lastgroup
                return terminal, match[terminal], match.start(terminal), match.end()
        match = self._master(text, position)
        if match is None or match.lastgroup is None:
            return self._unmatched(text, position)
        terminal = match.lastgroup
        value, start, end = match[terminal], match.start(terminal), match.end()
        if terminal == "NAME":
            keyword = self._words.get(value)
            if keyword is not None and keyword in row and not ("NAME" in row and _FOLLOWED_BY_EQUALS(text, end)):
                return keyword, value, start, end
            return terminal, value, start, end
        if terminal == _MARK:
            terminal = self._marks.get(value) or self._marks[" ".join(value.split())]
        return (terminal, value, start, end) if terminal in row else self._retry(text, start, row, terminal, value)

    def _retry(self, text: str, start: int, row: dict[str, int], terminal: str, value: str) -> tuple[str, str, int, int]:
        """Another reading of the text at `start` that the parser could use, or the first one if there is none."""
        if terminal == "RAW_GUID":  # one token even where it is not allowed, not a subtraction of names
            return terminal, value, start, start + len(value)
        for name, match in self._alternatives:
            found = match(text, start) if name in row else None
            if found:
                keyword = self._words.get(found[0], name) if name == "NAME" else name
                return keyword if keyword in row else name, found[0], start, found.end()
        for size in range(len(value) - 1, 0, -1):
            shorter = self._marks.get(value[:size]) or self._words.get(value[:size])
            if shorter is not None and shorter in row and not value[size].isalnum():
                return shorter, value[:size], start, start + size
        return terminal, value, start, start + len(value)

    def _unmatched(self, text: str, position: int) -> tuple[str | None, str, int, int]:
        match = self._skip(text, position)
        end = match.end() if match else position
        return (END if end >= len(text) else None), text[end : end + 1], end, min(end + 1, len(text))


def _mark_pattern(mark: str) -> str:
    escaped = re.escape(mark).replace(r"\ ", r"\s+")
    return escaped + (r"(?!\w)" if mark[-1].isalnum() else "")
