"""Whole columns of JSON strings against one value at a time."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns.json_text import dumps, loads
from kqlpy.columns.quoting import quote, unquote

from .strategies import columns

odd_texts = st.text(st.sampled_from('ab"\\/\n\r\t\b\x01\x1f\x7fnué😀'), max_size=8)
json_strings = odd_texts.map(dumps) | odd_texts.map(lambda text: dumps(text).replace("/", "\\/").replace("a", "\\u0061"))


@given(columns(odd_texts, pa.string()))
def test_texts_as_json_strings(column: pa.Array) -> None:
    assert quote(column).to_pylist() == [None if text is None else dumps(text) for text in column.to_pylist()]


@given(columns(json_strings, pa.string()))
def test_json_strings_as_texts(column: pa.Array) -> None:
    assert unquote(column).to_pylist() == [None if text is None else loads(text) for text in column.to_pylist()]
