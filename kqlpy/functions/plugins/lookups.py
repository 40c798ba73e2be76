"""ipv4_lookup and ipv6_lookup: rows joined to the networks of a table in which their address lies.

An address that has a prefix itself is compared with a network at the shorter of both prefixes. All networks that fit give a row. Addresses that cannot be read fit none.

https://learn.microsoft.com/kusto/query/ipv4-lookup-plugin
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kqlpy.binding import messages
from kqlpy.binding.naming import free_name
from kqlpy.columns import storage
from kqlpy.columns.distinct import distinct
from kqlpy.columns.dynamic_casts import from_dynamic
from kqlpy.engine.batch import Batch, concat_arrays
from kqlpy.engine.groups import group
from kqlpy.engine.keys import missing_rows
from kqlpy.functions import net_ipv4, net_ipv6
from kqlpy.functions.plugins.call import PluginCall
from kqlpy.functions.registry import plugin
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

__all__: list[str] = []

Ints = npt.NDArray[np.int64]
Pairs = tuple[Ints, Ints]
"""Rows of the input and, beside each, a row of the lookup table."""

_TABLE = "LookupTable"
_MASKS = np.array([(0xFFFFFFFF << (32 - bits)) & 0xFFFFFFFF for bits in range(33)], np.int64)


def _joined_columns(call: PluginCall) -> Schema:
    """The input's columns, then the table's without the extra keys, with a digit where the name is taken."""
    return Schema(tuple(Column(out, type_) for out, _, type_ in (*_own(call), *_looked_up(call))), _open(call))


def _table_first_columns(call: PluginCall) -> Schema:
    """The table's columns, then the input's, as the engine gives them."""
    clash = [c.name for c in call.plans[_TABLE].schema if c.name in call.schema]
    if clash:
        raise messages.unsupported(f"`{call.name}` with columns of the same name in both tables: {', '.join(clash)}", call.span)
    return Schema((*call.plans[_TABLE].schema.columns, *call.schema.columns), _open(call))


def _open(call: PluginCall) -> bool:
    return call.schema.open or call.plans[_TABLE].schema.open


def _own(call: PluginCall) -> list[tuple[str, str, Type]]:
    return [(c.name, c.name, c.type) for c in call.schema]


def _looked_up(call: PluginCall) -> list[tuple[str, str, Type]]:
    """(name in the output, name in the table, type) of the table's columns."""
    keys, used = {c.name for c in call.columns("ExtraKey")}, set(call.schema.names)
    found = []
    for column in call.plans[_TABLE].schema:
        if column.name not in keys:
            found.append((free_name(column.name, used), column.name, column.type))
            used.add(found[-1][0])
    return found


@plugin(
    "(LookupTable: table, SourceIPv4Key: column textual, IPv4LookupKey: lookup textual, *ExtraKey: shared scalar, return_unmatched: const bool = ?) -> table",
    columns=_joined_columns,
    passes=True,
    page="ipv4-lookup-plugin",
)
def ipv4_lookup(call: PluginCall, rows: Batch) -> Batch:
    """Each row beside the rows of the table whose network holds its address; extra keys must be equal too.

    >>> print ip = "10.1.2.3" | evaluate ipv4_lookup(datatable(net: string, name: string)["10.0.0.0/8", "a"], ip, net) | project name
    a
    """
    return _joined(call, rows, _ipv4_pairs)


@plugin(
    "(LookupTable: table, SourceIPv6Key: column textual, IPv6LookupKey: lookup textual, return_unmatched: const bool = ?) -> table",
    columns=_table_first_columns,
    passes=True,
    page="ipv6-lookup-plugin",
)
def ipv6_lookup(call: PluginCall, rows: Batch) -> Batch:
    """Each row beside the rows of the table whose network holds its address; IPv4 addresses count as mapped ones.

    >>> print ip = "fe80::1" | evaluate ipv6_lookup(datatable(net: string, name: string)["fe80::/16", "a"], ip, net) | project name
    a
    """
    return _joined(call, rows, _ipv6_pairs)


def _joined(call: PluginCall, rows: Batch, pairs_of: Callable[[pa.Array, pa.Array], Pairs]) -> Batch:
    table = call.tables[_TABLE]
    source = call.column(next(name for name in call.arguments if name.startswith("Source")))
    key = call.column(next(name for name in call.arguments if name.endswith("LookupKey")))
    left, right = pairs_of(_texts(rows, source), _texts(table, key))
    for column in call.columns("ExtraKey"):
        keep = _equal(rows.columns[column.name].take(pa.array(left)), table.columns[column.name].take(pa.array(right)), column.type)
        left, right = left[keep], right[keep]
    matched = len(left)
    if call.constant("return_unmatched", False):
        alone = np.setdiff1d(np.arange(rows.rows), left)
        left, right = np.append(left, alone), np.append(right, np.zeros(len(alone), np.int64))
    call.budget.check_rows(call.name, len(left))
    missing = np.arange(len(left)) >= matched
    at, there = pa.array(left), pa.array(right, mask=missing if missing.any() else None)
    columns = {name: rows.columns[name].take(at) for name in call.schema.names if name in rows.columns}
    for out, name, type_ in _looked_up(call):
        columns[out] = missing_rows(table.columns[name], there, type_)
    return Batch(columns, len(left))


def _texts(rows: Batch, column: Column) -> pa.Array:
    array = rows.columns[column.name]
    return from_dynamic(array, Type.STRING) if column.type is Type.DYNAMIC else array


def _equal(left: pa.Array, right: pa.Array, type_: Type) -> npt.NDArray[np.bool_]:
    """Which pairs hold the same value; nulls are the same."""
    ids = group([concat_arrays([left, right], type_)], 2 * len(left)).ids
    same: npt.NDArray[np.bool_] = ids[: len(left)] == ids[len(left) :]
    return same


def _ipv4_pairs(sources: pa.Array, networks: pa.Array) -> Pairs:
    """One search in the sorted networks for each pair of prefixes that occurs, of the distinct addresses."""
    texts, codes = distinct(sources)
    found, bounds = net_ipv4.read(texts), net_ipv4.read(storage.plain(networks))
    parts: list[Pairs] = []
    for prefix in np.unique(found.prefixes[found.valid]):
        asked = np.flatnonzero(found.valid & (found.prefixes == prefix))
        for width in np.unique(bounds.prefixes[bounds.valid]):
            known = np.flatnonzero(bounds.valid & (bounds.prefixes == width))
            mask = _MASKS[min(prefix, width)]
            parts.append(_same(found.values[asked] & mask, bounds.values[known] & mask, asked, known))
    return _for_rows(codes, len(texts), parts)


def _same(left: Ints, right: Ints, left_at: Ints, right_at: Ints) -> Pairs:
    """All pairs of equal values."""
    order = np.argsort(right, kind="stable")
    low = np.searchsorted(right[order], left, side="left")
    counts = np.searchsorted(right[order], left, side="right") - low
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(left_at, counts), right_at[order[np.repeat(low, counts) + within]]


def _ipv6_pairs(sources: pa.Array, networks: pa.Array) -> Pairs:
    """Numbers of 128 bits need Python: one look into a dictionary for each distinct address and each prefix length of the table."""
    texts, codes = distinct(sources)
    by_width: dict[int, list[tuple[int, int]]] = {}
    for row, text in enumerate(storage.plain(networks).to_pylist()):
        network = net_ipv6.read(text or "")
        if network is not None:
            by_width.setdefault(network.prefix, []).append((network.value, row))
    tables: dict[tuple[int, int], dict[int, list[int]]] = {}
    pairs: list[tuple[int, int]] = []
    for code, text in enumerate(texts.to_pylist()):
        address = net_ipv6.read(text or "")
        for width, known in by_width.items() if address is not None else ():
            assert address is not None
            shift = 128 - min(width, address.prefix)
            table = tables.get((width, shift))
            if table is None:
                table = tables[width, shift] = {}
                for value, row in known:
                    table.setdefault(value >> shift, []).append(row)
            pairs.extend((code, row) for row in table.get(address.value >> shift, ()))
    columns = np.array(pairs, np.int64).reshape(-1, 2)
    return _for_rows(codes, len(texts), [(columns[:, 0], columns[:, 1])])


def _for_rows(codes: npt.NDArray[np.int64], count: int, parts: list[Pairs]) -> Pairs:
    """Pairs of distinct texts as pairs of rows, in the order of the input, then of the table."""
    texts = np.concatenate([p[0] for p in parts]) if parts else np.zeros(0, np.int64)
    others = np.concatenate([p[1] for p in parts]) if parts else np.zeros(0, np.int64)
    order = np.lexsort((others, texts))
    texts, others = texts[order], others[order]
    starts = np.searchsorted(texts, np.arange(count + 1))
    sizes = np.append(np.diff(starts), 0)
    counts = np.where(codes < 0, 0, sizes[codes])
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(np.arange(len(codes)), counts), others[np.repeat(starts[codes], counts) + within]
