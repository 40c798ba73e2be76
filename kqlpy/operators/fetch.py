"""Fetch: wide columns of a table, read for the rows that are left at the end of a chain instead of at its beginning.

No text writes it; the optimizer puts it above a `top`, or above a `summarize` that picks rows (`arg_max`, `take_any`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kqlpy.columns import storage
from kqlpy.engine.batch import Batch, concat_arrays
from kqlpy.operators import lower
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.sources.table import Task, chunks

if TYPE_CHECKING:
    from kqlpy.engine.executor import Executor

__all__ = ["Fetch"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fetch(UnaryPlan):
    """The input's columns, and others of `table`: for each column of row numbers, (name, name in the table) of those to read."""

    table: Any
    columns: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    keeps_order = True

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns."""
        columns = tuple((row, tuple((n, c) for n, c in pairs if n in wanted)) for row, pairs in self.columns)
        return replace(self, columns=columns, schema=self.schema.only(wanted))

    def details(self) -> str:
        """What is read late."""
        return ", ".join(name for _, pairs in self.columns for name, _ in pairs)


@lower(Fetch)
def run(plan: Fetch, executor: Executor) -> Iterator[Batch]:
    """Each batch with its columns."""
    for batch in executor.run(plan.input):
        columns = dict(batch.columns)
        for row, pairs in plan.columns:
            columns.update(_fetched(plan, executor, batch.columns[row], pairs))
        yield Batch(columns, batch.rows).select(plan.schema.names)


def _fetched(plan: Fetch, executor: Executor, numbers: pa.Array, pairs: tuple[tuple[str, str], ...]) -> dict[str, pa.Array]:
    """The columns at these rows; null, or the empty string, where there is no row number."""
    rows = np.flatnonzero(numbers.is_valid().to_numpy(zero_copy_only=False))
    wanted = numbers.drop_null().to_numpy(zero_copy_only=False)
    sources = list(dict.fromkeys(source for _, source in pairs))
    types = {source: plan.schema.by_name[name] for name, source in pairs}
    pieces: dict[str, list[pa.Array]] = {source: [] for source in sources}
    order = [np.zeros(0, np.int64)]
    for at, columns in executor.each(plan.table.fetch(sources, wanted), _read):
        order.append(rows[at])
        for source in sources:
            pieces[source].append(columns[source])
    places = np.full(len(numbers), len(rows))
    places[np.concatenate(order)] = np.arange(len(rows))
    if numbers.null_count:
        for source in sources:
            pieces[source].append(storage.nulls(1, types[source]))
    return {name: concat_arrays(pieces[source], types[source]).take(pa.array(places)) for name, source in pairs}


def _read(item: tuple[np.ndarray, Task]) -> tuple[np.ndarray, Any]:
    (chunk,) = chunks(item[1])
    return item[0], chunk.columns
