"""Columns to test kernels with: short, with nulls, as slices of longer arrays, and with weird values on purpose."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import strategies as st

from kqlpy.columns.json_text import JsonValue
from kqlpy.columns.ticks import MAX_DATETIME

LETTERS = "aAbBzZ019 -_./\\\"'\n\x00éÉßİıſKЯя٣中①⒦😀𐐀𐐨\u0301"
texts = st.text(st.sampled_from(LETTERS), max_size=8)
longs = st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1))
reals = st.one_of(st.sampled_from([0.0, -0.0, 0.5, 1e21, 1e-7, 2.0**53]), st.floats())
datetimes = st.one_of(st.sampled_from([0, MAX_DATETIME, 637134336000000000]), st.integers(0, MAX_DATETIME))
timespans = st.one_of(st.sampled_from([-(2**63), 2**63 - 1, 864000000000]), longs)
json_scalars: st.SearchStrategy[JsonValue] = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), texts)
json_values: st.SearchStrategy[JsonValue] = st.recursive(
    json_scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "", "é"]), inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def columns(draw: st.DrawFn, values: st.SearchStrategy[object], held: pa.DataType, nulls: bool = True) -> pa.Array:
    """A column of some values; often a slice, so that kernels must mind the offset."""
    cells = draw(st.lists(st.none() | values if nulls else values, max_size=12))
    start = draw(st.integers(0, len(cells)))
    return pa.array(cells, held).slice(start)


def same(left: object, right: object) -> bool:
    """Equality that takes NaN for equal to NaN and tells -0.0 from 0.0 and 1 from 1.0 and True."""
    return repr(left) == repr(right)
