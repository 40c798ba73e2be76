"""A column computed in two ways: common rows by array work, odd ones by a slower way that knows everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.distinct import map_distinct

__all__ = ["divide", "divide_texts"]


def divide(array: pa.Array, common: np.ndarray, fast: Callable[[pa.Array], pa.Array], slow: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """`fast` of the rows that `common` marks and `slow` of the others, each in its place; both give one value for each row of theirs."""
    if common.all():
        return fast(array)
    if not common.any():
        return slow(array)
    first, second = fast(array.filter(pa.array(common))), slow(array.filter(pa.array(~common)))
    rows = np.empty(len(array), np.int64)
    rows[common] = np.arange(len(first))
    rows[~common] = np.arange(len(first), len(array))
    return pa.concat_arrays([first, second]).take(pa.array(rows))


def divide_texts(texts: pa.Array, pattern: str, fast: Callable[[pa.Array], pa.Array], slow: Callable[[str], Any], held: pa.DataType) -> pa.Array:
    """`fast` of the texts that match a pattern, which is in Arrow's syntax; the plain function `slow` of the others, once per distinct text."""
    common = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return divide(texts, common, fast, lambda others: map_distinct(others, slow, held))
