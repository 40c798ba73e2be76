"""One number for a series or for two: `series_stats`, sums and products, lengths of vectors, correlation.

Variances are of a sample (divided by n - 1) and are computed in one pass by Welford's update, which is what the engine's last
digits show: with each x, the i-th, delta = x - mean; mean += delta / i; sum of squares += delta * (x - mean).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from kqlpy.columns import dynamic
from kqlpy.functions.registry import scalar
from kqlpy.functions.series.columns import Column, Series, as_list, blocks, offsets_of, packed, read, reals, row_count
from kqlpy.functions.series.elementwise import is_number, operands


@dataclass(slots=True)
class _Stats:
    """The statistics of each row; `known` tells which rows have any."""

    min: np.ndarray
    min_idx: np.ndarray
    max: np.ndarray
    max_idx: np.ndarray
    avg: np.ndarray
    stdev: np.ndarray
    variance: np.ndarray
    sum: np.ndarray
    known: np.ndarray

    @classmethod
    def empty(cls, rows: int) -> _Stats:
        types = {"min_idx": np.int64, "max_idx": np.int64, "known": bool}
        return cls(**{field.name: np.zeros(rows, types.get(field.name, np.float64)) for field in fields(cls)})

    def take_over(self, rows: np.ndarray, y: np.ndarray, positions: np.ndarray | None = None) -> None:
        """Fill the statistics of some rows from a matrix; `positions` tells where its columns stood in the series."""
        total, variance = _total_and_variance(y)
        lowest, highest = y.argmin(axis=1), y.argmax(axis=1)
        each = np.arange(len(y))
        self.min[rows], self.max[rows] = y[each, lowest], y[each, highest]
        self.min_idx[rows] = lowest if positions is None else positions[lowest]
        self.max_idx[rows] = highest if positions is None else positions[highest]
        self.avg[rows], self.sum[rows] = total / y.shape[1], total
        self.stdev[rows], self.variance[rows] = np.sqrt(variance), variance
        self.known[rows] = True


def _total_and_variance(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sum and the sample variance of each row; the variance of one number is 0."""
    mean, squares, total = (np.zeros(len(y)) for _ in range(3))
    for i, x in enumerate(np.ascontiguousarray(y.T), 1):
        delta = x - mean
        mean += delta / i
        squares += delta * (x - mean)
        total += x
    return total, squares / max(y.shape[1] - 1, 1)


def _stats(series: Column, ignore_nonfinite: Column | None) -> tuple[_Stats, Series]:
    rows = row_count(series, ignore_nonfinite)
    column = read(series, rows)
    found = _Stats.empty(rows)
    for block in blocks(column):
        found.take_over(block.rows, block.y)
    lenient = np.array([bool(flag) for flag in as_list(ignore_nonfinite, rows)], bool)
    for row in np.flatnonzero(lenient & column.present & ~column.complete()).tolist():
        span = slice(column.starts[row], column.starts[row] + column.lengths[row])
        finite = np.isfinite(column.values[span]) if column.known is None else np.isfinite(column.values[span]) & column.known[span]
        if finite.any():
            found.take_over(np.array([row]), column.values[span][None, finite], np.flatnonzero(finite))
    return found, column


@scalar(
    "(series: array, ignore_nonfinite: const bool = ?) -> "
    "(min: real, min_idx: long, max: real, max_idx: long, avg: real, stdev: real, variance: real)",
    lanes=True,
)
def series_stats(series: Column, ignore_nonfinite: Column | None = None) -> tuple[pa.Array, ...]:
    """The least and greatest element and their first positions, the mean, the sample standard deviation and variance.

    All are null for an empty series and for one with nulls, NaN or infinities, unless these are to be ignored.

    >>> print y = dynamic([3, 1, 2]) | extend (least, position) = series_stats(y) | project position
    1
    """
    found, _ = _stats(series, ignore_nonfinite)
    parts = (found.min, found.min_idx, found.max, found.max_idx, found.avg, found.stdev, found.variance)
    return tuple(pa.array(part, mask=None if found.known.all() else ~found.known) for part in parts)


@scalar("(series: array, ignore_nonfinite: const bool = ?) -> dynamic", lanes=True)
def series_stats_dynamic(series: Column, ignore_nonfinite: Column | None = None) -> pa.Array:
    """The statistics that `series_stats` gives, and sum and length, as a bag; null where they are null.

    >>> print series_stats_dynamic(dynamic([10, 20])).sum
    30.0
    """
    found, column = _stats(series, ignore_nonfinite)
    names = ("min", "min_idx", "max", "max_idx", "avg", "stdev", "variance", "sum")
    rows = zip(found.known.tolist(), column.lengths.tolist(), *(getattr(found, name).tolist() for name in names), strict=True)
    bags = [{**dict(zip(names, values, strict=True)), "len": length} if known else None for known, length, *values in rows]
    return dynamic.from_values(bags)


def _reduce(function: np.ufunc, values: np.ndarray, lengths: np.ndarray, empty: float) -> np.ndarray:
    """`function` over the values of each row, in order."""
    found = np.full(len(lengths), empty)
    filled = lengths > 0
    if filled.any():
        found[filled] = function.reduceat(values, offsets_of(lengths)[:-1][filled])
    return found


def _filled(series: Series, value: float) -> np.ndarray:
    """The numbers of a packed series with `value` instead of those that are unknown."""
    return series.values if series.known is None else np.where(series.known, series.values, value)


@scalar("(series: array) -> real", lanes=True)
def series_sum(series: Column) -> pa.Array:
    """The sum of the elements, as a real; elements that are no numbers are left out.

    >>> print series_sum(dynamic([1, 2, 3, 4]))
    10.0
    """
    column = packed(read(series, row_count(series)))
    return reals(_reduce(np.add, _filled(column, 0.0), column.lengths, 0.0), column.present)


@scalar("(series: array) -> real", lanes=True)
def series_product(series: Column) -> pa.Array:
    """The product of the elements, as a real; elements that are no numbers are left out.

    >>> print series_product(dynamic([1, 2, 3, 4]))
    24.0
    """
    column = packed(read(series, row_count(series)))
    return reals(_reduce(np.multiply, _filled(column, 1.0), column.lengths, 1.0), column.present)


@scalar("(series: array) -> real", lanes=True)
def series_magnitude(series: Column) -> pa.Array:
    """The length of the series as a vector: the root of the sum of the squares; null for an empty one.

    >>> print series_magnitude(dynamic([3, 4]))
    5.0
    """
    column = packed(read(series, row_count(series)))
    values = _filled(column, 0.0)
    return reals(np.sqrt(_reduce(np.add, values * values, column.lengths, 0.0)), column.present & (column.lengths > 0))


@scalar(
    [
        "(series1: array, series2: array) -> real",
        "(series1: array, series2: number) -> real",
        "(series1: number, series2: array) -> real",
    ],
    lanes=True,
)
def series_dot_product(series1: Column, series2: Column) -> pa.Array:
    """The sum of the products of the elements of two series, or of a series and a number.

    The longer series is cut to the shorter one, elements that are no numbers are left out, and an empty series gives null.

    >>> print series_dot_product(dynamic([1, 2, 4]), dynamic([4, 2, 1]))
    12.0
    """
    left, right = operands(series1, series2, shorter=True)
    known = left.present & right.present & (left.lengths > 0)
    for side in (series1, series2):
        if is_number(side):
            known &= np.array([value is not None for value in as_list(side, len(known))], bool)
    return reals(_dot(left, right), known)


def _dot(left: Series, right: Series) -> np.ndarray:
    """The dot product of each row of two packed series of equal lengths."""
    with np.errstate(all="ignore"):
        return _reduce(np.add, _filled(left, 0.0) * _filled(right, 0.0), left.lengths, 0.0)


@scalar("(series1: array, series2: array, series1_magnitude: real = ?, series2_magnitude: real = ?) -> real", lanes=True)
def series_cosine_similarity(
    series1: Column, series2: Column, series1_magnitude: Column | None = None, series2_magnitude: Column | None = None
) -> pa.Array:
    """The cosine of the angle between two series as vectors; their magnitudes may be given to save time.

    The longer series is cut to the shorter one, elements that are no numbers are left out, and an empty series gives null.

    >>> print series_cosine_similarity(dynamic([1, 0]), dynamic([1, 0]))
    1.0
    """
    left, right = operands(series1, series2, shorter=True)
    lengths = [_magnitude(left, series1_magnitude), _magnitude(right, series2_magnitude)]
    with np.errstate(all="ignore"):
        cosine = _dot(left, right) / (lengths[0] * lengths[1])
    return reals(cosine, left.present & right.present & (left.lengths > 0))


def _magnitude(series: Series, given: Column | None) -> np.ndarray:
    """The given magnitude of each row, or the computed one where none is given."""
    found = np.sqrt(_dot(series, series))
    stated = as_list(given, len(found))
    return np.array([here if value is None else value for here, value in zip(found, stated, strict=True)], np.float64)


@scalar("(series1: array, series2: array) -> real", lanes=True)
def series_pearson_correlation(series1: Column, series2: Column) -> pa.Array:
    """Pearson's correlation coefficient of two series: their covariance by the product of their standard deviations.

    Null when the lengths differ or an element is no number; NaN when a series does not vary.

    >>> print series_pearson_correlation(dynamic([1, 2, 3]), dynamic([3, 2, 1]))
    -1.0
    """
    rows = row_count(series1, series2)
    left, right = read(series1, rows), read(series2, rows)
    same = left.present & right.present & (left.lengths == right.lengths) & (left.lengths > 0)
    first, second = operands(series1, series2)
    for series in (first, second):
        if series.known is not None:
            same &= _reduce(np.minimum, series.known.astype(np.float64), series.lengths, 1.0) == 1.0
    return reals(_correlation(first, second), same)


def _correlation(first: Series, second: Series) -> np.ndarray:
    lengths = first.lengths
    with np.errstate(all="ignore"):
        x, y = (s.values - np.repeat(_reduce(np.add, s.values, lengths, 0.0) / lengths, lengths) for s in (first, second))
        covariance, variance_x, variance_y = (_reduce(np.add, part, lengths, 0.0) / (lengths - 1) for part in (x * y, x * x, y * y))
        found: np.ndarray = covariance / (np.sqrt(variance_x) * np.sqrt(variance_y))
    return found
