"""`kqlpy explain`: a query as the parser, the binder and the optimizer see it, each as a tree."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.clock import Clock
from kqlpy.cli.output import page
from kqlpy.cli.query import read_source
from kqlpy.cli.settings import Settings, make_engine
from kqlpy.cli.surroundings import fill_in
from kqlpy.cli.wrap import hanging, width_of

if TYPE_CHECKING:
    from kqlpy.plan.nodes import Plan
    from kqlpy.syntax import ast

__all__ = ["explain", "syntax", "tree"]


def explain(file: Path | None, text: str | None, settings: Settings) -> int:
    """Print the syntax tree, and the bound and the optimized plan of each result."""
    clock = Clock(settings.now)
    written = read_source(file, text)
    engine = make_engine(settings)
    now = clock(engine, written)
    source = fill_in(written, settings.options, now)
    prepared = engine.plan(source, now)
    from kqlpy.plan.optimizer import optimize

    lines = ["syntax tree", *syntax(prepared.tree)]
    with prepared.room():
        for result in prepared.bound.results:
            lines += ["", "bound plan", *tree(result.plan), "", "optimized plan", *tree(optimize(result.plan).plan)]
    width = width_of(sys.stdout)
    page("".join(f"{line if width is None else hanging(line, width, _indented(line))}\n" for line in lines))
    return 0


def _indented(line: str) -> str:
    """The indentation of what follows of a line of a tree."""
    return " " * (len(line) - len(line.lstrip()) + 4)


def syntax(query: ast.Query) -> Iterator[str]:
    """Lines of a syntax tree: a node with its words and values, below it its parts with the names of their fields. Literals are as they are spelled."""
    from kqlpy.syntax.ast import Literal

    waiting: list[tuple[ast.Node, str, str]] = [(query, "  ", "")]
    while waiting:
        node, indent, name = waiting.pop()
        words, parts = [], []
        for field in fields(node):
            value = getattr(node, field.name)
            if not field.compare or value is None or value is False or value == ():
                continue
            items = value if isinstance(value, tuple) else (value,)
            inner = [item for item in items if hasattr(item, "__dataclass_fields__")]
            parts += [(item, f"{indent}  ", f"{field.name}: ") for item in inner]
            if not inner:
                words.append(field.name if value is True else ", ".join(map(str, items)) if field.name == "type" else ", ".join(map(repr, items)))
        if isinstance(node, Literal) and node.text:
            words = [str(node.type), " ".join(node.text.split())]
        yield f"{indent}{name}{' '.join([type(node).__name__, *words])}"
        waiting += reversed(parts)


def tree(plan: Plan) -> Iterator[str]:
    """Lines of a plan, each node below the one that reads it; a shared let is drawn once, where it is first read."""
    yield from _lines(plan, "  ", {})


def _lines(plan: Plan, indent: str, drawn: dict[int, int]) -> Iterator[str]:
    from kqlpy.plan.nodes import SharedScan

    details = _LISTS.sub(lambda match: f"[{_shortened(match[1].split(', '))}]", plan.details())
    if isinstance(plan, SharedScan):
        first = id(plan.shared) not in drawn
        number = drawn.setdefault(id(plan.shared), len(drawn) + 1)
        yield f"{indent}SharedScan #{number} {details}{'' if first else ' (drawn above)'}"
        if first:
            yield from _lines(plan.shared.plan, indent + "  ", drawn)
        return
    yield f"{indent}{type(plan).__name__}{f' {details}' if details else ''}  -> {_schema(plan)}"
    for part in plan.inputs():
        yield from _lines(part, indent + "  ", drawn)


def _schema(plan: Plan) -> str:
    shown = _shortened([f"{column.name}:{column.type}" for column in plan.schema])
    return f"({shown}{', ...' if plan.schema.open else ''})"


#: The columns that a scan reads.
_LISTS = re.compile(r"\[((?:\w+, ){12,}\w+)\]")


def _shortened(names: list[str]) -> str:
    """The names in a line; of many the first ones, and how many there are besides."""
    return ", ".join(names if len(names) <= 12 else [*names[:11], f"and {len(names) - 11} more"])
