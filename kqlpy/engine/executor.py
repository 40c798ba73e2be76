"""Runs a plan: batches are pulled through operators, and runs of row-wise operators work on several batches at once.

A chain of row-wise nodes over a source becomes one pure function on a batch; `stream` keeps as many batches in flight as there are threads
and hands results on in order. Everything that a query stores goes through `Budget`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import current_thread
from typing import Any, TypeVar

from kqlpy.engine.batch import Batch, concat_batches
from kqlpy.engine.budget import Budget
from kqlpy.engine.evaluate import Evaluator
from kqlpy.engine.hints import runtime_hints
from kqlpy.operators import LOWER, ROWWISE
from kqlpy.operators.scan import Scan
from kqlpy.plan.expressions import Expression, ListQuery, ScalarQuery, walk
from kqlpy.plan.nodes import Plan, Shared, SharedScan, UnaryPlan
from kqlpy.schema import Schema
from kqlpy.session import Session
from kqlpy.sources.table import Task, chunks

__all__ = ["Executor"]

SMALL = 4096
_WORKER = "kqlpy-worker"

T = TypeVar("T")
Step = Callable[[Batch], Batch]


class Executor:
    """One query's execution. `progress` is called with the name and rows of each part of a table that was read."""

    def __init__(
        self, session: Session, progress: Callable[[str, int], None] | None = None, queries: dict[int, Plan] | None = None
    ) -> None:
        self.session = session
        self._improved = queries or {}
        self.budget = Budget(session.limits)
        self.evaluator = Evaluator(session, self.query)
        self.progress = progress
        self._queries: dict[int, tuple[Plan, Batch]] = {}
        self._shared: dict[int, tuple[Shared, list[Batch]]] = {}
        self._pool: ThreadPoolExecutor | None = None

    # ------------------------------------------------------------ running plans

    def run(self, plan: Plan) -> Iterator[Batch]:
        """The plan's rows, batch by batch."""
        if type(plan) in ROWWISE:
            return self.stream(plan)
        return LOWER[type(plan)](plan, self)

    def table(self, plan: Plan, operator: str = "") -> Batch:
        """All rows at once; what they take is charged to the operator that asked."""
        kept = []
        for batch in self.run(plan):
            if batch.rows:
                self.budget.charge(operator or type(plan).__name__, batch.nbytes)
                kept.append(batch)
        return concat_batches(kept, plan.schema)

    def query(self, plan: Plan) -> Batch:
        """All rows of a sub-query, computed once."""
        key = id(plan)
        if key not in self._queries:
            self._queries[key] = (plan, self.table(self.improved(plan), "toscalar"))
        return self._queries[key][1]

    def improved(self, plan: Plan) -> Plan:
        """What the optimizer made of a sub-query inside an expression."""
        return self._improved.get(id(plan), plan)

    def prepare(self, exprs: Iterable[Expression]) -> None:
        """Run the sub-queries inside expressions now, before they are evaluated in worker threads."""
        for expr in exprs:
            for part in walk(expr):
                if isinstance(part, ScalarQuery | ListQuery):
                    self.query(part.plan)

    def shared(self, scan: SharedScan) -> Iterator[Batch]:
        """The rows of a shared plan, computed once and kept until the query ends."""
        key = id(scan.shared)
        if key not in self._shared:
            batches, rows = [], 0
            for batch in self.coalesce(self.run(scan.shared.plan), scan.shared.plan.schema):
                rows += batch.rows
                self.budget.check_rows(f"let {scan.name}", rows)
                self.budget.charge(f"let {scan.name}", batch.nbytes)
                batches.append(batch)
            self._shared[key] = (scan.shared, batches)
        return iter(self._shared[key][1])

    def close(self) -> None:
        """End the worker threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    # ------------------------------------------------------------ row-wise chains

    def stream(self, plan: Plan, then: Callable[[Batch], Any] | None = None) -> Iterator[Any]:
        """The rows of a plan, with its row-wise operators (and `then`, whose results are given instead) run on worker threads."""
        chain: list[Plan] = []
        node = plan
        while type(node) in ROWWISE and isinstance(node, UnaryPlan):
            chain.append(node)
            node = node.input
        chain.reverse()
        steps: list[Step] = [ROWWISE[type(n)](n, self) for n in chain]
        work = _chain(steps, then)
        if isinstance(node, Scan):
            node = replace(node, predicates=(*node.predicates, *runtime_hints(chain, self)))
            reader = partial(self._read, node, _chain(steps, None), then, plan.schema)
            few = node.limit is not None and node.limit <= self.session.batch_rows
            for results in map(reader, self._scan_tasks(node)) if few else self.each(self._scan_tasks(node), reader):
                self.budget.check_time()
                yield from results
        elif not steps and then is None:
            yield from self.run(node)
        else:
            yield from self.each(self.run(node), work)

    def _scan_tasks(self, scan: Scan) -> Iterator[Task]:
        yield from scan.table.scan(scan.schema.names, scan.predicates, batch_rows=self.session.batch_rows, limit=scan.limit)

    def _read(self, scan: Scan, work: Step, then: Callable[[Batch], Any] | None, schema: Schema, task: Task) -> list[Any]:
        """One task's rows through the chain. Where filters leave little of a batch, several go on as one."""

        def parts() -> Iterator[Batch]:
            for chunk in chunks(task):
                if self.progress is not None:
                    self.progress(scan.name, chunk.rows)
                for part in self.split(Batch(chunk.columns, chunk.rows)):
                    yield work(part)

        joined = self.coalesce(parts(), schema, self.session.batch_rows // 2)
        return list(joined) if then is None else [then(batch) for batch in joined]

    def each(self, items: Iterator[Any], work: Callable[[Any], T]) -> Iterator[T]:
        """Results in order, computed by the pool when it is free, a few items ahead of the reader."""
        if self.session.threads <= 1 or current_thread().name.startswith(_WORKER):
            # A worker that waited for other workers could wait for ever.
            for item in items:
                yield work(item)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.session.threads, thread_name_prefix=_WORKER)
        waiting: deque[Future[T]] = deque()
        for item in items:
            waiting.append(self._pool.submit(work, item))
            if len(waiting) > self.session.threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    # ------------------------------------------------------------ helpers for rooms

    def constant(self, expr: Expression | None, default: Any = None) -> Any:
        """The value of an expression that reads no columns; `default` when there is none."""
        return default if expr is None else self.evaluator.constant(expr)

    def split(self, batch: Batch) -> Iterator[Batch]:
        """A large batch in pieces of the usual size."""
        size = self.session.batch_rows
        if batch.rows <= size * 2:
            yield batch
            return
        for offset in range(0, batch.rows, size):
            yield batch.slice(offset, size)

    def coalesce(self, batches: Iterator[Batch], schema: Schema, small: int = SMALL) -> Iterator[Batch]:
        """The same rows with runs of small batches joined: many tiny ones cost more than their rows."""
        waiting: list[Batch] = []
        rows = 0
        for batch in batches:
            if waiting and (batch.rows >= small or rows + batch.rows > self.session.batch_rows):
                yield _joined(waiting, schema)
                waiting, rows = [], 0
            if batch.rows >= small:
                yield batch
            elif batch.rows:
                waiting.append(batch)
                rows += batch.rows
        if waiting:
            yield _joined(waiting, schema)

    def empty(self, schema: Schema) -> Batch:
        """No rows."""
        return Batch.empty(schema)


def _joined(batches: list[Batch], schema: Schema) -> Batch:
    """Batches as one; they may lack columns that nobody reads."""
    present = [c for c in schema if c.name in batches[0].columns]
    return concat_batches(batches, Schema(tuple(present)))


def _chain(steps: list[Step], then: Callable[[Batch], Any] | None) -> Callable[[Batch], Any]:
    def work(batch: Batch) -> Any:
        for step in steps:
            batch = step(batch)
        return then(batch) if then is not None else batch

    return work
