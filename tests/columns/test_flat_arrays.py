"""JSON text of flat arrays as typed lists, against the values one by one."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import dynamic
from kqlpy.columns.flat_arrays import as_lane
from kqlpy.columns.json_text import dumps

from .strategies import columns

STRINGS = st.lists(st.text(st.sampled_from('a",[]\\\né\t/{'), max_size=4), max_size=4).map(dumps)
NUMBERS = st.lists(st.integers(-20, 20) | st.sampled_from([10**17, -(10**18) + 1, 10**18, 2**63]), max_size=4).map(dumps)
OTHERS = st.sampled_from(["1", '"a"', "{}", "[true]", "[1.5]", "[[1]]", '["a",1]', "[null]"])


@given(columns(STRINGS, pa.string()) | columns(NUMBERS, pa.string()) | columns(STRINGS | NUMBERS | OTHERS, pa.string()))
def test_the_values_stay_the_same(column: pa.Array) -> None:
    lane = as_lane(column)
    assert dynamic.values(lane) == dynamic.values(column)
    assert dynamic.text_of(lane).to_pylist() == column.to_pylist()


@given(columns(STRINGS.filter(lambda text: text != "[]"), pa.string(), nulls=False).filter(len))
def test_arrays_of_strings_are_typed(column: pa.Array) -> None:
    assert as_lane(column).type == pa.list_(pa.string())
