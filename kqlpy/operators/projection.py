"""What project, extend, print, distinct, serialize and summarize share: items to named, typed columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.calls import bind_parts
from kqlpy.binding.context import Context
from kqlpy.binding.naming import Names, indexes_by_value, result_name
from kqlpy.binding.scope import LetScalar
from kqlpy.binding.special import constant_text
from kqlpy.functions.registry import SCALARS
from kqlpy.plan.expressions import Expression
from kqlpy.syntax import ast

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["Items", "bind_items", "part_name", "written_names"]

Items = list[tuple[str, Expression]]


def written_names(items: tuple[ast.Expr, ...]) -> list[str]:
    """The names that items spell out: assignments and plain columns."""
    names: list[str] = []
    for item in items:
        bare = _bare(item)
        if isinstance(item, ast.Assign):
            names.extend(item.names)
        elif isinstance(bare, ast.Name):
            names.append(bare.name)
    return names


def bind_items(
    binder: Binder,
    items: tuple[ast.Expr, ...],
    context: Context,
    names: Names,
    *,
    positional: str = "Column",
    replacing: bool = False,
    lets_named: bool = True,
) -> Items:
    """Named, typed columns from written items.

    `replacing`: a name brought along replaces the input's column (extend) instead of getting a digit. `lets_named`: a bare let gives its name.
    """
    columns: Items = []
    for item in items:
        columns.extend(_item(binder, item, context, names, positional, replacing, lets_named))
    return columns


def _item(
    binder: Binder, item: ast.Expr, context: Context, names: Names, positional: str, replacing: bool, lets_named: bool
) -> Items:
    value = item.value if isinstance(item, ast.Assign) else item
    written = item.names if isinstance(item, ast.Assign) else ()
    parts = bind_parts(binder, value, context)
    if parts is not None:
        return _parts(binder, item, value, parts, written, names)
    bound = binder.expression(value, context)
    if isinstance(item, ast.Assign):
        if len(written) > 1:
            binder.report(messages.type_expected("several values", bound.type, item.span))
        return [(_written(binder, names, written[0], item), bound)]
    name = _brought(binder, value, context, lets_named)
    if not name:
        return [(names.positional(positional), bound)]
    # Kusto calls a path with a computed index by chance, so that two of them never clash.
    if isinstance(_bare(value), ast.Name) or (replacing and not indexes_by_value(value)):
        return [(_written(binder, names, name, item), bound)]
    return [(names.derived(name), bound)]


def _bare(value: ast.Expr) -> ast.Expr:
    """What stands inside parentheses."""
    while isinstance(value, ast.Paren):
        value = value.inner
    return value


def _written(binder: Binder, names: Names, name: str, item: ast.Expr) -> str:
    given = names.explicit(name)
    if given is None:
        binder.report(messages.duplicate_column(name, item.span))
        return names.derived(name)
    return given


def _brought(binder: Binder, value: ast.Expr, context: Context, lets_named: bool) -> str:
    """The name that an unnamed item brings along."""
    inner = _bare(value)
    if isinstance(inner, ast.Name) and inner.name not in context.row and isinstance(binder.scope.find(inner.name), LetScalar):
        return inner.name if lets_named else ""
    if isinstance(inner, ast.Call) and inner.name in ("column_ifexists", "columnifexists") and inner.args:
        name = constant_text(binder, inner.args[0], context)
        return name if name is not None and name in context.row else ""
    return result_name(value)


def part_name(call: ast.Call, part: str, index: int) -> str:
    """The default name of one value of a call: `<function>_<argument>_<part>`, or what the declaration says instead.

    A part spelled `=name` is called just `name`; with `part_suffix`, the suffix follows the name of the argument that the part belongs to.
    """
    suffix = SCALARS[call.name].extra.get("part_suffix")
    if suffix and index < len(call.args) and result_name(call.args[index]):
        return f"{result_name(call.args[index])}{suffix}"
    if part.startswith("="):
        return part[1:]
    argument = result_name(call.args[0]) if call.args else ""
    return f"{call.name}_{argument}_{part}"


def _parts(
    binder: Binder, item: ast.Expr, value: ast.Expr, parts: list[tuple[str, Expression]], written: tuple[str, ...], names: Names
) -> Items:
    """Columns of a call with several values: written names first, then `<function>_<argument>_<part>`."""
    inner = _bare(value)
    assert isinstance(inner, ast.Call)
    columns: Items = []
    for index, (part, bound) in enumerate(parts):
        if index < len(written):
            columns.append((_written(binder, names, written[index], item), bound))
        else:
            columns.append((names.derived(part_name(inner, part, index)), bound))
    if len(written) > len(parts):
        binder.report(messages.type_expected(f"{len(written)} values", parts[0][1].type, item.span))
    return columns
