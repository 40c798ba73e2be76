"""make-series: the names and numbers of its columns, and what it refuses."""

from __future__ import annotations

import pytest

import kqlpy
from kqlpy.errors import KqlUnsupportedError

DATA = """
datatable(t: datetime, k: string, n: long, r: real, j: dynamic)[
    datetime(2024-01-01), "a", 1, 0.5, dynamic([1]),
    datetime(2024-01-01), "b", 2, 1.5, dynamic({}),
    datetime(2024-01-03), "a", 3, 2.5, dynamic("x")]
| make-series
"""


def answer(series: str) -> dict[str, object]:
    """Names and values of the one row."""
    rows = kqlpy.query(f"{DATA} {series} on t from datetime(2024-01-01) to datetime(2024-01-04) step 1d | project-away t").to_pylist()
    assert len(rows) == 1
    found: dict[str, object] = rows[0]
    return found


def test_an_unnamed_percentile_brings_its_name() -> None:
    assert answer("percentile(n, 50)") == {"percentile_n_50": "[1,0,3]"}


def test_an_unnamed_take_any_keeps_the_name_of_its_column() -> None:
    assert answer("take_any(k)") == {"k": '["a","","a"]'}


def test_every_column_of_an_aggregate_becomes_a_series() -> None:
    assert answer("percentiles(n, 1, 99)") == {"percentile_n_1": "[1,0,3]", "percentile_n_99": "[2,0,3]"}
    assert answer("(most, whose) = arg_max(n, k)") == {"most": "[2,0,3]", "whose": '["b","","a"]'}


@pytest.mark.parametrize("series", ["make_list(n)", "x = make_set(k)", "take_any(j)"])
def test_series_of_dynamic_values_are_refused(series: str) -> None:
    with pytest.raises(KqlUnsupportedError, match="make-series over dynamic values"):
        answer(series)


def test_an_aggregate_without_kernel_is_refused_by_name() -> None:
    with pytest.raises(KqlUnsupportedError, match="the aggregate `passthrough`"):
        answer("passthrough(n)")


def test_getschema_with_a_kind_is_refused() -> None:
    with pytest.raises(KqlUnsupportedError, match="getschema with a kind"):
        kqlpy.query("print x = 1 | getschema kind=csl")
