"""The text of reals: answers of the real engine, and the algorithm that explains them spelled out in integers."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns.real_kernels import format_reals
from kqlpy.columns.reals import engine_digits, format_real

from .strategies import columns, reals


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1 + 0.2, "0.30000000000000007"),
        (1 / 3, "0.3333333333333333"),
        (-0.0, "-0.0"),
        (40.764323000000005, "40.764323000000008"),
        (9.999999999999998, "9.999999999999999"),
        (50.25000000000001, "50.25000000000001"),
        (10.000000000000002, "10.000000000000002"),
        (1.0, "1.0"),
        (123.45, "123.45"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "NaN"),
    ],
)
def test_prints_what_the_engine_prints(value: float, expected: str) -> None:
    assert format_real(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1e20, "100000000000000000000.0"), (1e21, "1e21"), (1.5e300, "1.5e300"), (1e-6, "0.000001"), (1e-7, "1e-7"), (-2.5e-9, "-2.5e-9")],
)
def test_exponents_begin_beyond_21_digits_and_below_a_millionth(value: float, expected: str) -> None:
    assert format_real(value) == expected


@given(reals)
def test_text_reads_back(value: float) -> None:
    text = format_real(value)
    assert math.isnan(value) if text == "NaN" else repr(float(text)) == repr(value)


@given(columns(reals, pa.float64()))
def test_columns_print_like_values(column: pa.Array) -> None:
    assert format_reals(column).to_pylist() == [None if value is None else format_real(value) for value in column.to_pylist()]


@given(st.lists(st.integers(1, 10**9).map(lambda number: number * 0.1 + 0.2), min_size=1))
def test_columns_of_inexact_decimals_print_like_values(values: list[float]) -> None:
    assert format_reals(pa.array(values)).to_pylist() == [format_real(value) for value in values]


def test_digits_are_those_of_grisu2_with_its_short_table() -> None:
    # Not all: for one long number in two hundred Grisu2 itself makes a digit too many, or a border falls too close.
    draw = Random(20).random
    numbers = [draw() * 10.0 ** (row % 30 - 10) for row in range(3000)]
    assert sum(agrees(number) for number in numbers) >= 2970


def agrees(value: float) -> bool:
    digits, point = engine_digits(value)
    grisu, exponent = grisu2(value)
    return (digits, point) == (grisu, len(grisu) + exponent)


def grisu2(value: float) -> tuple[str, int]:
    """Loitsch's Grisu2 in exact integers: the last correction is skipped after nine digits behind the scaled point."""
    bits = max(-1021, math.frexp(value)[1])
    whole, power = int(Fraction(value) / Fraction(2) ** (bits - 53)), bits - 53
    upper, upper_power = normalised(2 * whole + 1, power - 1)
    lower = (4 * whole - 1, power - 2) if whole == 1 << 52 and power > -1074 else (2 * whole - 1, power - 1)
    lower_bits = lower[0] << (lower[1] - upper_power)
    middle, _ = normalised(whole, power)
    scale = 8 * ((math.ceil((-61 - upper_power) * 0.30102999566398114 + 347) >> 3) + 1) - 348
    factor, factor_power = cached_power(scale)
    high, one = product(upper, factor) - 1, -(upper_power + factor_power + 64)
    gap = high - (product(lower_bits, factor) + 1)
    return make_digits(product(middle, factor), high, gap, one, -scale)


def normalised(number: int, power: int) -> tuple[int, int]:
    shift = 64 - number.bit_length()
    return number << shift, power - shift


def cached_power(scale: int) -> tuple[int, int]:
    exact = Fraction(10) ** scale
    power = math.floor(math.log2(exact.numerator) - math.log2(exact.denominator)) - 63
    rounded = round(exact / Fraction(2) ** power)
    if rounded >= 1 << 64:
        power += 1
        rounded = round(exact / Fraction(2) ** power)
    return rounded, power


def product(left: int, right: int) -> int:
    return (left * right + (1 << 63)) >> 64


def make_digits(middle: int, high: int, gap: int, one: int, exponent: int) -> tuple[str, int]:
    text = str(high >> one)
    rest, below = high & ((1 << one) - 1), high - middle
    for kept in range(1, len(text) + 1):
        unit = 10 ** (len(text) - kept)
        left = (int(text[kept:] or 0) << one) + rest
        if left <= gap:
            return corrected(text[:kept], gap, left, unit << one, below), exponent + len(text) - kept
    digits, made = text, 0
    while True:
        rest, gap, made = rest * 10, gap * 10, made + 1
        digits, rest = digits + str(rest >> one), rest & ((1 << one) - 1)
        if rest < gap:
            return corrected(digits, gap, rest, 1 << one, below * (10**made if made < 9 else 0)), exponent - made


def corrected(digits: str, gap: int, rest: int, unit: int, below: int) -> str:
    last = int(digits[-1])
    while rest < below and gap - rest >= unit and (rest + unit < below or below - rest > rest + unit - below):
        last, rest = last - 1, rest + unit
    return (digits[:-1] + str(last)).lstrip("0")
