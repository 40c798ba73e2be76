"""The pieces of a text: its tokens, each with the comments at it and with the space that stands before it on one line.

A comment belongs to the token before it when it stands on that token's line, else to the token after it. White space carries no
meaning in KQL, so a text is its pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kqlpy.source import Source
from kqlpy.syntax import ast
from kqlpy.syntax.lexer import END, Token
from kqlpy.syntax.parser import parse_tokens

__all__ = ["Comment", "Piece", "pieces_of"]


@dataclass(slots=True)
class Comment:
    """A comment on a line of its own; `blank` when an empty line stands before it."""

    text: str
    blank: bool


@dataclass(slots=True)
class Piece:
    """A token: its terminal and text, the comments before it, the comment at the end of its line, and whether a space precedes it on one line.

    `blank` says that an empty line stands right before the token.
    """

    terminal: str
    text: str
    start: int
    end: int
    before: list[Comment] = field(default_factory=list)
    after: str = ""
    blank: bool = False
    space: bool = True

    @property
    def word(self) -> str:
        """The keyword that this is; empty for names, values and marks."""
        return "" if self.terminal in _VALUES or not self.text[:1].isalpha() else self.text


_VALUES = frozenset({"NAME", "STRING", "LONG", "REAL", "BOOL", "TIMESPAN", "TYPED", "RAW_GUID", "WILDCARD", "VERBATIM"})
_ENDS_VALUE = _VALUES | {"RPAR", "RSQB", "RBRACE", "STAR"}
_OPTIONS = frozenset({"PARAM", "MORE_PARAM", "RENDER_PROPERTY", "WORD_PARAM", "DEFAULT", "OUTPUT", "DATASCOPE", "_LEGACY_BIN", "WITH_NODE_ID"})
_CALLED = frozenset(
    {"DYNAMIC", "_TYPEOF", "DATATABLE", "EXTERNALDATA", "EXTERNAL_DATA", "VIEW", "WORD_CALL", "PACK", "PACK_ALL", "__CONTEXTUAL_DATATABLE", "_GRAPH_SOURCE"}
)
_COMMENT = re.compile(r"(?://|#)[^\r\n]*")


def pieces_of(source: Source) -> tuple[ast.Query, list[Piece]]:
    """The tree of a text and its pieces; the last piece is the empty one at the end. Raises KqlError."""
    text = source.text
    query, tokens = parse_tokens(source)
    calls, verbatim = _marked(query)
    found = list(_with_comments(text, list(_whole(text, tokens, verbatim))))
    _behind_commas(found)
    _space(found, calls)
    return query, found


def _marked(query: ast.Query) -> tuple[set[int], list[ast.GraphOperator]]:
    """Where names of calls end, and the operators that are kept as they are written."""
    calls: set[int] = set()
    verbatim: list[ast.GraphOperator] = []
    waiting: list[ast.Node] = [query]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            calls.add(node.name_span.end)
        if isinstance(node, ast.GraphOperator):
            verbatim.append(node)
            continue
        for name in node.__dataclass_fields__:
            child = getattr(node, name)
            waiting.extend(item for item in (child if isinstance(child, tuple) else (child,)) if isinstance(item, ast.Node))
    return calls, verbatim


def _whole(text: str, tokens: list[tuple[str, Token]], verbatim: list[ast.GraphOperator]) -> Iterator[Piece]:
    """A piece for each token, and one for each operator that stays as it is."""
    ranges = sorted((node.span for node in verbatim), reverse=True)
    for terminal, token in tokens:
        while ranges and ranges[-1].end <= token.start:
            ranges.pop()
        if ranges and token.start >= ranges[-1].start and terminal != END:
            if token.start == ranges[-1].start:
                start, end = ranges[-1]
                kept = text[start:end].rstrip()
                yield Piece("VERBATIM", kept, start, start + len(kept))
            continue
        shown = " ".join(token.text.split()) if terminal in ("STRING_OPERATOR", "_IN_RANGE") else token.text
        yield Piece(terminal, shown, token.start, token.end)


def _with_comments(text: str, found: list[Piece]) -> Iterator[Piece]:
    """The pieces with the comments that stand between them."""
    previous: Piece | None = None
    for piece in found:
        position = previous.end if previous else 0
        gap = text[position : piece.start]
        if gap and not gap.isspace():
            place = 0
            for match in _COMMENT.finditer(gap):
                lines = gap.count("\n", place, match.start())
                if not lines and previous is not None and not place:
                    previous.after = match[0].rstrip()
                else:
                    piece.before.append(Comment(match[0].rstrip(), lines > 1))
                place = match.end()
            piece.blank = gap.count("\n", place) > 1
        else:
            piece.blank = gap.count("\n") > 1
        yield piece
        previous = piece


def _behind_commas(found: list[Piece]) -> None:
    """Comments before a comma stand behind it: they are about the item before it."""
    for index, piece in enumerate(found[1:-1], 1):
        last = found[index - 1]
        if piece.terminal in ("COMMA", "SEMICOLON") and last.after and not piece.before and not piece.after:
            piece.after, last.after = last.after, ""
        if piece.terminal == "COMMA":
            following = found[index + 1]
            moved = [Comment(last.after, False)] if last.after else []
            last.after = ""
            following.before[:0] = moved + piece.before
            piece.before = []


# ---------------------------------------------------------------- spaces


def _space(found: list[Piece], calls: set[int]) -> None:
    """Decide for each piece whether a space stands before it."""
    opened: list[str] = []
    for index, piece in enumerate(found):
        last = found[index - 1] if index else None
        before_last = found[index - 2] if index > 1 else None
        kind = opened[-1] if opened else ""
        if piece.text in _CLOSING and opened:
            opened.pop()
        piece.space = last is not None and _spaced(last, piece, before_last, kind, calls)
        if piece.terminal in ("EQUAL", "COLON", "MINUS", "PLUS"):
            piece.terminal = _refined(found, index, kind)
            piece.space = piece.space and piece.terminal not in ("OPTION_EQUAL", "TYPE_COLON", "STEP_COLON")
        if piece.text in _OPENING:
            opened.append(_opened(piece, last, kind))
            if opened[-1] == "json":
                piece.terminal = "JSON"


_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def _opened(piece: Piece, last: Piece | None, kind: str) -> str:
    """What kind of bracket this is: json, block (a function's body), or other."""
    if kind == "json" or (last is not None and last.terminal == "DYNAMIC"):
        return "json"
    return "block" if piece.text == "{" else "other"


def _refined(found: list[Piece], index: int, kind: str) -> str:
    """More than the terminal tells: the `=` of an option, the `:` of a type, a sign."""
    piece, last = found[index], found[index - 1] if index else None
    if piece.terminal == "EQUAL":
        return "OPTION_EQUAL" if last is not None and last.terminal in _OPTIONS else "EQUAL"
    if piece.terminal in ("MINUS", "PLUS"):
        return piece.terminal if last is not None and last.terminal in _ENDS_VALUE else "SIGN"
    if kind == "json":
        return "STEP_COLON"
    if last is not None and last.terminal == "RPAR":
        return "COLON"
    before = found[index - 2] if index > 1 else None
    named = before is not None and (before.terminal in ("STEP", "OPTION_EQUAL") or (last is not None and last.terminal == "OPTIONAL"))
    return "STEP_COLON" if named else "TYPE_COLON"


def _spaced(last: Piece, piece: Piece, before_last: Piece | None, kind: str, calls: set[int]) -> bool:
    if last.text in _OPENING or piece.text in _CLOSING:
        return kind == "block" and (last.text == "{") != (piece.text == "}")
    if piece.terminal in ("COMMA", "SEMICOLON", "DOT") or last.terminal in ("DOT", "SIGN", "TYPE_COLON", "OPTION_EQUAL"):
        return False
    option = before_last is not None and before_last.terminal == "OPTION_EQUAL"
    if piece.text == "(":
        return last.end not in calls and last.terminal not in _CALLED
    if piece.text == "[":
        return option or last.terminal not in ("NAME", "RPAR", "RSQB", "TYPED")
    return True
