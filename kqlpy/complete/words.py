"""The words that the language itself brings, by the operator in whose text they stand."""

from __future__ import annotations

__all__ = ["CHARTS", "INFIX", "NOT_VALUES", "SOURCES", "TABLES_FOLLOW", "WORDS"]

#: what can open a query beside a table
SOURCES = ("datatable", "externaldata", "find", "let", "print", "range", "search", "set", "union")
#: after these and a bracket, a table may follow
TABLES_FOLLOW = frozenset({"in", "join", "lookup", "materialize", "union", "view", "toscalar", "kind", "inner", "innerunique", "leftouter",
    "rightouter", "fullouter", "leftanti", "rightanti", "leftsemi", "rightsemi", "anti", "outer"})  # fmt: skip
INFIX = (
    "and", "between", "contains", "contains_cs", "endswith", "endswith_cs", "has", "has_all", "has_any", "has_cs", "hasprefix", "hassuffix", "in", "in~", "matches regex",
    "or", "startswith", "startswith_cs", "!between", "!contains", "!endswith", "!has", "!in", "!in~", "!startswith",
)  # fmt: skip
WORDS: dict[str, tuple[str, ...]] = {
    "distinct": (), "evaluate": (), "find": ("in", "project", "where"), "join": ("kind=", "on"), "lookup": ("kind=", "on"), "make-series": ("by", "default=", "from", "in range", "on", "step", "to"),
    "mv-apply": ("limit", "on", "to typeof("), "mv-expand": ("limit", "to typeof(", "with_itemindex="), "order": ("asc", "by", "desc", "nulls first", "nulls last"),
    "parse": ("kind=", "with"), "parse-where": ("kind=", "with"), "partition": ("by",), "range": ("from", "step", "to"), "render": ("with",), "search": ("in", "kind="),
    "sort": ("asc", "by", "desc", "nulls first", "nulls last"), "summarize": ("by",), "take": (), "top": ("asc", "by", "desc", "nulls first", "nulls last"),
    "top-hitters": ("by", "of"), "top-nested": ("by", "of"), "union": ("isfuzzy=", "kind=", "withsource="),
}  # fmt: skip
CHARTS = (
    "anomalychart", "areachart", "barchart", "card", "columnchart", "linechart", "piechart", "scatterchart", "stackedareachart", "table", "timechart",
)  # fmt: skip
#: words after which a value is expected, though they look like one
NOT_VALUES = frozenset({
    "and", "or", "not", "by", "on", "of", "from", "to", "step", "with", "in", "between", "contains", "contains_cs", "endswith", "endswith_cs", "has", "has_all",
    "has_any", "has_cs", "hasprefix", "hassuffix", "startswith", "startswith_cs", "regex", "where", "project", "let", "default", "kind", "typeof",
})  # fmt: skip
