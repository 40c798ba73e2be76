"""join and lookup: rows of two tables matched by equal keys; nulls and empty strings match each other.

The right side is read whole and its keys are indexed; the left side streams past. Only equality conditions exist.

https://learn.microsoft.com/kusto/query/join-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.absent import absent, settled
from kqlpy.binding.context import Context
from kqlpy.binding.naming import free_name
from kqlpy.binding.overloads import common_type
from kqlpy.binding.scalars import convert_to
from kqlpy.engine.batch import Batch
from kqlpy.engine.keys import KeyIndex, missing_rows
from kqlpy.operators import lower, operator
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import ColumnRef, Expression, columns_of
from kqlpy.plan.nodes import Plan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Join", "bind_conditions"]

KINDS = {
    "inner": "inner", "innerunique": "innerunique", "leftouter": "leftouter", "rightouter": "rightouter", "fullouter": "fullouter",
    "leftsemi": "leftsemi", "rightsemi": "rightsemi", "leftanti": "leftanti", "anti": "leftanti", "leftantisemi": "leftanti",
    "rightanti": "rightanti", "rightantisemi": "rightanti",
}  # fmt: skip
LEFT_ONLY, RIGHT_ONLY = frozenset({"leftsemi", "leftanti"}), frozenset({"rightsemi", "rightanti"})
OUTPUT_ROWS = 1_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Join(Plan):
    """`left_out` and `right_out` pair each output column with the column of its side."""

    left: Plan
    right: Plan
    kind: str
    on: tuple[tuple[Expression, Expression], ...]
    left_out: tuple[tuple[str, str], ...]
    right_out: tuple[tuple[str, str], ...]
    operator: str = field(default="join")

    def inputs(self) -> tuple[Plan, ...]:
        """Left and right."""
        return (self.left, self.right)

    def with_inputs(self, inputs: tuple[Plan, ...]) -> Plan:
        """The same join of other inputs."""
        return replace(self, left=inputs[0], right=inputs[1])

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The wanted columns of each side and its keys."""
        left = {c for out, c in self.left_out if out in wanted} | columns_of(*(x for x, _ in self.on))
        right = {c for out, c in self.right_out if out in wanted} | columns_of(*(y for _, y in self.on))
        return (frozenset(left), frozenset(right))

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns of both sides."""
        left = tuple(p for p in self.left_out if p[0] in wanted)
        right = tuple(p for p in self.right_out if p[0] in wanted)
        schema = self.schema.only(wanted)
        return replace(self, left_out=left, right_out=right, schema=schema)

    def details(self) -> str:
        """Kind and conditions."""
        return f"kind={self.kind} on {', '.join(f'{show(x)} == {show(y)}' for x, y in self.on)}"


# ---------------------------------------------------------------- binding


@operator(ast.Join)
def bind(node: ast.Join, plan: Plan, binder: Binder) -> Plan:
    """Right columns that clash get a digit; semi and anti joins keep one side."""
    right = binder.bind_table(node.right)
    kind = _kind(binder, node.params, "innerunique", KINDS)
    on = bind_conditions(binder, node.on, plan, right, node)
    return join_plan(plan, right, kind, on, node)


@operator(ast.Lookup)
def bind_lookup(node: ast.Lookup, plan: Plan, binder: Binder) -> Plan:
    """A leftouter (or inner) join that leaves out the right side's keys."""
    right = binder.bind_table(node.right)
    kind = _kind(binder, node.params, "leftouter", {"leftouter": "leftouter", "inner": "inner"})
    on = bind_conditions(binder, node.on, plan, right, node)
    dropped = {y.name for _, y in on if isinstance(y, ColumnRef)} | {y_column for _, y in on for y_column in columns_of(y)}
    return join_plan(plan, right, kind, on, node, dropped=frozenset(dropped), word="lookup")


def _kind(binder: Binder, params: tuple[ast.Param, ...], default: str, kinds: dict[str, str]) -> str:
    for param in params:
        if param.name != "kind":
            continue
        word = param.value.name if isinstance(param.value, ast.Name) else str(getattr(param.value, "value", ""))
        if word.lower() in kinds:
            return kinds[word.lower()]
        binder.report(messages.unknown_name(word, param.span, kinds, "kind of join"))
    return default


def join_plan(
    left: Plan,
    right: Plan,
    kind: str,
    on: list[tuple[Expression, Expression]],
    node: ast.Node,
    dropped: frozenset[str] = frozenset(),
    word: str = "join",
) -> Plan:
    """A join with its output columns named."""
    left_out = [(c.name, c.name) for c in left.schema] if kind not in RIGHT_ONLY else []
    right_out: list[tuple[str, str]] = []
    if kind not in LEFT_ONLY:
        kept = [c.name for c in right.schema if c.name not in dropped]
        left_names = {n for n, _ in left_out}
        used = left_names | set(kept)
        for own in kept:
            name = free_name(own, used) if own in left_names else own
            used.add(name)
            right_out.append((name, own))
    columns = [Column(n, left.schema.by_name[c]) for n, c in left_out] + [Column(n, right.schema.by_name[c]) for n, c in right_out]
    schema = Schema(tuple(columns), left.schema.open or right.schema.open)
    return Join(
        left=left, right=right, kind=kind, on=tuple(on), left_out=tuple(left_out), right_out=tuple(right_out),
        schema=schema, span=node.span, operator=word,
    )  # fmt: skip


def bind_conditions(
    binder: Binder, conditions: tuple[ast.Expr, ...], left: Plan, right: Plan, node: ast.Node
) -> list[tuple[Expression, Expression]]:
    """Pairs of key expressions of the same type."""
    pairs: list[tuple[Expression, Expression]] = []
    for condition in conditions:
        pairs.extend(_condition(binder, condition, left, right))
    if not conditions:
        binder.report(messages.type_expected("a condition `on ...`", Type.UNKNOWN, node.span))
    return [_same_type(binder, x, y, c) for (x, y), c in zip(pairs, conditions if len(conditions) == len(pairs) else [node] * len(pairs), strict=True)]


def _condition(binder: Binder, node: ast.Node, left: Plan, right: Plan) -> list[tuple[Expression, Expression]]:
    context = Context(left.schema, right=right.schema)
    match node:
        case ast.Paren(inner):
            return _condition(binder, inner, left, right)
        case ast.Binary("and", first, second):
            return [*_condition(binder, first, left, right), *_condition(binder, second, left, right)]
        case ast.Name(name):
            return [(_column(binder, name, left.schema, node), _column(binder, name, right.schema, node))]
        case ast.Binary("==", ast.Member(ast.Side("left"), _) as first, ast.Member(ast.Side("right"), _) as second):
            return [(binder.expression(first, context), binder.expression(second, context))]
        case _:
            binder.report(messages.join_condition(node.span))
            return []


def _column(binder: Binder, name: str, schema: Schema, node: ast.Node) -> Expression:
    if name in schema:
        return ColumnRef(name=name, type=schema.by_name[name], span=node.span)
    return absent(binder, name, node.span) if schema.open else binder.report(messages.unknown_column(name, node.span, schema.names))


def _same_type(binder: Binder, left: Expression, right: Expression, node: ast.Node) -> tuple[Expression, Expression]:
    left = settled(binder, left, Type.STRING if right.type is Type.UNKNOWN else right.type)
    right = settled(binder, right, left.type)
    types = {left.type, right.type}
    if Type.UNKNOWN in types:
        return left, right
    shared = common_type([left.type, right.type])
    if shared is None or Type.DYNAMIC in types:
        binder.report(messages.join_types(left.type, right.type, node.span))
        return left, right
    return convert_to(binder, left, shared), convert_to(binder, right, shared)


# ---------------------------------------------------------------- running


@lower(Join)
def run(plan: Join, executor: Executor) -> Iterator[Batch]:
    """Index the right side, then stream the left."""
    executor.prepare([e for pair in plan.on for e in pair])
    right = executor.table(plan.right, plan.operator)
    frame = executor.evaluator.frame(right)
    index = KeyIndex([frame.column(y) for _, y in plan.on], right.rows)
    executor.budget.charge(plan.operator, index.nbytes)
    probe = _Probe(plan, executor, right, index)
    if plan.kind == "innerunique":
        seen = np.zeros(index.count, np.bool_)
        for batch, ids in executor.stream(plan.left, lambda b: (b, probe.match(b))):
            yield from probe.pairs(*_first_of_each(batch, ids, seen))
        return
    work = {"leftsemi": probe.semi, "leftanti": probe.anti}.get(plan.kind, probe.run)
    for batches in executor.stream(plan.left, work):
        yield from batches
    yield from probe.rest()


def _first_of_each(batch: Batch, ids: np.ndarray, seen: np.ndarray) -> tuple[Batch, np.ndarray]:
    """The rows whose key was not seen before, the first of each; marks them as seen."""
    rows = np.flatnonzero(ids >= 0)
    rows = rows[~seen[ids[rows]]]
    _, first = np.unique(ids[rows], return_index=True)
    rows = rows[np.sort(first)]
    seen[ids[rows]] = True
    return batch.take(rows), ids[rows]


class _Probe:
    """The left side's work, batch by batch; pure but for the marks of matched right rows (setting one twice does no harm)."""

    def __init__(self, plan: Join, executor: Executor, right: Batch, index: KeyIndex) -> None:
        self.plan = plan
        self.executor = executor
        self.right = right
        self.index = index
        self.marks_needed = plan.kind in ("rightouter", "fullouter", "rightsemi", "rightanti")
        self.matched = np.zeros(index.count, np.bool_)

    def match(self, batch: Batch) -> np.ndarray:
        """For each row the right side's key group, or -1."""
        frame = self.executor.evaluator.frame(batch)
        return self.index.lookup([frame.column(x) for x, _ in self.plan.on], batch.rows)

    def run(self, batch: Batch) -> list[Batch]:
        """The joined rows of a batch."""
        ids = self.match(batch)
        if self.marks_needed:
            self.matched[ids[ids >= 0]] = True
        if self.plan.kind in RIGHT_ONLY:
            return []
        return self.pairs(batch, ids, outer=self.plan.kind in ("leftouter", "fullouter"))

    def semi(self, batch: Batch) -> list[Batch]:
        """Left rows with a match."""
        return [self._left(batch.filter(pa.array(self.match(batch) >= 0)))]

    def anti(self, batch: Batch) -> list[Batch]:
        """Left rows without a match."""
        return [self._left(batch.filter(pa.array(self.match(batch) < 0)))]

    def _left(self, batch: Batch) -> Batch:
        return Batch({out: batch.columns[c] for out, c in self.plan.left_out}, batch.rows)

    def pairs(self, batch: Batch, ids: np.ndarray, *, outer: bool = False) -> list[Batch]:
        """Every left row with each of its right rows; with `outer`, unmatched left rows once, beside nulls."""
        counts = np.where(ids >= 0, self.index.sizes[ids], 1 if outer else 0) if self.index.count else np.full(len(ids), int(outer))
        total = int(counts.sum())
        self.executor.budget.check_rows(self.plan.operator, total)
        if total <= OUTPUT_ROWS:
            return [self._pair_rows(batch, ids, counts, total)] if total else []
        ends = np.cumsum(counts)
        cuts = np.unique(np.searchsorted(ends, np.arange(OUTPUT_ROWS, total, OUTPUT_ROWS)) + 1)
        bounds = [0, *cuts.tolist(), len(ids)]
        out = []
        for start, stop in pairwise(bounds):
            part = counts[start:stop]
            if part.sum():
                out.append(self._pair_rows(batch.slice(start, stop - start), ids[start:stop], part, int(part.sum())))
        return out

    def _pair_rows(self, batch: Batch, ids: np.ndarray, counts: np.ndarray, total: int) -> Batch:
        left_rows = np.repeat(np.arange(len(ids)), counts)
        starts = np.where(ids >= 0, self.index.starts[ids], 0) if self.index.count else np.zeros(len(ids), np.int64)
        offsets = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        positions = np.repeat(starts, counts) + offsets
        missing = np.repeat(ids < 0, counts)
        if self.index.count:
            rows = self.index.order[np.where(missing, 0, positions)]
        else:
            rows = np.zeros(total, np.int64)
        if total == batch.rows and (counts == 1).all():
            columns = {out: batch.columns[c] for out, c in self.plan.left_out}
        else:
            at = pa.array(left_rows)
            columns = {out: batch.columns[c].take(at) for out, c in self.plan.left_out}
        at = pa.array(rows, mask=missing if missing.any() else None)
        types = self.plan.right.schema.by_name
        for out, name in self.plan.right_out:
            columns[out] = missing_rows(self.right.columns[name], at, types[name])
        return Batch(columns, total)

    def rest(self) -> Iterator[Batch]:
        """What only the end can tell: right rows that matched, or did not."""
        if not self.marks_needed:
            return
        hit = self.matched[self.index.ids] if self.index.count else np.zeros(self.right.rows, np.bool_)
        wanted = hit if self.plan.kind == "rightsemi" else ~hit
        rows = np.flatnonzero(wanted)
        if not len(rows):
            return
        part = self.right.take(rows)
        columns = {}
        nothing = pa.nulls(len(rows), pa.int64())
        for out, name in self.plan.left_out:
            type_ = self.plan.left.schema.by_name[name]
            columns[out] = missing_rows(Batch.empty(Schema.of([(name, type_)])).columns[name], nothing, type_)
        columns.update({out: part.columns[name] for out, name in self.plan.right_out})
        yield from self.executor.split(Batch(columns, len(rows)))
