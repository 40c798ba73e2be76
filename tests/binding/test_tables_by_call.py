"""External tables, materialized views and stored query results are the tables of the data that are called so."""

from __future__ import annotations

import pytest

import kqlpy


@pytest.mark.parametrize("function", ["table", "external_table", "materialized_view", "stored_query_result"])
def test_a_table_is_found_by_its_name(function: str) -> None:
    assert kqlpy.query(f'{function}("T") | where a > 1', {"T": [{"a": 1}, {"a": 2}]}).to_pylist() == [{"a": 2}]
    with pytest.raises(kqlpy.KqlError, match="no table is named `Other`"):
        kqlpy.query(f'{function}("Other")', {"T": [{"a": 1}]})
