"""Tables that commands make themselves, with the KQL type that each column names."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["made_table"]


def made_table(**columns: tuple[str, pa.Array]) -> pa.Table:
    """A table of columns given as their KQL type and values."""
    fields = [pa.field(name, array.type, metadata={"kql.type": type_}) for name, (type_, array) in columns.items()]
    return pa.Table.from_arrays([array for _, array in columns.values()], schema=pa.schema(fields))
