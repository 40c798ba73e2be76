"""schema_merge: several tables of columns, as `getschema` gives them, as one.

https://learn.microsoft.com/kusto/query/schema-merge-plugin
"""

from __future__ import annotations

import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.columns import storage
from kqlpy.engine.batch import Batch
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.registry import plugin
from kqlpy.schema import Schema
from kqlpy.types import Type

__all__: list[str] = []

_COLUMNS = Schema.of([("ColumnName", Type.STRING), ("ColumnOrdinal", Type.LONG), ("DataType", Type.STRING), ("ColumnType", Type.STRING)])
_OUT_OF_ORDER = "ERROR(columns are out of order)"


def _merged_columns(call: PluginCall) -> Schema:
    missing = [c.name for c in _COLUMNS if c.name not in call.schema]
    if missing and not call.schema.open:
        raise messages.missing_columns("schema_merge", missing, call.span)
    return _COLUMNS


@plugin("(PreserveOrder: const bool = ?) -> table", columns=_merged_columns, whole=True, page="schema-merge-plugin")
def schema_merge(call: PluginCall, rows: Batch) -> Batch:
    """Every column once, in the order of the places where it stands last.

    With `PreserveOrder`, the default, a column that stands at different places in different schemas is marked as an error. Columns whose
    types differ, and different columns at one place, are refused.

    >>> union (print a = 1 | getschema), (print a = 1, b = 2 | getschema) | evaluate schema_merge() | count
    2
    """
    names, ordinals, data_types, types = (storage.plain(rows.columns[c.name]).to_pylist() for c in _COLUMNS)
    places: dict[str, list[int]] = {}
    kinds: dict[str, tuple[str, str]] = {}
    for name, ordinal, data_type, type_ in zip(names, ordinals, data_types, types, strict=True):
        if kinds.setdefault(name, (data_type, type_)) != (data_type, type_):
            raise messages.unsupported(f"`schema_merge` of different types for the column `{name}`", call.span)
        places.setdefault(name, []).append(ordinal)
    last = {name: max(found) for name, found in places.items()}
    if len(set(last.values())) < len(last):
        raise messages.unsupported("`schema_merge` of different columns at the same place", call.span)
    ordered = sorted(last, key=last.__getitem__)
    keeps = call.constant("PreserveOrder", True)
    wrong = {name for name in ordered if keeps and len(set(places[name])) > 1}
    return Batch(
        {
            "ColumnName": pa.array(ordered, pa.string()),
            "ColumnOrdinal": pa.array([-1 if n in wrong else last[n] if keeps else i for i, n in enumerate(ordered)], pa.int64()),
            "DataType": pa.array([f"ERROR(unknown CSL type:{_OUT_OF_ORDER})" if n in wrong else kinds[n][0] for n in ordered], pa.string()),
            "ColumnType": pa.array([_OUT_OF_ORDER if n in wrong else kinds[n][1] for n in ordered], pa.string()),
        },
        len(ordered),
    )
