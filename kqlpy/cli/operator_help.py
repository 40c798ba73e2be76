"""Help on the tabular operators: their form and meaning from the declarations, and an example of each that runs as it stands."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from kqlpy import operators
from kqlpy.syntax import ast

__all__ = ["ALIASES", "EXAMPLES", "OperatorHelp", "keyword", "operator_help"]

#: other spellings
ALIASES = {"parse-where": "parse", "filter": "where", "limit": "take", "order": "sort", "mvexpand": "mv-expand", "mvapply": "mv-apply"}


@dataclass(frozen=True)
class OperatorHelp:
    """What an operator looks like, what its result is, where Microsoft describes it, and an example (None for those that need files)."""

    name: str
    form: str
    text: str
    page: str | None
    example: str | None


def operator_help() -> dict[str, OperatorHelp]:
    """All operators that run, by name, in alphabetical order."""
    operators.load()
    found = (_help(node, bind.__doc__ or "") for node, bind in operators.OPERATORS.items())
    return {help.name: help for help in sorted(found, key=lambda help: help.name)}


def keyword(node: type) -> str:
    """The word that an operator begins with, as KQL writes it."""
    if node is ast.GraphOperator:
        return "graph operators"
    if node in (ast.DataTable, ast.ExternalData, ast.GetSchema):
        return node.__name__.lower()
    return "-".join(word.lower() for word in re.findall("[A-Z][a-z]*", node.__name__))


def _help(node: type, text: str) -> OperatorHelp:
    name = keyword(node)
    page = None if node in (ast.AssertSchema, ast.ProjectByNames) else f"https://learn.microsoft.com/kusto/query/{name}-operator"
    form = inspect.cleandoc(node.__doc__ or "").replace("\n", " ").replace("`", "").rstrip(".")
    return OperatorHelp(name, form, inspect.cleandoc(text), page, EXAMPLES.get(name))


_T = "datatable(Host: string, N: long)['a', 1, 'b', 2, 'a', 3]"
EXAMPLES = {
    "as": f"{_T} | as T | where N > 1",
    "assert-schema": f"{_T} | assert-schema (Host: string, N: long)",
    "consume": f"{_T} | consume",
    "count": f"{_T} | count",
    "datatable": _T,
    "distinct": f"{_T} | distinct Host",
    "evaluate": "print d = dynamic({'a': 1}) | evaluate bag_unpack(d)",
    "extend": f"{_T} | extend Twice = N * 2",
    "facet": f"{_T} | facet by Host",
    "find": f"let T = view () {{ {_T} }}; find in (T) where N > 2",
    "fork": f"{_T} | fork (where N > 2) (count)",
    "getschema": f"{_T} | getschema",
    "invoke": f"let big = (T: (N: long)) {{ T | where N > 1 }}; {_T} | invoke big()",
    "join": f"{_T} | join kind=inner (print Host = 'b', Owner = 'ann') on Host",
    "lookup": f"{_T} | lookup (print Host = 'b', Owner = 'ann') on Host",
    "macro-expand": f"let T = {_T}; let U = T | where N > 1; macro-expand entity_group [T, U] as X (X | count)",
    "make-series": "range n from 1 to 5 step 2 | make-series Events = count() on n from 1 to 6 step 1",
    "mv-apply": "print d = dynamic([3, 1, 2]) | mv-apply d to typeof(long) on (top 2 by d)",
    "mv-expand": "print d = dynamic([1, 2]) | mv-expand d to typeof(long)",
    "parse": "print t = 'user=ann ip=192.0.2.7' | parse t with 'user=' User ' ip=' Ip | project User, Ip",
    "parse-kv": "print t = 'user=ann, n=2' | parse-kv t as (user: string, n: long) with (pair_delimiter=', ', kv_delimiter='=') | project user, n",
    "partition": f"{_T} | partition by Host (top 1 by N)",
    "print": "print a = 1 + 1, b = 'two'",
    "project": f"{_T} | project Name = Host, N",
    "project-away": f"{_T} | project-away N",
    "project-by-names": f"{_T} | project-by-names 'N'",
    "project-keep": f"{_T} | project-keep H*",
    "project-rename": f"{_T} | project-rename Name = Host",
    "project-reorder": f"{_T} | project-reorder N",
    "range": "range n from 1 to 3 step 1",
    "render": f"{_T} | summarize N = sum(N) by Host | render columnchart",
    "sample": "range n from 1 to 3 step 1 | sample 3",
    "sample-distinct": f"{_T} | sample-distinct 2 of Host",
    "scan": "range n from 1 to 3 step 1 | scan declare (total: long = 0) with (step s: true => total = n + s.total;)",
    "search": f"let T = view () {{ {_T} }}; search in (T) 'b'",
    "serialize": f"{_T} | serialize Row = row_number()",
    "sort": f"{_T} | sort by N desc",
    "summarize": f"{_T} | summarize Sum = sum(N) by Host",
    "take": f"{_T} | take 2",
    "top": f"{_T} | top 2 by N",
    "top-hitters": f"{_T} | top-hitters 1 of Host",
    "top-nested": f"{_T} | top-nested 1 of Host by sum(N)",
    "union": f"{_T} | union (print Host = 'c', N = 4)",
    "where": f"{_T} | where N > 1",
}
