"""summarize and make-series against the plain reference."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kqlpy.testing.strategies import Table, numbers, predicates, tables
from kqlpy.types import Type
from tests.operators.properties import COLUMNS, check

AGGREGATES = st.sampled_from(
    [
        "count()", "count(n)", "countif(b)", "countif(n > 1 or r < 0)", "sum(n)", "sum(i)", "sum(d)", "sumif(i, b)", "avg(i)", "avgif(i, n > 0)", "min(n)",
        "min(t)", "min(k)", "minif(t, b)", "max(r)", "max(s)", "maxif(i, b)", "dcount(k)", "dcount(n)", "dcountif(k, b)", "count_distinct(s)",
        "make_list(k)", "make_list(n)", "make_list(n, 2)", "make_list_if(i, b)", "make_list_with_nulls(i)", "make_set(s)", "make_set(i)", "make_set(b)",
        "make_set_if(k, n > 0)", "stdev(i)", "variance(i)", "stdevp(i)", "percentile(n, 50)", "percentile(i, 90)", "take_any(k)", "take_any(n, k)",
        "arg_max(n, k, t)", "arg_min(t, s)", "arg_max(i, b)", "arg_min(r, i)", "min(r)", "max(n) - min(n)", "iff(count() > 1, sum(i), 0)", "100.0 * countif(b) / count()",
    ]
)  # fmt: skip
BY = st.sampled_from(["", " by k", " by k, b", " by bin(t, 1d)", " by tolower(s)", " by n % 2 == 0", " by i", " by r"])


@given(tables(COLUMNS, max_rows=8), st.lists(AGGREGATES, min_size=1, max_size=3, unique=True), BY)
def test_summarize(table: Table, aggregates: list[str], by: str) -> None:
    """Aggregates by keys; input order decides among equals."""
    named = ", ".join(f"({', '.join(f'a{i}{j}' for j in range(3))}) = {a}" if a == "arg_max(n, k, t)" else a for i, a in enumerate(aggregates))
    check(f"T | summarize {named}{by}", {"T": table})


@given(tables(COLUMNS), predicates(COLUMNS), numbers(COLUMNS))
def test_summarize_filtered(table: Table, predicate: str, whole: str) -> None:
    """Filters below and above, and keys that are computed."""
    check(f"T | where {predicate} | summarize c = count(), m = max(n) by g = {whole} | where c > 0 | project m, g", {"T": table})


@given(tables({"t": Type.DATETIME, "k": Type.STRING, "i": Type.INT}, max_rows=8), st.sampled_from(["1d", "12h", "7h"]), st.booleans())
def test_make_series_over_time(table: Table, step: str, by_key: bool) -> None:
    """Equal steps of time; rows outside do not count."""
    by = " by k" if by_key else ""
    check(
        f"T | make-series n = count(), m = max(i) default = -1, avg(i) on t from datetime(2024-01-01) to datetime(2024-01-03) step {step}{by}",
        {"T": table},
    )


@given(tables({"x": Type.INT, "r": Type.REAL}, max_rows=8), st.integers(-6, 0), st.integers(1, 6), st.integers(1, 4))
def test_make_series_over_numbers(table: Table, start: int, stop: int, step: int) -> None:
    """Equal steps of numbers, and one row of defaults for no input."""
    check(f"T | make-series kind=nonempty n = count(), s = sum(x) on x from {start} to {stop} step {step}", {"T": table})
