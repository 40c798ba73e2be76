"""The rows of a JSON file: an array, one object a line, objects one after another, or one object that wraps the rows.

The reader here is the standard library's: it keeps how a real was written and every digit of an integer, and knows the
place of a mistake. `json.py` tries orjson first, which is faster and knows none of that. Text comes in pieces, and no more of it is
held than the value that is being read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

__all__ = ["LONGEST", "JsonTextError", "LongValueError", "SourceReal", "Values", "exact", "read_lines", "rows_of_text"]

_PIECE = 8 << 20
#: Characters of one value. To read it takes ten times as much memory; services answer with no more than about 100 MB.
LONGEST = 128 << 20


class SourceReal(float):
    """A real that remembers how it was written: `1.10` stays `1.10` where its column turns out to be text."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> SourceReal:
        """From the digits in the file."""
        self = super().__new__(cls, text)
        self.text = text
        return self


class JsonTextError(ValueError):
    """Text that is not JSON, with the line and column (from 1) where that shows."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column
        self.reason = reason


class LongValueError(JsonTextError):
    """A value that is too long to be read, with the line and column where it begins."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(line, column, f"one value is longer than {LONGEST >> 20} MB")


def _integer(digits: str) -> Any:
    # Python refuses to turn more digits than this into an integer.
    return int(digits) if len(digits) < 4300 else SourceReal(digits)


_DECODER = json.JSONDecoder(parse_float=SourceReal, parse_int=_integer, strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")


def exact(text: str, number: int) -> Any:
    """The value of one line, read by the exact reader."""
    try:
        value, end = _DECODER.raw_decode(text, _skip(text, 0))
    except (json.JSONDecodeError, RecursionError) as error:
        raise _placed(text, error, number) from error
    end = _skip(text, end)
    if end < len(text):
        raise JsonTextError(number, end + 1, "there is more text after the value")
    return value


def read_lines(stream: IO[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """The lines that are not empty, with their numbers from 1, in lists of a few megabytes."""
    number, begun, held = 1, [b""], 0  # the pieces of a line whose end is not read yet: joined once, however long it is
    while piece := stream.read(_PIECE):
        end, *lines = piece.split(b"\n")
        begun.append(end)
        held += len(end)
        if held > LONGEST:
            raise LongValueError(number, 1)
        if not lines:
            continue
        lines = [b"".join(begun), *lines]
        begun = [lines.pop()]
        held = len(begun[0])
        yield [(number + at, line) for at, line in enumerate(lines) if line and not line.isspace()]
        number += len(lines)
    rest = b"".join(begun)
    if rest and not rest.isspace():
        yield [(number, rest)]


def rows_of_text(text: str) -> Iterator[tuple[int, Any]]:
    """The values of the array that the text is, or the values one after another, each with its line."""
    return iter(Values([text]))


class Values:
    """The values of a text that comes in pieces, each with its line: those of an array (or of several), or values one after another."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._text = ""
        self._at = 0
        self._ended = False
        # Where the text that is held begins; and a place in it with its line and the position at which that line begins.
        self._begin = (1, 1)
        self._counted, self._line, self._line_start = 0, 1, 0
        self._skip()
        #: True when the text is an array.
        self.is_array = self._next() == "["

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        while self._next():
            if self.is_array:
                yield from self._elements()
            elif self._next() == ",":
                raise self._error("objects with commas between them need `[` before and `]` behind them")
            else:
                yield self._value()
            self._skip()

    def _elements(self) -> Iterator[tuple[int, Any]]:
        """The elements of the array that begins here."""
        if self._next() != "[":
            raise self._error("there is more text after the array")
        self._at += 1
        self._skip()
        while self._next() != "]":
            yield self._value()
            self._skip()
            if self._next() == ",":
                self._at += 1
                self._skip()
            elif self._next() != "]":
                raise self._error("a comma or `]` is missing" if self._next() else "the file ends inside the array")
        self._at += 1

    def _value(self) -> tuple[int, Any]:
        """The value that begins here, and its line."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or not self._more():  # a number may go on in the next piece
                    break
            except json.JSONDecodeError as error:
                if not self._may_go_on(error) or not self._more():
                    raise self._placed(error) from error
            except RecursionError as error:
                raise self._placed(error) from error
        line = self._here()[0]
        self._at = end
        return line, value

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """True when the end of the text so far may be what is wrong."""
        return error.pos >= len(self._text) - 16 or error.msg.startswith("Unterminated")

    def _more(self) -> bool:
        """Take in the next pieces, at least as much as is held; False at the end of the text."""
        if self._ended:
            return False
        if len(self._text) - self._at > LONGEST:
            raise LongValueError(*self._here())
        wanted = max(len(self._text) - self._at, 1)
        pieces = []
        while wanted > 0 and (piece := next(self._pieces, "")):
            pieces.append(piece)
            wanted -= len(piece)
        if not pieces:
            self._ended = True
            return False
        self._begin = self._here()
        self._text, self._line_start = "".join([self._text[self._at :], *pieces]), self._line_start - self._at
        self._at = self._counted = 0
        return True

    def _skip(self) -> None:
        self._at = _skip(self._text, self._at)
        while self._at == len(self._text) and self._more():
            self._at = _skip(self._text, self._at)

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _here(self) -> tuple[int, int]:
        """Line and column of the next character."""
        lines = self._text.count("\n", self._counted, self._at)
        if lines:
            self._line_start = self._text.rindex("\n", self._counted, self._at) + 1
        self._line += lines
        self._counted = self._at
        return self._line, self._at - self._line_start + 1

    def _error(self, reason: str) -> JsonTextError:
        return JsonTextError(*self._here(), reason)

    def _placed(self, error: Exception) -> JsonTextError:
        line, column = self._begin
        if not isinstance(error, json.JSONDecodeError):
            return self._error("it is nested too deeply")
        placed = _placed(self._text, error, line)
        placed.column += column - 1 if placed.line == line else 0
        return placed


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _placed(text: str, error: Exception, first_line: int) -> JsonTextError:
    if isinstance(error, json.JSONDecodeError):
        return JsonTextError(first_line + error.lineno - 1, error.colno, _reason(error.msg, text, error.pos))
    return JsonTextError(first_line, 1, "it is nested too deeply")


def _reason(message: str, text: str, at: int) -> str:
    """What is wrong, in the words of someone who did not write a JSON parser."""
    if at >= len(text.rstrip()):
        return "the text ends too early"
    message = message[:1].lower() + message[1:]
    return message.removesuffix(" starting at").removesuffix(" at")
