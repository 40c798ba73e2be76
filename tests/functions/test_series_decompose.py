"""Decomposition, periods and outliers: whole columns give the same answers as one series after the other, in plain Python."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic
from kqlpy.errors import KqlRuntimeError, KqlUnsupportedError
from kqlpy.functions.series import decompose, outliers, periods

SEEDS = st.integers(0, 10_000)
TRENDS = st.sampled_from(["avg", "linefit", "none"])
REALS = pa.list_(pa.float64())


def some_series(seed: int) -> list[list[float]]:
    """A few series of different lengths: seasonal, trending and plain noise."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(4):
        t = np.arange(int(random.integers(1, 50)))
        season = random.integers(0, 6) * np.sin(2 * np.pi * t / random.integers(4, 9))
        found.append((season + random.normal(0, 1, len(t)) + random.normal() * t / 9).tolist())
    return [*found, found[0][::-1]]


def candidates(y: list[float]) -> dict[int, float]:
    """Period and score, by the definition."""
    n, half = len(y), len(y) // 2
    level = sum(y) / n
    spectrum = [sum((v - level) * cmath.exp(-2j * math.pi * i * k / n) for i, v in enumerate(y)) for k in range(n)]
    power = [abs(value) ** 2 for value in spectrum]
    correlation = [sum((y[i] - level) * (y[i - lag] - level) for i in range(n)) for lag in range(n)]
    least = min(correlation)
    found: dict[int, float] = {}
    for k in range(1, half + 1):
        beside = [0.0 if k == 1 else power[k - 1], power[k + 1] if k < half else 0.0]
        first, last = max(4, -(-n // (k + 1))), min(half, n // (k - 1) if k > 1 else n - 1)
        if power[k] < 4.6 * sum(power[1 : half + 1]) / half or power[k] < max(beside) or first > last:
            continue
        lag = max(range(first, last + 1), key=lambda p: correlation[p])
        if correlation[lag] > correlation[lag - 1] and correlation[lag] >= correlation[min(lag + 1, n - lag - 1)]:
            found[lag] = (correlation[lag] - least) / (correlation[0] - least)
    return found


def best_period(y: list[float], threshold: float) -> int:
    found = candidates(y)
    best = max(found, key=lambda p: found[p], default=0)
    return best if found and found[best] >= threshold else 0


def decomposed(y: list[float], period: int, trend: str, tested: int, threshold: float = 0.6) -> list[list[float]] | None:
    """Baseline, seasonal, trend, residual of one series; None when nothing can be learned."""
    n, m = len(y), len(y) - tested
    if m <= 0:
        return None
    p = best_period(y[:m], threshold) if period == -1 else period
    seasonal = [float(np.median(y[i % p : m : p])) if 0 < p <= m else 0.0 for i in range(n)]
    d = [y[i] - seasonal[i] for i in range(m)]
    line = [0.0] * n
    if trend == "avg":
        line = [sum(d) / m] * n
    elif trend == "linefit":
        slope, level = np.polyfit(range(m), d, 1) if m > 1 else (0.0, d[0])
        line = [slope * i + level for i in range(n)]
    baseline = [s + t for s, t in zip(seasonal, line, strict=True)]
    return [baseline, seasonal, line, [v - b for v, b in zip(y, baseline, strict=True)]]


def outlier_scores(y: list[float], tested: int, kind: str) -> list[float]:
    low, high = np.percentile(y[: len(y) - tested], [10, 90] if kind == "ctukey" else [25, 75])
    width = float(0.36067156396620265 if kind == "ctukey" else 1.0) * float(high - low)
    if width == 0:
        return [math.inf if v > high else -math.inf if v < low else 0.0 for v in y]
    return [(v - high) / width if v > high else (v - low) / width if v < low else 0.0 for v in y]


def close(found: pa.Array, expected: list[Any]) -> None:
    for here, there in zip(dynamic.values(found), expected, strict=True):
        assert here == (there if there is None or None in there else pytest.approx(there, rel=1e-9, abs=1e-9))


def texts(*rows: Any) -> pa.Array:
    return dynamic.from_values(list(rows))


def lists(column: pa.Array) -> list[Any]:
    return dynamic.values(column)


@settings(deadline=None, max_examples=40)
@given(SEEDS)
def test_periods_are_those_of_each_series_alone(seed: int) -> None:
    rows = some_series(seed)
    found = periods.series_periods_detect(pa.array(rows, REALS), pa.scalar(0.0), pa.scalar(1000.0), pa.scalar(3))
    ranked = [sorted(candidates(row).items(), key=lambda pair: -pair[1])[:3] + [(0, 0.0)] * 3 for row in rows]
    close(found[0], [[float(p) for p, _ in row[:3]] for row in ranked])
    close(found[1], [[score for _, score in row[:3]] for row in ranked])


@settings(deadline=None, max_examples=40)
@given(SEEDS, TRENDS, st.integers(-1, 9), st.integers(0, 3))
def test_decomposition_is_that_of_each_series_alone(seed: int, trend: str, period: int, tested: int) -> None:
    rows = some_series(seed)
    arguments = pa.scalar(period), pa.scalar(trend), pa.scalar(tested)
    expected = [decomposed(row, period, trend, tested) for row in rows]
    for column in (pa.array(rows, REALS), texts(*rows)):
        for part, found in enumerate(decompose.series_decompose(column, *arguments)):
            close(found, [[None] * len(row) if parts is None else parts[part] for row, parts in zip(rows, expected, strict=True)])


@settings(deadline=None, max_examples=40)
@given(SEEDS, TRENDS, st.sampled_from(["ctukey", "tukey"]))
def test_anomalies_are_the_outliers_of_the_residual(seed: int, trend: str, kind: str) -> None:
    rows = [row for row in some_series(seed) if len(row) > 8]
    column = pa.array(rows, REALS)
    flags, scores, baselines = decompose.series_decompose_anomalies(
        column, pa.scalar(1.5), pa.scalar(-1), pa.scalar(trend), pa.scalar(0), pa.scalar(kind)
    )
    parts = [decomposed(row, -1, trend, 0) or [] for row in rows]
    expected = [outlier_scores(part[3], 0, kind) for part in parts]
    close(baselines, [part[0] for part in parts])
    close(scores, expected)
    assert lists(flags) == [[int(score >= 1.5) - int(score <= -1.5) for score in row] for row in expected]
    assert flags.type == pa.list_(pa.int64())


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(0, 2))
def test_outliers_leave_out_nulls_and_the_ignored_value(seed: int, tested: int) -> None:
    rows: list[list[float | None]] = [[*row, 5.0, 1.0, 2.0, 3.0] for row in some_series(seed)]
    rows[0][0] = None
    found = outliers.series_outliers(
        pa.array(rows, REALS), pa.scalar("ctukey"), pa.scalar(5.0), pa.scalar(10.0), pa.scalar(90.0), pa.scalar(tested)
    )
    for row, scores in zip(rows, lists(found), strict=True):
        used = [i for i, v in enumerate(row) if v is not None and v != 5.0]
        expected = [0.0] * len(row)
        kept = [row[i] for i in used]
        for i, score in zip(used, outlier_scores(kept, sum(i >= len(row) - tested for i in used), "ctukey"), strict=True):  # type: ignore[arg-type]
            expected[i] = score
        assert scores == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_two_points_to_learn_from_make_a_line() -> None:
    (found,) = decompose.series_decompose_forecast(texts([1, 3, 0, 0]), pa.scalar(2), pa.scalar(0))
    close(found, [[1.0, 3.0, 5.0, 7.0]])


def test_a_long_series_of_each_kind_in_one_column() -> None:
    hours = np.arange(24 * 14)
    daily = 20 + 10 * np.sin(2 * np.pi * hours / 24)
    daily[100] += 60
    found = decompose.series_decompose_anomalies(pa.array([daily, hours, daily * 0 + 3], REALS), pa.scalar(1.5), pa.scalar(-1), pa.scalar("linefit"))
    flags = lists(found[0])
    assert flags[0][100] == 1
    assert lists(found[1])[1] == pytest.approx([0.0] * len(hours), abs=1.5)
    assert flags[2] == [0] * len(hours)


def test_arguments_may_differ_from_row_to_row() -> None:
    column = texts([1, 2, 1, 2, 1, 9], [1, 2, 1, 2, 1, 9])
    found = decompose.series_decompose(column, pa.array([2, 0]), pa.array(["none", "avg"]))
    assert lists(found[0]) == [[1.0, 2.0, 1.0, 2.0, 1.0, 2.0], pytest.approx([16 / 6] * 6)]


def test_seasonal_carries_the_level_and_avg_is_the_rest() -> None:
    baseline, seasonal, trend, residual = decompose.series_decompose(texts([10, 20, 10, 20, 10, 26]), pa.scalar(2))
    assert lists(seasonal) == [[10.0, 20.0, 10.0, 20.0, 10.0, 20.0]]
    assert lists(trend) == [[1.0] * 6]
    assert lists(residual) == [[-1.0, -1.0, -1.0, -1.0, -1.0, 5.0]]
    assert lists(baseline) == [[11.0, 21.0, 11.0, 21.0, 11.0, 21.0]]


def test_forecast_follows_the_line_by_default() -> None:
    (found,) = decompose.series_decompose_forecast(texts([1, 2, 3, 4, 0, 0]), pa.scalar(2))
    close(found, [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])


def test_test_points_do_not_count_for_percentiles() -> None:
    y = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100]
    scores = lists(outliers.series_outliers(texts(y), pa.scalar("tukey"), pa.scalar(None, pa.float64()), *[pa.scalar(None, pa.float64())] * 2, pa.scalar(1)))
    assert scores[0][-1] == pytest.approx((100 - 7) / 4)


def test_equal_percentiles_make_every_other_value_infinitely_far() -> None:
    assert lists(outliers.series_outliers(texts([1] * 20 + [2, 0]))) == [[0.0] * 20 + [math.inf, -math.inf]]


def test_a_null_makes_all_results_null_and_no_array_is_null() -> None:
    flags, scores, baseline = decompose.series_decompose_anomalies(texts([1, None, 3], None, "x", [], {"a": 1}))
    for column in (flags, scores, baseline):
        assert lists(column) == [[None, None, None], None, None, [], None]


def test_period_longer_than_the_series_is_no_period() -> None:
    assert lists(decompose.series_seasonal(texts([1, 2, 3]), pa.scalar(4))) == [[0.0, 0.0, 0.0]]


def test_validated_periods_need_support() -> None:
    y = [float(v) for v in np.tile([1, 5, 9, 5, 1, 0, 2], 8)]
    found = periods.series_periods_validate(texts(y, None), pa.scalar(7.0), pa.scalar(14.0), pa.scalar(3.0))
    assert lists(found[0]) == [[7.0, 14.0, 3.0], None]
    assert lists(found[1]) == [[pytest.approx(1.0), 0.0, 0.0], None]


def test_detection_is_cut_to_the_asked_range_and_filled_with_zeros() -> None:
    y = np.tile([1.0, 5, 9, 5, 1, 0, 2], 8).tolist()
    assert lists(periods.series_periods_detect(texts(y), pa.scalar(0.0), pa.scalar(50.0), pa.scalar(2))[0]) == [[7.0, 0.0]]
    assert lists(periods.series_periods_detect(texts(y), pa.scalar(8.0), pa.scalar(50.0), pa.scalar(2))[0]) == [[0.0, 0.0]]


def test_unknown_words_are_told() -> None:
    with pytest.raises(KqlRuntimeError, match="'AVG' is no trend of a series"):
        decompose.series_decompose(texts([1, 2, 3]), pa.scalar(0), pa.scalar("AVG"))
    with pytest.raises(KqlRuntimeError, match="'mad' is no way to find outliers"):
        outliers.series_outliers(texts([1, 2, 3]), pa.scalar("mad"))
    with pytest.raises(KqlUnsupportedError, match="percentiles other than 10 and 90"):
        outliers.series_outliers(texts([1, 2, 3]), pa.scalar("ctukey"), pa.scalar(0.0), pa.scalar(5.0))
