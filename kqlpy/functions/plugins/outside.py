"""Plugins that bind but are refused by name when they would run, each with the reason.

They ask other services, run other languages, or compute what no public description settles, such as which patterns `autocluster` picks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kqlpy.binding.naming import free_name
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.plugins.timeline import timeline_columns
from kqlpy.functions.refusals import CODE, GEOSPATIAL, SERVICE, UNDOCUMENTED, UNPUBLISHED
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


def _funnel(call: PluginCall) -> Schema:
    state = call.column("StateColumn").type
    parts = (Column("prev", state), Column("next", state), Column("dcount", Type.LONG), Column("samples", Type.DYNAMIC))
    return Schema((call.column("TimelineColumn"), *parts))


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


def _funnel_completion(call: PluginCall) -> Schema:
    state = Column(call.column("StateColumn").name, Type.STRING)
    return Schema((call.column("TimelineColumn"), state, Column("Period", Type.TIMESPAN), Column("dcount", Type.LONG)))


_SEGMENT = (("SegmentId", Type.LONG), ("Count", Type.LONG), ("Percent", Type.REAL))
_DIFFERENCE = (
    ("SegmentId", Type.LONG), ("CountA", Type.LONG), ("CountB", Type.LONG),
    ("PercentA", Type.REAL), ("PercentB", Type.REAL), ("PercentDiffAB", Type.REAL),
)  # fmt: skip
_TEXT_DIFFERENCE = (
    ("Count_of_True", Type.LONG), ("Count_of_False", Type.LONG), ("Percent_of_True", Type.REAL), ("Percent_of_False", Type.REAL), ("Pattern", Type.STRING),
)  # fmt: skip
_WEIGHTED = "WeightColumn: column scalar = ~"
_WILDCARD = "*CustomWildcard: scalar"
_REQUEST = "connection_string: string, {}: string, {}: dynamic = ?, options: dynamic = ?"
_PERIOD = "IdColumn: column notdynamic, TimelineColumn: column summable, Start: const summable, End: const summable"
_SHAPES = "SourceLongitude: column scalar, SourceLatitude: column scalar"
_OPTIONS = "return_unmatched: const bool = ?, lookup_area_radius: const real = ?, return_lookup_key: const bool = ?"
_MODEL = "ConnectionString: string, Options: dynamic = ?, IncludeErrorMessages: const bool = ?"
_SQL = ("cosmosdb_sql_request", "sql_request", "mysql_request", "postgresql_request")
_RESPONSE = (("ResponseHeaders", Type.DYNAMIC), ("ResponseBody", Type.DYNAMIC))
_SCRIPT = "OutputSchema: type, Script: string, Arguments: dynamic = ?"


@dataclass(frozen=True)
class Refused:
    """A plugin that is not run: its parameters, its columns, and why. `rows_only`: without rows it has nothing to tell."""

    name: str
    parameters: str
    columns: Rule
    why: str
    rows_only: bool = False


_REFUSED = (
    Refused("autocluster", f"SizeWeight: real = ~, {_WEIGHTED}, NumSeeds: integer = ~, {_WILDCARD}", _before(*_SEGMENT), UNPUBLISHED, rows_only=True),
    Refused(
        "diffpatterns",
        f"SplitColumn: column scalar, SplitValueA: string, SplitValueB: string, {_WEIGHTED}, Threshold: real = ~, MaxDimensions: integer = ~, {_WILDCARD}",
        _before(*_DIFFERENCE), UNPUBLISHED, rows_only=True,
    ),
    Refused(
        "diffpatterns_text",
        "TextColumn: column string, BooleanCondition: bool, MinTokens: const integer = ?, Threshold: const number = ?, MaxTokens: const integer = ?",
        _only(*_TEXT_DIFFERENCE), UNPUBLISHED, rows_only=True,
    ),
    Refused(
        "funnel_sequence",
        f"{_PERIOD}, MaxWindowSizeBetweenSteps: const summable, Step: const summable, StateColumn: column notdynamic, Sequence: const dynamic",
        _funnel, UNPUBLISHED, rows_only=True,
    ),
    Refused(
        "funnel_sequence_completion",
        f"{_PERIOD}, BinSize: const summable, StateColumn: column notdynamic, Sequence: const dynamic, MaxSequencePeriods: const dynamic",
        _funnel_completion, UNPUBLISHED, rows_only=True,
    ),
    Refused(
        "session_count", f"{_PERIOD}, Bin: const summable, LookBackWindow: const summable, *Dimension: column notdynamic",
        lambda call: timeline_columns(call, ("count_sessions", Type.LONG)), UNPUBLISHED, rows_only=True,
    ),
    Refused(
        "geo_polygon_lookup", f"LookupTable: table, LookupPolygonKey: lookup dynamic, {_SHAPES}, radius: const real = ?, {_OPTIONS}", _places,
        GEOSPATIAL, rows_only=True,
    ),
    Refused(
        "geo_line_lookup", f"LookupTable: table, LookupLineKey: lookup dynamic, {_SHAPES}, radius: const real, {_OPTIONS}", _places,
        GEOSPATIAL, rows_only=True,
    ),
    Refused("azure_digital_twins_query_request", "endpoint: string, sql_query: string", _unknown, SERVICE),
    *(Refused(name, _REQUEST.format("sql_query", "sql_parameters"), _unknown, SERVICE) for name in _SQL),
    Refused("dax_request", _REQUEST.format("dax_query", "dax_parameters"), _unknown, SERVICE),
    Refused("execute_query", "connection_string: string, query: string", _unknown, SERVICE),
    Refused("execute_show_command", "connection_string: string, command: string", _unknown, SERVICE),
    Refused("external_datatable", "", _unknown, UNDOCUMENTED),
    Refused("csharp", _SCRIPT, _script, CODE),
    Refused("python", f"{_SCRIPT}, Artifacts: dynamic = ?", _script, CODE),
    Refused("r", _SCRIPT, _script, CODE),
    Refused("identity_v3", "mode: const string, exceptionText: const string", _same, UNDOCUMENTED),
    Refused("http_request", "Uri: const string, RequestHeaders: dynamic = ?, Options: dynamic = ?", _only(*_RESPONSE), SERVICE),
    Refused(
        "http_request_post", "Uri: const string, RequestHeaders: dynamic = ?, Options: dynamic = ?, Content: const string = ?", _only(*_RESPONSE), SERVICE
    ),
    Refused("infer_storage_schema", "Options: dynamic", _only(("CslSchema", Type.STRING)), SERVICE),
    Refused("infer_storage_schema_with_suggestions", "Options: dynamic", _only(("SuggestedTableSchema", Type.STRING)), SERVICE),
    Refused("ai_embeddings", f"Text: scalar, {_MODEL}", _answer("embeddings", Type.DYNAMIC), SERVICE, rows_only=True),
    Refused("ai_embed_text", f"Text: scalar, {_MODEL}", _answer("embedding", Type.DYNAMIC), SERVICE, rows_only=True),
    Refused("ai_chat_completion", f"Prompt: dynamic, {_MODEL}", _answer("completion", Type.STRING), SERVICE, rows_only=True),
    Refused("ai_chat_completion_prompt", f"Prompt: string, {_MODEL}", _answer("completion", Type.STRING), SERVICE, rows_only=True),
)  # fmt: skip

for _one in _REFUSED:
    declare(
        PLUGINS, _one.name, f"({_one.parameters}) -> table", columns=_one.columns, why=_one.why, rows_only=_one.rows_only,
        page=f"{_one.name.replace('_', '-')}-plugin",
    )  # fmt: skip
