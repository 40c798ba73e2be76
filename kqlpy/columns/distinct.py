"""Work on the distinct values of a column and spread the answers over its rows.

This is how text is treated that only Python can read (JSON, odd dates): the price is paid once per distinct text.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

__all__ = ["distinct", "map_distinct", "spread"]


def distinct(array: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The distinct values of a column, and for each row the number of the one it holds; -1 for null."""
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    elif len(array.dictionary) > len(array):
        array = array.dictionary_decode().dictionary_encode()
    codes: np.ndarray = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return array.dictionary, codes


def spread(found: pa.Array, codes: np.ndarray) -> pa.Array:
    """One row for each code, with the answer found for it; null for -1."""
    if len(found) == len(codes) and np.array_equal(codes, np.arange(len(codes))):
        return found
    return found.take(pa.array(codes, mask=codes < 0))


def map_distinct(texts: pa.Array, function: Callable[[str], object], held: pa.DataType) -> pa.Array:
    """A column of `function(text)`, called once per distinct text; null for null."""
    found, codes = distinct(texts)
    answers = pa.array([None if text is None else function(text) for text in found.to_pylist()], held)
    return spread(answers, codes)
