"""Outlier scores: `series_outliers` and the test that `series_decompose_anomalies` applies to residuals.

With lo and hi the percentiles of the series, interpolated between neighbours (rank q / 100 * (n - 1)), the score is

    (y - hi) / w  above hi;   (y - lo) / w  below lo;   0.0 between;   w = factor * (hi - lo)

`ctukey` takes percentiles 10 and 90 with a factor of 0.36067156396620265, `tukey` takes 25 and 75 with a factor of 1. The
first factor makes up for the wider range; it is what the engine's answers show, to the last digit. It must depend on the
percentiles in a way that is not known, so other percentiles are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from kqlpy.errors import KqlRuntimeError, KqlUnsupportedError
from kqlpy.functions.registry import scalar
from kqlpy.functions.series.columns import Collector, Column, Series, as_list, blocks, packed, read, row_count

__all__ = ["outlier_scores"]


@dataclass(frozen=True, slots=True)
class _Test:
    low: float
    high: float
    factor: float


_TESTS = {"ctukey": _Test(10.0, 90.0, 0.36067156396620265), "tukey": _Test(25.0, 75.0, 1.0)}


def outlier_scores(y: np.ndarray, kind: str, learned: int) -> np.ndarray:
    """The score of each number of the rows of `y`; the percentiles come from the first `learned` columns.

    Where the percentiles are equal, numbers beyond them score plus or minus infinity.
    """
    test = _TESTS.get(kind)
    if test is None:
        raise KqlRuntimeError(f"'{kind}' is no way to find outliers", hint="use 'ctukey' or 'tukey'")
    ordered = np.sort(y[:, :learned], axis=1)
    low, high = _percentile(ordered, test.low), _percentile(ordered, test.high)
    beyond: np.ndarray = np.maximum(y - high, 0.0)
    beyond += np.minimum(y - low, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores: np.ndarray = beyond / (test.factor * (high - low))
    scores[beyond == 0.0] = 0.0
    return scores


def _percentile(ordered: np.ndarray, percent: float) -> np.ndarray:
    """A percentile of each sorted row, as a column, by linear interpolation."""
    rank = percent / 100 * (ordered.shape[1] - 1)
    below = int(rank)
    start = ordered[:, below : below + 1]
    step = ordered[:, min(below + 1, ordered.shape[1] - 1), None] - start
    found: np.ndarray = start + step * (rank - below)
    return found


@scalar(
    [
        "(series: array, kind: string = ?, ignore_val: number = ?) -> dynamic",
        "(series: array, kind: string, ignore_val: real, min_percentile: real, max_percentile: real = ?, test_points: integer = ?) -> dynamic",
    ],
    naming="first",
    lanes=True,
)
def series_outliers(
    series: Column,
    kind: Column | None = None,
    ignore_val: Column | None = None,
    min_percentile: Column | None = None,
    max_percentile: Column | None = None,
    test_points: Column | None = None,
) -> pa.Array:
    """How far each element of a series lies outside the usual range: over 1.5 a rise, under -1.5 a fall, 0.0 inside.

    Nulls, and elements equal to `ignore_val`, take no part and score 0.0.

    >>> print series_outliers(dynamic([1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 30]), "tukey")
    [-0.5,0.0,0.5,0.0,-0.5,0.0,0.5,0.0,-0.5,0.0,27.5]
    """
    rows = row_count(series, kind, ignore_val, min_percentile, max_percentile, test_points)
    _refuse_percentiles(as_list(min_percentile, rows), as_list(max_percentile, rows))
    column = _without(read(series, rows), as_list(ignore_val, rows))
    answer = Collector(column)
    for block in blocks(column, [kind, test_points], ["ctukey", 0]):
        method, tested = block.settings
        learned = block.y.shape[1] - max(0, tested)
        if learned > 0:
            answer.put(block.rows, outlier_scores(block.y, method, learned))
    methods, tests = as_list(kind, rows), as_list(test_points, rows)
    for row in np.flatnonzero(column.present & ~column.complete()).tolist():
        answer.put(np.array([row]), _gapped_scores(column, row, methods[row] or "ctukey", max(0, tests[row] or 0)))
    return answer.column()


def _gapped_scores(series: Series, row: int, kind: str, tested: int) -> np.ndarray:
    """The scores of one series with elements that take no part."""
    span = slice(series.starts[row], series.starts[row] + series.lengths[row])
    y = series.values[span]
    usable = np.isfinite(y) if series.known is None else np.isfinite(y) & series.known[span]
    learned = int(usable[: max(0, len(y) - tested)].sum())
    scores = np.zeros((1, len(y)))
    if learned:
        scores[0, usable] = outlier_scores(y[None, usable], kind, learned)[0]
    return scores


def _refuse_percentiles(low: list[float | None], high: list[float | None]) -> None:
    if any(q is not None and q != 10 for q in low) or any(q is not None and q != 90 for q in high):
        raise KqlUnsupportedError("kqlpy does not run `series_outliers` with percentiles other than 10 and 90", code="KQLPY001")


def _without(series: Series, values: list[float | None]) -> Series:
    """The series with the elements that equal their row's ignored value marked as unknown."""
    if all(value is None for value in values):
        return series
    series = packed(series)
    ignored = np.repeat(np.array([np.nan if value is None else value for value in values], np.float64), series.lengths)
    kept = series.values != ignored
    return replace(series, known=kept if series.known is None else series.known & kept)
