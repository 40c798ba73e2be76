"""Wide columns are read late: where few of many rows are left, only these rows' values are fetched.

`top 100 by T` over all columns of a table needs `T` of each row, and of the others a hundred values. So the chain below carries the number of the
row instead of columns that nothing looks at, and a `Fetch` above reads them. The same for a `summarize` that picks rows: `arg_max(T, *) by K`.
Only tables of which rows can be read again (`FetchingTable`) take part, and only large ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kqlpy.functions.registry import AGGREGATES
from kqlpy.operators.extend import Extend
from kqlpy.operators.fetch import Fetch
from kqlpy.operators.project import Project
from kqlpy.operators.scan import Scan
from kqlpy.operators.sort import Sort
from kqlpy.operators.summarize import Summarize
from kqlpy.operators.where import Where
from kqlpy.plan.expressions import AggregateCall, ColumnRef, Constant, Expression, columns_of
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.sources.table import ROW, FetchingTable
from kqlpy.types import Type

__all__ = ["read_late"]

_FEWEST_ROWS, _FEWEST_COLUMNS, _LONGEST_TOP = 200_000, 2, 100_000


def read_late(plan: Plan) -> Plan:
    """The plan with a `Fetch` wherever one spares work."""
    plan = plan.over(tuple(map(read_late, plan.inputs())))
    match plan:
        case Sort(limit=Constant(value=int(limit))) if limit <= _LONGEST_TOP:
            return _late_top(plan) or plan
        case Summarize():
            return _late_picks(plan) or plan
        case _:
            return plan


@dataclass(frozen=True)
class _Chain:
    """Row-wise nodes over a scan, highest first: `sources` tells the column of the table behind a column, `read` those that some expression looks at."""

    nodes: tuple[UnaryPlan, ...]
    scan: Scan
    sources: dict[str, str]
    read: frozenset[str]


def _chain(plan: Plan) -> _Chain | None:
    nodes: list[UnaryPlan] = []
    while isinstance(plan, Where | Extend | Project):
        nodes.append(plan)
        plan = plan.input
    if not isinstance(plan, Scan) or plan.limit is not None or not isinstance(plan.table, FetchingTable):
        return None
    if not plan.table.fetches or (plan.table.rows or 0) < _FEWEST_ROWS:
        return None
    sources = {name: name for name in plan.schema.names}
    read: set[str] = set()
    for node in reversed(nodes):
        looked_at, sources = _passed(node, sources)
        read |= looked_at
    return _Chain(tuple(nodes), plan, sources, frozenset(read))


def _passed(node: Plan, sources: dict[str, str]) -> tuple[set[str], dict[str, str]]:
    """Which columns of the table a node looks at, and which stand behind the columns that it gives."""
    if isinstance(node, Where):
        return {sources[n] for n in node.reads() if n in sources}, sources
    assert isinstance(node, Extend | Project)
    computed = [e for _, e in node.items if not isinstance(e, ColumnRef)]
    passed = {n: sources[e.name] for n, e in node.items if isinstance(e, ColumnRef) and e.name in sources}
    kept = {} if isinstance(node, Project) else {n: c for n, c in sources.items() if n not in {name for name, _ in node.items}}
    return {sources[n] for n in columns_of(*computed) if n in sources}, {**kept, **passed}


def _carrying(chain: _Chain, gone: frozenset[str]) -> Plan:
    """The chain without columns, by their name in the table, but with the number of the row."""
    columns = chain.scan.schema.only({n for n in chain.scan.schema.names if n not in gone})
    plan: Plan = replace(chain.scan, schema=_with_row(columns))
    sources = {name: name for name in chain.scan.schema.names}
    for node in reversed(chain.nodes):
        _, sources = _passed(node, sources)
        schema = _with_row(node.schema.only({n for n in node.schema.names if sources.get(n) not in gone}))
        if isinstance(node, Extend | Project):
            items = tuple((n, e) for n, e in node.items if n in schema)
            row = ((ROW, ColumnRef(name=ROW, type=Type.LONG)),) if isinstance(node, Project) else ()
            node = replace(node, items=(*items, *row))
        plan = replace(node, input=plan, schema=schema)
    return plan


def _with_row(schema: Schema) -> Schema:
    return Schema((*schema.columns, Column(ROW, Type.LONG)), schema.open)


# ---------------------------------------------------------------- top


def _late_top(plan: Sort) -> Plan | None:
    """A top over rows that carry what the keys read."""
    chain = _chain(plan.input)
    if chain is None:
        return None
    read = chain.read | {chain.sources[n] for n in plan.reads() if n in chain.sources}
    late = {n: c for n in plan.schema.names if (c := chain.sources.get(n)) is not None and c not in read}
    if len(late) < _FEWEST_COLUMNS:
        return None
    gone = frozenset(c for c in chain.scan.schema.names if c not in read)
    top = replace(plan, input=_carrying(chain, gone), schema=_with_row(plan.schema.only({n for n in plan.schema.names if n not in late})))
    return Fetch(input=top, table=chain.scan.table, columns=((ROW, tuple(late.items())),), schema=plan.schema, span=plan.span)


# ---------------------------------------------------------------- summarize


def _late_picks(plan: Summarize) -> Plan | None:
    """A summarize whose calls pick rows by number."""
    chain = _chain(plan.input)
    if chain is None:
        return None
    looked_at = columns_of(*(e for _, e in plan.keys), *(e for _, call in plan.aggregates for e in _looked_at(call)))
    read = chain.read | {chain.sources[n] for n in looked_at if n in chain.sources}
    late = {n: c for n, call in plan.aggregates if (c := _picked(call, chain)) is not None and c not in read}
    if len(late) < _FEWEST_COLUMNS:
        return None
    rows: dict[AggregateCall, str] = {}
    columns: dict[str, list[tuple[str, str]]] = {}
    aggregates: list[tuple[str, AggregateCall]] = []
    for name, call in plan.aggregates:
        short = _by_number(call, chain, read)
        if name not in late:
            aggregates.append((name, short))
            continue
        base = replace(short, part=None, type=Type.UNKNOWN)
        if base not in rows:
            rows[base] = f"{ROW}{len(rows)}"
            aggregates.append((rows[base], replace(short, part=len(short.args) - 1, type=Type.LONG)))
        columns.setdefault(rows[base], []).append((name, late[name]))
    schema = Schema(tuple(Column(n, e.type) for n, e in (*plan.keys, *aggregates)))
    gone = frozenset(c for c in chain.scan.schema.names if c not in read)
    inner = replace(plan, input=_carrying(chain, gone), aggregates=tuple(aggregates), schema=schema)
    fetched = tuple((row, tuple(pairs)) for row, pairs in columns.items())
    return Fetch(input=inner, table=chain.scan.table, columns=fetched, schema=plan.schema, span=plan.span)


def _compared(call: AggregateCall) -> int | None:
    """How many arguments a call that picks a row compares; the others are that row's values. None for a call that picks no row."""
    compared: int | None = AGGREGATES[call.function].extra.get("compares")
    return compared if len(call.args) > 1 and call.part is not None else None


def _looked_at(call: AggregateCall) -> Iterator[Expression]:
    """The arguments that a call computes with."""
    compared = _compared(call)
    return (a for i, a in enumerate(call.args) if compared is None or i < compared or not isinstance(a, ColumnRef))


def _picked(call: AggregateCall, chain: _Chain) -> str | None:
    """The column of the table whose value of one row this part of a call is."""
    compared = _compared(call)
    if compared is None or call.part is None or call.part < compared:
        return None
    argument = call.args[call.part]
    return chain.sources.get(argument.name) if isinstance(argument, ColumnRef) else None


def _by_number(call: AggregateCall, chain: _Chain, read: frozenset[str]) -> AggregateCall:
    """The call with the number of the row in place of the columns that are read late."""
    if _compared(call) is None or call.part is None:
        return call
    late = [_picked(replace(call, part=i), chain) not in (None, *read) for i in range(len(call.args))]
    if not any(late):
        return call
    kept = tuple(a for a, gone in zip(call.args, late, strict=True) if not gone)
    return replace(call, args=(*kept, ColumnRef(name=ROW, type=Type.LONG)), part=call.part - sum(late[: call.part]))
