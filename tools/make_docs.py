"""Write the reference pages from the declarations themselves.

    python tools/make_docs.py            write docs/functions.md, docs/operators.md and docs/support.md
    python tools/make_docs.py --check    only tell whether they are up to date (exit code 1 when not)

The pages are never edited by hand: a function's signature, text and example stand in its declaration, an operator's in its room and syntax node.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kqlpy import operators
from kqlpy.cli.functions import signature
from kqlpy.cli.operator_help import keyword
from kqlpy.functions.registry import AGGREGATES, PLUGINS, SCALARS, WINDOWS, Function, load
from kqlpy.syntax import ast

__all__ = ["PAGES", "main"]

DOCS = Path(__file__).parent.parent / "docs"
KINDS = {"Scalar functions": SCALARS, "Aggregates": AGGREGATES, "Window functions": WINDOWS, "Plugins": PLUGINS}
GENERATED = "<!-- Written by tools/make_docs.py from the declarations; edit those. -->"


def main(arguments: list[str]) -> int:
    """Write or check the pages."""
    stale = [name for name, page in PAGES.items() if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != page()]
    if "--check" in arguments:
        print("\n".join(f"docs/{name} is out of date: run tools/make_docs.py" for name in stale), end="\n" if stale else "")
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
    return 0


def _page(title: str, blocks: Iterable[str]) -> str:
    return "\n\n".join([f"# {title}", GENERATED, *blocks]) + "\n"


# ---------------------------------------------------------------- functions


def functions_page() -> str:
    """All functions that run, with signatures, text and example."""
    load()
    return _page("Functions", _functions())


def _functions() -> Iterator[str]:
    yield "Examples show the last column as `tostring()` writes it. Symbols such as `+` and `has` are declared like functions and stand under Operators in expressions."
    yield "Parameters: `= ?` may be left out, `+` and `*` repeat, `const` must be known before rows are read."
    for title, table in KINDS.items():
        yield f"## {title}"
        words = [f for name, f in table.items() if f.executes and _is_word(name)]
        for function in sorted(words, key=lambda f: f.name):
            yield from _function(function)
        symbols = [f for name, f in table.items() if f.executes and not _is_word(name)]
        if symbols:
            yield "## Operators in expressions"
            for function in sorted(symbols, key=lambda f: f.name):
                yield from _function(function)


def _is_word(name: str) -> bool:
    return name.isidentifier() and name not in ("and", "or") and not name.startswith("__")


def _function(function: Function) -> Iterator[str]:
    yield f"### {function.name}"
    if function.obsolete:
        yield f"Old name of `{function.obsolete}`."
        return
    shown = [signature(o) for o in function.overloads if (o.kernel is not None or function.is_form) and not o.hidden]
    yield "\n".join(["```text", *dict.fromkeys(shown), "```"])
    text, _, example = inspect.cleandoc(function.doc).partition("\n\n>>> ")
    yield text
    if example:
        yield f"```text\n> {example.strip()}\n```"


# ---------------------------------------------------------------- operators


def operators_page() -> str:
    """All tabular operators that run."""
    operators.load()
    return _page("Operators", _operators())


def _operators() -> Iterator[str]:
    yield "What each operator looks like, what its result is, and where Microsoft describes it."
    for node, bind in sorted(operators.OPERATORS.items(), key=lambda pair: keyword(pair[0])):
        yield f"## {keyword(node)}"
        form = inspect.cleandoc(node.__doc__ or "").replace("\n", " ")
        yield form
        yield inspect.cleandoc(bind.__doc__ or "").replace("\n", " ")
        if node not in _WITHOUT_PAGE:
            yield f"<https://learn.microsoft.com/kusto/query/{keyword(node)}-operator>"


_WITHOUT_PAGE = (ast.AssertSchema, ast.ProjectByNames)


# ---------------------------------------------------------------- support


def support_page() -> str:
    """What runs and what is refused by name."""
    load()
    operators.load()
    return _page("What kqlpy runs", _support())


def _support() -> Iterator[str]:
    yield "Everything below is read and checked. What is not run is refused by name and position, with the first row: there is never an approximate answer."
    kinds: dict[str, _Known] = {"Tabular operators": _known_operators()}
    for title, table in KINDS.items():
        kinds[title] = {name: function.why for name, function in table.items() if not name.startswith("__")}
    lines = [f"| {title} | {sum(why is None for why in known.values())} | {len(known)} |" for title, known in kinds.items()]
    yield "\n".join(["| | run | known |", "|---|---|---|", *lines])
    for title, known in kinds.items():
        yield f"## {title}"
        yield from _listed(known)


_Known = dict[str, str | None]
"""Names, each with the reason why it is refused, or None."""


def _known_operators() -> _Known:
    written = [c for c in vars(ast).values() if isinstance(c, type) and issubclass(c, ast.Operator) and c is not ast.Operator]
    return {keyword(node): operators.why_refused(node) for node in {*written, *operators.OPERATORS}}


def _listed(known: _Known) -> Iterator[str]:
    runs = sorted(name for name, why in known.items() if why is None)
    yield f"Run ({len(runs)} of {len(known)}): {', '.join(f'`{name}`' for name in runs)}."
    reasons = sorted({why for why in known.values() if why is not None})
    if reasons:
        yield f"Refused by name ({len(known) - len(runs)}):"
        names = {why: ", ".join(f"`{name}`" for name in sorted(n for n, w in known.items() if w == why)) for why in reasons}
        yield "\n".join(f"- {names[why]}: {why}." for why in reasons)


PAGES: dict[str, Callable[[], str]] = {"functions.md": functions_page, "operators.md": operators_page, "support.md": support_page}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
