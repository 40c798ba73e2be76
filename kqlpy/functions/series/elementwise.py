"""Functions that work on each element of one or two series: arithmetic, comparison, rounding and the elementary functions.

An element that is no number gives null, and so does one that only the longer of two series has. Datetimes count as ticks. Arrays of
integers stay integers under `series_add`, `series_subtract`, `series_multiply`, `series_abs`, `series_floor` and `series_ceiling`;
one real among the elements makes all results reals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.numpy_bridge import to_numpy, valid_mask
from kqlpy.functions.registry import scalar
from kqlpy.functions.series.columns import Column, Series, aligned, choose, lane, offsets_of, packed, read, row_count

__all__ = ["is_number", "operands"]

_TWO = ["(series1: array, series2: array) -> dynamic", "(series1: array, series2: number) -> dynamic", "(series1: number, series2: array) -> dynamic"]
_ONE = "(series: array) -> dynamic"
_Binary = Callable[[np.ndarray, np.ndarray], np.ndarray]
_Unary = Callable[[np.ndarray], np.ndarray]


def is_number(column: Column) -> bool:
    """Whether an argument is a number rather than a series."""
    type_ = column.type
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_))


def operands(first: Column, second: Column, shorter: bool = False) -> tuple[Series, Series]:
    """Both arguments as packed series of equal lengths: the longer ones of each row, or the shorter ones.

    A number is repeated to the length of the series beside it.
    """
    rows = row_count(first, second)
    if is_number(second):
        series = packed(read(first, rows))
        return series, _repeated(second, series)
    if is_number(first):
        series = packed(read(second, rows))
        return _repeated(first, series), series
    left, right = read(first, rows), read(second, rows)
    lengths = (np.minimum if shorter else np.maximum)(left.lengths, right.lengths)
    lengths = np.where(left.present & right.present, lengths, 0)
    return aligned(left, lengths), aligned(right, lengths)


def _repeated(number: Column, series: Series) -> Series:
    """A number, or a column of them, as a series beside another."""
    rows, integral = len(series.lengths), pa.types.is_integer(number.type)
    column = pa.array([number.as_py()], number.type) if isinstance(number, pa.Scalar) else number
    column = column.cast(pa.int64() if integral else pa.float64())

    def spread(values: np.ndarray) -> np.ndarray:
        if len(column) < rows or isinstance(number, pa.Scalar):
            return np.broadcast_to(values[0], len(series.values))
        return np.repeat(values, series.lengths)

    values, known = to_numpy(column), valid_mask(column)
    return replace(
        series,
        values=spread(values.astype(np.float64, copy=False)),
        integers=spread(values) if integral else None,
        known=None if known is None else spread(known),
        whole=np.full(rows, integral),
        present=np.ones(rows, bool),
    )


def _combine(first: Column, second: Column, on_integers: _Binary | None, on_reals: _Binary) -> pa.Array:
    """The results for all elements: of integers where both rows hold nothing else and there is a function for them."""
    left, right = operands(first, second)
    whole = left.whole & right.whole
    if on_integers is None:
        whole = np.zeros(len(whole), bool)
    known = _both(left.known, right.known)
    with np.errstate(all="ignore"):
        integers = on_integers(left.integers, right.integers) if on_integers and whole.any() else None  # type: ignore[arg-type]
        real = None if whole.all() and integers is not None else on_reals(left.values, right.values)
    return choose(whole, integers, real, left.lengths, left.present & right.present, known)


def _both(first: np.ndarray | None, second: np.ndarray | None) -> np.ndarray | None:
    if first is None or second is None:
        return second if first is None else first
    both: np.ndarray = first & second
    return both


@scalar(_TWO, lanes=True)
def series_add(series1: Column, series2: Column) -> pa.Array:
    """The sums of the elements of two series, or of a series and a number.

    >>> print series_add(dynamic([1, 2, 4]), dynamic([4, 2, 1]))
    [5,4,5]
    """
    return _combine(series1, series2, np.add, np.add)


@scalar(_TWO, lanes=True)
def series_subtract(series1: Column, series2: Column) -> pa.Array:
    """The elements of the first series less those of the second.

    >>> print series_subtract(dynamic([1, 2, 4]), dynamic([4, 2]))
    [-3,0,null]
    """
    return _combine(series1, series2, np.subtract, np.subtract)


@scalar(_TWO, lanes=True)
def series_multiply(series1: Column, series2: Column) -> pa.Array:
    """The products of the elements of two series, or of a series and a number.

    >>> print series_multiply(10, dynamic([1, 2.5]))
    [10.0,25.0]
    """
    return _combine(series1, series2, np.multiply, np.multiply)


@scalar(_TWO, lanes=True)
def series_divide(series1: Column, series2: Column) -> pa.Array:
    """The elements of the first series divided by those of the second, as reals; division by zero is infinite.

    >>> print series_divide(dynamic([1, 2, 4]), dynamic([4, 2, 1]))
    [0.25,1.0,4.0]
    """
    return _combine(series1, series2, None, np.divide)


@scalar(_TWO, lanes=True)
def series_pow(series1: Column, series2: Column) -> pa.Array:
    """The elements of the first series raised to the powers in the second, as reals.

    >>> print series_pow(dynamic([1, 2, 3, 4]), dynamic([1, 2, 3, 0.5]))
    [1.0,4.0,27.0,2.0]
    """
    return _combine(series1, series2, None, lambda x, y: _by_arrow(pc.power, x, y))


def _by_arrow(function: Callable[..., pa.Array], *values: np.ndarray) -> np.ndarray:
    """A function of the C library, whose last digits numpy's own vector versions do not always reach."""
    found: np.ndarray = function(*(pa.array(np.ascontiguousarray(part)) for part in values)).to_numpy(zero_copy_only=False)
    return found


def _compare(series1: Column, series2: Column, function: _Binary) -> pa.Array:
    return _combine(series1, series2, function, function)


@scalar(_TWO, lanes=True)
def series_equals(series1: Column, series2: Column) -> pa.Array:
    """Whether the elements of two series are equal.

    >>> print series_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))
    [false,true,false]
    """
    return _compare(series1, series2, np.equal)


@scalar(_TWO, lanes=True)
def series_not_equals(series1: Column, series2: Column) -> pa.Array:
    """Whether the elements of two series differ.

    >>> print series_not_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))
    [true,false,true]
    """
    return _compare(series1, series2, np.not_equal)


@scalar(_TWO, lanes=True)
def series_greater(series1: Column, series2: Column) -> pa.Array:
    """Whether the elements of the first series are greater than those of the second.

    >>> print series_greater(dynamic([1, 2, 4]), 1.5)
    [false,true,true]
    """
    return _compare(series1, series2, np.greater)


@scalar(_TWO, lanes=True)
def series_greater_equals(series1: Column, series2: Column) -> pa.Array:
    """Whether the elements of the first series are at least as great as those of the second.

    >>> print series_greater_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))
    [false,true,true]
    """
    return _compare(series1, series2, np.greater_equal)


@scalar(_TWO, lanes=True)
def series_less(series1: Column, series2: Column) -> pa.Array:
    """Whether the elements of the first series are less than those of the second.

    >>> print series_less(dynamic([1, 2, 4]), dynamic([4, 2, 1]))
    [true,false,false]
    """
    return _compare(series1, series2, np.less)


@scalar(_TWO, lanes=True)
def series_less_equals(series1: Column, series2: Column) -> pa.Array:
    """Whether the elements of the first series are at most as great as those of the second.

    >>> print series_less_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))
    [true,true,false]
    """
    return _compare(series1, series2, np.less_equal)


def _each(series: Column, on_integers: _Unary | None, on_reals: _Unary) -> pa.Array:
    """The results for all elements of one series; see `_combine`."""
    column = packed(read(series, row_count(series)))
    whole = column.whole if on_integers else np.zeros(len(column.whole), bool)
    with np.errstate(all="ignore"):
        integers = on_integers(column.integers) if on_integers and whole.any() else None  # type: ignore[arg-type]
        real = None if whole.all() and integers is not None else on_reals(column.values)
    return choose(whole, integers, real, column.lengths, column.present, column.known)


def _each_in_domain(series: Column, function: Callable[..., pa.Array]) -> pa.Array:
    """The results for all elements of one series; null where the function is not defined."""
    column = packed(read(series, row_count(series)))
    values = _by_arrow(function, column.values)
    outside = np.isnan(values) & ~np.isnan(column.values)
    known = _both(column.known, ~outside if outside.any() else None)
    return lane(values, offsets_of(column.lengths), column.present, known)


def _unchanged(values: np.ndarray) -> np.ndarray:
    return values


@scalar("(series: array) -> first", lanes=True)
def series_abs(series: Column) -> pa.Array:
    """The absolute values of the elements.

    >>> print series_abs(dynamic([-6.5, 0, 8.2]))
    [6.5,0.0,8.2]
    """
    return _each(series, np.abs, np.abs)


@scalar(_ONE, lanes=True)
def series_sign(series: Column) -> pa.Array:
    """The sign of each element: -1, 0 or 1; null for NaN, which has none.

    >>> print series_sign(dynamic([-6, 0, 8.5]))
    [-1,0,1]
    """
    column = packed(read(series, row_count(series)))
    known = _both(column.known, None if not np.isnan(column.values).any() else ~np.isnan(column.values))
    signs = np.sign(np.nan_to_num(column.values)).astype(np.int64)
    return lane(signs, offsets_of(column.lengths), column.present, known)


@scalar(_ONE, lanes=True)
def series_floor(series: Column) -> pa.Array:
    """The greatest integers not above the elements.

    >>> print series_floor(dynamic([-1.5, 1, 2.5]))
    [-2.0,1.0,2.0]
    """
    return _each(series, _unchanged, np.floor)


@scalar("(series: array) -> first", lanes=True)
def series_ceiling(series: Column) -> pa.Array:
    """The least integers not below the elements.

    >>> print series_ceiling(dynamic([-1.5, 1, 2.5]))
    [-1.0,1.0,3.0]
    """
    return _each(series, _unchanged, np.ceil)


@scalar(_ONE, lanes=True)
def series_exp(series: Column) -> pa.Array:
    """Euler's number to the power of each element.

    >>> print series_exp(dynamic([0, 1]))
    [1.0,2.718281828459045]
    """
    return _each(series, None, lambda values: _by_arrow(pc.exp, values))


@scalar(_ONE, lanes=True)
def series_log(series: Column) -> pa.Array:
    """The natural logarithm of each element: negative infinity of 0, null of a negative number.

    >>> print series_log(dynamic([1, 0]))
    [0.0,"-Infinity"]
    """
    return _each_in_domain(series, pc.ln)


@scalar(_ONE, lanes=True)
def series_sin(series: Column) -> pa.Array:
    """The sine of each element.

    >>> print series_sin(dynamic([-1, 0, 1]))
    [-0.8414709848078965,0.0,0.8414709848078965]
    """
    return _each(series, None, lambda values: _by_arrow(pc.sin, values))


@scalar(_ONE, lanes=True)
def series_cos(series: Column) -> pa.Array:
    """The cosine of each element.

    >>> print series_cos(dynamic([0]))
    [1.0]
    """
    return _each(series, None, lambda values: _by_arrow(pc.cos, values))


@scalar(_ONE, lanes=True)
def series_tan(series: Column) -> pa.Array:
    """The tangent of each element.

    >>> print series_tan(dynamic([0]))
    [0.0]
    """
    return _each(series, None, lambda values: _by_arrow(pc.tan, values))


@scalar(_ONE, lanes=True)
def series_asin(series: Column) -> pa.Array:
    """The angle whose sine each element is; null beyond -1 and 1.

    >>> print series_asin(dynamic([-1, 0, 1]))
    [-1.5707963267948966,0.0,1.5707963267948966]
    """
    return _each_in_domain(series, pc.asin)


@scalar(_ONE, lanes=True)
def series_acos(series: Column) -> pa.Array:
    """The angle whose cosine each element is; null beyond -1 and 1.

    >>> print series_acos(dynamic([0, 1]))
    [1.5707963267948966,0.0]
    """
    return _each_in_domain(series, pc.acos)


@scalar(_ONE, lanes=True)
def series_atan(series: Column) -> pa.Array:
    """The angle whose tangent each element is.

    >>> print series_atan(dynamic([-1, 0, 1]))
    [-0.7853981633974483,0.0,0.7853981633974483]
    """
    return _each(series, None, lambda values: _by_arrow(pc.atan, values))
