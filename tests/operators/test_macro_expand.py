"""macro-expand: a sub-query for each entity of a group."""

from __future__ import annotations

from typing import Any

import pytest

import kqlpy
from kqlpy.sources.catalog import Catalog
from tests.operators.group_helpers import refusal

A = [{"x": 1, "s": "a"}, {"x": 2, "s": "b"}]
B = [{"x": 3, "t": "c"}]


def rows(query: str, **options: Any) -> list[tuple[Any, ...]]:
    """The rows over two tables, and over two databases whose table `Logs` they are."""
    databases = {"one": Catalog(None, {"Logs": A}, None), "two": Catalog(None, {"Logs": B}, None)}
    engine = kqlpy.Engine(tables={"A": A, "B": B}, options={"databases": databases, **options})
    return [tuple(row.values()) for row in engine.query(query).to_pylist()]


DATABASES = "entity_group [database('one'), database('two')]"


def test_rows_of_all_entities_are_united() -> None:
    assert rows(f"macro-expand {DATABASES} as X (X.Logs | where x > 1) | sort by x asc") == [(2, "b", ""), (3, "", "c")]
    assert rows("macro-expand entity_group [A, B] as X (X | summarize n = count()) | sort by n asc") == [(1,), (2,)]


def test_a_group_may_have_a_name() -> None:
    assert rows(f"let G = {DATABASES}; macro-expand G as X (X.Logs | count) | summarize sum(Count)") == [(3,)]


def test_each_entity_is_joined_with_itself() -> None:
    query = f"macro-expand {DATABASES} as X (X.Logs | join kind=inner (X.Logs | project x, y = x * 10) on x | project x, y) | sort by x asc"
    assert rows(query) == [(1, 10), (2, 20), (3, 30)]


def test_the_sub_query_may_have_lets_of_its_own() -> None:
    query = f"let k = 5; macro-expand {DATABASES} as X (let k = 1; let Few = X.Logs | where x > k; Few | project x) | extend k | sort by x asc"
    assert rows(query) == [(2, 5), (3, 5)]


def test_inner_keeps_the_columns_that_all_have() -> None:
    assert rows(f"macro-expand kind=inner {DATABASES} as X (X.Logs) | summarize sum(x)") == [(6,)]
    assert rows(f"macro-expand kind=inner {DATABASES} as X (X.Logs) | getschema | project ColumnName") == [("x",)]


def test_an_entity_tells_where_it_is() -> None:
    entities = "entity_group [cluster('C1').database('one'), database('two'), A]"
    query = f"macro-expand {entities} as X (print d = X.$current_database, c = X.$current_cluster_endpoint)"
    assert rows(query, cluster="here") == [("one", "C1"), ("two", "here"), ("local", "here")]


def test_groups_inside_groups() -> None:
    query = f"macro-expand {DATABASES} as X (macro-expand {DATABASES} as Y (X.Logs | join kind=inner (Y.Logs) on x | project x)) | count"
    assert rows(query) == [(3,)]


def test_fuzzy_leaves_out_what_is_not_there() -> None:
    missing = "entity_group [database('one'), database('nowhere')]"
    assert rows(f"macro-expand isfuzzy=true {missing} as X (X.Logs | count)") == [(2,)]
    with pytest.raises(kqlpy.KqlError, match="no table is named `Logs`"):
        rows(f"macro-expand {missing} as X (X.Logs | count)")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("macro-expand G as X (X.T)", "no entity group is named `G`"),
        ("print a = 1 | macro-expand entity_group [A] as X (X)", "the operator `macro-expand` cannot stand in the middle of a pipeline"),
        ("let G = entity_group [A]; G | count", "a table is expected here, not a single value"),
        ("macro-expand entity_group [database('x')] as X (print a = 1; print b = 2)", "kqlpy does not run several results in one macro-expand"),
    ],
)
def test_what_is_refused(query: str, message: str) -> None:
    assert refusal(query) == message
