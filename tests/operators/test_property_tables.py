"""join, lookup, union, lets with several readers, sub-queries and mv-expand against the plain reference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.testing.strategies import Table, predicates, tables
from kqlpy.types import Type
from tests.operators.properties import check

LEFT = {"k": Type.STRING, "n": Type.LONG, "x": Type.REAL}
RIGHT = {"k": Type.STRING, "n": Type.LONG, "y": Type.STRING, "k1": Type.BOOL}
LISTS = {"id": Type.LONG, "a": Type.DYNAMIC, "b": Type.DYNAMIC}
KINDS = ["inner", "innerunique", "leftouter", "rightouter", "fullouter", "leftsemi", "rightsemi", "leftanti", "rightanti"]


@pytest.mark.parametrize("kind", KINDS)
@given(left=tables(LEFT), right=tables(RIGHT), on=st.sampled_from(["k", "k, n", "$left.n == $right.n", "n, $left.k == $right.y"]))
def test_join(kind: str, left: Table, right: Table, on: str) -> None:
    """All kinds, on one and two keys, with clashing names."""
    check(f"L | join kind={kind} (R) on {on}", {"L": left, "R": right})


@pytest.mark.parametrize("kind", ["leftouter", "inner"])
@given(left=tables(LEFT), right=tables(RIGHT), predicate=predicates(LEFT))
def test_lookup(kind: str, left: Table, right: Table, predicate: str) -> None:
    """The right side's keys are left out."""
    check(f"L | where {predicate} | lookup kind={kind} (R | where isnotempty(y)) on k", {"L": left, "R": right})


@given(tables(LEFT), tables(RIGHT), st.sampled_from(["outer", "inner"]), predicates({"k": Type.STRING, "n": Type.LONG}))
def test_union(left: Table, right: Table, kind: str, predicate: str) -> None:
    """Columns by name; filters above reach both legs."""
    check(f"union kind={kind} withsource=source L, (R | extend n = n + 1), L | where {predicate}", {"L": left, "R": right}, ordered=True)


@given(tables({"n": Type.LONG, "k": Type.STRING}), tables({"n": Type.REAL, "k": Type.STRING}))
def test_union_of_types(left: Table, right: Table) -> None:
    """One name with two types is two columns."""
    check("union L, R | summarize count() by n_long, k", {"L": left, "R": right})


@given(tables(LEFT), predicates(LEFT), predicates(LEFT))
def test_shared_let(table: Table, first: str, second: str) -> None:
    """Two readers that want other columns of the same rows."""
    query = f"let S = materialize(L | where {first} | extend z = n + 1); S | where {second} | project k, z | join kind=leftouter (S | summarize m = max(x) by k) on k"
    check(query, {"L": table})


@given(tables(LEFT), tables(RIGHT))
def test_subqueries(left: Table, right: Table) -> None:
    """Lists and single values out of tables."""
    check(
        "L | where k in ((R | where k1 | project y)) or n == toscalar(R | summarize max(n)) | extend c = toscalar(R | count)", {"L": left, "R": right}
    )


@given(tables(LEFT))
def test_let_function(table: Table) -> None:
    """A function of a table, bound anew at each call."""
    query = "let f = (T: (*), c: string) { T | extend v = column_ifexists(c, '') | summarize count() by v }; union (f(L, 'k')), (L | take 2 | invoke f('none'))"
    check(query, {"L": table})


@given(
    tables(LISTS),
    st.sampled_from(["a", "a, b", "x = a", "a to typeof(long)", "a to typeof(string), b to typeof(real)", "kind=array a", "with_itemindex=at a, b"]),
)
def test_mv_expand(table: Table, items: str) -> None:
    """Elements side by side, typed, of arrays, bags, scalars and null."""
    check(f"T | mv-expand {items}", {"T": table}, ordered=True)


@given(tables(LISTS), st.integers(0, 3))
def test_mv_expand_limit(table: Table, limit: int) -> None:
    """At most so many rows for each input row, of which few columns are read."""
    check(f"T | mv-expand a limit {limit} | where isnotnull(a) | summarize n = count() by id", {"T": table})


@given(
    tables(LISTS),
    st.sampled_from(["a.a", "a[0]", "a[-1]", "a['c d'][0]", "array_length(a)", "tostring(a)", "tolong(a.b)", "pack_array(a, b)", "isempty(a)"]),
)
def test_paths(table: Table, expression: str) -> None:
    """Paths into dynamic values and what is computed from them."""
    check(f"T | extend p = {expression}", {"T": table}, ordered=True)
