"""find: rows of many tables that meet a predicate, with their table's name and the columns that matter; the rest goes into a bag.

https://learn.microsoft.com/kusto/query/find-operator
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.naming import free_name
from kqlpy.binding.scalars import apply_operator, convert_to
from kqlpy.binding.tables import nothing
from kqlpy.operators import operator
from kqlpy.operators.project import project_plan
from kqlpy.operators.projection import Items
from kqlpy.operators.search_tables import Source, piped_source, searched, sources, spelled_names
from kqlpy.operators.union import option, union_plan
from kqlpy.plan.expressions import ColumnRef, Constant, Expression
from kqlpy.plan.nodes import Plan
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__: list[str] = []

_PACK = "pack_"


@dataclass(frozen=True, slots=True)
class _Output:
    """A column of the result: where it comes from, and whether values of other types are converted or left out."""

    name: str
    source: str
    type: Type
    convert: bool = False


@operator(ast.Find)
def bind(node: ast.Find, plan: Plan | None, binder: Binder) -> Plan:
    """Tables without any of the predicate's columns are left out."""
    tables = [piped_source(plan, "find_arg")] if plan is not None else sources(binder, node.tables, node, "find_arg")
    named = [n for n in dict.fromkeys(spelled_names(node.predicate)) if any(n in t.plan.schema for t in tables)]
    wanted = [t for t in tables if not named or any(n in t.plan.schema for n in named)]
    if not tables:
        return nothing()
    found = searched(binder, wanted, node.predicate)
    outputs, packs = _written(binder, node, wanted) if node.project is not None else _smart(wanted, named)
    away = {a.name for a in node.project_away if isinstance(a, ast.Name)}
    everything = any(isinstance(a, ast.Star) for a in node.project_away)
    outputs = [o for o in outputs if o.source not in away and not everything]
    packs = packs and _PACK not in away and not everything
    legs = [(s.name, project_plan(s.plan, _items(binder, s.plan, outputs, away, packs), open=s.plan.schema.open)) for s in found]
    return union_plan(legs, "outer", option(node.params, "withsource", "with_source") or "source_", node)


def _smart(tables: list[Source], named: list[str]) -> tuple[list[_Output], bool]:
    """Columns that all tables have, then those of the predicate; a column with several types becomes `name_type`. Whether anything is left to pack."""
    common = [n for n in tables[0].plan.schema.names if all(n in t.plan.schema for t in tables)]
    names = [*common, *(n for n in named if n not in common)]
    taken = set(names)
    outputs: list[_Output] = []
    for name in names:
        types = _types(tables, name)
        if len(types) == 1:
            outputs.append(_Output(name, name, types[0]))
            continue
        for type_ in types:
            out = free_name(f"{name}_{type_}", taken)
            taken.add(out)
            outputs.append(_Output(out, name, type_))
    return outputs, any(n not in names for t in tables for n in t.plan.schema.names)


def _types(tables: list[Source], name: str) -> list[Type]:
    return list(dict.fromkeys(t.plan.schema.by_name[name] for t in tables if name in t.plan.schema))


def _written(binder: Binder, node: ast.Find, tables: list[Source]) -> tuple[list[_Output], bool]:
    """The columns of `project`; without a type, a column with several types is dynamic."""
    outputs: list[_Output] = []
    packs = False
    for item in node.project or ():
        if isinstance(item, ast.Call):
            packs = True
            continue
        assert isinstance(item, ast.Name | ast.ColumnDecl)
        types = _types(tables, item.name)
        declared = item.type if isinstance(item, ast.ColumnDecl) else None
        if not types and not any(t.plan.schema.open for t in tables):
            binder.report(messages.unknown_column(item.name, item.span, [n for t in tables for n in t.plan.schema.names]))
        elif any(o.name == item.name for o in outputs):
            binder.report(messages.duplicate_column(item.name, item.span))
        else:
            outputs.append(_Output(item.name, item.name, declared or (types[0] if len(types) == 1 else Type.DYNAMIC), convert=True))
    return outputs, packs


def _items(binder: Binder, plan: Plan, outputs: list[_Output], away: set[str], packs: bool) -> Items:
    items: Items = [(o.name, _value(binder, plan, o)) for o in outputs]
    if packs:
        shown = {o.source for o in outputs} | away
        rest = [c for c in plan.schema if c.name not in shown]
        items.append((_PACK, _bag(binder, [(c.name, ColumnRef(name=c.name, type=c.type)) for c in rest])))
    return items


def _value(binder: Binder, plan: Plan, output: _Output) -> Expression:
    own = plan.schema.by_name.get(output.source)
    if own is None or (own is not output.type and not output.convert):
        return Constant(type=output.type, value="" if output.type is Type.STRING else None)
    return convert_to(binder, ColumnRef(name=output.source, type=own), output.type)


def _bag(binder: Binder, pairs: Items) -> Expression:
    if not pairs:
        return Constant(type=Type.DYNAMIC, value="{}")
    args = [part for name, value in pairs for part in (Constant(type=Type.STRING, value=name), value)]
    return apply_operator(binder, "bag_pack", tuple(args), None)
