"""Which columns of a result a chart shows: the x axis, the values, the series, the flags of anomalies.

Properties decide where they are written. Else the rules are those of the portal: a time chart runs over the first column of times, any other chart over the first
column; every column of numbers is drawn; the columns of texts name the series. `make-series` gives arrays, which count as what they hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from kqlpy.output.cells import kql_type
from kqlpy.render import messages
from kqlpy.types import NUMERIC, Type

__all__ = ["Axes", "Kind", "choose", "kinds"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_TIMED = ("timechart", "anomalychart")


@dataclass(frozen=True)
class Kind:
    """What a column holds: `time`, `number` or `text`, in each cell or in arrays."""

    holds: str
    is_array: bool = False


@dataclass(frozen=True)
class Axes:
    """The columns of a chart, by name. `x` is None when rows are drawn in their order."""

    x: str | None
    y: tuple[str, ...]
    series: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def choose(chart: str, properties: Mapping[str, Any], table: pa.Table) -> Axes:
    """The columns that a chart of this name and properties shows."""
    known = kinds(table)
    named = {role: _named(properties, role, known) for role in ("xcolumn", "ycolumns", "series", "anomalycolumns")}
    flags = named["anomalycolumns"] or (_flags(table, known) if chart == "anomalychart" else ())
    taken = {*named["ycolumns"], *named["series"], *flags}
    x = next(iter(named["xcolumn"]), None) or _first_x(chart, known, taken)
    arrays = known[x].is_array if x else any(kind.is_array and kind.holds == "number" for kind in known.values())
    free = [name for name in known if name != x and name not in {*named["series"], *flags}]
    y = named["ycolumns"] or tuple(name for name in free if known[name] == Kind("number", arrays))
    if not y:
        raise messages.no_numbers(chart)
    series = named["series"] or tuple(name for name in free if known[name] == Kind("text") and name not in y)
    return Axes(x, y, series, flags)


def kinds(table: pa.Table) -> dict[str, Kind]:
    """What each column holds."""
    return {field.name: _kind(kql_type(field), column) for field, column in zip(table.schema, table.columns, strict=True)}


def _kind(type_: Type, column: pa.ChunkedArray) -> Kind:
    if type_ in NUMERIC or type_ is Type.TIMESPAN:
        return Kind("number")
    if type_ is Type.DATETIME:
        return Kind("time")
    return _dynamic(column) if type_ is Type.DYNAMIC else Kind("text")


def _dynamic(column: pa.ChunkedArray) -> Kind:
    """What a dynamic column holds, judged by its first value; an array by its first element."""
    first = next((value.as_py() for chunk in column.chunks for value in chunk if value.is_valid), None)
    value = None if first is None else orjson.loads(first)
    is_array = isinstance(value, list)
    if isinstance(value, list):
        value = next((item for item in value if item is not None), 0)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Kind("number", is_array)
    return Kind("time" if isinstance(value, str) and _TIME.match(value) else "text", is_array)


def _named(properties: Mapping[str, Any], role: str, known: Iterable[str]) -> tuple[str, ...]:
    """The columns that a property names."""
    written = properties.get(role)
    names = [str(name).strip() for name in (written if isinstance(written, Sequence) and not isinstance(written, str) else str(written or "").split(","))]
    for name in filter(None, names):
        if name not in known:
            raise messages.no_column(name, role, known)
    return tuple(filter(None, names))


def _first_x(chart: str, known: Mapping[str, Kind], taken: set[str]) -> str | None:
    free = [name for name in known if name not in taken]
    times = [name for name in free if known[name].holds == "time"]
    if times and (chart in _TIMED or known[times[0]].is_array):
        return times[0]
    if any(known[name].is_array for name in free):
        return None
    return free[0] if free and len(known) > 1 else None


def _flags(table: pa.Table, known: Mapping[str, Kind]) -> tuple[str, ...]:
    """The columns of arrays that hold only -1, 0 and 1: what `series_decompose_anomalies` gives first."""
    arrays = [name for name, kind in known.items() if kind == Kind("number", True)]
    return tuple(name for name in arrays if _is_flags(table[name]))[:1] if len(arrays) > 1 else ()


def _is_flags(column: pa.ChunkedArray) -> bool:
    return all(set(orjson.loads(text)) <= {-1, 0, 1} for text in column.to_pylist() if text)
