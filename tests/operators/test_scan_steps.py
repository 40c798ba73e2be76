"""scan: sequences of rows through steps."""

from __future__ import annotations

from tests.operators.group_helpers import columns, refusal, rows

EVENTS = 'datatable(t:long, e:string)[1, "S", 2, "S", 3, "x", 4, "x", 5, "E", 6, "E", 7, "S", 8, "x", 9, "E"] | sort by t asc | '


def test_a_step_reads_the_row_that_matched_it_before() -> None:
    query = "range x from 1 to 5 step 1 | scan declare (s:long=0) with (step a: true => s = x + a.s;)"
    assert columns(query) == ["x:long", "s:long"]
    assert rows(query) == [(1, 1), (2, 3), (3, 6), (4, 10), (5, 15)]


def test_sequences_are_numbered() -> None:
    query = EVENTS + 'scan with_match_id=m with (step a: e == "S"; step b: e == "x"; step c: e == "E";)'
    assert rows(query) == [
        (1, "S", 0), (2, "S", 0), (3, "x", 0), (4, "x", 0), (5, "E", 0), (6, "E", 0), (7, "S", 1), (8, "x", 1), (9, "E", 1),
    ]  # fmt: skip


def test_output_last_gives_the_last_of_a_series() -> None:
    query = EVENTS + 'scan with (step a output=last: e == "S"; step b output=last: e == "x"; step c: e == "E";) | project t'
    assert [t for (t,) in rows(query)] == [2, 4, 5, 6, 7, 8, 9]


def test_output_none_gives_nothing() -> None:
    query = EVENTS + 'scan declare (since:long) with (step a output=none: e == "S"; step b: e == "E" and t - a.t < 4 => since = t - a.t;)'
    assert rows(query) == [(5, "E", 3), (9, "E", 2)]


def test_a_sequence_that_has_moved_on_is_forgotten_by_the_step_before() -> None:
    query = """datatable(t:long)[0, 10, 32, 40, 75] | sort by t asc
        | scan with_match_id=m declare (begin:long) with (step a: true => begin = iff(isnull(a.begin), t, a.begin); step b output=none: t - a.begin > 30;)"""
    assert rows(query) == [(0, 0, 0), (10, 0, 0), (32, 32, 1), (40, 32, 1), (75, 75, 2)]


def test_declared_columns_have_their_default_where_nothing_is_assigned() -> None:
    query = 'range x from 1 to 2 step 1 | scan declare (n:long=7, s:string, t:string="-") with (step a: true;)'
    assert rows(query) == [(1, 7, "", "-"), (2, 7, "", "-")]


def test_a_column_of_the_input_can_be_assigned() -> None:
    assert rows("range x from 1 to 3 step 1 | scan with (step a: true => x = x * 10;)") == [(10,), (20,), (30,)]


def test_scan_partitions_and_orders_by_itself() -> None:
    query = 'datatable(g:string, x:long)["a", 2, "b", 5, "a", 1] | scan order by x asc partition by g declare (s:long=0) with (step a: true => s = a.s + x;)'
    assert sorted(rows(query)) == [("a", 1, 1), ("a", 2, 3), ("b", 5, 5)]


def test_no_rows_give_none() -> None:
    assert rows(EVENTS + "where t > 100 | scan with_match_id=m with (step a: true;)") == []


def test_what_is_not_run_is_refused_by_name() -> None:
    assert refusal(EVENTS + "scan with (step a: true; step b optional: true;)") == "kqlpy does not run `optional` steps of scan"
    assert refusal(EVENTS + "scan declare (n:long) with (step a: n > 1;)") == "kqlpy does not run the declared column `n` without the name of a step"
    assert refusal(EVENTS + "scan with (step a: b.t > 1; step b: true;)") == "kqlpy does not run a step that reads the state of a later step"
