"""Hypothesis strategies for values, columns, tables and query texts of KQL.

Strategies prefer what shrinks to something readable: few rows, short strings, small numbers; and odd values on purpose: the empty string,
null, -0.0, NaN, years long ago, letters whose case is special. A table shows itself as the `datatable` that one can paste into a query.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from kqlpy.columns import ticks
from kqlpy.columns.json_text import dumps
from kqlpy.columns.reals import format_real
from kqlpy.columns.storage import DECIMAL
from kqlpy.types import Type

__all__ = ["Table", "bools", "literal", "numbers", "predicates", "tables", "texts", "values"]

_DAY = ticks.TICKS_PER_DAY
_2024 = 638_396_640_000_000_000
_ARROW: dict[Type, pa.DataType] = {
    Type.BOOL: pa.bool_(), Type.INT: pa.int32(), Type.LONG: pa.int64(), Type.REAL: pa.float64(), Type.STRING: pa.string(),
    Type.DATETIME: pa.timestamp("ns", tz="UTC"), Type.TIMESPAN: pa.duration("ns"), Type.GUID: pa.string(), Type.DYNAMIC: pa.string(),
    Type.DECIMAL: DECIMAL,
}  # fmt: skip

_json_scalars: st.SearchStrategy[Any] = st.one_of(
    st.integers(-5, 5), st.sampled_from(["", "a", "é", "a b"]), st.booleans(), st.none(), st.sampled_from([0.5, -2.5, 1.0])
)
_json: st.SearchStrategy[Any] = st.one_of(
    _json_scalars,
    st.lists(_json_scalars, max_size=3),
    st.dictionaries(st.sampled_from(["a", "b", "c d"]), st.one_of(_json_scalars, st.lists(_json_scalars, max_size=2)), max_size=2),
)

_VALUES: dict[Type, st.SearchStrategy[Any]] = {
    Type.BOOL: st.booleans(),
    Type.INT: st.one_of(st.integers(-5, 5), st.sampled_from([2**31 - 1, -(2**31)])),
    Type.LONG: st.one_of(st.integers(-5, 5), st.integers(-1000, 1000), st.sampled_from([2**63 - 1, -(2**63)])),
    Type.REAL: st.one_of(
        st.integers(-4, 4).map(lambda n: n / 2), st.sampled_from([-0.0, 0.1, 1e300, math.inf, -math.inf, math.nan]), st.floats(-100, 100)
    ),
    Type.STRING: st.one_of(st.sampled_from(["", "a", "A", "b", "a-b", "é", "x.a", "İ", "10"]), st.text("aAb 1-_.é", max_size=5)),
    Type.DATETIME: st.one_of(
        st.integers(0, 3).map(lambda n: _2024 + n * _DAY // 2), st.sampled_from([_2024 + 1, 599_266_080_000_000_000, _2024 + 40 * _DAY - 1])
    ),
    Type.TIMESPAN: st.one_of(st.integers(-3, 3).map(lambda n: n * ticks.TICKS_PER_HOUR), st.sampled_from([1, -1, _DAY])),
    Type.GUID: st.sampled_from(["00000000-0000-0000-0000-000000000001", "01234567-89ab-cdef-0123-456789abcdef"]),
    Type.DYNAMIC: _json,
}


def values(type_: Type, *, nulls: bool = True) -> st.SearchStrategy[Any]:
    """Values of a type: datetimes and timespans as ticks, dynamic values as parsed JSON. Strings are never null."""
    found = _VALUES[type_]
    return st.one_of(found, st.none()) if nulls and type_ is not Type.STRING else found


# ---------------------------------------------------------------- tables


@dataclass(frozen=True)
class Table:
    """A table in plain form: the types of its columns, and its rows as dicts."""

    columns: Mapping[str, Type]
    rows: list[dict[str, Any]]

    def arrow(self, *, encoded: bool = False) -> pa.Table:
        """The table as the engine takes it; with `encoded`, texts as dictionaries."""
        arrays, fields = [], []
        for name, type_ in self.columns.items():
            array = pa.array([_to_arrow(row[name], type_) for row in self.rows], _ARROW[type_])
            if encoded and type_ in (Type.STRING, Type.DYNAMIC):
                array = array.dictionary_encode()
            arrays.append(array)
            fields.append(pa.field(name, array.type, metadata={"kql.type": str(type_)}))
        return pa.Table.from_arrays(arrays, schema=pa.schema(fields))

    def __repr__(self) -> str:
        header = ", ".join(f"{name}: {type_}" for name, type_ in self.columns.items())
        cells = [literal(row[name], type_) for row in self.rows for name, type_ in self.columns.items()]
        return f"datatable({header})[{', '.join(cells)}]"


def _to_arrow(value: Any, type_: Type) -> Any:
    if value is None:
        return None
    if type_ is Type.DATETIME:
        return (value - ticks.EPOCH_TICKS) * 100
    if type_ is Type.TIMESPAN:
        return value * 100
    return dumps(value) if type_ is Type.DYNAMIC else value


def literal(value: Any, type_: Type) -> str:
    """A value as KQL writes it."""
    if type_ is Type.STRING:
        return dumps(value)
    if value is None:
        return f"{type_}(null)"
    match type_:
        case Type.DATETIME:
            return f"datetime({ticks.format_datetime_iso(value)})"
        case Type.TIMESPAN:
            return f"timespan({ticks.format_timespan(value)})"
        case Type.REAL:
            return f"real({format_real(value).replace('NaN', 'nan')})"
        case Type.DYNAMIC:
            return f"dynamic({dumps(value)})"
        case _:
            return f"{type_}({str(value).lower()})"


def tables(columns: Mapping[str, Type], *, max_rows: int = 6, nulls: bool = True) -> st.SearchStrategy[Table]:
    """Tables with these columns."""
    row = st.fixed_dictionaries({name: values(type_, nulls=nulls) for name, type_ in columns.items()})
    return st.lists(row, max_size=max_rows).map(lambda rows: Table(columns, rows))


# ---------------------------------------------------------------- texts of expressions


def _of_type(columns: Mapping[str, Type], *types: Type) -> list[str]:
    return [name for name, type_ in columns.items() if type_ in types]


def _leaf(columns: Mapping[str, Type], type_: Type) -> st.SearchStrategy[str]:
    found = [st.just(name) for name in _of_type(columns, type_)]
    return st.one_of(*found, values(type_).map(lambda value: literal(value, type_)))


def numbers(columns: Mapping[str, Type], type_: Type = Type.LONG) -> st.SearchStrategy[str]:
    """Expressions of the type long or real over the columns of that type."""

    def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/"]), inner),
            st.builds("bin({}, {})".format, inner, st.sampled_from(["5", "2", "1"])),
            st.builds("iff({}, {}, {})".format, predicates(columns, depth=0), inner, inner),
            st.builds("coalesce({}, {})".format, inner, inner),
        )

    return st.recursive(_leaf(columns, type_), deeper, max_leaves=4)


def texts(columns: Mapping[str, Type]) -> st.SearchStrategy[str]:
    """Expressions of the type string."""

    def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("strcat({}, {})".format, inner, inner),
            st.builds("tolower({})".format, inner),
            st.builds("substring({}, {}, {})".format, inner, st.integers(0, 3), st.integers(0, 3)),
            st.builds("iff({}, {}, {})".format, predicates(columns, depth=0), inner, inner),
        )

    return st.recursive(_leaf(columns, Type.STRING), deeper, max_leaves=3)


def predicates(columns: Mapping[str, Type], *, depth: int = 1) -> st.SearchStrategy[str]:
    """Expressions of the type bool over columns of any type."""
    simple = [_comparison(columns, type_) for type_ in (Type.INT, Type.LONG, Type.REAL, Type.DATETIME, Type.TIMESPAN) if _of_type(columns, type_)]
    if _of_type(columns, Type.STRING):
        simple.append(_search(columns))
    simple += [st.just(name) for name in _of_type(columns, Type.BOOL)]
    simple.append(st.builds("{}({})".format, st.sampled_from(["isempty", "isnotempty", "isnull", "isnotnull"]), st.sampled_from(list(columns))))
    leaf = st.one_of(*simple)
    return bools(leaf) if depth else leaf


def bools(leaf: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Predicates joined by and, or and not()."""
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
            st.builds("not({})".format, inner),
        ),
        max_leaves=4,
    )


def _comparison(columns: Mapping[str, Type], type_: Type) -> st.SearchStrategy[str]:
    column, other = st.sampled_from(_of_type(columns, type_)), _leaf(columns, type_)
    return st.one_of(
        st.builds("({} {} {})".format, column, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), other),
        st.builds("({} {} ({} .. {}))".format, column, st.sampled_from(["between", "!between"]), other, other),
    )


def _search(columns: Mapping[str, Type]) -> st.SearchStrategy[str]:
    column, other = st.sampled_from(_of_type(columns, Type.STRING)), _leaf(columns, Type.STRING)
    needle = st.sampled_from(["", "a", "A", "b", "a-b", "1", "é", ".", "A b"]).map(dumps)
    words = ["has", "!has", "contains", "!contains", "startswith", "endswith", "hasprefix", "hassuffix", "contains_cs", "==", "!=", "=~", "!~"]
    lists = ["in", "!in", "in~", "!in~", "has_any", "has_all"]
    return st.one_of(
        st.builds("({} {} {})".format, column, st.sampled_from(words), st.one_of(needle, other)),
        st.builds("({} {} ({}))".format, column, st.sampled_from(lists), st.lists(needle, min_size=1, max_size=3).map(", ".join)),
    )
