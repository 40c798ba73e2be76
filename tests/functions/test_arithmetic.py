"""The arithmetic operators equal plain Python on each row, with Kusto's nulls, wrapping and signs."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from kqlpy.columns.ticks import MAX_DATETIME
from kqlpy.functions import operators_arithmetic as arithmetic
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type

from .values import LONGS, MOMENTS, REALS, SPANS, answer, pairs

Rows = list[tuple[Any, Any]]


def call(types: tuple[Type, ...], result: Type, rows: int) -> Call:
    return Call(types, result, rows, Session.at())


def columns(rows: Rows, left: pa.DataType, right: pa.DataType) -> tuple[pa.Array, pa.Array]:
    return pa.array([row[0] for row in rows], left), pa.array([row[1] for row in rows], right)


def each(rows: Rows, oracle: Callable[[Any, Any], Any]) -> list[Any]:
    return [None if None in row else oracle(*row) for row in rows]


def wrap(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def quotient(left: int, right: int) -> int | None:
    if right == 0:
        return None
    return wrap(abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1))


@given(pairs(LONGS, LONGS))
@pytest.mark.parametrize(
    ("kernel", "oracle"),
    [
        (arithmetic.add, lambda a, b: wrap(a + b)),
        (arithmetic.subtract, lambda a, b: wrap(a - b)),
        (arithmetic.multiply, lambda a, b: wrap(a * b)),
        (arithmetic.divide, quotient),
        (arithmetic.modulo, lambda a, b: a % abs(b) if b else None),
    ],
)
def test_longs(kernel: Callable[..., pa.Array], oracle: Callable[[int, int], int | None], rows: Rows) -> None:
    left, right = columns(rows, pa.int64(), pa.int64())
    found = kernel(call((Type.LONG, Type.LONG), Type.LONG, len(rows)), left, right)
    assert found.to_pylist() == each(rows, oracle)


@given(pairs(LONGS, LONGS))
def test_a_constant_side_is_like_a_column_of_it(rows: Rows) -> None:
    left, _ = columns(rows, pa.int64(), pa.int64())
    constant = pa.scalar(rows[0][1], pa.int64())
    context = call((Type.LONG, Type.LONG), Type.LONG, len(rows))
    for kernel in (arithmetic.add, arithmetic.divide, arithmetic.modulo):
        spread = pa.array([rows[0][1]] * len(rows), pa.int64())
        assert kernel(context, left, constant).to_pylist() == kernel(context, left, spread).to_pylist()


@given(pairs(REALS, REALS))
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide"])
def test_reals(name: str, rows: Rows) -> None:
    left, right = columns(rows, pa.float64(), pa.float64())
    found = getattr(arithmetic, name)(call((Type.REAL, Type.REAL), Type.REAL, len(rows)), left, right)
    with np.errstate(all="ignore"):
        expected = each(rows, lambda a, b: float(getattr(np, name)(np.float64(a), np.float64(b))))
    np.testing.assert_array_equal(found.to_numpy(zero_copy_only=False), np.array([np.nan if e is None else e for e in expected]))
    assert found.is_null().to_pylist() == [None in row for row in rows]


@given(pairs(MOMENTS, SPANS))
@pytest.mark.parametrize(("kernel", "oracle"), [(arithmetic.add_datetime, operator.add), (arithmetic.subtract_timespan, operator.sub)])
def test_a_moment_outside_the_calendar_is_null(kernel: Callable[..., pa.Array], oracle: Callable[[int, int], int], rows: Rows) -> None:
    left, right = columns(rows, pa.int64(), pa.int64())

    def moved(moment: int, span: int) -> int | None:
        ticks = oracle(moment, span)
        return ticks if 0 <= ticks <= MAX_DATETIME else None

    assert kernel(left, right).to_pylist() == each(rows, moved)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("-7 / 2", "-3"),
        ("7 / 2.0", "3.5"),
        ("-14 % 12", "10"),
        ("-14 % -12", "10"),
        ("-7.5 % 2", "0.5"),
        ("1.0 / 0", "inf"),
        ("90m / 1h", "1.5"),
        ("2.5 * 1h", "02:30:00"),
        ("1h / 4", "00:15:00"),
        ("100m % 1h", "00:40:00"),
        ("datetime(2024-03-01) - datetime(2024-02-28)", "2.00:00:00"),
        ("9223372036854775807 + 1", "-9223372036854775808"),
        ("todecimal('0.1') + todecimal('0.2')", "0.3"),
        ("dynamic({'a': 3}).a * 2", "6"),
        ("dynamic(1) + dynamic(2)", "3"),
    ],
)
def test_answers(expression: str, expected: str) -> None:
    assert answer(expression) == expected


@pytest.mark.parametrize("expression", ["1 / 0", "1 % 0", "int(null) + 10", "1h / 0", "dynamic('a') + dynamic(1)"])
def test_null_answers(expression: str) -> None:
    assert answer(f"isnull({expression})") == "True"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("int(1) + int(2)", "long"), ("-int(5)", "int"), ("1 + 1.5", "real"), ("1d / 1h", "real"), ("decimal(1) + 1.5", "decimal"), ("dynamic(1) + 1", "long")],
)
def test_types(expression: str, expected: str) -> None:
    assert answer(f"gettype({expression})") == expected


def test_real_division_by_a_column_of_zeros_has_signs() -> None:
    left, right = pa.array([1.0, -1.0, 0.0]), pa.array([0, 0, 0])
    found = arithmetic.divide(call((Type.REAL, Type.LONG), Type.REAL, 3), left, right).to_pylist()
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])
