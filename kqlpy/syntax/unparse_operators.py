"""The text of pipelines and tabular operators; see `unparse.py`."""

from __future__ import annotations

from collections.abc import Iterable

from kqlpy.syntax import ast
from kqlpy.syntax.unparse_expr import Writer, bare, declared, defined, emit, operand, parenthesized, plain_name, referred, separated
from kqlpy.types import Type

__all__ = ["write_columns", "write_default"]

# ---------------------------------------------------------------- pieces that several operators share


def _keyword(word: str, params: Iterable[ast.Param], out: Writer) -> None:
    """Write `word name=value ... `, ready for what follows."""
    out.put(word)
    for param in params:
        out.put(" ")
        emit(param, out)


def _clause(word: str, node: ast.Node | None, out: Writer) -> None:
    """Write ` word node` if there is a node."""
    if node is not None:
        out.put(f" {word} ")
        emit(node, out)


def _list_clause(word: str, nodes: tuple[ast.Node, ...], out: Writer) -> None:
    if nodes:
        out.put(f" {word} ")
        separated(nodes, out)


def _spaced(nodes: Iterable[ast.Node], out: Writer) -> None:
    """Write ` a, b` if there is anything."""
    nodes = tuple(nodes)
    if nodes:
        out.put(" ")
        separated(nodes, out)


def write_columns(columns: Iterable[ast.ColumnDecl], out: Writer, star: bool = False) -> None:
    """Write `(a:long, b:string)`, with a `*` first if asked for."""
    columns = tuple(columns)
    out.put("(", "*" if star else "", ", " if star and columns else "")
    separated(columns, out)
    out.put(")")


def write_default(value: ast.Expr | None, out: Writer) -> None:
    """Write ` = value` if there is a value."""
    if value is not None:
        out.put(" = ")
        plain_name(value, out)


def _properties(properties: tuple[ast.Param, ...], out: Writer) -> None:
    """Write ` with (name=value, ...)` if there are any."""
    if properties:
        out.put(" with (")
        separated(properties, out)
        out.put(")")


def _names(nodes: Iterable[ast.Node], out: Writer) -> None:
    nodes = tuple(nodes)
    if nodes:
        out.put(" ")
        separated(nodes, out, referred)


def _tables(tables: tuple[ast.Expr, ...], out: Writer) -> None:
    if tables:
        out.put(" in (")
        separated(tables, out)
        out.put(")")


def _split(params: tuple[ast.Param, ...], name: str) -> tuple[tuple[ast.Param, ...], ast.Expr | None]:
    """The options without the one called `name`, and that one's value: it is written elsewhere."""
    found = next((param.value for param in params if param.name == name), None)
    return tuple(param for param in params if param.name != name), found


@emit.register
def _(node: ast.Param, out: Writer) -> None:
    out.put(node.name, "=")
    plain_name(node.value, out)


@emit.register
def _(node: ast.SortKey, out: Writer) -> None:
    emit(node.expr, out)
    if node.descending is not None:
        out.put(" desc" if node.descending else " asc")
    if node.nulls_first is not None:
        out.put(" nulls first" if node.nulls_first else " nulls last")


@emit.register
def _(node: ast.Pipeline, out: Writer) -> None:
    if isinstance(node.source, ast.ExternalData):
        emit(node.source, out)
    elif node.source is not None:
        operand(node.source, 1, out)
    for index, operator in enumerate(node.operators):
        if index or node.source is not None:
            out.line()
            out.put("| ")
        emit(operator, out)


@emit.register
def _(node: ast.ExternalData, out: Writer) -> None:
    out.put("externaldata")
    write_columns(node.columns, out)
    out.put("[")
    separated(node.uris, out)
    out.put("]")
    _properties(node.properties, out)


# ---------------------------------------------------------------- operators, a to l


@emit.register
def _(node: ast.As, out: Writer) -> None:
    _keyword("as", node.params, out)
    out.put(" ", defined(node.name))


@emit.register
def _(node: ast.AssertSchema, out: Writer) -> None:
    out.put("assert-schema ")
    write_columns(node.columns, out)


@emit.register
def _(node: ast.Consume, out: Writer) -> None:
    _keyword("consume", node.params, out)


@emit.register
def _(node: ast.Count, out: Writer) -> None:
    out.put("count", f" as {declared(node.as_name)}" if node.as_name else "")


@emit.register
def _(node: ast.Distinct, out: Writer) -> None:
    _keyword("distinct", node.params, out)
    _spaced(node.items, out)


@emit.register
def _(node: ast.Evaluate, out: Writer) -> None:
    _keyword("evaluate", node.params, out)
    out.put(" ")
    emit(node.call, out)
    if node.columns is not None:
        out.put(" : ")
        write_columns(node.columns, out, node.schema_star)


@emit.register
def _(node: ast.ExecuteAndCache, out: Writer) -> None:
    out.put(node.keyword)


@emit.register
def _(node: ast.Extend, out: Writer) -> None:
    out.put("extend")
    _spaced(node.items, out)


@emit.register
def _(node: ast.Facet, out: Writer) -> None:
    out.put("facet by")
    _names(node.items, out)
    if node.subquery is not None:
        out.put(" with ")
        parenthesized(node.subquery, out)


@emit.register
def _(node: ast.Find, out: Writer) -> None:
    _keyword("find", node.params, out)
    _tables(node.tables, out)
    _clause("where", node.predicate, out)
    if node.project is not None:
        out.put(" project ")
        separated(node.project, out, referred)
    if node.project_smart:
        out.put(" project-smart")
    if node.project_away:
        out.put(" project-away ")
        separated(node.project_away, out, referred)


@emit.register
def _(node: ast.Fork, out: Writer) -> None:
    out.put("fork")
    out.shift(+1)
    for branch in node.branches:
        out.line()
        emit(branch, out)
    out.shift(-1)


@emit.register
def _(node: ast.ForkBranch, out: Writer) -> None:
    out.put(f"{defined(node.name)} = " if node.name else "")
    parenthesized(node.query, out)


@emit.register
def _(node: ast.GetSchema, out: Writer) -> None:
    _keyword("getschema", node.params, out)


@emit.register
def _(node: ast.GraphOperator, out: Writer) -> None:
    out.put(node.text)


@emit.register
def _(node: ast.Invoke, out: Writer) -> None:
    out.put("invoke ")
    emit(node.call, out)


@emit.register
def _(node: ast.Join, out: Writer) -> None:
    _keyword("join", node.params, out)
    out.put(" ")
    operand(node.right, 1, out)
    _list_clause("on", node.on, out)
    _clause("where", node.where, out)


@emit.register
def _(node: ast.Lookup, out: Writer) -> None:
    _keyword("lookup", node.params, out)
    out.put(" ")
    operand(node.right, 1, out)
    _list_clause("on", node.on, out)


# ---------------------------------------------------------------- operators, m to p


@emit.register
def _(node: ast.MacroExpand, out: Writer) -> None:
    _keyword("macro-expand", node.params, out)
    out.put(" ")
    referred(node.group, out)
    out.put(f" as {declared(node.scope)}" if node.scope else "", " (")
    out.line(+1)
    emit(node.body, out)
    out.line(-1)
    out.put(")")


@emit.register
def _(node: ast.MakeSeries, out: Writer) -> None:
    _keyword("make-series", node.params, out)
    _spaced(node.aggregates, out)
    _clause("on", node.axis, out)
    if node.in_range:
        out.put(" in range(")
        separated([limit for limit in (node.start, node.stop, node.step) if limit is not None], out)
        out.put(")")
    else:
        _clause("from", node.start, out)
        _clause("to", node.stop, out)
        _clause("step", node.step, out)
    _list_clause("by", node.by, out)


@emit.register
def _(node: ast.SeriesAggregate, out: Writer) -> None:
    emit(node.value, out)
    if node.default is not None:
        out.put(" default=")
        emit(node.default, out)


@emit.register
def _(node: ast.MvApply, out: Writer) -> None:
    params, context = _split(node.params, "id")
    _keyword("mv-apply", params, out)
    _spaced(node.items, out)
    _clause("limit", node.limit, out)
    _clause("id", context, out)
    out.put(" on ")
    parenthesized(node.subquery, out)


@emit.register
def _(node: ast.MvExpand, out: Writer) -> None:
    _keyword("mvexpand" if node.legacy else "mv-expand", node.params, out)
    _spaced(node.items, out)
    _clause("limit", node.limit, out)


@emit.register
def _(node: ast.ExpandItem, out: Writer) -> None:
    emit(node.value, out)
    out.put(f" to typeof({node.type})" if node.type else "")


@emit.register
def _(node: ast.Parse, out: Writer) -> None:
    _keyword("parse-where" if node.where else "parse", node.params, out)
    out.put(" ")
    emit(node.expr, out)
    out.put(" with")
    for part in node.pattern:
        out.put(" ")
        emit(part, out)


@emit.register
def _(node: ast.ParsePart, out: Writer) -> None:
    if node.literal is not None:
        emit(ast.Literal(Type.STRING, node.literal), out)
    elif node.column is not None:
        emit(node.column, out)
    else:
        out.put("*")


@emit.register
def _(node: ast.ParseKv, out: Writer) -> None:
    out.put("parse-kv ")
    emit(node.expr, out)
    out.put(" as ")
    write_columns(node.columns, out)
    _properties(node.properties, out)


@emit.register
def _(node: ast.Partition, out: Writer) -> None:
    _keyword("partition", node.params, out)
    out.put(" by ")
    referred(node.by, out)
    _clause("in", node.scope, out)
    if not node.braces:
        out.put(" ")
        parenthesized(node.subquery, out)
        return
    out.put(" {")
    out.line(+1)
    emit(node.subquery, out)
    out.line(-1)
    out.put("}")


@emit.register
def _(node: ast.PartitionBy, out: Writer) -> None:
    params, scope = _split(node.params, "id")
    _keyword("__partitionby", params, out)
    out.put(" ")
    referred(node.by, out)
    _clause("id", scope, out)
    out.put(" ")
    parenthesized(node.subquery, out)


@emit.register
def _(node: ast.Print, out: Writer) -> None:
    out.put("print")
    _spaced(node.items, out)


@emit.register
def _(node: ast.Project, out: Writer) -> None:
    out.put("project")
    _spaced(node.items, out)


@emit.register
def _(node: ast.ProjectAway, out: Writer) -> None:
    out.put("project-away")
    _names(node.items, out)


@emit.register
def _(node: ast.ProjectByNames, out: Writer) -> None:
    out.put("project-by-names")
    _spaced(node.items, out)


@emit.register
def _(node: ast.ProjectKeep, out: Writer) -> None:
    out.put("project-keep")
    _names(node.items, out)


@emit.register
def _(node: ast.ProjectRename, out: Writer) -> None:
    out.put("project-rename")
    _spaced(node.items, out)


@emit.register
def _(node: ast.ProjectReorder, out: Writer) -> None:
    out.put("project-reorder")
    _spaced(node.items, out)


@emit.register
def _(node: ast.ReorderItem, out: Writer) -> None:
    referred(node.expr, out)
    out.put(f" {node.order}" if node.order else "")


# ---------------------------------------------------------------- operators, r to z


@emit.register
def _(node: ast.Range, out: Writer) -> None:
    out.put("range ", defined(node.name))
    _clause("from", node.start, out)
    _clause("to", node.stop, out)
    _clause("step", node.step, out)


@emit.register
def _(node: ast.Reduce, out: Writer) -> None:
    _keyword("reduce", node.params, out)
    _clause("by", node.by, out)
    _list_clause("with", node.properties, out)


@emit.register
def _(node: ast.Render, out: Writer) -> None:
    out.put("render ", node.chart)
    _properties(node.properties, out)


@emit.register
def _(node: ast.Sample, out: Writer) -> None:
    _keyword("sample", node.params, out)
    _spaced((node.count,), out)


@emit.register
def _(node: ast.SampleDistinct, out: Writer) -> None:
    _keyword("sample-distinct", node.params, out)
    _spaced((node.count,), out)
    _clause("of", node.of, out)


@emit.register
def _(node: ast.Scan, out: Writer) -> None:
    _keyword("scan", node.params, out)
    _list_clause("order by", node.order_by, out)
    _list_clause("partition by", node.partition_by, out)
    if node.declarations:
        out.put(" declare (")
        separated(node.declarations, out)
        out.put(")")
    out.put(" with (")
    for index, step in enumerate(node.steps):
        out.line(+1 if index == 0 else 0)
        emit(step, out)
    out.line(-1)
    out.put(")")


@emit.register
def _(node: ast.ScanDeclaration, out: Writer) -> None:
    out.put(declared(node.name), f":{node.type}" if node.type else "")
    write_default(node.default, out)


@emit.register
def _(node: ast.ScanStep, out: Writer) -> None:
    out.put("step ", bare(node.name), " optional" if node.optional else "")
    out.put(f" output={node.output}" if node.output else "", ": ")
    emit(node.condition, out)
    _list_clause("=>", node.assignments, out)
    out.put(";")


@emit.register
def _(node: ast.Search, out: Writer) -> None:
    _keyword("search", node.params, out)
    _tables(node.tables, out)
    out.put(" ")
    emit(node.predicate, out)


@emit.register
def _(node: ast.Serialize, out: Writer) -> None:
    _keyword("serialize", node.params, out)
    _spaced(node.items, out)


@emit.register
def _(node: ast.Sort, out: Writer) -> None:
    _keyword("sort", node.params, out)
    _list_clause("by", node.keys, out)


@emit.register
def _(node: ast.Summarize, out: Writer) -> None:
    params, step = _split(node.params, "bin")
    _keyword("summarize", params, out)
    _spaced(node.items, out)
    _list_clause("by", node.by, out)
    if step is not None:
        out.put(" bin=")
        emit(step, out)


@emit.register
def _(node: ast.Take, out: Writer) -> None:
    _keyword("take", node.params, out)
    _spaced((node.count,), out)


@emit.register
def _(node: ast.Top, out: Writer) -> None:
    _keyword("top", node.params, out)
    _spaced((node.count,), out)
    _list_clause("by", node.keys, out)


@emit.register
def _(node: ast.TopHitters, out: Writer) -> None:
    _keyword("top-hitters", node.params, out)
    _spaced((node.count,), out)
    _clause("of", node.of, out)
    _clause("by", node.by, out)


@emit.register
def _(node: ast.TopNested, out: Writer) -> None:
    separated(node.clauses, out)


@emit.register
def _(node: ast.TopNestedClause, out: Writer) -> None:
    out.put("top-nested")
    if node.count is not None:
        _spaced((node.count,), out)
    _clause("of", node.of, out)
    if node.others is not None:
        out.put(" with others=")
        emit(node.others, out)
    _clause("by", node.by, out)
    if node.descending is not None:
        out.put(" desc" if node.descending else " asc")


@emit.register
def _(node: ast.Union, out: Writer) -> None:
    _keyword("union", node.params, out)
    _spaced(node.tables, out)


@emit.register
def _(node: ast.Where, out: Writer) -> None:
    _keyword("where", node.params, out)
    _spaced((node.predicate,), out)
