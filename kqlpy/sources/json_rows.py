"""The rows of a JSON file: an array, one object a line, objects one after another, or one object that wraps the rows.

The reader here is the standard library's: it keeps how a real was written and every digit of an integer, and knows the
place of a mistake. `json.py` tries orjson first, which is faster and knows none of that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any

__all__ = ["JsonTextError", "SourceReal", "exact", "read_lines", "rows_of_text"]

_PIECE = 8 << 20


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
    number, begun = 1, [b""]  # the pieces of a line whose end is not read yet: joined once, however long it is
    while piece := stream.read(_PIECE):
        end, *lines = piece.split(b"\n")
        begun.append(end)
        if not lines:
            continue
        lines = [b"".join(begun), *lines]
        begun = [lines.pop()]
        yield [(number + at, line) for at, line in enumerate(lines) if line and not line.isspace()]
        number += len(lines)
    rest = b"".join(begun)
    if rest and not rest.isspace():
        yield [(number, rest)]


def rows_of_text(text: str) -> Iterator[tuple[int, Any]]:
    """The values of the array that the text is, or the values one after another, each with its line."""
    try:
        start = _skip(text, 0)
        yield from _elements(text, start + 1) if text[start : start + 1] == "[" else _values(text, start)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _placed(text, error, 1) from error


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _values(text: str, at: int) -> Iterator[tuple[int, Any]]:
    line, counted = 1, 0
    while at < len(text):
        line, counted = line + text.count("\n", counted, at), at
        value, at = _DECODER.raw_decode(text, at)
        yield line, value
        at = _skip(text, at)


def _elements(text: str, at: int) -> Iterator[tuple[int, Any]]:
    """The elements of the array whose first one begins behind `at`."""
    line, counted = 1, 0
    at = _skip(text, at)
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, at = _DECODER.raw_decode(text, at)
        yield line, value
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            reason = "the file ends inside the array" if at >= len(text) else "a comma or `]` is missing"
            raise json.JSONDecodeError(reason, text, at)
    at = _skip(text, at + 1)
    if at < len(text):
        raise json.JSONDecodeError("there is more text after the array", text, at)


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
