"""Parses KQL: `parse(text)` gives the tree, or raises KqlSyntaxError.

The tables come from Lark's analysis of the grammar; the loop that runs them is here. It keeps its own stack, so long and deep
texts are safe, and it calls the builder method of each rule as soon as the rule is complete.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from kqlpy.errors import KqlError, KqlSyntaxError
from kqlpy.source import Source, Span
from kqlpy.syntax import ast, messages
from kqlpy.syntax.build_statements import Builder
from kqlpy.syntax.depth import MAX_HEIGHT, first_too_deep
from kqlpy.syntax.lexer import Lexer, Token
from kqlpy.syntax.tables import Rule, Tables, load

__all__ = ["MAX_HEIGHT", "MAX_SIZE", "parse", "parse_tokens"]

MAX_SIZE = 2_097_152
"""Characters that a query may have."""


def parse(text: str | Source) -> ast.Query:
    """The syntax tree of a query text.

    Raises KqlSyntaxError, with the place and a message for the analyst, where the text is not KQL, and KqlUnsupportedError for a
    text beyond `MAX_SIZE` or nested deeper than `MAX_HEIGHT`.
    """
    return _parsed(text, _engine()[1])


def parse_tokens(text: str | Source) -> tuple[ast.Query, list[tuple[str, Token]]]:
    """The syntax tree of a text, and its tokens with the names of their terminals; the last one is the empty token at the end."""
    recorder = _Recorder(_engine()[1])
    return _parsed(text, recorder), recorder.read


class _Recorder(Lexer):
    """Passes on what a lexer reads, and keeps it."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer
        self.read: list[tuple[str, Token]] = []

    def begin(self, text: str) -> int:
        return self._lexer.begin(text)

    def next(self, text: str, position: int, state: int, row: dict[str, int]) -> tuple[str | None, str, int, int]:
        found = self._lexer.next(text, position, state, row)
        terminal, value, start, end = found
        self.read.append((terminal or "", Token(value, start, end)))
        return found


def _parsed(text: str | Source, lexer: Lexer) -> ast.Query:
    source = Source(text) if isinstance(text, str) else text
    try:
        if len(source.text) > MAX_SIZE:
            raise messages.too_long(len(source.text), MAX_SIZE)
        if not source.text.isascii():
            _check_characters(source.text)
        tables, _ = _engine()
        try:
            query = _Run(source.text, tables, lexer).tree()
        except KqlSyntaxError as error:
            raise _explained(source.text, error) from None
        if query is None:
            raise _explained(source.text)
        return query
    except KqlError as error:
        raise error.located(source) from None


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise messages.half_character(Span(error.start, error.start + 1)) from None


def _explained(text: str, refused: KqlSyntaxError | None = None) -> KqlError:
    from kqlpy.syntax.diagnose import explain

    return explain(text, *_engine(), refused)


@cache
def _engine() -> tuple[Tables, Lexer]:
    tables = load()
    return tables, Lexer(tables)


_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
# A bracket adds at most about this many nodes to the height of a tree: one for each level of precedence.
_NODES_PER_BRACKET = 12


class _Run:
    """One text on its way through the tables."""

    def __init__(self, text: str, tables: Tables, lexer: Lexer) -> None:
        self._text = text
        self._tables = tables
        self._lexer = lexer
        self._builder = Builder(text)
        self._methods: dict[str, Callable[..., object]] = {}
        self._states = [tables.start]
        self._values: list[Any] = []
        self._starts: list[int] = []
        self._position = lexer.begin(text)

    def tree(self) -> ast.Query | None:
        """The tree, or None where the text does not fit the grammar."""
        text, rows, states = self._text, self._tables.rows, self._states
        values, starts, read = self._values, self._starts, self._lexer.next
        depth = deepest = 0
        while True:
            state = states[-1]
            terminal, value, start, end = read(text, self._position, state, rows[state])
            if terminal is None:
                return None
            action = rows[state].get(terminal)
            while action is not None and action < 0:
                action = self._reduce(~action, terminal)
            if action is None:
                return None
            if action == self._tables.end:
                return self._finished(deepest)
            states.append(action)
            values.append(Token(value, start, end))
            starts.append(start)
            self._position = end
            if value in _DEPTH:
                depth += _DEPTH[value]
                if depth > deepest:
                    deepest = depth
                    if depth > MAX_HEIGHT:
                        raise messages.too_deep(MAX_HEIGHT, Span(start, end))

    def _reduce(self, number: int, terminal: str) -> int | None:
        """Complete a rule, and say what the next terminal does in the state after it."""
        rule, states = self._tables.rules[number], self._states
        size, rows = rule.size, self._tables.rows
        if rule.single and size == 1:
            del states[-1]
        else:
            begin = self._starts[-size] if size else self._position
            value = self._build(rule, begin)
            if size:
                del states[-size:], self._values[-size:], self._starts[-size:]
            self._values.append(value)
            self._starts.append(begin)
        state = rows[states[-1]][rule.origin]
        states.append(state)
        return rows[state].get(terminal) if state != self._tables.end else state

    def _build(self, rule: Rule, begin: int) -> object:
        """What the rule makes of its children: a list for its parent, the lone child, or what the builder says."""
        children: list[object] = []
        values = self._values
        offset = len(values) - rule.size
        for index, splice, placeholders in rule.takes:
            if placeholders:
                children += [None] * placeholders
            child = values[offset + index]
            if not splice:
                children.append(child)
            elif children:
                children += child
            else:
                children = child
        if rule.trailing:
            children += [None] * rule.trailing
        if rule.builder is None:
            return children
        if rule.single and len(children) == 1:
            return children[0]
        method = self._methods.get(rule.builder)
        if method is None:
            method = self._methods[rule.builder] = getattr(self._builder, rule.builder)
        return method(Span(begin, self._position), *children)

    def _finished(self, deepest: int) -> ast.Query:
        query = self._values[0]
        assert isinstance(query, ast.Query)
        if deepest * _NODES_PER_BRACKET + self._builder.longest_chain > MAX_HEIGHT:
            node = first_too_deep(query)
            if node is not None:
                raise messages.too_deep(MAX_HEIGHT, node.span)
        return query
