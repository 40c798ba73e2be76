"""Chains of `and`, and of `or`: sides that read much text are computed for the rows that the others leave open.

`EventID == 4688 and CommandLine has "x"` searches the text of the rows of that event alone. In three-valued logic the order of the sides does not
matter, and a side that decides (false for `and`, true for `or`) makes the others needless.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.engine.batch import Batch
from kqlpy.plan.expressions import Apply, Expression, columns_of, is_volatile

if TYPE_CHECKING:
    from kqlpy.engine.evaluate import Frame

__all__ = ["decided"]

_FEWEST_ROWS, _WORTH = 4096, 0.5


def decided(frame: Frame, expr: Apply, decides: bool) -> pa.Array | None:
    """The truth of a chain for each row; None where nothing is to be gained by going step by step."""
    kernel = expr.overload.kernel
    if frame.batch.rows < _FEWEST_ROWS or expr.overload.context or kernel is None or is_volatile(expr):
        return None
    sides = sorted(((_is_costly(frame, side), side) for side in _sides(expr)), key=lambda pair: pair[0])
    if not sides[-1][0]:
        return None
    found = frame.mask(sides[0][1])
    for costly, side in sides[1:]:
        undecided = pc.fill_null(pc.not_equal(found, decides), True)
        rows = pc.sum(undecided).as_py()
        if not rows:
            break
        if not costly or rows > _WORTH * frame.batch.rows:
            found = kernel(found, frame.mask(side))
            continue
        part = Batch({name: frame.batch.columns[name].filter(undecided) for name in columns_of(side)}, rows)
        some = kernel(found.filter(undecided), frame.evaluator.frame(part).mask(side))
        found = pc.replace_with_mask(found, undecided, some)
    return found


def _sides(expr: Expression, of: Apply | None = None) -> Iterator[Expression]:
    """What a chain of the same function joins."""
    if isinstance(expr, Apply) and (of is None or expr.overload is of.overload):
        for arg in expr.args:
            yield from _sides(arg, of or expr)
    else:
        yield expr


def _is_costly(frame: Frame, side: Expression) -> bool:
    """Whether a side reads text, other than the values of one dictionary."""
    if frame.is_of_dictionary(side):
        return False
    kinds = [frame.batch.columns[name].type for name in columns_of(side)]
    return any(pa.types.is_string(kind) or pa.types.is_nested(kind) or pa.types.is_dictionary(kind) for kind in kinds)
