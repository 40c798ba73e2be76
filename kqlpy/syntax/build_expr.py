"""Builds expressions: literals, names, calls, paths and operators of values.

Each method is the grammar rule of the same name: it is given the span of the text and the children, and returns a node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kqlpy.source import Span
from kqlpy.syntax import ast, messages
from kqlpy.syntax.keywords import NOT_DECLARED, NOT_REFERENCED, NOT_STEPS, ONLY_CALLED
from kqlpy.syntax.lexer import Token
from kqlpy.syntax.literals import (
    TYPED_WORDS,
    LiteralError,
    clock_text,
    json_text,
    number_value,
    plain_number,
    string_value,
    timespan_value,
    typed_value,
)
from kqlpy.types import Type, parse_type

__all__ = ["Expressions"]

_OPERATORS = {
    "<>": "!=", "containscs": "contains_cs", "notcontains": "!contains", "notcontainscs": "!contains_cs",
}  # fmt: skip
LOWEST_LONG = "9223372036854775808"
BALANCED_ABOVE = 64
"""Chains of `and` or `or` with more terms than this become balanced trees, so that no later pass recurses too deep."""


class Suffix(NamedTuple):
    """A step of a path: `.name`, `.call()` or `[index]`."""

    kind: str
    value: ast.Expr
    end: int


class Expressions:
    """The rules of expressions and literals."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.longest_chain = 0

    # ------------------------------------------------------------ names

    def name(self, span: Span, token: Token) -> ast.Name:
        return ast.Name(token.text, span=span)

    def declared(self, span: Span, token: Token) -> ast.Name:
        if token.text in NOT_DECLARED:
            raise messages.name_in_brackets(token.text, token.span)
        return ast.Name(token.text, span=span)

    def hard(self, name: ast.Name) -> str:
        """A name of a let, a range or a table given in this text, where fewer words are names than for columns."""
        if name.name in NOT_STEPS and self.text[name.span.start] != "[":
            raise messages.name_in_brackets(name.name, name.span)
        return name.name

    def reference(self, span: Span, token: Token) -> ast.Expr:
        if token.text in ("$left", "$right"):
            return ast.Side(token.text[1:], span=span)
        if token.text in NOT_REFERENCED or token.text in ONLY_CALLED:
            raise messages.name_in_brackets(token.text, token.span)
        return ast.Name(token.text, span=span)

    def referred(self, span: Span, token: Token) -> ast.Name:
        if token.text in NOT_STEPS:
            raise messages.name_in_brackets(token.text, token.span)
        return ast.Name(token.text, span=span)

    def quoted_name(self, span: Span, text: ast.Literal) -> ast.Name:
        return ast.Name(str(text.value), span=span)

    def wildcard(self, span: Span, token: Token) -> ast.Wildcard:
        return ast.Wildcard(token.text, span=span)

    def star(self, span: Span, token: Token) -> ast.Star:
        return ast.Star(span=span)

    def type(self, span: Span, token: Token) -> Type:
        known = parse_type(token.text)
        if known is None:
            raise messages.unknown_type(token.text, messages.did_you_mean(token.text, list(Type), cutoff=0.5), span)
        return known

    def typeof_type(self, span: Span, token: Token) -> Type:
        return self.type(span, Token(token.text.lower(), token.start, token.end))

    def column(self, span: Span, name: ast.Name, kind: Type) -> ast.ColumnDecl:
        return ast.ColumnDecl(name.name, kind, span=span)

    # ------------------------------------------------------------ literals

    def _literal(self, span: Span, kind: Type, value: object) -> ast.Literal:
        return ast.Literal(kind, value, self.text[span.start : span.end], span=span)

    def string(self, span: Span, *tokens: Token) -> ast.Literal:
        try:
            value = "".join([string_value(token.text) for token in tokens])
        except LiteralError as error:
            raise messages.bad_literal(str(error), span) from None
        return ast.Literal(Type.STRING, value, self.text[span.start : span.end], span=span)

    def long(self, span: Span, token: Token) -> ast.Literal:
        if token.text == LOWEST_LONG and self._is_negated(span):
            # The only number that has a minus sign but no plus: kept as the bit pattern, which negation leaves as it is.
            return ast.Literal(Type.LONG, -int(LOWEST_LONG), token.text, span=span)
        return self._checked(span, Type.LONG, token.text)

    def real(self, span: Span, token: Token) -> ast.Literal:
        return ast.Literal(Type.REAL, float(token.text), token.text, span=span)

    def boolean(self, span: Span, token: Token) -> ast.Literal:
        return ast.Literal(Type.BOOL, token.text.lower() == "true", token.text, span=span)

    def timespan(self, span: Span, token: Token) -> ast.Literal:
        return self._checked(span, Type.TIMESPAN, token.text)

    def _is_negated(self, span: Span) -> bool:
        return self.text[span.start - 1 : span.start] == "-"

    def _checked(self, span: Span, kind: Type, spelling: str) -> ast.Literal:
        try:
            value = number_value(spelling) if kind is Type.LONG else timespan_value(spelling)
        except LiteralError as error:
            raise messages.bad_literal(str(error), span) from None
        return ast.Literal(kind, value, spelling, span=span)

    def typed(self, span: Span, token: Token) -> ast.Expr:
        if token.text.endswith("()") and token.text.startswith("date"):
            return ast.Call("now", name_span=span, span=span)
        time_of_day = clock_text(token.text)
        if time_of_day is not None:
            argument = ast.Literal(Type.STRING, time_of_day, time_of_day, span=span)
            return ast.Call("todatetime", (argument,), name_span=span, span=span)
        try:
            kind, value = typed_value(token.text)
        except LiteralError as error:
            raise messages.bad_literal(str(error), span) from None
        return ast.Literal(kind, value, token.text, span=span)

    def raw_guid(self, span: Span, token: Token) -> ast.Literal:
        return ast.Literal(Type.GUID, token.text.lower(), token.text, span=span)

    def signed_literal(self, span: Span, sign: Token, literal: ast.Expr) -> ast.Unary:
        return ast.Unary(sign.text, literal, span=span)

    def dynamic(self, span: Span, text: str) -> ast.Literal:
        return self._literal(span, Type.DYNAMIC, None if text == "null" else text)

    def json_literal(self, span: Span, literal: ast.Literal) -> str:
        return json_text(literal.type, literal.value)

    def json_number(self, span: Span, sign: Token | None, number: Token) -> str:
        text = plain_number(number.text)
        return f"-{text}" if sign else text

    def json_bool(self, span: Span, token: Token) -> str:
        return token.text.lower()

    def json_timespan(self, span: Span, token: Token) -> str:
        return json_text(Type.TIMESPAN, self.timespan(span, token).value)

    def json_typed(self, span: Span, token: Token) -> str:
        literal = self.typed(span, token)
        if not isinstance(literal, ast.Literal):
            raise messages.not_in_dynamic(token.text, span)
        if literal.type is Type.DECIMAL:
            raise messages.decimal_in_dynamic(span)
        return json_text(literal.type, literal.value)

    def json_null(self, span: Span) -> str:
        return "null"

    def json_array(self, span: Span, *items: str | None) -> str:
        return f"[{','.join([item for item in items if item is not None])}]"

    def json_object(self, span: Span, *pairs: str | None) -> str:
        return f"{{{','.join([pair for pair in pairs if pair is not None])}}}"

    def json_pair(self, span: Span, key: Token, value: str) -> str:
        return f"{json_text(Type.STRING, self.string(key.span, key).value)}:{value}"

    def typeof(self, span: Span, kind: Type) -> ast.TypeOf:
        return ast.TypeOf(kind, span=span)

    def typeof_columns(self, span: Span, *items: ast.ColumnDecl | ast.Star) -> ast.TypeOf:
        columns = tuple(item for item in items if isinstance(item, ast.ColumnDecl))
        return ast.TypeOf(None, columns, star=len(columns) < len(items), span=span)

    # ------------------------------------------------------------ lists

    def exprs(self, span: Span, *items: object) -> tuple[object, ...]:
        return items

    assigns = columns = paths = params = more_params = entities = values = constants = word_params = function_params = (
        expand_items
    ) = exprs

    # ------------------------------------------------------------ calls, paths, parentheses

    def call(self, span: Span, name: Token, *args: ast.Expr) -> ast.Call:
        name_span = name.span
        if name.text in TYPED_WORDS:
            raise messages.literal_not_call(name.text, f"to{parse_type(name.text)}", span)
        if name.text in NOT_REFERENCED:
            kind = parse_type(name.text)
            raise messages.no_conversion(name.text, kind, name_span) if kind else messages.name_in_brackets(name.text, name_span)
        return ast.Call(name.text, args, name_span=name_span, span=span)

    def paren(self, span: Span, inner: ast.Expr) -> ast.Paren:
        return ast.Paren(inner, span=span)

    def member(self, span: Span, member: ast.Expr) -> Suffix:
        return Suffix("member", member, span.end)

    def member_index(self, span: Span, index: ast.Expr) -> Suffix:
        if isinstance(index, ast.Literal) and index.type is Type.STRING:
            return Suffix("member", ast.Name(str(index.value), span=span), span.end)
        return Suffix("index", index, span.end)

    def index(self, span: Span, index: ast.Expr) -> Suffix:
        return Suffix("index", index, span.end)

    def path_expr(self, span: Span, base: ast.Expr, *suffixes: Suffix) -> ast.Expr:
        self.longest_chain = max(self.longest_chain, len(suffixes))
        for kind, value, end in suffixes:
            where = Span(span.start, end)
            base = ast.Member(base, value, span=where) if kind == "member" else ast.Index(base, value, span=where)
        return base

    def entity_pattern(self, span: Span, base: ast.Expr, *parts: Suffix | ast.Expr) -> ast.Expr:
        suffixes = [part if isinstance(part, Suffix) else Suffix("member", part, span.end) for part in parts]
        return self.path_expr(span, base, *suffixes)

    def entity_group(self, span: Span, items: tuple[ast.Expr, ...]) -> ast.ContextualSubTable:
        return ast.ContextualSubTable("entity_group", args=items, span=span)

    def datatable(
        self, span: Span, params: tuple[ast.Param, ...], columns: tuple[ast.ColumnDecl, ...], values: tuple[ast.Expr, ...]
    ) -> ast.DataTable:
        return ast.DataTable(columns, values, span=span)

    def contextual_datatable(self, span: Span, key: ast.Expr, columns: tuple[ast.ColumnDecl, ...]) -> ast.ContextualSubTable:
        return ast.ContextualSubTable("__contextual_datatable", columns, (key,), span=span)

    # ------------------------------------------------------------ operators

    def unary(self, span: Span, op: Token, operand: ast.Expr) -> ast.Unary:
        return ast.Unary(op.text, operand, span=span)

    def comparison(self, span: Span, left: ast.Expr, op: Token, right: ast.Expr) -> ast.Binary:
        word = " ".join(op.text.split())
        return ast.Binary(_OPERATORS.get(word, word), left, right, op_span=op.span, span=span)

    def term_search(self, span: Span, left: ast.Expr, right: ast.Expr) -> ast.Binary:
        return ast.Binary(":", left, right, op_span=Span(left.span.end, right.span.start), span=span)

    def in_list(self, span: Span, left: ast.Expr, op: Token, *items: ast.Expr) -> ast.InList:
        return ast.InList(op.text, left, items, span=span)

    def between(self, span: Span, left: ast.Expr, op: Token, low: ast.Expr, high: ast.Expr) -> ast.Between:
        return ast.Between(left, low, high, negated=op.text[0] == "!", span=span)

    def sum(self, span: Span, first: ast.Expr, *rest: ast.Expr | Token) -> ast.Expr:
        """`a + b - c` and `a * b / c`: from left to right."""
        self.longest_chain = max(self.longest_chain, len(rest) // 2)
        for op, right in zip(rest[::2], rest[1::2], strict=True):
            first = _binary(first, op, right)
        return first

    product = sum

    def disjunction(self, span: Span, first: ast.Expr, *rest: ast.Expr | Token) -> ast.Expr:
        if len(rest) < BALANCED_ABOVE * 2:
            return self.sum(span, first, *rest)
        self.longest_chain = max(self.longest_chain, BALANCED_ABOVE)
        return _balanced([first, *rest[1::2]], rest[::2])

    conjunction = disjunction

    # ------------------------------------------------------------ assignments

    def assign(self, span: Span, name: ast.Name, value: ast.Expr) -> ast.Assign:
        return ast.Assign((name.name,), value, name_spans=(name.span,), span=span)

    def tuple_assign(self, span: Span, *rest: ast.Expr) -> ast.Assign:
        names = [name for name in rest[:-1] if isinstance(name, ast.Name)]
        spans = tuple(name.span for name in names)
        return ast.Assign(tuple(name.name for name in names), rest[-1], is_tuple=True, name_spans=spans, span=span)


def _binary(left: object, op: object, right: object) -> ast.Binary:
    assert isinstance(left, ast.Expr)
    assert isinstance(op, Token)
    assert isinstance(right, ast.Expr)
    return ast.Binary(op.text, left, right, op_span=op.span, span=Span(left.span.start, right.span.end))


def _balanced(terms: Sequence[object], operators: Sequence[object]) -> ast.Expr:
    """The chain as a tree of logarithmic height; fine for `and` and `or`, which do not care how they are grouped."""
    if len(terms) == 1:
        term = terms[0]
        assert isinstance(term, ast.Expr)
        return term
    middle = len(terms) // 2
    left = _balanced(terms[:middle], operators[: middle - 1])
    return _binary(left, operators[middle - 1], _balanced(terms[middle:], operators[middle:]))
