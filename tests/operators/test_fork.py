"""fork and facet: several results from the same rows."""

from __future__ import annotations

from typing import Any

from kqlpy.api import Engine
from tests.operators.group_helpers import refusal, rows

T = 'datatable(g:string, v:long)["a", 1, "b", 2, "a", 3] | '


def results(query: str) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row.values()) for row in table.to_pylist()] for table in Engine().results(query)]


def test_fork_gives_a_result_for_each_branch() -> None:
    assert results(T + "fork (where v > 1 | project v) named = (count)") == [[(2,), (3,)], [(3,)]]


def test_the_first_branch_is_the_answer() -> None:
    assert rows(T + "fork (where v > 1 | project v) (count)") == [(2,), (3,)]


def test_fork_names_its_results() -> None:
    bound = Engine().plan(T + "fork (take 1) named = (count) (take 2 | as other)").bound
    assert [result.name for result in bound.results] == ["", "named", "other"]


def test_fork_refuses_operators_that_bring_other_tables() -> None:
    assert refusal(T + "fork (union (print v=1)) (count)") == "the operator `union` cannot stand in a branch of fork"


def test_facet_counts_the_values_of_each_column() -> None:
    first, second = results(T + "facet by g, v")
    assert sorted(first) == [("a", 2), ("b", 1)]
    assert sorted(second) == [(1, 1), (2, 1), (3, 1)]


def test_the_rows_of_with_come_first() -> None:
    assert results(T + "facet by g with (where v > 2)")[0] == [("a", 3)]
