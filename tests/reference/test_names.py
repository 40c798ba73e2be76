"""What a name stands for where it is used: values drawn at random, functions without parentheses, rows around a sub-query."""

from __future__ import annotations

import pytest

import kqlpy
from kqlpy.errors import KqlSemanticError


def rows(text: str) -> list[tuple[object, ...]]:
    """All rows of the answer."""
    table = kqlpy.query(text)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def test_each_written_rand_draws_its_own_numbers() -> None:
    assert rows("print a = rand(), b = rand() | project a == b") == [(False,)]


def test_a_random_let_is_drawn_anew_at_each_use() -> None:
    assert rows("let r = new_guid(); print r == r") == [(False,)]


def test_toscalar_draws_once_for_all_rows_and_uses() -> None:
    text = "let r = toscalar(new_guid()); range x from 1 to 5 step 1 | extend g = r, h = r | summarize dcount(g), countif(g == h)"
    assert rows(text) == [(1, 5)]


def test_a_function_without_parameters_may_be_named_without_parentheses() -> None:
    assert rows("let half = () { 0.5 }; print half * 4, half() * 4") == [(2.0, 2.0)]


def test_defaults_count_when_parentheses_are_left_out() -> None:
    assert rows("let twice = (n: long = 21) { n * 2 }; print twice") == [(42,)]


@pytest.mark.parametrize(
    "body",
    [
        "toscalar(T | where k == wanted | project v)",
        "wanted in (T | where k == wanted)",
        "let found = T | where k == wanted; toscalar(found | count)",
    ],
)
def test_a_sub_query_cannot_see_the_rows_around_it(body: str) -> None:
    text = f"let T = datatable(k: long, v: long)[1, 10, 2, 20]; let f = (wanted: long) {{ {body} }}; T | extend answer = f(k)"
    with pytest.raises(KqlSemanticError, match="`wanted` reads the rows around this sub-query"):
        kqlpy.query(text)


def test_a_sub_query_sees_constant_arguments() -> None:
    text = "let T = datatable(k: long, v: long)[1, 10, 2, 20]; let f = (wanted: long) { toscalar(T | where k == wanted | project v) };"
    assert rows(text + "T | project k + f(2)") == [(21,), (22,)]


@pytest.mark.parametrize("argument", ["x", "x + 1", "x + rand()"])
def test_toscalar_takes_no_column(argument: str) -> None:
    with pytest.raises(KqlSemanticError):
        kqlpy.query(f"range x from 1 to 2 step 1 | extend y = toscalar({argument})")


@pytest.mark.parametrize(
    ("items", "names"),
    [
        ('dynamic({"a": 1}).a, dynamic([5])[0]', ["print_0", "print_1"]),
        ("tolong('1'), bin(7, 2), strlen('x')", ["print_0", "print_1", "print_2"]),
        ("print_1 = 1, 2", ["print_1", "print_11"]),
        ("2, print_0 = 1", ["print_0", "print_01"]),
        ("(a, b) = series_fit_line(dynamic([1, 2])), 7", ["a", "b", "print_1"]),
    ],
)
def test_print_counts_what_has_no_written_name(items: str, names: list[str]) -> None:
    assert kqlpy.query(f"print {items}").column_names == names


def test_print_refuses_a_name_given_twice() -> None:
    with pytest.raises(KqlSemanticError, match="the column `a` is given twice"):
        kqlpy.query("print a = 1, (b, a) = series_fit_line(dynamic([1, 2]))")
