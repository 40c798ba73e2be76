"""Filters and transforms: `series_fir`, `series_iir`, `series_fft`, `series_ifft`.

With a series y and a filter f, `series_fir` is out[i] = sum of f[j] * y[i + o - j], elements outside the series counting as 0; the
shift o is 0, or half the filter's length when it is centred. `series_iir` with numerators b and denominators a is

    out[i] = (sum of b[j] * y[i - j] - sum over j > 0 of a[j] * out[i - j]) / a[0]

computed, as signal libraries do, in the transposed direct form II. A null in a series makes null all that is computed from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from kqlpy.functions.registry import scalar
from kqlpy.functions.series.columns import (
    Collector,
    Column,
    Series,
    aligned,
    as_list,
    choose,
    matrix,
    packed,
    read,
    row_count,
)


@dataclass(frozen=True, slots=True)
class _Fir:
    """A finite filter, ready to be applied."""

    weights: tuple[float, ...]
    shift: int
    integral: bool


@dataclass(frozen=True, slots=True)
class _Iir:
    """A recursive filter: numerators and denominators divided by the first denominator, of equal length."""

    b: tuple[float, ...]
    a: tuple[float, ...]


@scalar("(series: array, filter: array, normalize: bool = ?, center: bool = ?) -> dynamic", naming="first", lanes=True)
def series_fir(series: Column, taps: Column, normalize: Column | None = None, center: Column | None = None) -> pa.Array:
    """The series through a finite filter, such as a moving average or a difference.

    The filter is divided by its sum when `normalize` is true, which it is by default if no coefficient is negative; asking for it
    with a negative one gives null. Integers stay integers if the filter has integers and is not normalized.

    >>> print series_fir(dynamic([5, 15, 10, 20]), dynamic([1, -1]), false, false)
    [5,10,-5,10]
    """
    rows = row_count(series, taps, normalize, center)
    options = zip(_coefficients(taps, rows), as_list(normalize, rows), as_list(center, rows), strict=True)
    filters = [_fir(*option) for option in options]
    column = _only(read(series, rows), [chosen is not None for chosen in filters])
    integral = np.array([chosen is not None and chosen.integral for chosen in filters], bool)
    whole = column.whole & column.complete() & integral & column.present
    integers = real = known = None
    if column.integers is not None and whole.any():
        integers = _apply(replace(column, values=column.integers), np.int64, filters, whole, _convolve)
    if integers is None or not (whole | ~column.present).all():
        real = _apply(_with_nan(column), np.float64, filters, ~whole & column.present, _convolve)
        known = None if column.known is None else ~np.isnan(real)
    return choose(whole | ~column.present, integers, real, column.lengths, column.present, known)


def _fir(taps: np.ndarray | None, normalize: bool | None, center: bool | None) -> _Fir | None:
    """The filter as the call wants it; None where there is none."""
    if taps is None:
        return None
    negative = bool((taps < 0).any())
    if normalize and negative:
        return None
    normalized = not negative if normalize is None else normalize
    with np.errstate(all="ignore"):
        weights = taps / taps.sum() if normalized else taps
    return _Fir(tuple(weights.tolist()), len(taps) // 2 if center else 0, weights.dtype.kind == "i")


def _convolve(chosen: _Fir, y: np.ndarray) -> np.ndarray:
    length = y.shape[1]
    filtered = np.zeros_like(y)
    with np.errstate(all="ignore"):
        for j, weight in enumerate(chosen.weights):
            delay = j - chosen.shift
            first, last = max(0, delay), min(length, length + delay)
            if first < last:
                filtered[:, first:last] += weight * y[:, first - delay : last - delay]
    return filtered


@scalar("(series: array, numerators: array, denominators: array) -> dynamic", naming="first", lanes=True)
def series_iir(series: Column, numerators: Column, denominators: Column) -> pa.Array:
    """The series through a recursive filter, such as a running sum; always reals.

    Null when a coefficient is no number, there is none, or the first denominator is 0.

    >>> print series_iir(dynamic([1, 2, 3, 4]), dynamic([1]), dynamic([1, -1]))
    [1.0,3.0,6.0,10.0]
    """
    rows = row_count(series, numerators, denominators)
    pairs = zip(_coefficients(numerators, rows), _coefficients(denominators, rows), strict=True)
    filters = [_iir(b, a) for b, a in pairs]
    column = _only(read(series, rows), [chosen is not None for chosen in filters])
    real = _apply(_with_nan(column), np.float64, filters, column.present, _recurse)
    known = None if column.known is None else ~np.isnan(real)
    return choose(np.zeros(rows, bool), None, real, column.lengths, column.present, known)


def _iir(b: np.ndarray | None, a: np.ndarray | None) -> _Iir | None:
    if b is None or a is None or a[0] == 0:
        return None
    size = max(len(a), len(b))
    return _Iir(*(tuple((np.pad(part, (0, size - len(part))) / a[0]).tolist()) for part in (b, a)))


def _recurse(chosen: _Iir, y: np.ndarray) -> np.ndarray:
    b, a, order = chosen.b, chosen.a, len(chosen.b) - 1
    state = np.zeros((order + 1, len(y)))
    filtered = np.empty((y.shape[1], len(y)))
    with np.errstate(all="ignore"):
        for i, x in enumerate(np.ascontiguousarray(y.T)):
            filtered[i] = out = state[0] + b[0] * x
            for j in range(order):
                state[j] = state[j + 1] + b[j + 1] * x - a[j + 1] * out
    return filtered.T


def _coefficients(column: Column, rows: int) -> list[np.ndarray | None]:
    """The coefficients in each row; None where they are no array of numbers, or an empty one."""
    constant = isinstance(column, pa.Scalar)
    series = read(column, 1 if constant else rows)
    usable = (series.complete() & (series.lengths > 0)).tolist()
    found: list[np.ndarray | None] = []
    for row, good in enumerate(usable):
        values = series.integers if series.integers is not None and series.whole[row] else series.values
        found.append(values[series.starts[row] : series.starts[row] + series.lengths[row]] if good else None)
    return found * rows if constant else found


def _only(series: Series, usable: Sequence[bool]) -> Series:
    """The series packed, with null instead of the rows that are not usable."""
    present = series.present & np.array(usable, bool)
    if present.all():
        return packed(series)
    return aligned(replace(series, present=present), np.where(present, series.lengths, 0))


def _with_nan(series: Series) -> Series:
    """The series with NaN for the elements that are no numbers."""
    return series if series.known is None else replace(series, values=np.where(series.known, series.values, np.nan))


def _apply(
    series: Series, type_: type, keys: Sequence[object], rows: np.ndarray, compute: Callable[..., np.ndarray]
) -> np.ndarray:
    """The packed results of `compute(key, matrix)` for the chosen rows, called once per key and length."""
    answer = Collector(series, type_)
    alike: dict[tuple[object, int], list[int]] = {}
    lengths = series.lengths.tolist()
    for row in np.flatnonzero(rows).tolist():
        alike.setdefault((keys[row], lengths[row]), []).append(row)
    for (key, length), members in alike.items():
        if length:
            chosen = np.array(members)
            answer.put(chosen, compute(key, matrix(series, chosen, length)))
    return answer.values


@scalar("(series: array, series_imaginary: array = ?) -> (real: dynamic, imag: dynamic)", lanes=True)
def series_fft(series: Column, series_imaginary: Column | None = None) -> tuple[pa.Array, ...]:
    """The discrete Fourier transform of a series of complex numbers, given as real and imaginary parts.

    The parts must be of equal length and hold numbers alone; otherwise the results are nulls.

    >>> print y = dynamic([1, 2, 3, 4]) | extend (re, im) = series_fft(y) | project re
    [10.0,-2.0,-2.0,-2.0]
    """
    return _transform(series, series_imaginary, np.fft.fft)


@scalar("(series: array, series_imaginary: array = ?) -> (real: dynamic, imag: dynamic)", lanes=True)
def series_ifft(series: Column, series_imaginary: Column | None = None) -> tuple[pa.Array, ...]:
    """The inverse of `series_fft`: with its results it gives back the series.

    >>> print x = dynamic([10, -2, -2, -2]), y = dynamic([0, 2, 0, -2]) | extend (re, im) = series_ifft(x, y) | project re
    [1.0,2.0,3.0,4.0]
    """
    return _transform(series, series_imaginary, np.fft.ifft)


def _transform(real: Column, imaginary: Column | None, function: Callable[..., np.ndarray]) -> tuple[pa.Array, ...]:
    rows = row_count(real, imaginary)
    first = packed(read(real, rows))
    second = replace(first, values=np.zeros_like(first.values)) if imaginary is None else packed(read(imaginary, rows))
    usable = first.complete() & second.complete() & (first.lengths == second.lengths) & (first.lengths > 0)
    parts = (Collector(first), Collector(first))
    for length in np.unique(first.lengths[usable]).tolist():
        chosen = np.flatnonzero(usable & (first.lengths == length))
        found = function(matrix(first, chosen, length) + 1j * matrix(second, chosen, length), axis=1)
        parts[0].put(chosen, found.real)
        parts[1].put(chosen, found.imag)
    return tuple(part.column() for part in parts)
