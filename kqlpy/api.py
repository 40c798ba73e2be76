"""The library: `query` for one text, `Engine` for many over the same data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kqlpy import operators
from kqlpy.binding.binder import Binder, BoundQuery, Result
from kqlpy.engine.batch import Batch
from kqlpy.engine.executor import Executor
from kqlpy.engine.result import to_table, with_warnings
from kqlpy.environment import messages
from kqlpy.environment.databases import Databases
from kqlpy.environment.external import external_files
from kqlpy.environment.functions import FunctionLibrary
from kqlpy.environment.network import Downloads
from kqlpy.environment.placeholders import placeholders_in
from kqlpy.errors import KqlError
from kqlpy.functions.registry import load
from kqlpy.plan.nodes import Plan
from kqlpy.plan.optimizer import optimize
from kqlpy.session import Limits, Session, ticks_of
from kqlpy.source import Source
from kqlpy.sources.catalog import Catalog, LoadReport
from kqlpy.sources.read_options import ReadOptions
from kqlpy.syntax import ast
from kqlpy.syntax.depth import room_for
from kqlpy.syntax.parser import parse

if TYPE_CHECKING:
    from kqlpy.rules.run import RuleResult

__all__ = ["Engine", "Prepared", "query"]

Tables = Mapping[str, Any]


def query(text: str, tables: Tables | str | Path | None = None, *, now: dt.datetime | None = None) -> pa.Table:
    """The result of a KQL text.

    `tables` maps names to Arrow tables, pandas or polars frames or lists of dicts, or is a folder of files. `now` is what `now()` and `ago()` see; the
    present when left out. Several statements give the first one's rows; `Engine.results` gives all. Raises a `KqlError`.
    """
    if isinstance(tables, str | Path):
        return Engine(tables).query(text, now=now)
    return Engine(tables=tables).query(text, now=now)


@dataclass(frozen=True)
class Prepared:
    """A bound query: `schema` is its columns as (name, KQL type) pairs; `tree` its syntax, `bound` the plans; `now` the clock, in ticks."""

    bound: BoundQuery
    source: Source
    tree: ast.Query
    now: int = 0

    @property
    def schema(self) -> list[tuple[str, str]]:
        """The columns of the first result; none for a text that only defines names."""
        return self.bound.results[0].plan.schema.pairs() if self.bound.results else []

    def room(self) -> AbstractContextManager[None]:
        """Room on Python's stack for those who walk down the plans of a long query."""
        return room_for(self.tree)

    @property
    def is_open(self) -> bool:
        """True when the data may bring further columns."""
        return bool(self.bound.results) and self.bound.results[0].plan.schema.open


class Engine:
    """Runs queries over a data folder and tables in memory.

    `data`: a folder (or a file, an archive, a pattern). `tables`: name -> Arrow table, pandas or polars frame, list of dicts, or where its files are. `schemas`: name ->
    [[column, KQL type], ...], or a file of such. `functions`: a folder of stored functions (.kql, ASIM .yaml), or name -> text (`(a:string) { ... }` or a query). `now`: the clock. `options`: what else surrounds a query, such as
    {"external": {address: file}, "network": True, "file_profile": file, "databases": {name: folder}, "geoip": file}. `strict`: a value that its column's type cannot hold is an error, not a null.
    `zone`: the zone of times in columns such as `TimeGenerated [Local Time]`, which are refused without it.
    """

    def __init__(
        self,
        data: str | Path | None = None,
        tables: Tables | None = None,
        schemas: Mapping[str, Any] | str | Path | None = None,
        functions: str | Path | Mapping[str, str] | None = None,
        now: dt.datetime | None = None,
        *,
        options: Mapping[str, object] | None = None,
        limits: Limits | None = None,
        threads: int | None = None,
        strict: bool = False,
        zone: str | None = None,
    ) -> None:
        _load_engine()
        reading = ReadOptions(zone=zone, strict=strict)
        self.catalog = Catalog(data, tables, schemas, options=reading)
        self.functions = FunctionLibrary(functions)
        self.now = now
        self.options = dict(options or {})
        self._databases = Databases(self.options.get("databases"), reading)
        self.options["databases"] = self._databases
        self.options["external"] = external_files(data, self.options.get("external"))
        if self.options.get("network"):
            self.options["downloads"] = Downloads()
        self.limits = limits or Limits()
        self.threads = threads

    # ------------------------------------------------------------ queries

    def query(self, text: str | Source, now: dt.datetime | None = None) -> pa.Table:
        """The (first) result of a text, as an Arrow table whose fields name their KQL type."""
        return self.results(text, now, first=True)[0]

    def results(self, text: str | Source, now: dt.datetime | None = None, *, first: bool = False, progress: Any = None) -> list[pa.Table]:
        """All results of a text, in order. What a reader should know of them stands in their metadata: `kqlpy.engine.result.warnings_of`."""
        source = text if isinstance(text, Source) else Source(text)
        session = self.session(now)
        try:
            tree = parse(source)
            with room_for(tree):
                bound = self._bind(tree, session, runs=True)
                wanted = bound.results[:1] if first else bound.results
                warnings = (*bound.warnings, *(messages.placeholder_left(name) for name in placeholders_in(source.text)))
                return [with_warnings(self._run(result, session, progress), warnings) for result in wanted]
        except KqlError as error:
            raise self.functions.locate(error).located(source) from None
        except RecursionError:
            raise _too_deep().located(source) from None
        except MemoryError as error:
            raise _no_memory(error).located(source) from None

    def plan(self, text: str | Source, now: dt.datetime | None = None) -> Prepared:
        """Bind a text without running it; columns that depend on data stay open."""
        source = text if isinstance(text, Source) else Source(text)
        try:
            tree = parse(source)
            with room_for(tree):
                session = self.session(now)
                return Prepared(self._bind(tree, session, runs=False), source, tree, session.now)
        except KqlError as error:
            raise self.functions.locate(error).located(source) from None
        except RecursionError:
            raise _too_deep().located(source) from None

    def run_rule(self, rule: Any, now: dt.datetime | None = None, *, window: bool = False) -> RuleResult:
        """Run a rule file (a path) or a loaded `Rule`: its rows, whether its trigger fires, and its alerts.

        `window` shows the query only the events of the rule's `queryPeriod` before `now`, as the service does.
        """
        from kqlpy.rules.run import run_rule

        return run_rule(self, rule, now, window=window)

    def through(self, start: dt.datetime, end: dt.datetime, *, after: bool = False) -> Engine:
        """This engine, seeing only rows whose time (TimeGenerated, else Timestamp) lies between two moments, both included; tables without times are seen whole.

        With `after`, the first moment is not included.
        """
        from copy import copy

        from kqlpy.sources.windowed import WindowedCatalog, WindowedDatabases

        narrow = copy(self)
        low, high = ticks_of(start) + after, ticks_of(end)
        narrow.catalog = WindowedCatalog(self.catalog, low, high)
        narrow.options = {**self.options, "databases": WindowedDatabases(self._databases, low, high)}
        return narrow

    def reports(self) -> list[LoadReport]:
        """What loading met with so far, one report for each file that was looked at."""
        return [report for catalog in (self.catalog, *self._databases.catalogs()) for report in catalog.reports()]

    # ------------------------------------------------------------ inside

    def session(self, now: dt.datetime | None = None) -> Session:
        """A session with the clock at `now`, else at the engine's clock, else at the present."""
        moment = now or self.now or dt.datetime.now(dt.UTC)
        session = Session(ticks_of(moment), limits=self.limits, options=dict(self.options))
        return session if self.threads is None else replace(session, threads=self.threads)

    def _bind(self, tree: ast.Query, session: Session, *, runs: bool) -> BoundQuery:
        run = (lambda plan: self._table(plan, session)) if runs else None
        return Binder(session, self.catalog, self.functions, run).bind(tree)

    def _table(self, plan: Plan, session: Session) -> Batch:
        """All rows of a plan, for the binder."""
        optimized = optimize(plan)
        executor = Executor(session, queries=optimized.queries)
        try:
            return executor.table(optimized.plan).select(plan.schema.names)
        finally:
            executor.close()

    def _run(self, result: Result, session: Session, progress: Any) -> pa.Table:
        optimized = optimize(result.plan)
        executor = Executor(session, progress, optimized.queries)
        try:
            table = to_table(executor.run(optimized.plan), result.plan.schema)
        finally:
            executor.close()
        if result.render:
            import json

            chart, properties = result.render
            table = table.replace_schema_metadata({"kql.render": json.dumps({"chart": chart, **properties})})
        return table


def _load_engine() -> None:
    """Import what every query needs: functions, operators, grammar tables; and let Arrow look for pandas, as it does once."""
    load()
    operators.load()
    parse("print 1")
    pa.scalar(0)


def _too_deep() -> KqlError:
    from kqlpy.errors import KqlRuntimeError

    return KqlRuntimeError("the query is nested too deeply", code="KQLPY010")


def _no_memory(error: MemoryError) -> KqlError:
    from kqlpy.errors import KqlRuntimeError

    return KqlRuntimeError(f"the machine's memory is not enough for this query ({error})", code="KQLPY031")
