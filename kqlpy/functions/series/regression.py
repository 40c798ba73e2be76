"""Lines and polynomials through series: `series_fit_line`, `series_fit_2lines`, `series_fit_poly` and their bag forms.

All fits are ordinary least squares over x = 1, 2, ... n. Of a fit with SST = sum of squares around the mean and SSE = sum of squared
errors: variance = SST / (n - 1), rvariance = SSE / (n - 1), rsquare = 1 - SSE / SST. The interception is the fit's value at x = 0, one
step before the series begins. Two lines split the series into y[0..s-1] and y[s..n-1], each of at least two points and each with
its own x from 1; the split s is the first with the smallest total SSE. A series with nulls or too few points has no fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from kqlpy.columns import dynamic
from kqlpy.functions.registry import scalar
from kqlpy.functions.series.columns import (
    Collector,
    Column,
    Series,
    as_list,
    blocks,
    lane,
    matrix,
    offsets_of,
    packed,
    read,
    reals,
    row_count,
)

_SIDE = ("rsquare", "slope", "interception", "variance", "rvariance")
_Fit = dict[str, np.ndarray]


class _Fits:
    """Collects the fits of matrices: numbers of each row under their names, and the fitted series."""

    def __init__(self, series: Series) -> None:
        self._numbers: _Fit = {}
        self._fitted = Collector(series)
        self.known = np.zeros(len(series.lengths), bool)

    def put(self, rows: np.ndarray, fit: _Fit, fitted: np.ndarray) -> None:
        """Take over the fit of some rows."""
        for name, numbers in fit.items():
            self._numbers.setdefault(name, np.zeros(len(self.known), numbers.dtype))[rows] = numbers
        self._fitted.put(rows, fitted)
        self.known[rows] = True

    def numbers(self, name: str) -> np.ndarray:
        """One number of each row's fit; 0 where there is none."""
        return self._numbers.get(name, np.zeros(len(self.known)))

    def column(self, name: str) -> pa.Array:
        """The same as a column; null where there is no fit."""
        return reals(self.numbers(name), self.known)

    def fitted(self) -> pa.Array:
        """The fitted series."""
        return self._fitted.column()


def _line(y: np.ndarray) -> tuple[_Fit, np.ndarray]:
    """The line through each row of a matrix, and its values."""
    n = y.shape[1]
    middle, centred = (n + 1) / 2, _centred(y)
    x = np.arange(1, n + 1) - middle
    slope = centred @ x / (x @ x)
    interception = y.mean(axis=1) - slope * middle
    fitted = slope[:, None] * np.arange(1, n + 1) + interception[:, None]
    return {"slope": slope, "interception": interception, **_quality(centred, y - fitted)}, fitted


def _centred(y: np.ndarray) -> np.ndarray:
    """Distances to the mean, which are exactly 0 where a series does not vary."""
    centred: np.ndarray = np.where(y.max(axis=1, keepdims=True) == y.min(axis=1, keepdims=True), 0.0, y - y.mean(axis=1, keepdims=True))
    return centred


def _quality(centred: np.ndarray, errors: np.ndarray) -> _Fit:
    total, left = (centred**2).sum(axis=1), (errors**2).sum(axis=1)
    degrees = centred.shape[1] - 1
    with np.errstate(all="ignore"):
        rsquare = np.where(total > 0, 1 - left / total, np.nan)
    return {"rsquare": rsquare, "variance": total / degrees, "rvariance": left / degrees}


def _fit_line(series: Column) -> _Fits:
    column = read(series, row_count(series))
    fits = _Fits(column)
    for block in blocks(column):
        if block.y.shape[1] > 1:
            fits.put(block.rows, *_line(block.y))
    return fits


@scalar(
    "(series: array) -> (rsquare: real, slope: real, variance: real, rvariance: real, interception: real, line_fit: dynamic)", lanes=True
)
def series_fit_line(series: Column) -> tuple[pa.Array, ...]:
    """The straight line through a series: how well it fits, its slope, both variances, its value before the first point, its points.

    A series that does not vary has the slope 0.0 and an rsquare of NaN.

    >>> print y = dynamic([1, 3, 5]) | extend (rsquare, slope) = series_fit_line(y) | project slope
    2.0
    """
    fits = _fit_line(series)
    return *(fits.column(name) for name in ("rsquare", "slope", "variance", "rvariance", "interception")), fits.fitted()


@scalar("(series: array) -> dynamic", lanes=True)
def series_fit_line_dynamic(series: Column) -> pa.Array:
    """The results of `series_fit_line` as a bag; null when there is no line.

    >>> print series_fit_line_dynamic(dynamic([1, 2, 3])).line_fit
    [1.0,2.0,3.0]
    """
    fits = _fit_line(series)
    names = ("slope", "interception", "rsquare", "variance", "rvariance")
    return _bags(fits, names, lambda values: dict(values))


def _bags(fits: _Fits, names: tuple[str, ...], shape: Any) -> pa.Array:
    """A bag for each row from the named numbers and the fitted line; `shape` arranges them."""
    fitted = fits.fitted().to_pylist()
    numbers = zip(*(fits.numbers(name).tolist() for name in names), strict=True)
    rows = zip(fits.known.tolist(), numbers, fitted, strict=True)
    return dynamic.from_values([shape([*zip(names, row, strict=True), ("line_fit", line)]) if known else None for known, row, line in rows])


def _fit_2lines(series: Column) -> _Fits:
    column = read(series, row_count(series))
    fits = _Fits(column)
    for block in blocks(column):
        if block.y.shape[1] < 4:
            continue
        splits = _best_splits(block.y)
        for split in np.unique(splits).tolist():
            chosen = splits == split
            fits.put(block.rows[chosen], *_two_lines(block.y[chosen], split))
    return fits


def _best_splits(y: np.ndarray) -> np.ndarray:
    """For each row the length of its left part."""
    n = y.shape[1]
    centred = _centred(y)
    x = np.broadcast_to(np.arange(n) - (n - 1) / 2, centred.shape)
    sums = [np.cumsum(part, axis=1) for part in (x, centred, x * x, x * centred, centred * centred)]
    sizes = np.arange(2, n - 1)
    left = [part[:, 1 : n - 2] for part in sums]
    right = [part[:, -1:] - some for part, some in zip(sums, left, strict=True)]
    error = _squared_error(sizes, *left) + _squared_error(n - sizes, *right)
    # Splits that fit alike differ in rounding only; the first of them counts.
    good = error <= error.min(axis=1, keepdims=True) + 1e-12 * sums[-1][:, -1:]
    found: np.ndarray = good.argmax(axis=1) + 2
    return found


def _squared_error(n: np.ndarray, x: np.ndarray, y: np.ndarray, xx: np.ndarray, xy: np.ndarray, yy: np.ndarray) -> np.ndarray:
    """The squared error of a line through n points with these sums."""
    error: np.ndarray = yy - y * y / n - (xy - x * y / n) ** 2 / (xx - x * x / n)
    return error


def _two_lines(y: np.ndarray, split: int) -> tuple[_Fit, np.ndarray]:
    left, left_line = _line(y[:, :split])
    right, right_line = _line(y[:, split:])
    fitted = np.concatenate([left_line, right_line], axis=1)
    sides = {f"{side}_{name}": fit[name] for side, fit in (("right", right), ("left", left)) for name in _SIDE}
    return {"split_idx": np.full(len(y), split), **_quality(_centred(y), y - fitted), **sides}, fitted


@scalar(
    "(array: array) -> (rsquare: real, split_idx: long, variance: real, rvariance: real, line_fit: dynamic, right_rsquare: real, "
    "right_slope: real, right_interception: real, right_variance: real, right_rvariance: real, left_rsquare: real, left_slope: real, "
    "left_interception: real, left_variance: real, left_rvariance: real)",
    lanes=True,
)
def series_fit_2lines(array: Column) -> tuple[pa.Array, ...]:
    """The two straight lines that fit a series best: how well, where the second one begins, and each line for itself.

    A series of less than four points has none.

    >>> print y = dynamic([1, 2, 3, 9, 7, 5]) | extend (rsquare, split) = series_fit_2lines(y) | project split
    3
    """
    fits = _fit_2lines(array)
    split = pa.array(fits.numbers("split_idx").astype(np.int64), mask=None if fits.known.all() else ~fits.known)
    sides = (fits.column(f"{side}_{name}") for side in ("right", "left") for name in _SIDE)
    return fits.column("rsquare"), split, fits.column("variance"), fits.column("rvariance"), fits.fitted(), *sides


@scalar("(series: array) -> dynamic", lanes=True)
def series_fit_2lines_dynamic(series: Column) -> pa.Array:
    """The results of `series_fit_2lines` as a bag, in which `left` and `right` are bags; null when there are no lines.

    >>> print series_fit_2lines_dynamic(dynamic([1, 2, 3, 9, 7, 5])).split_idx
    3
    """
    names = ("rsquare", "split_idx", "variance", "rvariance", *(f"{side}_{name}" for side in ("right", "left") for name in _SIDE))
    return _bags(_fit_2lines(series), names, _nested)


def _nested(values: list[tuple[str, Any]]) -> dict[str, Any]:
    flat = dict(values)
    bag = {name: flat[name] for name in ("rsquare", "split_idx", "variance", "rvariance", "line_fit")}
    return bag | {side: {name: flat[f"{side}_{name}"] for name in _SIDE} for side in ("right", "left")}


@scalar(
    "(y_series: array, x_series: array = ?, degree: integer = ?) -> "
    "(rsquare: real, coefficients: dynamic, variance: real, rvariance: real, poly_fit: dynamic)",
    lanes=True,
)
def series_fit_poly(y_series: Column, x_series: Column | None = None, degree: Column | None = None) -> tuple[pa.Array, ...]:
    """The polynomial of a degree, 1 by default, that fits a series best over x = 1, 2, ... or over the given x.

    The coefficients come from the highest power down. There is no fit for fewer points than coefficients.

    >>> print y = dynamic([1, 4, 9, 16]) | extend (rsquare, coefficients) = series_fit_poly(y, dynamic([1, 2, 3, 4]), 2) | project round(rsquare, 6)
    1.0
    """
    rows = row_count(y_series, x_series, degree)
    column, powers = packed(read(y_series, rows)), [1 if d is None else d for d in as_list(degree, rows)]
    fits = _Fits(column)
    coefficients: list[np.ndarray] = [np.zeros(0)] * rows
    for chosen, x, y, power in _poly_cases(column, x_series, powers):
        if 0 <= power < y.shape[1]:
            factors = _polynomial(x, y, power)
            fitted = np.array([np.polyval(row, x) for row in factors])
            fits.put(chosen, _quality(_centred(y), y - fitted), fitted)
            for row, found in zip(chosen.tolist(), factors, strict=True):
                coefficients[row] = found
    counts = np.array([len(row) for row in coefficients], np.int64)
    flat = np.concatenate([np.zeros(0), *coefficients])
    listed = lane(flat, offsets_of(counts), fits.known)
    return fits.column("rsquare"), listed, fits.column("variance"), fits.column("rvariance"), fits.fitted()


def _poly_cases(
    series: Series, x_series: Column | None, powers: list[int]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, int]]:
    """Rows, their common x, their y and the degree; rows with a given x come one by one."""
    if x_series is None:
        degrees = pa.array(powers, pa.int64())
        for block in blocks(series, [degrees], [1]):
            if block.y.shape[1] > 1:
                yield block.rows, np.arange(1.0, block.y.shape[1] + 1), block.y, block.settings[0]
        return
    given = read(x_series, len(powers))
    usable = series.complete() & given.complete() & (series.lengths == given.lengths) & (series.lengths > 1)
    for row in np.flatnonzero(usable).tolist():
        chosen, length = np.array([row]), int(series.lengths[row])
        yield chosen, matrix(given, chosen, length)[0], matrix(series, chosen, length), powers[row]


def _polynomial(x: np.ndarray, y: np.ndarray, degree: int) -> np.ndarray:
    """The coefficients for each row of y, highest power first; columns are scaled to keep high powers in range."""
    powers = np.vander(x, degree + 1)
    scale = np.sqrt((powers * powers).sum(axis=0))
    scale[scale == 0] = 1.0
    found = np.linalg.lstsq(powers / scale, y.T, rcond=len(x) * np.finfo(np.float64).eps)[0]
    factors: np.ndarray = found.T / scale
    return factors
