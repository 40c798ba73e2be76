"""How tall a tree is, and room on Python's stack for those who walk down a tall one by recursion.

Nearly every query is less than 30 nodes tall. The few that are taller, up to the parser's limit, would run into Python's own
limit of 1,000 frames in a pass that takes several frames a level, so such a pass runs inside `room_for(query)`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kqlpy.syntax import ast

__all__ = ["MAX_HEIGHT", "MAX_OPERATORS", "first_too_deep", "first_too_long", "height", "room_for"]

MAX_HEIGHT = 500
"""Nodes on the longest way from the root of a tree to a leaf."""
MAX_OPERATORS = 2_000
"""Operators, of all pipelines of a text together: each of them may be an input of the next."""
_FRAMES_PER_LEVEL = 12
_LOW_ENOUGH = 40


def height(node: ast.Node) -> int:
    """Nodes on the longest way from this one to a leaf."""
    return max(level for _, level in _levels(node))


def first_too_deep(node: ast.Node) -> ast.Node | None:
    """A node that lies deeper than `MAX_HEIGHT`, or None."""
    return next((found for found, level in _levels(node) if level > MAX_HEIGHT), None)


def first_too_long(node: ast.Node) -> ast.Node | None:
    """The operator, in the order of the text, that is one more than `MAX_OPERATORS`, or None."""
    operators = [found for found, _ in _levels(node) if isinstance(found, ast.Operator)]
    if len(operators) <= MAX_OPERATORS:
        return None
    return sorted(operators, key=lambda operator: operator.span.start)[MAX_OPERATORS]


def _levels(node: ast.Node) -> Iterator[tuple[ast.Node, int]]:
    waiting = [(node, 1)]
    while waiting:
        node, level = waiting.pop()
        yield node, level
        for name in node.__dataclass_fields__:
            child = getattr(node, name)
            items = child if isinstance(child, tuple) else (child,)
            waiting.extend((item, level + 1) for item in items if isinstance(item, ast.Node))


class _Limit:
    """Python's recursion limit, raised while anybody needs it: there is one for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._usual = 0

    def raise_by(self, frames: int) -> None:
        with self._lock:
            if self._users == 0:
                self._usual = sys.getrecursionlimit()
            self._users += 1
            sys.setrecursionlimit(max(sys.getrecursionlimit(), self._usual + frames))

    def give_back(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                sys.setrecursionlimit(self._usual)


_LIMIT = _Limit()


@contextmanager
def room_for(node: ast.Node) -> Iterator[None]:
    """Allow recursion down the whole tree inside the block; Python's limit is as before when the last block ends."""
    levels = list(_levels(node))
    tall = max(level for _, level in levels) + sum(isinstance(found, ast.Operator) for found, _ in levels)
    if tall <= _LOW_ENOUGH:
        yield
        return
    _LIMIT.raise_by(tall * _FRAMES_PER_LEVEL)
    try:
        yield
    finally:
        _LIMIT.give_back()
