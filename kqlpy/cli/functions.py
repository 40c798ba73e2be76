"""`kqlpy functions`: what the language has, from the declarations themselves."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from kqlpy.cli.guard import UsageError
from kqlpy.cli.output import tell

if TYPE_CHECKING:
    from kqlpy.functions.registry import Function, Overload

__all__ = ["functions", "signature"]


def functions(search: str | None) -> int:
    """List functions whose name holds `search`; all about one when it is a name."""
    from kqlpy.cli.settings import import_pyarrow_lean

    import_pyarrow_lean()
    from kqlpy.functions import registry

    registry.load()
    kinds = {"function": registry.SCALARS, "aggregate": registry.AGGREGATES, "window function": registry.WINDOWS, "plugin": registry.PLUGINS}
    named = [(kind, table[search]) for kind, table in kinds.items() if search in table]
    if search is not None and named:
        for kind, function in named:
            tell(_details(kind, function))
        return 0
    found = [(kind, f) for kind, table in kinds.items() for f in table.values() if _is_listed(f) and (search or "").lower() in f.name.lower()]
    if not found:
        raise UsageError(f"no function has `{search}` in its name")
    width = max(len(f.name) for _, f in found)
    for kind in kinds:
        members = sorted((f for k, f in found if k == kind), key=lambda f: f.name)
        if members:
            tell(f"{kind}s ({len(members)})")
            tell("\n".join(f"  {f.name:{width}}  {_summary(f)}".rstrip() for f in members))
    return 0


def signature(overload: Overload) -> str:
    """An overload as `name(parameter: kind, ...) -> result`."""
    parts = []
    for p in overload.parameters:
        mark = ("+" if p.minimum else "*") if p.repeat else ""
        parts.append(f"{mark}{p.name}: {'const ' if p.constant else ''}{p.kind}{f' = {p.default}' if p.optional else ''}")
    result = overload.result if isinstance(overload.result, str) else "depends on the arguments"
    if overload.parts:
        result = f"({', '.join(f'{name}: {type_}' for name, type_ in overload.parts)})"
    return f"{overload.name}({', '.join(parts)}) -> {result}"


def _is_listed(function: Function) -> bool:
    """Operators such as `+` and internal names are declared like functions, but are none."""
    return function.name[0].isalpha()


def _summary(function: Function) -> str:
    if not function.executes:
        return "(known, but refused when it runs)"
    first = inspect.cleandoc(function.doc).split("\n", 1)[0]
    return f"{first} (now called {function.obsolete})" if function.obsolete else first


def _details(kind: str, function: Function) -> str:
    lines = [f"{kind} {function.name}", *(f"  {signature(o)}" for o in function.overloads if not o.hidden), ""]
    lines.extend(f"  {line}".rstrip() for line in inspect.cleandoc(function.doc).split("\n"))
    if not function.executes:
        lines.append(f"  {_summary(function)}")
    if function.obsolete:
        lines.append(f"  Now called {function.obsolete}.")
    return "\n".join(lines) + "\n"
