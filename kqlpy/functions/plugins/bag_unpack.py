"""bag_unpack: the properties of a bag as columns.

Without a schema after the call the columns depend on the data. A chain of row-wise operators over a table is then read twice, first the bags alone;
the rows of anything dearer are computed once and kept.

https://learn.microsoft.com/kusto/query/bag-unpack-plugin
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.columns import dynamic
from kqlpy.columns.distinct import spread
from kqlpy.columns.dynamic_casts import convert_values
from kqlpy.engine.batch import Batch
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.registry import plugin
from kqlpy.operators import rowwise
from kqlpy.plan.expressions import ColumnRef, is_volatile
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.source import Span
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["BagUnpack"]

CONFLICTS = ("error", "replace_source", "keep_source")


@plugin(
    "(Column: column scalar, OutputColumnPrefix: const string = ?, columnsConflict: const string = ?, ignoredProperties: const dynamic = ?) -> table",
    binds=True,
    page="bag-unpack-plugin",
)
def bag_unpack(call: PluginCall, plan: Plan, binder: Binder) -> Plan:
    """The input without the column of bags, and a column for each of their properties, sorted by name.

    A property has the type that all its values share, else dynamic. Null bags, and bags without the property, give null.

    >>> print d = dynamic({"a": 1}) | evaluate bag_unpack(d)
    1
    """
    conflict = call.constant("columnsConflict", "error")
    if conflict not in CONFLICTS:
        raise messages.allowed_values("bag_unpack", "columnsConflict", CONFLICTS, call.span)
    bag, type_ = call.column("Column").name, call.column("Column").type
    if type_ not in (Type.DYNAMIC, Type.UNKNOWN) and binder.run is not None:
        raise messages.unsupported(f"`bag_unpack` of a column of type {type_}", call.span, "parse_json(...) makes a dynamic value of a text")
    kept = [c for c in plan.schema if c.name != bag]
    if call.output is not None:
        return _declared(call, plan, kept, conflict)
    from kqlpy.operators.evaluate import open_plan, rows_of

    if not _cheap(plan):
        rows = rows_of(plan, binder)
        if rows is not None:
            from kqlpy.operators.print import Values

            plan = Values(batch=rows.select(plan.schema.names), schema=plan.schema, span=call.span)
    from kqlpy.operators.project import project_plan

    bags = rows_of(project_plan(plan, [(bag, ColumnRef(name=bag, type=Type.DYNAMIC))]), binder)
    if bags is None:
        return open_plan(call, plan, tuple(kept))
    return _discovered(call, plan, kept, conflict, bags.columns[bag])


def _cheap(plan: Plan) -> bool:
    """Whether reading the plan twice costs little and gives the same rows: row-wise operators without chance over a table or over rows at hand."""
    from kqlpy.operators import ROWWISE
    from kqlpy.operators.print import Values
    from kqlpy.operators.scan import Scan
    from kqlpy.plan.optimizer import expressions_of, subqueries

    while type(plan) in ROWWISE and isinstance(plan, UnaryPlan):
        if any(map(is_volatile, expressions_of(plan))) or any(True for _ in subqueries(plan)):
            return False
        plan = plan.input
    return isinstance(plan, Scan | Values)


# ---------------------------------------------------------------- which columns


def _discovered(call: PluginCall, plan: Plan, kept: list[Column], conflict: str, bags: pa.Array) -> Plan:
    """The plan for the properties that the bags have."""
    found = _slot_types(v for v in dynamic.path_values(bags, ())[0] if isinstance(v, dict))
    prefix = call.constant("OutputColumnPrefix", "")
    for name in _ignored(call):
        found.pop(name, None)
    slots = {prefix + name: (name, type_) for name, type_ in sorted(found.items())}
    clash = [c.name for c in kept if c.name in slots]
    if clash and conflict == "error":
        raise messages.columns_clash("bag_unpack", clash, call.span, "give columnsConflict='replace_source' or 'keep_source', or a prefix")
    if conflict == "keep_source":
        slots = {name: slot for name, slot in slots.items() if name not in clash}
    columns = [Column(c.name, slots[c.name][1]) if c.name in slots else c for c in kept]
    columns += [Column(name, type_) for name, (_, type_) in slots.items() if name not in clash]
    taken = tuple((name, slot, type_) for name, (slot, type_) in slots.items())
    return BagUnpack(input=plan, bag=call.column("Column").name, slots=taken, schema=Schema(tuple(columns)), span=call.span)


def _ignored(call: PluginCall) -> list[str]:
    text = call.constant("ignoredProperties")
    names = dynamic.loads(text) if text else []
    return [n for n in names if isinstance(n, str)] if isinstance(names, list) else []


def _slot_types(bags: Iterable[dict[str, Any]]) -> dict[str, Type]:
    """The properties of all bags with the type of each: dynamic when its values differ, or are all null."""
    found: dict[str, Type | None] = {}
    for bag in bags:
        for name, value in bag.items():
            known = found.setdefault(name, None)
            if value is None or known is Type.DYNAMIC:
                continue
            type_ = _type_of(value)
            if known is not type_:
                found[name] = type_ if known is None else _TEXTS.get(frozenset((known, type_)), Type.DYNAMIC)
    return {name: type_ or Type.DYNAMIC for name, type_ in found.items()}


_TEXTS = {frozenset((Type.DATETIME, Type.STRING)): Type.STRING}
# A datetime inside a dynamic value is written with seven digits and Z; our JSON text does not tell it from such a string, and Kusto reads those as datetimes.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", re.ASCII)


def _type_of(value: Any) -> Type:
    match value:
        case bool():
            return Type.BOOL
        case int():
            return Type.LONG if -(2**63) <= value < 2**63 else Type.DYNAMIC
        case float():
            return Type.REAL
        case str():
            return Type.DATETIME if len(value) == 28 and _MOMENT.fullmatch(value) else Type.STRING
        case _:
            return Type.DYNAMIC


def _declared(call: PluginCall, plan: Plan, kept: list[Column], conflict: str) -> Plan:
    """The plan for the columns that the text asks for: the input's own by their names, the others are properties."""
    assert call.output is not None
    prefix = call.constant("OutputColumnPrefix", "")
    ignored = _ignored(call)
    wanted = {c.name: c for c in call.output.columns}
    columns = [wanted.get(c.name, c) for c in kept] if call.output.star else []
    columns += [c for c in wanted.values() if c not in columns]
    own = {c.name: c.type for c in kept}
    slots = []
    for column in columns:
        if column.name in own and (conflict != "replace_source" or column.name not in wanted):
            if own[column.name] is not column.type and Type.UNKNOWN not in (own[column.name], column.type):
                raise messages.output_column("bag_unpack", column.name, column.type, own[column.name], call.span)
            continue
        slot = column.name.removeprefix(prefix)
        taken = column.name.startswith(prefix) and slot not in ignored
        slots.append((column.name, slot if taken else None, column.type))
    schema = Schema(tuple(columns))
    unclear = tuple(n for n in wanted if n in own) if conflict == "error" else ()
    return BagUnpack(input=plan, bag=call.column("Column").name, slots=tuple(slots), unclear=unclear, prefix=prefix, schema=schema, span=call.span)


# ---------------------------------------------------------------- running


@dataclass(frozen=True, kw_only=True, eq=False)
class BagUnpack(UnaryPlan):
    """`slots`: (column, property or None for a column of nulls, type). `unclear`: columns of the input that no bag may have as a property."""

    bag: str
    slots: tuple[tuple[str, str | None, Type], ...]
    unclear: tuple[str, ...] = ()
    prefix: str = ""
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The wanted columns of the input, and the bags if a property is wanted."""
        made = {name for name, _, _ in self.slots}
        bags = {self.bag} if self.unclear or made & wanted else set()
        return ((wanted - made) | bags,)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted properties and columns."""
        slots = tuple(s for s in self.slots if s[0] in wanted)
        return replace(self, slots=slots, schema=self.schema.select(n for n in self.schema.names if n in wanted))

    def details(self) -> str:
        """The bag and the properties taken from it."""
        return f"{self.bag} to {', '.join(name for name, _, _ in self.slots)}"


@rowwise(BagUnpack)
def compile_unpack(plan: BagUnpack, executor: Executor) -> Callable[[Batch], Batch]:
    """Each distinct bag of a batch is parsed once for all its properties."""
    names = plan.schema.names

    def run(batch: Batch) -> Batch:
        columns = dict(batch.columns)
        if plan.slots or plan.unclear:
            values, codes = dynamic.path_values(batch.columns[plan.bag], ())
            bags = [v if isinstance(v, dict) else {} for v in values]
            _check(plan.unclear, plan.prefix, bags, plan.span)
            for name, slot, type_ in plan.slots:
                columns[name] = _column(bags, codes, slot, type_)
        return Batch({name: columns[name] for name in names}, batch.rows)

    return run


def _column(bags: list[dict[str, Any]], codes: np.ndarray, slot: str | None, type_: Type) -> pa.Array:
    found = convert_values([None if slot is None else bag.get(slot) for bag in bags], type_)
    column = spread(found, codes)
    return column.fill_null("") if type_ is Type.STRING else column


def _check(unclear: tuple[str, ...], prefix: str, bags: list[dict[str, Any]], span: Span | None) -> None:
    clash = [n for n in unclear if n.startswith(prefix) and any(n.removeprefix(prefix) in bag for bag in bags)]
    if clash:
        raise messages.columns_clash("bag_unpack", clash, span, "give columnsConflict='replace_source' or 'keep_source', or a prefix")
