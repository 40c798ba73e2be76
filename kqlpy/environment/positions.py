"""Spans of several texts in one numbering, so that an error in a stored function is told in its own file.

The query's text has the offsets from 0. Each stored function gets a stretch of offsets of its own far above them, and its tree is
moved there; the stretch that a span lies in tells its text.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar

from kqlpy.errors import KqlError
from kqlpy.source import Source, Span

__all__ = ["SourceMap", "shift"]

_FIRST = 1 << 40
_T = TypeVar("_T")


class SourceMap:
    """The texts of stored functions, each with its stretch of offsets."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._sources: list[Source] = []
        self._next = _FIRST
        self._lock = Lock()

    def place(self, source: Source) -> int:
        """A new stretch for a text: the offset of its first character."""
        with self._lock:
            start = self._next
            self._next += len(source.text) + 2
            self._starts.append(start)
            self._sources.append(source)
        return start

    def locate(self, error: KqlError) -> KqlError:
        """The error, with each part of it that lies in a stored function told there."""
        for one in error.errors:
            if one.source is None and one.span is not None and one.span.start >= _FIRST:
                index = bisect_right(self._starts, one.span.start) - 1
                start = self._starts[index]
                one.source = self._sources[index]
                one.span = Span(one.span.start - start, max(one.span.end, one.span.start) - start)
        return error


def shift(tree: _T, offset: int) -> _T:
    """The same tree with all its spans moved. It is changed in place: only for one that was just parsed."""
    stack: list[Any] = [tree]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, tuple | list):
            stack.extend(node)
        elif is_dataclass(node) and id(node) not in seen:
            seen.add(id(node))
            for field in fields(node):
                value = getattr(node, field.name)
                if isinstance(value, Span):
                    object.__setattr__(node, field.name, Span(value.start + offset, value.end + offset))
                else:
                    stack.append(value)
    return tree
