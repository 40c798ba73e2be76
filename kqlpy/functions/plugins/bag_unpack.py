"""bag_unpack: the properties of a bag as columns.

Without a schema after the call the columns depend on the data. A chain of row-wise operators over a table is then read twice, first the bags alone;
the rows of anything dearer are computed once and kept.

https://learn.microsoft.com/kusto/query/bag-unpack-plugin
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.binding import messages
from kqlpy.columns import dynamic, storage
from kqlpy.columns.distinct import distinct, spread
from kqlpy.columns.dynamic_casts import convert_values
from kqlpy.columns.scalar_text import MAX_LONG, MIN_LONG
from kqlpy.engine.batch import Batch
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.registry import plugin
from kqlpy.operators import rowwise
from kqlpy.plan.expressions import ColumnRef, is_volatile
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["BagUnpack"]

CONFLICTS = ("error", "replace_source", "keep_source")
RESOLVE = "give columnsConflict='replace_source' or 'keep_source', or a prefix"


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
    found = _slot_types(bag for part in _parsed(dynamic.text_of(bags).unique()) for bag in part)
    prefix = call.constant("OutputColumnPrefix", "")
    for name in _ignored(call):
        found.pop(name, None)
    slots = {prefix + name: (name, type_) for name, type_ in sorted(found.items())}
    clash = [c.name for c in kept if c.name in slots]
    if clash and conflict == "error":
        raise messages.columns_clash("bag_unpack", clash, call.span, RESOLVE)
    if conflict == "keep_source":
        slots = {name: slot for name, slot in slots.items() if name not in clash}
    columns = [Column(c.name, slots[c.name][1]) if c.name in slots else c for c in kept]
    columns += [Column(name, type_) for name, (_, type_) in slots.items() if name not in clash]
    taken = tuple((name, slot, type_) for name, (slot, type_) in slots.items())
    return BagUnpack(input=plan, bag=call.column("Column").name, slots=taken, schema=Schema(tuple(columns), open=True), span=call.span)


def _ignored(call: PluginCall) -> list[str]:
    text = call.constant("ignoredProperties")
    names = dynamic.loads(text) if text else []
    return [n for n in names if isinstance(n, str)] if isinstance(names, list) else []


PART = 4096
"""Bags parsed at a time: more of them at once cost the garbage collector as much as parsing does."""


def _parsed(texts: pa.Array) -> Iterator[list[dict[str, Any]]]:
    """The bags of distinct texts, a part at a time; no properties for what is no bag."""
    for start in range(0, len(texts), PART):
        values = dynamic.values(texts.slice(start, PART))
        yield [v if isinstance(v, dict) else {} for v in values]


def _slot_types(bags: Iterable[dict[str, Any]]) -> dict[str, Type]:
    """The properties of all bags with the type of each: dynamic when its values differ, or are all null."""
    kinds: dict[str, set[Type | None]] = {}
    for bag in bags:
        for name, value in bag.items():
            type_ = _TYPES.get(type(value)) or _type_of(value)
            found = kinds.get(name)
            if found is None:
                kinds[name] = {type_}
            elif type_ not in found:
                found.add(type_)
    return {name: _shared(frozenset(t for t in found if t is not None)) for name, found in kinds.items()}


def _shared(types: frozenset[Type]) -> Type:
    if types == {Type.DATETIME, Type.STRING}:
        return Type.STRING
    return next(iter(types)) if len(types) == 1 else Type.DYNAMIC


_TYPES = {bool: Type.BOOL, float: Type.REAL, dict: Type.DYNAMIC, list: Type.DYNAMIC}
# A datetime inside a dynamic value is written with seven digits and Z; our JSON text does not tell it from such a string, and Kusto reads those as datetimes.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", re.ASCII)


def _type_of(value: str | int | None) -> Type | None:
    if value is None:
        return None
    if isinstance(value, int):
        return Type.LONG if MIN_LONG <= value <= MAX_LONG else Type.DYNAMIC
    return Type.DATETIME if len(value) == 28 and _MOMENT.fullmatch(value) else Type.STRING


def _declared(call: PluginCall, plan: Plan, kept: list[Column], conflict: str) -> Plan:
    """The plan for the columns that the text asks for: the input's own where name and type are theirs, the others are properties."""
    assert call.output is not None
    prefix = call.constant("OutputColumnPrefix", "")
    ignored = _ignored(call)
    wanted = {c.name: c for c in call.output.columns}
    columns = [wanted.get(c.name, c) for c in kept] if call.output.star else []
    columns += [c for c in wanted.values() if c not in columns]
    own = {c.name: c.type for c in kept}
    slots, doubtful = [], []
    for column in columns:
        name = column.name
        slot = name.removeprefix(prefix) if name.startswith(prefix) and name.removeprefix(prefix) not in ignored else None
        if name not in own or (name in wanted and (conflict == "replace_source" or own[name] not in (column.type, Type.UNKNOWN))):
            slots.append((name, slot, column.type))
        elif name in wanted and conflict == "error" and slot is not None:
            doubtful.append((name, slot, column.type))
    schema = Schema(tuple(columns))
    bag = call.column("Column").name
    return BagUnpack(input=plan, bag=bag, slots=tuple(slots), doubtful=tuple(doubtful), schema=schema, span=call.span)


# ---------------------------------------------------------------- running


Slots = tuple[tuple[str, str | None, Type], ...]
"""(column, property or None for a column of nulls, type)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BagUnpack(UnaryPlan):
    """Properties as columns. `doubtful`: columns taken from the input, of which the bags may have properties only if they hold the same values."""

    bag: str
    slots: Slots
    doubtful: Slots = ()
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The wanted columns of the input, and the bags if they are read."""
        made = {name for name, _, _ in self.slots}
        bags = {self.bag} if self.doubtful or made & wanted else set()
        return ((wanted - made) | bags,)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted properties and columns."""
        slots = tuple(s for s in self.slots if s[0] in wanted)
        doubtful = tuple(s for s in self.doubtful if s[0] in wanted)
        return replace(self, slots=slots, doubtful=doubtful, schema=self.schema.only(wanted))

    def details(self) -> str:
        """The bag and the properties taken from it."""
        return f"{self.bag} to {', '.join(name for name, _, _ in self.slots)}"


@rowwise(BagUnpack)
def compile_unpack(plan: BagUnpack, executor: Executor) -> Callable[[Batch], Batch]:
    """Each distinct bag of a batch is parsed once for all its properties."""
    names = plan.schema.names

    def run(batch: Batch) -> Batch:
        columns = dict(batch.columns)
        if plan.slots or plan.doubtful:
            made = _columns(batch.columns[plan.bag], (*plan.slots, *plan.doubtful))
            columns.update(zip((name for name, _, _ in plan.slots), made, strict=False))
            given = zip(plan.doubtful, made[len(plan.slots) :], strict=True)
            clash = [name for (name, _, type_), column in given if _differs(column, batch.columns[name], type_)]
            if clash:
                raise messages.columns_clash("bag_unpack", clash, plan.span, RESOLVE)
        return Batch({name: columns[name] for name in names}, batch.rows)

    return run


def _columns(bags: pa.Array, slots: Slots) -> list[pa.Array]:
    """A column for each property."""
    texts, codes = distinct(dynamic.text_of(bags) if dynamic.is_lane(bags) else bags)
    parts = [[convert_values([None if slot is None else bag.get(slot) for bag in part], type_) for _, slot, type_ in slots] for part in _parsed(texts)]
    made = []
    for index, (_, _, type_) in enumerate(slots):
        found = pa.concat_arrays([part[index] for part in parts]) if parts else pa.nulls(0, storage.arrow_type(type_))
        column = spread(found, codes)
        made.append(column.fill_null("") if type_ is Type.STRING else column)
    return made


def _differs(property_: pa.Array, own: pa.Array, type_: Type) -> bool:
    """Whether a bag gives another value than the input's own column."""
    own = dynamic.text_of(own) if type_ is Type.DYNAMIC else storage.plain(own)
    given = pc.not_equal(property_, "") if type_ is Type.STRING else property_.is_valid()
    return bool(pc.any(pc.and_(given, pc.fill_null(pc.not_equal(property_, own), True))).as_py())
