"""Batches to the Arrow table that a caller gets: dates as timestamps, and the KQL type of each column in its metadata."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.columns.ticks import EPOCH_TICKS
from kqlpy.engine.batch import Batch, concat_batches
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

__all__ = ["to_table", "warnings_of", "with_warnings"]

_NS_LIMIT = (2**63 - 1) // 100


def to_table(batches: Iterable[Batch], schema: Schema) -> pa.Table:
    """One Arrow table. Datetimes are `timestamp[ns, UTC]` (`[us]` where a value lies outside 1677-2262, and ISO text
    where such a column also holds a tenth of a microsecond, which no Arrow timestamp of that range can), timespans `duration[ns]` (int64 ticks
    where one does not fit), dynamic JSON text, guid text."""
    parts = [b.select(schema.names) for b in batches if b.rows]
    whole = concat_batches(parts, schema)
    arrays = [leave(whole.columns[c.name], c.type) for c in schema]
    fields = [_field(c, a) for c, a in zip(schema, arrays, strict=True)]
    if not arrays:
        return pa.table({})
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def with_warnings(table: pa.Table, warnings: Sequence[str]) -> pa.Table:
    """The table with remarks in its metadata, under `kql.warnings`."""
    if not warnings:
        return table
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _WARNINGS: json.dumps(list(warnings)).encode()})


def warnings_of(table: pa.Table) -> list[str]:
    """The remarks of a query on its result, such as a column that no row has."""
    found: list[str] = json.loads((table.schema.metadata or {}).get(_WARNINGS, b"[]"))
    return found


_WARNINGS = b"kql.warnings"


def _field(column: Column, array: pa.Array) -> pa.Field:
    type_ = Type.DYNAMIC if column.type is Type.UNKNOWN else column.type
    return pa.field(column.name, array.type, metadata={"kql.type": str(type_)})


def leave(array: pa.Array, type_: Type) -> pa.Array:
    """A column in the form in which it leaves the engine."""
    if pa.types.is_list(array.type):
        from kqlpy.columns import dynamic

        return dynamic.to_text(array)
    array = storage.plain(array)
    if type_ is Type.DATETIME:
        return _datetimes(array)
    if type_ is Type.TIMESPAN:
        return _timespans(array)
    return array


def _bounds(array: pa.Array) -> tuple[int, int]:
    found = pc.min_max(array)
    low, high = found["min"].as_py(), found["max"].as_py()
    return (0, 0) if low is None else (low, high)


def _datetimes(ticks: pa.Array) -> pa.Array:
    low, high = _bounds(ticks)
    since = pc.subtract(ticks, pa.scalar(EPOCH_TICKS, pa.int64()))
    if not len(ticks) or (low - EPOCH_TICKS > -_NS_LIMIT and high - EPOCH_TICKS < _NS_LIMIT) or ticks.null_count == len(ticks):
        return pc.multiply(since, 100).cast(pa.timestamp("ns", tz="UTC"))
    values = since.fill_null(0).to_numpy(zero_copy_only=False)
    micros = values // 10
    if (values != micros * 10).any():
        from kqlpy.columns.time_kernels import format_datetimes

        return format_datetimes(ticks)
    return pa.array(micros.astype(np.int64), mask=since.is_null().to_numpy(zero_copy_only=False)).cast(pa.timestamp("us", tz="UTC"))


def _timespans(ticks: pa.Array) -> pa.Array:
    low, high = _bounds(ticks)
    if low <= -_NS_LIMIT or high >= _NS_LIMIT:
        return ticks
    return pc.multiply(ticks, 100).cast(pa.duration("ns"))
