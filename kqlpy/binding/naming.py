"""How unnamed columns are called: the rules by which an expression passes on the name of the column inside it.

https://learn.microsoft.com/kusto/query/projectoperator says little; the rules here are the engine's as measured (names pass
through `tostring(x)`, `bin(x, 1d)` and other functions whose declaration says so, a path `d.a[0]` is `d_a_0`, everything else has no name).
"""

from __future__ import annotations

from collections.abc import Iterable

from kqlpy.functions.registry import AGGREGATES, SCALARS, Function
from kqlpy.syntax import ast

__all__ = ["Names", "free_name", "indexes_by_value", "result_name"]


def result_name(expr: ast.Expr, *, aggregates: bool = False) -> str:
    """The name that an unnamed expression brings along, or "" when it has none; `aggregates` where those may stand."""
    match expr:
        case ast.Name(name):
            return name
        case ast.Paren(inner):
            return result_name(inner, aggregates=aggregates)
        case ast.Member(base, member):
            return _joined(result_name(base, aggregates=aggregates), member.name if isinstance(member, ast.Name) else _step(member))
        case ast.Index(base, index):
            return _joined(result_name(base, aggregates=aggregates), _step(index))
        case ast.Call():
            return _call_name(expr, aggregates)
        case _:
            return ""


def indexes_by_value(expr: ast.Expr) -> bool:
    """True when the name of an expression has a gap where an index is computed: `d_` for `d[key]`."""
    match expr:
        case ast.Paren(inner):
            return indexes_by_value(inner)
        case ast.Index(base, index):
            return not _step(index) or indexes_by_value(base)
        case ast.Member(base, _):
            return indexes_by_value(base)
        case _:
            return False


def _joined(base: str, step: str) -> str:
    return f"{base}_{step}" if base else step


def _step(step: ast.Expr) -> str:
    """What stands in brackets as part of a name: the sign of a negative index becomes an underscore, a computed index is left out."""
    match step:
        case ast.Literal(value=value):
            return str(value)
        case ast.Unary("-", ast.Literal(value=value)):
            return f"_{value}"
        case ast.Paren(inner):
            return _step(inner)
        case _:
            return ""


def _call_name(call: ast.Call, aggregates: bool) -> str:
    if aggregates and call.name in AGGREGATES:
        return call_name(AGGREGATES[call.name], call)
    function = SCALARS.get(call.name)
    return call_name(function, call, aggregates) if function else ""


def call_name(function: Function, call: ast.Call, aggregates: bool = False) -> str:
    """The name of a call by its function's naming rule."""
    first = _argument_name(call.args[0], aggregates) if call.args else ""
    match function.naming:
        case "first":
            return first
        case "prefix":
            return f"{function.prefix}_{first}"
        case "name_first":
            return f"{function.name}_{first}"
        case "only":
            return first if len(call.args) == 1 else ""
        case "value":
            literal = call.args[0] if call.args else None
            return str(literal.value) if isinstance(literal, ast.Literal) else ""
        case "prefix_only":
            return function.prefix
        case _:
            return ""


def _argument_name(arg: ast.Expr, aggregates: bool) -> str:
    return arg.names[0] if isinstance(arg, ast.Assign) else result_name(arg, aggregates=aggregates)


def free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or `name1`, `name2` ...: the first that is not taken."""
    used = set(taken) if not isinstance(taken, set | frozenset | dict) else taken
    if name not in used:
        return name
    number = 1
    while f"{name}{number}" in used:
        number += 1
    return f"{name}{number}"


class Names:
    """Gives the columns of one operator their names, in order.

    `reserved`: names written out in the operator, kept free for their owners. `avoid`: names that a `ColumnN` must not take (the input's, in extend and summarize).
    """

    def __init__(self, reserved: Iterable[str] = (), avoid: Iterable[str] = ()) -> None:
        self.reserved = set(reserved)
        self.avoid = set(avoid)
        self.used: dict[str, str] = {}
        self.count = 0
        self._digits: dict[str, int] = {}

    def explicit(self, name: str) -> str | None:
        """A written name; moved aside if a generated or brought one took it, None when another written one has it."""
        if name in self.used:
            if self.used[name] == "written":
                return None
            name = free_name(name, self.used)
        self.used[name] = "written"
        return name

    def derived(self, name: str) -> str:
        """A name that an expression brings along, with a digit when it is taken. Digits that were tried before stay taken, so that many names take no longer."""
        free, number = name, self._digits.get(name, 1)
        while free in self.used or free in self.reserved:
            free, number = f"{name}{number}", number + 1
        self._digits[name] = max(number - 1, 1)
        self.used[free] = "brought"
        return free

    def positional(self, prefix: str = "Column") -> str:
        """The next `ColumnN`."""
        self.count += 1
        while f"{prefix}{self.count}" in self.avoid or f"{prefix}{self.count}" in self.used:
            self.count += 1
        name = f"{prefix}{self.count}"
        self.used[name] = "positional"
        return name
