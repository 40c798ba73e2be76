"""Parses KQL: `parse(text)` gives the tree, or raises KqlSyntaxError.

The tables come from Lark's analysis of the grammar; the loop that runs them is here. It needs no recursion, so long and deep
texts are safe, and it calls the builder method of each rule as soon as the rule is complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from kqlpy.errors import KqlError
from kqlpy.source import Source, Span
from kqlpy.syntax import ast, messages
from kqlpy.syntax.build_statements import Builder
from kqlpy.syntax.lexer import END, Lexer, Token
from kqlpy.syntax.tables import Tables, load

__all__ = ["parse"]

# Lines with `#` before the query (`#connect ...`) are directives for the client, without meaning here.
_DIRECTIVES = re.compile(r"(?:[\s\ufeff]*(?://|#)[^\r\n]*)*+").match


def parse(text: str | Source) -> ast.Query:
    """The syntax tree of a query text.

    Raises KqlSyntaxError, with the place and a message for the analyst, where the text is not KQL.
    """
    source = Source(text) if isinstance(text, str) else text
    try:
        return _run(source.text)
    except KqlError as error:
        raise error.located(source) from None


@cache
def _engine() -> tuple[Tables, Lexer, list[tuple[int, str, str | None, tuple[tuple[int, bool, int], ...], int, bool]]]:
    tables = load()
    rules = []
    for rule in tables.rules:
        rules.append((rule.size, rule.origin, rule.builder, rule.takes, rule.trailing, rule.single))
    return tables, Lexer(tables), rules


def _run(text: str) -> ast.Query:
    tables, lexer, rules = _engine()
    builder = Builder(text)
    methods: dict[str, Callable[..., object]] = {}
    rows = tables.rows
    states = [tables.start]
    values: list[object] = []
    starts: list[int] = []
    match = _DIRECTIVES(text)
    position = match.end() if match else 0
    row = rows[tables.start]
    while True:
        terminal, value, start, end = lexer.next(text, position, states[-1], row)
        while True:
            action = row.get(terminal) if terminal is not None else None
            if action is None:
                raise messages.unexpected(value or "end", Span(start, end))
            if action >= 0:
                break
            size, origin, name, takes, trailing, single = rules[~action]
            if single and size == 1:
                del states[-1]
                goto = rows[states[-1]][origin]
                states.append(goto)
                row = rows[goto]
                continue
            children: list[object] = []
            begin = starts[-size] if size else position
            offset = len(values) - size
            for index, splice, nones in takes:
                if nones:
                    children.extend([None] * nones)
                child = values[offset + index]
                if splice:
                    if children:
                        children.extend(child)  # type: ignore[arg-type]
                    else:
                        children = child  # type: ignore[assignment]
                else:
                    children.append(child)
            if trailing:
                children.extend([None] * trailing)
            if size:
                del states[-size:], values[-size:], starts[-size:]
            result: object
            if name is None:
                result = children
            elif single and len(children) == 1:
                result = children[0]
            else:
                method = methods.get(name)
                if method is None:
                    method = methods[name] = getattr(builder, name)
                result = method(Span(begin, position), *children)
            goto = rows[states[-1]][origin]
            if goto == tables.end:
                assert isinstance(result, ast.Query)
                return result
            states.append(goto)
            values.append(result)
            starts.append(begin)
            row = rows[goto]
        states.append(action)
        values.append(Token(value, start, end))
        starts.append(start)
        row = rows[action]
        position = end
