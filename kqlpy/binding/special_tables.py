"""Calls that give a table and are no user functions: those of the language (`table`, `materialize`) and those of a workspace (`_GetWatchlist`, `FileProfile`).

A form is called with the binder, the call, and the piped rows when it stands in `invoke`. A user's stored function of the
same name goes before a form of the workspace.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from kqlpy.binding import messages
from kqlpy.binding.context import NO_ROWS
from kqlpy.binding.known import function_schema
from kqlpy.engine.batch import Batch
from kqlpy.plan.expressions import Constant
from kqlpy.plan.nodes import Plan, Shared, SharedScan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["SPECIAL_TABLES", "TABLE_CALLS", "SpecialTable", "special_table"]

TABLE_CALLS = frozenset({"table", "external_table", "materialized_view", "stored_query_result"})
"""Calls that give a table by its name."""

Form = Callable[["Binder", ast.Call, Plan | None], Plan]


class SpecialTable(NamedTuple):
    """How a call is bound. `workspace`: a function of a workspace, which a user's own may replace."""

    bind: Form
    workspace: bool


SPECIAL_TABLES: dict[str, SpecialTable] = {}


def special_table(*names: str, workspace: bool = False) -> Callable[[Form], Form]:
    """Register a call that gives a table."""

    def register(bind: Form) -> Form:
        SPECIAL_TABLES.update(dict.fromkeys(names, SpecialTable(bind, workspace)))
        return bind

    return register


# ---------------------------------------------------------------- the language


@special_table("materialize")
def _materialize(binder: Binder, node: ast.Call, piped: Plan | None) -> Plan:
    """The rows, computed once."""
    from kqlpy.binding.tables import nothing

    if len(node.args) != 1 or not binder.is_tabular(node.args[0], NO_ROWS):
        binder.report(messages.table_expected(node.args[0].span if node.args else node.span))
        return nothing()
    plan = binder.bind_table(node.args[0])
    return SharedScan(schema=plan.schema, shared=Shared(plan, "materialize", materialize=True), name="materialize", span=node.span)


@special_table(*sorted(TABLE_CALLS))
def _table(binder: Binder, node: ast.Call, piped: Plan | None) -> Plan:
    """`table("name")`: the name must be known when the query is bound."""
    from kqlpy.binding.tables import bind_table_name, nothing

    name = _constant_text(binder, node, 0, "a constant table name")
    return bind_table_name(binder, name, node) if name is not None else nothing()


@special_table("arg")
def _arg(binder: Binder, node: ast.Call, piped: Plan | None) -> Plan:
    from kqlpy.binding.tables import nothing

    binder.report(messages.unsupported("`arg()`, which asks another service", node.span))
    return nothing()


def _constant_text(binder: Binder, node: ast.Call, index: int, what: str) -> str | None:
    """An argument that must be a text known now; None when it is not (reported)."""
    arg = node.args[index] if index < len(node.args) else None
    if isinstance(arg, ast.Assign):
        arg = arg.value
    bound = binder.expression(arg, NO_ROWS) if arg is not None else None
    if isinstance(bound, Constant) and isinstance(bound.value, str):
        return bound.value
    if bound is None or bound.type is not Type.UNKNOWN:
        binder.report(messages.constant_expected(node.span, what))
    return None


# ---------------------------------------------------------------- watchlists

OPTIONAL_WATCHLISTS = ("ASim", "Sources_by_SourceType")
"""How the aliases begin that ASIM parsers ask for and that most workspaces lack: absent, they are empty."""

_SYSTEM_COLUMNS = (Column("_DTItemId", Type.STRING), Column("LastUpdatedTimeUTC", Type.DATETIME))


@special_table("_GetWatchlist", workspace=True)
def _get_watchlist(binder: Binder, node: ast.Call, piped: Plan | None) -> Plan:
    """The rows of a watchlist: of the file `_watchlists/<alias>.csv`; `searchKeys` keeps those whose SearchKey is among them."""
    from kqlpy.binding.tables import nothing

    alias = _constant_text(binder, node, 0, "a constant watchlist alias")
    if alias is None:
        return nothing()
    plan = _watchlist(binder, alias, node)
    if len(node.args) < 2 or "SearchKey" not in plan.schema:
        return plan
    keys = node.args[1].value if isinstance(node.args[1], ast.Assign) else node.args[1]
    if binder.constant_value(binder.constant(keys)) in (None, "[]"):
        return plan
    condition = ast.InList("in", ast.Name("SearchKey", span=node.span), (keys,), span=node.span)
    return binder.pipeline((ast.Where(condition, span=node.span),), plan)


def _watchlist(binder: Binder, alias: str, node: ast.Call) -> Plan:
    from kqlpy.environment.messages import no_watchlist
    from kqlpy.operators.extend import extend_plan
    from kqlpy.operators.project import project_plan
    from kqlpy.operators.scan import Missing, Scan
    from kqlpy.plan.expressions import ColumnRef

    table = binder.catalog.watchlist(alias)
    if table is None:
        schema = function_schema("_GetWatchlist") or Schema((), open=True)
        names = binder.catalog.watchlist_names()
        near = get_close_matches(alias, names, n=3, cutoff=0.5) or names[:5]
        optional = alias.startswith(OPTIONAL_WATCHLISTS)
        return Missing(schema=schema, name=f"_GetWatchlist('{alias}')", lenient=optional, span=node.span, hint=no_watchlist(alias, near))
    scan = Scan(schema=table.schema, name=f"_GetWatchlist('{alias}')", table=table, span=node.span)
    lacking = [c for c in _SYSTEM_COLUMNS if c.name not in table.schema]
    plan = extend_plan(scan, [(c.name, Constant(type=c.type, value=None if c.type is not Type.STRING else "")) for c in lacking])
    first = [c.name for c in _SYSTEM_COLUMNS]
    order = [*first, *(n for n in table.schema.names if n not in first)]
    return project_plan(plan, [(n, ColumnRef(name=n, type=plan.schema.by_name[n])) for n in order])


@special_table("_GetWatchlistAlias", workspace=True)
def _get_watchlist_alias(binder: Binder, node: ast.Call, piped: Plan | None) -> Plan:
    """The aliases of all watchlists."""
    from kqlpy.columns import storage
    from kqlpy.operators.print import Values

    names = binder.catalog.watchlist_names()
    batch = Batch({"WatchlistAlias": storage.to_array(list(names), Type.STRING)}, len(names))
    return Values(batch=batch, schema=Schema.of([("WatchlistAlias", Type.STRING)]), span=node.span)


# ---------------------------------------------------------------- profiles of files


@special_table("FileProfile", workspace=True)
def _file_profile(binder: Binder, node: ast.Call, piped: Plan | None) -> Plan:
    """`invoke FileProfile("SHA1", 1000)`: the rows beside what is known of the files with these hashes."""
    from kqlpy.binding.tables import nothing
    from kqlpy.environment.file_profile import profile_columns, profile_plan
    from kqlpy.environment.messages import no_profile, profile_column
    from kqlpy.operators.scan import Missing

    args = list(node.args)
    if piped is None:
        if not args or not binder.is_tabular(args[0], NO_ROWS):
            binder.report(messages.argument_type("FileProfile", "the first argument", "a table", Type.UNKNOWN, node.span))
            return nothing()
        piped = binder.bind_table(args.pop(0))
    key = _hash_column(binder, ast.Call(node.name, tuple(args), span=node.span), piped)
    if key is None:
        return nothing()
    if key not in piped.schema and not piped.schema.open:
        binder.report(profile_column(key, node.span))
        return nothing()
    file = binder.session.options.get("file_profile")
    if file is None or key not in piped.schema:
        return Missing(schema=profile_columns(piped), name="FileProfile()", span=node.span, hint=no_profile())
    return profile_plan(piped, key, str(file))


def _hash_column(binder: Binder, node: ast.Call, piped: Plan) -> str | None:
    """The column that holds the hashes, named by a text or as a column; SHA1 when none is named."""
    if not node.args:
        return "SHA1"
    first = node.args[0].value if isinstance(node.args[0], ast.Assign) else node.args[0]
    if isinstance(first, ast.Name) and binder.scope.find(first.name) is None:
        return first.name
    return _constant_text(binder, node, 0, "the name of a column")
