"""Which stretches of rows a predicate rules out, judged by their smallest and largest value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kqlpy.sources.table import Predicate

__all__ = ["ALL_NULL", "Bounds", "may_match"]


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


def may_match(predicates: Iterable[Predicate], bounds: Mapping[str, Bounds]) -> bool:
    """False when some predicate holds for no row of the stretch; columns without bounds may hold anything."""
    return all(_may_match(p, bounds[p.column]) for p in predicates if p.column in bounds)


def _may_match(predicate: Predicate, bounds: Bounds) -> bool:
    value = predicate.value
    if value is None:
        return True
    if bounds.empty:
        return predicate.op not in _COMPARISONS
    if bounds.low is None or bounds.high is None:
        return True
    try:
        return _within(predicate.op, value, bounds)
    except TypeError:
        return True


def _within(op: str, value: Any, bounds: Bounds) -> bool:
    match op:
        case "==":
            return bool(bounds.low <= value <= bounds.high)
        case "in":
            return any(item is None or bounds.low <= item <= bounds.high for item in value)
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
