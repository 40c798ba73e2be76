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
    shown = [signature(o) for o in function.overloads if o.kernel is not None and not o.hidden]
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
    yield "Everything below is read and checked. What is not run is refused by name and position: there is never an approximate answer."
    written = [c for c in vars(ast).values() if isinstance(c, type) and issubclass(c, ast.Operator) and c is not ast.Operator]
    known = {keyword(node): node in operators.OPERATORS and node not in operators.REFUSED for node in {*written, *operators.OPERATORS}}
    yield "## Tabular operators"
    yield from _listed(known)
    for title, table in KINDS.items():
        yield f"## {title}"
        yield from _listed({name: function.executes for name, function in table.items() if not name.startswith("__")})


def _listed(known: dict[str, bool]) -> Iterator[str]:
    runs = sorted(name for name, executes in known.items() if executes)
    refused = sorted(name for name, executes in known.items() if not executes)
    yield f"Run ({len(runs)}): {', '.join(f'`{name}`' for name in runs)}."
    if refused:
        yield f"Refused by name ({len(refused)}): {', '.join(f'`{name}`' for name in refused)}."


PAGES: dict[str, Callable[[], str]] = {"functions.md": functions_page, "operators.md": operators_page, "support.md": support_page}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
