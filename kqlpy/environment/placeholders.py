"""The times that a portal fills into a hunting query: `{{StartTimeISO}}` and `{{EndTimeISO}}`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kqlpy.environment import messages
from kqlpy.source import Position, Source, Span

__all__ = ["fill_placeholders", "filled", "filled_source", "moment", "placeholders_in"]

_PLACEHOLDER = re.compile(r"\{\{\s*(StartTimeISO|EndTimeISO)\s*\}\}", re.IGNORECASE)
_NAMES = {"starttimeiso": ("StartTimeISO", "--start"), "endtimeiso": ("EndTimeISO", "--end")}


def placeholders_in(text: str) -> list[str]:
    """The placeholders of a text, each once, in order."""
    return list(dict.fromkeys(_NAMES[match[1].lower()][0] for match in _PLACEHOLDER.finditer(text)))


def fill_placeholders(text: str, start: dt.datetime | None, end: dt.datetime | None) -> str:
    """The text with its times filled in; lines stay where they are. Raises KqlSemanticError for a placeholder without a value.

    >>> fill_placeholders("print '{{StartTimeISO}}'", dt.datetime(2024, 5, 1), None)
    "print '2024-05-01T00:00:00.0000000Z'"
    """
    return filled_source(Source(text), start, end).text


def filled(source: Source, options: Mapping[str, object], clock: dt.datetime) -> Source:
    """The query with the times of an engine's options `start` and `end`: moments, or lengths of time before the clock. Without an end, a start lasts until the clock."""
    start, end = (_before(options.get(name), clock) for name in ("start", "end"))
    return filled_source(source, start, clock if start is not None and end is None else end)


def _before(given: object, clock: dt.datetime) -> dt.datetime | None:
    if not isinstance(given, dt.timedelta):
        return moment(given)
    start = clock.replace(tzinfo=dt.UTC) if clock.tzinfo is None else clock
    try:
        return start - given
    except OverflowError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)


def filled_source(source: Source, start: dt.datetime | None, end: dt.datetime | None) -> Source:
    """The query with its times filled in, which tells places as those of the text as written. Raises KqlSemanticError."""
    pieces: list[str] = []
    moves: list[tuple[int, int, int]] = []
    at = length = 0
    for match in _PLACEHOLDER.finditer(source.text):
        name, option = _NAMES[match[1].lower()]
        given = start if option == "--start" else end
        if given is None:
            raise messages.placeholder_empty(name, option, source, Span(match.start(), match.end()))
        value = _iso(given)
        pieces += [source.text[at : match.start()], value]
        length += match.start() - at
        moves.append((length, length + len(value), match.start()))
        length, at = length + len(value), match.end()
        moves.append((length, length, at))
    if not moves:
        return source
    return FilledSource("".join([*pieces, source.text[at:]]), source.file, written=source, moves=tuple(moves))


def moment(given: object) -> dt.datetime | None:
    """A time given as a datetime or as ISO text; None for anything else."""
    if isinstance(given, str):
        try:
            return dt.datetime.fromisoformat(given.strip())
        except ValueError:
            return None
    return given if isinstance(given, dt.datetime) else None


def _iso(moment: dt.datetime) -> str:
    """The form in which the portal writes a moment."""
    moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}0Z"


@dataclass(frozen=True)
class FilledSource(Source):
    """A query with values filled in; positions in its file are those of the text as written.

    `moves`: (from, to, written offset): offsets in the half-open range mean that written offset; an empty range is where written text goes on.
    """

    written: Source = field(default_factory=lambda: Source(""), compare=False, repr=False)
    moves: tuple[tuple[int, int, int], ...] = field(default=(), compare=False, repr=False)

    def file_position(self, offset: int) -> Position:
        """Line and column of an offset in the file that holds the query."""
        return self.written.file_position(self._as_written(offset))

    def _as_written(self, offset: int) -> int:
        before = list(self._before(offset))
        if not before:
            return offset
        begin, end, written = before[-1]
        return written if begin < end else written + offset - begin

    def _before(self, offset: int) -> Iterator[tuple[int, int, int]]:
        return (move for move in self.moves if move[0] <= offset)
