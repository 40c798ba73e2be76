"""where, extend, project, sort, top, take, count, distinct and the window functions against the plain reference."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kqlpy.testing.strategies import Table, numbers, predicates, tables, texts
from kqlpy.types import Type
from tests.operators.properties import COLUMNS, check

SMALL = {"k": Type.STRING, "n": Type.LONG, "b": Type.BOOL, "r": Type.REAL}
KEYS = st.lists(
    st.builds(
        "{} {}{}".format,
        st.sampled_from(["k", "n", "i", "r", "b", "t"]),
        st.sampled_from(["asc", "desc"]),
        st.sampled_from(["", " nulls first", " nulls last"]),
    ),
    min_size=1,
    max_size=3,
).map(", ".join)


@given(tables(COLUMNS), predicates(COLUMNS))
def test_where(table: Table, predicate: str) -> None:
    """Rows for which the predicate is true, in order."""
    check(f"T | where {predicate}", {"T": table}, ordered=True)


@given(tables(COLUMNS), predicates(COLUMNS), predicates(COLUMNS))
def test_where_twice(table: Table, first: str, second: str) -> None:
    """Filters after a projection, which hints for scans may pass through."""
    check(
        f"T | extend n = n + 1 | where {first} | project k, s, n, x = i, b, i, r, t, d | where {second} | project-away x", {"T": table}, ordered=True
    )


@given(tables(COLUMNS), predicates(COLUMNS), numbers(COLUMNS), numbers(COLUMNS, Type.REAL), texts(COLUMNS))
def test_extend(table: Table, predicate: str, whole: str, real: str, text: str) -> None:
    """Computed columns."""
    check(f"T | extend p = {predicate}, n = {whole}, x = {real}, z = {text}", {"T": table}, ordered=True)


@given(tables(COLUMNS), predicates(COLUMNS), numbers(COLUMNS))
def test_project(table: Table, predicate: str, whole: str) -> None:
    """Chosen and computed columns, some of which nobody reads later."""
    check(f"T | project k, p = {predicate}, m = {whole}, t, r | extend q = m | project-away r, m | project-rename u = t", {"T": table}, ordered=True)


@given(tables(COLUMNS), KEYS)
def test_sort(table: Table, keys: str) -> None:
    """Keys with directions and places for nulls; ties in input order."""
    check(f"T | sort by {keys}", {"T": table}, ordered=True)


@given(tables(COLUMNS), KEYS, st.integers(-1, 4))
def test_sort_and_take(table: Table, keys: str, rows: int) -> None:
    """The first rows of the sorted ones."""
    check(f"T | sort by {keys} | take {rows} | project k, n", {"T": table}, ordered=True)


@given(tables(COLUMNS), st.sampled_from(["n", "k asc", "r", "t asc nulls last"]), st.integers(0, 4))
def test_top(table: Table, key: str, rows: int) -> None:
    """top is sort and take."""
    check(f"T | top {rows} by {key} | extend z = isempty(s)", {"T": table}, ordered=True)


@given(tables(COLUMNS), st.integers(0, 4), predicates(COLUMNS))
def test_take(table: Table, rows: int, predicate: str) -> None:
    """The first rows, before and after a filter."""
    check(f"T | take {rows} | where {predicate} | take 2 | project s, d", {"T": table}, ordered=True)


@given(tables(COLUMNS), predicates(COLUMNS))
def test_count(table: Table, predicate: str) -> None:
    """Rows that pass a filter."""
    check(f"T | where {predicate} | count", {"T": table})


@given(tables({name: COLUMNS[name] for name in "knib"}), st.sampled_from(["k", "n, k", "b", "*", "lower = tolower(k), n % 2"]))
def test_distinct(table: Table, columns: str) -> None:
    """Distinct values of columns and expressions."""
    check(f"T | distinct {columns}", {"T": table})


WINDOW = st.sampled_from(
    [
        "prev(n)", "prev(k)", "next(n)", "next(k, 2)", "prev(n, 2, -1)", "prev(r)", "row_number()", "row_number(5, b)", "row_cumsum(n % 100)",
        "row_cumsum(i, k != prev(k))", "row_rank_dense(k)", "row_rank_dense(n, b)", "row_rank(n)", "row_number(1, k != prev(k) and n > 0)", "prev(n) + next(n)",
    ]
)  # fmt: skip


@given(tables({**SMALL, "i": Type.INT}, max_rows=7), WINDOW, WINDOW)
def test_window(table: Table, first: str, second: str) -> None:
    """Functions over ordered rows, two at once."""
    check(f"T | serialize | extend x = {first}, y = {second} | where n != 3 | extend z = row_number()", {"T": table}, ordered=True)


@given(st.integers(-5, 5), st.integers(-5, 8), st.sampled_from([1, 2, 3, -1]))
def test_range(start: int, stop: int, step: int) -> None:
    """Both ends included."""
    check(f"range x from {start} to {stop} step {step} | extend y = x * 2", {}, ordered=True)
