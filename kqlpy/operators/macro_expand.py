"""macro-expand: a sub-query once for each entity of a group, with the entity put in place of a name, and all rows united.

Entities are databases, clusters or tables. Without folders of their own all databases mean the data folder.

https://learn.microsoft.com/kusto/query/macro-expand-operator
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from kqlpy.binding import messages
from kqlpy.binding.scope import LetEntities, Scope
from kqlpy.binding.tables import nothing
from kqlpy.operators import operator
from kqlpy.operators.union import leg_plan, no_legs, option, union_plan
from kqlpy.plan.nodes import Plan
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["expanded"]

#: what a sub-query may ask of its entity: the call that names it there, and the function that tells it of the place at hand
_CONTEXTUAL = {"$current_database": ("database", "current_database"), "$current_cluster_endpoint": ("cluster", "current_cluster_endpoint")}


@operator(ast.MacroExpand)
def bind(node: ast.MacroExpand, plan: Plan | None, binder: Binder) -> Plan:
    """Columns are matched as by union; `isfuzzy=true` leaves out entities that cannot be found."""
    if plan is not None:
        binder.report(messages.operator_not_allowed("macro-expand", "the middle of a pipeline", node.span))
    fuzzy = (option(node.params, "isfuzzy") or "").lower() == "true"
    entities = _entities(binder, node.group)
    if not entities:
        return nothing()
    legs = []
    for number, entity in enumerate(entities):
        body = expanded(node.body, node.scope, entity)
        leg = leg_plan(binder, lambda body=body: _body(binder, body), "macro-expand", fuzzy)  # type: ignore[misc]
        if leg is not None:
            legs.append((f"union_arg{number}", leg))
    if not legs:
        return no_legs(binder, node, "macro-expand", fuzzy)
    return union_plan(legs, (option(node.params, "kind") or "outer").lower(), None, node)


def _entities(binder: Binder, group: ast.Expr) -> tuple[ast.Expr, ...]:
    """The entities of a group that is written out or named by a `let`."""
    if isinstance(group, ast.ContextualSubTable):
        return group.args
    found = binder.scope.find(group.name) if isinstance(group, ast.Name) else None
    if isinstance(found, LetEntities):
        return found.items
    names = [n for n in binder.scope.all_names() if isinstance(binder.scope.find(n), LetEntities)]
    binder.report(messages.unknown_entity_group(getattr(group, "name", "?"), group.span, names))
    return ()


def _body(binder: Binder, body: ast.Query) -> Plan:
    """The plan of a sub-query with its `let` statements."""
    *lets, last = body.statements
    outer, binder.scope = binder.scope, Scope(binder.scope, columns_first=binder.scope.columns_first)
    try:
        for statement in lets:
            if not isinstance(statement, ast.Let):
                binder.report(messages.unsupported("several results in one macro-expand", statement.span))
            binder.statement(statement)
        if isinstance(last, ast.ExprStatement):
            return binder.bind_table(last.expr)
        binder.report(messages.table_expected(last.span))
        return nothing()
    finally:
        binder.scope = outer


def expanded(node: Any, name: str, entity: ast.Expr) -> Any:
    """A piece of syntax with the entity in place of its name."""
    match node:
        case ast.Member(ast.Name(own), ast.Name(asked)) if own == name and asked in _CONTEXTUAL:
            place, here = _CONTEXTUAL[asked]
            return _place_name(entity, place) or ast.Call(here, (), name_span=node.span, span=node.span)
        case ast.Name(own) if own == name:
            return entity
        case tuple():
            return tuple(expanded(part, name, entity) for part in node)
        case ast.Node():
            parts = {f.name: getattr(node, f.name) for f in fields(node) if f.name != "span"}
            changed = {key: new for key, old in parts.items() if (new := expanded(old, name, entity)) is not old and new != old}
            return replace(node, **changed) if changed else node
        case _:
            return node


def _place_name(entity: ast.Expr, place: str) -> ast.Expr | None:
    """The name in `database("...")` or `cluster("...")`, as it is written; None where the entity has none."""
    match entity:
        case ast.Call(own, (ast.Literal(value=str()) as written, *_)) if own == place:
            return ast.Literal(type=Type.STRING, value=written.value, span=entity.span)
        case ast.Member(base, member):
            return _place_name(member, place) or _place_name(base, place)
        case _:
            return None
