"""Chains of `and` and `or` over columns: the same truth as row by row, whatever is left out."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.api import Engine

ROWS = st.lists(st.tuples(st.none() | st.integers(0, 3), st.sampled_from(["", "ab", "b c", "é"]), st.sampled_from(["x", "y"])), min_size=1, max_size=20)
SIDES = st.sampled_from(["n == 1", "n > 1", "t has 'b'", "t contains 'é'", "d == 'x'", "bool(null)", "isnull(n)", "strlen(t) > n", "strcat(d, t) == 'xab'", "t == d"])
CONDITIONS = st.recursive(
    SIDES, lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner), max_leaves=6
)  # fmt: skip


@settings(deadline=None)
@given(ROWS, CONDITIONS)
def test_truth_does_not_depend_on_the_way(rows: list[tuple[int | None, str, str]], condition: str) -> None:
    numbers, texts, words = (list(column) for column in zip(*rows, strict=True))
    table = pa.table({"n": pa.array(numbers, pa.int64()), "t": pa.array(texts), "d": pa.array(words).dictionary_encode()})
    query = f"T | project x = {condition}"
    found = Engine(tables={"T": table}).query(query)["x"].to_pylist()
    one_by_one = [Engine(tables={"T": table.slice(i, 1)}).query(query)["x"][0].as_py() for i in range(len(rows))]
    assert found == one_by_one
