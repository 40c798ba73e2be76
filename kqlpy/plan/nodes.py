"""The protocol of logical plan nodes.

A node is frozen data: its inputs, its bound expressions and its schema. Each operator's room defines its own node class. What the optimizer
must know of a node, the node says itself: which input columns it needs for given output columns (`need`), how it looks without the unused ones
(`prune`), and whether rows keep their order (`keeps_order`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Self

from kqlpy.schema import Schema
from kqlpy.source import Span

__all__ = ["Plan", "RowsPlan", "SharedScan", "UnaryPlan", "walk_plan"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """A node that yields rows of `schema`. Compared by identity: a let that is used twice is the same node twice."""

    schema: Schema
    span: Span | None = field(default=None, repr=False)

    #: rows leave in the order in which they come (so an ordered input stays ordered)
    keeps_order: ClassVar[bool] = False
    #: rows leave in an order that window functions may rely on, whatever the input (sort, range ...)
    makes_order: ClassVar[bool] = False

    def inputs(self) -> tuple[Plan, ...]:
        """The plans that this one reads."""
        return ()

    def with_inputs(self, inputs: tuple[Plan, ...]) -> Plan:
        """The same node over other inputs."""
        return self

    def over(self, inputs: tuple[Plan, ...]) -> Plan:
        """The node over these inputs; itself when they are its own."""
        return self if all(new is old for new, old in zip(inputs, self.inputs(), strict=True)) else self.with_inputs(inputs)

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """For each input, the columns it must give so that this node can give `wanted`."""
        return tuple(frozenset(i.schema.names) for i in self.inputs())

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The same node without work for columns outside `wanted`; it may still give more than `wanted`."""
        return self

    def narrowed(self, wanted: frozenset[str]) -> Self:
        """The same node giving only the wanted columns; what `prune` mostly is."""
        return replace(self, schema=self.schema.only(wanted))

    @cached_property
    def serialized(self) -> bool:
        """True when rows have an order that `prev`, `row_number` and their kin may use."""
        if self.makes_order:
            return True
        return self.keeps_order and all(i.serialized for i in self.inputs())

    def details(self) -> str:
        """One line for `explain`: what the node does beyond its name."""
        return ""


@dataclass(frozen=True, kw_only=True, eq=False)
class UnaryPlan(Plan):
    """A node over one input."""

    input: Plan

    def inputs(self) -> tuple[Plan, ...]:
        """The one input."""
        return (self.input,)

    def with_inputs(self, inputs: tuple[Plan, ...]) -> Plan:
        """The same node over another input."""
        return replace(self, input=inputs[0])


@dataclass(frozen=True, kw_only=True, eq=False)
class RowsPlan(UnaryPlan):
    """A node that gives rows of its input as they are: some of them, or in another order."""

    def reads(self) -> frozenset[str]:
        """The columns by which the node decides."""
        return frozenset()

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """What is wanted, and what the node reads."""
        return (wanted | self.reads(),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns."""
        return self.narrowed(wanted)


@dataclass(frozen=True, kw_only=True, eq=False)
class SharedScan(Plan):
    """One of several readers of a tabular let or argument; all readers hold the same `shared` object.

    `name` is the let's name. `materialized` says that the text asked for one evaluation.
    """

    shared: Shared
    name: str = ""

    @cached_property
    def serialized(self) -> bool:
        """As the shared plan."""
        return self.shared.plan.serialized

    def details(self) -> str:
        """The let's name."""
        return self.name


@dataclass(eq=False)
class Shared:
    """A plan with several readers. `columns` is what all readers together need; the optimizer fills it in and replaces `plan`."""

    plan: Plan
    name: str = ""
    materialize: bool = False
    memo: dict[str, Any] = field(default_factory=dict)


def walk_plan(plan: Plan) -> Iterator[Plan]:
    """The node and all nodes under it, not entering shared plans."""
    stack = [plan]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.inputs()))
