"""Hypothesis strategies for syntax trees as the parser builds them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from kqlpy.columns.ticks import MAX_DATETIME, MAX_TIMESPAN
from kqlpy.syntax import ast
from kqlpy.types import Type

__all__ = ["expressions", "pipelines", "queries"]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
words = st.sampled_from(
    ["a", "b", "Account", "TimeGenerated", "x_1", "kind", "count", "by", "true", "dynamic", "in", "5h", "a b", ""]
)
names = st.builds(ast.Name, words | texts.filter(lambda text: not text.startswith("$")))
types = st.sampled_from([kind for kind in Type if kind is not Type.UNKNOWN])
functions = st.sampled_from(["f", "count", "strcat", "bin", "has_ipv4", "range", "not", "kind", "iff"])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
literals = st.one_of(
    st.builds(ast.Literal, st.just(Type.STRING), texts),
    st.builds(ast.Literal, st.just(Type.LONG), st.integers(-(2**63), 2**63 - 1)),
    st.builds(ast.Literal, st.just(Type.INT), st.none() | st.integers(-(2**31), 2**31 - 1)),
    st.builds(ast.Literal, st.just(Type.REAL), st.none() | st.floats(allow_nan=False)),
    st.builds(ast.Literal, st.just(Type.DECIMAL), st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=3)),
    st.builds(ast.Literal, st.just(Type.BOOL), st.none() | st.booleans()),
    st.builds(ast.Literal, st.just(Type.DATETIME), st.none() | st.integers(0, MAX_DATETIME)),
    st.builds(ast.Literal, st.just(Type.TIMESPAN), st.none() | st.integers(-MAX_TIMESPAN, MAX_TIMESPAN)),
    st.builds(ast.Literal, st.just(Type.GUID), st.none() | st.uuids().map(str)),
    st.builds(ast.Literal, st.just(Type.DYNAMIC), json_values.map(lambda value: None if value is None else _json(value))),
)

_LEVELS = {"or": 1, "and": 2, "==": 3, "!=": 3, "<": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_BINARY = [*_LEVELS, "has", "!contains_cs", "=~", "matches regex", "notlike", ":"]
_ASSOCIATIVE = ("or", "and", "+", "-", "*", "/", "%")


def _level(node: ast.Expr) -> int:
    match node:
        case ast.Binary():
            return _LEVELS.get(node.op, 7)
        case ast.InList() | ast.Between():
            return 3
        case ast.Unary():
            return 8
        case ast.Member() | ast.Index():
            return 9
        case _:
            return 10


def _at(level: int, node: ast.Expr) -> ast.Expr:
    """The node, in parentheses where only something that binds as tightly as `level` can stand."""
    return node if _level(node) >= level else ast.Paren(node)


def _binary(op: str, left: ast.Expr, right: ast.Expr) -> ast.Binary:
    level = _LEVELS.get(op, 7)
    return ast.Binary(op, _at(level + (op not in _ASSOCIATIVE), left), _at(level + 1, right))


def _between(left: ast.Expr, low: ast.Expr, high: ast.Expr, negated: bool) -> ast.Between:
    return ast.Between(_at(4, left), low, high, negated)


def _in_list(op: str, left: ast.Expr, items: list[ast.Expr]) -> ast.InList:
    return ast.InList(op, _at(4, left), tuple(items))


def _member(base: ast.Expr, member: ast.Expr) -> ast.Member:
    return ast.Member(_at(9, base), member)


def _call(name: str, args: list[ast.Expr]) -> ast.Call:
    return ast.Call(name, tuple(args))


def _extended(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(_binary, st.sampled_from(_BINARY), inner, inner),
        st.builds(lambda op, operand: ast.Unary(op, _at(9, operand)), st.sampled_from("+-"), inner),
        st.builds(_in_list, st.sampled_from(["in", "!in~", "has_any"]), inner, st.lists(inner, min_size=1, max_size=3)),
        st.builds(_between, inner, inner, inner, st.booleans()),
        st.builds(ast.Paren, inner),
        st.builds(_member, inner, names | st.builds(_call, functions, st.lists(inner, max_size=2))),
        st.builds(lambda base, index: ast.Index(_at(9, base), index), inner, inner),
        st.builds(_call, functions, st.lists(inner | st.just(ast.Star()), max_size=3)),
    )


expressions: st.SearchStrategy[Any] = st.recursive(names | literals, _extended, max_leaves=6)
items = expressions | st.builds(lambda name, value: ast.Assign((name.name,), value), names, expressions)
lists = st.lists(items, min_size=1, max_size=3).map(tuple)
columns = st.lists(st.builds(ast.ColumnDecl, names.map(lambda name: name.name), types), min_size=1, max_size=3).map(tuple)
keys = st.builds(ast.SortKey, items, st.none() | st.booleans(), st.none() | st.booleans())
kinds = st.sampled_from([(), (ast.Param("kind", ast.Name("inner")),), (ast.Param("hint.remote", ast.Literal(Type.LONG, 5)),)])
patterns = st.lists(names | st.just(ast.Wildcard("a*_b")) | st.just(ast.Star()), min_size=1, max_size=3).map(tuple)
aggregates = st.lists(st.builds(ast.SeriesAggregate, items, st.none() | expressions), min_size=1, max_size=2).map(tuple)
expanded = st.lists(st.builds(ast.ExpandItem, items, st.none() | types), min_size=1, max_size=2).map(tuple)
text_parts = st.builds(ast.ParsePart, texts)
column_parts = st.builds(lambda name, kind: ast.ParsePart(column=ast.ColumnDecl(name.name, kind)), names, st.none() | types)
parsed = st.lists(st.tuples(text_parts, column_parts | st.just(ast.ParsePart())), min_size=1, max_size=3).map(
    lambda p: sum(p, ())
)

flat_operators = st.one_of(
    st.builds(ast.As, words),
    st.builds(ast.Count, st.none() | words.filter(bool)),
    st.builds(ast.Distinct, lists, kinds),
    st.builds(ast.Extend, lists),
    st.builds(ast.MakeSeries, aggregates, items, st.none() | expressions, st.none() | expressions, expressions, lists),
    st.builds(ast.MvExpand, expanded, st.none() | expressions, kinds, st.booleans()),
    st.builds(ast.Parse, expressions, parsed, st.booleans(), kinds),
    st.builds(ast.ParseKv, expressions, columns),
    st.builds(ast.Print, lists),
    st.builds(ast.Project, lists),
    st.builds(ast.ProjectAway, patterns),
    st.builds(
        ast.ProjectReorder, st.lists(st.builds(ast.ReorderItem, names, st.sampled_from([None, "asc", "granny-desc"]))).map(tuple)
    ),
    st.builds(ast.Range, words, expressions, expressions, expressions),
    st.builds(ast.SampleDistinct, expressions, items),
    st.builds(ast.Search, expressions, patterns | st.just(())),
    st.builds(ast.Serialize, lists | st.just(())),
    st.builds(ast.Sort, st.lists(keys, min_size=1, max_size=2).map(tuple)),
    st.builds(ast.Summarize, lists | st.just(()), lists | st.just(()), kinds),
    st.builds(ast.Take, expressions),
    st.builds(lambda count, key: ast.Top(count, (key,)), expressions, keys),
    st.builds(ast.Where, expressions),
)


def _pipelines(operators: st.SearchStrategy[Any]) -> st.SearchStrategy[ast.Pipeline]:
    return st.builds(lambda source, steps: ast.Pipeline(source, tuple(steps)), names, st.lists(operators, min_size=1, max_size=3))


def _nested(operators: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    tables = st.builds(ast.Paren, _pipelines(operators))
    subqueries = st.lists(operators, min_size=1, max_size=2).map(lambda steps: ast.Pipeline(None, tuple(steps)))
    return st.one_of(
        st.builds(
            ast.Join,
            tables | names,
            lists.map(lambda found: found[:1]).filter(lambda on: not isinstance(on[0], ast.Assign)),
            kinds,
        ),
        st.builds(ast.MvApply, expanded, subqueries, st.none() | expressions),
        st.builds(ast.Partition, names, subqueries),
        st.builds(
            lambda found: ast.Union(tuple(found)), st.lists(tables | names | st.just(ast.Wildcard("T*")), min_size=1, max_size=3)
        ),
        st.builds(lambda table: ast.Where(ast.InList("in", ast.Name("a"), (table.inner,))), tables),
    )


pipelines: st.SearchStrategy[Any] = _pipelines(st.recursive(flat_operators, _nested, max_leaves=4))
params = st.builds(ast.FunctionParam, words, types) | st.builds(
    lambda name, found: ast.FunctionParam(name, columns=found), words, columns
)
bodies = st.builds(lambda expr: ast.Query((ast.ExprStatement(expr),)), pipelines | expressions)
functions_ = st.builds(ast.Function, st.lists(params, max_size=2).map(tuple), bodies, st.booleans())
lets = st.builds(ast.Let, words, pipelines | expressions | functions_)
queries = st.builds(
    lambda before, last: ast.Query((*before, last)),
    st.lists(lets, max_size=2),
    st.builds(ast.ExprStatement, pipelines | expressions),
)
