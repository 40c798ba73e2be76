"""Text cells to the values of a declared type, a whole column at a time.

The rules are those of exported logs: an empty cell is null (for a string it is the empty string), and only emptiness is: `None`,
`N/A` or `-` are text. A value that the type cannot hold becomes null and is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, scalar_text, storage
from kqlpy.columns.distinct import map_distinct
from kqlpy.columns.text_kernels import read_text
from kqlpy.sources.portal_time import PLAIN, TimeStyle, parse_times
from kqlpy.types import Type

__all__ = ["Converted", "from_text", "through_dictionary"]


class Converted(NamedTuple):
    """A column in storage form; the rows whose value was lost, and those whose value was read in spite of a contradiction in it.

    Rows are positions, ascending; None when there are none.
    """

    array: pa.Array
    failed: np.ndarray | None = None
    odd: np.ndarray | None = None


def from_text(texts: pa.Array, type_: Type, style: TimeStyle = PLAIN) -> Converted:
    """The column that `texts` (string, or dictionary of strings; null where the cell is absent) holds as `type_`."""
    if pa.types.is_dictionary(texts.type):
        return through_dictionary(texts, type_, lambda values: from_text(values, type_, style))
    if type_ in (Type.STRING, Type.UNKNOWN):
        return Converted(texts.fill_null("") if texts.null_count else texts)
    present = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    if present.null_count == len(texts):
        return Converted(pa.nulls(len(texts), storage.arrow_type(type_)))
    array, odd = parse_times(present, style) if type_ is Type.DATETIME else (_parse(present, type_), None)
    return Converted(array, _lost(present, array), odd)


def through_dictionary(array: pa.DictionaryArray, type_: Type, convert: Callable[[pa.Array], Converted]) -> Converted:
    """Convert a dictionary's values once; strings and dynamic values stay a dictionary."""
    codes = array.indices if array.indices.type == pa.int32() else array.indices.cast(pa.int32())
    values, failed, odd = convert(array.dictionary)
    rows, odd_rows = (None if found is None else np.flatnonzero(np.isin(codes.fill_null(-1).to_numpy(), found)) for found in (failed, odd))
    if type_ is Type.STRING and codes.null_count:
        values, codes = _with_empty(values, codes)
    if type_ in (Type.STRING, Type.DYNAMIC) and not pa.types.is_nested(values.type):
        return Converted(pa.DictionaryArray.from_arrays(codes, values), rows)
    return Converted(values.take(codes), rows, odd_rows)


def _with_empty(values: pa.Array, codes: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The dictionary with the empty string in it, and codes that point there instead of being null."""
    at = pc.index(values, pa.scalar("", values.type)).as_py()
    if at < 0:
        at, values = len(values), pa.concat_arrays([values, pa.array([""], values.type)])
    return values, codes.fill_null(pa.scalar(at, pa.int32()))


def _lost(present: pa.Array, array: pa.Array) -> np.ndarray | None:
    """The rows that are null now and held more than blanks or the word null."""
    if array.null_count == present.null_count:
        return None
    lost = pc.and_(present.is_valid(), array.is_null())
    rows: np.ndarray = np.flatnonzero(lost.to_numpy(zero_copy_only=False))
    worth = pc.invert(pc.match_substring_regex(present.filter(lost), r"(?i)^\s*(null)?\s*$"))
    rows = rows[worth.to_numpy(zero_copy_only=False)]
    return rows if len(rows) else None


def _parse(present: pa.Array, type_: Type) -> pa.Array:
    """What `to<type>()` makes of the texts, and of the rest what only files write so."""
    if type_ is Type.DYNAMIC:
        return dynamic.parse_json_column(present)
    found = read_text(present, type_)
    mend = _MENDERS.get(type_)
    if mend is None or found.null_count == present.null_count:
        return found
    failed = pc.and_(present.is_valid(), found.is_null())
    return pc.replace_with_mask(found, failed, map_distinct(present.filter(failed), mend, found.type))


def _whole(limit: int) -> Callable[[str], int | None]:
    """Reads a whole number that is written as a real: `5.0` is 5, `5.7` is none."""

    def read(text: str) -> int | None:
        number: Decimal | None = scalar_text.parse_decimal(text)
        if number is None or number != number.to_integral_value() or not -limit - 1 <= number <= limit:
            return None
        return int(number)

    return read


_MENDERS: dict[Type, Callable[[str], Any]] = {
    Type.INT: _whole(scalar_text.MAX_INT),
    Type.LONG: _whole(scalar_text.MAX_LONG),
    Type.BOOL: lambda text: scalar_text.parse_bool(text.strip()),
}
