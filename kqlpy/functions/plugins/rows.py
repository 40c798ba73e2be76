"""Plugins over plain rows: rows near others, narrow tables, previews, intersections of sketches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, storage
from kqlpy.columns.convert import convert
from kqlpy.engine.batch import Batch
from kqlpy.functions.aggregates.inputs import truth
from kqlpy.functions.aggregates.sketches import hashes_of
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.registry import plugin
from kqlpy.plan.nodes import Plan
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__: list[str] = []


def _same_columns(call: PluginCall) -> Schema:
    return call.schema


@plugin(
    "(Condition: bool, NumRows: const integer, NumRowsAfter: const integer = ?) -> table",
    columns=_same_columns,
    passes=True,
    page="rows-near-plugin",
)
def rows_near(call: PluginCall, rows: Batch) -> Batch:
    """Every row that stands at most `NumRows` before or after a row that meets the condition; `NumRowsAfter` counts for those after.

    >>> range x from 1 to 9 step 1 | evaluate rows_near(x == 5, 1) | count
    3
    """
    assert call.evaluate is not None
    before = min(max(0, int(call.constant("NumRows") or 0)), rows.rows)
    after = min(max(0, int(call.constant("NumRowsAfter", before) or 0)), rows.rows)
    hits = np.flatnonzero(truth(call.evaluate(rows, call.arguments["Condition"][0])))
    edges = np.zeros(rows.rows + 1, np.int64)
    np.add.at(edges, np.maximum(hits - before, 0), 1)
    np.add.at(edges, np.minimum(hits + after + 1, rows.rows), -1)
    return rows.filter(pa.array(np.cumsum(edges[:-1]) > 0))


_NARROW = Schema.of([("Row", Type.LONG), ("Column", Type.STRING), ("Value", Type.STRING)])


@plugin("() -> table", columns=lambda call: _NARROW, whole=True, page="narrow-plugin")
def narrow(call: PluginCall, rows: Batch) -> Batch:
    """One row for each cell: the number of its row, counted from 0, the name of its column, and its value as text.

    A null is `[null]`, a datetime is written with a space and without Z, as on the reference page.

    >>> print a = 7 | evaluate narrow() | project Value
    7
    """
    width = len(call.schema)
    texts = [_texts(rows.columns[c.name], c.type) for c in call.schema]
    at = (np.arange(rows.rows)[:, None] + np.arange(width) * rows.rows).ravel()
    cells = pa.concat_arrays(texts).take(pa.array(at)) if texts else pa.array([], pa.string())
    names = pa.DictionaryArray.from_arrays(pa.array(np.tile(np.arange(width, dtype=np.int32), rows.rows)), pa.array(call.schema.names, pa.string()))
    return Batch({"Row": pa.array(np.repeat(np.arange(rows.rows), width)), "Column": names, "Value": cells}, rows.rows * width)


def _texts(array: pa.Array, type_: Type) -> pa.Array:
    array = storage.plain(array)
    texts = storage.plain(convert(array, type_, Type.STRING))
    if type_ is Type.DATETIME:
        texts = pc.replace_substring(pc.utf8_rtrim(texts, "Z"), "T", " ")
    return pc.if_else(array.is_valid(), texts, "[null]") if array.null_count else texts


@plugin("() -> table", binds=True)
def identity(call: PluginCall, plan: Plan, binder: Binder) -> Plan:
    """The rows as they are.

    >>> print a = 7 | evaluate identity()
    7
    """
    return plan


@plugin("(NumberOfRows: const integer) -> table", columns=_same_columns, passes=True, page="preview-plugin")
def preview(call: PluginCall, rows: Batch) -> Batch:
    """The first rows. The engine gives a second result, the number of all rows, which is left out here.

    >>> range x from 1 to 9 step 1 | evaluate preview(2) | count
    2
    """
    return rows.slice(0, max(0, int(call.constant("NumberOfRows") or 0)))


@plugin("() -> table", columns=lambda call: Schema.of([("EstimatedRowsCount", Type.LONG)]))
def estimate_rows_count(call: PluginCall, rows: Batch) -> Batch:
    """The number of rows; the engine estimates it, here it is exact.

    >>> range x from 1 to 9 step 1 | evaluate estimate_rows_count()
    9
    """
    return Batch({"EstimatedRowsCount": pa.array([rows.rows])}, 1)


def _intersections(call: PluginCall) -> Schema:
    count = len(call.arguments["hll"])
    return Schema((*call.schema.columns, *(Column(f"s{i}", Type.LONG) for i in range(count))), call.schema.open)


@plugin("(+hll: dynamic) -> table", columns=_intersections, passes=True, page="dcount-intersect-plugin")
def dcount_intersect(call: PluginCall, rows: Batch) -> Batch:
    """How many values the first set has, the first and the second together, the first three together ..., for sets made by `hll()`.

    >>> range x from 1 to 6 step 1 | summarize a = hll(x), b = hll(x * 2) | evaluate dcount_intersect(a, b) | project s1
    3
    """
    assert call.evaluate is not None
    # Sketches are few, and each is read once: a loop over rows is cheap beside reading their texts.
    common: list[set[int]] = []
    columns = dict(rows.columns)
    for number, expr in enumerate(call.arguments["hll"]):
        sets = [set(hashes_of(value)) for value in dynamic.values(call.evaluate(rows, expr))]
        common = [a & b for a, b in zip(common, sets, strict=True)] if number else sets
        columns[f"s{number}"] = pa.array([len(one) for one in common], pa.int64())
    return Batch(columns, rows.rows)
