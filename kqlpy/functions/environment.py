"""What a query may ask about its surroundings: database, principal, extents, sizes.

A local run has no cluster, no users and no data shards: names are those of the session's options or `local`, and what
only a cluster knows is refused.
"""

from __future__ import annotations

import uuid

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.hex_kernels import guid_texts
from kqlpy.functions.numbers import generator_of
from kqlpy.functions.refusals import CLUSTER, UNDOCUMENTED
from kqlpy.functions.registry import SCALARS, Call, declare, scalar
from kqlpy.functions.vectors import Value
from kqlpy.types import Type

__all__: list[str] = []


@scalar("() -> string", context=True)
def current_database(call: Call) -> pa.Scalar:
    """The name of the database in scope: the session's option `database`, or `local`.

    >>> print current_database()
    local
    """
    return pa.scalar(str(call.session.options.get("database", "local")))


@scalar("() -> string", context=True)
def current_cluster_endpoint(call: Call) -> pa.Scalar:
    """The address of the cluster: the session's option `cluster`, or `local`.

    >>> print current_cluster_endpoint()
    local
    """
    return pa.scalar(str(call.session.options.get("cluster", "local")))


@scalar("() -> string", context=True)
def current_principal(call: Call) -> pa.Scalar:
    """Who runs the query: the session's option `principal`, or the empty text.

    >>> print isempty(current_principal())
    True
    """
    return pa.scalar(str(call.session.options.get("principal", "")))


@scalar("() -> guid", aliases=("extentid",), context=True)
def extent_id(call: Call) -> pa.Scalar:
    """The data shard of the row: local data has none, so that it is the guid of zeros.

    >>> print extent_id()
    00000000-0000-0000-0000-000000000000
    """
    return pa.scalar(str(uuid.UUID(int=0)))


@scalar("() -> dynamic", context=True)
def extent_tags(call: Call) -> pa.Scalar:
    """The tags of the row's data shard: always null, as local data has none.

    >>> print isnull(extent_tags())
    True
    """
    return pa.scalar(None, pa.string())


@scalar("() -> guid", volatile=True, context=True)
def new_guid(call: Call) -> pa.Array:
    """A random guid for each row.

    >>> print strlen(tostring(new_guid()))
    36
    """
    words = np.frombuffer(generator_of(call).bytes(16 * call.rows), np.uint8).reshape(-1, 16).copy()
    words[:, 6] = words[:, 6] & 0x0F | 0x40  # version 4,
    words[:, 8] = words[:, 8] & 0x3F | 0x80  # of the usual variant
    return guid_texts(words)


@scalar("(column: scalar, *rest: scalar) -> long", context=True, star=True)
def estimate_data_size(call: Call, *columns: Value) -> pa.Array:
    """About how many bytes the values take: 8 for a long, the bytes of a text.

    >>> print estimate_data_size(1, "1234567890")
    18
    """
    total = pa.array(np.full(call.rows, sum(_SIZES.get(type_, 0) for type_ in call.types)))
    for column, type_ in zip(columns, call.types, strict=True):
        if type_ not in _SIZES:
            total = pc.add(total, pc.fill_null(pc.binary_length(column), 0))
    return total


_SIZES = {
    Type.BOOL: 1, Type.INT: 4, Type.LONG: 8, Type.REAL: 8, Type.DECIMAL: 16, Type.DATETIME: 8, Type.TIMESPAN: 8, Type.GUID: 16,
}  # fmt: skip

for _name, _signature in (
    ("current_principal_details", "() -> dynamic"),
    ("current_principal_is_member_of", "(group: string_or_array, *rest: string_or_array) -> bool"),
    ("current_node_id", "() -> string"),
    ("cursor_after", "(cursor: string) -> bool"),
    ("cursor_before_or_at", "(cursor: string) -> bool"),
    ("rowstore_ordinal_range", "() -> dynamic"),
):
    declare(SCALARS, _name, _signature, why=CLUSTER)
declare(SCALARS, "cursor_current", "() -> string", why=CLUSTER, aliases=("current_cursor",))
declare(SCALARS, "row_id", "() -> string", why=UNDOCUMENTED)
declare(SCALARS, "__invoke", "(name: const string, type: type, *arg: any) -> dynamic", why=UNDOCUMENTED)
declare(SCALARS, "__cast", "(type: type, value: scalar) -> dynamic", why=UNDOCUMENTED)
