"""Plugins that bind but are refused by name when they would run.

They call other services, run other languages, or compute what no public description settles: which patterns `basket` and its kin pick, which of
several overlapping occurrences `sequence_detect` gives, what `session_count` does with the first row.
"""

from __future__ import annotations

from collections.abc import Callable

from kqlpy.binding.naming import free_name
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.plugins.timeline import timeline_columns
from kqlpy.functions.registry import PLUGINS, declare
from kqlpy.plan.expressions import ColumnRef
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

__all__: list[str] = []

Rule = Callable[[PluginCall], Schema]


def _before(*columns: tuple[str, Type]) -> Rule:
    """These columns, then the input's."""
    return lambda call: Schema((*Schema.of(columns).columns, *call.schema.columns), call.schema.open)


def _only(*columns: tuple[str, Type]) -> Rule:
    return lambda call: Schema.of(columns)


def _same(call: PluginCall) -> Schema:
    return call.schema


def _unknown(call: PluginCall) -> Schema:
    return Schema((), open=True)


def _script(call: PluginCall) -> Schema:
    """What the script's first argument, a `typeof(...)`, says of its result."""
    if call.output is None:
        return Schema((), open=True)
    own = tuple(c for c in call.schema if all(c.name != d.name for d in call.output.columns)) if call.output.star else ()
    return Schema((*own, *call.output.columns), call.output.star and call.schema.open)


def _sequence(call: PluginCall) -> Schema:
    """The dimensions, the time of each step, and how long it all took."""
    time = call.column("TimelineColumn")
    steps = tuple(Column(f"{label}_{time.name}", time.type) for label in call.labels)
    return Schema((*call.columns("Dimension"), *steps, Column("Duration", Type.TIMESPAN)))


def _funnel(call: PluginCall) -> Schema:
    state = call.column("StateColumn").type
    parts = (Column("prev", state), Column("next", state), Column("dcount", Type.LONG), Column("samples", Type.DYNAMIC))
    return Schema((call.column("TimelineColumn"), *parts))


def _funnel_completion(call: PluginCall) -> Schema:
    state = Column(call.column("StateColumn").name, Type.STRING)
    return Schema((call.column("TimelineColumn"), state, Column("Period", Type.TIMESPAN), Column("dcount", Type.LONG)))


def _answer(suffix: str, type_: Type) -> Rule:
    """The input and what a model makes of one argument, with its error if asked for."""

    def rule(call: PluginCall) -> Schema:
        given = next(iter(call.arguments.values()))[0]
        name = given.name if isinstance(given, ColumnRef) else ""
        columns = [*call.schema.columns, Column(f"{name}_{suffix}", type_)]
        if call.given("IncludeErrorMessages") and call.constant("IncludeErrorMessages"):
            columns.append(Column(f"{name}_{suffix}_error", Type.STRING))
        return Schema(tuple(columns), call.schema.open)

    return rule


def _places(call: PluginCall) -> Schema:
    """The input and the columns of the table, without its shapes unless they are asked for."""
    key = next(arguments[0] for name, arguments in call.arguments.items() if name.startswith("Lookup"))
    shape = key.name if isinstance(key, ColumnRef) and not call.constant("return_lookup_key", False) else None
    table, used = call.plans["LookupTable"].schema, set(call.schema.names)
    found = []
    for column in table:
        if column.name != shape:
            found.append(Column(free_name(column.name, used), column.type))
            used.add(found[-1].name)
    return Schema((*call.schema.columns, *found), call.schema.open or table.open)


_SEGMENT = (("SegmentId", Type.LONG), ("Count", Type.LONG), ("Percent", Type.REAL))
_DIFFERENCE = (
    ("SegmentId", Type.LONG), ("CountA", Type.LONG), ("CountB", Type.LONG),
    ("PercentA", Type.REAL), ("PercentB", Type.REAL), ("PercentDiffAB", Type.REAL),
)  # fmt: skip
_WEIGHTED = "WeightColumn: column scalar = ~"
_WILDCARD = "*CustomWildcard: scalar"
_REQUEST = "connection_string: string, {}: string, {}: dynamic = ?, options: dynamic = ?"
_PERIOD = "IdColumn: column notdynamic, TimelineColumn: column summable, Start: const summable, End: const summable"
_DIMENSIONS = "*Dimension: column notdynamic"
_SHAPES = "SourceLongitude: column scalar, SourceLatitude: column scalar"
_OPTIONS = "return_unmatched: const bool = ?, lookup_area_radius: const real = ?, return_lookup_key: const bool = ?"
_MODEL = "ConnectionString: string, Options: dynamic = ?, IncludeErrorMessages: const bool = ?"
_SCRIPT = "OutputSchema: type, Script: string, Arguments: dynamic = ?"

_DECLARED: tuple[tuple[str, str, Rule], ...] = (
    ("autocluster", f"SizeWeight: real = ~, {_WEIGHTED}, NumSeeds: integer = ~, {_WILDCARD}", _before(*_SEGMENT)),
    ("basket", f"Threshold: real = ~, {_WEIGHTED}, MaxDimensions: integer = ~, {_WILDCARD}", _before(*_SEGMENT)),
    (
        "diffpatterns",
        f"SplitColumn: column scalar, SplitValueA: string, SplitValueB: string, {_WEIGHTED}, Threshold: real = ~, MaxDimensions: integer = ~, {_WILDCARD}",
        _before(*_DIFFERENCE),
    ),
    (
        "sequence_detect",
        f"TimelineColumn: column summable, MaxSequenceStepWindow: const summable, MaxSequenceSpan: const summable, +Expr: bool, {_DIMENSIONS}",
        _sequence,
    ),
    (
        "session_count",
        f"{_PERIOD}, Bin: const summable, LookBackWindow: const summable, {_DIMENSIONS}",
        lambda call: timeline_columns(call, ("count_sessions", Type.LONG)),
    ),
    (
        "funnel_sequence",
        f"{_PERIOD}, MaxWindowSizeBetweenSteps: const summable, Step: const summable, StateColumn: column notdynamic, Sequence: const dynamic",
        _funnel,
    ),
    (
        "funnel_sequence_completion",
        f"{_PERIOD}, BinSize: const summable, StateColumn: column notdynamic, Sequence: const dynamic, MaxSequencePeriods: const dynamic",
        _funnel_completion,
    ),
    (
        "geo_polygon_lookup",
        f"LookupTable: table, LookupPolygonKey: lookup dynamic, {_SHAPES}, radius: const real = ?, {_OPTIONS}",
        _places,
    ),
    ("geo_line_lookup", f"LookupTable: table, LookupLineKey: lookup dynamic, {_SHAPES}, radius: const real, {_OPTIONS}", _places),
    ("azure_digital_twins_query_request", "endpoint: string, sql_query: string", _unknown),
    ("cosmosdb_sql_request", _REQUEST.format("sql_query", "sql_parameters"), _unknown),
    ("sql_request", _REQUEST.format("sql_query", "sql_parameters"), _unknown),
    ("mysql_request", _REQUEST.format("sql_query", "sql_parameters"), _unknown),
    ("postgresql_request", _REQUEST.format("sql_query", "sql_parameters"), _unknown),
    ("dax_request", _REQUEST.format("dax_query", "dax_parameters"), _unknown),
    ("execute_query", "connection_string: string, query: string", _unknown),
    ("execute_show_command", "connection_string: string, command: string", _unknown),
    ("external_datatable", "", _unknown),
    ("csharp", _SCRIPT, _script),
    ("python", f"{_SCRIPT}, Artifacts: dynamic = ?", _script),
    ("r", _SCRIPT, _script),
    ("identity_v3", "mode: const string, exceptionText: const string", _same),
    (
        "http_request",
        "Uri: const string, RequestHeaders: dynamic = ?, Options: dynamic = ?",
        _only(("ResponseHeaders", Type.DYNAMIC), ("ResponseBody", Type.DYNAMIC)),
    ),
    (
        "http_request_post",
        "Uri: const string, RequestHeaders: dynamic = ?, Options: dynamic = ?, Content: const string = ?",
        _only(("ResponseHeaders", Type.DYNAMIC), ("ResponseBody", Type.DYNAMIC)),
    ),
    ("infer_storage_schema", "Options: dynamic", _only(("CslSchema", Type.STRING))),
    ("infer_storage_schema_with_suggestions", "Options: dynamic", _only(("SuggestedTableSchema", Type.STRING))),
    ("ai_embeddings", f"Text: scalar, {_MODEL}", _answer("embeddings", Type.DYNAMIC)),
    ("ai_embed_text", f"Text: scalar, {_MODEL}", _answer("embedding", Type.DYNAMIC)),
    ("ai_chat_completion", f"Prompt: dynamic, {_MODEL}", _answer("completion", Type.STRING)),
    ("ai_chat_completion_prompt", f"Prompt: string, {_MODEL}", _answer("completion", Type.STRING)),
)

for _name, _parameters, _rule in _DECLARED:
    declare(PLUGINS, _name, f"({_parameters}) -> table", columns=_rule, page=f"{_name.replace('_', '-')}-plugin")
PLUGINS["sequence_detect"].extra["labels"] = "Expr"
