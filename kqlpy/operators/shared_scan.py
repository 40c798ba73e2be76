"""Reading a tabular let, argument or `as` name that has several readers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kqlpy.engine.batch import Batch
from kqlpy.operators import lower
from kqlpy.plan.nodes import SharedScan

if TYPE_CHECKING:
    from kqlpy.engine.executor import Executor


@lower(SharedScan)
def run(plan: SharedScan, executor: Executor) -> Iterator[Batch]:
    """The columns that this reader wants."""
    names = plan.schema.names
    return (batch.select(names) for batch in executor.shared(plan))
