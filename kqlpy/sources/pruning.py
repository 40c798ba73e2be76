"""Which stretches of rows predicates rule out: judged by their smallest and largest value, or by the values themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.sources.table import Predicate
from kqlpy.types import Type

__all__ = ["ALL_NULL", "Bounds", "any_row_matches", "may_match", "usable"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known of a column over a stretch of rows: every value lies within `low` and `high`, `nulls` may occur.

    `empty`: there are nulls only. Values are in storage form; strings have no null, so a missing string counts as "".
    """

    low: Any = None
    high: Any = None
    nulls: bool = True
    empty: bool = False


ALL_NULL = Bounds(empty=True)


def usable(predicates: Iterable[Predicate], types: Mapping[str, Type]) -> tuple[Predicate, ...]:
    """The predicates that may be judged by values in storage form: a dynamic value equals a string whose text differs from its own."""
    return tuple(p for p in predicates if p.op in _OPERATORS and p.column in types and _comparable(p, types[p.column]))


def _comparable(predicate: Predicate, type_: Type) -> bool:
    values = predicate.value if predicate.op == "in" else (predicate.value,)
    kinds = _VALUES.get(type_, ())
    return all(isinstance(value, kinds) and (type_ is Type.BOOL or not isinstance(value, bool)) for value in values)


def may_match(predicates: Iterable[Predicate], bounds: Mapping[str, Bounds]) -> bool:
    """For usable predicates: false when some predicate holds for no row of the stretch; columns without bounds may hold anything."""
    return all(_may_match(p, bounds[p.column]) for p in predicates if p.column in bounds)


def _may_match(predicate: Predicate, bounds: Bounds) -> bool:
    if bounds.empty:
        return predicate.op not in _COMPARISONS
    if bounds.low is None or bounds.high is None:
        return True
    return _within(predicate.op, predicate.value, bounds)


def _within(op: str, value: Any, bounds: Bounds) -> bool:
    match op:
        case "==":
            return bool(bounds.low <= value <= bounds.high)
        case "in":
            return any(bounds.low <= item <= bounds.high for item in value)
        case "<":
            return bool(bounds.low < value)
        case "<=":
            return bool(bounds.low <= value)
        case ">":
            return bool(bounds.high > value)
        case ">=":
            return bool(bounds.high >= value)
        case "!=":
            return bounds.nulls or not (bounds.low == value == bounds.high)
    return True


_COMPARISONS = frozenset({"==", "<", "<=", ">", ">=", "in"})
_OPERATORS = _COMPARISONS | {"!="}
_VALUES: dict[Type, tuple[type, ...]] = {
    Type.BOOL: (bool,), Type.INT: (int,), Type.LONG: (int,), Type.REAL: (int, float), Type.STRING: (str,), Type.DATETIME: (int,),
    Type.TIMESPAN: (int,),
}  # fmt: skip


def any_row_matches(predicates: Iterable[Predicate], columns: Mapping[str, pa.Array]) -> bool:
    """For usable predicates: false when no row meets all of them on these columns; those on other columns are taken to be met."""
    met: pa.Array | None = None
    for predicate in predicates:
        found = _rows_met(predicate, columns[predicate.column]) if predicate.column in columns else None
        if found is None:
            continue
        met = found if met is None else pc.and_(met, found)
        if not pc.any(met).as_py():
            return False
    return True


def _rows_met(predicate: Predicate, array: pa.Array) -> pa.Array | None:
    """True, false or null for each row; None where the predicate cannot be judged here."""
    value = predicate.value
    if predicate.op not in _COMPARISONS:
        return None
    if pa.types.is_dictionary(array.type):
        found = _rows_met(predicate, array.dictionary)
        return None if found is None else found.take(array.indices)
    try:
        if predicate.op == "in":
            return pc.is_in(array, value_set=pa.array(value, array.type))
        return _FUNCTIONS[predicate.op](array, pa.scalar(value, array.type))
    except (pa.ArrowException, OverflowError):  # a number that the column's type cannot hold
        return None


_FUNCTIONS = {"==": pc.equal, "<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal}
