r"""Predicates of `search` and `find`: a text that stands alone is a term looked for in all columns, `column:"text"` looks in one.

| written | means |
|---|---|
| `"err"` | `has "err"` |
| `"*err"`, `"err*"` | `hassuffix`, `hasprefix` |
| `"*err*"` | `contains` |
| `"Lab*PC"` | `matches regex @"\bLab.*PC\b"`, ignoring case |

Columns of other types take part as the text that `tostring()` makes of them.

https://learn.microsoft.com/kusto/query/search-operator
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.binding.context import Context
from kqlpy.binding.scalars import UNKNOWN, apply_operator, convert_to
from kqlpy.plan.expressions import ColumnRef, Constant, Expression
from kqlpy.schema import Schema
from kqlpy.source import Span
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["SearchPredicate"]

#: characters that the text of a value of the type may hold; a term with others is not looked for there
_ALPHABETS = {
    Type.INT: frozenset("-0123456789"),
    Type.LONG: frozenset("-0123456789"),
    Type.REAL: frozenset("-+.0123456789einfatyEINFATY"),
    Type.DECIMAL: frozenset("-+.0123456789eE"),
    Type.BOOL: frozenset("truefalsTRUEFALS"),
    Type.DATETIME: frozenset("-:.0123456789tzTZ"),
    Type.TIMESPAN: frozenset("-:.0123456789"),
    Type.GUID: frozenset("-0123456789abcdefABCDEF"),
}
_CASED = frozenset({"has", "hasprefix", "hassuffix", "contains", "startswith", "endswith"})


@dataclass(frozen=True)
class _Term:
    """A term with the operator that its asterisks ask for; `any` for one that every text has."""

    op: str
    text: str
    any: bool = False

    @classmethod
    def read(cls, text: str, case_sensitive: bool) -> _Term:
        begins, ends = text.startswith("*"), text.endswith("*") and len(text) > 1
        core = text[begins : len(text) - ends]
        if "*" in core:
            pattern = ".*".join(re.escape(part) for part in core.split("*"))
            flags = "" if case_sensitive else "(?i)"
            return cls("matches regex", flags + ("" if begins else r"\b") + pattern + ("" if ends else r"\b"))
        op = {(False, False): "has", (True, False): "hassuffix", (False, True): "hasprefix", (True, True): "contains"}[begins, ends]
        return cls(op + ("_cs" if case_sensitive else ""), core, any=not core)


@dataclass(frozen=True)
class SearchPredicate:
    """Binds one predicate over the columns `own` of a table; `context` also has the columns that only other tables have."""

    binder: Binder
    context: Context
    own: Schema
    case_sensitive: bool = False

    def bind(self, node: ast.Expr) -> Expression:
        """The bool expression that a written predicate means."""
        match node:
            case ast.Paren(inner):
                return self.bind(inner)
            case ast.Star():
                return Constant(type=Type.BOOL, value=True, span=node.span)
            case ast.Literal(type=Type.STRING, value=value):
                return self._anywhere(str(value or ""), node.span)
            case ast.Binary("and" | "or", left, right):
                return apply_operator(self.binder, node.op, (self.bind(left), self.bind(right)), node.span)
            case ast.Binary(":", left, right):
                return self._in_column(node, left, right)
            case ast.Binary(op, ast.Star(), right):
                needle = self.binder.expression(right, self.context)
                return self._any([apply_operator(self.binder, self._cased(op), (c, needle), node.span) for c in self._texts()])
            case ast.Binary(op, left, right) if op in _CASED:
                node = replace(node, op=self._cased(op))
        bound = self.binder.expression(node, self.context)
        if isinstance(node, ast.Name) and isinstance(bound, Constant) and bound.type is Type.STRING:
            return self._anywhere(str(bound.value or ""), node.span)
        if bound.type not in (Type.BOOL, Type.UNKNOWN):
            return self.binder.report(messages.type_expected("bool", bound.type, node.span, "a text stands in quotes"))
        return bound

    def _cased(self, op: str) -> str:
        return f"{op}_cs" if self.case_sensitive and op in _CASED else op

    def _in_column(self, node: ast.Binary, left: ast.Expr, right: ast.Expr) -> Expression:
        needle = self.binder.expression(right, self.context)
        if isinstance(left, ast.Star) and isinstance(needle, Constant) and needle.type is Type.STRING:
            return self._anywhere(str(needle.value or ""), node.span)
        column = self.binder.expression(left, self.context)
        if Type.UNKNOWN in (column.type, needle.type):
            return UNKNOWN
        if not isinstance(needle, Constant) or needle.type is not Type.STRING:
            return self.binder.report(messages.operator_types(":", column.type, needle.type, node.span, "a text in quotes stands behind the colon"))
        return self._has(column, _Term.read(str(needle.value or ""), self.case_sensitive), node.span)

    def _anywhere(self, text: str, span: Span | None) -> Expression:
        term = _Term.read(text, self.case_sensitive)
        if term.any:
            return Constant(type=Type.BOOL, value=True, span=span)
        wanted = set(term.text) if term.op != "matches regex" else set()
        columns = [c for c in self._columns() if wanted <= _ALPHABETS.get(c.type, wanted)]
        return self._any([self._has(column, term, span) for column in columns])

    def _has(self, column: Expression, term: _Term, span: Span | None) -> Expression:
        if term.any:
            return Constant(type=Type.BOOL, value=True, span=span)
        return apply_operator(self.binder, term.op, (self._text(column), Constant(type=Type.STRING, value=term.text, span=span)), span)

    def _columns(self) -> list[Expression]:
        return [ColumnRef(name=c.name, type=c.type) for c in self.own]

    def _texts(self) -> list[Expression]:
        return [self._text(column) for column in self._columns()]

    def _text(self, column: Expression) -> Expression:
        return column if column.type in (Type.STRING, Type.DYNAMIC, Type.UNKNOWN) else convert_to(self.binder, column, Type.STRING)

    def _any(self, tests: Sequence[Expression]) -> Expression:
        """True where one of the tests is. Halved again and again, because a table may have hundreds of columns."""
        if len(tests) < 2:
            return tests[0] if tests else Constant(type=Type.BOOL, value=False)
        half = len(tests) // 2
        return apply_operator(self.binder, "or", (self._any(tests[:half]), self._any(tests[half:])), tests[0].span)
