"""Reading tables: the leaf of most plans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kqlpy.engine.batch import Batch
from kqlpy.errors import KqlDataError
from kqlpy.operators import lower
from kqlpy.plan.nodes import Plan
from kqlpy.schema import Schema
from kqlpy.source import Span
from kqlpy.syntax import ast

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor
    from kqlpy.sources.catalog import Catalog

__all__ = ["Missing", "Scan", "function_plan", "scan_plan"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan(Plan):
    """All rows of a table of the catalog, with the columns of `schema`.

    `predicates` are hints for skipping parts of the data; every row is filtered again. `limit` says that no more rows than this are needed.
    """

    name: str
    table: Any
    predicates: tuple[Any, ...] = ()
    limit: int | None = None

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The same table with fewer columns."""
        return self.narrowed(wanted)

    def details(self) -> str:
        """Table, columns and hints."""
        hints = f" skip by {', '.join(map(str, self.predicates))}" if self.predicates else ""
        columns = ", ".join(self.schema.names).replace("\x00", "$")
        return f"{self.name} [{columns}]{hints}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Missing(Plan):
    """A table whose columns are known but that has no data here. Reading it is an error, unless `lenient` (a fuzzy union's leg).

    `assumed` says that a wildcard stands for it, and that it need not be there.
    """

    name: str
    lenient: bool = False
    assumed: bool = False
    hint: str | None = None

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The same table with fewer columns."""
        return self.narrowed(wanted)

    def details(self) -> str:
        """The name."""
        return self.name


def scan_plan(catalog: Catalog, name: str, span: Span | None) -> Plan | None:
    """A plan that reads a table; None when no data and no schema has that name."""
    table = catalog.table(name)
    if table is not None:
        return Scan(schema=table.schema, name=name, table=table, span=span)
    schema = catalog.schema_of(name)
    if schema is not None:
        return Missing(schema=schema, name=name, span=span)
    return None


def function_plan(binder: Binder, node: ast.Call, schema: Schema, piped: Plan | None = None) -> Plan:
    """A call of a stored function of which only the columns are known: it binds, and running it says what is needed."""
    if piped is not None and schema.open:
        schema = Schema((*piped.schema.columns, *(c for c in schema if c.name not in piped.schema)), True)
    hint = f"give the function's text: a file {node.name}.kql or its YAML in a folder named with --functions"
    return Missing(schema=schema, name=f"{node.name}()", span=node.span, hint=hint)


@lower(Scan)
def run_scan(plan: Scan, executor: Executor) -> Iterator[Batch]:
    """Batches in the order of the files."""
    return executor.stream(plan)


@lower(Missing)
def run_missing(plan: Missing, executor: Executor) -> Iterator[Batch]:
    """Nothing, or an error that names the table."""
    if plan.lenient:
        return iter(())
    error = KqlDataError(
        f"there is no data for `{plan.name}`", code="KQLPY020", span=plan.span,
        hint=plan.hint or f"put {plan.name}.csv, .json, .jsonl or .parquet, or a folder {plan.name}/, into the data folder",
    )  # fmt: skip
    error.absent = True
    raise error
