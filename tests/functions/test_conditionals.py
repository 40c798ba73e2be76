"""Choosing among values equals plain Python by row; a null test is not true, empty text counts as missing in coalesce."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kqlpy
from kqlpy.engine.evaluate import fit
from kqlpy.errors import KqlRuntimeError, KqlSemanticError
from kqlpy.functions import conditionals
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type

from .values import BOOLS, LONGS, answer, maybe

TESTS = st.lists(st.tuples(maybe(BOOLS), maybe(BOOLS), maybe(LONGS), maybe(LONGS)), min_size=1, max_size=6)
TEXTS = st.sampled_from(["", "a", "b", "é"])


def call(result: Type, rows: int) -> Call:
    return Call((), result, rows, Session.at())


def column(rows: list[tuple[Any, ...]], index: int, type_: pa.DataType) -> pa.Array:
    return pa.array([row[index] for row in rows], type_)


@given(TESTS)
def test_iff_and_case_take_the_first_true_branch(rows: list[tuple[Any, ...]]) -> None:
    first, second = column(rows, 0, pa.bool_()), column(rows, 1, pa.bool_())
    left, right = column(rows, 2, pa.int64()), column(rows, 3, pa.int64())
    context = call(Type.LONG, len(rows))
    assert conditionals.iff(context, first, left, right).to_pylist() == [row[2] if row[0] else row[3] for row in rows]
    chosen = conditionals.case(context, first, left, second, right, pa.scalar(5))
    assert chosen.to_pylist() == [row[2] if row[0] else row[3] if row[1] else 5 for row in rows]


@given(TESTS, TEXTS, TEXTS, TEXTS)
def test_constant_texts_are_chosen_as_a_dictionary(rows: list[tuple[Any, ...]], a: str, b: str, c: str) -> None:
    first, second = column(rows, 0, pa.bool_()), column(rows, 1, pa.bool_())
    found = conditionals.case(call(Type.STRING, len(rows)), first, pa.scalar(a), second, pa.scalar(b), pa.scalar(c))
    assert fit(found, Type.STRING, len(rows)).to_pylist() == [a if row[0] else b if row[1] else c for row in rows]


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_coalesce_skips_empty_text(rows: list[tuple[Any, ...]]) -> None:
    found = conditionals.coalesce(call(Type.STRING, len(rows)), column(rows, 0, pa.string()), column(rows, 1, pa.string()))
    assert found.to_pylist() == [row[0] or row[1] for row in rows]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("iff(bool(null), 't', 'f')", "f"),
        ("iif(true, 1, 2)", "1"),
        ("case(bool(null), 'a', true, 'b', 'c')", "b"),
        ("gettype(iff(true, int(1), int(2)))", "int"),
        ("gettype(iff(true, 1, 1.5))", "real"),
        ("gettype(iff(true, dynamic(1), 1))", "long"),
        ("coalesce('', 'x')", "x"),
        ("coalesce(long(null), 5)", "5"),
        ("strlen(coalesce('', ''))", "0"),
        ("isnull(coalesce(long(null), long(null)))", "True"),
        ("isnull('')", "False"),
        ("isnotnull('')", "True"),
        ("isnull(dynamic(null))", "True"),
        ("isnull(dynamic([]))", "False"),
        ("assert(1 < 2, 'x')", "True"),
    ],
)
def test_answers(expression: str, expected: str) -> None:
    assert answer(expression) == expected


def test_a_failed_assert_stops_the_query() -> None:
    with pytest.raises(KqlRuntimeError, match="numbers are broken"):
        kqlpy.query("print assert(1 > 2, 'numbers are broken')")


def test_case_needs_a_value_at_the_end() -> None:
    with pytest.raises(KqlSemanticError):
        kqlpy.query("print case(true, 1, false, 2)")
