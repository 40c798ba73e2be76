"""Periods of series: `series_periods_detect`, `series_periods_validate`, and the search that `series_decompose` uses.

The score of a period p is the circular autocorrelation at lag p, scaled so that the smallest over all lags is 0 and lag 0 is 1:

    F = FFT(y);  R = IFFT(|F|^2);  score(p) = (R[p] - min R) / (R[0] - min R)

A lag is a candidate when a peak of the spectrum supports it. With n points, h = n // 2 and the power P[k] = |F[k]|^2, k = 1..h:

    P[k] >= 4.6 * mean(P[1..h]) and P[k] is not below its neighbours;
    p = the lag with the largest R among ceil(n / (k + 1)) .. floor(n / (k - 1)), cut to the allowed range;
    p is a local maximum of R

The shortest period is 4, the longest h. 4.6 = -ln 0.01 is the 99 % level for white noise; the score and the bounds reproduce
answers of the engine to the last digit, the level lies in the range that does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kqlpy.engine.budget import limit_error
from kqlpy.functions.registry import scalar
from kqlpy.functions.series.columns import Column, as_list, blocks, lane, offsets_of, read, row_count

__all__ = ["Candidates", "best_periods", "candidates"]

_SHORTEST = 4
_MOST = 10_000_000
_PEAK_LEVEL = 4.6


@dataclass(frozen=True, slots=True)
class Candidates:
    """Periods found in the rows of a matrix: row, period and score, ordered by row and falling score."""

    rows: np.ndarray
    periods: np.ndarray
    scores: np.ndarray


def candidates(y: np.ndarray, shortest: float = _SHORTEST, longest: float = math.inf) -> Candidates:
    """The periods between `shortest` and `longest` (included) that the rows of `y` have."""
    length = y.shape[1]
    low = max(_SHORTEST, math.ceil(shortest))
    high = int(min(length // 2, longest))
    if low > high:
        return Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    varied = np.flatnonzero(y.max(axis=1) > y.min(axis=1))
    y = y[varied] if len(varied) < len(y) else y
    power, correlation = _autocorrelation(y)
    rows, lags = _supported(power, correlation, low, high)
    least = correlation.min(axis=1)
    scores = (correlation[rows, lags] - least[rows]) / (correlation[rows, 0] - least[rows])
    order = np.lexsort((lags, -scores, rows))
    return Candidates(varied[rows[order]], lags[order], scores[order])


def _autocorrelation(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The power spectrum, frequencies 0 to n // 2, and the circular autocorrelation of each row."""
    # Taking the mean out changes neither scores nor peaks, but keeps digits where the level is high.
    spectrum = np.fft.rfft(y - y.mean(axis=1, keepdims=True), axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return power, np.fft.irfft(power, y.shape[1], axis=1)


def _supported(power: np.ndarray, correlation: np.ndarray, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and lag of each candidate, every pair once."""
    length = correlation.shape[1]
    found_rows, found_lags = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    frequencies, rows = np.nonzero(_peaks(power).T)
    for k, members in _runs(frequencies + 1, rows):
        first, last = max(low, -(-length // (k + 1))), min(high, length // (k - 1) if k > 1 else length - 1)
        if first > last:
            continue
        lags = first + correlation[members, first : last + 1].argmax(axis=1)
        here = correlation[members, lags]
        # Lags beyond the middle mirror those before it; rounding must not make them differ.
        beyond = np.minimum(lags + 1, length - lags - 1)
        top = (here > correlation[members, lags - 1]) & (here >= correlation[members, beyond])
        found_rows.append(members[top])
        found_lags.append(lags[top])
    pairs = np.unique(np.concatenate(found_rows) * length + np.concatenate(found_lags))
    return pairs // length, pairs % length


def _peaks(power: np.ndarray) -> np.ndarray:
    """Where frequencies 1 to n // 2 stand out of the spectrum."""
    inner = power[:, 1:]
    peaks: np.ndarray = inner >= _PEAK_LEVEL * inner.mean(axis=1, keepdims=True)
    peaks &= inner >= power[:, :-1]
    # The frequency beyond the last one mirrors one at or before it.
    peaks[:, :-1] &= inner[:, :-1] >= inner[:, 1:]
    return peaks


def _runs(keys: np.ndarray, values: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """The values of each run of equal keys."""
    distinct, starts = np.unique(keys, return_index=True)
    return list(zip(distinct.tolist(), np.split(values, starts[1:]), strict=False))


def best_periods(y: np.ndarray, threshold: float) -> np.ndarray:
    """For each row its period with the highest score; 0 where none scores at least `threshold`."""
    found = candidates(y)
    rows, first = np.unique(found.rows, return_index=True)
    periods = np.zeros(len(y), np.int64)
    periods[rows] = np.where(found.scores[first] >= threshold, found.periods[first], 0)
    return periods


@scalar("(series: array, min_period: number, max_period: number, num_periods: long) -> (periods: dynamic, scores: dynamic)", lanes=True)
def series_periods_detect(series: Column, min_period: Column, max_period: Column, num_periods: Column) -> tuple[pa.Array, pa.Array]:
    """The most significant periods of a series between two bounds, and their scores from 0 to 1, best first.

    Both arrays have `num_periods` elements; where fewer periods are found, 0.0 fills up. Periods are at least 4 and at most half the
    series' length, whatever the bounds say.

    >>> print y = dynamic([1,2,3,4,3,2,1,2,3,4,3,2,1,2,3,4,3,2,1,2,3,4]) | extend (found, scores) = series_periods_detect(y, 4, 11, 2) | project found
    [6.0,0.0]
    """
    rows = row_count(series, min_period, max_period, num_periods)
    column = read(series, rows)
    counts = np.where(column.present, [max(n or 0, 0) for n in as_list(num_periods, rows)], 0)
    if counts.max(initial=0) * len(counts) > _MOST:
        raise limit_error("series_periods_detect", f"{_MOST:,} periods", "periods")
    offsets = offsets_of(counts)
    periods, scores = np.zeros(offsets[-1]), np.zeros(offsets[-1])
    for block in blocks(column, [min_period, max_period], [_SHORTEST, math.inf]):
        found = candidates(block.y, *block.settings)
        rank = np.arange(len(found.rows)) - np.searchsorted(found.rows, found.rows)
        target = block.rows[found.rows]
        kept = rank < counts[target]
        places = (offsets[target] + rank)[kept]
        periods[places], scores[places] = found.periods[kept], found.scores[kept]
    return _lists(periods, counts, column.present), _lists(scores, counts, column.present)


@scalar("(series: array, +period: number) -> (periods: dynamic, scores: dynamic)", lanes=True)
def series_periods_validate(series: Column, *period: Column) -> tuple[pa.Array, ...]:
    """The given periods, as reals, and the score of each in the series, from 0 to 1.

    A period that no peak of the spectrum supports scores 0, as does one under 4 or over half the series' length.

    >>> print y = dynamic([1,5,9,5,1,5,9,5,1,5,9,5]) | extend (asked, scores) = series_periods_validate(y, 4, 5) | project scores
    [1.0,0.0]
    """
    rows = row_count(series, *period)
    column = read(series, rows)
    asked = np.array([as_list(p, rows) for p in period], np.float64).T
    scores = np.zeros(asked.shape)
    for block in blocks(column):
        found = candidates(block.y)
        wanted = np.rint(asked[block.rows[found.rows]]) == found.periods[:, None]
        at, which = np.nonzero(wanted)
        scores[block.rows[found.rows[at]], which] = found.scores[at]
    counts = np.where(column.present, len(period), 0)
    return tuple(_lists(part[column.present].reshape(-1), counts, column.present) for part in (asked, scores))


def _lists(values: np.ndarray, counts: np.ndarray, present: np.ndarray) -> pa.Array:
    """A column of lists with so many values each; null where there was no series."""
    return lane(values, offsets_of(counts), present)
