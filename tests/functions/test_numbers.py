"""Functions of numbers equal Python's `math` by row; bits, rounding, extremes and units answer as Kusto does."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kqlpy
from kqlpy.functions import numbers, statistics
from kqlpy.functions.registry import SCALARS, Call
from kqlpy.session import Session
from kqlpy.types import Type

from .values import LONGS, REALS, answer, maybe, pairs


def in_domain(function: Callable[[float], float], outside: float | None) -> Callable[[float], float | None]:
    def compute(value: float) -> float | None:
        try:
            return function(value)
        except ValueError:
            return math.nan if math.isnan(value) else outside
        except OverflowError:
            return math.inf

    return compute


@given(st.lists(maybe(st.floats(-50, 50)), min_size=1, max_size=5))
@pytest.mark.parametrize(
    ("kernel", "oracle"),
    [
        (numbers.sqrt, in_domain(math.sqrt, math.nan)),
        (numbers.exp, in_domain(math.exp, None)),
        (numbers.sin, math.sin),
        (numbers.atan, math.atan),
        (numbers.asin, in_domain(math.asin, None)),
        (numbers.acos, in_domain(math.acos, None)),
        (numbers.ceiling, math.ceil),
        (numbers.log, lambda v: None if v < 0 else -math.inf if v == 0 else math.log(v)),
        (numbers.log10, lambda v: None if v < 0 else -math.inf if v == 0 else math.log10(v)),
    ],
)
def test_functions_of_reals(kernel: Callable[[pa.Array], pa.Array], oracle: Callable[[float], float | None], values: list[float | None]) -> None:
    found = kernel(pa.array(values, pa.float64())).to_pylist()
    expected = [None if v is None else oracle(v) for v in values]
    assert [f is None for f in found] == [e is None for e in expected]
    np.testing.assert_allclose([f for f in found if f is not None], [e for e in expected if e is not None], rtol=1e-12)


@given(pairs(LONGS, st.integers(-3, 70)))
def test_shifts_go_modulo_64_and_not_backwards(rows: list[tuple[Any, Any]]) -> None:
    bits, places = (pa.array([row[i] for row in rows], pa.int64()) for i in (0, 1))

    def shifted(value: int, count: int) -> int | None:
        return None if count < 0 else (value << count % 64 & (2**64 - 1) ^ 2**63) - 2**63

    expected = [None if None in row else shifted(*row) for row in rows]
    assert numbers.binary_shift_left(bits, places).to_pylist() == expected


@given(st.lists(maybe(LONGS), min_size=1, max_size=5))
def test_count_of_bits(values: list[int | None]) -> None:
    found = numbers.bitset_count_ones(pa.array(values, pa.int64()))
    assert found.to_pylist() == [None if v is None else (v % 2**64).bit_count() for v in values]


@given(pairs(LONGS, LONGS))
def test_extremes_pass_over_nulls(rows: list[tuple[Any, Any]]) -> None:
    left, right = (pa.array([row[i] for row in rows], pa.int64()) for i in (0, 1))
    context = Call((Type.LONG, Type.LONG), Type.LONG, len(rows), Session.at())
    known = [[v for v in row if v is not None] for row in rows]
    assert numbers.max_of(context, left, right).to_pylist() == [max(k) if k else None for k in known]
    assert numbers.min_of(context, left, right).to_pylist() == [min(k) if k else None for k in known]


@given(st.lists(REALS, min_size=1, max_size=5))
def test_rounding_to_no_digits_is_half_away_from_zero(values: list[float]) -> None:
    found = numbers.round_(pa.array(values, pa.float64())).to_pylist()
    expected = [v if not math.isfinite(v) else math.copysign(math.floor(abs(v) + 0.5), v) for v in values]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("round(1.005, 2)", "1.0"),
        ("round(2.15, 1)", "2.2"),
        ("round(3.25, 1)", "3.3"),
        ("round(-50.55, -2)", "-100.0"),
        ("round(2.5)", "3.0"),
        ("gettype(round(5))", "real"),
        ("gettype(ceiling(5))", "real"),
        ("gettype(abs(int(-3)))", "long"),
        ("abs(-1h)", "01:00:00"),
        ("pow(2, 10)", "1024.0"),
        ("exp10(3)", "1000.0"),
        ("sign(long(null))", "0.0"),
        ("degrees(pi())", "180.0"),
        ("isnan(sqrt(-1))", "True"),
        ("binary_not(100)", "-101"),
        ("binary_shift_right(-8, 1)", "-4"),
        ("bitset_count_ones(-1)", "64"),
        ("max_of(10, 1.5)", "10.0"),
        ("min_of(datetime(2024-01-02), datetime(2024-01-01))", "2024-01-01T00:00:00.0000000Z"),
        ("max_of('a', 'b')", "b"),
        ("gamma(5)", "24.0"),
        ("erf(0)", "0.0"),
        ("isnan(beta_cdf(1.5, 10.0, 20.0))", "True"),
        ("isnan(beta_inv(0.1, -1.0, 20.0))", "True"),
        ("round(beta_inv(0.1, 10.0, 20.0), 10)", "0.2264150224"),
        ("convert_angle(1.2, 'Degree', 'Arcminute')", "72.0"),
        ("convert_volume(1.2, 'CubicMeter', 'CubicMeter')", "1.2"),
        ("convert_temperature(0.0, 'Kelvin', 'DegreeCelsius')", "-273.15"),
    ],
)
def test_answers(expression: str, expected: str) -> None:
    assert answer(expression) == expected


@pytest.mark.parametrize(
    "expression",
    ["log(-1)", "asin(2)", "max_of(long(null), long(null))", "isnan(real(null))", "beta_inv(1.5, 10.0, 20.0)", "convert_length(1, 'Meter', 'Cubit')"],
)
def test_null_answers(expression: str) -> None:
    assert answer(f"isnull({expression})") == "True"


def test_an_acre_foot_has_the_library_s_size() -> None:
    assert kqlpy.query("print x = convert_volume(1.2, 'CubicMeter', 'AcreFoot')")["x"][0].as_py() == pytest.approx(0.0009728568, rel=1e-12)


def test_welch_test_matches_a_known_case() -> None:
    found = statistics.welch_test(*(pa.array([v]) for v in (20.820, 7.7889, 15, 22.9867, 3.8427, 15)))
    assert found[0].as_py() == pytest.approx(0.0214, abs=5e-4)


def test_random_numbers_repeat_with_a_seed_and_differ_by_row() -> None:
    draws = []
    for _ in range(2):
        session = Session(0, seed=7)
        draws.append([numbers.rand(Call((), Type.REAL, 4, session)).to_pylist() for _ in range(2)])
    assert draws[0] == draws[1]
    assert len({value for batch in draws[0] for value in batch}) == 8
    assert SCALARS["rand"].volatile
