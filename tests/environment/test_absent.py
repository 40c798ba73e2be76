"""Properties that a rule names and that no row has: null, with a remark, when the query runs."""

from __future__ import annotations

import pytest

from kqlpy.api import Engine
from kqlpy.engine.result import warnings_of
from kqlpy.errors import KqlSemanticError

BAGS = 'datatable(d:dynamic, k:string)[dynamic({"a":1}), "p", dynamic({"a":2}), "q"] | evaluate bag_unpack(d)'


def test_an_absent_property_is_null_and_told_once() -> None:
    table = Engine().query(f"{BAGS} | where isempty(Foo) and Foo != 'x' | project k, Foo")
    assert table.to_pylist() == [{"k": "p", "Foo": None}, {"k": "q", "Foo": None}]
    assert warnings_of(table) == ["no row has the property `Foo`: it is null here"]


def test_a_planned_query_keeps_it_as_a_column() -> None:
    prepared = Engine().plan(f"{BAGS} | extend x = Foo")
    assert prepared.is_open
    assert not prepared.bound.warnings


def test_where_the_columns_are_known_a_wrong_name_is_an_error() -> None:
    with pytest.raises(KqlSemanticError, match="is named `Foo`"):
        Engine().query(f"{BAGS} | project k | where Foo == 1")


@pytest.mark.parametrize(
    ("operators", "rows"),
    [
        ("summarize count() by Foo", [{"Foo": None, "count_": 2}]),
        ("summarize n = count() by tostring(Foo)", [{"Foo": "", "n": 2}]),
        ("distinct Foo", [{"Foo": None}]),
        ("sort by Foo | take 1 | project a", [{"a": 1}]),
        ("top 1 by Foo | count", [{"Count": 1}]),
        ("join kind=inner (print Foo = 'x') on Foo", []),
        ("join kind=inner (print Foo = '') on Foo | project k", [{"k": "p"}, {"k": "q"}]),
        ("join kind=leftouter (print Bar = 1) on $left.Foo == $right.Bar | project k, Bar", [{"k": "p", "Bar": None}, {"k": "q", "Bar": None}]),
        ("lookup (print Foo = 'x', v = 1) on Foo | project v", [{"v": None}, {"v": None}]),
        ("project Foo, k | summarize m = max(Foo) by k", [{"k": "p", "m": ""}, {"k": "q", "m": ""}]),
        ("project Foo | union (print Foo = 3)", [{"Foo": None}, {"Foo": None}, {"Foo": 3}]),
        ("project-rename Bar = Foo | project Bar, k | take 1", [{"Bar": None, "k": "p"}]),
        ("project-away Foo | count", [{"Count": 2}]),
        ("extend x = split(Foo, ','), y = Foo.bar, z = Foo + 1 | project x, y, z | take 1", [{"x": '[""]', "y": None, "z": None}]),
        ("where Foo in ('a') or Foo has_any ('b') or Foo > ago(1d) or not(Foo)", []),
        ("where Foo !in ('a') | count", [{"Count": 2}]),
        ("summarize sum(Foo), dcount(Foo), take_any(Foo) by bin(Foo, 1d)", [{"Foo": None, "sum_Foo": 0, "dcount_Foo": 1, "Foo1": ""}]),
        ("mv-expand Foo | count", [{"Count": 2}]),
        ("evaluate pivot(k, count(), Foo)", [{"Foo": "", "p": 1, "q": 1}]),
        ("sample-distinct 2 of Foo", [{"Foo": ""}]),
        ("top-hitters 1 of Foo", [{"Foo": "", "approximate_count_Foo": 2}]),
        ("facet by Foo", [{"Foo": "", "count_Foo": 2}]),
        ("partition by Foo (count)", [{"Count": 2}]),
        ("parse-kv Foo as (Bar:long) | project Bar", [{"Bar": None}, {"Bar": None}]),
        ("make-series count() on Foo from 1 to 5 step 1", []),
        ("make-series count() on Foo step 1d", []),
    ],
)
def test_every_operator_takes_it(operators: str, rows: list[dict[str, object]]) -> None:
    assert Engine().query(f"{BAGS} | {operators}").to_pylist() == rows
