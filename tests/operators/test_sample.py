"""sample and sample-distinct: how many rows and values, whichever they are."""

from __future__ import annotations

import pyarrow as pa

import kqlpy
from tests.operators.group_helpers import columns, refusal, rows

NUMBERS = "range x from 1 to 1000 step 1 | "


def test_a_sample_has_as_many_rows_as_asked_for() -> None:
    assert rows(NUMBERS + "sample 3 | count") == [(3,)]
    assert rows(NUMBERS + "sample 2000 | summarize sum(x)") == [(500500,)]
    assert rows(NUMBERS + "sample 0") == []
    assert rows(NUMBERS + "sample 1 + 1 | summarize dcount(x)") == [(2,)]


def test_a_sample_is_not_just_the_beginning() -> None:
    assert max(x for (x,) in rows(NUMBERS + "sample 100")) > 100


def test_large_inputs_are_thinned_while_they_are_read() -> None:
    assert rows("range x from 1 to 400000 step 1 | sample 10 | summarize count(), dcount(x)") == [(10, 10)]


def test_distinct_values_of_a_column() -> None:
    assert columns(NUMBERS + "extend y = x % 7 | sample-distinct 4 of y") == ["y:long"]
    assert len(set(rows(NUMBERS + "extend y = x % 7 | sample-distinct 4 of y"))) == 4
    assert sorted(rows('datatable(s:string)["a", "b", "a"] | sample-distinct 9 of s')) == [("a",), ("b",)]


def test_null_is_a_distinct_value() -> None:
    assert len(rows("datatable(n:long)[1, long(null), 1, long(null)] | sample-distinct 9 of n")) == 2


def test_dictionaries_of_several_batches() -> None:
    table = pa.table({"s": pa.array(["a", "b", "a"]).dictionary_encode()})
    assert kqlpy.query("union T, T | sample-distinct 5 of s | count", {"T": table}).to_pylist() == [{"Count": 2}]


def test_refusals() -> None:
    assert refusal(NUMBERS + "sample 1.5") == "a value of type int or long is expected here, not real"
    assert refusal(NUMBERS + "sample-distinct 5 of tostring(x)") == "the name of a column is expected here"
    assert refusal("print d=dynamic(1) | sample-distinct 5 of d") == "a value of type other than dynamic is expected here, not dynamic"
