"""Equality of results: names and types exactly, reals within a tolerance, dynamic values by structure, rows in order or as a bag.

A *cell* is the plain form of a value that tests can read and write as JSON: bool, int, float, str, or None; datetimes and timespans as `tostring()`
shows them; decimals as digits; NaN and infinities as floats; dynamic values as Python objects.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa

from kqlpy.columns.scalar_text import format_decimal
from kqlpy.columns.ticks import EPOCH_TICKS, format_datetime_iso, format_timespan
from kqlpy.types import Type

__all__ = ["Answer", "Cell", "answer_of", "assert_equal", "difference", "same_cell"]

Cell: TypeAlias = Any
"""A value in plain form; what it may be is told in the module's docstring."""

_TICKS_PER_UNIT = {"s": 10_000_000, "ms": 10_000, "us": 10}
_NAMED = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(frozen=True)
class Answer:
    """A result in plain form: (name, KQL type) of each column, and rows of cells."""

    columns: list[tuple[str, str]]
    rows: list[list[Cell]]


def answer_of(table: pa.Table) -> Answer:
    """The plain form of a table that the engine gave."""
    columns = [(field.name, kql_type(field)) for field in table.schema]
    cells = [_cells(table.column(i), type_) for i, (_, type_) in enumerate(columns)]
    return Answer(columns, [list(row) for row in zip(*cells, strict=True)])


def kql_type(field: pa.Field) -> str:
    """The KQL type that a field names in its metadata."""
    metadata: dict[bytes, bytes] = field.metadata or {}
    return metadata[b"kql.type"].decode()


def _cells(column: pa.ChunkedArray, type_: str) -> list[Cell]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if type_ == Type.DATETIME and pa.types.is_timestamp(column.type):
        return [None if t is None else format_datetime_iso(t + EPOCH_TICKS) for t in _ticks(column)]
    if type_ == Type.TIMESPAN:
        return [None if t is None else format_timespan(t) for t in _ticks(column)]
    values: list[Any] = column.to_pylist()
    if type_ == Type.DYNAMIC:
        return [None if v is None else json.loads(v) for v in values]
    if type_ == Type.DECIMAL:
        return [None if v is None else format_decimal(v) for v in values]
    return values


def _ticks(column: pa.ChunkedArray) -> list[int | None]:
    if pa.types.is_integer(column.type):
        return column.to_pylist()  # type: ignore[no-any-return]
    factor = _TICKS_PER_UNIT.get(column.type.unit)
    numbers = column.cast(pa.int64()).to_pylist()
    return [None if n is None else n * factor if factor else n // 100 for n in numbers]


def same_cell(left: Cell, right: Cell, type_: str, tolerance: float = 1e-9) -> bool:
    """Whether two cells of a column of this type are the same answer."""
    if left is None or right is None:
        return left is None and right is None
    if type_ == Type.REAL:
        return _same_real(_real(left), _real(right), tolerance)
    if type_ == Type.DECIMAL:
        return Decimal(str(left)) == Decimal(str(right))
    if type_ == Type.DYNAMIC:
        return _same_json(left, right, tolerance)
    return type(left) is type(right) and bool(left == right)


def _real(value: Cell) -> float:
    return _NAMED[value] if isinstance(value, str) else float(value)


def _same_real(left: float, right: float, tolerance: float) -> bool:
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    if math.isinf(left) or math.isinf(right):
        return left == right
    return abs(left - right) <= max(1e-12, tolerance * max(abs(left), abs(right)))


def _same_json(left: Any, right: Any, tolerance: float) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _same_real(float(left), float(right), tolerance)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_same_json(x, y, tolerance) for x, y in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same_json(left[key], right[key], tolerance) for key in left)
    return type(left) is type(right) and bool(left == right)


def difference(actual: Answer, expected: Answer, *, ordered: bool = True, tolerance: float = 1e-9) -> str | None:
    """What first differs, in words; None when the answers are the same."""
    if actual.columns != expected.columns:
        return f"columns\n  got      {_header(actual)}\n  expected {_header(expected)}"
    if len(actual.rows) != len(expected.rows):
        return f"{len(actual.rows)} rows, expected {len(expected.rows)}\n  got      {actual.rows}\n  expected {expected.rows}"
    types = [type_ for _, type_ in actual.columns]
    if ordered:
        pairs = zip(actual.rows, expected.rows, strict=True)
        return next((f"row {i}\n  got      {x}\n  expected {y}" for i, (x, y) in enumerate(pairs) if not _same_row(x, y, types, tolerance)), None)
    return _unmatched(actual.rows, expected.rows, types, tolerance)


def _unmatched(actual: Sequence[list[Cell]], expected: Sequence[list[Cell]], types: list[str], tolerance: float) -> str | None:
    left = list(expected)
    for row in actual:
        at = next((i for i, other in enumerate(left) if _same_row(row, other, types, tolerance)), None)
        if at is None:
            return f"a row that is not expected\n  got      {row}\n  expected one of {left}"
        del left[at]
    return None


def _same_row(left: list[Cell], right: list[Cell], types: list[str], tolerance: float) -> bool:
    return all(same_cell(x, y, t, tolerance) for x, y, t in zip(left, right, types, strict=True))


def _header(answer: Answer) -> str:
    return ", ".join(f"{name}: {type_}" for name, type_ in answer.columns)


def assert_equal(actual: pa.Table | Answer, expected: pa.Table | Answer, *, ordered: bool = True, tolerance: float = 1e-9) -> None:
    """Raise an AssertionError that tells the first difference between two results."""
    got = actual if isinstance(actual, Answer) else answer_of(actual)
    wanted = expected if isinstance(expected, Answer) else answer_of(expected)
    found = difference(got, wanted, ordered=ordered, tolerance=tolerance)
    if found is not None:
        raise AssertionError(found)
