"""What the fuzzer of texts (`fuzz/`) found once: a clear error or a result, where there was a crash."""

from __future__ import annotations

import pytest

import kqlpy
from kqlpy import KqlError
from kqlpy.api import Engine

REFUSED = {
    "set x = n != 5; print 1": "KS130",
    "set x = now(); print 1": "KS130",
    "set x = n; print 1": "KS142",
    "range x from 1 to 2 step 1 | summarize percentile(x, 101)": "KS107",
    "range x from 1 to 2 step 1 | summarize percentiles(x, 50, -1)": "KS107",
    "print x = dynamic([1, 2]) | mv-expand x limit 'a'": "KS107",
    "range x from 1 to 2 step 1 | extend (p, q) = negate(x)": "KS107",
    "print series_periods_detect(dynamic([1, 2, 1, 2, 1, 2, 1, 2]), 0, 10, 9223372036854775807)": "KQLPY030",
    "range x from 1 to 2 step 1 | summarize percentile(x, int(null))": "KS107",
    "range x from 1 to 2 step 1 | summarize percentile(x, real(nan))": "KS107",
    "range x from 1 to 2 step 1 | summarize percentile(x, real(+inf))": "KS107",
    "range x from 1 to 5 step 1 | make-series n = count() on x from 1 to 5 step 'a'": "KS107",
    "range x from 1 to 5 step 1 | make-series n = count() on x from 'a' to 5 step 1": "KS107",
    "range x from 1.0 to 5.0 step 1.0 | make-series n = count() on x from 1.0 to 5.0 step real(nan)": "KS107",
    "range x from 1.0 to 5.0 step 1.0 | make-series n = count() on x from 1.0 to real(+inf) step 1.0": "KS107",
    "print column_names_of()": "KS119",
    "range n from 0.0 to real(+inf) step 1 | count": "KQLPY030",
    "let f = () { }; print f()": "KS006",
    "let f = () { }; f() | count": "KS006",
    "declare pattern p = (a:string) { ('x') = { }; }; p('x') | count": "KS006",
    "print 'a\ud800'": "KS002",
    "Missing | join kind = leftouter (AlsoMissing) on a | partition by a (top 1 by b)": "KS204",
}
GIVES = {
    "set x = dynamic({'a': 1}); set y = 'a' 'b'; let n = 1; set z = n; print 2": 2,
    "range n from 1 to 3 step 1 | evaluate rows_near(n == 2, int(null), 9223372036854775807) | summarize sum(n)": 5,
    "range n from real(+inf) to 4.0 step 1.0 | count": 0,
    "range n from real(nan) to 4.0 step 1.0 | count": 0,
    "print range(real(null), 9223372036854775807)": None,
    "range x from 1 to 1 step 1 | extend n = row_number(long(null), true) | project n": 1,
    "print format_bytes(1.5, int(-2147483648))": "0 Bytes",
    "print format_bytes(1536, 9223372036854775807)": "1.5 KB",
    r"print strlen('\ud83d\ude00')": 1,
    r"print '\ud800' == '\ufffd'": True,
}


@pytest.mark.parametrize(("query", "code"), REFUSED.items())
def test_a_clear_error_is_given(query: str, code: str) -> None:
    with pytest.raises(KqlError) as told:
        kqlpy.query(query)
    assert told.value.code == code
    assert str(told.value)


@pytest.mark.parametrize(("query", "value"), GIVES.items())
def test_a_value_is_given(query: str, value: object) -> None:
    assert kqlpy.query(query).to_pylist()[0].popitem()[1] == value


def test_pivot_names_the_column_of_null() -> None:
    found = kqlpy.query("datatable(a: long)[1, long(null)] | evaluate pivot(a, count())")
    assert set(found.column_names) == {"1", ""}


def test_a_plan_over_tables_that_are_missing_may_partition() -> None:
    engine = Engine(schemas={"T": [["a", "long"]]})
    with pytest.raises(KqlError):
        engine.plan("T | join (Missing) on b | partition by c (take 1)")
