"""The wording of what goes wrong with a chart, one factory per message."""

from __future__ import annotations

from collections.abc import Iterable

from kqlpy.errors import KqlSemanticError, KqlUnsupportedError

__all__ = ["ENDINGS", "bad_ending", "no_column", "no_library", "no_numbers", "no_picture_of_table"]

ENDINGS = (".html", ".png", ".svg", ".json")


def bad_ending(name: str) -> str:
    """A file whose ending says no format."""
    return f"cannot draw {name}: its name should end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"


def no_library(name: str) -> KqlUnsupportedError:
    """The optional library is missing."""
    return KqlUnsupportedError(f"{name} needs the package vl-convert-python", code="KV001", hint="pip install 'kqlpy[charts]'")


def no_column(name: str, role: str, known: Iterable[str]) -> KqlSemanticError:
    """A property of `render` that names no column of the result."""
    return KqlSemanticError(f"render: `{role}` names no column `{name}`", code="KV002", hint=f"the result has {', '.join(known)}")


def no_numbers(chart: str) -> KqlSemanticError:
    """Nothing that could be drawn."""
    return KqlSemanticError(f"a {chart} needs a column of numbers", code="KV003", hint="add one, or name it: render timechart with (ycolumns=...)")


def no_picture_of_table(name: str) -> KqlUnsupportedError:
    """A table has no picture."""
    return KqlUnsupportedError(f"cannot draw {name}: a table is drawn as HTML only", code="KV004", hint="name a file that ends in .html")
