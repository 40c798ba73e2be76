"""Improves a bound plan: one reader's lets are inlined, unused columns dropped, filters told to scans, sort and take joined, wide columns read late.

Plans are never changed in place: the result is new, so that a plan whose first part has run can still be bound further. Sub-queries
inside expressions are improved too; since expressions keep pointing at the plan that was bound, the result lists the improved ones by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from typing import Any

from kqlpy.operators.extend import Extend
from kqlpy.operators.project import Project
from kqlpy.operators.scan import Scan
from kqlpy.operators.sort import Sort, Take
from kqlpy.operators.union import Leg, Union
from kqlpy.operators.where import Where
from kqlpy.plan.expressions import Apply, ColumnRef, Constant, Expression, ListQuery, Membership, ScalarQuery, parts_of, rewrite
from kqlpy.plan.late import read_late
from kqlpy.plan.left_rows import choose_left_rows
from kqlpy.plan.nodes import Plan, Shared, SharedScan
from kqlpy.sources.table import Predicate

__all__ = ["Optimized", "expressions_of", "optimize", "subqueries", "with_subqueries"]


@dataclass(frozen=True)
class Optimized:
    """An improved plan and, for each sub-query inside its expressions, the improved one (by the identity of the bound one)."""

    plan: Plan
    queries: dict[int, Plan] = field(default_factory=dict)


def optimize(plan: Plan) -> Optimized:
    """The plan, doing less for the same rows."""
    return _Optimizer(plan).run()


def expressions_of(plan: Plan) -> Iterator[Expression]:
    """The bound expressions that a node holds itself."""
    found: list[Expression] = []
    node: Any = plan
    for name in _part_names(node.__class__):
        _collect(getattr(node, name), found)
    return iter(found)


def _collect(value: Any, found: list[Expression]) -> None:
    if isinstance(value, Expression):
        found.append(value)
    elif isinstance(value, tuple):
        for item in value:
            if type(item) is not str:
                _collect(item, found)
    elif not isinstance(value, Plan):
        for name in _part_names(value.__class__):
            _collect(getattr(value, name), found)


@cache
def _part_names(kind: type) -> tuple[str, ...]:
    """The fields of a class that may hold expressions: those of a node, but for its schema and input, and of the slotted parts of one."""
    if issubclass(kind, Plan):
        return tuple(f.name for f in fields(kind) if f.name not in ("schema", "span", "input"))
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) and hasattr(kind, "__slots__") else ()


def subqueries(plan: Plan) -> Iterator[Plan]:
    """The plans inside the expressions of a node."""
    for part in parts_of(*expressions_of(plan)):
        if isinstance(part, ScalarQuery | ListQuery):
            yield part.plan


def with_subqueries(plan: Plan, change: Callable[[ScalarQuery | ListQuery], Expression]) -> Plan:
    """The node with the sub-queries inside its expressions replaced."""
    own = (f.name for f in fields(plan) if f.name not in ("schema", "span", "input"))
    return replace(plan, **{name: _replaced(getattr(plan, name), change) for name in own})


def _replaced(value: Any, change: Callable[[ScalarQuery | ListQuery], Expression]) -> Any:
    if isinstance(value, Expression):
        return rewrite(value, lambda e: change(e) if isinstance(e, ScalarQuery | ListQuery) else None)
    if isinstance(value, tuple):
        return tuple(_replaced(item, change) for item in value)
    if is_dataclass(value) and not isinstance(value, Plan | type) and hasattr(type(value), "__slots__"):
        return replace(value, **{f.name: _replaced(getattr(value, f.name), change) for f in fields(value)})
    return value


class _Optimizer:
    def __init__(self, root: Plan) -> None:
        self.root = root
        self.readers: dict[int, int] = {}
        self.order: list[Shared] = []
        self.kept: dict[int, Shared] = {}
        self.wanted: dict[int, set[str]] = {}
        self.queries: dict[int, Plan] = {}
        self._count(root, set())

    def run(self) -> Optimized:
        plan = self._whole(self.root, frozenset(self.root.schema.names))
        for shared in reversed(self.order):
            new = self.kept.get(id(shared))
            if new is not None:
                new.plan = self._whole(shared.plan, frozenset(self.wanted[id(shared)]))
        return Optimized(plan, self.queries)

    def _count(self, plan: Plan, seen: set[int]) -> None:
        """Count the readers of each shared plan; `order` lists producers before consumers."""
        stack: list[tuple[Plan, Shared | None]] = [(plan, None)]
        while stack:
            node, done = stack.pop()
            if done is not None:
                self.order.append(done)
                continue
            if isinstance(node, SharedScan):
                key = id(node.shared)
                self.readers[key] = self.readers.get(key, 0) + 1
                if key not in seen:
                    seen.add(key)
                    stack.append((node, node.shared))
                    stack.append((node.shared.plan, None))
                continue
            stack.extend((child, None) for child in (*node.inputs(), *subqueries(node)))

    def _whole(self, plan: Plan, wanted: frozenset[str]) -> Plan:
        """A plan that no other reads, optimized."""
        return _tell(read_late(self._rewrite(choose_left_rows(plan, self._only_reader), wanted)))

    def _rewrite(self, plan: Plan, wanted: frozenset[str]) -> Plan:
        if isinstance(plan, SharedScan):
            return self._reader(plan, wanted)
        plan = _top(plan)
        pruned = plan.prune(wanted)
        if any(pruned is i for i in plan.inputs()):
            return self._rewrite(pruned, wanted)
        for query in subqueries(pruned):
            if id(query) not in self.queries:
                self.queries[id(query)] = query
                self.queries[id(query)] = self._whole(query, frozenset(query.schema.names[:1]))
        needs = pruned.need(wanted)
        inputs = tuple(self._rewrite(i, n) for i, n in zip(pruned.inputs(), needs, strict=True))
        result = pruned.with_inputs(inputs) if inputs else pruned
        if isinstance(result, Take) and isinstance(result.count, Constant) and isinstance(result.count.value, int):
            result = replace(result, input=_limit(result.input, result.count.value))
        return result

    def _only_reader(self, plan: SharedScan) -> bool:
        return self.readers[id(plan.shared)] == 1

    def _reader(self, plan: SharedScan, wanted: frozenset[str]) -> Plan:
        key = id(plan.shared)
        if self._only_reader(plan):
            return self._rewrite(plan.shared.plan, wanted)
        if key not in self.kept:
            self.kept[key] = Shared(plan.shared.plan, plan.shared.name, plan.shared.materialize)
            self.wanted[key] = set()
        self.wanted[key] |= wanted
        return replace(plan, shared=self.kept[key], schema=plan.schema.only(wanted))


def _top(plan: Plan) -> Plan:
    """`sort | take n` keeps n rows while sorting."""
    if isinstance(plan, Take) and isinstance(plan.input, Sort) and plan.input.limit is None:
        return replace(plan.input, limit=plan.count)
    return plan


def _limit(plan: Plan, rows: int) -> Plan:
    """Tell a scan under row-keeping nodes how many rows are needed."""
    match plan:
        case Scan():
            return replace(plan, limit=rows)
        case Extend() | Project():
            return replace(plan, input=_limit(plan.input, rows))
        case _:
            return plan


# ---------------------------------------------------------------- predicates for scans


def _tell(plan: Plan, predicates: tuple[Predicate, ...] = ()) -> Plan:
    """Give the simple conditions of the filters to the scans below, as hints for skipping: `predicates` are those of the filters above."""
    match plan:
        case Scan():
            names = {c.name for c in plan.table.schema}
            known = tuple(p for p in predicates if p.column in names)
            return replace(plan, predicates=(*plan.predicates, *known)) if known else plan
        case Where():
            return replace(plan, input=_tell(plan.input, (*_predicates(plan.predicate), *predicates)))
        case Extend():
            own = {n for n, _ in plan.items}
            return replace(plan, input=_tell(plan.input, tuple(p for p in predicates if p.column not in own)))
        case Project():
            sources = {n: e.name for n, e in plan.items if isinstance(e, ColumnRef)}
            renamed = tuple(replace(p, column=sources[p.column]) for p in predicates if p.column in sources)
            return replace(plan, input=_tell(plan.input, renamed))
        case Union():
            return replace(plan, legs=tuple(_tell_leg(leg, predicates) for leg in plan.legs))
        case _:
            return plan.over(tuple(_tell(i) for i in plan.inputs()))


def _tell_leg(leg: Leg, predicates: tuple[Predicate, ...]) -> Leg:
    own = dict(leg.columns)
    return replace(leg, plan=_tell(leg.plan, tuple(replace(p, column=own[p.column]) for p in predicates if p.column in own)))


_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def _predicates(expr: Expression) -> Iterator[Predicate]:
    """Conditions `column op constant` that a row must meet for the expression to be true."""
    match expr:
        case Apply(function="and", args=args):
            for arg in args:
                yield from _predicates(arg)
        case Apply(function=op, args=(ColumnRef(name=name), Constant(value=value))) if op in _MIRROR and value is not None:
            yield Predicate(name, op, value)
        case Apply(function=op, args=(Constant(value=value), ColumnRef(name=name))) if op in _MIRROR and value is not None:
            yield Predicate(name, _MIRROR[op], value)
        case Apply(function="between", args=(ColumnRef(name=name), Constant(value=low), Constant(value=high))):
            if low is not None and high is not None:
                yield Predicate(name, ">=", low)
                yield Predicate(name, "<=", high)
        case Membership(op="in", left=ColumnRef(name=name, type=type_), items=items):
            if all(isinstance(i, Constant) and i.type is type_ and i.value is not None for i in items):
                yield Predicate(name, "in", tuple(i.value for i in items if isinstance(i, Constant)))
