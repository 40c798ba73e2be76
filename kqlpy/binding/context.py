"""Where an expression stands: which columns it sees and which kinds of function it may call."""

from __future__ import annotations

from dataclasses import dataclass, field

from kqlpy.schema import Schema

__all__ = ["Context", "NO_ROWS"]


@dataclass(frozen=True)
class Context:
    """The surroundings of an expression.

    `row`: the columns of the input. `right`: those of the other side in a join condition. `aggregates`, `windows`: whether such calls may stand here.
    `serialized`: whether the input has an order for window functions. `keys`: columns that `*` in an aggregate leaves out.
    """

    row: Schema = field(default_factory=Schema)
    right: Schema | None = None
    aggregates: bool = False
    windows: bool = False
    serialized: bool = False
    keys: frozenset[str] = frozenset()


NO_ROWS = Context()
