"""Element-wise functions, fills, filters, statistics and fits of series, against plain Python over one row."""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic
from kqlpy.functions.series import elementwise, fills, filters, regression
from kqlpy.functions.series import statistics as series_statistics

LONGS, REALS = pa.list_(pa.int64()), pa.list_(pa.float64())
INTEGERS = st.one_of(st.none(), st.integers(-50, 50))
FRACTIONS = st.one_of(st.none(), st.integers(-400, 400).map(lambda v: v / 8))
INTEGER_ROWS = st.lists(st.one_of(st.none(), st.lists(INTEGERS, max_size=6)), min_size=1, max_size=6)
REAL_ROWS = st.lists(st.one_of(st.none(), st.lists(FRACTIONS, max_size=6)), min_size=1, max_size=6)
ANYTHING = st.one_of(INTEGERS, FRACTIONS, st.sampled_from(["a", True]))
ROWS = st.lists(st.one_of(st.none(), st.just("no array"), st.lists(ANYTHING, max_size=6)), min_size=1, max_size=6)

Row = Any


def texts(*rows: Any) -> pa.Array:
    return dynamic.from_values(list(rows))


def lists(column: pa.Array) -> list[Any]:
    return dynamic.values(column)


def is_number(item: Any) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool)


def is_whole(row: list[Any]) -> bool:
    return not any(isinstance(item, float) for item in row)


def binary(function: Callable[[Any, Any], Any], left: Row, right: Row, whole: bool = True) -> Row:
    """One row of an element-wise function."""
    if not isinstance(left, list) or not isinstance(right, list):
        return None
    length = max(len(left), len(right))
    pairs = zip([*left, *[None] * (length - len(left))], [*right, *[None] * (length - len(right))], strict=True)
    real = not (whole and is_whole(left) and is_whole(right))
    found = [function(a, b) if is_number(a) and is_number(b) else None for a, b in pairs]
    return [float(v) if real and v is not None and not isinstance(v, bool) else v for v in found]


def divide(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 else math.copysign(math.inf, a)
    return a / b


@settings(deadline=None)
@given(ROWS, ROWS, st.sampled_from(["add", "subtract", "multiply"]))
def test_arithmetic_of_mixed_rows(left: list[Row], right: list[Row], name: str) -> None:
    function = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul}[name]
    rows = list(zip(left, right, strict=False))
    found = getattr(elementwise, f"series_{name}")(texts(*[a for a, _ in rows]), texts(*[b for _, b in rows]))
    expected = [binary(function, a, b) for a, b in rows]
    assert lists(found) == expected
    assert [is_whole(row or []) for row in lists(found)] == [is_whole(row or []) for row in expected]


@settings(deadline=None)
@given(INTEGER_ROWS, REAL_ROWS)
def test_arithmetic_of_typed_lists(left: list[Row], right: list[Row]) -> None:
    rows = list(zip(left, right, strict=False))
    first, second = pa.array([a for a, _ in rows], LONGS), pa.array([b for _, b in rows], REALS)
    assert lists(elementwise.series_add(first, second)) == [binary(operator.add, a, b) for a, b in rows]
    assert elementwise.series_add(first, first).type == LONGS
    quotients = [binary(divide, a, b, whole=False) for a, b in rows]
    assert repr(lists(elementwise.series_divide(first, second))) == repr(quotients) or lists(elementwise.series_divide(first, second)) == quotients


@settings(deadline=None)
@given(ROWS, st.one_of(st.integers(-5, 5), st.just(0.5)), st.sampled_from(["greater", "less_equals", "not_equals"]))
def test_comparison_with_a_number(rows: list[Row], number: float, name: str) -> None:
    function = {"greater": operator.gt, "less_equals": operator.le, "not_equals": operator.ne}[name]
    kernel = getattr(elementwise, f"series_{name}")
    repeated = [binary(function, row, [number] * len(row) if isinstance(row, list) else None) for row in rows]
    assert lists(kernel(texts(*rows), pa.scalar(number))) == repeated
    column = pa.array([number] * len(rows))
    assert lists(kernel(texts(*rows), column)) == repeated


def test_a_number_may_stand_on_either_side() -> None:
    assert lists(elementwise.series_subtract(pa.scalar(10), texts([1, 2.5]))) == [[9.0, 7.5]]
    assert lists(elementwise.series_multiply(pa.array([10, 20]), pa.array([[1, 2], [3]], LONGS))) == [[10, 20], [60]]
    assert lists(elementwise.series_add(texts([1, 2]), pa.scalar(None, pa.float64()))) == [[None, None]]


def test_a_constant_series_stands_beside_every_row() -> None:
    found = elementwise.series_add(pa.array([[1, 2], [3]], LONGS), pa.scalar("[10,20]"))
    assert lists(found) == [[11, 22], [13, None]]


def test_whole_and_real_rows_in_one_column_keep_their_kinds() -> None:
    assert elementwise.series_add(texts([1], [1.5]), pa.scalar(1)).to_pylist() == ["[2]", "[2.5]"]


def test_datetimes_count_as_ticks() -> None:
    column = texts(["2024-01-02T00:00:00.0000000Z", "2024-01-01T00:00:00.0000000Z"])
    assert lists(elementwise.series_subtract(column, column)) == [[0, 0]]
    assert lists(elementwise.series_add(column, pa.scalar(0))) == [[638397504000000000, 638396640000000000]]


def test_elementary_functions_give_reals_and_null_outside_their_domain() -> None:
    assert lists(elementwise.series_exp(texts([0, "a"]))) == [[1.0, None]]
    assert lists(elementwise.series_log(texts([1, 0, -1]))) == [[0.0, -math.inf, None]]
    assert lists(elementwise.series_asin(texts([0, 2]))) == [[0.0, None]]
    assert lists(elementwise.series_pow(texts([2, 4]), texts([3, 0.5]))) == [[8.0, 2.0]]


@settings(deadline=None)
@given(REAL_ROWS)
def test_functions_of_one_series(rows: list[Row]) -> None:
    column = pa.array(rows, REALS)

    def each(function: Callable[[float], Any]) -> list[Row]:
        return [None if row is None else [None if v is None else function(v) for v in row] for row in rows]

    assert lists(elementwise.series_abs(column)) == each(abs)
    assert lists(elementwise.series_floor(column)) == each(lambda v: float(math.floor(v)))
    assert lists(elementwise.series_ceiling(column)) == each(lambda v: float(math.ceil(v)))
    assert lists(elementwise.series_sign(column)) == each(lambda v: (v > 0) - (v < 0))
    assert lists(elementwise.series_sin(column)) == each(math.sin)
    assert lists(elementwise.series_atan(column)) == each(math.atan)


@settings(deadline=None)
@given(INTEGER_ROWS, REAL_ROWS, st.sampled_from([None, 0, 1]), st.booleans(), st.sampled_from([None, 7, 7.5]))
def test_fills_of_typed_lists_are_those_of_json(
    whole: list[Row], real: list[Row], placeholder: int | None, edges: bool, constant: float | None
) -> None:
    missing = pa.scalar(placeholder, pa.int64())
    for column in (pa.array(whole, LONGS), pa.array(real, REALS)):
        text = dynamic.text_of(column)
        for fill in (fills.series_fill_forward, fills.series_fill_backward):
            assert dynamic.text_of(fill(column, missing)).equals(fill(text, missing))
        if constant is not None:
            found = fills.series_fill_const(column, pa.scalar(constant), missing)
            assert dynamic.text_of(found).equals(fills.series_fill_const(text, pa.scalar(constant), missing))
        value = pa.scalar(constant, pa.float64()) if constant is None else pa.scalar(constant)
        found = fills.series_fill_linear(column, missing, pa.scalar(edges), value)
        assert dynamic.text_of(found).equals(fills.series_fill_linear(text, missing, pa.scalar(edges), value))


def test_a_constant_keeps_its_own_type() -> None:
    column = pa.array([[111, None, 36]], LONGS)
    assert dynamic.text_of(fills.series_fill_const(column, pa.scalar(0.0))).to_pylist() == ["[111,0.0,36]"]
    assert dynamic.text_of(fills.series_fill_const(column, pa.scalar(-1))).to_pylist() == ["[111,-1,36]"]


def test_linear_fill_cuts_between_integers() -> None:
    assert lists(fills.series_fill_linear(texts([None, 111, None, 36, None]))) == [[111, 111, 73, 36, 36]]
    assert lists(fills.series_fill_linear(texts([1.0, None, 2.0]))) == [[1.0, 1.5, 2.0]]


def test_linear_fill_of_nothing_but_gaps() -> None:
    gaps = texts([None, None])
    none = pa.scalar(None, pa.float64())
    assert fills.series_fill_linear(gaps).to_pylist() == ["[0.0,0.0]"]
    assert fills.series_fill_linear(gaps, none, pa.scalar(False), pa.scalar(3)).to_pylist() == ["[3,3]"]
    assert fills.series_fill_linear(gaps, none, pa.scalar(True), none).to_pylist() == ["[null,null]"]


def test_linear_fill_may_leave_the_ends() -> None:
    found = fills.series_fill_linear(texts([None, 1, None, 5, None]), pa.scalar(None, pa.float64()), pa.scalar(False))
    assert lists(found) == [[None, 1, 3, 5, None]]


def test_fills_leave_what_is_no_number() -> None:
    assert lists(fills.series_fill_forward(texts(["a", None, {"b": 1}, None]))) == [["a", "a", {"b": 1}, {"b": 1}]]


TAPS = st.lists(st.integers(-3, 3), min_size=1, max_size=5)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-50, 50), min_size=1, max_size=8), min_size=1, max_size=5), TAPS, st.booleans())
def test_fir_is_a_convolution(rows: list[list[int]], taps: list[int], center: bool) -> None:
    shift = len(taps) // 2 if center else 0
    expected = [np.convolve(row, taps)[shift : shift + len(row)].tolist() for row in rows]
    expected = [row + [0] * (len(source) - len(row)) for row, source in zip(expected, rows, strict=True)]
    for column in (pa.array(rows, LONGS), texts(*rows)):
        found = filters.series_fir(column, pa.scalar(str(taps)), pa.scalar(False), pa.scalar(center))
        assert lists(found) == expected


def test_fir_normalizes_unless_a_coefficient_is_negative() -> None:
    column = pa.array([[2, 4, 8]], LONGS)
    assert lists(filters.series_fir(column, pa.scalar("[1,1]"))) == [[1.0, 3.0, 6.0]]
    assert lists(filters.series_fir(column, pa.scalar("[1,-1]"))) == [[2, 2, 4]]
    assert lists(filters.series_fir(column, pa.scalar("[1,-1]"), pa.scalar(True))) == [None]
    assert lists(filters.series_fir(column, pa.scalar("[1.0,-1]"))) == [[2.0, 2.0, 4.0]]


def test_fir_nulls_only_what_reads_a_null() -> None:
    assert lists(filters.series_fir(texts([1, None, 3, 4]), pa.scalar("[1,1]"), pa.scalar(False))) == [[1.0, None, None, 7.0]]


COEFFICIENTS = st.lists(st.integers(-4, 4).map(lambda v: v / 4), min_size=1, max_size=4)


@settings(deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=12), COEFFICIENTS, COEFFICIENTS)
def test_iir_follows_its_definition(y: list[int], b: list[float], a: list[float]) -> None:
    a = [2.0, *a]
    out: list[float] = []
    for i in range(len(y)):
        past = sum(f * y[i - j] for j, f in enumerate(b) if i >= j) - sum(f * out[i - j] for j, f in enumerate(a) if j and i >= j)
        out.append(past / a[0])
    found = filters.series_iir(texts(y, y), pa.scalar(str(b)), pa.scalar(str(a)))
    assert lists(found) == [pytest.approx(out, rel=1e-9, abs=1e-9)] * 2


@settings(deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=12), COEFFICIENTS, COEFFICIENTS)
def test_iir_has_the_last_digits_of_lfilter(y: list[int], b: list[float], a: list[float]) -> None:
    signal = pytest.importorskip("scipy.signal")
    found = filters.series_iir(texts(y), pa.scalar(str(b)), pa.scalar(str([3.0, *a])))
    assert lists(found) == [signal.lfilter(b, [3.0, *a], y).tolist()]


def test_iir_without_a_first_denominator_is_null() -> None:
    assert lists(filters.series_iir(texts([1, 2]), pa.scalar("[1]"), pa.scalar("[0,1]"))) == [None]
    assert lists(filters.series_iir(texts([1, 2]), pa.scalar("[]"), pa.scalar("[1]"))) == [None]


def test_fourier_transform_and_back() -> None:
    real, imaginary = filters.series_fft(texts([1, 2, 3, 4], [5.0]))
    assert lists(real) == [[10.0, -2.0, -2.0, -2.0], [5.0]]
    assert lists(imaginary) == [[0.0, 2.0, 0.0, -2.0], [0.0]]
    assert lists(filters.series_ifft(real, imaginary)[0]) == [[1.0, 2.0, 3.0, 4.0], [5.0]]
    assert lists(filters.series_fft(texts([1, None]))[0]) == [[None, None]]


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-100, 100), min_size=1, max_size=9), min_size=1, max_size=5))
def test_statistics(rows: list[list[int]]) -> None:
    found = [part.to_pylist() for part in series_statistics.series_stats(pa.array(rows, LONGS))]
    assert found[0] == [min(row) for row in rows]
    assert found[1] == [row.index(min(row)) for row in rows]
    assert found[2] == [max(row) for row in rows]
    assert found[3] == [row.index(max(row)) for row in rows]
    assert found[4] == [sum(row) / len(row) for row in rows]
    variances = [statistics.variance(row) if len(row) > 1 else 0.0 for row in rows]
    assert found[6] == pytest.approx(variances)
    assert found[5] == pytest.approx([math.sqrt(v) for v in variances])


def test_statistics_may_ignore_what_is_not_finite() -> None:
    column = texts([5, None, 1, "NaN"], [None], [])
    assert [part.to_pylist() for part in series_statistics.series_stats(column)] == [[None] * 3] * 7
    lenient = [part.to_pylist() for part in series_statistics.series_stats(column, pa.scalar(True))]
    assert [part[0] for part in lenient] == [1.0, 2, 5.0, 0, 3.0, math.sqrt(8), 8.0]
    assert [part[1:] for part in lenient] == [[None, None]] * 7
    bag = lists(series_statistics.series_stats_dynamic(column, pa.scalar(True)))[0]
    assert (bag["sum"], bag["len"]) == (6.0, 4)


def test_sums_leave_out_what_is_no_number() -> None:
    column = texts([1, "a", 2.5], [], None)
    assert series_statistics.series_sum(column).to_pylist() == [3.5, 0.0, None]
    assert series_statistics.series_product(column).to_pylist() == [2.5, 1.0, None]
    assert series_statistics.series_magnitude(texts([3, "a", 4], [])).to_pylist() == [5.0, None]


def test_dot_product_cuts_the_longer_series() -> None:
    found = series_statistics.series_dot_product(texts([1, 2, 4], [1, 2], []), texts([4, 2, 1], [3], [1]))
    assert found.to_pylist() == [12.0, 3.0, None]
    assert series_statistics.series_dot_product(texts([1, 2, 4]), pa.scalar(10)).to_pylist() == [70.0]
    assert series_statistics.series_dot_product(pa.scalar(10), texts([1, 2, 4])).to_pylist() == [70.0]


def test_cosine_similarity_takes_given_magnitudes() -> None:
    column = texts([3, 4])
    assert series_statistics.series_cosine_similarity(column, column).to_pylist() == [1.0]
    assert series_statistics.series_cosine_similarity(column, column, pa.scalar(10.0), pa.scalar(None, pa.float64())).to_pylist() == [0.5]


def test_correlation() -> None:
    left = texts([1, 2, 3, 4, 5], [1, 2], [1, None], [1, 1])
    right = texts([2, 4, 6, 8, 10], [1], [1, 2], [1, 2])
    found = series_statistics.series_pearson_correlation(left, right).to_pylist()
    assert found[:3] == [0.9999999999999998, None, None]
    assert math.isnan(found[3])


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-100, 100).map(lambda v: v / 4), min_size=2, max_size=12), min_size=1, max_size=4))
def test_line_fit(rows: list[list[float]]) -> None:
    rsquare, slope, variance, rvariance, interception, fitted = regression.series_fit_line(pa.array(rows, REALS))
    for i, row in enumerate(rows):
        x = range(1, len(row) + 1)
        factor, level = statistics.linear_regression(x, row)
        assert slope[i].as_py() == pytest.approx(factor, abs=1e-9)
        assert interception[i].as_py() == pytest.approx(level, abs=1e-9)
        assert lists(fitted)[i] == pytest.approx([factor * at + level for at in x], abs=1e-9)
        assert variance[i].as_py() == pytest.approx(statistics.variance(row), abs=1e-9)
        left = sum((v - factor * at - level) ** 2 for at, v in zip(x, row, strict=True))
        assert rvariance[i].as_py() == pytest.approx(left / (len(row) - 1), abs=1e-9)
        if len(set(row)) > 1:
            assert rsquare[i].as_py() == pytest.approx(1 - left / sum((v - statistics.fmean(row)) ** 2 for v in row), abs=1e-9)


def test_line_fit_is_that_of_statsmodels() -> None:
    ols = pytest.importorskip("statsmodels.regression.linear_model").OLS
    y = [2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30.5]
    model = ols(y, np.column_stack([np.ones(12), np.arange(1, 13)])).fit()
    rsquare, slope, _, rvariance, interception, fitted = regression.series_fit_line(texts(y))
    assert [interception[0].as_py(), slope[0].as_py()] == pytest.approx(model.params.tolist(), rel=1e-13)
    assert rsquare[0].as_py() == pytest.approx(model.rsquared, rel=1e-13)
    assert rvariance[0].as_py() == pytest.approx(model.ssr / 11, rel=1e-12)
    assert lists(fitted)[0] == pytest.approx(model.fittedvalues.tolist(), rel=1e-13)


def test_line_fit_of_a_series_that_does_not_vary() -> None:
    rsquare, slope, variance, _, interception, fitted = regression.series_fit_line(texts([0.1] * 7))
    assert math.isnan(rsquare[0].as_py())
    assert [slope[0].as_py(), variance[0].as_py()] == [0.0, 0.0]
    assert interception[0].as_py() == pytest.approx(0.1)
    assert lists(fitted)[0] == pytest.approx([0.1] * 7)


@settings(deadline=None)
@given(st.lists(st.integers(-50, 50).map(float), min_size=4, max_size=12))
def test_two_lines_have_the_smallest_error(y: list[float]) -> None:
    def error(part: list[float]) -> float:
        factor, level = statistics.linear_regression(range(len(part)), part)
        return sum((v - factor * i - level) ** 2 for i, v in enumerate(part))

    errors = [error(y[:split]) + error(y[split:]) for split in range(2, len(y) - 1)]
    found = regression.series_fit_2lines(texts(y))
    fitted = lists(found[4])[0]
    assert sum((a - b) ** 2 for a, b in zip(y, fitted, strict=True)) == pytest.approx(min(errors), abs=1e-6)


def test_two_lines_meet_at_the_break() -> None:
    bag = lists(regression.series_fit_2lines_dynamic(texts([1, 2, 3, 9, 7, 5], [1, 2, 3])))
    assert bag[1] is None
    assert bag[0]["split_idx"] == 3
    assert bag[0]["left"]["slope"] == pytest.approx(1.0)
    assert bag[0]["right"] == pytest.approx({"rsquare": 1.0, "slope": -2.0, "interception": 11.0, "variance": 4.0, "rvariance": 0.0}, abs=1e-9)


def test_polynomial_fit() -> None:
    y = texts([1, 4, 9, 16, 25], [3])
    rsquare, coefficients, variance, rvariance, fitted = regression.series_fit_poly(y, texts([1, 2, 3, 4, 5], [1]), pa.scalar(2))
    assert lists(coefficients) == [pytest.approx([1.0, 0.0, 0.0], abs=1e-9), None]
    assert rsquare.to_pylist() == [pytest.approx(1.0), None]
    assert rvariance.to_pylist() == [pytest.approx(0.0, abs=1e-9), None]
    assert variance[0].as_py() == pytest.approx(statistics.variance([1, 4, 9, 16, 25]))
    assert lists(fitted) == [pytest.approx([1, 4, 9, 16, 25]), [None]]


def test_polynomial_of_degree_one_is_the_line() -> None:
    y = texts([2, 5, 6, 8, 11, 15])
    line, polynomial = regression.series_fit_line(y), regression.series_fit_poly(y)
    assert lists(polynomial[1])[0] == pytest.approx([line[1][0].as_py(), line[4][0].as_py()])
    assert lists(polynomial[4])[0] == pytest.approx(lists(line[5])[0])


def test_no_rows_and_no_arrays() -> None:
    for column in (pa.array([], LONGS), texts(), pa.array([], REALS)):
        assert lists(elementwise.series_add(column, pa.scalar(1))) == []
        assert lists(fills.series_fill_linear(column)) == []
        assert [len(part) for part in regression.series_fit_2lines(column)] == [0] * 15
    for kernel in (elementwise.series_abs, fills.series_fill_forward, regression.series_fit_line_dynamic):
        assert lists(kernel(texts(None, 5, {"a": [1]}))) == [None, None, None]
