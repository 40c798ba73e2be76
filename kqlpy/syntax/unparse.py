"""From tree to text: `unparse(node)` is canonical KQL that parses to the same tree.

One operator stands on a line, nested pipelines are indented, keywords have their modern spelling, and parentheses are added only
where a tree made by hand needs them. Every node kind registers its own function, expressions in `unparse_expr.py`, operators
in `unparse_operators.py`, statements in `unparse_statements.py`, so that a printer which keeps comments can be laid over them.
"""

from __future__ import annotations

from kqlpy.syntax import ast
from kqlpy.syntax.depth import room_for
from kqlpy.syntax.unparse_expr import Writer
from kqlpy.syntax.unparse_statements import emit

__all__ = ["unparse"]


def unparse(node: ast.Node) -> str:
    """The canonical text of a tree or of a part of it; `parse(unparse(query)) == query`."""
    out = Writer()
    with room_for(node):
        emit(node, out)
    return out.text()
