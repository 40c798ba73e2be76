"""The values of a chart in long form, as Vega-Lite takes them: a dict with x, y, series and flag for each point."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
import pyarrow as pa

from kqlpy.output.cells import json_values, kql_type, texts
from kqlpy.render.columns import Axes, kinds
from kqlpy.types import Type

__all__ = ["MOST", "points", "unit"]

MOST = 20_000


def points(table: pa.Table, axes: Axes) -> Iterator[dict[str, Any]]:
    """The points, row by row, each row's columns and arrays in order."""
    columns = {name: _values(table, name) for name in {*axes.y, *axes.flags, *([axes.x] if axes.x else [])}}
    labels = _labels(table, axes)
    arrays = kinds(table)[axes.y[0]].is_array
    for row, label in enumerate(labels):
        cells = {name: values[row] for name, values in columns.items()}
        if arrays:
            yield from _array_points(cells, axes, label)
        else:
            x = cells[axes.x] if axes.x else row
            for name in axes.y:
                yield {"x": x, "y": _number(cells[name]), "series": _series(label, name, axes)}


def unit(field: pa.Field) -> str:
    """What stands behind the name of a column of timespans: they are drawn in seconds."""
    return f"{field.name} (s)" if kql_type(field) is Type.TIMESPAN else str(field.name)


def _array_points(cells: dict[str, Any], axes: Axes, label: str) -> Iterator[dict[str, Any]]:
    flags = [_list(cells[name]) for name in axes.flags]
    for order, name in enumerate(axes.y):
        values = _list(cells[name])
        xs = _list(cells[axes.x]) if axes.x else range(len(values))
        for index, (x, y) in enumerate(zip(xs, values, strict=False)):
            point = {"x": _time(x), "y": _number(y), "series": _series(label, name, axes)}
            if order == 0 and any(index < len(flag) and flag[index] for flag in flags):
                point["flag"] = next(flag[index] for flag in flags if index < len(flag) and flag[index])
            if order:
                point["rest"] = True
            yield point


def _values(table: pa.Table, name: str) -> Sequence[Any]:
    field = table.schema.field(name)
    type_, column = kql_type(field), table[name].combine_chunks()
    match type_:
        case Type.DATETIME:
            return [_time(value) for value in json_values(column, type_)]
        case Type.TIMESPAN:
            ticks = 1e9 if pa.types.is_duration(column.type) else 1e7
            return [None if value is None else value / ticks for value in column.cast(pa.int64()).to_pylist()]
        case Type.DYNAMIC:
            return [None if value is None else orjson.loads(value) for value in column.to_pylist()]
        case Type.DECIMAL:
            return [None if value is None else float(value) for value in column.to_pylist()]
        case Type.GUID | Type.STRING | Type.BOOL:
            return texts(column, type_)
        case _:
            found: list[Any] = column.to_pylist()
            return found


def _labels(table: pa.Table, axes: Axes) -> Iterable[str]:
    """The texts of each row that name its series, joined."""
    if not axes.series:
        return [""] * int(table.num_rows)
    columns = [texts(table[name].combine_chunks(), kql_type(table.schema.field(name))) for name in axes.series]
    return [", ".join(cell or "" for cell in row) for row in zip(*columns, strict=True)]


def _series(label: str, name: str, axes: Axes) -> str:
    if not axes.series:
        return name
    return label if len(axes.y) == 1 else f"{label}: {name}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _time(value: Any) -> Any:
    """A datetime to the millisecond, which is as much as charts know; anything else as it is."""
    return f"{value[:23]}Z" if isinstance(value, str) and len(value) == 28 and value.endswith("Z") and value[10] == "T" else value


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None
