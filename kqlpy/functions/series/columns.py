"""Columns of series as numbers: reading them, walking them as matrices, and building result columns.

A series is an array of numbers in a dynamic column, held as a typed list or as JSON text. `read` makes one flat numpy array of a
whole column; `blocks` cuts it into matrices of equally long series, so that the algorithms in this package work on many
series at once; `Collector` puts their answers together again. The functions themselves are in the other modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, lanes
from kqlpy.columns.json_text import JsonValue
from kqlpy.columns.numpy_bridge import to_numpy, valid_mask
from kqlpy.columns.ticks import parse_datetime
from kqlpy.types import Type

__all__ = [
    "Block", "Collector", "Column", "Numbers", "Series", "aligned", "as_list", "blocks", "choose", "lane", "matrix",
    "offsets_of", "one_number", "packed", "read", "reals", "row_count",
]  # fmt: skip

Column: TypeAlias = "pa.Array | pa.Scalar"

# A matrix of this many numbers and its few companions stay in the second-level cache.
_CELLS = 200_000
_NAMED_REALS = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A column of series: all numbers one after another, and where each row's numbers are.

    `values` has 0 where an element is null or no number (`known` is False there; None: all are known). `integers` holds the same
    numbers as int64, to be used for rows that are `whole`: arrays of integers alone. A row that is no array is not `present`.
    """

    values: np.ndarray
    integers: np.ndarray | None
    known: np.ndarray | None
    starts: np.ndarray
    lengths: np.ndarray
    present: np.ndarray
    whole: np.ndarray

    def complete(self) -> np.ndarray:
        """True for each row that is an array of finite numbers alone."""
        good = np.isfinite(self.values)
        if self.known is not None:
            good &= self.known
        if good.all():
            return self.present
        bad = np.concatenate([[0], np.cumsum(~good)])
        complete: np.ndarray = self.present & (bad[self.starts + self.lengths] == bad[self.starts])
        return complete


@dataclass(frozen=True, slots=True)
class Numbers:
    """The elements of one array read from JSON: as reals, as integers when all are, and which of them are numbers."""

    values: np.ndarray
    integers: np.ndarray | None
    known: np.ndarray | None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some series of equal length as a matrix, with the numbers of their rows and the arguments they share."""

    rows: np.ndarray
    y: np.ndarray
    settings: tuple[Any, ...]


def row_count(*columns: Column | None) -> int:
    """The number of rows of a call: that of any argument that is a column, else 1."""
    return next((len(column) for column in columns if isinstance(column, pa.Array)), 1)


def read(column: Column, rows: int) -> Series:
    """The series of a column; a constant one is read once and stands in every row."""
    if isinstance(column, pa.Scalar):
        one = read(pa.array([column.as_py()], column.type), 1)
        spread = [np.repeat(part, rows) for part in (one.starts, one.lengths, one.present, one.whole)]
        return Series(one.values, one.integers, one.known, *spread)
    if lanes.lane_type(column) in (Type.LONG, Type.REAL, Type.DATETIME):
        return _read_lane(column)
    return _join([_numbers(value) for value in dynamic.values(column)])


def _read_lane(column: pa.Array) -> Series:
    elements, offsets = lanes.parts(column)
    values, known = to_numpy(elements), valid_mask(elements)
    integers = None if lanes.lane_type(column) is Type.REAL else values
    present = np.ones(len(column), bool) if column.null_count == 0 else to_numpy(column.is_valid())
    whole = np.full(len(column), integers is not None)
    return Series(values.astype(np.float64, copy=False), integers, known, offsets[:-1], np.diff(offsets), present, whole)


def _numbers(value: JsonValue) -> Numbers | None:
    """The elements of a JSON array; None when the value is no array."""
    if not isinstance(value, list):
        return None
    kinds = set(map(type, value))
    if kinds <= {int} and all(-(2**63) <= item < 2**63 for item in value):  # type: ignore[operator]
        integers = np.array(value, np.int64)
        return Numbers(integers.astype(np.float64), integers, None)
    if kinds <= {int, float}:
        return Numbers(np.array(value, np.float64), None, None)
    return _mixed_numbers([_number(item) for item in value])


def _number(item: JsonValue) -> int | float | None:
    """The number that an element stands for; datetimes count as ticks, and what is no number as None."""
    if isinstance(item, str):
        # Datetimes lose their type in JSON text; their seven-digit form gives them away.
        return parse_datetime(item) if len(item) == 28 and item.endswith("Z") else _NAMED_REALS.get(item)
    if isinstance(item, bool) or not isinstance(item, int | float):
        return None
    return item if isinstance(item, float) or -(2**63) <= item < 2**63 else float(item)


def _mixed_numbers(items: list[int | float | None]) -> Numbers:
    known = np.array([item is not None for item in items], bool)
    values = np.array([0 if item is None else item for item in items], np.float64)
    if any(isinstance(item, float) for item in items):
        return Numbers(values, None, known)
    return Numbers(values, np.array([item or 0 for item in items], np.int64), known)


def _join(arrays: list[Numbers | None]) -> Series:
    """One column out of the arrays of its rows."""
    present = np.array([array is not None for array in arrays], bool)
    empty = Numbers(np.zeros(0), np.zeros(0, np.int64), None)
    found = [empty if array is None else array for array in arrays]
    whole = np.array([array.integers is not None for array in found], bool) & present
    lengths = np.array([len(array.values) for array in found], np.int64)
    values = np.concatenate([array.values for array in found]) if found else np.zeros(0)
    integers = known = None
    if whole.any():
        integers = np.concatenate([np.zeros(len(a.values), np.int64) if a.integers is None else a.integers for a in found])
    if any(array.known is not None for array in found):
        known = np.concatenate([np.ones(len(a.values), bool) if a.known is None else a.known for a in found])
    return Series(values, integers, known, offsets_of(lengths)[:-1], lengths, present, whole)


def packed(series: Series) -> Series:
    """The same series with the numbers of all rows one after another, also of a constant series."""
    return aligned(series, series.lengths)


def aligned(series: Series, lengths: np.ndarray) -> Series:
    """The series cut or filled up to the given lengths, packed; elements that did not exist are unknown."""
    offsets = offsets_of(lengths)
    if np.array_equal(series.lengths, lengths) and np.array_equal(series.starts, offsets[:-1]) and offsets[-1] == len(series.values):
        return series
    index = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    inside = index < np.repeat(series.lengths, lengths)
    index = np.where(inside, index + np.repeat(series.starts, lengths), 0)
    if not len(series.values):
        series = replace(series, values=np.zeros(1), known=None, integers=None if series.integers is None else np.zeros(1, np.int64))
    known = inside if series.known is None else inside & series.known[index]
    integers = None if series.integers is None else series.integers[index]
    starts = offsets[:-1]
    return replace(series, values=series.values[index], integers=integers, known=known, starts=starts, lengths=lengths)


def offsets_of(lengths: np.ndarray) -> np.ndarray:
    """The `rows + 1` offsets of lists that lie one after another."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def blocks(series: Series, settings: Sequence[Column | None] = (), defaults: Sequence[Any] = ()) -> Iterator[Block]:
    """The complete series as matrices of equal length, together with equal values of the further arguments.

    A missing or null argument has its default. Rows that are no arrays of finite numbers, and empty ones, are left out.
    """
    usable = series.complete() & (series.lengths > 0)
    for values, rows in _groups(settings, defaults, np.flatnonzero(usable)):
        lengths = series.lengths[rows]
        for length in np.unique(lengths):
            same = rows[lengths == length]
            for part in np.array_split(same, max(1, round(len(same) * int(length) / _CELLS))):
                if len(part):
                    yield Block(part, matrix(series, part, int(length)), values)


def _groups(
    settings: Sequence[Column | None], defaults: Sequence[Any], rows: np.ndarray
) -> Iterator[tuple[tuple[Any, ...], np.ndarray]]:
    """The distinct combinations of arguments, each with its rows."""
    if not any(isinstance(setting, pa.Array) for setting in settings):
        yield tuple(_or_default(one_number(s), d) for s, d in zip(settings, defaults, strict=True)), rows
        return
    found: dict[tuple[Any, ...], list[int]] = {}
    columns = [as_list(s, int(rows.max(initial=-1)) + 1) for s in settings]
    for row in rows.tolist():
        key = tuple(_or_default(column[row], default) for column, default in zip(columns, defaults, strict=True))
        found.setdefault(key, []).append(row)
    for key, members in found.items():
        yield key, np.array(members, np.int64)


def _or_default(value: Any, default: Any) -> Any:
    return default if value is None else value


def one_number(setting: Column | None) -> Any:
    """The Python value of a constant argument; decimals become floats, and a missing argument None."""
    if setting is None or not setting.is_valid:
        return None
    return float(setting.as_py()) if pa.types.is_decimal(setting.type) else setting.as_py()


def as_list(setting: Column | None, rows: int) -> list[Any]:
    """An argument as one Python value per row."""
    if not isinstance(setting, pa.Array):
        return [one_number(setting)] * rows
    return (setting.cast(pa.float64()) if pa.types.is_decimal(setting.type) else setting).to_pylist()  # type: ignore[no-any-return]


def matrix(series: Series, rows: np.ndarray, length: int) -> np.ndarray:
    """The given rows, all `length` long, as a matrix."""
    starts = series.starts[rows]
    if len(rows) and starts[-1] - starts[0] == length * (len(rows) - 1) and np.all(np.diff(starts) == length):
        return series.values[starts[0] : starts[0] + length * len(rows)].reshape(len(rows), length)
    found: np.ndarray = series.values[starts[:, None] + np.arange(length)]
    return found


class Collector:
    """Gathers the answers of blocks into one column of lists as long as the series."""

    def __init__(self, series: Series, type_: type = np.float64) -> None:
        self._series = series
        self._offsets = offsets_of(series.lengths)
        self.values: np.ndarray = np.zeros(int(self._offsets[-1]), type_)
        self._filled = series.lengths == 0

    def put(self, rows: np.ndarray, answer: np.ndarray) -> None:
        """Take over the answer for some rows: a matrix with a row for each of them."""
        length = answer.shape[1]
        self._filled[rows] = True
        starts = self._offsets[rows]
        if starts[-1] - starts[0] == length * (len(rows) - 1):
            self.values[starts[0] : starts[0] + answer.size].reshape(answer.shape)[:] = answer
        else:
            self.values[starts[:, None] + np.arange(length)] = answer

    def column(self) -> pa.Array:
        """The lists; a row without an answer is all nulls, and null if it was no array."""
        known = None if self._filled.all() else np.repeat(self._filled, self._series.lengths)
        return lane(self.values, self._offsets, self._series.present, known)


def lane(values: np.ndarray, offsets: np.ndarray, present: np.ndarray | None = None, known: np.ndarray | None = None) -> pa.Array:
    """A dynamic column of lists of longs, reals or bools; elements that are not `known` are null."""
    kinds = {"i": Type.LONG, "f": Type.REAL, "b": Type.BOOL}
    elements = pa.array(values, mask=None if known is None or known.all() else ~known)
    return lanes.make_lane(offsets, elements, kinds[values.dtype.kind], None if present is None or present.all() else present)


def choose(
    whole: np.ndarray,
    integers: np.ndarray | None,
    real: np.ndarray | None,
    lengths: np.ndarray,
    present: np.ndarray,
    known: np.ndarray | None,
) -> pa.Array:
    """A dynamic column of lists: of integers in the rows that are `whole`, of reals in the others.

    The results of one kind may be missing when no row needs them. Both kinds in one column make JSON text, for 1 and 1.0 differ.
    """
    offsets = offsets_of(lengths)
    if integers is None or real is None:
        values = integers if real is None else real
        assert values is not None
        return lane(values, offsets, present, known)
    if real.dtype == integers.dtype:
        return lane(np.where(np.repeat(whole, lengths), integers, real), offsets, present, known)
    texts = [lanes.to_text(lane(values, offsets, present, known)) for values in (integers, real)]
    return pc.if_else(pa.array(whole), *texts)


def reals(values: np.ndarray, known: np.ndarray) -> pa.Array:
    """A column of type real; rows that are not known are null."""
    return pa.array(values, pa.float64(), mask=None if known.all() else ~known)
