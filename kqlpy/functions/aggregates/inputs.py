"""What aggregates make of their arguments: numpy values, keys that sort like the column, and the rows that a predicate keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.engine.groups import Groups, Mask
from kqlpy.functions.registry import Call
from kqlpy.types import Type

__all__ = [
    "Conditional", "Parts", "State", "best_rows", "numbers", "pick", "reals", "sort_keys", "truth", "valid_rows", "without_null_texts",
]  # fmt: skip

State = tuple[pa.Array, ...]
Parts = tuple[tuple[str, Type], ...]
"""Names and types of the result columns of an aggregate that has several."""


def numbers(array: pa.Array) -> tuple[npt.NDArray[Any], Mask | None]:
    """A plain numeric (or tick) column as numpy values, and the mask of valid rows (None when all are)."""
    array = storage.plain(array)
    if not array.null_count:
        return array.to_numpy(zero_copy_only=False), None
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    return array.fill_null(0).to_numpy(zero_copy_only=False), valid


def reals(array: pa.Array) -> tuple[npt.NDArray[np.float64], Mask | None]:
    """A numeric column of any type as 64-bit reals, and the mask of valid rows (None when all are)."""
    values, valid = numbers(storage.plain(array).cast(pa.float64(), safe=False))
    return values, valid


def truth(array: pa.Array) -> Mask:
    """A bool column as a numpy mask; null is false."""
    mask: Mask = pc.fill_null(storage.plain(array), False).to_numpy(zero_copy_only=False)
    return mask


def valid_rows(array: pa.Array) -> Mask | None:
    """The mask of rows that are not null; None when all are valid."""
    if pa.types.is_dictionary(array.type) and array.dictionary.null_count:
        array = array.dictionary_decode()
    if not array.null_count:
        return None
    valid: Mask = array.is_valid().to_numpy(zero_copy_only=False)
    return valid


def sort_keys(array: pa.Array) -> tuple[npt.NDArray[Any], Mask | None]:
    """Numbers in the order of the column's values, equal for equal values, and the mask of valid rows (None when all are)."""
    if pa.types.is_boolean(array.type):
        return numbers(array.cast(pa.int8()))
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        return numbers(array)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    elif len(array.dictionary) > len(array) or array.dictionary.null_count:
        array = array.dictionary_decode().dictionary_encode()
    codes, valid = numbers(array.indices)
    ranks = pc.rank(array.dictionary, tiebreaker="dense").to_numpy().astype(np.int64)
    return (ranks[codes] if len(ranks) else codes), valid


def best_rows(groups: Groups, array: pa.Array, greatest: bool) -> npt.NDArray[np.int64]:
    """The first row with the greatest (or smallest) value of each group; -1 for a group without values."""
    keys, valid = sort_keys(array)
    best, _ = groups.extreme(keys, greatest, valid)
    wanted = best[groups.ids]
    hit = keys == wanted
    if keys.dtype.kind == "f":
        hit |= np.isnan(keys) & np.isnan(wanted)
    return groups.first_where(hit if valid is None else hit & valid)


def pick(array: pa.Array, rows: npt.NDArray[np.int64]) -> pa.Array:
    """The values at these rows, without dictionary, typed lists as JSON text; null at row -1, for strings too."""
    picked = storage.plain(array.take(pa.array(rows, mask=rows < 0)))
    if pa.types.is_list(picked.type):
        from kqlpy.columns import dynamic

        return dynamic.text_of(picked)
    return picked


def without_null_texts(array: pa.Array, type_: Type) -> pa.Array:
    """The column as it leaves an aggregate: a string is empty where there was no row."""
    return array.fill_null("") if type_ is Type.STRING and array.null_count else array


class Conditional:
    """Mixin in front of an aggregate: it sees only the rows whose predicate, argument number `predicate`, is true."""

    predicate: ClassVar[int] = 1

    @classmethod
    def update(cls, call: Call, groups: Groups, *args: Any) -> State:
        keep = truth(args[cls.predicate])
        rest = [a for i, a in enumerate(args) if i != cls.predicate]
        if not keep.all():
            groups, mask = groups.where(keep), pa.array(keep)
            rest = [a.filter(mask) if isinstance(a, pa.Array) else a for a in rest]
        update: Callable[..., State] = super().update  # type: ignore[misc]
        return update(call, groups, *rest)
