"""Pieces nested by their brackets, with the width that each takes on one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kqlpy.format.pieces import Piece

__all__ = ["Bracket", "Node", "WIDE", "first", "flat", "has", "last", "nested", "split", "width"]

WIDE = 1_000_000
"""The width of what cannot stand on one line."""


@dataclass(slots=True)
class Bracket:
    """What stands between two brackets."""

    open: Piece
    items: list[Node] = field(default_factory=list)
    close: Piece | None = None
    inner: int = -1


Node = Piece | Bracket


def nested(pieces: Iterable[Piece]) -> list[Node]:
    """The pieces as a tree of brackets. Piece lists come from parsed texts, whose brackets match."""
    top: list[Node] = []
    stack: list[Bracket] = []
    for piece in pieces:
        into = stack[-1].items if stack else top
        if piece.text in ("(", "[", "{"):
            stack.append(Bracket(piece))
            into.append(stack[-1])
        elif piece.text in (")", "]", "}"):
            stack.pop().close = piece
        else:
            into.append(piece)
    return top


def split(nodes: list[Node], *terminals: str) -> list[list[Node]]:
    """The nodes divided before each piece of these terminals, but for one at the very beginning."""
    parts: list[list[Node]] = [[]]
    for node in nodes:
        if isinstance(node, Piece) and node.terminal in terminals and parts[-1]:
            parts.append([])
        parts[-1].append(node)
    return parts


def has(nodes: list[Node], *terminals: str) -> bool:
    """True when one of these terminals stands among the nodes, outside of brackets."""
    return any(isinstance(node, Piece) and node.terminal in terminals for node in nodes)


def first(node: Node) -> Piece:
    """The first piece of a node."""
    return node if isinstance(node, Piece) else node.open


def last(node: Node) -> Piece:
    """The last piece of a node."""
    if isinstance(node, Piece):
        return node
    assert node.close is not None
    return node.close


def width(nodes: list[Node]) -> int:
    """Characters that the nodes take on one line, `WIDE` when comments or their kind ask for several lines."""
    total = 0
    for index, node in enumerate(nodes):
        if (index and first(node).before) or (index < len(nodes) - 1 and last(node).after):
            return WIDE
        total += _width(node) + first(node).space
        if total >= WIDE:
            return WIDE
    return total


def _width(node: Node) -> int:
    if isinstance(node, Piece):
        return WIDE if "\n" in node.text else len(node.text)
    if node.inner < 0:
        node.inner = _inner(node)
    return node.inner


def _inner(node: Bracket) -> int:
    assert node.close is not None
    pipes = sum(1 for item in node.items if isinstance(item, Piece) and item.terminal == "VBAR")
    steps = has(node.items, "SEMICOLON")
    if pipes > 1 or steps or (pipes and node.open.text == "{") or node.open.after or node.close.before:
        return WIDE
    if node.items and (first(node.items[0]).before or last(node.items[-1]).after):
        return WIDE
    return min(WIDE, 2 + width(node.items) + node.close.space)


def flat(nodes: list[Node]) -> Iterable[Piece]:
    """All pieces in order."""
    for node in nodes:
        if isinstance(node, Piece):
            yield node
        else:
            yield node.open
            yield from flat(node.items)
            assert node.close is not None
            yield node.close
