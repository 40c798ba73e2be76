"""Series as season, trend and rest: `series_decompose`, `series_decompose_anomalies`, `series_decompose_forecast`, `series_seasonal`.

With n points, of which the first m = n - test points are learned from, and a period p (given, or detected in those m points):

    seasonal[i] = median of y[j], j < m and j mod p = i mod p;  0 without a period
    d           = y - seasonal                                  (the m learned points)
    trend[i]    = mean of d ("avg"), the least-squares line through d ("linefit"), or 0 ("none")
    baseline    = seasonal + trend;  residual = y - baseline

The medians are taken of the series as it is, before any trend, so that `seasonal` carries the level. Anomalies are the outliers of
the residual (see `outliers.py`). A series with a null or without a learned point gives arrays of nulls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kqlpy.errors import KqlRuntimeError
from kqlpy.functions.registry import scalar
from kqlpy.functions.series.columns import Collector, Column, blocks, read, row_count
from kqlpy.functions.series.outliers import outlier_scores
from kqlpy.functions.series.periods import best_periods

__all__ = ["Decomposition", "decompose"]

_AUTO = -1


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The parts of the series in a matrix. `trend` is as wide as the series, or one column for a level."""

    seasonal: np.ndarray
    trend: np.ndarray
    baseline: np.ndarray
    residual: np.ndarray


def decompose(y: np.ndarray, learned: int, period: int, trend: str, threshold: float) -> Decomposition:
    """Split the rows of `y`, learning from the first `learned` columns."""
    seasonal = _seasonal(y, learned, period, threshold)
    line = _trend(trend)(y[:, :learned] - seasonal[:, :learned], y.shape[1])
    baseline = seasonal + line
    return Decomposition(seasonal, line, baseline, y - baseline)


def _seasonal(y: np.ndarray, learned: int, period: int, threshold: float) -> np.ndarray:
    """The median of each phase, repeated over the row."""
    periods = best_periods(y[:, :learned], threshold) if period == _AUTO else np.full(len(y), period)
    seasonal = np.zeros_like(y)
    for length in np.unique(periods[(periods > 0) & (periods <= learned)]).tolist():
        rows = np.flatnonzero(periods == length)
        phases = _phase_medians(y[rows, :learned], length)
        cycles = -(-y.shape[1] // length)
        seasonal[rows] = np.tile(phases, cycles)[:, : y.shape[1]]
    return seasonal


def _phase_medians(y: np.ndarray, period: int) -> np.ndarray:
    """The median of each of the `period` phases; the first phases may have one member more."""
    cycles, rest = divmod(y.shape[1], period)
    whole = y[:, : cycles * period].reshape(len(y), cycles, period).transpose(0, 2, 1)
    if not rest:
        return _median(whole)
    longer = np.concatenate([whole[:, :rest], y[:, cycles * period :, None]], axis=2)
    return np.concatenate([_median(longer), _median(whole[:, rest:])], axis=1)


def _median(cells: np.ndarray) -> np.ndarray:
    """The median along the last axis."""
    ordered, members = np.sort(cells, axis=-1), cells.shape[-1]
    middle: np.ndarray = (ordered[..., (members - 1) // 2] + ordered[..., members // 2]) / 2
    return middle


def _trend(name: str) -> Callable[[np.ndarray, int], np.ndarray]:
    trend = {"avg": _level, "linefit": _line, "none": _nothing}.get(name)
    if trend is None:
        raise KqlRuntimeError(f"'{name}' is no trend of a series", hint="use 'avg', 'linefit' or 'none'")
    return trend


def _level(d: np.ndarray, length: int) -> np.ndarray:
    level: np.ndarray = d.mean(axis=1, keepdims=True)
    return level


def _nothing(d: np.ndarray, length: int) -> np.ndarray:
    return np.zeros((len(d), 1))


def _line(d: np.ndarray, length: int) -> np.ndarray:
    """The least-squares line through each row, over `length` points."""
    learned = d.shape[1]
    x = np.arange(length) - (learned - 1) / 2
    past = x[:learned]
    level = d.mean(axis=1, keepdims=True)
    # Without the level, a series that does not change has slope 0 exactly.
    slope = (d - level) @ past / (past @ past or 1.0)
    line: np.ndarray = level + slope[:, None] * x
    return line


_DECOMPOSE = "(series: array, period: integer = ?, trend: string = ?, test_points: integer = ?, seasonality_threshold: number = ?)"
_DEFAULTS = (_AUTO, "avg", 0, 0.6)


@scalar(f"{_DECOMPOSE} -> (baseline: dynamic, seasonal: dynamic, trend: dynamic, residual: dynamic)", lanes=True)
def series_decompose(
    series: Column,
    period: Column | None = None,
    trend: Column | None = None,
    test_points: Column | None = None,
    seasonality_threshold: Column | None = None,
) -> tuple[pa.Array, ...]:
    """The series as baseline, seasonal part, trend and residual.

    The baseline is seasonal part plus trend. The period is detected when it is missing or -1, and 0 means none; the trend is
    "avg" (the default), "linefit" or "none".

    >>> print y = dynamic([10, 20, 10, 20, 10, 26]) | extend (baseline, seasonal, trend) = series_decompose(y, 2) | project seasonal
    [10.0,20.0,10.0,20.0,10.0,20.0]
    """
    rows = row_count(series, period, trend, test_points, seasonality_threshold)
    column = read(series, rows)
    answers = [Collector(column) for _ in range(4)]
    for block in blocks(column, [period, trend, test_points, seasonality_threshold], _DEFAULTS):
        length, kind, tested, threshold = block.settings
        learned = block.y.shape[1] - max(0, tested)
        if learned > 0:
            found = decompose(block.y, learned, length, kind, threshold)
            for answer, part in zip(answers, (found.baseline, found.seasonal, found.trend, found.residual), strict=True):
                answer.put(block.rows, np.broadcast_to(part, block.y.shape))
    return tuple(answer.column() for answer in answers)


@scalar(
    "(series: array, threshold: number = ?, period: integer = ?, trend: string = ?, test_points: integer = ?, method: string = ?, "
    "seasonality_threshold: number = ?) -> (ad_flag: dynamic, ad_score: dynamic, baseline: dynamic)",
    lanes=True,
)
def series_decompose_anomalies(
    series: Column,
    threshold: Column | None = None,
    period: Column | None = None,
    trend: Column | None = None,
    test_points: Column | None = None,
    method: Column | None = None,
    seasonality_threshold: Column | None = None,
) -> tuple[pa.Array, ...]:
    """Where a series rises (1) or falls (-1) beyond the expected, how far in outlier scores, and what was expected.

    Flags are set from a score of `threshold` on, 1.5 by default; the other arguments are those of `series_decompose` and
    the kind of `series_outliers`.

    >>> print y = dynamic([1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 30]) | extend (ad_flag, ad_score) = series_decompose_anomalies(y, 1.5, 0) | project ad_flag
    [0,0,0,0,0,0,0,0,0,0,1]
    """
    settings = [threshold, period, trend, test_points, method, seasonality_threshold]
    column = read(series, row_count(series, *settings))
    flags, scores, baselines = Collector(column, np.int64), Collector(column), Collector(column)
    for block in blocks(column, settings, (1.5, _AUTO, "avg", 0, "ctukey", 0.6)):
        limit, length, kind, tested, test, season = block.settings
        learned = block.y.shape[1] - max(0, tested)
        if learned > 0:
            found = decompose(block.y, learned, length, kind, season)
            score = outlier_scores(found.residual, test, learned)
            flags.put(block.rows, (score >= limit).astype(np.int8) - (score <= -limit))
            scores.put(block.rows, score)
            baselines.put(block.rows, found.baseline)
    return flags.column(), scores.column(), baselines.column()


@scalar(
    "(series: array, test_points: integer, period: integer = ?, trend: string = ?, seasonality_threshold: number = ?) "
    "-> (baseline: dynamic)",
    lanes=True,
)
def series_decompose_forecast(
    series: Column,
    test_points: Column,
    period: Column | None = None,
    trend: Column | None = None,
    seasonality_threshold: Column | None = None,
) -> tuple[pa.Array, ...]:
    """The series as expected from all but its last `test_points` elements, which it therefore predicts.

    Other than in `series_decompose` the trend is "linefit" unless the call says otherwise.

    >>> print series_decompose_forecast(dynamic([1, 2, 3, 4, 0, 0]), 2)
    [1.0,2.0,3.0,4.0,5.0,6.0]
    """
    settings = [period, trend, test_points, seasonality_threshold]
    column = read(series, row_count(series, *settings))
    answer = Collector(column)
    for block in blocks(column, settings, (_AUTO, "linefit", 0, 0.6)):
        length, kind, tested, threshold = block.settings
        learned = block.y.shape[1] - max(0, tested)
        if learned > 0:
            answer.put(block.rows, decompose(block.y, learned, length, kind, threshold).baseline)
    return (answer.column(),)


@scalar("(series: array, period: integer = ?, test_points: integer = ?) -> dynamic", lanes=True)
def series_seasonal(series: Column, period: Column | None = None, test_points: Column | None = None) -> pa.Array:
    """The seasonal part of a series: for each phase of the period the median of its elements.

    The period is detected when it is missing or -1, and must then score 0.7; without one, and for 0, all elements are 0.0.

    >>> print series_seasonal(dynamic([1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6]), 3)
    [1.5,3.5,5.5,1.5,3.5,5.5,1.5,3.5,5.5,1.5,3.5,5.5]
    """
    column = read(series, row_count(series, period, test_points))
    answer = Collector(column)
    for block in blocks(column, [period, test_points], (_AUTO, 0)):
        length, tested = block.settings
        learned = block.y.shape[1] - max(0, tested)
        if learned > 0:
            answer.put(block.rows, _seasonal(block.y, learned, length, 0.7))
    return answer.column()
