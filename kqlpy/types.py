"""The scalar types of KQL and the small rules about them.

Here live the type names, their aliases, which types count as numbers, and how two types widen. How a
type is held in Arrow is in `columns/storage.py`; the ordered columns of a table are in `schema.py`.
This module imports nothing heavy: `check` and `--help` need it without pyarrow.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["NUMERIC", "Type", "parse_type", "widest"]


class Type(StrEnum):
    """A scalar type of KQL; `UNKNOWN` stands for what the text alone cannot tell (an open schema, an error)."""

    BOOL = "bool"
    INT = "int"
    LONG = "long"
    REAL = "real"
    DECIMAL = "decimal"
    STRING = "string"
    DATETIME = "datetime"
    TIMESPAN = "timespan"
    GUID = "guid"
    DYNAMIC = "dynamic"
    UNKNOWN = "unknown"

    # Enum would hash by name in Python; types are looked up in sets and tables all the time.
    __hash__ = str.__hash__


NUMERIC = frozenset({Type.INT, Type.LONG, Type.REAL, Type.DECIMAL})

_ALIASES = {
    "boolean": Type.BOOL, "double": Type.REAL, "float": Type.REAL, "time": Type.TIMESPAN, "date": Type.DATETIME,
    "uniqueid": Type.GUID, "uuid": Type.GUID, "int32": Type.INT, "int64": Type.LONG, "int16": Type.INT,
    "int8": Type.INT, "uint": Type.INT, "uint8": Type.INT, "uint16": Type.INT, "uint32": Type.LONG,
    "uint64": Type.LONG, "ulong": Type.LONG, "char": Type.STRING,
}  # fmt: skip
_WIDTH = {Type.INT: 0, Type.LONG: 1, Type.REAL: 2, Type.DECIMAL: 3}


def parse_type(name: str) -> Type | None:
    """The type that `name` or one of its aliases (`double`, `time`, `date` ...) means; None when it names no type."""
    if name in _ALIASES:
        return _ALIASES[name]
    if name in Type._value2member_map_ and name != "unknown":
        return Type(name)
    return None


def widest(types: list[Type]) -> Type:
    """The widest of some numeric types: int < long < real < decimal.

    https://learn.microsoft.com/kusto/query/numerical-operators
    """
    return max((t for t in types if t in _WIDTH), key=_WIDTH.__getitem__, default=Type.UNKNOWN)
