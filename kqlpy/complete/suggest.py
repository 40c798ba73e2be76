"""What can be written at a place of a query: tables, columns of this point of the pipeline, functions, operators, keywords.

Columns come from binding the text before the last `|`. When that does not bind, its last operators are left out until it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kqlpy.complete.cursor import Cursor, Frame, cursor_at
from kqlpy.complete.words import CHARTS, INFIX, SOURCES, WORDS
from kqlpy.errors import KqlError
from kqlpy.functions import registry
from kqlpy.syntax.messages import OPERATOR_NAMES

if TYPE_CHECKING:
    from kqlpy.api import Engine

__all__ = ["Suggestion", "SuggestionKind", "suggestions"]

_LETS = re.compile(r"\blet\s+(\w+)\s*=")
_AGGREGATING = ("summarize", "make-series", "top-nested")
_ONLY_COLUMNS = ("project-away", "project-keep", "project-reorder", "project-rename")
_TABULAR = ("join", "lookup", "union", "find", "search")
_NOTHING = ("as", "count", "getschema", "consume", "sample", "take", "limit", "range")
_OPERATORS = [name for name in OPERATOR_NAMES if not name.startswith(("graph-", "make-graph"))]
_RENDER_WITH = re.compile(r"\bwith\s*\(")


class SuggestionKind(StrEnum):
    """What a suggestion is."""

    COLUMN = "column"
    VARIABLE = "variable"
    TABLE = "table"
    OPERATOR = "operator"
    KEYWORD = "keyword"
    AGGREGATE = "aggregate"
    FUNCTION = "function"
    PLUGIN = "plugin"
    CHART = "chart"


@dataclass(frozen=True)
class Suggestion:
    """A text that may stand in the place of what is written from `start` to the cursor; `detail` is its type, or what it does."""

    text: str
    kind: SuggestionKind
    start: int
    detail: str = ""


@dataclass(frozen=True)
class _Place:
    """The cursor with what is asked about it."""

    engine: Engine
    cursor: Cursor

    def columns(self) -> list[tuple[str, str]]:
        """The columns that the operator at the cursor reads."""
        return _columns(self.engine, self._lets(), self._pipeline(self.cursor.pipeline))

    def right_columns(self) -> list[tuple[str, str]]:
        """The columns of the table that a join brings."""
        group = self.cursor.frame.group
        named = re.search(r"([\w]+)\s+on\b[^|]*$", self.cursor.tail)
        if group is not None and group[0] > (self.cursor.frame.pipes or [0])[-1]:
            return _columns(self.engine, self._lets(), [self.cursor.text[slice(*group)]])
        return _columns(self.engine, self._lets(), [named[1]]) if named else []

    def _lets(self) -> str:
        """The statements before the cursor's, those of the function's body included."""
        frames = [f for f in self.cursor.frames[: self.cursor.pipeline + 1] if f.bracket in ("", "{")]
        return "".join(self.cursor.text[frame.start : frame.statement] for frame in frames)

    def _pipeline(self, index: int) -> list[str]:
        """The source and the operators before the cursor; those around it first, if it stands in a sub-pipeline."""
        frame = self.cursor.frames[index]
        parts = _cut(self.cursor.text, frame)
        if not (frame.has_input and index):
            return parts
        outer = next(i for i in range(index - 1, -1, -1) if i == 0 or self.cursor.frames[i].pipes or self.cursor.frames[i].has_input)
        return [*self._pipeline(outer), *parts]


def suggestions(engine: Engine, text: str, offset: int) -> list[Suggestion]:
    """What can stand at `offset` (in characters), best first: words that begin with what is written there, then words that hold it."""
    registry.load()
    cursor = cursor_at(text, offset)
    if cursor.in_text or re.search(r"\d$|(?<!\$left)(?<!\$right)\.$", cursor.text[: cursor.start]):
        return []
    begun = cursor.prefix.lower()
    found = dict.fromkeys(Suggestion(_written(name, kind), kind, cursor.start, detail) for name, kind, detail in _candidates(_Place(engine, cursor)))
    opening = [s for s in found if s.text.lower().startswith(begun)]
    holding = [s for s in found if len(begun) > 1 and begun in s.text.lower() and s not in set(opening)]
    return opening + holding


_Candidate = tuple[str, SuggestionKind, str]


def _candidates(place: _Place) -> Iterator[_Candidate]:
    cursor = place.cursor
    frame = cursor.frame
    before = cursor.text[: cursor.start]
    if before.endswith(("$left.", "$right.")):
        found = place.columns() if before.endswith("$left.") else place.right_columns()
        yield from ((name, SuggestionKind.COLUMN, type_) for name, type_ in found)
    elif not cursor.tail.strip():
        yield from _openings(place) if not (frame.pipes or frame.has_input) else _named(_OPERATORS, SuggestionKind.OPERATOR)
    elif cursor.operator:
        yield from _in_operator(place, cursor.operator)
    elif not cursor.after_value:
        yield from (*_variables(cursor), *_tables(place.engine), *_functions(registry.SCALARS, SuggestionKind.FUNCTION))


def _openings(place: _Place) -> Iterator[_Candidate]:
    """What can open a query, or the value of a let."""
    yield from _variables(place.cursor)
    yield from _tables(place.engine)
    yield from _named(SOURCES, SuggestionKind.KEYWORD)
    if place.cursor.pipeline or place.cursor.last in ("=", "("):
        yield from _functions(registry.SCALARS, SuggestionKind.FUNCTION)


def _in_operator(place: _Place, operator: str) -> Iterator[_Candidate]:
    cursor = place.cursor
    if operator == "render":
        yield from _in_render(place)
    elif operator == "evaluate" and cursor.last == "evaluate":
        yield from _functions(registry.PLUGINS, SuggestionKind.PLUGIN)
    elif operator in _NOTHING:
        yield from _named(WORDS.get(operator, ()), SuggestionKind.KEYWORD)
    elif cursor.after_value and operator not in _ONLY_COLUMNS:
        yield from _named((*WORDS.get(operator, ()), *INFIX), SuggestionKind.KEYWORD)
    elif operator in _TABULAR and not re.search(r"\b(on|where)\b", cursor.tail):
        yield from (*_variables(cursor), *_tables(place.engine), *_named(WORDS.get(operator, ()), SuggestionKind.KEYWORD))
    else:
        yield from _values(place, operator)


def _in_render(place: _Place) -> Iterator[_Candidate]:
    tail = place.cursor.tail
    if _RENDER_WITH.search(tail) and place.cursor.last in ("=", ",") and re.search(r"(columns?|series)\s*=[^=]*$", tail):
        yield from ((name, SuggestionKind.COLUMN, type_) for name, type_ in place.columns())
    if _RENDER_WITH.search(tail):
        yield from _named(("title=", "xcolumn=", "ycolumns=", "series=", "kind=", "legend=", "ysplit=", "anomalycolumns="), SuggestionKind.KEYWORD)
    else:
        yield from _named(CHARTS if place.cursor.last == "render" else WORDS["render"], SuggestionKind.CHART)


def _values(place: _Place, operator: str) -> Iterator[_Candidate]:
    """Parts of an expression."""
    yield from ((name, SuggestionKind.COLUMN, type_) for name, type_ in place.columns())
    if operator in _ONLY_COLUMNS:
        return
    yield from _variables(place.cursor)
    if operator in ("sort", "order", "top", "partition", "summarize") and place.cursor.last in (operator, ","):
        yield from _named(("by",), SuggestionKind.KEYWORD)
    if operator in _AGGREGATING:
        yield from _functions(registry.AGGREGATES, SuggestionKind.AGGREGATE)
    yield from _functions(registry.SCALARS, SuggestionKind.FUNCTION)
    if operator in ("extend", "where", "project", "serialize"):
        yield from _functions(registry.WINDOWS, SuggestionKind.FUNCTION)
    if place.cursor.frames[-1].before == "in":
        yield from _tables(place.engine)


# ---------------------------------------------------------------- where the words come from


def _variables(cursor: Cursor) -> Iterator[_Candidate]:
    outside = cursor.text[: cursor.frames[0].statement] + cursor.text[cursor.frame.start : cursor.frame.statement]
    yield from ((name, SuggestionKind.VARIABLE, "let") for name in dict.fromkeys(_LETS.findall(outside)))


def _tables(engine: Engine) -> Iterator[_Candidate]:
    yield from ((name, SuggestionKind.TABLE, "table") for name in engine.catalog.names())
    yield from ((name, SuggestionKind.FUNCTION, "stored function") for name in engine.functions)


def _functions(table: Mapping[str, registry.Function], kind: SuggestionKind) -> Iterator[_Candidate]:
    for name in sorted(table):
        function = table[name]
        if name[0].isalpha() and function.executes and not function.obsolete:
            yield name, kind, function.doc.strip().partition("\n")[0]


def _named(words: Iterable[str], kind: SuggestionKind) -> Iterator[_Candidate]:
    yield from ((word, kind, "") for word in words)


def _written(name: str, kind: SuggestionKind) -> str:
    """A name as a query writes it."""
    plain = kind not in (SuggestionKind.COLUMN, SuggestionKind.TABLE) or re.fullmatch(r"[A-Za-z_]\w*", name)
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return name if plain else f"['{escaped}']"


# ---------------------------------------------------------------- columns


def _cut(text: str, frame: Frame) -> list[str]:
    """The source and operators of a frame that a pipe has ended."""
    ends = frame.pipes
    parts = [text[begin:end] for begin, end in zip([frame.statement, *(p + 1 for p in ends)], ends, strict=False)]
    return [re.sub(r"^\s*let\s+\S+\s*=", "", parts[0]), *parts[1:]] if parts else []


def _columns(engine: Engine, lets: str, parts: list[str]) -> list[tuple[str, str]]:
    """The columns of a pipeline, as far as it binds."""
    for count in range(len(parts), 0, -1):
        for statements in dict.fromkeys((lets, "")):
            try:
                return engine.plan(f"{statements}\n{'|'.join(parts[:count])}").schema
            except KqlError:
                continue
    return []
