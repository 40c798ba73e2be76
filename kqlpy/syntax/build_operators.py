"""Builds the tabular operators; each method is the grammar rule of the same name."""

from __future__ import annotations

import re
from typing import NamedTuple

from kqlpy.source import Span
from kqlpy.syntax import ast, messages
from kqlpy.syntax.build_expr import Expressions
from kqlpy.syntax.lexer import Token
from kqlpy.types import Type

__all__ = ["Operators"]

Params = tuple[ast.Param, ...]
Exprs = tuple[ast.Expr, ...]


_ONE_LINE = re.compile(r"""("(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')|(?:\s|//[^\r\n]*)+""")


class Braces(NamedTuple):
    """The body of `partition ... { query }`."""

    query: ast.Pipeline


class SeriesRange(NamedTuple):
    """`from .. to .. step ..` of make-series, or `in range(..)`."""

    start: ast.Expr | None
    stop: ast.Expr | None
    step: ast.Expr
    in_range: bool


class Operators(Expressions):
    """The rules of pipelines and of the tabular operators, in the order of the grammar."""

    # ------------------------------------------------------------ pipelines

    def pipeline(self, span: Span, first: ast.Expr | ast.Operator, *rest: ast.Operator) -> ast.Pipeline:
        if isinstance(first, ast.Operator):
            return ast.Pipeline(None, (first, *rest), span=span)
        return ast.Pipeline(first, rest, span=span)

    def source_only(self, span: Span, source: ast.Expr | ast.Operator) -> ast.Expr:
        return ast.Pipeline(None, (source,), span=span) if isinstance(source, ast.Operator) else source

    def subquery(self, span: Span, *operators: ast.Operator) -> ast.Pipeline:
        return ast.Pipeline(None, operators, span=span)

    # ------------------------------------------------------------ operators, a to l

    def as_name(self, span: Span, params: Params, name: ast.Name) -> ast.As:
        return ast.As(self.hard(name), params, span=span)

    def assert_schema(self, span: Span, columns: tuple[ast.ColumnDecl, ...]) -> ast.AssertSchema:
        return ast.AssertSchema(columns, span=span)

    def consume(self, span: Span, params: Params) -> ast.Consume:
        return ast.Consume(params, span=span)

    def count(self, span: Span, name: ast.Name | None) -> ast.Count:
        return ast.Count(name.name if name else None, span=span)

    def distinct(self, span: Span, params: Params, *items: ast.Expr) -> ast.Distinct:
        return ast.Distinct(items, params, span=span)

    def evaluate(self, span: Span, params: Params, call: ast.Call, schema: ast.TypeOf | None) -> ast.Evaluate:
        if schema is None:
            return ast.Evaluate(call, params=params, span=span)
        return ast.Evaluate(call, schema.columns, schema.star, params, span=span)

    def evaluate_schema(self, span: Span, first: object, *rest: ast.ColumnDecl | None) -> ast.TypeOf:
        columns = tuple(column for column in rest if column is not None)
        return ast.TypeOf(None, first if isinstance(first, tuple) else columns, star=isinstance(first, ast.Star), span=span)

    def execute_and_cache(self, span: Span) -> ast.ExecuteAndCache:
        return ast.ExecuteAndCache("__executeAndCache", span=span)

    def extend(self, span: Span, items: Exprs) -> ast.Extend:
        return ast.Extend(items, span=span)

    def facet(self, span: Span, items: Exprs, subquery: ast.Pipeline | None = None) -> ast.Facet:
        return ast.Facet(items, subquery, span=span)

    facet_operator = subquery

    def find(
        self,
        span: Span,
        params: Params,
        tables: Exprs | None,
        predicate: ast.Expr,
        project: tuple[ast.Node, ...] | None,
        away: Exprs | None,
    ) -> ast.Find:
        smart = project == ()
        return ast.Find(predicate, tables or (), None if smart else project, smart, away or (), params, span=span)

    def find_project(self, span: Span, *columns: ast.Node) -> tuple[ast.Node, ...]:
        return columns

    find_smart = find_away = find_project

    def find_column(self, span: Span, name: ast.Name, kind: Type | None) -> ast.Node:
        return ast.ColumnDecl(name.name, kind, span=span) if kind else name

    def find_pack(self, span: Span) -> ast.Call:
        return ast.Call("pack", (ast.Star(span=span),), name_span=span, span=span)

    def find_pack_all(self, span: Span) -> ast.Call:
        return ast.Call("pack_all", name_span=span, span=span)

    def fork(self, span: Span, *branches: ast.ForkBranch) -> ast.Fork:
        return ast.Fork(branches, span=span)

    def fork_branch(self, span: Span, name: ast.Name | None, query: ast.Pipeline) -> ast.ForkBranch:
        return ast.ForkBranch(self.hard(name) if name else None, query, span=span)

    def getschema(self, span: Span, params: Params) -> ast.GetSchema:
        return ast.GetSchema(params, span=span)

    def invoke(self, span: Span, call: ast.Expr, *more: ast.Expr) -> ast.Invoke:
        for member in more:
            call = ast.Member(call, member, span=Span(call.span.start, member.span.end))
        return ast.Invoke(call, span=span)

    def join(self, span: Span, params: Params, right: ast.Expr, condition: Exprs | ast.Expr | None) -> ast.Join:
        if isinstance(condition, ast.Expr):
            return ast.Join(right, (), params, where=condition, span=span)
        return ast.Join(right, condition or (), params, span=span)

    def on(self, span: Span, conditions: Exprs) -> Exprs:
        return conditions

    def join_where(self, span: Span, condition: ast.Expr) -> ast.Expr:
        return condition

    def lookup(self, span: Span, params: Params, right: ast.Expr, on: Exprs) -> ast.Lookup:
        return ast.Lookup(right, on, params, span=span)

    # ------------------------------------------------------------ operators, m to p

    def macro_expand(
        self, span: Span, params: Params, group: ast.Expr, scope: ast.Name | None, *statements: ast.Statement
    ) -> ast.MacroExpand:
        where = Span(statements[0].span.start, statements[-1].span.end)
        return ast.MacroExpand(group, scope.name if scope else "", ast.Query(statements, span=where), params, span=span)

    def make_series(
        self,
        span: Span,
        params: Params,
        aggregates: tuple[ast.SeriesAggregate, ...],
        axis: ast.Expr,
        limits: SeriesRange,
        by: Exprs | None,
    ) -> ast.MakeSeries:
        return ast.MakeSeries(
            aggregates, axis, limits.start, limits.stop, limits.step, by or (), limits.in_range, params, span=span
        )

    def series_aggregates(self, span: Span, *items: ast.SeriesAggregate) -> tuple[ast.SeriesAggregate, ...]:
        return items

    def series_aggregate(self, span: Span, value: ast.Expr, default: ast.Expr | None) -> ast.SeriesAggregate:
        return ast.SeriesAggregate(value, default, span=span)

    def series_from_to(self, span: Span, start: ast.Expr | None, stop: ast.Expr | None, step: ast.Expr) -> SeriesRange:
        return SeriesRange(start, stop, step, in_range=False)

    def series_in_range(self, span: Span, start: ast.Expr, stop: ast.Expr, step: ast.Expr) -> SeriesRange:
        return SeriesRange(start, stop, step, in_range=True)

    def mv_apply(
        self,
        span: Span,
        params: Params,
        items: tuple[ast.ExpandItem, ...],
        limit: ast.Expr | None,
        context: ast.Expr | None,
        subquery: ast.Pipeline,
    ) -> ast.MvApply:
        if context is not None:
            params = (*params, ast.Param("id", context, span=context.span))
        return ast.MvApply(items, subquery, limit, params, span=span)

    def mv_expand(
        self, span: Span, keyword: Token, params: Params, items: tuple[ast.ExpandItem, ...], limit: ast.Expr | None
    ) -> ast.MvExpand:
        return ast.MvExpand(items, limit, params, legacy=keyword.text == "mvexpand", span=span)

    def expand_item(self, span: Span, value: ast.Expr, to: ast.TypeOf | None) -> ast.ExpandItem:
        return ast.ExpandItem(value, to.type if to else None, span=span)

    def parse(self, span: Span, keyword: Token, params: Params, expr: ast.Expr, *parts: ast.ParsePart) -> ast.Parse:
        return ast.Parse(expr, _joined_texts(parts), keyword.text == "parse-where", params, span=span)

    def parse_text(self, span: Span, token: Token) -> ast.ParsePart:
        return ast.ParsePart(str(self.string(span, token).value), span=span)

    def parse_star(self, span: Span, token: Token) -> ast.ParsePart:
        return ast.ParsePart(span=span)

    def parse_column(self, span: Span, name: ast.Name, kind: Type | None) -> ast.ParsePart:
        return ast.ParsePart(column=ast.ColumnDecl(name.name, kind, span=span), span=span)

    def parse_kv(self, span: Span, expr: ast.Expr, columns: tuple[ast.ColumnDecl, ...], properties: Params | None) -> ast.ParseKv:
        return ast.ParseKv(expr, columns, properties or (), span=span)

    def partition(
        self, span: Span, params: Params, by: ast.Expr, scope: ast.Expr | None, body: ast.Pipeline | Braces
    ) -> ast.Partition:
        braces = isinstance(body, Braces)
        return ast.Partition(by, body.query if isinstance(body, Braces) else body, params, braces, scope, span=span)

    def braces_query(self, span: Span, query: ast.Expr) -> Braces:
        return Braces(query if isinstance(query, ast.Pipeline) else ast.Pipeline(query, (), span=span))

    def partition_by(
        self, span: Span, params: Params, by: ast.Expr, scope: ast.Expr | None, subquery: ast.Pipeline
    ) -> ast.PartitionBy:
        if scope is not None:
            params = (*params, ast.Param("id", scope, span=scope.span))
        return ast.PartitionBy(by, subquery, params, span=span)

    def print(self, span: Span, items: Exprs) -> ast.Print:
        return ast.Print(items, span=span)

    def project(self, span: Span, items: Exprs | None) -> ast.Project:
        return ast.Project(items or (), span=span)

    def project_away(self, span: Span, *items: ast.Expr) -> ast.ProjectAway:
        return ast.ProjectAway(items, span=span)

    def project_by_names(self, span: Span, *items: ast.Expr) -> ast.ProjectByNames:
        return ast.ProjectByNames(items, span=span)

    def project_keep(self, span: Span, *items: ast.Expr) -> ast.ProjectKeep:
        return ast.ProjectKeep(items, span=span)

    def project_rename(self, span: Span, items: Exprs | None) -> ast.ProjectRename:
        return ast.ProjectRename(items or (), span=span)

    def project_reorder(self, span: Span, *items: ast.ReorderItem | None) -> ast.ProjectReorder:
        return ast.ProjectReorder(tuple(item for item in items if item is not None), span=span)

    def reorder_item(self, span: Span, expr: ast.Expr, direction: Token | None) -> ast.ReorderItem:
        return ast.ReorderItem(expr, direction.text if direction else None, span=span)

    # ------------------------------------------------------------ operators, r to z

    def range(self, span: Span, name: ast.Name, start: ast.Expr, stop: ast.Expr, step: ast.Expr) -> ast.Range:
        return ast.Range(self.hard(name), start, stop, step, span=span)

    def reduce(self, span: Span, params: Params, by: ast.Expr, properties: Params | None) -> ast.Reduce:
        return ast.Reduce(by, params, properties or (), span=span)

    def render(self, span: Span, chart: Token, properties: Params, *items: ast.Param | ast.Name | None) -> ast.Render:
        return ast.Render(chart.text, (*properties, *_named_properties(items)), span=span)

    def render_properties(self, span: Span, *properties: ast.Param) -> Params:
        return properties

    def render_by(self, span: Span, *names: ast.Name) -> ast.Param:
        return ast.Param("by", _names(names), span=span)

    def sample(self, span: Span, params: Params, count: ast.Expr) -> ast.Sample:
        return ast.Sample(count, params, span=span)

    def sample_distinct(self, span: Span, params: Params, count: ast.Expr, of: ast.Expr) -> ast.SampleDistinct:
        return ast.SampleDistinct(count, of, params, span=span)

    def scan(
        self,
        span: Span,
        params: Params,
        order: tuple[ast.SortKey, ...] | None,
        partition: Exprs | None,
        declarations: tuple[ast.ScanDeclaration, ...] | None,
        *steps: ast.ScanStep,
    ) -> ast.Scan:
        return ast.Scan(steps, declarations or (), order or (), partition or (), params, span=span)

    def scan_order(self, span: Span, *keys: ast.SortKey) -> tuple[ast.SortKey, ...]:
        return keys

    scan_partition = on

    def scan_declare(self, span: Span, *params: ast.FunctionParam) -> tuple[ast.ScanDeclaration, ...]:
        return tuple(ast.ScanDeclaration(p.name, p.type, p.default, span=p.span) for p in params)

    def scan_step(
        self,
        span: Span,
        name: ast.Name,
        optional: Token | None,
        output: Token | None,
        condition: ast.Expr,
        *assigns: ast.Assign | None,
    ) -> ast.ScanStep:
        done = tuple(assign for assign in assigns if assign is not None)
        return ast.ScanStep(name.name, condition, done, output.text if output else None, optional is not None, span=span)

    scan_assign = Expressions.assign

    def search(self, span: Span, params: Params, tables: Exprs | None, predicate: ast.Expr) -> ast.Search:
        return ast.Search(predicate, tables or (), params, span=span)

    def search_all(self, span: Span, star: Token, predicate: ast.Expr) -> ast.Binary:
        everything = ast.Star(span=star.span)
        return ast.Binary("and", everything, predicate, op_span=Span(star.end, predicate.span.start), span=span)

    def serialize(self, span: Span, params: Params, items: Exprs | None) -> ast.Serialize:
        return ast.Serialize(items or (), params, span=span)

    def sort(self, span: Span, params: Params, *keys: ast.SortKey) -> ast.Sort:
        return ast.Sort(keys, params, span=span)

    def sort_key(self, span: Span, expr: ast.Expr, direction: Token | None, nulls: Token | None) -> ast.SortKey:
        if direction and direction.text.startswith("granny"):
            raise messages.unsupported(direction.text, direction.span)
        descending = direction.text.endswith("desc") if direction else None
        return ast.SortKey(expr, descending, nulls.text == "first" if nulls else None, span=span)

    def summarize(self, span: Span, params: Params, items: Exprs | None, by: tuple[Exprs, Params] | None) -> ast.Summarize:
        keys, more = by or ((), ())
        return ast.Summarize(items or (), keys, (*params, *more), span=span)

    def summarize_by(self, span: Span, keys: Exprs, step: ast.Expr | None) -> tuple[Exprs, Params]:
        return keys, () if step is None else (ast.Param("bin", step, span=step.span),)

    def take(self, span: Span, params: Params, count: ast.Expr) -> ast.Take:
        return ast.Take(count, params, span=span)

    def top(self, span: Span, params: Params, count: ast.Expr, key: ast.SortKey) -> ast.Top:
        return ast.Top(count, (key,), params, span=span)

    def top_hitters(self, span: Span, params: Params, count: ast.Expr, of: ast.Expr, by: ast.Expr | None) -> ast.TopHitters:
        return ast.TopHitters(count, of, by, params, span=span)

    def top_nested(self, span: Span, *clauses: ast.TopNestedClause) -> ast.TopNested:
        return ast.TopNested(clauses, span=span)

    def top_nested_clause(
        self, span: Span, count: ast.Expr | None, of: ast.Expr, others: ast.Expr | None, by: ast.SortKey
    ) -> ast.TopNestedClause:
        return ast.TopNestedClause(of, by.expr, count, others, by.descending, span=span)

    def union(self, span: Span, params: Params, *tables: ast.Expr) -> ast.Union:
        return ast.Union(tables, params, span=span)

    def where(self, span: Span, params: Params, predicate: ast.Expr) -> ast.Where:
        return ast.Where(predicate, params, span=span)

    # ------------------------------------------------------------ graph operators

    def _graph(self, span: Span, *parts: object) -> ast.GraphOperator:
        text = _ONE_LINE.sub(lambda match: match[1] or " ", self.text[span.start : span.end])
        found = [part for part in parts if isinstance(part, ast.Expr)]
        for part in parts:
            found.extend(item for item in (part if isinstance(part, tuple) else ()) if isinstance(item, ast.Expr))
        return ast.GraphOperator(text.split(None, 1)[0], text, tuple(found), span=span)

    make_graph = graph_match = graph_shortest_paths = graph_to_table = graph_mark_components = graph_where = _graph

    def make_graph_with(self, span: Span, *tables: ast.Expr) -> Exprs:
        return tables

    def graph_node_id(self, span: Span, name: ast.Name) -> Exprs:
        return (name,)

    def graph_table(self, span: Span, table: ast.Expr, key: ast.Name) -> ast.Expr:
        return table

    def graph_source(self, span: Span, *args: ast.Expr) -> ast.Call:
        return ast.Call("graph", args, name_span=Span(span.start, span.start + 5), span=span)

    # ------------------------------------------------------------ parts of operators

    def param(self, span: Span, name: Token, value: ast.Expr) -> ast.Param:
        return ast.Param(name.text, value, span=span)

    word_param = param
    param_call = Expressions.call

    def negative_long(self, span: Span, sign: Token, number: Token) -> ast.Unary:
        return ast.Unary("-", self.long(number.span, number), span=span)

    def negative_real(self, span: Span, sign: Token, number: Token) -> ast.Unary:
        return ast.Unary("-", self.real(number.span, number), span=span)

    def externaldata(
        self,
        span: Span,
        params: Params,
        columns: tuple[ast.ColumnDecl, ...],
        uris: Exprs,
        properties: Params | None,
    ) -> ast.ExternalData:
        return ast.ExternalData(columns, uris, properties or (), span=span)


def _joined_texts(parts: tuple[ast.ParsePart, ...]) -> tuple[ast.ParsePart, ...]:
    """The pattern with adjacent texts made one, as adjacent string literals are everywhere."""
    joined: list[ast.ParsePart] = []
    for part in parts:
        before = joined[-1] if joined else None
        if before is not None and before.column is not None and part.column is not None:
            raise messages.columns_in_a_row(before.column.name, part.column.name, part.span)
        if before is not None and before.literal is not None and part.literal is not None:
            joined[-1] = ast.ParsePart(before.literal + part.literal, span=Span(before.span.start, part.span.end))
        else:
            joined.append(part)
    return tuple(joined)


def _named_properties(items: tuple[ast.Param | ast.Name | None, ...]) -> list[ast.Param]:
    """Render properties, where `ycolumns=a, b` gives the names after the comma to the property before."""
    properties: list[ast.Param] = []
    for item in items:
        if isinstance(item, ast.Param):
            properties.append(item)
        elif item is not None:
            last = properties[-1] if properties else None
            if last is None or not isinstance(last.value, ast.Name | ast.NameList):
                raise messages.expected(["a property such as `title=...`"], f"`{item.name}`", None, item.span)
            names = last.value.names if isinstance(last.value, ast.NameList) else (last.value,)
            span = Span(last.span.start, item.span.end)
            properties[-1] = ast.Param(last.name, _names((*names, item)), span=span)
    return properties


def _names(names: tuple[ast.Expr, ...]) -> ast.Expr:
    if len(names) == 1:
        return names[0]
    found = tuple(name for name in names if isinstance(name, ast.Name))
    return ast.NameList(found, span=Span(names[0].span.start, names[-1].span.end))
