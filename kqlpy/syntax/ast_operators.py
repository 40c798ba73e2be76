"""Tabular operators of the syntax tree, in alphabetical order, with the parts that they are written with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kqlpy.syntax.ast_base import Expr, Node, Operator
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.syntax.ast_expressions import Assign, Call, ColumnDecl, Name, Pipeline
    from kqlpy.syntax.ast_statements import Query

__all__ = [
    "As",
    "AssertSchema",
    "Consume",
    "Count",
    "Distinct",
    "Evaluate",
    "ExecuteAndCache",
    "ExpandItem",
    "Extend",
    "Facet",
    "Find",
    "Fork",
    "ForkBranch",
    "GetSchema",
    "GraphOperator",
    "Invoke",
    "Join",
    "Lookup",
    "MacroExpand",
    "MakeSeries",
    "MvApply",
    "MvExpand",
    "NameList",
    "Param",
    "Parse",
    "ParseKv",
    "ParsePart",
    "Partition",
    "PartitionBy",
    "Print",
    "Project",
    "ProjectAway",
    "ProjectByNames",
    "ProjectKeep",
    "ProjectRename",
    "ProjectReorder",
    "Range",
    "Reduce",
    "Render",
    "ReorderItem",
    "Sample",
    "SampleDistinct",
    "Scan",
    "ScanDeclaration",
    "ScanStep",
    "Search",
    "Serialize",
    "SeriesAggregate",
    "Sort",
    "SortKey",
    "Summarize",
    "Take",
    "Top",
    "TopHitters",
    "TopNested",
    "TopNestedClause",
    "Union",
    "Where",
]


@dataclass(frozen=True, slots=True)
class NameList(Expr):
    """`a, b`: several names as the value of one property (`ycolumns=a, b` of render)."""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Param(Node):
    """An operator option or property `name=value` (`kind=leftouter`, `hint.strategy=shuffle`, `title="x"`).

    A bare word value is a Name.
    """

    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class SortKey(Node):
    """`expr [asc|desc] [nulls first|last]`; None where not written."""

    expr: Expr
    descending: bool | None = None
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class As(Operator):
    """`as name`."""

    name: str
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class AssertSchema(Operator):
    """`assert-schema (a:long, ...)`."""

    columns: tuple[ColumnDecl, ...]


@dataclass(frozen=True, slots=True)
class Consume(Operator):
    """`consume`."""

    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Count(Operator):
    """`count`; `as_name` for the old form `count as x`."""

    as_name: str | None = None


@dataclass(frozen=True, slots=True)
class Distinct(Operator):
    """`distinct expressions`, Star for all columns."""

    items: tuple[Expr, ...]
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluate(Operator):
    """`evaluate plugin(args) [: (schema)]`; `schema_star` when the schema begins with `*`."""

    call: Call
    columns: tuple[ColumnDecl, ...] | None = None
    schema_star: bool = False
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class ExecuteAndCache(Operator):
    """`__executeAndCache` and other internal operators by keyword."""

    keyword: str


@dataclass(frozen=True, slots=True)
class Extend(Operator):
    """`extend items`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Facet(Operator):
    """`facet by columns [with (subquery)]`; the subquery is a Pipeline without source."""

    items: tuple[Expr, ...]
    subquery: Pipeline | None = None


@dataclass(frozen=True, slots=True)
class Find(Operator):
    """`find [options] [in (tables)] where predicate [project ...] [project-smart] [project-away ...]`.

    `project` holds Name, ColumnDecl (`name:type`) or the Call `pack(*)` / `pack_all()`.
    """

    predicate: Expr
    tables: tuple[Expr, ...] = ()
    project: tuple[Node, ...] | None = None
    project_smart: bool = False
    project_away: tuple[Expr, ...] = ()
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class ForkBranch(Node):
    """`[name =] (subquery)` of `fork`."""

    name: str | None
    query: Pipeline


@dataclass(frozen=True, slots=True)
class Fork(Operator):
    """`fork (..) name=(..)`."""

    branches: tuple[ForkBranch, ...]


@dataclass(frozen=True, slots=True)
class GetSchema(Operator):
    """`getschema`; `kind=csl` stands in params."""

    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphOperator(Operator):
    """A graph operator (`make-graph`, `graph-match`, `graph-to-table`, `graph-shortest-paths`, `graph-mark-components`,
    `graph-where-nodes`, `graph-where-edges`, `graph-merge`): parsed, shown, and refused by name.

    `parts` keeps the expressions inside, in text order, and `text` the spelling.
    """

    keyword: str
    text: str
    parts: tuple[Expr, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Invoke(Operator):
    """`invoke f(args)`."""

    call: Expr


@dataclass(frozen=True, slots=True)
class Join(Operator):
    """`join [params] right [on conditions]`; the form `join right where condition` is read, for the binder to refuse."""

    right: Expr
    on: tuple[Expr, ...]
    params: tuple[Param, ...] = ()
    where: Expr | None = None


@dataclass(frozen=True, slots=True)
class Lookup(Operator):
    """`lookup [params] right [on conditions]`."""

    right: Expr
    on: tuple[Expr, ...]
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class MacroExpand(Operator):
    """`macro-expand [params] entity_group as name (statements)`."""

    group: Expr
    scope: str
    body: Query
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesAggregate(Node):
    """`[name =] aggregate [default = value]` of make-series."""

    value: Expr
    default: Expr | None = None


@dataclass(frozen=True, slots=True)
class MakeSeries(Operator):
    """`make-series aggregates on axis [from a] [to b] step s [by keys]`, or the form `in range(start, stop, step)`.

    In the second form `in_range` is true and start, stop, step hold its three arguments.
    """

    aggregates: tuple[SeriesAggregate, ...]
    axis: Expr
    start: Expr | None
    stop: Expr | None
    step: Expr
    by: tuple[Expr, ...] = ()
    in_range: bool = False
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpandItem(Node):
    """`[name =] array [to typeof(type)]` of mv-expand and mv-apply."""

    value: Expr
    type: Type | None = None


@dataclass(frozen=True, slots=True)
class MvApply(Operator):
    """`mv-apply [params] items [limit n] [id = guid] on (subquery)`."""

    items: tuple[ExpandItem, ...]
    subquery: Pipeline
    limit: Expr | None = None
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class MvExpand(Operator):
    """`mv-expand [params] items [limit n]`; `legacy` for the spelling `mvexpand` (limit 128)."""

    items: tuple[ExpandItem, ...]
    limit: Expr | None = None
    params: tuple[Param, ...] = ()
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class ParsePart(Node):
    """One part of a parse pattern.

    Exactly one of: `literal` (text or regex), `column` (with its optional type), or neither for `*`.
    """

    literal: str | None = None
    column: ColumnDecl | None = None


@dataclass(frozen=True, slots=True)
class Parse(Operator):
    """`parse [kind=.. flags=..] expr with pattern`, or `parse-where` when `where` is true."""

    expr: Expr
    pattern: tuple[ParsePart, ...]
    where: bool = False
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class ParseKv(Operator):
    """`parse-kv expr as (keys) with (properties)`."""

    expr: Expr
    columns: tuple[ColumnDecl, ...]
    properties: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Partition(Operator):
    """`partition [params] by column (subquery)`, or `{ full query }` when `legacy_body` is set."""

    by: Expr
    subquery: Pipeline
    params: tuple[Param, ...] = ()
    braces: bool = False
    scope: Expr | None = None


@dataclass(frozen=True, slots=True)
class PartitionBy(Operator):
    """`__partitionby column [id scope] (subquery)`, an internal form: parsed and refused."""

    by: Expr
    subquery: Pipeline
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Print(Operator):
    """`print items`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Project(Operator):
    """`project items`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ProjectAway(Operator):
    """`project-away names`, Name, Wildcard or Star."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ProjectByNames(Operator):
    """`project-by-names names`: Name, Wildcard or an expression that yields names."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ProjectKeep(Operator):
    """`project-keep names`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ProjectRename(Operator):
    """`project-rename new = old, ...`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ReorderItem(Node):
    """A name or pattern of project-reorder with `asc`, `desc`, `granny-asc`, `granny-desc` or None."""

    expr: Expr
    order: str | None = None


@dataclass(frozen=True, slots=True)
class ProjectReorder(Operator):
    """`project-reorder names`."""

    items: tuple[ReorderItem, ...]


@dataclass(frozen=True, slots=True)
class Range(Operator):
    """`range name from a to b step s`."""

    name: str
    start: Expr
    stop: Expr
    step: Expr


@dataclass(frozen=True, slots=True)
class Reduce(Operator):
    """`reduce [kind=..] by expr [with threshold=.., characters=..]`."""

    by: Expr
    params: tuple[Param, ...] = ()
    properties: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Render(Operator):
    """`render chart [with (properties)]`."""

    chart: str
    properties: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample(Operator):
    """`sample n`."""

    count: Expr
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleDistinct(Operator):
    """`sample-distinct n of expr`."""

    count: Expr
    of: Expr
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanDeclaration(Node):
    """`name:type [= default]` of scan's `declare`."""

    name: str
    type: Type | None
    default: Expr | None = None


@dataclass(frozen=True, slots=True)
class ScanStep(Node):
    """`step name [optional] [output=all|last|none]: condition [=> assignments];`."""

    name: str
    condition: Expr
    assignments: tuple[Assign, ...] = ()
    output: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Scan(Operator):
    """`scan [with_match_id=name] [order by ..] [partition by ..] [declare (..)] with (steps)`."""

    steps: tuple[ScanStep, ...]
    declarations: tuple[ScanDeclaration, ...] = ()
    order_by: tuple[SortKey, ...] = ()
    partition_by: tuple[Expr, ...] = ()
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Search(Operator):
    """`search [kind=..] [in (tables)] predicate`."""

    predicate: Expr
    tables: tuple[Expr, ...] = ()
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Serialize(Operator):
    """`serialize [items]`."""

    items: tuple[Expr, ...] = ()
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Sort(Operator):
    """`sort by keys` or `order by keys`."""

    keys: tuple[SortKey, ...]
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Summarize(Operator):
    """`summarize items [by keys]`."""

    items: tuple[Expr, ...]
    by: tuple[Expr, ...] = ()
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Take(Operator):
    """`take n` or `limit n`."""

    count: Expr
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Top(Operator):
    """`top n by keys`."""

    count: Expr
    keys: tuple[SortKey, ...]
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class TopHitters(Operator):
    """`top-hitters n of expr [by weight]`."""

    count: Expr
    of: Expr
    by: Expr | None = None
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class TopNestedClause(Node):
    """`top-nested [n] of expr [with others = value] by aggregate [asc|desc]`."""

    of: Expr
    by: Expr
    count: Expr | None = None
    others: Expr | None = None
    descending: bool | None = None


@dataclass(frozen=True, slots=True)
class TopNested(Operator):
    """One or more top-nested clauses."""

    clauses: tuple[TopNestedClause, ...]


@dataclass(frozen=True, slots=True)
class Union(Operator):
    """`union [params] tables`; a table is an expression, a Paren with a Pipeline, or a Wildcard."""

    tables: tuple[Expr, ...]
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class Where(Operator):
    """`where predicate` or `filter predicate`."""

    predicate: Expr
    params: tuple[Param, ...] = ()
