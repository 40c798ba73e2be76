"""The text of expressions, and the writer that collects text; see `unparse.py`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import singledispatch

from kqlpy.columns.ticks import format_datetime_iso, format_timespan
from kqlpy.syntax import ast
from kqlpy.syntax.keywords import NOT_DECLARED, NOT_STEPS
from kqlpy.types import Type

__all__ = [
    "NEEDS_BRACKETS", "Writer", "assigned", "bare", "declared", "defined", "emit", "has_steps", "operand", "parenthesized", "plain_name",
    "reference", "referred", "separated",
]  # fmt: skip

INDENT = "    "
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_]*")
_OPENERS = frozenset({"__contextual_datatable", "dynamic", "let"})
NEEDS_BRACKETS = NOT_STEPS | _OPENERS
"""Names that need `['...']` where a value is expected, because the bare word is refused there or opens something else."""
_PARAM_NAMES = re.compile(
    r"kind|isfuzzy|withsource|with_source|with_itemindex|with_match_id|with_step_name|bagexpansion|bin_legacy|decodeblocks|"
    r"expandoutput|datascope|cycles|force_remote|__\w+|bin"
)


class Writer:
    """Collects the text, and knows how deep the present line is indented."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._level = 0

    def put(self, *pieces: str) -> None:
        """Go on with the present line."""
        self._pieces.extend(pieces)

    def line(self, change: int = 0) -> None:
        """Begin a new line, indented deeper or less deep than this one by `change` steps."""
        self._level += change
        self._pieces.append("\n" + INDENT * self._level)

    def shift(self, change: int) -> None:
        """Indent the lines to come deeper or less deep."""
        self._level += change

    def text(self) -> str:
        """All that was written."""
        return "".join(self._pieces)


@singledispatch
def emit(node: ast.Node, out: Writer) -> None:
    """Write one node; each kind registers its own way."""
    raise TypeError(f"no text for {type(node).__name__}")


# ---------------------------------------------------------------- names and lists


def bare(name: str) -> str:
    """A name where nothing but a name can stand: without brackets whenever it is an identifier."""
    return name if _IDENTIFIER.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"


def declared(name: str) -> str:
    """A name that the text gives to something: in brackets also when the word is refused there."""
    return f'["{name}"]' if name in NOT_DECLARED else bare(name)


def defined(name: str) -> str:
    """A name of a let, a range or a table: in brackets also when the word is refused there."""
    return f'["{name}"]' if name in NOT_STEPS else declared(name)


def assigned(name: str) -> str:
    """A name before `=`: in brackets also when `name=` would be an option of the operator."""
    return f'["{name}"]' if _PARAM_NAMES.fullmatch(name) else declared(name)


def reference(name: str) -> str:
    """A name where a value can stand: in brackets also when the bare word would open something else."""
    return f'["{name}"]' if name in NEEDS_BRACKETS else bare(name)


def separated(items: Iterable[ast.Node], out: Writer, write: Callable[[ast.Node, Writer], None] | None = None) -> None:
    """Write items with commas between them."""
    for index, item in enumerate(items):
        if index:
            out.put(", ")
        (write or emit)(item, out)


@emit.register
def _(node: ast.Name, out: Writer) -> None:
    out.put(reference(node.name))


@emit.register
def _(node: ast.NameList, out: Writer) -> None:
    separated(node.names, out, plain_name)


def plain_name(node: ast.Node, out: Writer) -> None:
    """Write a node that stands where only names can stand: an option's word."""
    if isinstance(node, ast.Name):
        out.put(bare(node.name))
    else:
        emit(node, out)


def referred(node: ast.Node, out: Writer) -> None:
    """Write a node that names a table, a column of a list or a step of a path."""
    if isinstance(node, ast.Name):
        out.put(f'["{node.name}"]' if node.name in NOT_STEPS else bare(node.name))
    else:
        emit(node, out)


@emit.register
def _(node: ast.Wildcard, out: Writer) -> None:
    out.put(node.pattern)


@emit.register
def _(node: ast.Star, out: Writer) -> None:
    out.put("*")


@emit.register
def _(node: ast.Side, out: Writer) -> None:
    out.put("$", node.side)


@emit.register
def _(node: ast.ColumnDecl, out: Writer) -> None:
    out.put(declared(node.name), f":{node.type}" if node.type else "")


# ---------------------------------------------------------------- literals


@emit.register
def _(node: ast.Literal, out: Writer) -> None:
    out.put(literal_text(node))


def literal_text(node: ast.Literal) -> str:
    """The spelling of a literal: as it was written if that fits on the line, else made from the value."""
    if node.type is Type.STRING:
        return json.dumps(node.value, ensure_ascii=False)
    if node.type is Type.DYNAMIC:
        return f"dynamic({'null' if node.value is None else node.value})"
    return node.text or _spelled(node.type, node.value)


def _spelled(kind: Type, value: object) -> str:
    if value is None:
        return f"{kind}(null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind is Type.DATETIME and isinstance(value, int):
        return f"datetime({format_datetime_iso(value)})"
    if kind is Type.TIMESPAN and isinstance(value, int):
        return f"timespan({format_timespan(value)})"
    if kind is Type.LONG and isinstance(value, int) and value >= 0:
        return str(value)
    if isinstance(value, float) and 0 <= value < float("inf") and not str(value).startswith("-"):
        return repr(value)
    return f"{kind}({format(value, 'f') if isinstance(value, Decimal) else value})"


# ---------------------------------------------------------------- operators and how tightly they bind

_LEVELS = {"or": 1, "and": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_EQUALITY, _MATCH, _UNARY, _PATH, _PRIMARY = 3, 7, 8, 9, 10


def _level(node: ast.Node) -> int:
    match node:
        case ast.Binary():
            return _LEVELS.get(node.op, _MATCH)
        case ast.InList() | ast.Between():
            return _EQUALITY
        case ast.Unary():
            return _UNARY
        case ast.Member() | ast.Index():
            return _PATH
        case ast.Pipeline() | ast.Assign() | ast.ExternalData():
            return 0
        case _:
            return _PRIMARY


def operand(node: ast.Node, level: int, out: Writer) -> None:
    """Write a node where something that binds at least as tightly as `level` is expected."""
    if _level(node) >= level:
        emit(node, out)
    else:
        parenthesized(node, out)


def has_steps(node: ast.Node) -> bool:
    """Whether a node is a pipeline that takes several lines."""
    return isinstance(node, ast.Pipeline) and (node.source is not None) + len(node.operators) > 1


def parenthesized(node: ast.Node, out: Writer) -> None:
    """Write `(node)`, over several lines when it is a pipeline of several steps."""
    out.put("(")
    if has_steps(node):
        out.line(+1)
        emit(node, out)
        out.line(-1)
    else:
        emit(node, out)
    out.put(")")


@emit.register
def _(node: ast.Binary, out: Writer) -> None:
    if node.op in ("and", "or"):
        _chain(node, out)
        return
    level = _level(node)
    associative = level in (5, 6)
    operand(node.left, level if associative else level + 1, out)
    out.put(f" {node.op} " if node.op != ":" else ":")
    operand(node.right, level + 1, out)


def _chain(node: ast.Binary, out: Writer) -> None:
    """`a and b and c`, however it is grouped in the tree."""
    level = _level(node)
    waiting: list[ast.Expr] = [node]
    first = True
    while waiting:
        term = waiting.pop()
        if isinstance(term, ast.Binary) and term.op == node.op:
            waiting += [term.right, term.left]
            continue
        if not first:
            out.put(f" {node.op} ")
        first = False
        operand(term, level + 1, out)


@emit.register
def _(node: ast.Unary, out: Writer) -> None:
    out.put(node.op)
    operand(node.operand, _PATH, out)


@emit.register
def _(node: ast.InList, out: Writer) -> None:
    operand(node.left, _EQUALITY + 1, out)
    out.put(f" {node.op} ")
    _items(node.items, out)


@emit.register
def _(node: ast.Between, out: Writer) -> None:
    operand(node.left, _EQUALITY + 1, out)
    out.put(" !between (" if node.negated else " between (")
    emit(node.low, out)
    out.put(" .. ")
    emit(node.high, out)
    out.put(")")


@emit.register
def _(node: ast.Paren, out: Writer) -> None:
    parenthesized(node.inner, out)


# ---------------------------------------------------------------- calls and paths


def _items(items: Sequence[ast.Node], out: Writer) -> None:
    """Write `(a, b)`; a lone pipeline needs no parentheses of its own."""
    if len(items) == 1:
        parenthesized(items[0], out)
        return
    out.put("(")
    separated(items, out, lambda item, out: operand(item, 1, out) if isinstance(item, ast.Pipeline) else emit(item, out))
    out.put(")")


@emit.register
def _(node: ast.Call, out: Writer) -> None:
    out.put(node.name)
    _items(node.args, out)


@emit.register
def _(node: ast.Member, out: Writer) -> None:
    operand(node.base, _PATH, out)
    out.put(" ." if isinstance(node.base, ast.Literal) else ".")  # `5 .a`, because `5.` is a number
    if isinstance(node.member, ast.Literal):
        out.put("[", literal_text(node.member), "]")
    else:
        referred(node.member, out)


@emit.register
def _(node: ast.Index, out: Writer) -> None:
    operand(node.base, _PATH, out)
    out.put("[")
    emit(node.index, out)
    out.put("]")


@emit.register
def _(node: ast.Assign, out: Writer) -> None:
    if node.is_tuple:
        out.put("(", ", ".join(declared(name) for name in node.names), ") = ")
    else:
        out.put(assigned(node.names[0]), " = ")
    operand(node.value, 1, out)


@emit.register
def _(node: ast.TypeOf, out: Writer) -> None:
    out.put("typeof(", str(node.type) if node.type else "", "*" if node.star else "")
    out.put(", " if node.star and node.columns else "")
    separated(node.columns, out)
    out.put(")")


# ---------------------------------------------------------------- tables written out


@emit.register
def _(node: ast.DataTable, out: Writer) -> None:
    out.put("datatable(")
    separated(node.columns, out)
    out.put(")[")
    width = len(node.columns)
    for index, value in enumerate(node.values):
        if index % width == 0:
            out.line(+1 if index == 0 else 0)
        _constant(value, out)
        if index + 1 < len(node.values):
            out.put(", " if (index + 1) % width else ",")
    if node.values:
        out.line(-1)
    out.put("]")


def _constant(node: ast.Expr, out: Writer) -> None:
    """Write a value of a datatable; the two calls that come from `datetime()` and `datetime(8:00)` look like that again."""
    if isinstance(node, ast.Call):
        out.put("datetime(", *(str(arg.value) for arg in node.args if isinstance(arg, ast.Literal)), ")")
    else:
        emit(node, out)


@emit.register
def _(node: ast.ContextualSubTable, out: Writer) -> None:
    if node.keyword == "entity_group":
        out.put("entity_group [")
        separated(node.args, out)
        out.put("]")
        return
    out.put(node.keyword, " ")
    separated(node.args, out)
    out.put(" (")
    separated(node.columns, out)
    out.put(")")
