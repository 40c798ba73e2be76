"""The wording of every syntax error, one factory a message.

Codes are those of the official front end where it has one for the mistake. Nothing here names a terminal of the grammar: what was
expected comes in as words of KQL. When to use which message is decided in `diagnose.py` and in the builders.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kqlpy.errors import KqlError, KqlSyntaxError, KqlUnsupportedError
from kqlpy.source import Span

__all__ = [
    "OPERATOR_NAMES", "alias_with_as", "assigns_in_predicate", "bad_literal", "bare_guid", "bracket_mismatch",
    "bracket_unclosed", "bracket_unopened", "chained_comparison", "client_parameter", "colon_equals", "columns_in_a_row",
    "comment_style", "decimal_in_dynamic", "did_you_mean", "empty_query", "expected", "foreign_character",
    "half_character",
    "literal_not_call", "lower_case", "management_command", "missing_operator_name", "missing_pipe", "missing_semicolon",
    "missing_separator", "missing_value", "name_in_brackets", "negated_word", "no_conversion", "no_such_operator",
    "not_a_comparison", "not_a_constant", "not_in_dynamic", "not_is_a_function", "nothing_before_pipe", "option_too_late", "quote_in_string",
    "range_needs_from", "single_equals", "space_in_timespan", "sql_null_test", "sql_query", "step_comes_last",
    "string_unclosed", "table_first", "too_deep", "too_long", "typographic", "unknown_type", "unneeded_negation",
    "unquoted_key", "unsupported", "untyped_parameter",
]  # fmt: skip

OPERATOR_NAMES = [
    "as", "assert-schema", "consume", "count", "distinct", "evaluate", "extend", "facet", "filter", "find", "fork",
    "getschema", "graph-mark-components", "graph-match", "graph-shortest-paths", "graph-to-table", "graph-where-edges",
    "graph-where-nodes", "invoke", "join", "limit", "lookup", "macro-expand", "make-graph", "make-series", "mv-apply",
    "mv-expand", "order", "parse", "parse-kv", "parse-where", "partition", "print", "project", "project-away",
    "project-by-names", "project-keep", "project-rename", "project-reorder", "range", "reduce", "render", "sample",
    "sample-distinct", "scan", "search", "serialize", "sort", "summarize", "take", "top", "top-hitters", "top-nested",
    "union", "where",
]  # fmt: skip
"""The words that can follow `|`, in their modern spelling."""

_OTHER_LANGUAGES = {
    "select": "project", "group": "summarize ... by", "having": "where", "fields": "project", "stats": "summarize",
    "eval": "extend", "rename": "project-rename", "head": "take", "dedup": "distinct", "table": "project", "drop": "project-away",
    "rex": "parse or extract()", "add": "extend", "sum": "summarize sum(...)", "unique": "distinct",
}  # fmt: skip


def did_you_mean(word: str, candidates: Sequence[str], cutoff: float = 0.6) -> str | None:
    """A hint that names the candidate nearest to `word`; None when nothing is near."""
    from difflib import get_close_matches

    found = get_close_matches(word.lower(), candidates, n=1, cutoff=cutoff)
    return f"did you mean `{found[0]}`?" if found else None


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


# ---------------------------------------------------------------- limits


def too_long(size: int, limit: int) -> KqlError:
    return KqlUnsupportedError(f"the query has {size:,} characters; the limit is {limit:,}", code="KS244")


def half_character(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("half of a character (a lone surrogate) stands here", code="KS002", span=span, hint="the text was not decoded as it should be")


def too_deep(limit: int, span: Span) -> KqlError:
    return KqlUnsupportedError(f"the query is nested deeper than {limit} levels", code="KS245", span=span)


# ---------------------------------------------------------------- the query as a whole


def empty_query() -> KqlSyntaxError:
    return KqlSyntaxError("the query is empty", code="KS006", span=Span(0, 0))


def table_first(word: str, span: Span) -> KqlSyntaxError:
    hint = f"write Table | {word} ..."
    return KqlSyntaxError(f"a query begins with a table; `{word}` needs one before it", code="KS174", span=span, hint=hint)


def nothing_before_pipe(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("a query begins with a table; nothing stands before `|`", code="KS174", span=span)


def management_command(span: Span) -> KqlError:
    return KqlUnsupportedError("management commands, which begin with a point, are not run", code="KS300", span=span)


def unsupported(name: str, span: Span) -> KqlError:
    return KqlUnsupportedError(f"`{name}` is not supported", span=span)


def client_parameter(found: str, span: Span) -> KqlSyntaxError:
    hint = "put a value in its place, or pass it as a query parameter"
    return KqlSyntaxError(f"`{found}` is a placeholder of a workbook or dashboard", code="KS213", span=span, hint=hint)


def sql_query(span: Span) -> KqlSyntaxError:
    hint = "a KQL query begins with a table: Table | where condition | project columns"
    return KqlSyntaxError("this is SQL, not KQL", code="KS198", span=span, hint=hint)


def comment_style(found: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"`{found}` does not begin a comment", code="KS002", span=span, hint="comments begin with //")


# ---------------------------------------------------------------- characters and strings


def foreign_character(found: str, span: Span) -> KqlSyntaxError:
    hint = {
        "&": "use `and` to combine conditions",
        "!": "negate with not(...), or compare with `!=`, `!in`, `!has`, `!contains` ...",
        "^": "use pow(base, exponent) for powers",
        "\\": "a backslash is only allowed in a string",
        "@": "a verbatim string is written @'...'",
        "`": "a string is written with ' or \", a name with special characters ['...']",
        "~": "compare without case with `=~`, `!~`, `in~`",
    }.get(found)
    shown = "a backtick" if found == "`" else f"`{found}`"
    return KqlSyntaxError(f"{shown} is not expected here", code="KS002", span=span, hint=hint)


def typographic(found: str, meant: str, span: Span) -> KqlSyntaxError:
    message = f"`{found}` is a typographic character, often made by a word processor"
    return KqlSyntaxError(message, code="KS002", span=span, hint=f"replace it with {meant}")


def string_unclosed(quote: str, span: Span) -> KqlSyntaxError:
    if len(quote) > 1:
        return KqlSyntaxError(f"this string is not closed; {quote} is missing", code="KS001", span=span)
    hint = "a string over several lines is written between ``` and ```"
    return KqlSyntaxError(f"this string is not closed; {quote} is missing", code="KS001", span=span, hint=hint)


def bad_literal(message: str, span: Span) -> KqlSyntaxError:
    message = re.sub(r"`([^`]{60})[^`]*`", r"`\1...`", message)
    return KqlSyntaxError(message, code="KS004", span=span)


def literal_not_call(name: str, convert: str, span: Span) -> KqlSyntaxError:
    hint = f"to convert a value use `{convert}(...)`"
    return KqlSyntaxError(f"`{name}(...)` takes a literal on one line", code="KS004", span=span, hint=hint)


def no_conversion(name: str, kind: str, span: Span) -> KqlSyntaxError:
    hint = f"to convert a value use `to{kind}(...)`"
    return KqlSyntaxError(f"there is no function or literal `{name}(...)`", code="KS006", span=span, hint=hint)


def bare_guid(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("a guid needs its type", code="KS214", span=span, hint="write guid(...) around it")


def not_in_dynamic(text: str, span: Span) -> KqlSyntaxError:
    hint = "only literals, [...] and {...} can; build values from columns with bag_pack() or pack_array()"
    return KqlSyntaxError(f"`{text}` cannot stand inside dynamic(...)", code="KS006", span=span, hint=hint)


def unquoted_key(found: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"a key in quotes is expected inside {{...}}, not {found}", code="KS006", span=span)


def not_a_constant(found: str, span: Span) -> KqlSyntaxError:
    hint = "a datatable holds literals only; compute values with `extend` afterwards"
    return KqlSyntaxError(f"{found} is not expected in a datatable", code="KS005", span=span, hint=hint)


def decimal_in_dynamic(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("a decimal cannot stand inside dynamic(...)", code="KS215", span=span)


def unknown_type(name: str, hint: str | None, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"`{name}` is not a type", code="KS160", span=span, hint=hint)


# ---------------------------------------------------------------- brackets


def bracket_unclosed(opening: str, before: str | None, span: Span) -> KqlSyntaxError:
    text = f"this `{opening}` is not closed before {before}" if before else f"this `{opening}` is never closed"
    return KqlSyntaxError(text, code="KS001", span=span)


def bracket_unopened(closing: str, opening: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"`{closing}` closes nothing; there is no open `{opening}`", code="KS198", span=span)


def bracket_mismatch(opening: str, closing: str, line: int, span: Span) -> KqlSyntaxError:
    text = f"`{closing}` cannot close the `{opening}` of line {line}"
    return KqlSyntaxError(text, code="KS001", span=span)


# ---------------------------------------------------------------- operators after |


def missing_operator_name(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("an operator such as `where` or `summarize` is missing after `|`", code="KS176", span=span)


def no_such_operator(word: str, span: Span) -> KqlSyntaxError:
    meant = _OTHER_LANGUAGES.get(word.lower())
    hint = f"in KQL this is `{meant}`" if meant else did_you_mean(word, OPERATOR_NAMES)
    return KqlSyntaxError(f"there is no operator `{word}`", code="KS176", span=span, hint=hint)


def missing_pipe(word: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"a `|` is missing before `{word}`", code="KS198", span=span)


def missing_semicolon(word: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"a `;` is missing before `{word}`", code="KS005", span=span)


# ---------------------------------------------------------------- inside expressions


def single_equals(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("`=` gives a name to a value; use `==` to compare", code="KS002", span=span)


def assigns_in_predicate(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("a condition cannot be given a name; use `==` to compare", code="KS002", span=span)


def lower_case(word: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"keywords are written in lower case: `{word.lower()}`, not `{word}`", code="KS002", span=span)


def negated_word(word: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"`not {word}` is written `!{word}`", code="KS002", span=span)


def unneeded_negation(word: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"there is no operator `!{word}`", code="KS002", span=span, hint=f"write not(x {word} (...))")


def sql_null_test(span: Span) -> KqlSyntaxError:
    hint = "use isnull(x), isnotnull(x), isempty(x) or isnotempty(x)"
    return KqlSyntaxError("there is no `is` in KQL", code="KS002", span=span, hint=hint)


def not_a_comparison(word: str, hint: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"`{word}` is not an operator", code="KS002", span=span, hint=hint)


def colon_equals(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("`:=` is not KQL; give a name with `=`", code="KS002", span=span)


def quote_in_string(quote: str, span: Span) -> KqlSyntaxError:
    other = '"' if quote == "'" else "'"
    hint = f"a {quote} inside a string is written \\{quote}, or the string is put between {other} and {other}"
    return KqlSyntaxError("this string ends here, in the middle of a word", code="KS001", span=span, hint=hint)


def not_is_a_function(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("`not` is a function and needs parentheses", code="KS002", span=span, hint="write not(condition)")


def space_in_timespan(meant: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("a timespan has no space before its unit", code="KS004", span=span, hint=f"write {meant}")


def step_comes_last(word: str, span: Span) -> KqlSyntaxError:
    hint = "write from start to stop step size"
    return KqlSyntaxError(f"`{word}` stands after `step`", code="KS198", span=span, hint=hint)


def range_needs_from(span: Span) -> KqlSyntaxError:
    hint = "write range name from start to stop step size"
    return KqlSyntaxError("this is no complete `range`", code="KS005", span=span, hint=hint)


def chained_comparison(found: str, span: Span) -> KqlSyntaxError:
    hint = "combine two comparisons with `and`, or use `between`"
    return KqlSyntaxError(f"comparisons cannot be chained with `{found}`", code="KS198", span=span, hint=hint)


def alias_with_as(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("a value is given a name with `=`, not with `as`", code="KS198", span=span, hint="write name = value")


def option_too_late(word: str, span: Span) -> KqlSyntaxError:
    hint = f"write it directly after the operator, as in join {word}=... (Table) on Key" if word == "kind" else None
    return KqlSyntaxError(f"the option `{word}=` stands too late", code="KS198", span=span, hint=hint)


def untyped_parameter(span: Span) -> KqlSyntaxError:
    hint = "write let f = (name:string, days:long) { ... }"
    return KqlSyntaxError("every parameter of a function needs a type", code="KS006", span=span, hint=hint)


def missing_separator(what: Sequence[str], found: str, span: Span) -> KqlSyntaxError:
    code = "KS005" if "a `,`" in what else "KS198"
    return KqlSyntaxError(f"{_listed(what)} is missing before {found}", code=code, span=span)


def missing_value(after: str | None, found: str, keyword: bool, span: Span) -> KqlSyntaxError:
    place = f" after {after}" if after else ""
    hint = f"to use {found} as a name write ['{found.strip('`')}']" if keyword else None
    return KqlSyntaxError(f"a value is missing{place}, before {found}", code="KS006", span=span, hint=hint)


def name_in_brackets(word: str, span: Span) -> KqlSyntaxError:
    what = "has a `-` and" if "-" in word else "is a keyword and"
    return KqlSyntaxError(f"`{word}` {what} needs brackets to be a name: ['{word}']", code="KS228", span=span)


def columns_in_a_row(first: str, second: str, span: Span) -> KqlSyntaxError:
    hint = f"if `{second}` is the type of `{first}`, write {first}:{second}"
    message = f"a text is missing in the pattern between `{first}` and `{second}`"
    return KqlSyntaxError(message, code="KS101", span=span, hint=hint)


def expected(words: Sequence[str], found: str, hint: str | None, span: Span) -> KqlSyntaxError:
    text = f"{_listed(words)} is expected, not {found}" if words else f"{found} is not expected here"
    return KqlSyntaxError(text, code="KS005" if words else "KS002", span=span, hint=hint)
