"""`kqlpy functions`: what the language has - functions, aggregates, plugins and operators - from the declarations themselves."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kqlpy.cli.guard import UsageError
from kqlpy.cli.output import page
from kqlpy.cli.wrap import fitted, hanging, width_of

if TYPE_CHECKING:
    from kqlpy.cli.operator_help import OperatorHelp
    from kqlpy.functions.registry import Function, Overload

__all__ = ["functions", "signature"]


def functions(search: str | None) -> int:
    """All about one thing when `search` is its name; else a list of those whose name holds it, or else whose text does."""
    from kqlpy.cli.settings import import_pyarrow_lean

    import_pyarrow_lean()
    known = _known()
    if search is not None and (details := _named(search, known)):
        page(fitted("\n".join(details), width_of(sys.stdout)) + "\n")
        return 0
    lines = [(kind, name, summary) for kind, table in known.items() for name, summary in _summaries(table)]
    wanted = (search or "").lower()
    found = [line for line in lines if wanted in line[1].lower()] or [line for line in lines if wanted in line[2].lower()]
    if not found:
        raise UsageError(_nothing(str(search), [name for _, name, _ in lines]))
    _show([(kind, sorted((name, summary) for k, name, summary in found if k == kind)) for kind in known])
    return 0


def _show(found: list[tuple[str, list[tuple[str, str]]]]) -> None:
    """The names by kind, each with its summary: whole where there are few, else in one line of the terminal."""
    width = width_of(sys.stdout)
    count = sum(len(members) for _, members in found)
    column = min(max(len(name) for _, members in found for name, _ in members), _NAMES if width else 99)
    lines = []
    for kind, members in found:
        lines += [f"{kind}s ({len(members)})"] if members else []
        for name, summary in members:
            line = f"  {name:{column}}  {summary}".rstrip()
            if width and count > _FEW and len(line) > width:
                line = f"{line[: width - 1]}…"
            lines.append(hanging(line, width, " " * (column + 4)) if width else line)
    page("\n".join(lines) + "\n")


#: Names that are longer push their summaries to the right. More entries than a screen holds are one line each.
_NAMES, _FEW = 24, 20


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


_Known = dict[str, "dict[str, Function] | dict[str, OperatorHelp]"]


def _known() -> _Known:
    """Everything with a name, by kind."""
    from kqlpy.cli.operator_help import operator_help
    from kqlpy.functions import registry

    registry.load()
    return {
        "function": registry.SCALARS, "aggregate": registry.AGGREGATES, "window function": registry.WINDOWS, "plugin": registry.PLUGINS,
        "operator": operator_help(),
    }  # fmt: skip


def _named(name: str, known: _Known) -> list[str]:
    """What is told of everything that has exactly this name, or is spelled so, too."""
    from kqlpy.cli.operator_help import ALIASES, OperatorHelp

    found = [(kind, table.get(name) or (table.get(ALIASES.get(name, "")) if kind == "operator" else None)) for kind, table in known.items()]
    return [_operator(thing) if isinstance(thing, OperatorHelp) else _details(kind, thing) for kind, thing in found if thing is not None]


def _summaries(table: dict[str, Function] | dict[str, OperatorHelp]) -> Iterator[tuple[str, str]]:
    """The names that are listed, each with one line."""
    from kqlpy.cli.operator_help import OperatorHelp

    for name, thing in table.items():
        if isinstance(thing, OperatorHelp):
            yield name, thing.form
        elif _is_listed(thing):
            yield name, _summary(thing)


def _nothing(search: str, names: list[str]) -> str:
    from kqlpy.binding.messages import did_you_mean

    hint = did_you_mean(search, names)
    return f"no function or operator has `{search}` in its name or description{f'; {hint}' if hint else ''}"


def _operator(help: OperatorHelp) -> str:
    """All about an operator; its example is run now."""
    lines = [f"operator {help.name}", f"  {help.form}", "", f"  {help.text}", *([f"  {help.page}"] if help.page else [])]
    if help.example is not None:
        from kqlpy.api import query
        from kqlpy.output.text_table import render

        answer = render(query(help.example)).text.rstrip("\n")
        lines.extend(["", f"  >>> {help.example}", *(f"  {line}" for line in answer.split("\n"))])
    return "\n".join(lines) + "\n"


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
