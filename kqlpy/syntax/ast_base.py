"""What every node of the syntax tree has: a span; and the kinds of node that stand for each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from kqlpy.source import Span

__all__ = ["NOWHERE", "Expr", "Node", "Operator", "Statement"]

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything that was written."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


class Expr(Node):
    """Anything that can stand where a value, a table or a name is expected."""

    __slots__ = ()


class Operator(Node):
    """A tabular operator with what stands around its keyword."""

    __slots__ = ()


class Statement(Node):
    """Something that ends with `;` or with the text."""

    __slots__ = ()
