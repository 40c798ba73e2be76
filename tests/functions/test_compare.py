"""Comparisons by row, with the rules for null: `==` and `!=` know one null, the others do not."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given

import kqlpy
from kqlpy.errors import KqlError
from kqlpy.functions import operators_compare as compare

from .values import BOOLS, LONGS, REALS, answer, pairs

Rows = list[tuple[Any, Any]]


def columns(rows: Rows, left: pa.DataType, right: pa.DataType) -> tuple[pa.Array, pa.Array]:
    return pa.array([row[0] for row in rows], left), pa.array([row[1] for row in rows], right)


@given(pairs(LONGS, LONGS))
def test_one_null_is_unequal_and_two_are_null(rows: Rows) -> None:
    left, right = columns(rows, pa.int64(), pa.int64())
    same = [None if row == (None, None) else row[0] == row[1] for row in rows]
    assert compare.equal(left, right).to_pylist() == same
    assert compare.not_equal(left, right).to_pylist() == [None if s is None else not s for s in same]


@given(pairs(LONGS, REALS))
@pytest.mark.parametrize(
    ("kernel", "oracle"),
    [(compare.less, operator.lt), (compare.less_equal, operator.le), (compare.greater, operator.gt), (compare.greater_equal, operator.ge)],
)
def test_order_is_null_with_a_null(kernel: Callable[..., pa.Array], oracle: Callable[[Any, Any], bool], rows: Rows) -> None:
    left, right = columns(rows, pa.int64(), pa.float64())
    assert kernel(left, right).to_pylist() == [None if None in row else oracle(float(row[0]), row[1]) for row in rows]


@given(pairs(BOOLS, LONGS))
def test_bools_compare_as_numbers(rows: Rows) -> None:
    left, right = columns(rows, pa.bool_(), pa.int64())
    assert compare.equal(left, right).to_pylist() == [None if row == (None, None) else None not in row and int(row[0]) == row[1] for row in rows]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a' == 'A'", "False"),
        ("real(nan) == real(nan)", "False"),
        ("real(nan) != real(nan)", "True"),
        ("true == 1", "True"),
        ("datetime(2024-01-01) == '2024-01-01'", "True"),
        ("1h == '01:00:00'", "True"),
        ("dynamic('x') == 'x'", "True"),
        ("dynamic('1') == 1", "False"),
        ("dynamic(1) == 1", "True"),
        ("dynamic(1.5) == 1", "False"),
        ("dynamic(9223372036854775807) == 9223372036854775807", "True"),
        ("dynamic(1.5) < 2", "True"),
        ("int(null) == 5", "False"),
        ("int(null) != 5", "True"),
        ("toguid('0123456789abcdef0123456789abcdef') == '01234567-89ab-cdef-0123-456789abcdef'", "True"),
        ("decimal(1.5) == 1.5", "True"),
        ("5 between (10 .. 1)", "False"),
        ("10 between (2 .. 10)", "True"),
        ("datetime(2024-01-04) between (datetime(2024-01-01) .. 3d)", "True"),
        ("7h !between (2h .. 6h)", "True"),
        ("5 between (1.5 .. 10)", "True"),
    ],
)
def test_answers(expression: str, expected: str) -> None:
    assert answer(expression) == expected


@pytest.mark.parametrize("expression", ["int(null) == int(null)", "int(null) > 3", "long(null) !between (2 .. 10)", "5 between (2 .. long(null))"])
def test_null_answers(expression: str) -> None:
    assert answer(f"isnull({expression})") == "True"


@pytest.mark.parametrize("expression", ["'a' < 'b'", "now() > '2020-01-01'", "dynamic('a') < 'b'", "'b' between ('a' .. 'c')"])
def test_texts_have_no_order(expression: str) -> None:
    with pytest.raises(KqlError):
        kqlpy.query(f"print {expression}")
