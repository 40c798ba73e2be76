"""scan: follows sequences of rows through steps, each with a condition over the row and the rows that matched before.

Every step k keeps a state: for the steps up to k, the last row of the sequence that matched them. A row is offered to the steps from the last to the first.
It matches step k with the state of step k-1 (the sequence moves on: its state becomes that of step k) or else with the state of step k itself
(the sequence stays); the first step also matches without any state and so begins a sequence.

Rows depend on the rows before, so the work goes row by row; what conditions and assignments compute from the row alone is computed for all rows at once, and
the sequences of different partitions are followed side by side, one row of each at a time.

https://learn.microsoft.com/kusto/query/scan-operator
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.engine.batch import Batch, concat_arrays
from kqlpy.engine.evaluate import as_text, broadcast
from kqlpy.engine.groups import group, stable_order
from kqlpy.operators import lower
from kqlpy.operators.grouped import GroupStep, grouped, ids_of, places
from kqlpy.operators.sort import Key, sort_indices
from kqlpy.plan.expressions import ColumnRef, Constant, Expression, columns_of, rewrite
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Schema
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.engine.executor import Executor

__all__ = ["ScanSteps", "Step", "state_name"]

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
#: a column of the row that last matched a step: (number of the step, name)
Held = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what a row must meet, what it is assigned, and which of the matching rows are given: all, last (of a series of matches) or none."""

    name: str
    condition: Expression
    assignments: tuple[tuple[str, Expression], ...]
    output: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ScanSteps(UnaryPlan):
    """`declared` gives the added columns with their defaults; `held` the columns of matched rows that expressions read, under `state_name`."""

    steps: tuple[Step, ...]
    declared: tuple[tuple[str, Expression], ...]
    held: tuple[tuple[Held, Type], ...]
    match_id: str | None = None
    by: tuple[Expression, ...] = ()
    keys: tuple[Key, ...] = ()
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """All columns that are wanted, held or read."""
        read = columns_of(*self.by, *(k.expr for k in self.keys))
        for step in self.steps:
            read |= columns_of(step.condition, *(e for _, e in step.assignments))
        read |= {name for (_, name), _ in self.held}
        return (frozenset((wanted | read) & self.input.schema.by_name.keys()),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns."""
        return self.narrowed(wanted)

    def details(self) -> str:
        """The steps."""
        return ", ".join(s.name for s in self.steps)


def state_name(held: Held) -> str:
    """The name under which expressions read a column of a matched row."""
    return f"\x00step{held[0]}.{held[1]}"


# ---------------------------------------------------------------- running


@lower(ScanSteps)
def run(plan: ScanSteps, executor: Executor) -> Iterator[Batch]:
    """All rows are needed at once."""
    scan = _Scan(plan, executor)
    whole = executor.table(plan.input, "scan")
    frame = executor.evaluator.frame(whole)
    ids = group([frame.column(e) for e in plan.by], whole.rows).ids if plan.by else np.zeros(whole.rows, np.int64)
    if plan.keys and whole.rows > 1:
        order = sort_indices([(frame.column(k.expr), k) for k in plan.keys]).to_numpy(zero_copy_only=False).astype(np.int64)
        whole, ids = whole.take(order), ids[order]
    count = int(ids.max()) + 1 if len(ids) else 0
    if plan.by:
        order = stable_order(ids, count)
        whole, ids = whole.take(order), ids[order]
    result, _ = scan.follow(whole, ids, count)
    yield from executor.split(result)


@grouped(ScanSteps)
def _grouped(plan: ScanSteps, name: str, executor: Executor) -> GroupStep | None:
    """Each group is a partition."""
    if plan.by or plan.keys:
        return None
    scan = _Scan(plan, executor)

    def step(batch: Batch, count: int) -> Batch:
        result, ids = scan.follow(batch, ids_of(batch, name), count)
        return result.with_columns({name: pa.array(ids)})

    return step


class _Scan:
    """The expressions of one scan, divided into what is computed from the row alone and what reads the state."""

    def __init__(self, plan: ScanSteps, executor: Executor) -> None:
        self.plan = plan
        self.executor = executor
        self.alone: list[Expression] = []
        self.steps = [
            replace(s, condition=self._divide(s.condition), assignments=tuple((n, self._divide(e)) for n, e in s.assignments)) for s in plan.steps
        ]
        executor.prepare([*self.alone, *plan.by, *(k.expr for k in plan.keys), *(e for _, e in plan.declared)])
        executor.prepare([e for s in self.steps for e in (s.condition, *(a for _, a in s.assignments))])
        self.defaults = {n: storage.scalar(executor.constant(e), e.type) for n, e in plan.declared}

    def _divide(self, expr: Expression) -> Expression:
        """The expression with its largest parts that read no state replaced by columns computed beforehand."""
        state = {state_name(h) for h, _ in self.plan.held}

        def change(part: Expression) -> Expression | None:
            if isinstance(part, ColumnRef | Constant):
                return part
            if columns_of(part) & state:
                return None
            self.alone.append(part)
            return ColumnRef(name=f"\x00alone{len(self.alone) - 1}", type=part.type)

        return rewrite(expr, change)

    def follow(self, batch: Batch, ids: Ints, count: int) -> tuple[Batch, Ints]:
        """The matching rows of each group (rows of a group stand together), and their groups."""
        frame = self.executor.evaluator.frame(batch)
        columns = {n: storage.plain(as_text(c)) for n, c in batch.columns.items()}
        columns.update({f"\x00alone{i}": storage.plain(as_text(frame.column(e))) for i, e in enumerate(self.alone)})
        # Rows are ordered by their place in their group; groups by size, so that those with an n-th row are the first ones.
        rank = np.empty(count, np.int64)
        rank[np.argsort(-np.bincount(ids, minlength=count), kind="stable")] = np.arange(count)
        place = places(ids)
        order = np.lexsort((rank[ids], place))
        walk = _Walk(self, Batch(columns, batch.rows).take(order), count)
        start = 0
        for width in np.bincount(place).tolist():
            self.executor.budget.check_time()
            walk.advance(start, width)
            start += width
        walk.finish()
        return walk.results(ids[order])


@dataclass
class _State:
    """The state of one step: for each group whether a sequence has got there, its number, and the columns held of its rows."""

    active: Mask
    match: Ints
    held: dict[Held, pa.Array]
    pending: Ints
    """With `output=last`: the record that waits for the end of its series, -1 for none."""


class _Walk:
    """One pass over rows that are ordered by place; `advance` takes the rows of the next place."""

    def __init__(self, scan: _Scan, batch: Batch, count: int) -> None:
        self.scan = scan
        self.batch = batch
        self.steps = scan.steps
        self.begun = np.zeros(count, np.int64)
        self.types = dict(scan.plan.held)
        self.nothing = {h: self._empty(h, count) for h in self.types}
        self.states = [
            _State(np.zeros(count, np.bool_), np.zeros(count, np.int64), dict(self.nothing), np.full(count, -1, np.int64)) for _ in self.steps
        ]
        self.records: list[tuple[Ints, Mapping[str, pa.Array], Ints]] = []
        self.record_count = 0
        self.given: list[Ints] = []

    def _empty(self, held: Held, count: int) -> pa.Array:
        """What a step that no row has matched shows: the default of a declared column, else null."""
        value = self.scan.defaults.get(held[1])
        return storage.nulls(count, self.types[held]) if value is None else storage.plain(broadcast(value, count, self.types[held]))

    # ------------------------------------------------------------ one row of each group

    def advance(self, start: int, width: int) -> None:
        """Offer rows `start ..` (of the groups 0 .. width - 1) to the steps."""
        rows = self.batch.slice(start, width)
        for number in reversed(range(len(self.steps))):
            moved = self._move(number, rows, start)
            self._stay(number, rows, start, moved)

    def _move(self, number: int, rows: Batch, start: int) -> Mask:
        """Rows that match with the state of the step before take its place."""
        if not number:
            return np.zeros(rows.rows, np.bool_)
        before, state = self.states[number - 1], self.states[number]
        ready = before.active[: rows.rows]
        if not ready.any():
            return np.zeros(rows.rows, np.bool_)
        seen = {h: self.nothing[h] if h[0] >= number else a for h, a in before.held.items()}
        matched = self._holds(number, rows, seen) & ready
        if not matched.any():
            return matched
        self._flush(number, matched)
        self._flush(number - 1, matched)
        at = slice(0, rows.rows)
        for held in state.held:
            state.held[held] = self._put(state.held[held], seen[held].slice(0, rows.rows), matched)
        state.match[at][matched] = before.match[at][matched]
        state.active[at] |= matched
        before.active[at] &= ~matched
        for held in before.held:
            before.held[held] = self._put(before.held[held], self.nothing[held].slice(0, rows.rows), matched)
        self._record(number, rows, start, matched)
        return matched

    def _stay(self, number: int, rows: Batch, start: int, moved: Mask) -> None:
        """Rows that match with the state of the step itself, or begin a sequence."""
        state = self.states[number]
        active = state.active[: rows.rows]
        ready = ~moved & (active if number else np.True_)
        if not ready.any():
            return
        matched = self._holds(number, rows, state.held) & ready
        if not matched.any():
            return
        fresh = matched & ~active
        state.match[: rows.rows][fresh] = self.begun[: rows.rows][fresh]
        self.begun[: rows.rows] += fresh
        active |= matched
        self._record(number, rows, start, matched)

    def _frame(self, rows: Batch, held: Mapping[Held, pa.Array]) -> Any:
        seen = {state_name(h): a.slice(0, rows.rows) for h, a in held.items()}
        return self.scan.executor.evaluator.frame(rows.with_columns(seen))

    def _holds(self, number: int, rows: Batch, held: Mapping[Held, pa.Array]) -> Mask:
        condition = self.steps[number].condition
        if isinstance(condition, Constant):
            return np.full(rows.rows, condition.value is True)
        mask: Mask = pc.fill_null(self._frame(rows, held).mask(condition), False).to_numpy(zero_copy_only=False)
        return mask

    def _record(self, number: int, rows: Batch, start: int, matched: Mask) -> None:
        """Compute the assignments of matched rows, hold the rows, and give or keep them."""
        step, state = self.steps[number], self.states[number]
        frame = self._frame(rows, state.held) if step.assignments else None
        assigned = {n: storage.plain(as_text(frame.column(e))) for n, e in step.assignments} if frame is not None else {}
        for held in state.held:
            if held[0] == number:
                state.held[held] = self._put(state.held[held], self._value(held, rows, assigned), matched)
        if step.output == "none":
            return
        at = np.flatnonzero(matched)
        kept = pa.array(at)
        self.records.append((start + at, {n: a.take(kept) for n, a in assigned.items()}, state.match[at].copy()))
        numbers = np.arange(self.record_count, self.record_count + len(at))
        self.record_count += len(at)
        if step.output == "last":
            state.pending[at] = numbers
        else:
            self.given.append(numbers)

    def _value(self, held: Held, rows: Batch, assigned: Mapping[str, pa.Array]) -> pa.Array:
        if held[1] in assigned:
            return assigned[held[1]]
        return rows.columns[held[1]] if held[1] in rows.columns else self._empty(held, rows.rows)

    @staticmethod
    def _put(old: pa.Array, new: pa.Array, matched: Mask) -> pa.Array:
        """The first values replaced where a row matched."""
        width = len(new)
        first = new if matched.all() else pc.if_else(pa.array(matched), new, old.slice(0, width))
        return first if width == len(old) else pa.concat_arrays([first, old.slice(width)])

    def _flush(self, number: int, ended: Mask) -> None:
        """Give the last records of series that have ended."""
        pending = self.states[number].pending[: len(ended)]
        done = ended & (pending >= 0)
        if done.any():
            self.given.append(pending[done].copy())
            pending[done] = -1

    # ------------------------------------------------------------ results

    def finish(self) -> None:
        """At the end of the rows every series has ended."""
        for number, state in enumerate(self.states):
            self._flush(number, np.ones(len(state.active), np.bool_))

    def results(self, ids: Ints) -> tuple[Batch, Ints]:
        """The given records as rows, gathered by group."""
        schema: Schema = self.scan.plan.schema
        if not self.given:
            return Batch.empty(schema), np.zeros(0, np.int64)
        wanted = np.concatenate(self.given)
        rows = np.concatenate([r for r, _, _ in self.records])
        groups = ids[rows[wanted]]
        wanted = wanted[np.argsort(groups, kind="stable")]
        at = pa.array(wanted)
        columns = {}
        for column in schema:
            if column.name == self.scan.plan.match_id:
                columns[column.name] = pa.array(np.concatenate([m for _, _, m in self.records])[wanted])
            else:
                columns[column.name] = concat_arrays([self._part(column.name, column.type, r, a) for r, a, _ in self.records], column.type).take(at)
        return Batch(columns, len(wanted)), ids[rows[wanted]]

    def _part(self, name: str, type_: Type, rows: Ints, assigned: Mapping[str, pa.Array]) -> pa.Array:
        if name in assigned:
            return assigned[name]
        if name in self.batch.columns:
            return self.batch.columns[name].take(pa.array(rows))
        value = self.scan.defaults[name]
        return storage.nulls(len(rows), type_) if not value.is_valid else storage.plain(broadcast(value, len(rows), type_))
