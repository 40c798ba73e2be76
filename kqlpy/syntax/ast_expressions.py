"""Expressions of the syntax tree, and the sources of rows that stand where an expression may."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kqlpy.source import Span
from kqlpy.syntax.ast_base import NOWHERE, Expr, Node
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.syntax.ast_base import Operator
    from kqlpy.syntax.ast_operators import Param

__all__ = [
    "Assign",
    "Between",
    "Binary",
    "Call",
    "ColumnDecl",
    "ContextualSubTable",
    "DataTable",
    "ExternalData",
    "InList",
    "Index",
    "Literal",
    "Member",
    "Name",
    "Paren",
    "Pipeline",
    "Side",
    "Star",
    "TypeOf",
    "Unary",
    "Wildcard",
]


@dataclass(frozen=True, slots=True)
class Literal(Expr):
    """A value written out.

    `value` by type: bool/int/long -> bool/int, real -> float, decimal -> decimal.Decimal, string/guid -> str,
    datetime and timespan -> int ticks of 100 ns (datetimes from 0001-01-01), dynamic -> JSON text; None is the typed
    null. `datetime()` without content is the current time and is a Call to `now`. `text` is the spelling.
    """

    type: Type
    value: object
    text: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name(Expr):
    """A name: of a column, a let, a table, a function used as a view. `['my col']` has the name `my col`."""

    name: str


@dataclass(frozen=True, slots=True)
class Wildcard(Expr):
    """A name pattern with at least one `*` and other characters: `x*`, `*_s`, `a*b`."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Star(Expr):
    """A lone `*`."""


@dataclass(frozen=True, slots=True)
class Side(Expr):
    """`$left` or `$right` in a join condition; `side` is `left` or `right`."""

    side: str


@dataclass(frozen=True, slots=True)
class Member(Expr):
    """`base.name`, `base.['name']` or, on database paths, `base.call(...)`; `member` is a Name, Call, Wildcard or Literal."""

    base: Expr
    member: Expr


@dataclass(frozen=True, slots=True)
class Index(Expr):
    """`base[index]`."""

    base: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """`name(arguments)`; a named argument is an `Assign` with one name."""

    name: str
    args: tuple[Expr, ...] = ()
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary(Expr):
    """`-x` or `+x`."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Expr):
    """`left op right`, `op` in canonical lower-case spelling.

    `and or == != < <= > >= =~ !~ + - * / %`, the string operators (`has`, `!contains_cs`, `startswith` ..., `matches regex`,
    `like`), and `:` (term search in `search`). `<>` is `!=`; `notcontains` is `!contains`; `containscs` is `contains_cs`.
    """

    op: str
    left: Expr
    right: Expr
    op_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InList(Expr):
    """`left op (items)` with op one of `in !in in~ !in~ has_any has_all !has_any`; an item may be a Pipeline."""

    op: str
    left: Expr
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Between(Expr):
    """`left between (low .. high)`, or `!between` when negated."""

    left: Expr
    low: Expr
    high: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Paren(Expr):
    """`(inner)`; inner may be a Pipeline."""

    inner: Expr


@dataclass(frozen=True, slots=True)
class Assign(Expr):
    """`name = value` or `(a, b) = value`; also a named argument of a call."""

    names: tuple[str, ...]
    value: Expr
    is_tuple: bool = False
    name_spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TypeOf(Expr):
    """`typeof(long)`; `columns` for the tabular form `typeof(a:long, b:string)`, with `star` for `typeof(*)`."""

    type: Type | None
    columns: tuple[ColumnDecl, ...] = ()
    star: bool = False


@dataclass(frozen=True, slots=True)
class ColumnDecl(Node):
    """`name:type`; the type is None where the text leaves it out (`parse`, some `externaldata`)."""

    name: str
    type: Type | None


@dataclass(frozen=True, slots=True)
class DataTable(Expr):
    """`datatable(columns)[values]`, values row by row."""

    columns: tuple[ColumnDecl, ...]
    values: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ExternalData(Expr):
    """`externaldata(columns)[uris] with (properties)`."""

    columns: tuple[ColumnDecl, ...]
    uris: tuple[Expr, ...]
    properties: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextualSubTable(Expr):
    """`contextual_datatable`-like sources that the engine does not run yet; `keyword` says which."""

    keyword: str
    columns: tuple[ColumnDecl, ...] = ()
    args: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline(Expr):
    """`source | operator | operator ...`.

    The source is None when the first operator makes its own rows (`print`, `range`, `union`, `search`, `find`, `evaluate`, a
    sub-pipeline of `fork`, `mv-apply`, `partition`, `facet`).
    """

    source: Expr | None
    operators: tuple[Operator, ...]
