"""Values for the tests of scalar functions: odd numbers, moments and texts, and one way to ask a query for a single answer."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

import kqlpy
from kqlpy.columns.ticks import MAX_DATETIME

LONGS = st.one_of(st.integers(-9, 9), st.sampled_from([2**63 - 1, -(2**63), 2**31, -(2**31) - 1]), st.integers(-(2**63), 2**63 - 1))
REALS = st.one_of(st.floats(-100, 100), st.sampled_from([0.0, -0.0, float("inf"), float("-inf"), float("nan"), 0.1, 2.5]))
MOMENTS = st.one_of(
    st.sampled_from([0, 1, MAX_DATETIME, 621_355_968_000_000_000, 637_184_448_000_000_000]), st.integers(0, MAX_DATETIME)
)
SPANS = st.one_of(st.sampled_from([0, 1, -1, 864_000_000_000, 36_000_000_000]), st.integers(-(10**18), 10**18))
BOOLS = st.booleans()


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The values, and null."""
    return st.one_of(st.none(), strategy)


def pairs(left: st.SearchStrategy[Any], right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A few rows of two columns with nulls."""
    return st.lists(st.tuples(maybe(left), maybe(right)), min_size=1, max_size=6)


def answer(expression: str, prefix: str = "") -> Any:
    """What `tostring` shows for an expression."""
    table = kqlpy.query(f"{prefix} print answer = tostring({expression})")
    return table["answer"][0].as_py()
