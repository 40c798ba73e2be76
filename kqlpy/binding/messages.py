"""The wording of every semantic error, with Kusto's code where one exists, one factory per message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from kqlpy.errors import KqlSemanticError, KqlUnsupportedError
from kqlpy.source import Span
from kqlpy.types import Type

__all__ = ["did_you_mean"]

#: with more names than this, only those with the same first letter are compared
_MANY = 2_000


def did_you_mean(name: str, choices: Iterable[str]) -> str | None:
    """`did you mean `x`?` for the nearest of the names, or None."""
    pool = list(dict.fromkeys(choices))
    for choice in pool:
        if choice.lower() == name.lower() and choice != name:
            return f"did you mean `{choice}`?"
    if len(pool) > _MANY:
        pool = [choice for choice in pool if choice[:1].lower() == name[:1].lower()]
    lowered = {choice.lower(): choice for choice in pool}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return f"did you mean `{lowered[close[0]]}`?" if close else None


def unknown_name(name: str, span: Span | None, choices: Iterable[str], what: str = "column, table, variable or function") -> KqlSemanticError:
    return KqlSemanticError(f"no {what} is named `{name}`", code="KS142", span=span, hint=did_you_mean(name, choices))


def outside_rows(name: str, span: Span | None) -> KqlSemanticError:
    hint = "a sub-query runs once, not for each row; join the tables, or look the value up"
    return KqlSemanticError(f"`{name}` reads the rows around this sub-query, which it cannot see", code="KS143", span=span, hint=hint)


def unknown_column(name: str, span: Span | None, choices: Iterable[str]) -> KqlSemanticError:
    return unknown_name(name, span, choices, "column")


def unknown_table(name: str, span: Span | None, choices: Iterable[str]) -> KqlSemanticError:
    return _absent(KqlSemanticError(f"no table is named `{name}`", code="KS204", span=span, hint=did_you_mean(name, choices)))


def unknown_function(name: str, span: Span | None, choices: Iterable[str]) -> KqlSemanticError:
    return KqlSemanticError(f"no function is named `{name}`", code="KS211", span=span, hint=did_you_mean(name, choices))


def unknown_source(name: str, span: Span | None, choices: Iterable[str]) -> KqlSemanticError:
    """A function that should give rows and is not known."""
    return _absent(unknown_function(name, span, choices))


def _absent(error: KqlSemanticError) -> KqlSemanticError:
    error.absent = True
    return error


def unknown_plugin(name: str, span: Span | None, choices: Iterable[str]) -> KqlSemanticError:
    return KqlSemanticError(f"no plugin is named `{name}`", code="KS211", span=span, hint=did_you_mean(name, choices))


def too_many_operators(limit: int, span: Span) -> KqlUnsupportedError:
    return KqlUnsupportedError(f"the query has more than {limit:,} operators", code="KS245", span=span)


def empty_function(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"`{name}` has an empty body and gives nothing", code="KS006", span=span)


def argument_count(name: str, wanted: str, given: int, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"`{name}` takes {wanted}, {given} given", code="KS119", span=span)


def argument_type(name: str, parameter: str, wanted: str, given: Type, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"`{name}`: {parameter} must be {wanted}, not {given}", code="KS107", span=span)


def operator_types(op: str, left: Type, right: Type, span: Span | None, hint: str | None = None) -> KqlSemanticError:
    return KqlSemanticError(f"the operator `{op}` is not defined for {left} and {right}", code="KS106", span=span, hint=hint)


def type_expected(wanted: str, given: Type, span: Span | None, hint: str | None = None) -> KqlSemanticError:
    what = wanted if wanted.startswith(("a ", "several ")) else f"a value of type {wanted}"
    return KqlSemanticError(f"{what} is expected here, not {given}", code="KS107", span=span, hint=hint)


def table_expected(span: Span | None) -> KqlSemanticError:
    return KqlSemanticError("a table is expected here, not a single value", code="KS108", span=span)


def scalar_expected(span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(
        "a single value is expected here, not a table", code="KS111", span=span, hint="toscalar(...) takes the first value of a table"
    )


def constant_expected(span: Span | None, what: str = "a constant") -> KqlSemanticError:
    return KqlSemanticError(f"{what} is expected here: a value that does not depend on columns", code="KS113", span=span)


def literal_or_name_expected(span: Span | None) -> KqlSemanticError:
    return KqlSemanticError("a literal or a name is expected here", code="KS130", span=span, hint="compute the value in a `let` and name that")


def duplicate_column(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"the column `{name}` is given twice", code="KS110", span=span)


def duplicate_name(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"the name `{name}` is already defined", code="KS201", span=span)


def aggregate_not_allowed(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(
        f"the aggregate `{name}` cannot be used here", code="KS144", span=span, hint="aggregates belong into summarize, make-series or top-nested"
    )


def window_not_allowed(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"the window function `{name}` cannot be used here", code="KS203", span=span)


def not_serialized(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(
        f"`{name}` needs rows in a known order", code="SEM0026", span=span, hint="put `sort by ...` or `serialize` before it"
    )


def column_outside_aggregate(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(
        f"the column `{name}` stands outside an aggregate", code="KS152", span=span,
        hint=f"use an aggregate such as take_any({name}), or group by it",
    )  # fmt: skip


def unsupported(what: str, span: Span | None, hint: str | None = None) -> KqlUnsupportedError:
    return KqlUnsupportedError(f"kqlpy does not run {what}", code="KQLPY001", span=span, hint=hint)


def table_expected_at_end(span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(
        "the text defines names but asks for no result", code="KS000", span=span, hint="end with a query, such as `T | take 10`"
    )


def missing_columns(function: str, names: list[str], span: Span | None) -> KqlSemanticError:
    listed = ", ".join(f"`{n}`" for n in names)
    return KqlSemanticError(f"the table given to `{function}` lacks {listed}", code="KS147", span=span)


def must_begin(word: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"`{word}` makes rows of its own and can only begin a query", code="KS175", span=span)


def not_a_column(span: Span | None) -> KqlSemanticError:
    return KqlSemanticError("the name of a column is expected here", code="KS109", span=span)


def recursion(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"the function `{name}` calls itself", code="KS212", span=span)


def join_condition(span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(
        "a join condition is a column name, or `$left.a == $right.b`", code="KS195", span=span,
        hint="other comparisons belong into a `where` after the join",
    )  # fmt: skip


def join_types(left: Type, right: Type, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"{left} and {right} cannot be compared as join keys", code="KS106", span=span, hint="convert one, as with tostring(...)")


def datatable_shape(columns: int, values: int, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"{values} values do not fill rows of {columns} columns", code="KS186", span=span)


def schema_differs(span: Span | None) -> KqlSemanticError:
    return KqlSemanticError("the rows do not have the columns that are asserted", code="KS196", span=span)


def parse_kind(kind: str, allowed: Iterable[str], span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"there is no kind `{kind}` of parse here; write one of {', '.join(allowed)}", code="KS005", span=span)


def text_before_column(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"a text must stand in the pattern before the column `{name}`", code="KS101", span=span)


def text_after_star(span: Span | None) -> KqlSemanticError:
    return KqlSemanticError("a text must follow `*` in the pattern", code="KS102", span=span)


def star_after_string(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(
        f"`*` cannot follow `{name}`, a column of type string: nothing would tell where it ends", code="KS103", span=span,
        hint="put a text between them, or give the column another type",
    )  # fmt: skip


def several_values(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(
        f"`{name}` gives several values, and one is expected here", code="KS106", span=span, hint=f"assign them first: extend (a, b) = {name}(...)"
    )


def parse_kv_property(what: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"parse-kv: {what}", code="KS222", span=span)


def plugin_argument(name: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"`{name}` has no parameter for this argument", code="KS119", span=span)


def plugin_parameter_missing(name: str, parameters: Iterable[str], span: Span | None) -> KqlSemanticError:
    listed = ", ".join(f"`{p}`" for p in parameters)
    return KqlSemanticError(f"`{name}` lacks an argument for {listed}", code="KS119", span=span)


def output_column(plugin: str, name: str, wanted: Type, given: Type | None, span: Span | None) -> KqlSemanticError:
    found = f"gives `{name}` as {given}, not {wanted}" if given is not None else f"gives no column `{name}`"
    return KqlSemanticError(f"the schema after the call does not fit: `{plugin}` {found}", code="KS196", span=span)


def columns_clash(plugin: str, names: Iterable[str], span: Span | None, hint: str | None = None) -> KqlSemanticError:
    listed = ", ".join(f"`{n}`" for n in names)
    return KqlSemanticError(f"`{plugin}` makes columns that are there already: {listed}", code="KS110", span=span, hint=hint)


def allowed_values(name: str, parameter: str, values: Iterable[str], span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"`{name}`: `{parameter}` must be one of {', '.join(values)}", code="KS107", span=span)


def search_kind(kind: str, allowed: Iterable[str], span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"there is no kind `{kind}` of search; write one of {', '.join(allowed)}", code="KS005", span=span)


def aggregate_expected(plugin: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"`{plugin}` takes an aggregate here, such as sum(x) or count()", code="KS144", span=span)


def pattern_not_declared(reference: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"the pattern has no entry for `{reference}`", code="SEM0036", span=span, hint="entries are matched letter by letter")


def operator_not_allowed(keyword: str, where: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"the operator `{keyword}` cannot stand in {where}", code="KS002", span=span)


def positive_step(plugin: str, parameter: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"`{plugin}`: `{parameter}` must be greater than 0, and no bound may be null", code="KS107", span=span)


def reduce_kind(kind: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"there is no kind `{kind}` of reduce; the only one is source", code="KS005", span=span)


def out_of_bounds(plugin: str, parameter: str, low: str, high: str, span: Span | None) -> KqlSemanticError:
    return KqlSemanticError(f"`{plugin}`: `{parameter}` must lie between {low} and {high}", code="KS107", span=span)


def unknown_entity_group(name: str, span: Span | None, choices: Iterable[str]) -> KqlSemanticError:
    hint = did_you_mean(name, choices) or "name it in the text: let G = entity_group [database('a'), database('b')]"
    return KqlSemanticError(f"no entity group is named `{name}`", code="KS204", span=span, hint=hint)
