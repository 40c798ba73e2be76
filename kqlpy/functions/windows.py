"""Functions over an ordered row set: row_number, row_cumsum, prev, next and their kin.

A window kernel is called batch by batch with the state that it returned before (None at first):

    kernel(call, state, *args) -> (column, state)

`args` are arrays of the batch's length or scalars for constants. A function declared with `whole=True` needs rows ahead of the batch: it is given the
whole row set as one batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.functions.registry import Call, window


def restarts(restart: Any, rows: int) -> np.ndarray[Any, Any]:
    """A restart argument as a numpy mask; a null condition does not restart."""
    if isinstance(restart, pa.Scalar):
        return np.full(rows, bool(restart.as_py()))
    mask: np.ndarray[Any, Any] = pc.fill_null(restart, False).to_numpy(zero_copy_only=False)
    return mask


@window("(start: const long = 1, restart: bool = false) -> long")
def row_number(call: Call, state: Any, start: Any = None, restart: Any = None) -> tuple[pa.Array, Any]:
    """Position of the row, counted from `start`; counts anew where `restart` is true.

    >>> range x from 1 to 3 step 1 | extend n = row_number()
    1, 2, 3
    """
    first = 1 if start is None else start.as_py()
    rows = np.arange(call.rows, dtype=np.int64)
    count = first if state is None else state
    if restart is None:
        return pa.array(rows + count), count + call.rows
    marks = restarts(restart, call.rows)
    base = np.maximum.accumulate(np.where(marks, rows, -1))
    numbers = np.where(base >= 0, rows - base + first, rows + count)
    return pa.array(numbers), int(numbers[-1]) + 1 if call.rows else count
