"""parse-kv: columns from the keys and values written inside a text.

https://learn.microsoft.com/kusto/query/parse-kv-operator
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.absent import settled
from kqlpy.binding.scalars import convert_to
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch
from kqlpy.errors import KqlError
from kqlpy.operators import operator, rowwise
from kqlpy.operators.parse import spread, with_captures
from kqlpy.operators.parse_pairs import PairRules, values_of
from kqlpy.operators.parse_patterns import Capture, convert_captures
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import Expression, columns_of
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["ParseKv"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ParseKv(UnaryPlan):
    """The input's columns with one for each key added or replaced in place."""

    expr: Expression
    keys: tuple[Capture, ...]
    rules: PairRules
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The wanted columns that are no keys, and what the parsed expression reads."""
        return ((wanted - {k.name for k in self.keys}) | columns_of(self.expr),)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted keys and columns."""
        keys = tuple(k for k in self.keys if k.name in wanted)
        if not keys:
            return self.input
        return replace(self, keys=keys, schema=self.schema.only(wanted))

    def details(self) -> str:
        """What is parsed, and the keys."""
        return f"{show(self.expr)} as {', '.join(f'{k.name}:{k.type}' for k in self.keys)}"


@operator(ast.ParseKv)
def bind(node: ast.ParseKv, plan: Plan, binder: Binder) -> Plan:
    """The properties must be written out, because they are needed before any row."""
    expr = settled(binder, binder.expression(node.expr, binder.context(plan, windows=False)), Type.STRING)
    expr = convert_to(binder, expr, Type.STRING)
    keys = tuple(Capture(c.name, c.type or Type.STRING) for c in node.columns)
    schema = with_captures(binder, plan.schema, keys, [c.span for c in node.columns])
    return ParseKv(input=plan, expr=expr, keys=tuple(dict.fromkeys(keys)), rules=_rules(binder, node), schema=schema, span=node.span)


def _rules(binder: Binder, node: ast.ParseKv) -> PairRules:
    given: dict[str, list[str]] = {}
    greedy = False
    for param in node.properties:
        value = param.value
        if param.name == "greedy":
            greedy = isinstance(value, ast.Literal) and value.value is True
        elif isinstance(value, ast.Literal) and value.type is Type.STRING:
            given.setdefault(param.name, []).append(str(value.value))
        else:
            binder.report(messages.parse_kv_property(f"`{param.name}` must be a string literal", value.span))
    pair, kv, regex = (given.get(name, [""])[-1] for name in ("pair_delimiter", "kv_delimiter", "regex"))
    if bool(pair) != bool(kv):
        binder.report(messages.parse_kv_property("`pair_delimiter` and `kv_delimiter` belong together", node.span))
    quotes = given.get("quote", [])
    if any(len(q) not in (1, 2) for q in quotes):
        binder.report(messages.parse_kv_property("`quote` is one character, or an opening and a closing one", node.span))
        quotes = []
    if any(len(e) != 1 for e in given.get("escape", [])):
        binder.report(messages.parse_kv_property("`escape` is one character", node.span))
    marks = tuple((q[0], q[-1]) for q in quotes)
    rules = PairRules(pair, kv, marks, "".join(given.get("escape", [])), greedy and bool(kv), regex)
    _check_regex(binder, rules, node)
    return rules


def _check_regex(binder: Binder, rules: PairRules, node: ast.ParseKv) -> None:
    if not rules.regex:
        return
    try:
        groups = len(rules.pattern.names)
    except KqlError as error:
        error.span = error.span or node.span
        binder.report(error)
        return
    if groups != 2:
        binder.report(messages.parse_kv_property("`regex` needs two groups, one for the key and one for the value", node.span))


@rowwise(ParseKv)
def compile_parse_kv(plan: ParseKv, executor: Executor) -> Callable[[Batch], Batch]:
    """Read a batch; a dictionary is read on its distinct texts."""
    executor.prepare([plan.expr])
    evaluator, names = executor.evaluator, plan.schema.names
    keys = tuple(k.name for k in plan.keys)

    def run(batch: Batch) -> Batch:
        texts = evaluator.frame(batch).column(plan.expr)
        codes = None
        if pa.types.is_dictionary(texts.type) and len(texts.dictionary) <= len(texts):
            texts, codes = texts.dictionary, texts.indices
        found, _ = convert_captures(plan.keys, values_of(plan.rules, keys, storage.plain(texts)))
        columns = dict(batch.columns)
        for key, column in zip(plan.keys, found, strict=True):
            columns[key.name] = column if codes is None else spread(column, codes, key.type)
        return Batch(columns, batch.rows).select(names)

    return run
