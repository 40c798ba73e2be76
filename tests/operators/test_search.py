"""search: terms in all columns, in one column, and in many tables."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import kqlpy
from kqlpy import KqlError
from tests.operators.group_helpers import columns, refusal, rows

ALERTS = pa.table({"Level": ["Error", "Info"], "Text": ["disk failure", "disk ok"], "Code": [500, 200]})
LOGINS = pa.table({"User": ["ann", "bob"], "Level": ["error prone", "fine"], "Code": ["500", "7"]})
TABLES = {"Alerts": ALERTS, "Logins": LOGINS}


def found(query: str) -> list[dict[str, Any]]:
    """The rows that a query over both tables finds."""
    result: list[dict[str, Any]] = kqlpy.query(query, TABLES).to_pylist()
    return result


def names(query: str) -> list[str]:
    """The tables in which a query finds rows."""
    return [row["$table"] for row in found(query)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("quick", ["the quick fox"]),
        ("QUICK", ["the quick fox"]),
        ("qui", []),
        ("qui*", ["the quick fox"]),
        ("*ck", ["the quick fox"]),
        ("*uic*", ["the quick fox"]),
        ("qu*ck", ["the quick fox"]),
        ("u*ck", []),
        ("*u*ck", ["the quick fox"]),
        ("*", ["the quick fox", "slow"]),
    ],
)
def test_asterisks_choose_the_operator(pattern: str, expected: list[str]) -> None:
    assert [s for _, s in rows(f'datatable(s:string)["the quick fox", "slow"] | search "{pattern}"')] == expected


def test_the_table_column_comes_first() -> None:
    query = 'datatable(s:string, n:long)["a", 1] | search "a"'
    assert columns(query) == ["$table:string", "s:string", "n:long"]
    assert rows(query) == [("search_arg0", "a", 1)]


def test_columns_of_other_types_are_searched_as_text() -> None:
    query = 'datatable(n:long, t:datetime, b:bool)[42, datetime(2024-05-01), true] | search "{}" | count'
    assert [rows(query.replace("{}", term)) for term in ("42", "2024", "true", "43", "x")] == [[(1,)], [(1,)], [(1,)], [(0,)], [(0,)]]


def test_terms_and_conditions_combine() -> None:
    query = 'datatable(s:string, n:long)["a b", 1, "a", 2, "c", 3] | search ("a" and not(n == 1)) or s:"c" | project n'
    assert rows(query) == [(2,), (3,)]


def test_kind_case_sensitive_holds_for_all_operators() -> None:
    query = 'datatable(s:string)["Abc", "abc"] | search kind=case_sensitive {} | project s'
    assert rows(query.format('"abc"')) == [("abc",)]
    assert rows(query.format('s startswith "ab"')) == [("abc",)]


def test_a_constant_text_is_a_term() -> None:
    assert rows('let t = "a*"; datatable(s:string)["abc", "x"] | search t | project s') == [("abc",)]


def test_all_tables_are_searched() -> None:
    assert names('search "error"') == ["Alerts", "Logins"]
    assert names('search in (Alerts) "disk"') == ["Alerts", "Alerts"]
    assert names('search in (Log*) "ann"') == ["Logins"]
    assert names('Alerts | search "failure"') == ["Alerts"]


def test_a_column_that_a_table_lacks_is_empty_there() -> None:
    assert names('search User == "ann" or Text has "ok"') == ["Alerts", "Logins"]
    assert names('search isempty(User) and "disk"') == ["Alerts", "Alerts"]


def test_columns_of_one_name_and_several_types_stand_apart() -> None:
    row = found('search in (Alerts, Logins) "500"')
    assert [(r["$table"], r["Code_long"], r["Code_string"]) for r in row] == [("Alerts", 500, ""), ("Logins", None, "500")]


def test_a_condition_counts_where_its_types_fit() -> None:
    assert names("search in (Alerts, Logins) Code > 300") == ["Alerts"]


def test_a_second_search_keeps_the_table() -> None:
    assert names('search "disk" | search "ok"') == ["Alerts"]


def test_asterisk_alone_takes_every_row() -> None:
    assert len(found("search *")) == 4
    assert names('search * and Text has "ok"') == ["Alerts"]


def test_refusals() -> None:
    assert refusal("print a=1 | search 5") == "a value of type bool is expected here, not long"
    assert refusal("print a=1 | search kind=x '1'") == "there is no kind `x` of search; write one of default, case_insensitive, case_sensitive"
    assert refusal("print a='1' | search a:1") == "the operator `:` is not defined for string and long"
    with pytest.raises(KqlError, match="is named `Nope`"):
        found('search in (Alerts, Logins) Nope == "x"')
