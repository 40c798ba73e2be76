"""parse and parse-where: new columns from what stands between the texts of a pattern.

`parse` keeps rows that do not match, with empty columns; `parse-where` drops them.

https://learn.microsoft.com/kusto/query/parse-operator and https://learn.microsoft.com/kusto/query/parse-where-operator
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.scalars import convert_to
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch
from kqlpy.errors import KqlError
from kqlpy.operators import operator, rowwise
from kqlpy.operators.parse_patterns import Capture, ParsePattern
from kqlpy.operators.union import option
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import Expression, columns_of
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.source import Span
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Parse", "spread", "with_captures"]

_KINDS = ("simple", "regex", "relaxed")


@dataclass(frozen=True, kw_only=True, eq=False)
class Parse(UnaryPlan):
    """The input's columns with those of the pattern added or replaced in place; `where`: only rows that match."""

    expr: Expression
    pattern: ParsePattern
    where: bool = False
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The wanted columns that the pattern does not fill, and what the parsed expression reads."""
        return ((wanted - {c.name for c in self.pattern.captures}) | columns_of(self.expr),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns; nothing is parsed when the pattern's are not wanted."""
        if not self.where and not any(c.name in wanted for c in self.pattern.captures):
            return self.input
        return self.narrowed(wanted)

    def details(self) -> str:
        """What is parsed, and the pattern."""
        pieces = ("*" if p is None else repr(p) if isinstance(p, str) else f"{p.name}:{p.type}" for p in self.pattern.pieces)
        return f"{show(self.expr)} {self.pattern.kind} {' '.join(pieces)}"


@operator(ast.Parse)
def bind(node: ast.Parse, plan: Plan, binder: Binder) -> Plan:
    """Columns are strings unless declared; what is parsed is taken as text."""
    expr = convert_to(binder, binder.expression(node.expr, binder.context(plan, windows=False)), Type.STRING)
    pattern = _pattern(binder, node)
    schema = with_captures(binder, plan.schema, pattern.captures, [p.span for p in node.pattern if p.column])
    return Parse(input=plan, expr=expr, pattern=pattern, where=node.where, schema=schema, span=node.span)


def with_captures(binder: Binder, schema: Schema, captures: tuple[Capture, ...], spans: list[Span]) -> Schema:
    """The columns of the input, some with a new type in their old place, and new ones at the end."""
    types: dict[str, Type] = {}
    for capture, span in zip(captures, spans, strict=True):
        if capture.name in types:
            binder.report(messages.duplicate_column(capture.name, span))
        types.setdefault(capture.name, capture.type)
    columns = [Column(c.name, types.get(c.name, c.type)) for c in schema]
    columns += [Column(n, t) for n, t in types.items() if n not in schema]
    return Schema(tuple(columns), schema.open)


def _pattern(binder: Binder, node: ast.Parse) -> ParsePattern:
    kind = option(node.params, "kind") or "simple"
    allowed = tuple(k for k in _KINDS if not (node.where and k == "relaxed"))
    if kind not in allowed:
        span = next(p.value.span for p in node.params if p.name == "kind")
        binder.report(messages.parse_kind(kind, allowed, span))
        kind = "simple"
    _check_order(binder, node.pattern)
    pieces = tuple(Capture(p.column.name, p.column.type or Type.STRING) if p.column else p.literal for p in node.pattern)
    flags = (option(node.params, "flags") or "") if kind == "regex" else ""
    pattern = ParsePattern(pieces, kind, flags)
    if kind == "regex":
        try:
            _ = pattern.expression
        except KqlError as error:
            error.span = error.span or node.pattern[0].span
            binder.report(error)
    return pattern


def _check_order(binder: Binder, parts: tuple[ast.ParsePart, ...]) -> None:
    """Texts must tell where columns begin and end."""
    for before, part in pairwise(parts):
        if before.column is None and before.literal is None and part.literal is None:
            binder.report(messages.text_after_star(before.span))
        elif before.column is not None and part.column is not None:
            binder.report(messages.text_before_column(part.column.name, part.span))
        elif before.column is not None and part.literal is None and before.column.type in (None, Type.STRING):
            binder.report(messages.star_after_string(before.column.name, part.span))


@rowwise(Parse)
def compile_parse(plan: Parse, executor: Executor) -> Callable[[Batch], Batch]:
    """Match a batch; a dictionary is matched on its distinct texts."""
    executor.prepare([plan.expr])
    evaluator, names, captures = executor.evaluator, plan.schema.names, plan.pattern.captures

    def run(batch: Batch) -> Batch:
        texts = evaluator.frame(batch).column(plan.expr)
        codes = None
        if pa.types.is_dictionary(texts.type) and len(texts.dictionary) <= len(texts):
            texts, codes = texts.dictionary, texts.indices
        found = plan.pattern.match(storage.plain(texts))
        columns = dict(batch.columns)
        for capture, column in zip(captures, found.columns, strict=True):
            columns[capture.name] = column if codes is None else spread(column, codes, capture.type)
        parsed = Batch(columns, batch.rows).select(names)
        if not plan.where:
            return parsed
        matched = pa.array(found.matched)
        return parsed.filter(matched if codes is None else matched.take(codes))

    return run


def spread(column: pa.Array, codes: pa.Array, type_: Type) -> pa.Array:
    """What was found in distinct texts, for each row; strings stay a dictionary."""
    return pa.DictionaryArray.from_arrays(codes, column) if type_ is Type.STRING else column.take(codes)
