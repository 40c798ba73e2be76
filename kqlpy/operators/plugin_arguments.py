"""Which argument of a plugin call belongs to which parameter.

Unlike functions, plugins have parameters that may be left out in the middle, told apart by what their arguments are: a column, a constant or a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.context import Context
from kqlpy.functions.registry import MANY, Function, Overload, Parameter
from kqlpy.schema import Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["match"]

Written = dict[str, tuple[ast.Expr, ...]]


def match(binder: Binder, function: Function, call: ast.Call, schema: Schema) -> tuple[Overload, Written, tuple[str, ...]] | None:
    """The overload, the written arguments by parameter, and the names before repeated ones; None when they do not fit (reported)."""
    count = len(call.args)
    overload = next((o for o in function.overloads if o.minimum <= count <= o.maximum), None)
    if overload is None:
        low, high = min(o.minimum for o in function.overloads), max(o.maximum for o in function.overloads)
        wanted = f"at least {low} arguments" if high >= MANY else f"{low} to {high} arguments" if low != high else f"{low} argument{'s' * (low != 1)}"
        binder.report(messages.argument_count(function.name, wanted, count, call.span))
        return None
    return _Matching(binder, function, overload, schema).run(call)


class _Matching:
    def __init__(self, binder: Binder, function: Function, overload: Overload, schema: Schema) -> None:
        self.binder = binder
        self.overload = overload
        self.schema = schema
        self.labelled: str | None = function.extra.get("labels")
        self.found: dict[str, list[ast.Expr]] = {}
        self.labels: list[str] = []

    def run(self, call: ast.Call) -> tuple[Overload, Written, tuple[str, ...]] | None:
        """Walk over parameters and arguments side by side."""
        parameters = self.overload.parameters
        at = 0
        for arg in call.args:
            named = self._named(arg)
            if named is not None:
                self.found.setdefault(named, []).append(arg.value if isinstance(arg, ast.Assign) else arg)
                continue
            while at < len(parameters) and not self._takes(parameters[at], arg):
                at += 1
            if at == len(parameters):
                self.binder.report(messages.plugin_argument(call.name, arg.span))
                return None
            self._keep(parameters[at], arg)
            at += not parameters[at].repeat
        missing = [p.name for p in parameters if not p.optional and not (p.repeat and not p.minimum) and p.name not in self.found]
        if missing:
            self.binder.report(messages.plugin_parameter_missing(call.name, missing, call.span))
            return None
        kept = {name: tuple(args) for name, args in self.found.items() if not _is_default(args)}
        return self.overload, kept, tuple(self.labels)

    def _named(self, arg: ast.Expr) -> str | None:
        if isinstance(arg, ast.Assign) and any(p.name == arg.names[0] for p in self.overload.parameters):
            return arg.names[0]
        return None

    def _takes(self, parameter: Parameter, arg: ast.Expr) -> bool:
        """Whether an argument goes to this parameter; a required one takes what comes."""
        required = not parameter.optional and (not parameter.repeat or (bool(parameter.minimum) and parameter.name not in self.found))
        if isinstance(arg, ast.Assign):
            return parameter.name == self.labelled
        if parameter.name in self.found and not parameter.repeat:
            return False
        if required:
            return True
        column = self._is_column(arg)
        if parameter.kind == "table":
            return self.binder.is_tabular(arg, Context(self.schema))
        if parameter.form in ("column", "lookup", "shared"):
            return column is not None or _is_tilde(arg)
        if parameter.name == self.labelled:
            return column in (None, Type.BOOL)
        return (parameter.form != "const" or column is None) and not self.binder.is_tabular(arg, Context(self.schema))

    def _is_column(self, arg: ast.Expr) -> Type | None:
        """The type of the column that an argument merely names, or None; a name that nothing knows is taken for a column."""
        while isinstance(arg, ast.Paren):
            arg = arg.inner
        if not isinstance(arg, ast.Name):
            return None
        if arg.name not in self.schema and (self.binder.scope.find(arg.name) is not None or self.binder.catalog.schema_of(arg.name) is not None):
            return None
        return self.schema.by_name.get(arg.name, Type.UNKNOWN)

    def _keep(self, parameter: Parameter, arg: ast.Expr) -> None:
        if parameter.name == self.labelled:
            self.labels.append(arg.names[0] if isinstance(arg, ast.Assign) else "")
        self.found.setdefault(parameter.name, []).append(arg.value if isinstance(arg, ast.Assign) else arg)


def _is_tilde(arg: ast.Expr) -> bool:
    return isinstance(arg, ast.Literal) and arg.value == "~"


def _is_default(args: list[ast.Expr]) -> bool:
    return len(args) == 1 and _is_tilde(args[0])
