"""declare pattern: tabular expressions chosen by constant arguments."""

from __future__ import annotations

from tests.operators.group_helpers import refusal, rows

COUNTRY = """declare pattern country = (name:string)[state:string] {
    ("USA").["New York"] = { print Capital = "Albany" };
    ("Canada").["Alberta"] = { print Capital = strcat("Edmonton in ", state, ", ", name) };
};
"""


def test_the_entry_with_these_arguments_and_this_path_is_meant() -> None:
    assert rows(COUNTRY + 'country("USA").["New York"]') == [("Albany",)]


def test_a_body_reads_arguments_and_path() -> None:
    assert rows(COUNTRY + 'country("Canada").Alberta') == [("Edmonton in Alberta, Canada",)]


def test_a_pattern_without_path() -> None:
    query = 'declare pattern place = (ip:string) { ("10.10.10.10") = { print Lat = 37.4 }; }; place("10.10.10.10") | extend y = 1'
    assert rows(query) == [(37.4, 1)]


def test_patterns_stand_where_tables_stand() -> None:
    assert rows(COUNTRY + "union country('USA').['New York'], country(\"USA\").['New York'] | count") == [(2,)]


def test_an_entry_that_is_not_there_is_refused() -> None:
    assert refusal(COUNTRY + 'country("USA").["*"]') == "the pattern has no entry for `country('USA').['*']`"


def test_a_pattern_that_is_only_declared_has_no_entries() -> None:
    assert refusal('declare pattern p; p("x")') == "the pattern has no entry for `p('x')`"
