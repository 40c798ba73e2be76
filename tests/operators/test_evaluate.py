"""evaluate: how arguments find their parameters, what schema the text gives, and what is refused."""

from __future__ import annotations

import pytest

import kqlpy
from kqlpy.functions.registry import PLUGINS, load
from tests.operators.group_helpers import columns, refusal, rows

BAGS = "datatable(id:long, d:dynamic)[1, dynamic({'a': 1, 'b': 'x'}), 2, dynamic({'a': 2})] | "


def planned(query: str) -> tuple[list[tuple[str, str]], bool]:
    """The columns that the text alone tells, and whether there may be more."""
    prepared = kqlpy.Engine().plan(query)
    return prepared.schema, prepared.is_open


def test_hints_change_nothing() -> None:
    assert rows(BAGS + "evaluate hint.distribution=per_node hint.pass_filters=true bag_unpack(d)") == rows(BAGS + "evaluate bag_unpack(d)")


def test_arguments_may_be_named() -> None:
    named = "evaluate bag_unpack(d, ignoredProperties=dynamic(['a']), OutputColumnPrefix='p_')"
    assert rows(BAGS + named) == rows(BAGS + "evaluate bag_unpack(d, 'p_', 'error', dynamic(['a']))") == [(1, "x"), (2, "")]


def test_columns_that_only_data_can_tell_stay_open_in_a_plan() -> None:
    assert planned(BAGS + "evaluate bag_unpack(d) | extend z = a") == ([("id", "long"), ("z", "unknown")], True)
    assert planned("datatable(s:string, t:string, n:long)[] | evaluate pivot(s, sum(n))") == ([("t", "string")], True)


def test_a_given_schema_is_known_in_a_plan() -> None:
    assert planned(BAGS + "evaluate bag_unpack(d) : (*, b: string, zz: long)") == ([("id", "long"), ("b", "string"), ("zz", "long")], False)


def test_columns_found_in_the_data_can_be_used_at_once() -> None:
    assert rows(BAGS + "evaluate bag_unpack(d) | where b == 'x' | project twice = a * 2") == [(2,)]


def test_a_tabular_let_may_be_unpacked_twice() -> None:
    query = f"let T = {BAGS}evaluate bag_unpack(d); T | join kind=inner (T | project a, c = b) on a | project id, c"
    assert sorted(rows(query)) == [(1, "x"), (2, "")]


def test_a_function_sees_the_unpacked_columns() -> None:
    query = f"let f = (T: (*)) {{ T | evaluate bag_unpack(d) | extend b = column_ifexists('b', '-'), c = column_ifexists('c', '-') }}; {BAGS}invoke f() | project b, c"
    assert rows(query) == [("x", "-"), ("", "-")]


def test_tilde_stands_for_the_default() -> None:
    query = "datatable(a:string, n:long)[] | evaluate autocluster('~', '~', '~', '*')"
    assert planned(query) == ([("SegmentId", "long"), ("Count", "long"), ("Percent", "real"), ("a", "string"), ("n", "long")], False)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("bag_unpak(d)", "no plugin is named `bag_unpak`"),
        ("bag_unpack(e)", "no column is named `e`"),
        ("bag_unpack(parse_json('{}'))", "the name of a column is expected here"),
        ("bag_unpack()", "`bag_unpack` takes 1 to 4 arguments, 0 given"),
        ("bag_unpack(d, id)", "`bag_unpack` has no parameter for this argument"),
        ("bag_unpack(d, columnsConflict='both')", "`bag_unpack`: `columnsConflict` must be one of error, replace_source, keep_source"),
        ("bag_unpack(id)", "kqlpy does not run `bag_unpack` of a column of type long"),
        ("pivot(d)", "`pivot`: `pivotColumn` must be notdynamic, not dynamic"),
        ("pivot(id, id)", "`pivot` takes an aggregate here, such as sum(x) or count()"),
        ("pivot(id, arg_max(id, *))", "kqlpy does not run `pivot` with the aggregate `arg_max`"),
        ("rows_near(id, 1)", "`rows_near`: `Condition` must be bool, not long"),
        ("rolling_percentile(id, 50, id, 1)", "`rolling_percentile` takes at least 5 arguments, 4 given"),
        ("activity_metrics(id, id, 1)", "kqlpy does not run `activity_metrics` without a start and an end"),
        ("activity_counts_metrics(id, id, 0, 1, 0)", "`activity_counts_metrics`: `Step` must be greater than 0, and no bound may be null"),
        ("activity_counts_metrics(id, id, 0, 1, 'week')", "`activity_counts_metrics`: `Step` must be long, not string"),
        ("activity_counts_metrics(id, id, now(), 1, 1)", "`activity_counts_metrics`: `Start` must be long, not datetime"),
        ("narrow() : (Row: int)", "the schema after the call does not fit: `narrow` gives `Row` as long, not int"),
        ("narrow() : (Line: long)", "the schema after the call does not fit: `narrow` gives no column `Line`"),
        ("schema_merge()", "the table given to `schema_merge` lacks `ColumnName`, `ColumnOrdinal`, `DataType`, `ColumnType`"),
    ],
)
def test_what_does_not_fit_is_told(call: str, message: str) -> None:
    assert refusal(BAGS + "evaluate " + call) == message


def test_a_schema_may_pick_columns_of_a_plugin() -> None:
    assert rows("print a = 7 | evaluate narrow() : (Value: string)") == [("7",)]


def test_what_cannot_be_right_is_refused() -> None:
    load()
    outside = ("autocluster", "diffpatterns", "funnel_sequence", "funnel_sequence_completion", "python", "sql_request", "http_request")
    assert not any(PLUGINS[name].executes for name in outside)


@pytest.mark.parametrize(
    "query",
    [
        "print a = 1 | evaluate autocluster()",
        "print t = now(), a = 1, s = 'x' | evaluate funnel_sequence_completion(a, t, ago(1d), now(), 1d, s, dynamic(['x', 'y']), dynamic([1h]))",
        "evaluate http_request('https://example.com') | project ResponseBody",
        "evaluate sql_request('server', 'select 1') | where n > 1",
        "print a = 1 | evaluate python(typeof(*, b: long), 'result = df')",
    ],
)
def test_refused_plugins_bind_and_name_themselves_when_they_run(query: str) -> None:
    kqlpy.Engine().plan(query)
    name = query.split("evaluate ")[1].split("(")[0]
    assert refusal(query) == f"kqlpy does not run the plugin `{name}`"


@pytest.mark.parametrize(
    "call",
    [
        "autocluster()",
        "diffpatterns(s, 'x', 'y')",
        "diffpatterns_text(s, a > 1)",
        "funnel_sequence(a, t, ago(1d), now(), 1h, 1d, s, dynamic(['x', 'y']))",
        "funnel_sequence_completion(a, t, ago(1d), now(), 1d, s, dynamic(['x', 'y']), dynamic([1h]))",
        "ai_embeddings(s, 'model')",
    ],
)
def test_refused_plugins_give_no_rows_for_no_rows(call: str) -> None:
    query = f"datatable(a:long, t:datetime, s:string)[] | evaluate {call}"
    assert rows(query) == []
    assert columns(query) == [f"{name}:{type_}" for name, type_ in kqlpy.Engine().plan(query).schema]


def test_a_script_is_refused_without_rows_too() -> None:
    query = "datatable(a:long)[] | evaluate python(typeof(*, b: long), 'result = df')"
    assert refusal(query) == "kqlpy does not run the plugin `python`"


def test_steps_of_a_sequence_name_their_columns() -> None:
    query = "datatable(t:datetime, a:long, k:string)[] | evaluate sequence_detect(t, 1h, 1d, one = (a == 1), two = (a == 2), k)"
    assert planned(query)[0] == [("k", "string"), ("one_t", "datetime"), ("two_t", "datetime"), ("Duration", "timespan")]


def test_a_fuzzy_union_goes_without_a_leg_that_has_no_data() -> None:
    engine = kqlpy.Engine(schemas={"T": [["d", "dynamic"]]})
    found = engine.query("union isfuzzy=true (T | evaluate bag_unpack(d)), (print x = 1)")
    assert found["x"].to_pylist() == [1]


def test_identity_and_preview_give_rows_as_they_are() -> None:
    assert rows("range x from 1 to 3 step 1 | evaluate identity() | count") == [(3,)]
    assert columns("range x from 1 to 3 step 1 | evaluate preview(2)") == ["x:long"]
