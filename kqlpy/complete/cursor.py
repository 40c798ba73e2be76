"""Where the cursor stands: in which pipeline, after which operator, behind what.

The text before the cursor is rarely correct KQL, so it is not parsed but read as tokens: brackets open frames, `|` and `;` cut them. Whatever stands behind the
cursor is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kqlpy.complete.words import NOT_VALUES, TABLES_FOLLOW

__all__ = ["Cursor", "Frame", "cursor_at"]

_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*)|(?P<text>[hH]?(?:@"(?:[^"]|"")*"|@'(?:[^']|'')*'|```.*?```|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))|(?P<open_text>["'])
    |(?P<word>\$?\w+(?:-\w+)*)|(?P<bracket>[\[({})\]])|(?P<cut>[|;])|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_PREFIX = re.compile(r"[A-Za-z_$][\w$]*(?:-[\w-]*)?$")
_PLAIN_PREFIX = re.compile(r"[A-Za-z_$][\w$]*$")
_OPTION = re.compile(r"\b(?:kind|isfuzzy|withsource|hint\.\w+)\s*=\s*\w+\s*$")
_LET = re.compile(r"\s*let\s+(?:\w+|\[['\"][^'\"]*['\"]\])\s*=")


@dataclass
class Frame:
    """The text of a bracket (or of the whole query) so far: where it begins, where its last statement does, its pipes, what stood before it."""

    bracket: str
    start: int
    before: str = ""
    statement: int = 0
    pipes: list[int] = field(default_factory=list)
    group: tuple[int, int] | None = None

    @property
    def has_input(self) -> bool:
        """True for a sub-pipeline, whose first operator reads the rows around it."""
        return self.bracket == "(" and self.before in ("on", "fork", "mv-apply", "partition", "facet")


@dataclass(frozen=True)
class Cursor:
    """The cursor's place. `prefix` is the begun word, from `start`; `operator` the one it belongs to; `last` the token before it."""

    text: str
    start: int
    prefix: str
    frames: tuple[Frame, ...]
    last: str
    in_text: bool = False

    @property
    def pipeline(self) -> int:
        """Which frame's pipeline the cursor stands in: brackets of a call belong to the operator around them."""
        for index in range(len(self.frames) - 1, 0, -1):
            frame = self.frames[index]
            if frame.pipes or frame.bracket == "{" or frame.has_input:
                return index
            if frame.bracket == "(" and frame.before in TABLES_FOLLOW and not self.text[frame.statement : self.start].strip():
                return index
        return 0

    @property
    def frame(self) -> Frame:
        """That frame."""
        return self.frames[self.pipeline]

    @property
    def tail(self) -> str:
        """The text of the last operator of the pipeline, or of its source, without the begun word."""
        frame = self.frame
        begin = frame.pipes[-1] + 1 if frame.pipes else frame.statement
        text = self.text[begin : self.start]
        return text if frame.pipes else _LET.sub("", text, count=1)

    @property
    def operator(self) -> str:
        """The operator in whose text the cursor stands; empty at a source."""
        match = re.match(r"\s*([\w-]+)", self.tail)
        return match[1] if match and (self.frame.pipes or self.frame.has_input or match[1] in ("print", "union", "search", "find", "range")) else ""

    @property
    def after_value(self) -> bool:
        """True behind a value, where only an operator or a keyword can follow."""
        last = self.last
        if last == self.operator or _OPTION.search(self.tail):
            return False
        return bool(re.fullmatch(r"[)\]\"'`]|\$?\w+", last[-1:] if last[-1:] in ")]\"'`" else last)) and last.lower() not in NOT_VALUES


def cursor_at(text: str, offset: int) -> Cursor:
    """The place of an offset (in characters) in a text."""
    before = text[:offset]
    frames = [Frame("", 0)]
    closed = True
    tokens: list[str] = [""]
    prefix = _prefix(before)
    start = offset - len(prefix)
    for kind, token, position in _tokens(before[:start]):
        closed = kind != "open_text" and not (kind == "skip" and token.startswith("//") and position + len(token) == start)
        if not closed:
            break
        _step(frames, tokens, kind, token, position)
    return Cursor(before, start, prefix, tuple(frames), tokens[-1], in_text=not closed)


def _prefix(before: str) -> str:
    """The word that ends the text; with hyphens only where an operator is begun."""
    match = _PREFIX.search(before)
    if match is not None and re.search(r"\|\s*$", before[: match.start()]):
        return match[0]
    plain = _PLAIN_PREFIX.search(before)
    return plain[0] if plain and not re.search(r"\d$", before[: plain.start()]) else ""


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    for match in _TOKEN.finditer(text):
        yield str(match.lastgroup), match[0], match.start()


def _step(frames: list[Frame], tokens: list[str], kind: str, token: str, position: int) -> None:
    if kind == "skip":
        return
    if kind == "bracket" and token in "([{":
        frames.append(Frame(token, position + 1, _word_before(tokens), position + 1))
    elif kind == "bracket":
        if len(frames) > 1:
            closed = frames.pop()
            frames[-1].group = (closed.start, position) if closed.bracket == "(" else frames[-1].group
    elif token == "|":
        frames[-1].pipes.append(position)
    elif token == ";":
        frames[-1].statement, frames[-1].pipes = position + 1, []
    tokens.append(token)


def _word_before(tokens: list[str]) -> str:
    """The word before a bracket; of `!in (` and `in~ (` the word `in`."""
    last = tokens[-2] if tokens[-1] == "~" and len(tokens) > 1 else tokens[-1]
    return last.lower() if re.fullmatch(r"[\w-]+", last) else ""
